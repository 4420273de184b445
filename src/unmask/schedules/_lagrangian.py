"""Exact schedules of very long sequences in O(N) memory: a price per pass, and two tied paths spliced (theory.md 5.1)."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

# A path cheaper than the line between its neighbours by less than this (relatively) is rounding, not a new vertex.
ROUNDING = 1e-15


class Path(NamedTuple):
    """Nodes a_0..a_{r-1} and their cost in the units of the losses."""

    nodes: np.ndarray
    cost: float

    @property
    def steps(self) -> int:
        """r."""
        return int(self.nodes.size)


def path_cost(losses: np.ndarray, sums: tuple[np.ndarray, np.ndarray], nodes: np.ndarray) -> float:
    """sum_k sum_{a_k <= j < a_{k+1}} (losses[a_k] - losses[j]) in O(K), given `_kernels.prefix_sums(losses)`."""
    ends = np.append(nodes[1:], losses.size)
    high, low = (part[ends] - part[nodes] for part in sums)
    return float(np.sum((ends - nodes) * losses[nodes] - (high + low)))


def bracket(losses: np.ndarray, too_few: Callable[[Path], bool]) -> tuple[Path, Path]:
    """Two paths, both optimal at one price per pass, the first with too few passes and the second not.

    The optimal cost E*(K) is convex, so the price E*(p) - E*(q) over q - p either finds a vertex between p and q or shows that
    there is none. Each price is one O(N) convex hull pass.

    Args:
        losses: nonincreasing, shape (N,).
        too_few: true for one pass, false for N, with one switch between.
    """
    from unmask.schedules import _kernels

    high, low = _kernels.prefix_sums(losses)
    one, every = np.zeros(1, np.int64), np.arange(losses.size)
    few, many = Path(one, path_cost(losses, (high, low), one)), Path(every, 0.0)
    while many.steps - few.steps > 1:
        price = (few.cost - many.cost) / (many.steps - few.steps)
        if price <= 0:
            break
        nodes = _kernels.penalised_path(losses, high, low, price)
        path = Path(nodes, path_cost(losses, (high, low), nodes))
        gain = few.cost - path.cost - price * (path.steps - few.steps)
        if not few.steps < path.steps < many.steps or gain <= ROUNDING * few.cost:
            break
        if too_few(path):
            few = path
        else:
            many = path
    return few, many


def splice(few: Path, many: Path, steps: int) -> np.ndarray:
    """The nodes of a path with exactly `steps` passes, few.steps <= steps <= many.steps, no dearer than the line between them.

    Some block of `few` contains the block of `many` that is `many.steps - steps` blocks further on. Start with `few`, end with
    `many` and cross there: by the quadrangle inequality the two crossed paths cost no more than the two given ones.
    """
    if steps == few.steps:
        return few.nodes
    shift = many.steps - steps
    inside = np.flatnonzero(many.nodes[shift + 1 : shift + few.steps] <= few.nodes[1:])
    cross = int(inside[0]) if inside.size else few.steps - 1
    return np.concatenate([few.nodes[: cross + 1], many.nodes[cross + shift + 1 :]])
