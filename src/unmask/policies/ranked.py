"""Top-k policies: pass k reveals the s_k masked positions that score highest."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from unmask.policies import _ranking
from unmask.policies.limits import check_length
from unmask.schedule import Schedule


@dataclass(frozen=True)
class Ranked:
    """Base of the top-k policies: subclasses say what the score is. Deterministic; equal scores go to the first position.

    It looks at the laws of this pass, never at tokens drawn in it, so Prop. 2 of arXiv 2510.25544 holds, with equality.

    Args:
        schedule: sizes, as a quota; their sum is the number of masked positions of every row.

    Raises:
        ArgumentError: (in `start`) a row with another number of masked positions than the schedule's length.
    """

    schedule: Schedule
    kind: ClassVar[str]
    value_free = False
    is_random = False

    @property
    def name(self) -> str:
        """For tables and files."""
        return f"{self.kind}+{self.schedule.name}"

    @property
    def steps(self) -> int:
        """K."""
        return self.schedule.steps

    def start(self, free: np.ndarray, uniforms: np.ndarray) -> None:
        """Nothing is kept between passes."""
        check_length(self.schedule, free)

    def choose(self, plan: Any, step: int, tokens: np.ndarray, masked: np.ndarray, log_probs: Any) -> np.ndarray:
        """The s_k masked positions of highest score."""
        return _ranking.top(self.scores(log_probs, masked), int(self.schedule.sizes[step]))

    def scores(self, log_probs: Any, masked: np.ndarray) -> np.ndarray:
        """Shape (B, N), higher is revealed sooner; -inf where not masked."""
        raise NotImplementedError
