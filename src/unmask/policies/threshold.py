"""All positions that are confident enough."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from unmask.errors import ArgumentError
from unmask.policies import _ranking
from unmask.policies.limits import Limited


@dataclass(frozen=True)
class Threshold(Limited):
    """Reveals every masked position with max_v p(v) > tau, the most confident one if there is none (Fast-dLLM, 2505.22618).

    Args:
        tau: probability, from 0 up to 1.
        floor, cap: as in `Limited`.

    Raises:
        ArgumentError: `tau` outside [0, 1); (in `start`) floor or cap for another number of masked positions.
    """

    tau: float = 0.9

    def __post_init__(self) -> None:
        if not 0 <= self.tau < 1:
            raise ArgumentError(f"tau is {self.tau}; give a probability, at least 0 and below 1")

    @property
    def name(self) -> str:
        """For tables and files."""
        return f"threshold-{self.tau:g}{self._suffix()}"

    def start(self, free: np.ndarray, uniforms: np.ndarray) -> None:
        """Nothing is kept between passes."""
        self.check_free(free)

    def choose(self, plan: Any, step: int, tokens: np.ndarray, masked: np.ndarray, log_probs: Any) -> np.ndarray:
        """The confident ones, at least one, within floor and cap."""
        scores = np.exp(_ranking.confidence(log_probs, masked))
        sure = np.round(scores, _ranking.DECIMALS) > self.tau
        return _ranking.top(np.where(masked, scores, -np.inf), self.limited(sure.sum(axis=1), step, masked))
