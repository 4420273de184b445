"""Exact expectations over counts, for laws where a token's conditional depends on counts of the revealed ones only."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy.special import xlogy


def mean_p_log_p(length: int, predictive: Callable[[int], np.ndarray]) -> np.ndarray:
    """E[p log p], p = P(next token is c | i revealed), for i = 0..N-1, shape (N,), nats.

    Args:
        length: N.
        predictive: i -> P(next is c | n of the i revealed tokens are c) for n = 0..i, shape (i + 1,).

    The law of n is carried from i to i + 1 by adding nonnegative terms, so the relative error is i roundings, where a formula
    in log-gammas of N would lose log10(N log N) digits.
    """
    result = np.empty(length)
    law = np.ones(1)
    for i in range(length):
        p = predictive(i)
        result[i] = law @ xlogy(p, p)
        law = np.append(law * (1 - p), 0.0) + np.append(0.0, law * p)
    return result


def hypergeometric_below(population: int, marked: int, threshold: int) -> np.ndarray:
    """P(fewer than `threshold` of the `marked` are among i drawn without replacement), i = 0..population, shape (i,)."""
    result = np.empty(population + 1)
    found = np.arange(threshold)
    law = (found == 0).astype(np.float64)
    for i in range(population + 1):
        result[i] = law.sum()
        hit = np.clip((marked - found) / max(1, population - i), 0.0, 1.0)
        law = law * (1 - hit) + np.append(0.0, (law * hit)[:-1])
    return result
