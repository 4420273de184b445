"""Slow, obviously right answers for the exact optimum, and random profiles to ask it about."""

from __future__ import annotations

import itertools
from fractions import Fraction

import numpy as np
from numba import njit

from unmask import InformationProfile


@njit(cache=True)
def reference_frontier(f):
    """E*(K) for K = 1..N: best[k, b] = min over a < b of best[k - 1, a] + sum_{a <= j < b} (f[j] - f[a]), all of them."""
    N = f.size
    best = np.full((N + 1, N + 1), np.inf)
    best[0, 0] = 0.0
    for k in range(1, N + 1):
        for a in range(k - 1, N):
            block = 0.0
            for b in range(a + 1, N + 1):
                block += f[b - 1] - f[a]
                best[k, b] = min(best[k, b], best[k - 1, a] + block)
    return best[1:, N].copy()


def compositions(N, K):
    """Every schedule of N tokens in K steps, as nodes a_0..a_{K-1}."""
    return ((0, *rest) for rest in itertools.combinations(range(1, N), K - 1))


def exact_cost(values, nodes):
    """A(a) in rational arithmetic: no rounding at any scale."""
    f = [Fraction(float(v)) for v in values]
    ends = (*nodes[1:], len(f))
    return sum((sum(f[a:b]) - (b - a) * f[a] for a, b in zip(nodes, ends, strict=True)), Fraction(0))


MONOTONE = ("smooth", "jumps", "integers", "front", "back", "constant")
KINDS = (*MONOTONE, "noise", "walk", "dipped", "decreasing", "integer noise")


def random_values(generator, N, kind):
    """A random f of length N, in nats, of any of `KINDS`."""
    step = generator.exponential(size=N)
    match kind:
        case "smooth":
            return np.cumsum(step**3) - 7.0
        case "jumps":
            return np.cumsum(step * (generator.random(N) < 0.1)) + 1e3
        case "integers":
            return np.cumsum(generator.integers(0, 3, N)).astype(float)
        case "front":
            return -np.exp(-np.cumsum(step) / 3)
        case "back":
            return np.exp(np.cumsum(step) / 3 - N / 3)
        case "constant":
            return np.full(N, generator.normal())
        case "noise":
            return generator.normal(size=N)
        case "walk":
            return np.cumsum(generator.normal(size=N))
        case "dipped":
            return np.sort(generator.normal(size=N)) + 0.05 * generator.normal(size=N)
        case "decreasing":
            return -np.cumsum(step)
        case "integer noise":
            return generator.integers(0, 4, N).astype(float)
    raise ValueError(kind)


def random_profile(generator, longest, kinds=KINDS):
    """(profile, kind) of a random length 1..longest."""
    kind = str(generator.choice(kinds))
    return InformationProfile(random_values(generator, int(generator.integers(1, longest + 1)), kind)), kind


def tolerance(profile, kind):
    """Rounding of costs whose terms are of either sign, or summed far from their size."""
    return 1e-13 * profile.length * np.ptp(profile.values) + 1e-12 * np.finfo(float).tiny
