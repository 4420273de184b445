"""Top-k by confidence among positions that are far from each other."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from unmask.errors import ArgumentError
from unmask.policies import _ranking
from unmask.policies.ranked import Ranked


@dataclass(frozen=True)
class SpacedConfidence(Ranked):
    """Reveals the most confident positions that are mutually at least `distance` apart (cf. arXiv 2608.25505, 2506.19037).

    Where fewer than s_k fit, the distance is halved for the rest of that pass, so that there are exactly K passes.

    Args:
        schedule: sizes, as in `Ranked`.
        distance: in positions; 1 is plain confidence.

    Raises:
        ArgumentError: `distance` is not an integer >= 1.
    """

    distance: int = 2
    kind = "spaced-confidence"

    def __post_init__(self) -> None:
        if self.distance != int(self.distance) or self.distance < 1:
            raise ArgumentError(f"distance is {self.distance}; give an integer >= 1, in positions")

    def scores(self, log_probs: Any, masked: np.ndarray) -> np.ndarray:
        """max_v log p(v)."""
        return _ranking.confidence(log_probs, masked)

    def choose(self, plan: Any, step: int, tokens: np.ndarray, masked: np.ndarray, log_probs: Any) -> np.ndarray:
        """s_k masked positions, greedily by confidence."""
        scores = self.scores(log_probs, masked)
        chosen = np.zeros(masked.shape, dtype=bool)
        size, distance = int(self.schedule.sizes[step]), int(self.distance)
        while True:
            # At most `size` more per row; a row that is full or has no open position takes none.
            for _ in range(size):
                open_scores = np.where(_far(chosen, distance), scores, -np.inf)
                chosen |= _ranking.top(open_scores, (chosen.sum(axis=1) < size).astype(int))
            if distance == 1 or not (masked.any(axis=1) & (chosen.sum(axis=1) < size)).any():
                return chosen
            distance //= 2


def _far(chosen: np.ndarray, distance: int) -> np.ndarray:
    """Positions at least `distance` from every chosen one in their row, bool, shape (B, N)."""
    length = chosen.shape[1]
    before = np.concatenate([np.zeros((len(chosen), 1), dtype=np.int64), np.cumsum(chosen, axis=1)], axis=1)
    low = np.maximum(np.arange(length) - distance + 1, 0)
    high = np.minimum(np.arange(length) + distance, length)
    return np.asarray(before[:, high] == before[:, low])
