"""Smooth a measured profile before a schedule is chosen on it."""

from __future__ import annotations

import numpy as np
from scipy import optimize, special

from unmask.profile import InformationProfile


def smoothed(profile: InformationProfile) -> InformationProfile:
    """The combination of smooth nondecreasing profiles, with weights >= 0, closest to a measured one at its levels.

    A true profile is nondecreasing (conditioning reduces entropy, arXiv 2510.25544 section 1.5). The basis is a constant and
    the profiles of disjoint blocks of b tokens, each an [b, k] MDS code: copies (k = 1), parities (k = b - 1) and what lies
    between (theory.md 1.13.8). Least squares weigh level i by N - i, the number of masked tokens its mean was taken over. With
    few rows this costs far less than the raw profile or isotonic regression (theory.md 5.3). Choose schedules on the result,
    but state their costs on the rows.

    Returns:
        A profile without rows; its costs carry no interval.
    """
    n, levels = profile.length, profile.levels
    if n < 3 or levels.size < 3:
        return InformationProfile(np.maximum.accumulate(profile.values), levels=levels, settings=profile.settings)
    basis = block_profiles(n)
    design = np.concatenate([np.ones((1, n)), -np.ones((1, n)), basis])
    weights = np.sqrt(n - levels)
    coefficients, _ = optimize.nnls(design[:, levels].T * weights[:, None], profile.values[levels] * weights)
    values = np.maximum.accumulate(coefficients @ design)  # rounding must not make it dip
    return InformationProfile(values, levels=levels, settings=profile.settings)


def block_profiles(length: int) -> np.ndarray:
    """1 + f / log q of disjoint [b, k] MDS blocks, shape (count, N): 0 if fewer than k block mates are revealed, then 1.

    P(Hypergeom(N - 1, b - 1, i) >= k), theory.md 1.13.8, for b = 2, 3, 4, 6, 8, 12, ... and five k each.
    """
    sizes = sorted({int(b) for e in range(1, length.bit_length()) for b in (2**e, 3 * 2 ** (e - 1)) if b <= length})
    rows = []
    revealed = np.arange(length)
    for b in sizes:
        mates = np.arange(b)[:, None]
        log_ways = _log_choose(b - 1, mates) + _log_choose(length - b, revealed - mates) - _log_choose(length - 1, revealed)
        at_least = np.cumsum(np.exp(log_ways)[::-1], axis=0)[::-1]  # at_least[k, i] = P(k or more block mates revealed)
        rows += [at_least[k] for k in sorted({1, b // 4, b // 2, 3 * b // 4, b - 1} - {0})]
    return np.clip(np.array(rows), 0.0, 1.0)


def _log_choose(n: int, k: np.ndarray) -> np.ndarray:
    """log of n choose k, -inf where there is no way."""
    inside = (k >= 0) & (k <= n)
    safe = np.where(inside, k, 0)
    value = special.gammaln(n + 1) - special.gammaln(safe + 1) - special.gammaln(n - safe + 1)
    return np.where(inside, value, -np.inf)
