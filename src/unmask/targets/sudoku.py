"""All 4 x 4 Sudoku grids."""

from __future__ import annotations

import itertools
from functools import cache

import numpy as np

from unmask.profile import InformationProfile
from unmask.targets._enumeration import enumerated_profile
from unmask.targets.enumerated import Listed


class Sudoku4(Listed):
    """Uniform over the 288 grids of 4 x 4 Sudoku, row by row: N = 16, q = 4, hard constraints everywhere."""

    def __init__(self) -> None:
        grids = _grids()
        super().__init__(grids, np.full(len(grids), 1 / len(grids)), 4)

    def profile(self) -> InformationProfile:
        """f, exact, by enumeration of the 2^16 sets of cells; nats."""
        return InformationProfile(_profile_values())


@cache
def _grids() -> np.ndarray:
    rows = list(itertools.permutations(range(4)))
    grids: list[tuple[tuple[int, ...], ...]] = [()]
    for _ in range(4):
        grids = [(*grid, row) for grid in grids for row in rows if _fits(grid, row)]
    return np.array(grids).reshape(-1, 16)


def _fits(grid: tuple[tuple[int, ...], ...], row: tuple[int, ...]) -> bool:
    columns = all(above[c] != row[c] for above in grid for c in range(4))
    # The second row of a pair of boxes must not repeat a symbol of the first within a box.
    boxes = len(grid) % 2 == 0 or set(grid[-1][:2]).isdisjoint(row[:2])
    return columns and boxes


@cache
def _profile_values() -> np.ndarray:
    grids = _grids()
    return enumerated_profile(grids, np.full(len(grids), 1 / len(grids))).values
