"""Schedules as quota, floor and cap of what a policy reveals."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from unmask.errors import ArgumentError
from unmask.schedule import Schedule


def check_length(schedule: Schedule, free: np.ndarray) -> None:
    """Raises `ArgumentError` unless every row has as many masked positions, `free` of shape (B, N), as the schedule reveals."""
    counts = free.sum(axis=1)
    if np.any(counts != schedule.length):
        wrong = int(np.flatnonzero(counts != schedule.length)[0])
        raise ArgumentError(
            f"schedule has length {schedule.length} but row {wrong} of the batch has {counts[wrong]} masked tokens"
        )


@dataclass(frozen=True, kw_only=True)
class Limited:
    """Base of policies that decide for themselves how many tokens a pass reveals, between two schedules.

    Args:
        floor: after pass k at least a_k tokens are revealed, so there are at most K passes.
        cap: after pass k at most a_k tokens are revealed (but one more per pass always), so there are at least K passes. A cap
            above the floor wins.
    """

    floor: Schedule | None = None
    cap: Schedule | None = None
    value_free = False
    is_random = False

    @property
    def steps(self) -> int | None:
        """None: the number of passes depends on the row."""
        return None

    def check_free(self, free: np.ndarray) -> None:
        """Raises `ArgumentError` if floor or cap are for another number of masked positions than some row has."""
        for schedule in (self.floor, self.cap):
            if schedule is not None:
                check_length(schedule, free)

    def limited(self, counts: np.ndarray, step: int, masked: np.ndarray) -> np.ndarray:
        """`counts` of each row, shape (B,), moved between floor and cap, at least 1."""
        left = masked.sum(axis=1)
        if self.floor is not None:
            counts = np.maximum(counts, self._room(self.floor, step, left))
        if self.cap is not None:
            counts = np.minimum(counts, self._room(self.cap, step, left))
        return np.maximum(counts, 1)

    @staticmethod
    def _room(schedule: Schedule, step: int, left: np.ndarray) -> np.ndarray:
        """How many tokens to reveal now to reach a_{step+1}, shape (B,)."""
        return np.asarray(left - (schedule.length - schedule.cumulative[min(step, schedule.steps - 1)]))

    def _suffix(self) -> str:
        parts = [("floor", self.floor), ("cap", self.cap)]
        return "".join(f"+{schedule.name}-{what}" for what, schedule in parts if schedule is not None)
