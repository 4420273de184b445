"""Orders that keep revealed positions far apart: low-discrepancy sequences on the line."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator

import numpy as np

from unmask.orders.order import Order


def bit_reversal(rotate: bool = True) -> Order:
    """Each revealed position halves a largest gap: positions sorted by their bit-reversed index (van der Corput).

    Args:
        rotate: shift all positions by one uniform amount per row (cyclically), so that every position is early equally often.
    """
    return _rotated("bit-reversal", _bit_reversed, rotate)


def golden(rotate: bool = True) -> Order:
    """Positions sorted by when the golden-ratio sequence (i * 0.618... mod 1) first falls on them; rotated per row."""
    return _rotated("golden", _golden, rotate)


def _rotated(name: str, base: Callable[[int], np.ndarray], rotate: bool) -> Order:
    def permutation(uniforms: np.ndarray) -> np.ndarray:
        n = len(uniforms)
        return (base(n) + (int(uniforms[0] * n) if rotate else 0)) % n

    def support(n: int) -> Iterator[tuple[float, np.ndarray]]:
        shifts = range(n) if rotate else range(1)
        return ((1 / len(shifts), (base(n) + shift) % n) for shift in shifts)

    return Order(name, permutation, support, is_random=rotate)


def _bit_reversed(n: int) -> np.ndarray:
    bits = max(1, (n - 1).bit_length())
    index = np.arange(2**bits)
    reverse = np.zeros_like(index)
    for bit in range(bits):
        reverse |= ((index >> bit) & 1) << (bits - 1 - bit)
    return reverse[reverse < n]


def _golden(n: int) -> np.ndarray:
    ratio = (math.sqrt(5) - 1) / 2
    visits = np.floor((np.arange(64 * n + 64) * ratio % 1.0) * n).astype(np.int64)
    _, first = np.unique(visits, return_index=True)
    return visits[np.sort(first)]
