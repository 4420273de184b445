"""Bernoulli unmasking: each masked token is revealed independently, as MDLM samples, so that sizes are random."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.special import betainc

from unmask.bounds._arguments import checked_profile
from unmask.bounds.bound import NATS, Bound
from unmask.errors import ArgumentError
from unmask.profile import InformationProfile


def bernoulli_cost(profile: InformationProfile, grid: Any) -> Bound:
    """What Bernoulli passes cost exactly: sum_k int_{t_k}^{t_{k+1}} (h(u) - h(t_k)) du. Nats per sequence.

    h(t) = N (E f(Bin(N-1, t)) - f(0)) (Section 6.1 of arXiv 2608.13520). With h(t) = N sum_i Df(i) I_t(i, N-i), I the
    incomplete beta function, every integral is in closed form.

    Args:
        profile: f.
        grid: reveal probabilities, increasing, in [0, 1], shape (K + 1,); the whole way is 0 = t_0 < ... < t_K = 1.

    Raises:
        ArgumentError: not a profile, or a grid that does not increase within [0, 1].
    """
    checked_profile(profile)
    points = checked_grid(grid, 0.0, 1.0)
    tokens = np.arange(1, profile.length)
    weights = profile.length * profile.increments[1:]
    t = points[:, None]
    share = betainc(tokens, profile.length - tokens, t)
    integral = t * share - tokens / profile.length * betainc(tokens + 1, profile.length - tokens, t)
    steps = np.diff(integral, axis=0) - np.diff(t, axis=0) * share[:-1]
    source = "Section 6.1, arXiv 2608.13520"
    claim = "the factorisation error of Bernoulli unmasking is exactly"
    return Bound(float((steps @ weights).sum()), NATS, claim, source, {"passes": points.size - 1, "D": profile.range})


def checked_grid(grid: Any, low: float, high: float) -> np.ndarray:
    """`grid` as an increasing float64 array within [low, high]; else `ArgumentError`."""
    try:
        points = np.asarray(grid, dtype=np.float64)
    except (TypeError, ValueError):
        points = np.empty(0)
    inside = points.ndim == 1 and points.size > 1 and points[0] >= low and points[-1] <= high
    if not inside or not np.all(np.diff(points) > 0):
        raise ArgumentError(f"grid must increase strictly from at least {low:g} to at most {high:g}; give reveal probabilities")
    return points
