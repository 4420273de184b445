"""Top-k by the probability of the likeliest token."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from unmask.policies import _ranking
from unmask.policies.ranked import Ranked


@dataclass(frozen=True)
class Confidence(Ranked):
    """Reveals where max_v p(v) is highest: the "low-confidence remasking" of LLaDA (arXiv 2502.09992).

    MaskGIT (arXiv 2202.04200) ranks by the probability of the token just drawn instead; that choice sees values of its own
    pass, and the bound does not cover it.
    """

    kind = "confidence"

    def scores(self, log_probs: Any, masked: np.ndarray) -> np.ndarray:
        """max_v log p(v)."""
        return _ranking.confidence(log_probs, masked)
