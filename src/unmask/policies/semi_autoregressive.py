"""Semi-autoregressive decoding: blocks from left to right, the passes shared evenly between them."""

from __future__ import annotations

from math import isqrt

import numpy as np

from unmask.errors import ArgumentError
from unmask.orders import Order
from unmask.orders import blockwise as blockwise_order
from unmask.policies.ordered import OrderedPolicy
from unmask.schedule import Schedule
from unmask.schedules import uniform


def blockwise(N: int, K: int, block_length: int | None = None, inner: str | Order = "random") -> OrderedPolicy:
    """Each block is revealed in its own passes, in uniform sizes, before the next one begins (LLaDA, arXiv 2502.09992).

    Args:
        N: masked tokens of a row.
        K: passes, at least one per block, shared so that the largest sizes are as small as they can be.
        block_length: default: about sqrt(K) equal blocks.
        inner: the order inside a block.

    Raises:
        ArgumentError: not 1 <= K <= N, K below the number of blocks, or a block length that is not an integer >= 1.
    """
    if not 1 <= K <= N:
        raise ArgumentError(f"K is {K}; give a number of passes from 1 to N, {N}")
    size = -(-N // isqrt(K)) if block_length is None else block_length
    order = blockwise_order(size, inner)
    lengths = [min(size, N - low) for low in range(0, N, size)]
    if len(lengths) > K:
        raise ArgumentError(f"K is {K} but there are {len(lengths)} blocks; give at least one pass per block")
    passes = np.ones(len(lengths), dtype=np.int64)
    for _ in range(K - len(lengths)):
        passes[np.argmax(np.array(lengths) / passes)] += 1
    sizes = np.concatenate([uniform(length, share).sizes for length, share in zip(lengths, passes.tolist(), strict=True)])
    return OrderedPolicy(Schedule(sizes, name="blockwise"), order)
