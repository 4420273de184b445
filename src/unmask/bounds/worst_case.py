"""Bounds that hold for every law and every policy, and the laws that reach them."""

from __future__ import annotations

from typing import Any

import numpy as np

from unmask.bounds._arguments import checked_number, checked_whole
from unmask.bounds.bound import NATS, Bound
from unmask.errors import ArgumentError
from unmask.schedule import Schedule
from unmask.targets.enumerated import Listed

SUPPORT_CAP = 2**20


def worst_case(N: int, K: float, vocab_size: int) -> Bound:
    """E_fact <= (N - K) log q for every law and every policy with K passes (Prop. 3 of arXiv 2510.25544). Nats.

    Args:
        N: length.
        K: passes; their mean if the policy's number of passes is random.
        vocab_size: q.

    Raises:
        ArgumentError: not 1 <= K <= N, or q < 1.
    """
    length, symbols = checked_whole("N", N, 1), checked_whole("vocab_size", vocab_size, 1)
    steps = checked_number("K", K, 1, length)
    value = (length - steps) * float(np.log(symbols))
    claim = "whatever the law and the policy, the factorisation error is at most"
    return Bound(value, NATS, claim, "Prop. 3, arXiv 2510.25544", {"N": length, "K": steps, "q": symbols})


def saturating_law(schedule: Schedule, vocab_size: int, permutation: Any = None) -> Listed:
    """The law that reaches `worst_case` when its blocks are revealed in turn (Lemma 4 of arXiv 2510.25544).

    All tokens of a block are the same uniform symbol, and blocks are independent: E_fact = (N - K) log q exactly.

    Args:
        schedule: sizes of the blocks.
        vocab_size: q.
        permutation: position revealed first, second, ...; default: left to right.

    Returns:
        A target with sample(), support(), profile() and denoiser().

    Raises:
        ArgumentError: q^K above 2^20 sequences, or not a permutation.
    """
    symbols = checked_whole("vocab_size", vocab_size, 2)
    if schedule.steps * np.log2(symbols) > np.log2(SUPPORT_CAP):
        raise ArgumentError(f"vocab_size^K is {symbols}^{schedule.steps}; the law is listed up to 2^20 sequences")
    order = np.arange(schedule.length) if permutation is None else np.asarray(permutation)
    if not np.array_equal(np.sort(order), np.arange(schedule.length)):
        raise ArgumentError(f"permutation must list each of 0..{schedule.length - 1} once")
    block = np.empty(schedule.length, dtype=np.int64)
    block[order] = np.repeat(np.arange(schedule.steps), schedule.sizes)
    count = symbols**schedule.steps
    of_blocks = np.stack(np.unravel_index(np.arange(count), (symbols,) * schedule.steps), axis=1)
    return Listed(of_blocks[:, block], np.full(count, 1 / count), symbols)
