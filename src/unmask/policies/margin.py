"""Top-k by the margin between the two likeliest tokens."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from unmask.policies import _ranking
from unmask.policies.ranked import Ranked


@dataclass(frozen=True)
class Margin(Ranked):
    """Reveals where the likeliest token leads the next by most (arXiv 2502.06768)."""

    kind = "margin"

    def scores(self, log_probs: Any, masked: np.ndarray) -> np.ndarray:
        """p(first) - p(second)."""
        return _ranking.margin(log_probs, masked)
