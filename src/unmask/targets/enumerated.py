"""Any joint law small enough to write down."""

from __future__ import annotations

from typing import Any

import numpy as np

from unmask.errors import ArgumentError
from unmask.profile import InformationProfile
from unmask.targets._arguments import array, laws
from unmask.targets._enumeration import enumerated_entropies, enumerated_profile
from unmask.targets.base import SUPPORT_CAP, DiscreteTarget

__all__ = ["Enumerated", "Listed", "enumerated_entropies", "enumerated_profile"]

CHUNK = 2**24


class Listed(DiscreteTarget):
    """A law given by its support: distinct sequences, shape (M, N), and their probabilities, shape (M,)."""

    def __init__(self, sequences: np.ndarray, probabilities: np.ndarray, vocab_size: int) -> None:
        self.length, self.vocab_size = int(sequences.shape[1]), vocab_size
        self._sequences, self._probabilities = sequences.astype(np.int64), probabilities
        self._one_hot = (sequences[..., None] == np.arange(vocab_size)).reshape(len(sequences), -1).astype(np.float64)

    def profile(self) -> InformationProfile:
        """f, exact, by enumeration of all sets of positions; nats.

        Raises:
            ArgumentError: M 2^N above 2^28.
        """
        return enumerated_profile(self._sequences, self._probabilities)

    def support(self) -> tuple[np.ndarray, np.ndarray]:
        """Every row of positive probability, shape (M, N), int64, and its probability, shape (M,)."""
        return self._sequences.copy(), self._probabilities.copy()

    def _draw(self, generator: np.random.Generator, n: int) -> np.ndarray:
        return self._sequences[generator.choice(len(self._sequences), size=n, p=self._probabilities)]

    def _agreeing(self, tokens: np.ndarray, revealed: np.ndarray) -> np.ndarray:
        """Probability of each listed sequence if it agrees with what is revealed, else 0, shape (B, M)."""
        ids = np.where(revealed, tokens, 0)[..., None] == np.arange(self.vocab_size)
        matches = (ids & revealed[..., None]).reshape(len(tokens), -1) @ self._one_hot.T
        return np.where(matches == revealed.sum(axis=1, keepdims=True), self._probabilities, 0.0)

    def _weights(self, tokens: np.ndarray, revealed: np.ndarray) -> np.ndarray:
        weights = np.empty((len(tokens), self._one_hot.shape[1]))
        step = max(1, CHUNK // len(self._sequences))
        for first in range(0, len(tokens), step):
            part = slice(first, first + step)
            weights[part] = self._agreeing(tokens[part], revealed[part]) @ self._one_hot
        return weights.reshape(*tokens.shape, self.vocab_size)

    def _log_prob(self, x: np.ndarray) -> np.ndarray:
        with np.errstate(divide="ignore"):
            return np.log(self._agreeing(x, np.ones(x.shape, dtype=bool)).sum(axis=1))


class Enumerated(Listed):
    """A law given by its joint table.

    Args:
        table: probability of each sequence, shape (q,) * N.

    Raises:
        ArgumentError: axes of different lengths, negative entries, a sum other than one, or more than 2^20 entries.
    """

    def __init__(self, table: Any) -> None:
        given = np.asarray(table)
        if given.ndim == 0 or len(set(given.shape)) != 1 or given.size > SUPPORT_CAP:
            raise ArgumentError(f"table has shape {given.shape}; give one axis of length q per token, at most 2^20 entries")
        checked = laws("table", array("table", given, given.ndim).reshape(-1), 1)
        sequences = np.stack(np.unravel_index(np.arange(checked.size), given.shape), axis=1)
        super().__init__(sequences[checked > 0], checked[checked > 0], given.shape[0])
