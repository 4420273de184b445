"""Independent tokens: the law that one forward pass decodes without error."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.special import entr

from unmask.profile import InformationProfile
from unmask.targets._arguments import laws
from unmask.targets.base import DiscreteTarget, draw


class Independent(DiscreteTarget):
    """Independent tokens, each with its own law: f is constant and every schedule costs nothing (theory.md 1.13.1).

    Args:
        probabilities: law of each token, shape (N, q).

    Raises:
        ArgumentError: not N laws over q tokens.
    """

    def __init__(self, probabilities: Any) -> None:
        self.probabilities = laws("probabilities", probabilities, 2)
        self.length, self.vocab_size = self.probabilities.shape

    def profile(self) -> InformationProfile:
        """f(i) = -mean_p H(X_p)."""
        return InformationProfile(np.full(self.length, -self._entropies().mean()))

    def _entropies(self) -> np.ndarray:
        return entr(self.probabilities).sum(axis=1)

    def _entropies_along(self, permutation: np.ndarray) -> np.ndarray:
        return np.tile(self._entropies()[permutation], (self.length, 1))

    def _draw(self, generator: np.random.Generator, n: int) -> np.ndarray:
        return draw(generator, np.broadcast_to(self.probabilities, (n, *self.probabilities.shape)))

    def _weights(self, tokens: np.ndarray, revealed: np.ndarray) -> np.ndarray:
        seen = self.probabilities[np.arange(self.length), tokens]
        possible = ((seen > 0) | ~revealed).all(axis=1)
        return self.probabilities * possible[:, None, None]

    def _log_prob(self, x: np.ndarray) -> np.ndarray:
        with np.errstate(divide="ignore"):
            return np.log(self.probabilities[np.arange(self.length), x]).sum(axis=1)
