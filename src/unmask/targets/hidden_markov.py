"""Hidden Markov models: exact conditionals by forward-backward, the profile by Monte Carlo over them."""

from __future__ import annotations

from typing import Any

import numpy as np

from unmask.errors import ArgumentError
from unmask.profile import InformationProfile
from unmask.targets._arguments import laws, whole
from unmask.targets._rao_blackwell import rao_blackwell_profile
from unmask.targets.base import DiscreteTarget, draw
from unmask.targets.markov import draw_chain, square_laws, stationary_law


class HiddenMarkovModel(DiscreteTarget):
    """Tokens emitted by a stationary hidden Markov chain.

    Its profile has no closed form: `profile` estimates it with exact conditionals and carries intervals. `order_profile` is
    exact, by enumeration, for models of at most 2^20 sequences.

    Args:
        N: length.
        transition: law of the next state given this one, shape (s, s).
        emission: law of the token given the state, shape (s, q).

    Raises:
        ArgumentError: rows that are not laws, shapes that do not fit, or several stationary laws.
    """

    def __init__(self, N: int, transition: Any, emission: Any) -> None:
        self.length = whole("N", N)
        self.transition, self.emission = square_laws("transition", transition), laws("emission", emission, 2)
        if len(self.emission) != len(self.transition):
            raise ArgumentError(f"emission has {len(self.emission)} rows; give one per state, {len(self.transition)}")
        self.initial = stationary_law(self.transition)
        self.vocab_size = self.emission.shape[1]

    def profile(self, rows: int = 256, seed: int = 0) -> InformationProfile:
        """f estimated on `rows` samples, unbiased, with `row_values` for intervals; nats.

        Raises:
            ArgumentError: rows < 2, or a negative seed.
        """
        return rao_blackwell_profile(self, rows, seed)

    def _draw(self, generator: np.random.Generator, n: int) -> np.ndarray:
        states = draw_chain(generator, self.initial, self.transition, n, self.length)
        return draw(generator, self.emission[states])

    def _likelihoods(self, tokens: np.ndarray, revealed: np.ndarray) -> np.ndarray:
        """P(what is revealed at p | state), shape (B, N, s): one where masked."""
        return np.where(revealed[..., None], self.emission.T[tokens], 1.0)

    def _forward(self, likelihoods: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Law of each state given what is revealed before it, (B, N, s), and log P(revealed), (B,); -inf if impossible."""
        states = np.empty_like(likelihoods)
        now = np.broadcast_to(self.initial, likelihoods[:, 0].shape)
        total = np.zeros(len(likelihoods))
        for t in range(self.length):
            states[:, t] = now
            joint = now * likelihoods[:, t]
            mass = joint.sum(axis=1, keepdims=True)
            with np.errstate(divide="ignore"):
                total += np.log(mass[:, 0])
            now = (joint / np.where(mass > 0, mass, 1.0)) @ self.transition
        return states, total

    def _weights(self, tokens: np.ndarray, revealed: np.ndarray) -> np.ndarray:
        likelihoods = self._likelihoods(tokens, revealed)
        states, _ = self._forward(likelihoods)
        later = np.ones(likelihoods[:, 0].shape)
        for t in range(self.length - 1, -1, -1):
            states[:, t] *= later
            later = (later * likelihoods[:, t]) @ self.transition.T
            largest = later.max(axis=1, keepdims=True)
            later = later / np.where(largest > 0, largest, 1.0)  # Scaled so that long rows do not underflow.
        return states @ self.emission

    def _log_prob(self, x: np.ndarray) -> np.ndarray:
        return self._forward(self._likelihoods(x, np.ones(x.shape, dtype=bool)))[1]
