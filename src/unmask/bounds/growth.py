"""Unmasking growth complexity: where on the reveal path the cost comes from (Wainwright, arXiv 2608.13520).

psi(t) = t / (1 - t) are the reveal odds, lambda = log psi(t), and H(p, q) = int_p^q t (1 - t) h'(t) dt with
h(t) = N (E f(Bin(N-1, t)) - f(0)). The canonical interval is [1/N, 1 - 1/N]: |lambda| <= log(N - 1).
"""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.special import betainc, expit, gammaln

from unmask.bounds._arguments import checked_number, checked_whole, monotone_increments
from unmask.bounds.bernoulli import checked_grid
from unmask.bounds.bound import NATS, Bound
from unmask.errors import ArgumentError
from unmask.profile import InformationProfile

PANELS = 64


def unmasking_growth(profile: InformationProfile, low: float = 0.0, high: float = 1.0) -> Bound:
    """H(p, q) = int_p^q t (1 - t) h'(t) dt (Eq. 2c of arXiv 2608.13520), nats; additive over adjacent intervals.

    = sum_i i (N - i) / (N + 1) Df(i) (I_q(i+1, N-i+1) - I_p(i+1, N-i+1)), I the incomplete beta function; H(0, 1) is
    N / (N + 1) times `tse`.

    Raises:
        ArgumentError: a profile that decreases somewhere, or not 0 <= low < high <= 1.
    """
    increments, points = monotone_increments(profile), checked_grid([low, high], 0.0, 1.0)
    value = float(np.diff(_running_growth(increments, points))[0])
    claim = f"the unmasking growth from reveal probability {low:g} to {high:g} is"
    return Bound(value, "nats", claim, "Eq. 2c, arXiv 2608.13520", {"p": float(points[0]), "q": float(points[1])})


def _running_growth(increments: np.ndarray, points: np.ndarray) -> np.ndarray:
    """H(0, t) at each point, shape of `points`."""
    length = increments.size
    tokens = np.arange(1, length)
    weights = tokens * (length - tokens) / (length + 1) * increments[1:]
    return np.asarray(betainc(tokens + 1, length - tokens + 1, points[:, None]) @ weights)


def reveal_odds_bound(profile: InformationProfile, grid: Any) -> Bound:
    """sum_j (psi(t_{j+1}) / psi(t_j) - 1) H(t_j, t_{j+1}) bounds the cost of Bernoulli passes (Thm 1, 2608.13520). Nats.

    Covers the passes from t_0 to t_N; what comes before and after is extra.

    Args:
        profile: f, nondecreasing.
        grid: reveal probabilities 0 < t_0 < ... < t_N < 1.

    Raises:
        ArgumentError: a profile that decreases somewhere; a grid that does not increase strictly inside (0, 1).
    """
    increments, points = monotone_increments(profile), checked_grid(grid, 0.0, 1.0)
    if points[0] <= 0 or points[-1] >= 1:
        raise ArgumentError(f"grid goes from {points[0]:g} to {points[-1]:g}; reveal odds need 0 < t_0 and t_N < 1")
    odds = points / (1 - points)
    value = float((odds[1:] / odds[:-1] - 1) @ np.diff(_running_growth(increments, points)))
    claim = "the factorisation error of these Bernoulli passes is at most"
    return Bound(value, NATS, claim, "Theorem 1, arXiv 2608.13520", {"passes": points.size - 1})


def reveal_odds_density(profile: InformationProfile, log_odds: Any) -> np.ndarray:
    """q(lambda) = t^2 (1 - t)^2 h'(t) at t = 1 / (1 + exp(-lambda)), shape of `log_odds`, nats (Eq. 4 of arXiv 2608.13520)."""
    increments = monotone_increments(profile)
    points = np.asarray(log_odds, dtype=np.float64)
    length = increments.size
    i = np.arange(1, length)
    binomial = gammaln(length - 1) - gammaln(i) - gammaln(length - i)
    # t^2 (1 - t)^2 times the density of Bin(N-2, t) at i - 1, in logarithms: t^(i+1) (1 - t)^(N-i+1).
    exponents = -(i + 1) * np.logaddexp(0, -points[..., None]) - (length - i + 1) * np.logaddexp(0, points[..., None])
    return np.asarray(length * (length - 1) * np.exp(binomial + exponents) @ increments[1:])


def coarse_complexity(profile: InformationProfile) -> Bound:
    """C = 2 log(N-1) H(1/N, 1 - 1/N): 2 C / K bounds the cost of K geometric passes (Eq. 5a, Cor. 1 of 2608.13520). Nats."""
    length = _long_enough(profile)
    return partition_complexity(profile, [1 / length, 1 - 1 / length], claim="the complexity of one geometric block is")


def fine_complexity(profile: InformationProfile) -> Bound:
    """P = (int sqrt(q(lambda)) dlambda)^2 over |lambda| <= log(N-1): P / (2K) is the least cost of K passes as K grows. Nats.

    Eq. 5b and Theorem 3 of arXiv 2608.13520. C / P >= 1 is what adapting the passes to the law can gain.
    """
    edge = float(np.log(_long_enough(profile) - 1))
    nodes, weights = np.polynomial.legendre.leggauss(8)
    edges = np.linspace(-edge, edge, PANELS + 1)
    points = edges[:-1, None] + (nodes + 1) / 2 * np.diff(edges)[:, None]
    roots = np.sqrt(reveal_odds_density(profile, points))
    value = float((roots @ weights / 2) @ np.diff(edges)) ** 2
    claim = "the complexity of infinitely fine blocks is"
    return Bound(value, "nats", claim, "Eq. 5b, arXiv 2608.13520", {"largest log odds": edge})


def partition_complexity(profile: InformationProfile, boundaries: Any, *, claim: str | None = None) -> Bound:
    """C(P) = (sum_k sqrt(S_k H_k))^2, S_k the log-odds length of block k and H_k its growth (Eq. 27 of arXiv 2608.13520). Nats.

    With the multipliers of `geometric_grid`, K passes cost at most 4 C(P) / K (Prop. 1).

    Raises:
        ArgumentError: a profile that decreases somewhere; boundaries that do not increase strictly inside (0, 1).
    """
    increments = monotone_increments(profile)
    lengths, points = log_odds_lengths(boundaries)
    value = float(np.sqrt(lengths * np.diff(_running_growth(increments, points))).sum()) ** 2
    said = claim or f"the complexity of these {lengths.size} blocks is"
    return Bound(value, "nats", said, "Eq. 27, arXiv 2608.13520", {"log-odds length": float(lengths.sum())})


def geometric_grid(boundaries: Any, growths: Any, steps: int) -> np.ndarray:
    """Reveal probabilities that grow geometrically in odds inside each block: at most `steps` passes (Prop. 1 of 2608.13520).

    Block k multiplies the odds by 1 + rho_k, rho_k = min(1, 4 sqrt(C) / K sqrt(S_k / H_k)).

    Args:
        boundaries: b_0 < ... < b_B inside (0, 1).
        growths: H_k, or upper bounds on them, shape (B,), nats, > 0.
        steps: K >= 2 (B + 2 log(psi(b_B) / psi(b_0))).

    Returns:
        t_0 = b_0 < t_1 < ... = b_B, shape (passes + 1,).

    Raises:
        ArgumentError: shapes that do not fit, growths <= 0, or too few steps.
    """
    lengths, points = log_odds_lengths(boundaries)
    masses = np.asarray(growths, dtype=np.float64)
    if masses.shape != lengths.shape or not np.all(masses > 0):
        raise ArgumentError(f"growths has shape {masses.shape}; give {lengths.size} positive numbers, one per block")
    least = 2 * (lengths.size + 2 * lengths.sum())
    if checked_whole("steps", steps, 1) < least:
        raise ArgumentError(f"steps is {steps}; these blocks need at least {int(np.ceil(least))}")
    root = np.sqrt(lengths * masses).sum()
    multipliers = np.minimum(1.0, 4 * root / steps * np.sqrt(lengths / masses))
    passes = np.ceil(lengths / np.log1p(multipliers) * (1 - 1e-12)).astype(int)
    starts = np.log(points / (1 - points))
    pieces = [
        np.minimum(start + np.log1p(rho) * np.arange(1, count + 1), stop)
        for start, stop, rho, count in zip(starts[:-1], starts[1:], multipliers, passes, strict=True)
    ]
    grid = expit(np.concatenate([starts[:1], *pieces]))
    grid[0], grid[np.cumsum(passes)] = points[0], points[1:]
    return np.asarray(grid)


def log_odds_lengths(boundaries: Any) -> tuple[np.ndarray, np.ndarray]:
    """S_k of each block, shape (B,), and the checked boundaries, shape (B + 1,)."""
    points = checked_grid(boundaries, 0.0, 1.0)
    checked_number("boundaries[0]", points[0], 0, 1, open_low=True)
    if points[-1] >= 1:
        raise ArgumentError("boundaries reach 1, where the reveal odds are infinite; stop below 1")
    return np.diff(np.log(points / (1 - points))), points


def _long_enough(profile: InformationProfile) -> int:
    length = monotone_increments(profile).size
    if length < 3:
        raise ArgumentError(f"profile has length {length}; the interval [1/N, 1 - 1/N] is not empty from N = 3 on")
    return length
