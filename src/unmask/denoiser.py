"""Denoisers: functions that give, for partly revealed rows, the conditional law of every masked token."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch

from unmask.errors import ArgumentError, DenoiserError

SLICE_ELEMENTS = 2**22  # float64 logits held at once when only the true token's probability is wanted


@dataclass(frozen=True)
class Denoiser:
    """p_theta: conditional laws of masked tokens, whatever computes them.

    Promised to callers: laws are normalised over the tokens that may be sampled, which never include the mask token or
    `excluded`. Not promised: coherence (that the conditionals belong to one joint law), or independence of the batch beyond
    the function's own rounding.

    Args:
        function: tokens, int64 tensor (B, N) with `mask_id` where masked -> logits (B, N, V); higher is likelier.
        length: N, the number of tokens of a row; the largest allowed if `any_length`.
        vocab_size: V.
        mask_id: id of the mask token; may equal V if the function gives it no logit.
        excluded: ids that are never sampled (special tokens), besides the mask.
        any_length: whether rows shorter than `length` are allowed.
        device: where `function` wants its tokens.
        tokenizer: a transformers tokenizer, for text.
        name: for tables and files.
        fingerprint: identifies the weights, for files.
    """

    function: Callable[[torch.Tensor], Any]
    length: int
    vocab_size: int
    mask_id: int
    excluded: tuple[int, ...] = ()
    any_length: bool = False
    device: str = "cpu"
    tokenizer: Any = None
    name: str = "denoiser"
    fingerprint: str = ""
    _barred: torch.Tensor = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        for name in ("length", "vocab_size"):
            if int(getattr(self, name)) < 1:
                raise ArgumentError(f"{name} is {getattr(self, name)}; give an integer >= 1")
        if not 0 <= self.mask_id <= self.vocab_size:
            raise ArgumentError(f"mask_id is {self.mask_id}; give an id from 0 to vocab_size, {self.vocab_size}")
        barred = torch.zeros(self.vocab_size, dtype=torch.bool)
        barred[[token for token in (*self.excluded, self.mask_id) if 0 <= token < self.vocab_size]] = True
        if bool(barred.all()):
            raise ArgumentError(f"all {self.vocab_size} tokens are excluded; at least one must be left to sample")
        object.__setattr__(self, "_barred", barred)

    def __call__(self, tokens: Any) -> torch.Tensor:
        """Raw logits, shape (B, N, V), of integer tokens of shape (B, N).

        Raises:
            DenoiserError: the function returned something else.
        """
        # Arrays are copied: the function may write into what it gets.
        inputs = torch.as_tensor(tokens if torch.is_tensor(tokens) else np.array(tokens, dtype=np.int64))
        inputs = inputs.to(self.device, torch.int64)
        with torch.inference_mode():
            output = self.function(inputs)
        wanted = (*inputs.shape, self.vocab_size)
        try:
            logits = torch.as_tensor(getattr(output, "logits", output))
        except (TypeError, ValueError, RuntimeError):
            what = type(output).__name__
            raise DenoiserError(f"denoiser {self.name!r} returned a {what}; it must return logits of shape {wanted}") from None
        if tuple(logits.shape) != wanted:
            raise DenoiserError(f"denoiser {self.name!r} returned shape {tuple(logits.shape)}; it must return {wanted}")
        return logits

    def log_probs(self, tokens: Any, where: Any) -> torch.Tensor:
        """Log-probabilities at chosen positions, float64, shape (M, V): -inf at the mask and excluded tokens.

        Args:
            tokens: shape (B, N), the mask id where masked.
            where: shape (B, N), bool, with M true entries; results follow in row-major order.

        Raises:
            DenoiserError: NaN or +inf logits, or no allowed token with positive probability; names row and position.
        """
        chosen = torch.as_tensor(np.asarray(where) if not torch.is_tensor(where) else where)
        logits = self(tokens)
        return self._normalised(logits[chosen.to(logits.device)], chosen)

    def token_log_probs(self, tokens: Any, where: Any, truth: np.ndarray) -> np.ndarray:
        """log p(truth) at chosen positions, float64, shape (M,), never holding more than a slice of (M, V) in float64.

        Args:
            tokens: shape (B, N), the mask id where masked.
            where: shape (B, N), bool, with M true entries.
            truth: the true tokens there, shape (M,), row-major.

        Raises:
            DenoiserError: as `log_probs`; or a true token has probability 0.
        """
        chosen = torch.as_tensor(np.asarray(where))
        picked = self(tokens)[chosen.to(self.device)]
        ids = torch.as_tensor(truth, device=picked.device)[:, None]
        slice_size = max(1, SLICE_ELEMENTS // self.vocab_size)
        result = np.concatenate(
            [
                self._normalised(picked[low : low + slice_size], chosen, low).gather(1, ids[low : low + slice_size])[:, 0].cpu()
                for low in range(0, len(picked), slice_size)
            ]
        )
        self.refuse_impossible(result, chosen, truth)
        return result

    def refuse_impossible(self, scores: np.ndarray, where: Any, truth: np.ndarray) -> None:
        """Raise `DenoiserError` if a true token has probability 0: scores and truth of shape (M,), where of shape (B, N)."""
        for fault in np.flatnonzero(~np.isfinite(scores))[:1]:
            row, position = np.argwhere(np.asarray(where))[fault]
            raise DenoiserError(
                f"denoiser {self.name!r} gives probability 0 to token {int(truth[fault])} of the data (row {row} of the batch, "
                f"position {position}); mark such tokens as given or leave the row out"
            )

    def _normalised(self, logits: torch.Tensor, chosen: torch.Tensor, first: int = 0) -> torch.Tensor:
        """float64 log-probabilities of picked logits (M, V), the first of which is entry number `first` of `chosen`."""
        picked = logits.to(torch.float64).masked_fill(self._barred.to(logits.device), -torch.inf)
        normaliser = torch.logsumexp(picked, dim=-1, keepdim=True)
        if not bool(torch.isfinite(normaliser).all()):
            fault = int(torch.nonzero(~torch.isfinite(normaliser[:, 0]))[0, 0])
            row, position = (int(i) for i in torch.nonzero(chosen)[first + fault])
            empty = bool(normaliser[fault, 0] == -torch.inf)
            kind = "no token with positive probability" if empty else "NaN or infinite logits"
            raise DenoiserError(f"denoiser {self.name!r} gave {kind} at row {row} of the batch, position {position}")
        return picked - normaliser

    def check_tokens(self, tokens: np.ndarray, name: str = "sequences") -> np.ndarray:
        """`tokens` as int64 of shape (R, N) if this denoiser can take them.

        Raises:
            ArgumentError: wrong rank, no rows, wrong length, not integers, or ids outside the vocabulary.
        """
        array = as_array(tokens, name)
        if array.ndim != 2 or array.size == 0:
            raise ArgumentError(f"{name} has shape {array.shape}; give a non-empty array of rows x tokens")
        if array.dtype.kind not in "iu":
            raise ArgumentError(f"{name} holds {array.dtype}; give integer token ids")
        if array.shape[1] > self.length or (array.shape[1] < self.length and not self.any_length):
            most = "at most " if self.any_length else "exactly "
            raise ArgumentError(f"{name} has rows of {array.shape[1]} tokens; denoiser {self.name!r} takes {most}{self.length}")
        outside = (array < 0) | (array >= max(self.vocab_size, self.mask_id + 1))
        if outside.any():
            row, position = np.argwhere(outside)[0]
            where = f"row {row}, position {position}"
            raise ArgumentError(f"{name} holds token {array[row, position]} at {where}; ids go from 0 to {self.vocab_size - 1}")
        return array.astype(np.int64)


def as_array(tokens: Any, name: str) -> np.ndarray:
    """Tokens as an array, from an array, a tensor on any device, or lists.

    Raises:
        ArgumentError: rows of different lengths.
    """
    try:
        return tokens.detach().cpu().numpy() if torch.is_tensor(tokens) else np.asarray(tokens)
    except ValueError:
        raise ArgumentError(f"{name} has rows of different lengths; cut or pad them to one length") from None


def wrap(
    module_or_function: Callable[..., Any],
    *,
    length: int,
    vocab_size: int,
    mask_id: int,
    excluded: tuple[int, ...] = (),
    any_length: bool = False,
    tokenizer: Any = None,
    name: str | None = None,
) -> Denoiser:
    """A denoiser from any module or function.

    Args:
        module_or_function: int64 tensor (B, N), with `mask_id` where masked -> logits (B, N, V), as a tensor, an array or an
            object with `.logits`. A torch module is put in evaluation mode and gets its tokens on its own device.
        length: N.
        vocab_size: V, the last axis of the logits.
        mask_id: the id that means "masked".
        excluded: other ids that must never be sampled, such as padding.
        any_length: whether shorter rows are fine too.
        tokenizer: a transformers tokenizer, if rows are text.
        name: for tables; default: the function's own name.

    Raises:
        ArgumentError: not callable, or numbers that cannot be.
    """
    if not callable(module_or_function):
        raise ArgumentError(f"module_or_function is a {type(module_or_function).__name__}; give a function of tokens")
    device = "cpu"
    if isinstance(module_or_function, torch.nn.Module):
        module_or_function.eval()
        parameter = next(module_or_function.parameters(), None)
        device = "cpu" if parameter is None else str(parameter.device)
    default_name = getattr(module_or_function, "__name__", type(module_or_function).__name__)
    return Denoiser(
        module_or_function,
        int(length),
        int(vocab_size),
        int(mask_id),
        tuple(excluded),
        any_length,
        device,
        tokenizer,
        name or default_name,
    )


def as_denoiser(thing: Any) -> Denoiser:
    """A `Denoiser` from anything with `length`, `vocab_size`, `mask_id` that maps tokens to logits.

    Raises:
        ArgumentError: none of these; the message says to use `unmask.wrap` or `unmask.load`.
    """
    if isinstance(thing, Denoiser):
        return thing
    if callable(thing) and all(hasattr(thing, name) for name in ("length", "vocab_size", "mask_id")):
        return wrap(thing, length=thing.length, vocab_size=thing.vocab_size, mask_id=thing.mask_id)
    raise ArgumentError(
        f"denoiser is a {type(thing).__name__}; give unmask.load(folder) or "
        "unmask.wrap(function, length=, vocab_size=, mask_id=)"
    )
