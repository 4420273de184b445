"""Conditional entropies by listing every sequence: the reference that closed forms are checked against."""

from __future__ import annotations

from math import comb
from typing import Any

import numpy as np
from scipy.special import entr

from unmask.errors import ArgumentError
from unmask.profile import InformationProfile
from unmask.targets._arguments import laws

WORK_CAP = 2**28


def enumerated_profile(sequences: Any, probabilities: Any) -> InformationProfile:
    """f by definition: f(i) = H_i - H_{i+1}, H_i = the mean entropy of i tokens over all sets of i positions. Nats.

    Args:
        sequences: distinct rows of the law's support, integers, shape (M, N).
        probabilities: their probabilities, shape (M,), summing to one.

    Raises:
        ArgumentError: shapes that do not fit, probabilities that do not sum to one, or M 2^N above 2^28.
    """
    sequences, probabilities = _checked(sequences, probabilities)
    rows, length = sequences.shape
    if rows * 2**length > WORK_CAP:
        raise ArgumentError(f"{rows} sequences of length {length} have too many subsets; enumeration stops at M 2^N = 2^28")
    columns, symbols = sequences.T, int(sequences.max()) + 1
    everything = float(entr(probabilities).sum())
    totals = np.zeros(length + 1)
    pending = [(0, 0, np.zeros(rows, dtype=np.int64))]  # next position, size of the set, which rows agree on the set
    while pending:
        first, size, labels = pending.pop()
        for position in range(first, length):
            entropy, refined = _refine(labels, columns[position], symbols, probabilities)
            totals[size + 1] += entropy
            left = length - position - 1
            if refined.max() + 1 == rows:  # The set determines the row, and so does every larger set.
                for more in range(1, left + 1):
                    totals[size + 1 + more] += comb(left, more) * everything
            elif left:
                pending.append((position + 1, size + 1, refined))
    means = totals / [float(comb(length, size)) for size in range(length + 1)]
    return InformationProfile(-np.diff(means))


def enumerated_entropies(sequences: Any, probabilities: Any, permutation: np.ndarray) -> np.ndarray:
    """H(X_{p_j} | X_{p_0..p_{m-1}}) at [m, j], j >= m, shape (N, N), nats; zero elsewhere. Arguments as above."""
    sequences, probabilities = _checked(sequences, probabilities)
    columns, symbols = sequences.T[permutation], int(sequences.max()) + 1
    length = columns.shape[0]
    values = np.zeros((length, length))
    labels, given = np.zeros(sequences.shape[0], dtype=np.int64), 0.0
    for m in range(length):
        for j in range(m, length):
            joint = np.bincount(labels * symbols + columns[j], weights=probabilities)
            values[m, j] = max(float(entr(joint).sum()) - given, 0.0)
        given, labels = _refine(labels, columns[m], symbols, probabilities)
    return values


def _refine(labels: np.ndarray, column: np.ndarray, symbols: int, probabilities: np.ndarray) -> tuple[float, np.ndarray]:
    """Split the groups by one more position: the entropy of the groups, and each row's new group, numbered 0, 1, ..."""
    joint = labels * symbols + column
    mass = np.bincount(joint, weights=probabilities)
    return float(entr(mass).sum()), (np.cumsum(mass > 0) - 1)[joint]


def _checked(sequences: Any, probabilities: Any) -> tuple[np.ndarray, np.ndarray]:
    rows, weights = np.asarray(sequences), laws("probabilities", probabilities, 1)
    if rows.ndim != 2 or rows.dtype.kind not in "iu" or rows.shape[0] != weights.size or rows.size == 0 or rows.min() < 0:
        raise ArgumentError(f"sequences has shape {rows.shape} and type {rows.dtype}; give ids >= 0, one row per probability")
    return rows[weights > 0].astype(np.int64), weights[weights > 0]
