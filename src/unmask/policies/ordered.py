"""An order and a schedule: the policy of arXiv 2510.25544, Eq. 7, for any value-free order."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from unmask.orders import Order, by_name
from unmask.policies.limits import check_length
from unmask.schedule import Schedule


@dataclass(frozen=True, init=False)
class OrderedPolicy:
    """Pass k reveals the next s_k positions of the row's permutation. Satisfies `Policy`; exactly K passes for every row.

    Args:
        schedule: sizes; their sum is the number of masked positions of every row.
        order: an `Order` or the name of a registered one.

    Raises:
        ArgumentError: unknown order; (in `start`) a row with another number of masked positions than the schedule's length.
    """

    schedule: Schedule
    order: Order
    value_free = True

    def __init__(self, schedule: Schedule, order: str | Order = "random") -> None:
        object.__setattr__(self, "schedule", schedule)
        object.__setattr__(self, "order", by_name(order))

    @property
    def name(self) -> str:
        """For tables and files."""
        return f"{self.order.name}+{self.schedule.name}"

    @property
    def is_random(self) -> bool:
        """Whether the permutation may differ between rows."""
        return self.order.is_random

    @property
    def steps(self) -> int:
        """K."""
        return self.schedule.steps

    def start(self, free: np.ndarray, uniforms: np.ndarray) -> np.ndarray:
        """The pass that reveals each position, shape (B, N), -1 where given."""
        check_length(self.schedule, free)
        pass_of_rank = np.repeat(np.arange(self.steps), self.schedule.sizes)
        plan = np.full(free.shape, -1, dtype=np.int64)
        for row, row_free in enumerate(free):
            positions = np.flatnonzero(row_free)
            plan[row, positions[self.order.permutation(uniforms[row, positions])]] = pass_of_rank
        return plan

    def choose(self, plan: np.ndarray, step: int, tokens: np.ndarray, masked: np.ndarray, log_probs: Any) -> np.ndarray:
        """The positions planned for this pass."""
        return plan == step
