"""Uniform codewords: every k tokens of a block are independent and determine the rest of it."""

from __future__ import annotations

import itertools

import numpy as np

from unmask.errors import ArgumentError
from unmask.profile import InformationProfile
from unmask.targets._arguments import whole
from unmask.targets._counts import hypergeometric_below
from unmask.targets._reed_solomon import codeword_through, is_prime
from unmask.targets.base import DiscreteTarget, rounded_profile


class BlockCode(DiscreteTarget):
    """N / b disjoint blocks, each a uniform codeword of a [b, k] MDS code over q symbols (theory.md 1.13.8).

    The profile, and h(j, m) of any order, need no code: they hold for every MDS code. Sampling and conditionals use one that
    exists: k = 1 copies, k = b - 1 parities (sum = 0 mod q), k = b free tokens, for any q; else Reed-Solomon, which needs a
    prime q >= b. With another q they raise `ArgumentError`, and only `profile` and `order_profile` work.

    Args:
        N: length, a multiple of b.
        b: tokens of a block.
        k: dimension, 1..b.
        q: symbols, >= 2.

    Raises:
        ArgumentError: numbers that do not fit.
    """

    def __init__(self, N: int, b: int, k: int, q: int) -> None:
        self.length, self.b, self.k = whole("N", N), whole("b", b), whole("k", k)
        self.vocab_size = whole("q", q, least=2)
        if self.length % self.b:
            raise ArgumentError(f"N is {N} and b is {b}; give a length that is a multiple of the block")
        if self.k > self.b:
            raise ArgumentError(f"k is {k} and b is {b}; a block of b tokens has dimension at most b")
        self.order_invariant = self.b == self.length
        if self.b * self.vocab_size**2 >= 2**63:
            raise ArgumentError(f"q is {q}; sums modulo q would overflow 64 bits, give a smaller q")

    @property
    def has_code(self) -> bool:
        """Whether there is a code to sample from, not only its profile."""
        return self.k in (1, self.b - 1, self.b) or (self.vocab_size >= self.b and is_prime(self.vocab_size))

    def profile(self) -> InformationProfile:
        """f(i) = -log q P(H < k), H ~ Hypergeometric(N - 1, b - 1, i): how many of its block a token sees."""
        unknown = hypergeometric_below(self.length - 1, self.b - 1, self.k)
        return rounded_profile(-np.log(self.vocab_size) * unknown)

    def support(self) -> tuple[np.ndarray, np.ndarray]:
        """All q^(k N / b) codewords; as `DiscreteTarget.support`."""
        blocks, messages = self.length // self.b, itertools.product(range(self.vocab_size), repeat=self.k)
        self._check_listable(self.vocab_size ** (self.k * blocks))
        words = self._encode(np.array(list(messages), dtype=np.int64))
        sequences = np.array([np.concatenate(row) for row in itertools.product(words, repeat=blocks)])
        return sequences, np.full(len(sequences), 1 / len(sequences))

    def _encode(self, messages: np.ndarray) -> np.ndarray:
        """The codewords, shape (M, b), that start with the given k tokens, shape (M, k)."""
        blocks = np.zeros((len(messages), self.b), dtype=np.int64)
        blocks[:, : self.k] = messages
        return self._complete(blocks, np.broadcast_to(np.arange(self.b) < self.k, blocks.shape))

    def _complete(self, blocks: np.ndarray, revealed: np.ndarray) -> np.ndarray:
        """The codeword through the first k revealed tokens of each block, shape (M, b); all have at least k."""
        if not self.has_code:
            raise ArgumentError(
                f"no [{self.b}, {self.k}] code over q = {self.vocab_size} is built in, only its profile; "
                f"for samples give a prime q >= {self.b}, or k = 1 or {self.b - 1}"
            )
        rows = np.arange(len(blocks))
        used = revealed & (np.cumsum(revealed, axis=1) <= self.k)
        if self.k == 1:
            return np.repeat(blocks[rows, used.argmax(axis=1)][:, None], self.b, axis=1)
        if self.k >= self.b - 1:
            missing = -(blocks * used).sum(axis=1, keepdims=True) % self.vocab_size
            return np.where(used, blocks, missing)
        return codeword_through(blocks, used, self.vocab_size)

    def _draw(self, generator: np.random.Generator, n: int) -> np.ndarray:
        messages = generator.integers(0, self.vocab_size, size=(n * (self.length // self.b), self.k))
        return self._encode(messages).reshape(n, self.length)

    def _weights(self, tokens: np.ndarray, revealed: np.ndarray) -> np.ndarray:
        blocks, seen = tokens.reshape(-1, self.b), revealed.reshape(-1, self.b)
        weights = np.ones((*blocks.shape, self.vocab_size))
        known = seen.sum(axis=1) >= self.k
        words = self._complete(blocks[known], seen[known])
        weights[known] = words[..., None] == np.arange(self.vocab_size)
        weights = weights.reshape(*tokens.shape, self.vocab_size)
        fits = np.take_along_axis(weights, tokens[..., None], axis=2)[..., 0] > 0
        return weights * (fits | ~revealed).all(axis=1)[:, None, None]

    def _log_prob(self, x: np.ndarray) -> np.ndarray:
        blocks = x.reshape(-1, self.b)
        words = self._complete(blocks, np.ones(blocks.shape, dtype=bool))
        valid = (words == blocks).reshape(x.shape).all(axis=1)
        return np.where(valid, -np.log(self.vocab_size) * self.k * (self.length // self.b), -np.inf)

    def _entropies_along(self, permutation: np.ndarray) -> np.ndarray:
        block = np.eye(self.length // self.b, dtype=np.int64)[permutation // self.b]
        seen = np.cumsum(block, axis=0) - block  # [m, block]: revealed tokens of the block before the m-th
        return np.log(self.vocab_size) * (seen[:, permutation // self.b] < self.k)


class MDSCode(BlockCode):
    """A uniform codeword of the [N, k] Reed-Solomon code over a prime field: polynomials of degree < k at 0..N-1.

    f(i) = -log q for i < k, then 0 (theory.md 1.13.7): sizes (k, N - k) are exact.

    Args:
        N: length.
        k: dimension, 1..N.
        q: a prime >= N.

    Raises:
        ArgumentError: q not a prime >= N (`BlockCode(N, N, k, q)` has the profile), or k outside 1..N.
    """

    def __init__(self, N: int, k: int, q: int) -> None:
        if whole("q", q, least=2) < whole("N", N) or not is_prime(q):
            raise ArgumentError(f"q is {q}; Reed-Solomon over N = {N} points needs a prime q >= N")
        super().__init__(N, N, k, q)

    def _complete(self, blocks: np.ndarray, revealed: np.ndarray) -> np.ndarray:
        used = revealed & (np.cumsum(revealed, axis=1) <= self.k)
        return codeword_through(blocks, used, self.vocab_size)


class Parity(BlockCode):
    """N bits with an even number of ones: nothing is known until all but one are revealed (theory.md 1.13.6).

    Args:
        N: length, >= 2.

    Raises:
        ArgumentError: N < 2.
    """

    def __init__(self, N: int) -> None:
        super().__init__(whole("N", N, least=2), N, N - 1, 2)


class AllEqual(BlockCode):
    """One uniform symbol, repeated N times: one token tells all (theory.md 1.13.2); sizes (1, N - 1) are exact.

    Args:
        N: length.
        q: symbols, >= 2.

    Raises:
        ArgumentError: N < 1 or q < 2.
    """

    def __init__(self, N: int, q: int) -> None:
        super().__init__(N, N, 1, q)
