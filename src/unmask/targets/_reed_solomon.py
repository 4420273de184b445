"""Reed-Solomon codes over a prime field, by Lagrange interpolation at the points 0..b-1."""

from __future__ import annotations

from math import isqrt

import numpy as np


def is_prime(q: int) -> bool:
    """Whether q is a prime."""
    return q >= 2 and all(q % divisor for divisor in range(2, isqrt(q) + 1))


def codeword_through(blocks: np.ndarray, used: np.ndarray, q: int) -> np.ndarray:
    """The codewords through given tokens, shape (M, b).

    Args:
        blocks: shape (M, b), tokens 0..q-1 where `used`.
        used: shape (M, b), bool, k true entries in every row, k the dimension of the code.
        q: a prime >= b.
    """
    words = np.empty_like(blocks)
    patterns, which = np.unique(used, axis=0, return_inverse=True)
    for number, pattern in enumerate(patterns):
        rows = which.reshape(-1) == number
        words[rows] = blocks[rows][:, pattern] @ _lagrange(np.flatnonzero(pattern), used.shape[1], q) % q
    return words


def _lagrange(nodes: np.ndarray, points: int, q: int) -> np.ndarray:
    """Basis polynomial of each node at 0..points-1, modulo q, shape (k, points)."""
    targets = np.arange(points)
    basis = np.ones((nodes.size, points), dtype=np.int64)
    scale = np.ones(nodes.size, dtype=np.int64)
    for i, node in enumerate(nodes):
        others = np.arange(nodes.size) != i
        basis[others] = basis[others] * (targets - node) % q
        scale[others] = scale[others] * (nodes[others] - node) % q
    inverse = np.array([pow(int(value), -1, q) for value in scale])
    return basis * inverse[:, None] % q
