"""Markov chains."""

from __future__ import annotations

from functools import cached_property
from typing import Any

import numpy as np
from scipy.special import entr

from unmask.errors import ArgumentError
from unmask.profile import InformationProfile
from unmask.targets._arguments import laws, number, whole
from unmask.targets._chain import chain_entropies, chain_values, nearest_revealed
from unmask.targets.base import DiscreteTarget, draw, rounded_profile


class MarkovChain(DiscreteTarget):
    """A time-homogeneous Markov chain on q states (theory.md 1.13.5); O(N^2) to profile, any order exactly.

    Args:
        N: length.
        transition: P(next = y | now = x) at [x, y], shape (q, q).
        initial: law of the first token, shape (q,); default the stationary law.

    Raises:
        ArgumentError: rows that are not laws, or no `initial` and several stationary laws.
    """

    def __init__(self, N: int, transition: Any, initial: Any = None) -> None:
        self.length = whole("N", N)
        self.transition = square_laws("transition", transition)
        self.vocab_size = len(self.transition)
        self.initial = stationary_law(self.transition) if initial is None else laws("initial", initial, 1)
        if self.initial.size != self.vocab_size:
            raise ArgumentError(f"initial has {self.initial.size} entries; transition has {self.vocab_size} states")

    @classmethod
    def flip(cls, N: int, eps: float) -> MarkovChain:
        """The binary chain from a fair bit that flips with probability eps at each step.

        Raises:
            ArgumentError: N < 1, or eps outside (0, 1).
        """
        eps = number("eps", eps, 0, 1)
        return cls(N, [[1 - eps, eps], [eps, 1 - eps]], [0.5, 0.5])

    @cached_property
    def _powers(self) -> np.ndarray:
        """transition^d at [d], shape (N, q, q)."""
        powers = np.empty((self.length, self.vocab_size, self.vocab_size))
        powers[0] = np.eye(self.vocab_size)
        for d in range(1, self.length):
            powers[d] = powers[d - 1] @ self.transition
        return powers

    @cached_property
    def _marginals(self) -> np.ndarray:
        return self.initial @ self._powers

    def profile(self) -> InformationProfile:
        """f(i) = -mean_p H(X_p) + E[I(L) + I(R) - I(L + R)], L and R the gaps to the nearest revealed tokens."""
        entropies, rows = entr(self._marginals).sum(axis=1), entr(self._powers).sum(axis=2)
        # I(X_a; X_{a+d}) = H(X_{a+d}) - sum_x P(X_a = x) H(P^d(x, .)), summed over a through cumulative sums; both entropies
        # are taken relative to the last one, so that the sums of a long, mixed chain do not round.
        later = np.cumsum((entropies - entropies[-1])[::-1])[::-1]
        earlier = np.cumsum(self._marginals, axis=0)[::-1]
        information = later + (earlier * (entropies[-1] - rows)).sum(axis=1)
        return rounded_profile(chain_values(float(entropies.mean()), information))

    @cached_property
    def _information(self) -> np.ndarray:
        """I(X_a; X_b) at [a, b], a <= b, shape (N, N)."""
        entropies, rows = entr(self._marginals).sum(axis=1), entr(self._powers).sum(axis=2)
        gap = np.arange(self.length)[None, :] - np.arange(self.length)[:, None]
        given = (self._marginals @ rows.T)[np.arange(self.length)[:, None], np.maximum(gap, 0)]
        return np.where(gap >= 0, entropies[None, :] - given, 0.0)

    def _entropies_along(self, permutation: np.ndarray) -> np.ndarray:
        return chain_entropies(permutation, entr(self._marginals).sum(axis=1), self._information)

    def _draw(self, generator: np.random.Generator, n: int) -> np.ndarray:
        return draw_chain(generator, self.initial, self.transition, n, self.length)

    def _weights(self, tokens: np.ndarray, revealed: np.ndarray) -> np.ndarray:
        left, right = nearest_revealed(revealed)
        here, rows = np.arange(self.length), np.arange(len(tokens))[:, None]
        before = self._powers[np.where(left < 0, 0, here - left), tokens[rows, np.maximum(left, 0)]]
        before = np.where((left < 0)[..., None], self._marginals, before)
        last = np.minimum(right, self.length - 1)
        after = self._powers[last - here, :, tokens[rows, last]]
        after = np.where((right == self.length)[..., None], 1.0, after)
        reached = np.take_along_axis(before, tokens[..., None], axis=2)[..., 0] > 0
        return before * after * (reached | ~revealed).all(axis=1)[:, None, None]

    def _log_prob(self, x: np.ndarray) -> np.ndarray:
        with np.errstate(divide="ignore"):
            return np.log(self.initial)[x[:, 0]] + np.log(self.transition)[x[:, :-1], x[:, 1:]].sum(axis=1)


def square_laws(name: str, transition: Any) -> np.ndarray:
    """Transition probabilities, shape (q, q), or `ArgumentError`."""
    checked = laws(name, transition, 2)
    if checked.shape[0] != checked.shape[1]:
        raise ArgumentError(f"{name} has shape {checked.shape}; give one law per state")
    return checked


def stationary_law(transition: np.ndarray) -> np.ndarray:
    """The law that `transition` keeps, shape (q,), or `ArgumentError` if there are several."""
    q = len(transition)
    system = np.vstack([transition.T - np.eye(q), np.ones(q)])
    law, _, rank, _ = np.linalg.lstsq(system, np.append(np.zeros(q), 1.0), rcond=None)
    if rank < q:
        raise ArgumentError("transition has several stationary laws; give `initial`")
    law = np.maximum(law, 0.0)
    return law / law.sum()


def draw_chain(generator: np.random.Generator, initial: np.ndarray, transition: np.ndarray, n: int, length: int) -> np.ndarray:
    """n paths of a chain, shape (n, length)."""
    states = np.empty((n, length), dtype=np.int64)
    states[:, 0] = draw(generator, np.broadcast_to(initial, (n, initial.size)))
    for t in range(1, length):
        states[:, t] = draw(generator, transition[states[:, t - 1]])
    return states
