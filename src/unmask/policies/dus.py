"""Dilated unmasking: value-free, coarse to fine inside blocks."""

from __future__ import annotations

import numpy as np

from unmask.errors import ArgumentError
from unmask.orders import fixed
from unmask.policies.ordered import OrderedPolicy
from unmask.schedule import Schedule


def dilated(N: int, block_length: int | None = None, base: int = 2) -> OrderedPolicy:
    """DUS (arXiv 2506.19037): blocks from left to right; inside a block, positions at stride B/a, then B/a^2, ..., then all.

    Takes about log_a(B) passes per block, each revealing a - 1 times as many tokens as are there.

    Args:
        N: masked tokens of a row.
        block_length: B; default N. The last block may be shorter.
        base: a >= 2.

    Raises:
        ArgumentError: not integers >= 1 (base: >= 2).
    """
    size = N if block_length is None else block_length
    for name, value, least in (("N", N, 1), ("block_length", size, 1), ("base", base, 2)):
        if value != int(value) or value < least:
            raise ArgumentError(f"{name} is {value}; give an integer >= {least}")
    levels = [low + level for low in range(0, N, size) for level in _levels(min(size, N - low), base)]
    schedule = Schedule([level.size for level in levels], name="dilated")
    return OrderedPolicy(schedule, fixed(np.concatenate(levels), name="dilated"))


def within(N: int, K: int) -> OrderedPolicy:
    """The dilated policy for a budget of at most K passes: base 2 and as many blocks as fit, or one block and a larger base.

    Raises:
        ArgumentError: not 1 <= K <= N.
    """
    if not 1 <= K <= N:
        raise ArgumentError(f"K is {K}; give a number of passes from 1 to N, {N}")
    sizes = [-(-N // blocks) for blocks in range(min(K, N), 0, -1)]
    fitting = (policy for policy in (dilated(N, size) for size in sizes) if policy.steps <= K)
    coarser = (
        policy for policy in (dilated(N, base=base) for base in range(max(2, int(N ** (1 / K))), N + 2)) if policy.steps <= K
    )
    return next(fitting, None) or next(coarser)


def _levels(size: int, base: int) -> list[np.ndarray]:
    """Positions of a block, level by level."""
    hidden, stride, levels = np.ones(size, dtype=bool), size, []
    while hidden.any():
        stride = max(1, stride // base)
        level = np.flatnonzero(hidden & (np.arange(size) % stride == 0))
        hidden[level] = False
        levels.append(level)
    return levels
