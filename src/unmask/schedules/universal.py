"""Schedules with a guarantee for every law, given at most a bound on its total or dual total correlation.

From Lemma 6, cost = sum_i Df(i) (r(i) - i) with r(i) the first node >= i. So a schedule with r(i) - i <= eta w(i) for all i
costs at most eta sum_i w(i) Df(i), and that sum is
    TC for w(i) = N - i,   DTC for w(i) = i,   TSE <= min(TC, DTC) for w(i) = i (N - i) / N   (theory.md 1.5, 1.12).
"""

from __future__ import annotations

from collections.abc import Callable
from math import ceil, floor, log

import numpy as np

from unmask.errors import ArgumentError
from unmask.randomness import row_uniforms
from unmask.schedule import Schedule
from unmask.schedules.rounding import checked_integer, checked_positive, checked_steps, repaired

_SCHEDULE_ROW = 2**64 - 1  # the row id whose random numbers belong to schedules: no row of data has it

WEIGHTS: dict[str, Callable[[int, int], float]] = {
    "total_correlation": lambda i, N: N - i,
    "dual_total_correlation": lambda i, N: i,
    "either": lambda i, N: i * (N - i) / N,
}


def from_total_correlation(N: int, nats: float, total_correlation: float) -> Schedule:
    """Theorem 9 of Chen-Cong-Li (arXiv 2511.04647): cost <= nats for every law with TC <= `total_correlation`.

    With zeta = 1 + ceil(TC / nats), each step reveals floor(remaining / zeta) tokens, at least 1: many first, then few.
    At most 2 + (1 + ln N)(1 + ceil(TC / nats)) steps. (The theorem's switch to single tokens after lambda steps never comes
    before the floor does it, so it is not written out.)

    Raises:
        ArgumentError: N is not an integer >= 1; nats or total_correlation is not a finite number > 0 or >= 0.
    """
    sizes = _theorem_9(N, nats, "total_correlation", total_correlation)
    settings = {"nats": nats, "total_correlation": total_correlation}
    return Schedule(sizes, name="from_total_correlation", settings=settings)


def from_dual_total_correlation(N: int, nats: float, dual_total_correlation: float) -> Schedule:
    """Theorem 9 of Chen-Cong-Li (arXiv 2511.04647): cost <= nats for every law with DTC <= `dual_total_correlation`.

    The mirror image of `from_total_correlation`: few tokens first, then many; as many steps with DTC for TC.

    Raises:
        ArgumentError: N is not an integer >= 1; nats or dual_total_correlation is not a finite number > 0 or >= 0.
    """
    sizes = _theorem_9(N, nats, "dual_total_correlation", dual_total_correlation)[::-1]
    settings = {"nats": nats, "dual_total_correlation": dual_total_correlation}
    return Schedule(sizes, name="from_dual_total_correlation", settings=settings)


def _theorem_9(N: int, nats: float, name: str, correlation: float) -> list[int]:
    length = checked_integer("N", N, 1)
    ratio = _budget_ratio(nats, name, correlation)
    if ratio >= length:
        return [1] * length
    zeta, remaining, sizes = 1 + ceil(ratio), length, []
    while remaining:
        sizes.append(max(remaining // zeta, 1))
        remaining -= sizes[-1]
    return sizes


def _budget_ratio(nats: float, name: str, correlation: float) -> float:
    budget = checked_positive("nats", nats)
    return 0.0 if correlation == 0 else checked_positive(name, correlation) / budget


def greedy_total_correlation(N: int, nats: float, total_correlation: float) -> Schedule:
    """Fewest steps with r(i) - i <= (nats / TC)(N - i): cost <= nats for every law with TC <= `total_correlation`.

    Never more steps than `from_total_correlation`. Theory.md 1.12.

    Raises:
        ArgumentError: as `from_total_correlation`.
    """
    return _from_bound(N, nats, "total_correlation", total_correlation, "greedy_total_correlation")


def greedy_dual_total_correlation(N: int, nats: float, dual_total_correlation: float) -> Schedule:
    """Fewest steps with r(i) - i <= (nats / DTC) i: cost <= nats for every law with DTC <= `dual_total_correlation`.

    Never more steps than `from_dual_total_correlation`. Theory.md 1.12.

    Raises:
        ArgumentError: as `from_dual_total_correlation`.
    """
    return _from_bound(N, nats, "dual_total_correlation", dual_total_correlation, "greedy_dual_total_correlation")


def from_either(N: int, nats: float, correlation: float) -> Schedule:
    """Fewest steps with r(i) - i <= (nats / correlation) i (N - i) / N: no need to know which of TC and DTC is small.

    cost <= nats for every law with TSE <= `correlation`, so for every law with min(TC, DTC) <= `correlation`; about twice
    the steps of the schedule for the smaller one. Theory.md 1.12.

    Args:
        N: length.
        nats: what the schedule may cost.
        correlation: upper bound on min(TC, DTC), or on TSE; nats.

    Raises:
        ArgumentError: N is not an integer >= 1; nats or correlation is not a finite number > 0 or >= 0.
    """
    return _from_bound(N, nats, "either", correlation, "from_either")


def minimax(N: int, K: int, correlation: str = "either") -> Schedule:
    """K steps that minimise the worst cost over all laws of a given TC, DTC or TSE (whatever its value): no profile needed.

    The greedy schedule of the smallest eta that K steps allow; spare steps split the largest blocks, which never costs more.

    Args:
        N: length.
        K: steps.
        correlation: "total_correlation" (many tokens first), "dual_total_correlation" (few first) or "either" (both ends).

    Raises:
        ArgumentError: unknown correlation; not 1 <= K <= N.
    """
    length, steps = checked_steps(N, K)
    if correlation not in WEIGHTS:
        raise ArgumentError(f"correlation is {correlation!r}; give one of {', '.join(map(repr, WEIGHTS))}")
    low, high = 0.0, 1.0
    while (nodes := _greedy(length, high, correlation, steps)) is None:
        low, high = high, 2 * high
    for _ in range(60):
        middle = (low + high) / 2
        trial = _greedy(length, middle, correlation, steps)
        if trial is None:
            low = middle
        else:
            high, nodes = middle, trial
    sizes: list[int] = np.diff(nodes, prepend=0).tolist()
    while len(sizes) < steps:
        where = int(np.argmax(sizes))
        sizes[where : where + 1] = [sizes[where] // 2, sizes[where] - sizes[where] // 2]
    return Schedule(sizes, name=f"minimax_{correlation}", settings={"eta": high})


def _from_bound(N: int, nats: float, kind: str, correlation: float, name: str) -> Schedule:
    length = checked_integer("N", N, 1)
    ratio = _budget_ratio(nats, "correlation" if kind == "either" else kind, correlation)
    nodes = _greedy(length, min(1 / ratio, 1e300), kind) if ratio else [length]
    return Schedule.from_cumulative(np.array(nodes), name=name, settings={"nats": nats, "correlation": correlation})


def _greedy(length: int, eta: float, kind: str, most: int | None = None) -> list[int] | None:
    """Nodes a_1..a_K of the longest steps with r(i) - i <= eta w(i); None if there are more than `most`.

    w(i) + i is concave, so the constraint binds at the first token of a block, i = a_k + 1.
    """
    weight, nodes, node = WEIGHTS[kind], list[int](), 0
    while node < length:
        if len(nodes) == most:
            return None
        room = eta * weight(node + 1, length) * (1 + 1e-12)
        node = length if room >= length else min(node + 1 + floor(room), length)
        nodes.append(node)
    return nodes


def doubling_sweep(N: int, nats: float, vocab_size: int) -> list[Schedule]:
    """The candidates of Chen-Cong-Li (arXiv 2511.04647) when TC and DTC are unknown: guesses 2^i, nats <= 2^i <= N log V.

    Both Theorem 9 schedules of every guess, fewest steps first, duplicates removed: 2 per doubling. The first whose cost is
    within `nats` is the one to use, but no procedure can know that from samples alone (their Theorems 5 and 6).

    Raises:
        ArgumentError: N or vocab_size is not an integer >= 1 or >= 2; nats is not a finite number > 0.
    """
    length, most = checked_integer("N", N, 1), N * log(checked_integer("vocab_size", vocab_size, 2))
    exponents = range(ceil(np.log2(checked_positive("nats", nats))), floor(np.log2(most)) + 1)
    guesses = [2.0**i for i in exponents] or [most]
    found = [make(length, nats, guess) for guess in guesses for make in (from_dual_total_correlation, from_total_correlation)]
    return sorted(dict.fromkeys(found), key=lambda schedule: schedule.steps)


def random_offset(N: int, K: int, seed: int) -> Schedule:
    """Nodes 0, o, o + s, ..., s = (N - 1) / (K - 1), with a uniformly random offset o (theory.md 1.7): exactly K steps.

    A node falls on each of 1..N-1 with probability 1 / s, so for EVERY law the expected cost is at most (s - 1) / 2 D when s is
    an integer (else at most 1 / (8 s) D more): half of Theorem 7's bound on `uniform`.

    Raises:
        ArgumentError: seed is not an integer >= 0; not 1 <= K <= N.
    """
    length, steps = checked_steps(N, K)
    return _systematic(np.ones(length - 1), length, steps, seed, "random_offset")


def randomised_sizes(N: int, K: int, seed: int) -> Schedule:
    """Random sizes that hedge an unknown jump of the profile, in the spirit of Zhao-Cai (arXiv 2602.20126): exactly K steps.

    NOT the paper's construction, whose text could not be had: a re-derivation with its kind of guarantee. Node i is drawn
    with probability min(1, lam N / (i (N - i))), lam set by K, at equal steps of the running sum with one random offset. Then
    the expected cost of EVERY law is at most TSE / lam <= min(TC, DTC) / lam if lam >= 1, and lam >= (K - 1) / (2 + 2 ln N):
    the O(log N) TC / K and DTC / K of the paper at once, with nothing to tune. For a known profile `optimal` is never worse.

    Raises:
        ArgumentError: seed is not an integer >= 0; not 1 <= K <= N.
    """
    length, steps = checked_steps(N, K)
    i = np.arange(1, length)
    return _systematic(length / (i * (length - i)), length, steps, seed, "randomised_sizes")


def inclusion_probabilities(weights: np.ndarray, count: int) -> np.ndarray:
    """min(1, lam weights), shape of `weights`, with lam such that they sum to `count`."""
    certain = np.zeros(weights.size, dtype=bool)
    while True:
        spare = count - certain.sum()
        lam = spare / weights[~certain].sum() if spare and not certain.all() else 0.0
        grown = certain | (lam * weights >= 1)
        if np.array_equal(grown, certain):
            return np.where(certain, 1.0, lam * weights)
        certain = grown


def _systematic(weights: np.ndarray, length: int, steps: int, seed: int, name: str) -> Schedule:
    """Systematic sampling: K - 1 nodes of 1..N-1 with those inclusion probabilities, in equal steps of their running sum."""
    offset = row_uniforms(checked_integer("seed", seed, 0), _SCHEDULE_ROW, 1, 1)[0, 0]
    running = np.cumsum(inclusion_probabilities(weights, steps - 1))
    nodes = 1 + np.searchsorted(running, offset + np.arange(steps - 1), side="right")
    return repaired(np.append(nodes, length).astype(np.float64), length, name=name, settings={"seed": int(seed)})
