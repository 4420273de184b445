"""Wainwright's certificate: a bound on the cost from clean samples, that holds with high probability (arXiv 2608.13520)."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np

from unmask.bounds._arguments import checked_number, checked_whole
from unmask.bounds.bernoulli import checked_grid
from unmask.bounds.bound import NATS, Bound
from unmask.bounds.growth import geometric_grid, log_odds_lengths
from unmask.errors import ArgumentError
from unmask.randomness import row_uniforms

CHUNK = 2**22  # numbers held at once


class GrowthEstimate(NamedTuple):
    """`growth` + `radius` is at least H(p, q) with the stated probability (Prop. 2 of arXiv 2608.13520). Nats."""

    growth: float
    radius: float


class Certificate(NamedTuple):
    """A bound on the divergence and the Bernoulli passes it is about.

    Attributes:
        bound: 4 C / K, nats.
        grid: reveal probabilities of the passes, from the first boundary to the last, shape (passes + 1,).
        blocks: what was measured in each block.
    """

    bound: Bound
    grid: np.ndarray
    blocks: tuple[GrowthEstimate, ...]

    def __float__(self) -> float:
        return float(self.bound)

    def __str__(self) -> str:
        return str(self.bound)


def growth_statistics(denoiser: Any, sequences: Any, low: float, high: float, seed: int = 0) -> np.ndarray:
    """Q of each row, shape (R,), nats: E Q <= H(low, high) <= 2 E Q (Eq. 32 of arXiv 2608.13520).

    Q = sum_j (v_{j+1} - v_j) sum_i KL(p(x_i | revealed by v_{j+1}) || p(x_i | revealed by v_j)), where each position i is kept
    masked, the others are revealed at uniform times, and the odds of v_0 = low, v_1, ... double up to those of high.

    Args:
        denoiser: exact conditionals: tokens (B, N) -> log-probabilities (B, N, V), NumPy or a CPU tensor;
            `vocab_size` V and `mask_id`, whose log-probability is -inf.
        sequences: clean rows, shape (R, N).
        low: reveal probability where the interval starts, > 0.
        high: where it ends, low < high < 1.
        seed: row r's times are a function of (seed, r).

    Raises:
        ArgumentError: wrong shapes or an empty interval.
    """
    rows = np.asarray(sequences)
    if rows.ndim != 2 or rows.size == 0:
        raise ArgumentError(f"sequences has shape {rows.shape}; give rows x tokens")
    ends = checked_grid([low, high], 1e-12, 1 - 1e-12)
    odds = ends / (1 - ends)
    doublings = int(np.ceil(np.log2(odds[1] / odds[0]) - 1e-12))
    levels = np.minimum(odds[0] * 2.0 ** np.arange(doublings + 1), odds[1])
    times = levels / (1 + levels)
    uniforms = np.stack([row_uniforms(seed, r, rows.shape[1], 1)[0] for r in range(len(rows))])
    size = max(1, CHUNK // (times.size * rows.shape[1] ** 2))
    parts = [slice(first, first + size) for first in range(0, len(rows), size)]
    return np.concatenate([_trajectories(denoiser, rows[part], times, uniforms[part]) for part in parts])


def _trajectories(denoiser: Any, rows: np.ndarray, times: np.ndarray, uniforms: np.ndarray) -> np.ndarray:
    """Q of each row: contexts are indexed by (row, time, position kept masked)."""
    length = rows.shape[1]
    revealed = (uniforms[:, None, None, :] <= times[:, None, None]) & ~np.eye(length, dtype=bool)
    contexts = np.where(revealed, rows[:, None, None, :], denoiser.mask_id).reshape(-1, length)
    position = np.tile(np.arange(length), len(rows) * times.size)
    size = max(1, CHUNK // (length * denoiser.vocab_size))
    laws = []
    for first in range(0, len(contexts), size):
        answer = np.asarray(denoiser(contexts[first : first + size]), dtype=np.float64)
        laws.append(answer[np.arange(len(answer)), position[first : first + size]])
    own = np.concatenate(laws).reshape(len(rows), times.size, length, -1)
    own = own - np.logaddexp.reduce(own, axis=3, keepdims=True)
    after, before = own[:, 1:], own[:, :-1]
    possible = after > -np.inf
    ratios = np.where(possible, after, 0.0) - np.where(possible, before, 0.0)
    divergences = (np.where(possible, np.exp(after), 0.0) * ratios).sum(axis=(2, 3))
    return np.asarray(divergences @ np.diff(times))


def estimate_growth(statistics: Any, width: float, moment: float, failure: float, moment_order: float = 4.0) -> GrowthEstimate:
    """Truncated mean and empirical-Bernstein radius: H <= growth + radius with probability >= 1 - failure. Nats.

    Eq. 33-36a of arXiv 2608.13520: growth = (2/m) sum min(Q, tau), tau = width B (3 (m-1) / (7 log(4/failure)))^(2/order).

    Args:
        statistics: Q of m independent rows, from `growth_statistics`.
        width: high - low of the interval.
        moment: B, a bound on E[(sum_i KL of one doubling)^(order/2)]^(2/order), known and not estimated from the same rows;
            N log(1 / p) is one if no conditional law gives a token less than p.
        failure: probability of failure, in (0, 1).
        moment_order: alpha >= 4.

    Raises:
        ArgumentError: fewer than 2 statistics, or numbers out of range.
    """
    values = np.asarray(statistics, dtype=np.float64)
    if values.ndim != 1 or values.size < 2 or not np.all(np.isfinite(values)):
        raise ArgumentError(f"statistics has shape {values.shape}; give at least 2 finite numbers")
    count, chance = values.size, np.log(4 / checked_number("failure", failure, 0, 1, open_low=True))
    scale = checked_number("width", width, 0, 1, open_low=True) * checked_number("moment", moment, 0, np.inf)
    power = 2 / checked_number("moment_order", moment_order, 4, np.inf)
    capped = 2 * np.minimum(values, scale * (3 * (count - 1) / (7 * chance)) ** power)
    radius = np.sqrt(2 * capped.var(ddof=1) * chance / count) + 4 * scale * (7 * chance / (3 * (count - 1))) ** (1 - power)
    return GrowthEstimate(float(capped.mean()), float(radius))


def certify(
    denoiser: Any,
    sequences: Any,
    boundaries: Any,
    steps: int,
    moment: float,
    failure: float = 0.05,
    moment_order: float = 4.0,
    seed: int = 0,
) -> Certificate:
    """KL <= 4 C / K with probability >= 1 - failure over the rows, for the K Bernoulli passes it returns. Nats per sequence.

    Theorem 2 of arXiv 2608.13520, C = (sum_k sqrt(S_k (growth_k + radius_k)))^2, each block at failure / B. The bound is about
    the passes from b_0 to b_B with exact conditionals; starting, finishing and learning are extra. K >= 8 C / nats passes
    certify `nats` / 2 for them.

    Args:
        denoiser: as in `growth_statistics`.
        sequences: clean rows, shape (R, N), independent.
        boundaries: b_0 < ... < b_B inside (0, 1), chosen without looking at the rows.
        steps: K >= 2 (B + 2 log(psi(b_B) / psi(b_0))).
        moment: as in `estimate_growth`.
        failure: probability that the statement is wrong.
        moment_order: as in `estimate_growth`.
        seed: as in `growth_statistics`.

    Raises:
        ArgumentError: arguments that do not fit each other.
    """
    lengths, points = log_odds_lengths(boundaries)
    each = checked_number("failure", failure, 0, 1, open_low=True) / lengths.size
    blocks = []
    for low, high in pairwise(points.tolist()):
        statistics = growth_statistics(denoiser, sequences, low, high, seed)
        blocks.append(estimate_growth(statistics, high - low, moment, each, moment_order))
    return _certificate(blocks, lengths, points, checked_whole("steps", steps, 1), failure)


def _certificate(
    blocks: Sequence[GrowthEstimate], lengths: np.ndarray, points: np.ndarray, steps: int, failure: float
) -> Certificate:
    upper = np.array([block.growth + block.radius for block in blocks])
    upper = np.maximum(upper, np.finfo(float).tiny)  # independent tokens: no growth, any multiplier does
    complexity = float(np.sqrt(lengths * upper).sum()) ** 2
    claim = f"with probability at least {1 - failure:g} over the rows, the divergence of these Bernoulli passes is at most"
    ingredients = {"C": complexity, "K": steps, "blocks": len(blocks)}
    bound = Bound(4 * complexity / steps, NATS, claim, "Theorem 2, arXiv 2608.13520", ingredients)
    return Certificate(bound, geometric_grid(points, upper, steps), tuple(blocks))
