"""Laws of orders: which token is revealed after which, ignoring values.

An order draws a permutation of 0..n-1 from the n uniforms of a row; `support` lists the law when it is small enough.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from unmask.errors import ArgumentError

SUPPORT_CAP = 50_000


@dataclass(frozen=True)
class Order:
    """A law of permutations that ignores values.

    Args:
        name: for tables and files.
        permutation: n uniforms in [0, 1), shape (n,) -> a permutation, shape (n,): position revealed first, second, ...
        support: n -> every (probability, permutation) of the law, for exact calculations.
    """

    name: str
    permutation: Callable[[np.ndarray], np.ndarray]
    support: Callable[[int], Iterator[tuple[float, np.ndarray]]]


def random() -> Order:
    """A fresh uniform permutation for every row: the order of arXiv 2510.25544, Eq. 7."""

    def support(n: int) -> Iterator[tuple[float, np.ndarray]]:
        count = math.factorial(n)
        if count > SUPPORT_CAP:
            raise ArgumentError(f"length {n} has {count} orders; enumeration stops at {SUPPORT_CAP}")
        return ((1 / count, np.array(p)) for p in itertools.permutations(range(n)))

    return Order("random", lambda uniforms: np.argsort(uniforms, kind="stable"), support)


def fixed(permutation: np.ndarray | list[int], name: str = "fixed") -> Order:
    """The same permutation for every row.

    Raises:
        ArgumentError: not a permutation of 0..n-1, or (when used) rows of another length.
    """
    array = np.array(permutation)
    if array.ndim != 1 or not np.array_equal(np.sort(array), np.arange(array.size)):
        raise ArgumentError("permutation must list each of 0..n-1 once")

    def of_length(n: int) -> np.ndarray:
        if n != array.size:
            raise ArgumentError(f"order {name!r} is for {array.size} tokens but {n} are masked; make one for that length")
        return array

    return Order(name, lambda uniforms: of_length(len(uniforms)), lambda n: iter([(1.0, of_length(n))]))


def left_to_right() -> Order:
    """0, 1, 2, ...: autoregressive order."""
    return Order("left-to-right", lambda uniforms: np.arange(len(uniforms)), lambda n: iter([(1.0, np.arange(n))]))


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

    return Order(name, permutation, support)


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


ORDERS: dict[str, Callable[[], Order]] = {
    "random": random,
    "left-to-right": left_to_right,
    "bit-reversal": bit_reversal,
    "golden": golden,
}


def by_name(name: str | Order) -> Order:
    """The registered order of that name; an `Order` passes through.

    Raises:
        ArgumentError: no such name; the message lists those there are.
    """
    if isinstance(name, Order):
        return name
    if name not in ORDERS:
        raise ArgumentError(f"order {name!r} is unknown; give one of {', '.join(ORDERS)}")
    return ORDERS[name]()
