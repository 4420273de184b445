"""What a denoiser says about every row of a target's support, as float64 log-probabilities."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from unmask.errors import ArgumentError, DenoiserError

CHUNK = 2**22  # logits held at once


class Conditionals:
    """The conditional laws of a denoiser in the contexts that rows of a support make.

    Args:
        denoiser: tokens (B, N) -> logits or log-probabilities (B, N, V), NumPy or a tensor; `length`, `vocab_size`, `mask_id`.
        length: N of the target.
        vocab_size: q of the target: its tokens are 0..q-1.

    Raises:
        ArgumentError: not a denoiser, or one that does not fit the target.
    """

    def __init__(self, denoiser: Any, length: int, vocab_size: int) -> None:
        if not callable(denoiser) or not all(hasattr(denoiser, name) for name in ("length", "vocab_size", "mask_id")):
            raise ArgumentError(
                f"denoiser is a {type(denoiser).__name__}; give a function of tokens with length, vocab_size and mask_id"
            )
        if denoiser.length != length and not getattr(denoiser, "any_length", False):
            raise ArgumentError(f"denoiser has length {denoiser.length} but the target has {length}; make it for that length")
        if denoiser.mask_id < vocab_size or denoiser.vocab_size < vocab_size:
            raise ArgumentError(
                f"denoiser has {denoiser.vocab_size} tokens and mask id {denoiser.mask_id}; the target uses 0..{vocab_size - 1}"
            )
        if (vocab_size + 1) ** length >= 2**62:
            raise ArgumentError(f"the target has {vocab_size} tokens and length {length}: too large to enumerate")
        self.denoiser = denoiser
        self.mask_id = int(denoiser.mask_id)
        self.vocab_size = int(denoiser.vocab_size)
        self._symbols = vocab_size
        barred = {int(token) for token in getattr(denoiser, "excluded", ())} | {self.mask_id}
        self._barred = [token for token in barred if token < self.vocab_size]
        self._radix = (vocab_size + 1) ** np.arange(length, dtype=np.int64)

    def laws(self, sequences: np.ndarray, revealed: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Laws in the distinct contexts of some rows, shape (C, N, V), and the context of each row, shape (R,).

        Args:
            sequences: shape (R, N), tokens 0..q-1.
            revealed: shape (N,) or (R, N), bool; all other positions are masked.
        """
        codes = np.where(revealed, sequences, self._symbols) @ self._radix
        _, first, context = np.unique(codes, return_index=True, return_inverse=True)
        tokens = np.where(revealed, sequences, self.mask_id)[first]
        size = max(1, CHUNK // (tokens.shape[1] * self.vocab_size))
        parts = [self._normalised(tokens[low : low + size]) for low in range(0, len(tokens), size)]
        return np.concatenate(parts), context

    def of_tokens(self, sequences: np.ndarray, revealed: np.ndarray) -> np.ndarray:
        """log p(x_i | x_revealed) of each row's own tokens, shape (R, N); 0 at revealed positions."""
        laws, context = self.laws(sequences, revealed)
        scores = laws[context[:, None], np.arange(sequences.shape[1]), sequences]
        return np.where(revealed, 0.0, scores)

    def of_sets(self, sequences: np.ndarray, sets: np.ndarray) -> Iterator[np.ndarray]:
        """`of_tokens` of all rows for each set of revealed positions, shape (R, N) each; `sets` has shape (S, N)."""
        size = max(1, CHUNK // (8 * sequences.size))
        for low in range(0, len(sets), size):
            part = sets[low : low + size]
            scores = self.of_tokens(np.tile(sequences, (len(part), 1)), np.repeat(part, len(sequences), axis=0))
            yield from scores.reshape(len(part), *sequences.shape)

    def _normalised(self, tokens: np.ndarray) -> np.ndarray:
        logits = self.denoiser(tokens)
        if hasattr(logits, "detach"):
            logits = logits.detach().cpu().double().numpy()
        laws = np.array(logits, dtype=np.float64)
        wanted = (*tokens.shape, self.vocab_size)
        if laws.shape != wanted:
            raise DenoiserError(f"denoiser returned shape {laws.shape}; it must return {wanted}")
        laws[..., self._barred] = -np.inf
        with np.errstate(invalid="ignore"):
            totals = np.logaddexp.reduce(laws, axis=2, keepdims=True)
        faulty = ~np.isfinite(totals[..., 0]) & (tokens == self.mask_id)
        if faulty.any():
            row, position = np.argwhere(faulty)[0]
            raise DenoiserError(f"denoiser has no law at position {position} of {tokens[row].tolist()}: NaN or all -inf")
        return np.asarray(laws - np.where(np.isfinite(totals), totals, 0.0))


def support_of(target: Any) -> tuple[np.ndarray, np.ndarray]:
    """Every row of positive probability, shape (R, N), int64, and its probability, shape (R,).

    Raises:
        ArgumentError: the target lists no support (it is continuous, or too large), or lists it wrongly.
    """
    if not hasattr(target, "support") or getattr(target, "vocab_size", None) is None:
        raise ArgumentError(f"target is a {type(target).__name__} whose sequences cannot be listed; give a discrete target")
    sequences, probabilities = (np.asarray(part) for part in target.support())
    fits = sequences.ndim == 2 and sequences.shape == (probabilities.size, target.length) and probabilities.size > 0
    if not fits or not np.isclose(probabilities.sum(), 1.0, rtol=0, atol=1e-9):
        raise ArgumentError(f"target lists {sequences.shape} sequences of total probability {probabilities.sum():g}, not 1")
    kept = probabilities > 0
    return sequences[kept].astype(np.int64), probabilities[kept]
