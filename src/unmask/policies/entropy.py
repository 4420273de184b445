"""Top-k by entropy."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from unmask.policies import _ranking
from unmask.policies.ranked import Ranked


@dataclass(frozen=True)
class Entropy(Ranked):
    """Reveals where the entropy is lowest: the "entropy" rule of Dream (arXiv 2508.15487)."""

    kind = "entropy"

    def scores(self, log_probs: Any, masked: np.ndarray) -> np.ndarray:
        """Minus the entropy, nats."""
        return np.where(masked, -_ranking.entropy(log_probs, masked), -np.inf)
