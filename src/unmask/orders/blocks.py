"""Semi-autoregressive orders: blocks from left to right, any order inside a block."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator

import numpy as np

from unmask.errors import ArgumentError
from unmask.orders.order import Order, check_support
from unmask.orders.registry import by_name


def blockwise(block_length: int, inner: str | Order = "random") -> Order:
    """Positions 0..b-1 first, then b..2b-1, ...: every block complete before the next begins. The last may be shorter.

    Args:
        block_length: b.
        inner: the order inside a block, drawn independently for each block; a name or an `Order`.

    Raises:
        ArgumentError: `block_length` is not an integer >= 1, or an unknown inner order.
    """
    if block_length != int(block_length) or block_length < 1:
        raise ArgumentError(f"block_length is {block_length}; give an integer >= 1")
    law, size = by_name(inner), int(block_length)

    def permutation(uniforms: np.ndarray) -> np.ndarray:
        n = len(uniforms)
        return np.concatenate([law.permutation(uniforms[low : low + size]) + low for low in range(0, n, size)])

    def support(n: int) -> Iterator[tuple[float, np.ndarray]]:
        blocks = [list(law.support(min(size, n - low))) for low in range(0, n, size)]
        check_support(math.prod(map(len, blocks)), n)
        for combination in itertools.product(*blocks):
            probability = math.prod(share for share, _ in combination)
            yield probability, np.concatenate([inside + size * number for number, (_, inside) in enumerate(combination)])

    return Order(f"blockwise-{size}-{law.name}", permutation, support, law.is_random)
