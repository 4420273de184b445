"""Orders without structure: uniform, drawn once, given by the user, and left to right."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator
from typing import Any

import numpy as np

from unmask.errors import ArgumentError
from unmask.orders.order import Order, always, check_support


def random() -> Order:
    """A fresh uniform permutation for every row: the order of arXiv 2510.25544, Eq. 7."""

    def support(n: int) -> Iterator[tuple[float, np.ndarray]]:
        count = math.factorial(n)
        check_support(count, n)
        return ((1 / count, np.array(p)) for p in itertools.permutations(range(n)))

    return Order("random", lambda uniforms: np.argsort(uniforms, kind="stable"), support)


def fixed_random(seed: int = 0) -> Order:
    """One uniform permutation, drawn once and used for every row (arXiv 2510.25544, around Eq. 12).

    A function of (seed, n) alone. A shorter row keeps the relative order that its positions have in a longer one.

    Raises:
        ArgumentError: `seed` is not in 0..2^64-1.
    """
    if not 0 <= int(seed) < 2**64:
        raise ArgumentError(f"seed is {seed}; give an integer from 0 to 2^64 - 1")

    def of_length(n: int) -> np.ndarray:
        return np.argsort(np.random.Generator(np.random.Philox(key=int(seed))).random(n), kind="stable")

    return always("fixed-random", of_length)


def fixed(permutation: Any, name: str = "fixed") -> Order:
    """The same permutation for every row.

    Args:
        permutation: the position revealed first, second, ...; shape (n,).
        name: for tables and files.

    Raises:
        ArgumentError: not a permutation of 0..n-1, or (when used) rows of another length.
    """
    array = np.array(permutation)
    if array.ndim != 1 or not array.size or not np.array_equal(np.sort(array), np.arange(array.size)):
        raise ArgumentError("permutation must list each of 0..n-1 once")
    array.setflags(write=False)

    def of_length(n: int) -> np.ndarray:
        if n != array.size:
            raise ArgumentError(f"order {name!r} is for {array.size} tokens but {n} are masked; make one for that length")
        return array

    return always(name, of_length)


def left_to_right() -> Order:
    """0, 1, 2, ...: autoregressive order."""
    return always("left-to-right", np.arange)
