"""As many positions as a bound on their joint dependence allows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from unmask.errors import ArgumentError
from unmask.policies import _ranking
from unmask.policies.limits import Limited


@dataclass(frozen=True)
class EntropyBounded(Limited):
    """EB-Sampler (arXiv 2505.24857): in order of entropy, reveals U while sum_{i in U} H_i - max_{i in U} H_i <= gamma.

    The left side bounds the total correlation of U given what is revealed: for the denoiser's own joint law, a pass costs at
    most gamma.

    Args:
        gamma: nats per pass.
        floor, cap: as in `Limited`.

    Raises:
        ArgumentError: `gamma` is negative or not finite; (in `start`) floor or cap for another number of masked positions.
    """

    gamma: float = 0.1

    def __post_init__(self) -> None:
        if not 0 <= self.gamma < np.inf:
            raise ArgumentError(f"gamma is {self.gamma}; give nats per pass, a finite number >= 0")

    @property
    def name(self) -> str:
        """For tables and files."""
        return f"entropy-bounded-{self.gamma:g}{self._suffix()}"

    def start(self, free: np.ndarray, uniforms: np.ndarray) -> None:
        """Nothing is kept between passes."""
        self.check_free(free)

    def choose(self, plan: Any, step: int, tokens: np.ndarray, masked: np.ndarray, log_probs: Any) -> np.ndarray:
        """The longest prefix, in order of entropy, within the bound; at least one position."""
        entropies = np.where(masked, _ranking.entropy(log_probs, masked), np.inf)
        ascending = np.sort(entropies, axis=1)
        # The maximum of a prefix is its last entry, so all but the last must fit.
        without_last = np.cumsum(np.where(np.isfinite(ascending), ascending, 0.0), axis=1)[:, :-1]
        fits = np.isfinite(ascending[:, 1:]) & (np.round(without_last, _ranking.DECIMALS) <= self.gamma)
        return _ranking.top(-entropies, self.limited(1 + fits.sum(axis=1), step, masked))
