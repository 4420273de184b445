"""Mixtures of product laws."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.special import logsumexp

from unmask.errors import ArgumentError
from unmask.profile import InformationProfile
from unmask.targets._arguments import laws
from unmask.targets._enumeration import enumerated_profile
from unmask.targets._rao_blackwell import rao_blackwell_profile
from unmask.targets.base import DiscreteTarget, draw

EXACT_CAP = 2**12


class ProductMixture(DiscreteTarget):
    """Independent tokens given a hidden class z (theory.md 1.13.9); DTC <= H(z).

    Args:
        weights: law of z, shape (m,).
        probabilities: law of each token given z, shape (m, N, q).

    Raises:
        ArgumentError: arrays that are not laws, or shapes that do not fit.
    """

    def __init__(self, weights: Any, probabilities: Any) -> None:
        self.weights, self.probabilities = laws("weights", weights, 1), laws("probabilities", probabilities, 3)
        if len(self.probabilities) != self.weights.size:
            raise ArgumentError(f"probabilities has {len(self.probabilities)} classes; weights has {self.weights.size}")
        self.length, self.vocab_size = self.probabilities.shape[1:]

    def profile(self, rows: int = 256, seed: int = 0) -> InformationProfile:
        """f, nats: exact by enumeration up to 4,096 sequences, else estimated on `rows` samples, with intervals.

        Raises:
            ArgumentError: rows < 2, or a negative seed.
        """
        if self.vocab_size**self.length <= EXACT_CAP:
            return enumerated_profile(*self.support())
        return rao_blackwell_profile(self, rows, seed)

    def _draw(self, generator: np.random.Generator, n: int) -> np.ndarray:
        hidden = draw(generator, np.broadcast_to(self.weights, (n, self.weights.size)))
        return draw(generator, self.probabilities[hidden])

    def _log_joint(self, tokens: np.ndarray, revealed: np.ndarray) -> np.ndarray:
        """log P(z, what is revealed), shape (B, m)."""
        with np.errstate(divide="ignore"):
            tables = np.log(self.probabilities)[:, np.arange(self.length), tokens]
            return np.log(self.weights) + np.where(revealed, tables, 0.0).sum(axis=2).T

    def _weights(self, tokens: np.ndarray, revealed: np.ndarray) -> np.ndarray:
        joint = self._log_joint(tokens, revealed)
        largest = joint.max(axis=1, keepdims=True)
        posterior = np.exp(joint - np.where(np.isfinite(largest), largest, 0.0))
        return np.einsum("bm,mnq->bnq", posterior, self.probabilities)

    def _log_prob(self, x: np.ndarray) -> np.ndarray:
        return logsumexp(self._log_joint(x, np.ones(x.shape, dtype=bool)), axis=1)
