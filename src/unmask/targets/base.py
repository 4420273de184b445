"""What every target shares: argument checks, the denoiser, and h(j, m) for any value-free order."""

from __future__ import annotations

import itertools
from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any

import numpy as np

from unmask.errors import ArgumentError
from unmask.order_profile import OrderProfile
from unmask.orders import Order, by_name
from unmask.profile import InformationProfile
from unmask.targets._arguments import whole
from unmask.targets._enumeration import enumerated_entropies, enumerated_profile

SUPPORT_CAP = 2**20


class Target(ABC):
    """A law pi whose conditionals, and mostly whose profile, are known exactly.

    Attributes:
        length: N.
        vocab_size: q, tokens are 0..q-1; None for continuous tokens.
        order_invariant: h(j, m) = -f(m) for every order, because entropies depend on the number of revealed tokens only.
    """

    length: int
    vocab_size: int | None
    order_invariant = False

    @abstractmethod
    def profile(self) -> InformationProfile:
        """f of arXiv 2510.25544 under random order, shape (N,), nats; exact unless the class says that it estimates."""

    @abstractmethod
    def denoiser(self) -> Any:
        """The exact conditional laws, as a function of partly revealed rows."""

    @abstractmethod
    def _draw(self, generator: np.random.Generator, n: int) -> np.ndarray:
        """n independent rows, shape (n, N)."""

    def _entropies_along(self, permutation: np.ndarray) -> np.ndarray:
        """H(X_{p_j} | X_{p_0..p_{m-1}}) at [m, j] for j >= m, p = `permutation`, shape (N, N), nats; ignored for j < m."""
        raise ArgumentError(f"{type(self).__name__} has no exact order profile; use unmask.estimate_profile")

    def sample(self, n: int, seed: int) -> np.ndarray:
        """n independent rows, shape (n, N): int64 tokens, float64 for continuous targets. A function of (n, seed).

        Raises:
            ArgumentError: n < 1, or a negative seed.
        """
        generator = np.random.Generator(np.random.Philox(whole("seed", seed, least=0)))
        return self._draw(generator, whole("n", n))

    def order_profile(self, order: str | Order) -> OrderProfile:
        """h(j, m), exact, nats, for a value-free order: the mean over the order's support (theory.md 5.2).

        Raises:
            ArgumentError: unknown order, one for another length, one with too many permutations to list, or a target whose
                conditional entropies are neither in closed form nor small enough to enumerate; the message says which.
        """
        order = by_name(order)
        order.permutation(np.arange(self.length) / self.length)  # Refuses an order made for another length.
        if order.name == "random" or self.order_invariant:
            values = np.repeat(-self._exact_profile().values[:, None], self.length, axis=1)
        else:
            values = np.zeros((self.length, self.length))
            for probability, permutation in order.support(self.length):
                values += probability * self._entropies_along(permutation)
        return OrderProfile(values, order=order.name, settings={"target": type(self).__name__})

    def _exact_profile(self) -> InformationProfile:
        profile = self.profile()
        if profile.rows:
            raise ArgumentError(f"{type(self).__name__} of length {self.length} has no exact profile; profile() estimates it")
        return profile

    def __repr__(self) -> str:
        return f"{type(self).__name__}(length={self.length}, vocab_size={self.vocab_size})"


class DiscreteTarget(Target):
    """A target with tokens 0..q-1."""

    vocab_size: int

    @abstractmethod
    def _weights(self, tokens: np.ndarray, revealed: np.ndarray) -> np.ndarray:
        """Weights proportional to the conditional laws of masked tokens, shape (B, N, q).

        Args:
            tokens: shape (B, N), 0 where masked.
            revealed: shape (B, N), bool.

        Must be all zero in rows whose revealed tokens are impossible; may be anything at revealed positions.
        """

    @abstractmethod
    def _log_prob(self, x: np.ndarray) -> np.ndarray:
        """log pi(x) of checked rows, shape (B,), -inf if impossible."""

    def conditionals(self, tokens: Any) -> np.ndarray:
        """Log of the exact conditional law of every token given the revealed ones, shape (B, N, q), float64.

        A point mass at revealed positions. In rows whose revealed tokens have probability zero the conditional law is not
        defined, and every masked token gets the uniform law.

        Args:
            tokens: integers, shape (B, N), NumPy or a CPU tensor; q means masked.

        Raises:
            ArgumentError: wrong shape, not integers, or ids outside 0..q.
        """
        q = self.vocab_size
        tokens = self._checked("tokens", tokens, q)
        revealed = tokens < q
        weights = self._weights(np.where(revealed, tokens, 0), revealed)
        totals = weights.sum(axis=2, keepdims=True)
        known = totals > 0
        laws = np.where(known, weights / np.where(known, totals, 1.0), 1 / q)
        laws[revealed] = np.arange(q) == tokens[revealed][:, None]
        with np.errstate(divide="ignore"):
            return np.log(laws)

    def denoiser(self) -> TargetDenoiser:
        """The exact conditional laws as a denoiser: mask id q, vocabulary q + 1."""
        return TargetDenoiser(self)

    def log_prob(self, x: Any) -> np.ndarray:
        """log pi(x), exact, shape (B,), nats; -inf for impossible rows.

        Args:
            x: integers 0..q-1, shape (B, N).

        Raises:
            ArgumentError: wrong shape, not integers, or ids outside 0..q-1.
        """
        return self._log_prob(self._checked("x", x, self.vocab_size - 1))

    def support(self) -> tuple[np.ndarray, np.ndarray]:
        """Every row of positive probability, shape (M, N), int64, and its probability, shape (M,).

        Raises:
            ArgumentError: more than 2^20 candidate rows.
        """
        self._check_listable(self.vocab_size**self.length)
        return self._with_probabilities(itertools.product(range(self.vocab_size), repeat=self.length))

    def _check_listable(self, count: int) -> None:
        if count > SUPPORT_CAP:
            size = f"{count:.3g}" if count < 1e300 else f"{self.vocab_size}^{self.length}"
            raise ArgumentError(
                f"{type(self).__name__} of length {self.length} has {size} sequences; enumeration stops at {SUPPORT_CAP}"
            )

    def _with_probabilities(self, candidates: Any) -> tuple[np.ndarray, np.ndarray]:
        sequences = np.array(list(candidates), dtype=np.int64).reshape(-1, self.length)
        probabilities = np.exp(self._log_prob(sequences))
        return sequences[probabilities > 0], probabilities[probabilities > 0]

    def _entropies_along(self, permutation: np.ndarray) -> np.ndarray:
        return enumerated_entropies(*self.support(), permutation)

    def _exact_profile(self) -> InformationProfile:
        profile = self.profile()
        return enumerated_profile(*self.support()) if profile.rows else profile

    def _checked(self, name: str, value: Any, largest: int) -> np.ndarray:
        tokens = np.asarray(value)
        if tokens.ndim != 2 or tokens.shape[1] != self.length or tokens.dtype.kind not in "iu":
            raise ArgumentError(
                f"{name} has shape {tokens.shape} and type {tokens.dtype}; give integers of shape (rows, {self.length})"
            )
        if tokens.size and (tokens.min() < 0 or tokens.max() > largest):
            raise ArgumentError(f"{name} holds ids from {tokens.min()} to {tokens.max()}; they go from 0 to {largest}")
        return tokens.astype(np.int64)


@dataclass(frozen=True)
class TargetDenoiser:
    """The denoiser that knows the target: tokens (B, N) -> log-probabilities, NumPy float64 (B, N, q + 1).

    The mask token is id q, appended last, with log-probability -inf everywhere.
    """

    target: DiscreteTarget

    @property
    def length(self) -> int:
        """N."""
        return self.target.length

    @property
    def vocab_size(self) -> int:
        """q + 1: the target's tokens and the mask."""
        return self.target.vocab_size + 1

    @property
    def mask_id(self) -> int:
        """q."""
        return self.target.vocab_size

    def __call__(self, tokens: Any) -> np.ndarray:
        """Log conditional laws; see `DiscreteTarget.conditionals`."""
        laws = self.target.conditionals(tokens)
        return np.concatenate([laws, np.full((*laws.shape[:2], 1), -np.inf)], axis=2)


def draw(generator: np.random.Generator, laws: np.ndarray) -> np.ndarray:
    """One token from each law along the last axis, by inverse CDF."""
    cumulative = np.cumsum(laws, axis=-1)
    cumulative /= cumulative[..., -1:]
    return (generator.random(laws.shape[:-1])[..., None] >= cumulative).sum(axis=-1)


def rounded_profile(values: np.ndarray) -> InformationProfile:
    """The profile of exact values whose last bits may decrease: a true f never does (conditioning reduces entropy)."""
    return InformationProfile(np.maximum.accumulate(values))
