"""What schedules cost when N and K grow, and predictors for finite N and K (theory.md 1.9; Prop. 13 of arXiv 2510.25544).

A `source` is an `InformationProfile`, or a smooth nonnegative function g of the revealed fraction u in (0, 1): the limit of
N (f(i) - f(i-1)) at i = u N, in nats. g takes and returns arrays of one shape; integrable singularities at 0 and 1 are fine.
Negative increments of a measured profile, and those below its rounding error, count as 0.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise
from math import ceil
from typing import Any

import numpy as np

from unmask.errors import ArgumentError
from unmask.profile import InformationProfile
from unmask.schedules.rounding import checked_integer, checked_positive, checked_profile, checked_steps

Source = InformationProfile | Callable[[np.ndarray], np.ndarray]
_PANELS = 2048


def clipped_increments(profile: InformationProfile) -> np.ndarray:
    """max(f(i) - f(i-1), 0), shape (N,), nats, with differences below the rounding error of f set to 0; entry 0 is 0."""
    noise = 4 * np.finfo(np.float64).eps * np.abs(profile.values).max()
    return np.where(profile.increments > noise, profile.increments, 0.0)


def quadrature(source: Source, low: float = 0.0, high: float = 1.0) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(points u, weights, g(u)) with sum(weights * F(u, g)) = the integral of F(u, g(u)) over (low, high].

    Gauss-Legendre panels after u = low + (high - low) sin^2(theta / 2), which removes singularities up to u^-1/2 at the ends;
    for a profile, the N - 1 cells of width 1/N.

    Raises:
        ArgumentError: g returns another shape, negative or non-finite values.
    """
    if isinstance(source, InformationProfile):
        points = np.arange(source.length) / source.length
        inside = (points > low) & (points <= high)
        return points[inside], np.full(inside.sum(), 1 / source.length), source.length * clipped_increments(source)[inside]
    if not callable(source):
        raise ArgumentError(f"g is {source!r}; give an InformationProfile or a function of the revealed fraction u")
    nodes, weights = np.polynomial.legendre.leggauss(4)
    width = np.pi / _PANELS
    theta = (np.arange(_PANELS)[:, None] + (nodes + 1) / 2).ravel() * width
    points = low + (high - low) * np.sin(theta / 2) ** 2
    scaled = np.tile(weights / 2, _PANELS) * width * np.sin(theta) / 2 * (high - low)
    values = np.asarray(source(points), dtype=np.float64)
    if values.shape != points.shape:
        raise ArgumentError(f"g returned shape {values.shape} for u of shape {points.shape}; give one value per point")
    if not np.all(np.isfinite(values)) or values.min() < 0:
        wrong = points[~(np.isfinite(values) & (values >= 0))][0]
        raise ArgumentError(f"g({wrong:.6g}) is not a finite number >= 0; a profile never decreases, so neither may its limit")
    return points, scaled, values


def diverging_limit(source: Source) -> float:
    """lim (K / N) cost of the optimum as N/K and K grow: (1/2) (int sqrt g)^2, nats (Prop. 13)."""
    _, weights, g = quadrature(source)
    return float(weights @ np.sqrt(g)) ** 2 / 2


def uniform_limit(source: Source) -> float:
    """lim (K / N) cost of the uniform schedule as N/K and K grow: (1/2) int g = D / 2, nats."""
    _, weights, g = quadrature(source)
    return float(weights @ g) / 2


def bounded_limit(source: Source, rate: float) -> float:
    """Limit of the optimum's cost, nats, as N grows with K / N -> rate: min over block sizes s(u) of int g (s - 1) / 2.

    The optimum is s*(u) = floor(1/2 + sqrt(1/4 + 2 Lam / g(u))) with Lam set by int 1 / s* = rate (theory.md 1.9 (ii)).

    Raises:
        ArgumentError: rate is not in (0, 1]; g is not a nonnegative function.
    """
    _, weights, g = quadrature(source)
    share = checked_positive("rate", rate)
    if share > 1:
        raise ArgumentError(f"rate is {rate}; give the passes per token K / N, at most 1")
    return bounded_optimum(weights, g, share)[1]


def _inverse_sizes(g: np.ndarray, multiplier: float) -> np.ndarray:
    """1 / s* for s* = floor(1/2 + sqrt(1/4 + 2 Lam / g)), 0 where g = 0: forward passes per token at multiplier Lam."""
    with np.errstate(divide="ignore", over="ignore"):
        return 1 / np.floor(0.5 + np.sqrt(0.25 + 2 * multiplier / g)) if multiplier > 0 else (g > 0).astype(np.float64)


def bounded_optimum(weights: np.ndarray, g: np.ndarray, budget: float) -> tuple[np.ndarray, float]:
    """(1 / s*, cost): minimise sum w g (s - 1) / 2 over integers s(u) >= 1 with sum w / s <= budget.

    The cost is the dual value, whose error is of second order in that of Lam.
    """
    scale = float(g.max(initial=0.0)) or 1.0
    scaled = g / scale
    multiplier = _largest_multiplier(lambda trial: float(weights @ _inverse_sizes(scaled, trial)), budget)
    passes = _inverse_sizes(scaled, multiplier)
    busy = passes > 0
    cost = weights[busy] @ (scaled[busy] * (1 / passes[busy] - 1)) / 2
    dual = float(cost + multiplier * (weights @ passes - budget))
    return passes, scale * max(dual, 0.0)


def _largest_multiplier(passes: Callable[[float], float], budget: float) -> float:
    """The largest Lam whose `passes` (nonincreasing in Lam) are still at least `budget`, by bisection; 0 if none is needed."""
    if passes(0.0) <= budget:
        return 0.0
    low, high = 0.0, 1.0
    while passes(high) >= budget:
        low, high = high, 2 * high
    for _ in range(200):
        middle = (low + high) / 2
        if not low < middle < high:
            break
        low, high = (middle, high) if passes(middle) >= budget else (low, middle)
    return low


def fixed_steps_limit(source: Source, alpha: Sequence[float] | np.ndarray) -> float:
    """lim cost / N, nats, as N grows with the revealed fractions alpha_1 < ... < alpha_K = 1 held fixed.

    int F - sum_k (alpha_{k+1} - alpha_k) F(alpha_k) with F' = g (theory.md 1.9 (iii)) = int g(u) (alpha_next(u) - u) du.

    Raises:
        ArgumentError: alpha does not increase from above 0 to 1.
    """
    fractions = np.concatenate([[0.0], np.asarray(alpha, dtype=np.float64)])
    if fractions.size < 2 or not np.all(np.diff(fractions) > 0) or fractions[-1] != 1:
        raise ArgumentError(f"alpha is {list(alpha)[:4]}..; give revealed fractions that increase from above 0 to exactly 1")
    total = 0.0
    for low, high in pairwise(fractions.tolist()):
        points, weights, g = quadrature(source, low, high)
        total += float(weights @ (g * (high - points)))
    return total


def _moments(source: Source, N: Any) -> tuple[float, float]:
    """(Q^2, D): (sum_i sqrt(Df(i)))^2 and sum_i Df(i), nats; for g at length N."""
    if isinstance(source, InformationProfile):
        increments = clipped_increments(source)
        return float(np.sqrt(increments).sum()) ** 2, float(increments.sum())
    return 2 * checked_integer("N", N, 1) * diverging_limit(source), 2 * uniform_limit(source)


def predicted_cost(source: Source, K: int, N: int | None = None) -> float:
    """(Q^2 / K - D) / 2, nats: the optimum's cost at K steps to first order, Q = sum_i sqrt(f(i) - f(i-1)).

    Negative where K is so large that blocks of one token matter; `clipped_relaxation` is then the predictor to use.

    Raises:
        ArgumentError: K is not an integer >= 1; `source` is a function and N is not given.
    """
    squared, spread = _moments(source, N)
    return (squared / checked_integer("K", K, 1) - spread) / 2


def clipped_relaxation(profile: InformationProfile, K: int) -> float:
    """sum_i Df(i) (s_i - 1) / 2, nats, with s_i = sqrt(2 Lam / Df(i)) clipped to [1, N] and sum_i 1 / s_i = K.

    The optimum's cost if block sizes could be real numbers: 2-10% below it for K >= 32 on the laws of theory.md 1.9.

    Raises:
        ArgumentError: K is not an integer, or not 1 <= K <= N.
    """
    length, steps = checked_steps(checked_profile(profile).length, K)
    increments = clipped_increments(profile)[1:]
    scale = float(increments.max(initial=0.0)) or 1.0
    scaled = increments / scale

    def passes(multiplier: float) -> np.ndarray:
        with np.errstate(divide="ignore", over="ignore"):
            return 1 / np.clip(np.sqrt(2 * multiplier / scaled), 1, length) if multiplier > 0 else np.ones_like(scaled)

    multiplier = _largest_multiplier(lambda trial: float(passes(trial).sum()), steps)
    return scale * float(scaled @ (1 / passes(multiplier) - 1)) / 2


def steps_for_budget(source: Source, nats: float, N: int | None = None) -> int:
    """About how many steps the optimum needs for a cost of `nats`: ceil(Q^2 / (2 nats + D)), at least 1 and at most N.

    `predicted_cost` solved for K; `schedules.fewest_steps` gives the exact number.

    Raises:
        ArgumentError: nats is not a finite number > 0; `source` is a function and N is not given.
    """
    squared, spread = _moments(source, N)
    length = source.length if isinstance(source, InformationProfile) else checked_integer("N", N, 1)
    return min(max(ceil(squared / (2 * checked_positive("nats", nats) + spread)), 1), length)
