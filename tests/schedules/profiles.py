"""Exact information profiles of theory.md 1.13, written from their formulas: the ground truth of the schedule tests."""

from __future__ import annotations

from functools import cache

import numpy as np
from scipy import special, stats

from unmask import InformationProfile


def binary_entropy(p):
    return special.entr(p) + special.entr(1 - p)


def gaussian(N, rho):
    i = np.arange(N)
    return InformationProfile(-0.5 * np.log(2 * np.pi * np.e * (1 - rho) * (1 + i * rho) / (1 + (i - 1) * rho)))


@cache
def dirichlet_multinomial(N, q, alpha=1.0):
    values = np.empty(N)
    for i in range(N):
        n = np.arange(i + 1)
        weights = stats.betabinom.pmf(n, i, alpha, alpha * (q - 1)) if i else np.ones(1)
        p = (alpha + n) / (q * alpha + i)
        values[i] = q * np.sum(weights * p * np.log(p))
    return InformationProfile(values)


@cache
def markov(N, flip):
    d = np.arange(1, N + 1)
    information = np.concatenate([[0.0], np.log(2) - binary_entropy((1 - (1 - 2 * flip) ** d) / 2)])
    sums = np.cumsum(information)
    values = np.full(N, -np.log(2))
    for i in range(1, N):
        total = log_binomial(N - 1, i)
        gap = np.arange(1, N)
        values[i] += 2 / N * np.sum(np.exp(log_binomial(N - gap, i) - total) * information[1:N])
        if i >= 2:
            gap = np.arange(2, N)
            both = 2 * sums[gap - 1] - (gap - 1) * information[gap]
            values[i] += np.sum((N - gap) / N * np.exp(log_binomial(N - gap - 1, i - 2) - total) * both)
    return InformationProfile(values)


def log_binomial(n, k):
    n = np.asarray(n, dtype=float)
    inside = n >= k
    n = np.where(inside, n, k)
    return np.where(inside, special.gammaln(n + 1) - special.gammaln(k + 1) - special.gammaln(n - k + 1), -np.inf)


@cache
def blocks(N, b, k, q=2):
    i = np.arange(N)
    few = sum(special.binom(i, x) * special.binom(N - 1 - i, b - 1 - x) for x in range(k))
    return InformationProfile(-np.log(q) * few / special.binom(N - 1, b - 1))


@cache
def permutation(N):
    return InformationProfile(-np.log(N - np.arange(N)))


@cache
def balanced(N):
    values = np.empty(N)
    for i in range(N):
        n = np.arange(i + 1)
        p = np.clip((N // 2 - n) / (N - i), 0, 1)
        values[i] = -np.sum(stats.hypergeom.pmf(n, N, N // 2, i) * binary_entropy(p))
    return InformationProfile(values)


@cache
def noisy_bit(N, flip):
    values = np.empty(N)
    for i in range(N):
        n = np.arange(i + 1)
        weights = (stats.binom.pmf(n, i, 1 - flip) + stats.binom.pmf(n, i, flip)) / 2
        p = special.expit((2 * n - i) * np.log((1 - flip) / flip))
        values[i] = -np.sum(weights * binary_entropy(flip * (1 - p) + (1 - flip) * p))
    return InformationProfile(values)


def mds(N, k, q=2):
    """k = 1: all equal; k = N - 1: parity."""
    return InformationProfile(-np.log(q) * (np.arange(N) < k))


def from_density(g, N):
    """A profile whose rescaled increments are g."""
    return InformationProfile(np.concatenate([[0.0], np.cumsum(g((np.arange(1, N) - 0.5) / N) / N)]))
