"""Markov dependence, discrete or Gaussian: H(X_p | left, right) = H(X_p) - I(left, p) - I(p, right) + I(left, right)."""

from __future__ import annotations

import numpy as np

CHUNK = 2**21
NEGLIGIBLE = 1e-15


def chain_values(entropy: float, information: np.ndarray) -> np.ndarray:
    """f of a Markov chain, stationary or not, shape (N,), nats (theory.md 1.13.5, summed over gaps).

    f(i) = -entropy + (1/N) sum_d information[d] (2 C(N-d-1, i-1) - (d-1) C(N-d-1, i-2)) / C(N-1, i).

    Args:
        entropy: mean over positions of H(X_p).
        information: sum over a of I(X_a; X_{a+d}) at index d, shape (N,); index 0 is ignored.
    """
    length = information.size
    values = np.full(length, -entropy)
    # Weights of all gaps sum to at most 3, so gaps with less information than rounding can go.
    reach = int(np.flatnonzero(np.append(1.0, information[1:] > NEGLIGIBLE * length)).max())
    if reach == 0:
        return values
    gaps, information = np.arange(1, reach + 1), information[: reach + 1]
    rows = max(1, CHUNK // reach)
    for first in range(1, length, rows):
        i = np.arange(first, min(length, first + rows))[:, None]
        # Ratios of binomials as running products in d: no log-gamma, so no digits are lost at large N.
        one_side = _products(i / (length - 1), (length - gaps[:-1] - i) / (length - gaps[:-1] - 1))
        values[i[:, 0]] += one_side @ information[1:] * (2 / length)
        if reach > 1:
            start = i * (i - 1) / ((length - 1) * (length - 2))
            both_sides = _products(start, (length - gaps[1:-1] - i + 1) / (length - gaps[1:-1] - 1))
            values[i[:, 0]] -= both_sides @ (information[2:] * gaps[:-1]) / length
    return values


def _products(start: np.ndarray, ratios: np.ndarray) -> np.ndarray:
    """start, start r_1, start r_1 r_2, ...; a ratio below zero means that no such set exists."""
    return np.cumprod(np.concatenate([start, np.maximum(ratios, 0.0)], axis=1), axis=1)


def chain_entropies(permutation: np.ndarray, entropies: np.ndarray, information: np.ndarray) -> np.ndarray:
    """H(X_{p_j} | X_{p_0..p_{m-1}}) at [m, j] for j >= m, shape (N, N), nats.

    Args:
        permutation: p, shape (N,).
        entropies: H(X_p), shape (N,).
        information: I(X_a; X_b) for a < b, shape (N, N).
    """
    length = permutation.size
    padded = np.zeros((length + 2, length + 2))  # Row 0 and column N + 1 stand for "nothing revealed on that side".
    padded[1:-1, 1:-1] = information
    rank = np.empty(length, dtype=np.int64)
    rank[permutation] = np.arange(length)
    left, right = nearest_revealed(rank[None, :] < np.arange(length)[:, None])
    here = np.arange(1, length + 1)
    left, right = left + 1, right + 1
    values = entropies - padded[left, here] - padded[here, right] + padded[left, right]
    return values[:, permutation]


def nearest_revealed(revealed: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The nearest revealed position strictly left (-1 if none) and right (N if none) of each position, shapes (B, N)."""
    length = revealed.shape[1]
    here = np.arange(length)
    left = np.maximum.accumulate(np.where(revealed, here, -1), axis=1)
    right = np.minimum.accumulate(np.where(revealed, here, length)[:, ::-1], axis=1)[:, ::-1]
    edge = np.full((revealed.shape[0], 1), -1)
    return np.concatenate([edge, left[:, :-1]], axis=1), np.concatenate([right[:, 1:], edge + 1 + length], axis=1)
