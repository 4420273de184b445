"""Definitions, spelled out with dictionaries: slow, and independent of the library's enumeration."""

from __future__ import annotations

import itertools
from collections import defaultdict

import numpy as np


def subset_entropy(sequences, probabilities, positions) -> float:
    """H(X_S), nats."""
    mass: dict[tuple[int, ...], float] = defaultdict(float)
    for row, probability in zip(sequences.tolist(), probabilities.tolist(), strict=True):
        mass[tuple(row[p] for p in positions)] += probability
    return -sum(p * np.log(p) for p in mass.values() if p > 0)


def profile(sequences, probabilities, levels=None) -> np.ndarray:
    """f(i) = -mean of H(X_j | X_S) over sets S of i positions and j outside S, at each level i."""
    length = sequences.shape[1]
    values = []
    for i in range(length) if levels is None else levels:
        terms = []
        for chosen in itertools.combinations(range(length), i):
            given = subset_entropy(sequences, probabilities, chosen)
            others = set(range(length)) - set(chosen)
            terms += [subset_entropy(sequences, probabilities, (*chosen, j)) - given for j in others]
        values.append(-np.mean(terms))
    return np.array(values)


def order_entropies(sequences, probabilities, permutation) -> np.ndarray:
    """H(X_{p_j} | X_{p_0..p_{m-1}}) at [m, j], j >= m."""
    length = sequences.shape[1]
    values = np.zeros((length, length))
    for m in range(length):
        prefix = tuple(permutation[:m])
        given = subset_entropy(sequences, probabilities, prefix)
        for j in range(m, length):
            values[m, j] = subset_entropy(sequences, probabilities, (*prefix, permutation[j])) - given
    return values


def conditionals(sequences, probabilities, tokens, q) -> np.ndarray:
    """P(X_j = c | revealed) for one row, shape (N, q); uniform where the revealed tokens are impossible."""
    laws = np.zeros((tokens.size, q))
    for row, probability in zip(sequences, probabilities, strict=True):
        if all(t in (q, x) for t, x in zip(tokens, row, strict=True)):
            laws[np.arange(tokens.size), row] += probability
    total = laws[0].sum()
    laws = laws / total if total > 0 else np.full(laws.shape, 1 / q)
    for position, token in enumerate(tokens):
        if token < q:
            laws[position] = np.arange(q) == token
    return laws
