"""One bit, seen N times through noise."""

from __future__ import annotations

import numpy as np
from scipy.special import expit

from unmask.profile import InformationProfile
from unmask.targets._arguments import number, whole
from unmask.targets._counts import mean_p_log_p
from unmask.targets.base import DiscreteTarget, rounded_profile


class NoisyBit(DiscreteTarget):
    """N copies of a fair bit, each flipped independently with probability eta (theory.md 1.13.9). O(N^2) to profile.

    Args:
        N: length.
        eta: flip probability, strictly between 0 and 1 (eta = 0 is `AllEqual(N, 2)`).

    Raises:
        ArgumentError: N < 1, or eta outside (0, 1).
    """

    order_invariant = True
    vocab_size = 2

    def __init__(self, N: int, eta: float) -> None:
        self.length = whole("N", N)
        self.eta = number("eta", eta, 0, 1)

    def _next_one(self, ones: np.ndarray, seen: np.ndarray | int) -> np.ndarray:
        """P(next token is 1), given how many of the revealed ones are."""
        belief = expit((2 * ones - seen) * (np.log1p(-self.eta) - np.log(self.eta)))
        return self.eta + (1 - 2 * self.eta) * belief

    def profile(self) -> InformationProfile:
        """f(i) = -E h2(P(next is 1 | n ones among i)), twice the term of one symbol by symmetry."""
        return rounded_profile(2 * mean_p_log_p(self.length, lambda i: self._next_one(np.arange(i + 1), i)))

    def _draw(self, generator: np.random.Generator, n: int) -> np.ndarray:
        bits = generator.integers(0, 2, size=(n, 1))
        return bits ^ (generator.random((n, self.length)) < self.eta)

    def _weights(self, tokens: np.ndarray, revealed: np.ndarray) -> np.ndarray:
        ones, seen = tokens.sum(axis=1, where=revealed), revealed.sum(axis=1)
        law = np.stack([self._next_one(seen - ones, seen), self._next_one(ones, seen)], axis=1)
        return np.repeat(law[:, None, :], self.length, axis=1)

    def _log_prob(self, x: np.ndarray) -> np.ndarray:
        ones, zeros = x.sum(axis=1), (1 - x).sum(axis=1)
        log_flip, log_keep = np.log(self.eta), np.log1p(-self.eta)
        return np.logaddexp(ones * log_keep + zeros * log_flip, zeros * log_keep + ones * log_flip) - np.log(2)
