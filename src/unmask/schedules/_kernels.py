"""Compiled loops of the exact optimum. Imported lazily: importing Numba costs more than importing `unmask` may."""

from __future__ import annotations

import numpy as np
from numba import njit

# A layer maps V_{k-1} to V_k(b) = min_{a < b} V_{k-1}(a) + c(a, b) for b = first..last; `choice` keeps the leftmost minimiser.


@njit(cache=True)
def block_costs(values):  # type: ignore[no-untyped-def]
    """costs[b, a] = c(a, b) = sum_{j=a}^{b-1} (f(j) - f(a)) for a < b, shape (N + 1, N); the rest is not set."""
    length = values.size
    costs = np.empty((length + 1, length))
    for b in range(1, length + 1):
        for a in range(b - 1):
            # One addition per entry: sums of nonnegative terms keep their relative precision at every scale.
            costs[b, a] = costs[b - 1, a] + (values[b - 1] - values[a])
        costs[b, b - 1] = 0.0
    return costs


@njit(cache=True)
def order_costs(values, levels):  # type: ignore[no-untyped-def]
    """(costs[b, a] of the levels a..b-1 of h in one pass, above the finest levels; whether they are Monge), shape (L + 1, L).

    Monge iff revealing more first never makes a later stretch between levels dearer: conditioning, if h is a true profile.
    """
    count, length = values.shape
    ends = np.append(levels[1:], length)
    costs = np.zeros((count + 1, count))
    before, is_monge = np.zeros(count), True
    for a in range(count):
        total = 0.0
        for stretch in range(a, count):
            above = 0.0
            for j in range(levels[stretch], ends[stretch]):
                above += values[a, j] - values[stretch, j]
            if a > 0 and above > before[stretch]:
                is_monge = False
            before[stretch] = above
            total += above
            costs[stretch + 1, a] = total
    return costs, is_monge


@njit(cache=True)
def monge_layer(costs, previous, first, last):  # type: ignore[no-untyped-def]
    """A layer for Monge costs, where minimisers never move left as b grows: O(N log N), halving the gaps between known ones."""
    current = np.full(previous.size, np.inf)
    choice = np.zeros(previous.size, np.int32)
    count = last - first + 1
    gap = 1
    while 2 * gap <= count:
        gap *= 2
    while gap >= 1:
        for index in range(gap, count + 1, 2 * gap):
            b = first + index - 1
            low = choice[b - gap] if index > gap else first - 1
            high = min(b - 1, choice[b + gap]) if index + gap <= count else b - 1
            best, where = np.inf, low
            for a in range(low, high + 1):
                value = previous[a] + costs[b, a]
                if value < best:
                    best, where = value, a
            current[b], choice[b] = best, where
        gap //= 2
    return current, choice


@njit(cache=True)
def quadratic_layer(costs, previous, first, last):  # type: ignore[no-untyped-def]
    """A layer for any costs: O(N^2)."""
    current = np.full(previous.size, np.inf)
    choice = np.zeros(previous.size, np.int32)
    for b in range(first, last + 1):
        best, where = np.inf, first - 1
        for a in range(first - 1, b):
            value = previous[a] + costs[b, a]
            if value < best:
                best, where = value, a
        current[b], choice[b] = best, where
    return current, choice


@njit(cache=True)
def line_layer(losses, previous, first, last):  # type: ignore[no-untyped-def]
    """A layer for c(a, b) = (b - a) * losses[a], a line in b for each a: O(N log N) and O(N) memory with a Li Chao tree."""
    current = np.full(previous.size, np.inf)
    choice = np.zeros(previous.size, np.int32)
    width = 1
    while width < last - first + 1:
        width *= 2
    tree = np.full(2 * width, -1, np.int32)
    for b in range(first, last + 1):
        line, node, low, size = b - 1, 1, first, width
        while previous[line] < np.inf:
            if tree[node] < 0:
                tree[node] = line
                break
            other, middle = tree[node], low + size // 2
            if _on(losses, previous, line, middle) < _on(losses, previous, other, middle):
                tree[node], line, other = line, other, line
            if size == 1 or losses[line] == losses[other]:
                break
            size //= 2
            node *= 2
            if losses[line] < losses[other]:  # the loser can only win to the right of the middle
                node += 1
                low += size
        best, where = np.inf, 0
        node, low, size = 1, first, width
        while True:
            if tree[node] >= 0:
                value = _on(losses, previous, tree[node], b)
                if value < best or (value == best and tree[node] < where):
                    best, where = value, tree[node]
            if size == 1:
                break
            size //= 2
            node *= 2
            if b >= low + size:
                node += 1
                low += size
        current[b], choice[b] = best, where
    return current, choice


@njit(cache=True)
def _on(losses, previous, a, b):  # type: ignore[no-untyped-def]
    return previous[a] + (b - a) * losses[a]


@njit(cache=True)
def prefix_sums(losses):  # type: ignore[no-untyped-def]
    """(high, low), each (N + 1,): prefix sums to twice the working precision, so that differences of them keep theirs."""
    high, low = np.zeros(losses.size + 1), np.zeros(losses.size + 1)
    for i in range(losses.size):
        high[i + 1] = high[i] + losses[i]
        kept = high[i + 1] - high[i]
        low[i + 1] = low[i] + ((high[i] - (high[i + 1] - kept)) + (losses[i] - kept))
    return high, low


@njit(cache=True)
def penalised_path(losses, high, low, penalty):  # type: ignore[no-untyped-def]
    """The nodes a_0..a_{r-1} that minimise sum_k (c(a_k, a_{k+1}) + penalty), c(a, b) = sum_{a<=j<b} (losses[a] - losses[j]).

    Convex hull trick for nonincreasing losses: up to a sum that depends on b only, each a is a line in b. Slopes fall as lines
    arrive and b grows, so one queue of lines does it in O(N).
    """
    length = losses.size
    total = np.zeros(length + 1)
    parent = np.zeros(length + 1, np.int32)
    queue = np.zeros(length, np.int32)
    takeover = np.zeros(length)  # where queue[i] becomes better than queue[i - 1]
    head, tail = 0, 0
    for b in range(1, length + 1):
        a = b - 1
        start = -np.inf
        while tail > head:
            last = queue[tail - 1]
            block = (a - last) * losses[last] - ((high[a] - high[last]) + (low[a] - low[last]))
            ahead = total[a] - total[last] - block
            fall = losses[last] - losses[a]
            level = np.inf if ahead >= 0 else -np.inf
            start = a + ahead / fall if fall > 0 else level
            if start > takeover[tail - 1]:
                break
            tail -= 1
            start = -np.inf
        if start < length:
            queue[tail], takeover[tail] = a, start
            tail += 1
        while head + 1 < tail and takeover[head + 1] <= b:
            head += 1
        best = queue[head]
        block = (b - best) * losses[best] - ((high[b] - high[best]) + (low[b] - low[best]))
        total[b] = total[best] + block + penalty
        parent[b] = best
    steps = 0
    b = length
    while b > 0:
        b = parent[b]
        queue[steps] = b
        steps += 1
    return queue[:steps][::-1].astype(np.int64)


@njit(cache=True)
def binomial_means(values, probabilities):  # type: ignore[no-untyped-def]
    """E values[Bin(n, p)] for each p, n = values.size - 1; weights are summed outwards from the mode until they vanish."""
    n = values.size - 1
    means = np.empty(probabilities.size)
    for index in range(probabilities.size):
        p = probabilities[index]
        if p <= 0.0 or p >= 1.0:
            means[index] = values[0] if p <= 0.0 else values[n]
            continue
        mode = min(n, int((n + 1) * p))
        mass, mean = 1.0, values[mode]
        weight = 1.0
        for i in range(mode, n):
            weight *= (n - i) / (i + 1.0) * (p / (1.0 - p))
            if weight < 1e-25:
                break
            mass += weight
            mean += weight * values[i + 1]
        weight = 1.0
        for i in range(mode, 0, -1):
            weight *= i / (n - i + 1.0) * ((1.0 - p) / p)
            if weight < 1e-25:
                break
            mass += weight
            mean += weight * values[i - 1]
        means[index] = mean / mass
    return means
