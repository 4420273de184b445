"""`Order`: what every law of permutations provides."""

from __future__ import annotations

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
        is_random: whether `permutation` looks at the uniforms.
    """

    name: str
    permutation: Callable[[np.ndarray], np.ndarray]
    support: Callable[[int], Iterator[tuple[float, np.ndarray]]]
    is_random: bool = True


def always(name: str, of_length: Callable[[int], np.ndarray]) -> Order:
    """The order that gives every row of n tokens the permutation of_length(n)."""
    return Order(name, lambda uniforms: of_length(len(uniforms)), lambda n: iter([(1.0, of_length(n))]), is_random=False)


def check_support(count: int, length: int) -> None:
    """Raises `ArgumentError` if a law has too many permutations to list."""
    if count > SUPPORT_CAP:
        raise ArgumentError(f"length {length} has {count} orders; enumeration stops at {SUPPORT_CAP}")
