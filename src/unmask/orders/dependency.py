"""An order learned from a denoiser's own dependencies, with no geometry told to it."""

from __future__ import annotations

from typing import Any

import numpy as np

from unmask.errors import ArgumentError
from unmask.orders.order import Order
from unmask.orders.plain import fixed

TIE = 1e-9  # relative: what rounding may not decide


def learned(dependency: Any) -> Order:
    """Recursive balanced max-cut (theory.md 5.10): what depends on each other is revealed far apart in time.

    The positions are split in two halves so that as little dependency as possible stays inside a half; one half is revealed
    before the other, and each is ordered in the same way. Dependent tokens are then rarely revealed in the same pass, which
    is what E_fact of arXiv 2510.25544 (Prop. 2) charges for. On a chain it is bit reversal, on a grid a checkerboard first.

    Each split grows both halves from one position, most decided position first, then swaps pairs while that helps: O(N^2)
    for the growth and for each swap. Deterministic.

    Args:
        dependency: symmetric, shape (N, N), e.g. mean KL of one position's law when the other is revealed, nats; the
            diagonal is ignored.

    Raises:
        ArgumentError: not a square, finite, symmetric matrix, or (when used) rows of another length.
    """
    matrix = np.array(dependency, dtype=np.float64)
    if matrix.ndim != 2 or matrix.shape[0] != matrix.shape[1] or not matrix.size or not np.isfinite(matrix).all():
        raise ArgumentError(f"dependency has shape {matrix.shape}; give a finite square matrix, one row per position")
    if not np.allclose(matrix, matrix.T, rtol=1e-6, atol=1e-9 * np.abs(matrix).max()):
        raise ArgumentError("dependency is not symmetric; give (dependency + dependency.T) / 2")
    matrix = (matrix + matrix.T) / 2
    np.fill_diagonal(matrix, 0.0)
    return fixed(_order(matrix, np.arange(len(matrix))), name="learned")


def _order(dependency: np.ndarray, positions: np.ndarray) -> np.ndarray:
    if positions.size <= 1:
        return positions
    side = _split(dependency[np.ix_(positions, positions)])
    return np.concatenate([_order(dependency, positions[side]), _order(dependency, positions[~side])])


def _split(dependency: np.ndarray) -> np.ndarray:
    """Which positions are revealed first, bool, shape (n,): the larger half; of equal ones that with less inside; then 0's."""
    size = len(dependency)
    side = _grown(dependency)
    tolerance = TIE * np.abs(dependency).max()
    while True:
        first, second = np.flatnonzero(side), np.flatnonzero(~side)
        signs = np.where(side, 1.0, -1.0)
        # excess[i]: dependency on its own half minus that on the other, what moving i alone would save.
        excess = signs * (dependency @ signs)
        savings = excess[first, None] + excess[None, second] + 2 * dependency[np.ix_(first, second)]
        best = int(np.argmax(savings > savings.max() - tolerance))
        out, into = np.unravel_index(best, savings.shape)
        if savings[out, into] <= 2 * tolerance:
            break
        side[[first[out], second[into]]] = False, True
    if size % 2 == 0:
        inside = [dependency[np.ix_(half, half)].sum() for half in (side, ~side)]
        lower = inside[1] < inside[0] - size * tolerance
        equal = abs(inside[1] - inside[0]) <= size * tolerance
        if lower or (equal and not side[0]):
            return ~side
    return side


def _grown(dependency: np.ndarray) -> np.ndarray:
    """A balanced start, bool, shape (n,), ceil(n / 2) true: positions join the half they depend on less, most decided first."""
    size = len(dependency)
    capacity = {True: size - size // 2, False: size // 2}
    side, placed = np.ones(size, dtype=bool), np.zeros(size, dtype=bool)
    pull = np.zeros(size)  # dependency on the first half minus that on the second
    tolerance = TIE * np.abs(dependency).max()
    for _ in range(size):
        decided = np.where(placed, -np.inf, np.abs(pull))
        position = int(np.argmax(decided >= decided.max() - tolerance))
        choice = bool(pull[position] <= tolerance)
        choice = choice if capacity[choice] else not choice
        capacity[choice] -= 1
        side[position], placed[position] = choice, True
        pull += np.where(choice, 1.0, -1.0) * dependency[position]
    return side
