"""Orders on two-dimensional grids, such as images flattened row by row."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

import numpy as np

from unmask.errors import ArgumentError
from unmask.orders.order import Order, check_support

BASES = (2, 3)


def halton(height: int, width: int, rotate: bool = False) -> Order:
    """Cells in the order in which the Halton sequence (bases 2 and 3) first falls on them (arXiv 2503.17076).

    Cell (r, c) is position r * width + c.

    Args:
        height: rows of the grid.
        width: columns of the grid.
        rotate: shift rows and columns of each sampled row by one uniform amount each (cyclically).

    Raises:
        ArgumentError: not integers >= 1, or (when used) another number of masked tokens than height * width.
    """
    for name, value in (("height", height), ("width", width)):
        if value != int(value) or value < 1:
            raise ArgumentError(f"{name} is {value}; give an integer >= 1")
    height, width = int(height), int(width)

    def shifted(n: int, down: int, right: int) -> np.ndarray:
        if n != height * width:
            raise ArgumentError(f"order 'halton' is for {height} x {width} tokens but {n} are masked; make one for that grid")
        rows, columns = _cells(height, width)
        return (rows + down) % height * width + (columns + right) % width

    def permutation(uniforms: np.ndarray) -> np.ndarray:
        if not rotate:
            return shifted(len(uniforms), 0, 0)
        return shifted(len(uniforms), int(uniforms[0] * height), int(uniforms[-1] * width) if len(uniforms) > 1 else 0)

    def support(n: int) -> Iterator[tuple[float, np.ndarray]]:
        shifts = [(down, right) for down in range(height) for right in range(width)] if rotate else [(0, 0)]
        check_support(len(shifts), n)
        return ((1 / len(shifts), shifted(n, *shift)) for shift in shifts)

    return Order(f"halton-{height}x{width}", permutation, support, is_random=rotate)


@cache
def _cells(height: int, width: int) -> tuple[np.ndarray, np.ndarray]:
    """Row and column of each cell in order of first visit, shapes (height * width,)."""
    points = 4 * height * width
    while True:
        visits = [np.floor(_radical_inverse(points, base) * side) for base, side in zip(BASES, (height, width), strict=True)]
        cells = (visits[0] * width + visits[1]).astype(np.int64)
        _, first = np.unique(cells, return_index=True)
        if first.size == height * width:
            order = cells[np.sort(first)]
            return order // width, order % width
        points *= 2


def _radical_inverse(count: int, base: int) -> np.ndarray:
    """Digits of 0..count-1 mirrored at the point: the van der Corput sequence, shape (count,)."""
    index, scale, result = np.arange(count), 1.0, np.zeros(count)
    while index.any():
        scale /= base
        result += index % base * scale
        index //= base
    return result
