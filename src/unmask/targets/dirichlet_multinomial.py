"""Dirichlet-multinomial tokens (Polya's urn): the smooth exchangeable family."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.special import gammaln

from unmask.errors import ArgumentError
from unmask.profile import InformationProfile
from unmask.targets._arguments import array, whole
from unmask.targets._counts import mean_p_log_p
from unmask.targets.base import DiscreteTarget, draw, rounded_profile


class DirichletMultinomial(DiscreteTarget):
    """Tokens drawn independently from a law that is itself Dirichlet(alpha) (theory.md 1.13.4). Costs O(q N^2) to profile.

    Args:
        N: length.
        alpha: positive pseudo-counts, shape (q,).

    Raises:
        ArgumentError: N < 1, or alpha not a flat list of positive numbers.
    """

    order_invariant = True

    def __init__(self, N: int, alpha: Any) -> None:
        self.length = whole("N", N)
        self.alpha = array("alpha", alpha, 1)
        if self.alpha.min() <= 0:
            raise ArgumentError(f"alpha holds {self.alpha.min():g}; give positive pseudo-counts")
        self.vocab_size = self.alpha.size

    def profile(self) -> InformationProfile:
        """f(i) = sum_c E[p log p], p = (alpha_c + n) / (A + i), n ~ BetaBinomial(i, alpha_c, A - alpha_c)."""
        total = self.alpha.sum()
        kinds, repeats = np.unique(self.alpha, return_counts=True)

        def one_symbol(pseudo: float) -> np.ndarray:
            return mean_p_log_p(self.length, lambda i: (pseudo + np.arange(i + 1)) / (total + i))

        sums = [one_symbol(float(pseudo)) for pseudo in kinds]
        return rounded_profile(repeats @ np.array(sums))

    def _draw(self, generator: np.random.Generator, n: int) -> np.ndarray:
        laws = generator.dirichlet(self.alpha, size=n)
        return draw(generator, np.broadcast_to(laws[:, None, :], (n, self.length, self.vocab_size)))

    def _weights(self, tokens: np.ndarray, revealed: np.ndarray) -> np.ndarray:
        counts = np.stack([((tokens == c) & revealed).sum(axis=1) for c in range(self.vocab_size)], axis=1)
        return np.repeat((self.alpha + counts)[:, None, :], self.length, axis=1)

    def _log_prob(self, x: np.ndarray) -> np.ndarray:
        counts = np.stack([(x == c).sum(axis=1) for c in range(self.vocab_size)], axis=1)
        total = self.alpha.sum()
        urn = (gammaln(self.alpha + counts) - gammaln(self.alpha)).sum(axis=1)
        return urn + gammaln(total) - gammaln(total + self.length)
