"""Uniform arrangements of given symbols: balanced bit strings and permutations."""

from __future__ import annotations

import itertools
from math import comb, factorial, lgamma

import numpy as np

from unmask.errors import ArgumentError
from unmask.profile import InformationProfile
from unmask.targets._arguments import whole
from unmask.targets._counts import mean_p_log_p
from unmask.targets.base import DiscreteTarget, rounded_profile


class BalancedString(DiscreteTarget):
    """Uniform over strings of N bits with N / 2 ones (theory.md 1.13.10). O(N^2) to profile.

    Args:
        N: length, even.

    Raises:
        ArgumentError: N not an even integer >= 2.
    """

    order_invariant = True
    vocab_size = 2

    def __init__(self, N: int) -> None:
        self.length = whole("N", N, least=2)
        if N % 2:
            raise ArgumentError(f"N is {N}; half of the bits are ones, so give an even length")

    def profile(self) -> InformationProfile:
        """f(i) = -E h2((N/2 - n) / (N - i)), n ~ Hypergeometric(N, N/2, i)."""
        half, length = self.length // 2, self.length
        return rounded_profile(2 * mean_p_log_p(length, lambda i: np.clip((half - np.arange(i + 1)) / (length - i), 0.0, 1.0)))

    def support(self) -> tuple[np.ndarray, np.ndarray]:
        """All C(N, N/2) balanced strings; as `DiscreteTarget.support`."""
        self._check_listable(comb(self.length, self.length // 2))
        chosen = np.array(list(itertools.combinations(range(self.length), self.length // 2)))
        sequences = np.zeros((len(chosen), self.length), dtype=np.int64)
        np.put_along_axis(sequences, chosen, 1, axis=1)
        return sequences, np.full(len(chosen), 1 / len(chosen))

    def _draw(self, generator: np.random.Generator, n: int) -> np.ndarray:
        return _shuffled(generator, np.arange(self.length) % 2, n)

    def _weights(self, tokens: np.ndarray, revealed: np.ndarray) -> np.ndarray:
        ones, seen = tokens.sum(axis=1, where=revealed), revealed.sum(axis=1)
        left = self.length // 2 - np.stack([seen - ones, ones], axis=1)
        left[left.min(axis=1) < 0] = 0
        return np.repeat(left[:, None, :], self.length, axis=1)

    def _log_prob(self, x: np.ndarray) -> np.ndarray:
        each = 2 * lgamma(self.length / 2 + 1) - lgamma(self.length + 1)
        return np.where(x.sum(axis=1) == self.length // 2, each, -np.inf)


class Permutation(DiscreteTarget):
    """Uniform over the permutations of N symbols; q = N (theory.md 1.13.10).

    Args:
        N: length.

    Raises:
        ArgumentError: N < 1.
    """

    order_invariant = True

    def __init__(self, N: int) -> None:
        self.length = self.vocab_size = whole("N", N)

    def profile(self) -> InformationProfile:
        """f(i) = -log(N - i)."""
        return InformationProfile(-np.log(np.arange(self.length, 0, -1)))

    def support(self) -> tuple[np.ndarray, np.ndarray]:
        """All N! permutations; as `DiscreteTarget.support`."""
        self._check_listable(factorial(self.length))
        return self._with_probabilities(itertools.permutations(range(self.length)))

    def _draw(self, generator: np.random.Generator, n: int) -> np.ndarray:
        return _shuffled(generator, np.arange(self.length), n)

    def _weights(self, tokens: np.ndarray, revealed: np.ndarray) -> np.ndarray:
        uses = np.zeros((len(tokens), self.length), dtype=np.int64)
        np.add.at(uses, (np.nonzero(revealed)[0], tokens[revealed]), 1)
        unused = (uses == 0) & (uses.max(axis=1) <= 1)[:, None]
        return np.repeat(unused[:, None, :], self.length, axis=1).astype(np.float64)

    def _log_prob(self, x: np.ndarray) -> np.ndarray:
        valid = (np.sort(x, axis=1) == np.arange(self.length)).all(axis=1)
        return np.where(valid, -lgamma(self.length + 1), -np.inf)


def _shuffled(generator: np.random.Generator, symbols: np.ndarray, n: int) -> np.ndarray:
    return generator.permuted(np.tile(symbols, (n, 1)), axis=1)
