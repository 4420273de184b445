"""`estimate_profile`: measure a denoiser's information profile on held-out rows."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import torch
from scipy import optimize

import unmask
from unmask.denoiser import Denoiser, as_denoiser
from unmask.errors import ArgumentError, DataError
from unmask.order_profile import OrderProfile
from unmask.orders import Order, by_name
from unmask.profile import InformationProfile
from unmask.randomness import row_uniforms

DEFAULT_LEVELS = {"random": 32, "other": 64}
PILOT_ROWS = 8
PILOT_LEVELS = 9

Progress = Callable[[int, int], None]


def estimate_profile(
    denoiser: Any,
    sequences: Any,
    order: str | Order = "random",
    given: Any = None,
    seed: int = 0,
    *,
    levels: int | Sequence[int] | None = None,
    batch_size: int = 32,
    progress: Progress | None = None,
) -> Any:
    """Measure the profile: what a masked token costs when m tokens are revealed, for a set of levels m.

    One forward pass with m tokens revealed scores every masked token (theory.md 1.11), one permutation per row serves all
    levels (common random numbers), sums are float64, and every row's numbers are kept, so costs come with intervals. Random
    order: levels are placed, on a few pilot rows, where linear interpolation of a monotone f is most uncertain (largest
    rise times width). `profile.entropy` is the likelihood bound of the same passes.

    Args:
        denoiser: anything `as_denoiser` takes.
        sequences: held-out rows of token ids, shape (R, N).
        order: a registered name or an `Order`.
        given: bool, shape (N,) or (R, N): positions known from the start; the same number in every row.
        seed: of the permutations; row r's is a function of (seed, r).
        levels: how many (default 32 for random order, 64 for others, at most the masked count), or the levels themselves.
        batch_size: rows per forward pass.
        progress: called with (row passes done, row passes in total).

    Returns:
        `InformationProfile` for random order, else `OrderProfile`; its length is the number of tokens not given.

    Raises:
        ArgumentError: arguments that do not fit each other.
        DataError: a masked position of the data holds the mask token or one that is never sampled.
        DenoiserError: NaN logits and the like.
    """
    model = as_denoiser(denoiser)
    law = by_name(order)
    tokens = model.check_tokens(sequences)
    free = free_positions(tokens, given)
    length = int(free[0].sum())
    check_sampleable(model, tokens, free)
    if batch_size < 1:
        raise ArgumentError(f"batch_size is {batch_size}; give an integer >= 1")
    paths = reveal_paths(law, free, seed)
    settings = {
        "denoiser": {"name": model.name, "fingerprint": model.fingerprint},
        "data": {"rows": len(tokens), "length": tokens.shape[1], "sha256": hashlib.sha256(tokens.tobytes()).hexdigest()[:16]},
        "seed": seed,
        "versions": {"unmask": unmask.__version__, "numpy": np.__version__, "torch": str(torch.__version__)},
    }
    measure = _Measurement(model, tokens, paths, batch_size, progress)
    if law.name == "random":
        chosen = _adaptive_levels(measure, length, levels)
        measure.total = len(tokens) * chosen.size
        pilot = min(PILOT_ROWS, len(tokens))
        values = np.empty((len(tokens), chosen.size))
        for column, level in enumerate(chosen):
            values[:pilot, column] = measure.pilot_mean(int(level))
            if pilot < len(tokens):
                values[pilot:, column] = measure.scores(int(level), pilot, len(tokens)).mean(axis=1)
        return InformationProfile.from_rows(length, chosen, values, settings=settings)
    chosen = _even_levels(length, levels)
    measure.total = len(tokens) * chosen.size
    edges = np.append(chosen, length)
    table = np.zeros((chosen.size, length))
    row_costs = np.zeros((len(tokens), chosen.size, chosen.size + 1))
    for index, level in enumerate(chosen):
        scores = -measure.scores(int(level), 0, len(tokens))
        table[index, level:] = scores.mean(axis=0)
        sums = np.concatenate([np.zeros((len(tokens), 1)), np.cumsum(scores, axis=1)], axis=1)
        row_costs[:, index, index:] = sums[:, edges[index:] - level]
    return OrderProfile(table, levels=chosen, row_costs=row_costs, order=law.name, settings=settings)


def free_positions(tokens: np.ndarray, given: Any) -> np.ndarray:
    """Positions not given, bool, shape (R, N); the same number in every row.

    Raises:
        ArgumentError: a mask of another shape, nothing free, or unequal counts.
    """
    if given is None:
        return np.ones(tokens.shape, dtype=bool)
    mask = np.asarray(given)
    if mask.dtype != bool or mask.shape not in (tokens.shape, tokens.shape[1:]):
        raise ArgumentError(f"given has shape {mask.shape} and type {mask.dtype}; give bool of shape {tokens.shape}")
    free = np.broadcast_to(~mask, tokens.shape).copy()
    counts = free.sum(axis=1)
    if counts.min() != counts.max() or counts[0] == 0:
        raise ArgumentError(f"given leaves {counts.min()} to {counts.max()} tokens free; every row needs the same number, >= 1")
    return free


def check_sampleable(denoiser: Denoiser, tokens: np.ndarray, free: np.ndarray) -> None:
    """Raise `DataError` if a free position holds a token that this denoiser never samples."""
    barred = [*denoiser.excluded, denoiser.mask_id]
    fault = np.argwhere(np.isin(tokens, barred) & free)
    if fault.size:
        row, position = fault[0]
        raise DataError(
            f"row {row} holds token {tokens[row, position]} at position {position}, which {denoiser.name!r} never samples "
            "(mask or special token); mark it as given or take it out"
        )


def reveal_paths(order: Order, free: np.ndarray, seed: int) -> np.ndarray:
    """The positions of each row in the order they are revealed, shape (R, n)."""
    paths = np.empty((len(free), int(free[0].sum())), dtype=np.int64)
    for row, row_free in enumerate(free):
        positions = np.flatnonzero(row_free)
        uniforms = row_uniforms(seed, row, free.shape[1])[0]
        paths[row] = positions[order.permutation(uniforms[positions])]
    return paths


class _Measurement:
    """Scores rows at levels, counts row passes, and remembers the pilot rows' means."""

    def __init__(
        self, denoiser: Denoiser, tokens: np.ndarray, paths: np.ndarray, batch_size: int, progress: Progress | None
    ) -> None:
        self.denoiser, self.tokens, self.paths = denoiser, tokens, paths
        self.batch_size, self.progress = batch_size, progress
        self.done, self.total = 0, 0
        self._pilot: dict[int, np.ndarray] = {}

    def pilot_mean(self, level: int) -> np.ndarray:
        """Mean log-probability of the masked tokens of each pilot row, measured once."""
        if level not in self._pilot:
            self._pilot[level] = self.scores(level, 0, min(PILOT_ROWS, len(self.tokens))).mean(axis=1)
        return self._pilot[level]

    def scores(self, level: int, first: int, last: int) -> np.ndarray:
        """log p of each still masked token, in reveal order, for rows first..last-1: shape (last - first, n - level)."""
        parts = []
        for low in range(first, last, self.batch_size):
            rows = slice(low, min(low + self.batch_size, last))
            truth, hidden = self.tokens[rows], self.paths[rows, level:]
            where = np.zeros(truth.shape, dtype=bool)
            np.put_along_axis(where, hidden, True, axis=1)
            scores = np.zeros(truth.shape)
            scores[where] = self.denoiser.token_log_probs(np.where(where, self.denoiser.mask_id, truth), where, truth[where])
            parts.append(np.take_along_axis(scores, hidden, axis=1))
            self.done += len(truth)
            if self.progress is not None:
                self.progress(self.done, max(self.total, self.done))
        return np.concatenate(parts)


def _adaptive_levels(measure: _Measurement, length: int, levels: Any) -> np.ndarray:
    """Levels for random order: a coarse grid, then repeatedly halve the gap where |rise of f| x width is largest."""
    if np.ndim(levels) > 0:
        return _explicit_levels(length, levels)
    count = _level_count(length, levels, DEFAULT_LEVELS["random"])
    measure.total = len(measure.tokens) * count
    chosen = np.unique(np.linspace(0, length - 1, min(count, PILOT_LEVELS)).round().astype(int)).tolist()
    while len(chosen) < count:
        values = [float(measure.pilot_mean(level).mean()) for level in chosen]
        # A true f never falls, and late levels average few tokens: fit before rises are compared.
        fitted = optimize.isotonic_regression(values, weights=length - np.array(chosen)).x
        gaps = np.diff(chosen)
        # For a monotone f the interpolation error of a gap is at most rise x width / 2; + 1e-3 spreads levels if f is flat.
        rise = np.diff(fitted) + 1e-3
        widest = int(np.argmax(np.where(gaps > 1, rise * gaps, -1)))
        chosen.insert(widest + 1, chosen[widest] + int(gaps[widest]) // 2)
    return np.array(chosen)


def _even_levels(length: int, levels: Any) -> np.ndarray:
    """Levels for other orders: evenly spaced, because schedules may only put nodes there."""
    if np.ndim(levels) > 0:
        return _explicit_levels(length, levels)
    count = _level_count(length, levels, DEFAULT_LEVELS["other"])
    return np.arange(count) * length // count


def _level_count(length: int, levels: Any, default: int) -> int:
    count = default if levels is None else int(levels)
    if count < 1:
        raise ArgumentError(f"levels is {levels}; give an integer >= 1 or a list of levels")
    return min(count, length)


def _explicit_levels(length: int, levels: Any) -> np.ndarray:
    array = np.unique(np.asarray(levels))
    if array.dtype.kind not in "iu" or array.size == 0 or array[0] != 0 or array[-1] >= length:
        raise ArgumentError(f"levels must be integers from 0 (which must be there) to at most {length - 1}")
    return array
