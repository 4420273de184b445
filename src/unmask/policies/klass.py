"""Positions whose law is confident and has stopped moving."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from unmask.errors import ArgumentError
from unmask.policies import _ranking
from unmask.policies.limits import Limited


@dataclass
class _History:
    """Laws of the pass before, and for how many passes each law has moved by less than the tolerance, shape (B, N)."""

    calm: np.ndarray
    previous: Any = field(default=None)


@dataclass(frozen=True)
class KLASS(Limited):
    """Reveals every masked position with max_v p(v) > tau whose law moved by KL < tolerance in each of the last passes.

    KL-adaptive stability sampling (arXiv 2511.05664). If there is none, the most confident position is revealed, and as many
    as the floor asks for.

    Args:
        tau: probability, from 0 up to 1.
        tolerance: KL of a position's law to its law one pass before, nats.
        history: for how many passes it must have stayed below.
        floor, cap: as in `Limited`.

    Raises:
        ArgumentError: numbers that cannot be; (in `start`) floor or cap for another number of masked positions.
    """

    tau: float = 0.9
    tolerance: float = 0.01
    history: int = 2

    def __post_init__(self) -> None:
        if not 0 <= self.tau < 1:
            raise ArgumentError(f"tau is {self.tau}; give a probability, at least 0 and below 1")
        if not self.tolerance > 0:
            raise ArgumentError(f"tolerance is {self.tolerance}; give nats, above 0")
        if self.history != int(self.history) or self.history < 1:
            raise ArgumentError(f"history is {self.history}; give an integer >= 1")

    @property
    def name(self) -> str:
        """For tables and files."""
        return f"klass-{self.tau:g}-{self.tolerance:g}{self._suffix()}"

    def start(self, free: np.ndarray, uniforms: np.ndarray) -> _History:
        """The laws of the pass before, none yet."""
        self.check_free(free)
        return _History(np.zeros(free.shape, dtype=np.int64))

    def choose(self, plan: _History, step: int, tokens: np.ndarray, masked: np.ndarray, log_probs: Any) -> np.ndarray:
        """The stable and confident ones, within floor and cap."""
        if plan.previous is not None:
            still = _ranking.divergence(log_probs, plan.previous, masked) < self.tolerance
            plan.calm = np.where(still, plan.calm + 1, 0)
        plan.previous = log_probs
        scores = _ranking.confidence(log_probs, masked)
        sure = np.round(np.exp(scores), _ranking.DECIMALS) > self.tau
        ready = masked & sure & (plan.calm >= self.history)
        # Log-probabilities are <= 0, probabilities above: ready positions come first.
        ranked = np.where(ready, np.exp(scores), scores)
        return _ranking.top(ranked, self.limited(ready.sum(axis=1), step, masked))
