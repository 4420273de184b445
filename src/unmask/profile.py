"""`InformationProfile`: f(i), what one more revealed token is worth under random order."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from unmask.errors import ArgumentError, MalformedFieldError
from unmask.files import number_array, read_json, settings_field, write_json
from unmask.interval import Interval, mean_interval
from unmask.schedule import Schedule

FILE_FORMAT = "unmask.profile"
FILE_VERSION = 1


class InformationProfile:
    """The information profile of a law under random order (arXiv 2510.25544, section 1.5 of theory.md).

    f(i) = E[log p(x_{sigma_{i+1}} | x_{sigma_{<=i}})], i = 0..N-1, in nats: minus the mean entropy of a masked token when i
    random tokens are revealed. Measured with a denoiser it is minus the masked cross-entropy, and every cost below is then
    learning plus factorisation error above `entropy`, the K = N likelihood bound (theory.md 1.11).

    Args:
        values: f, shape (N,), nats. Finite. Need not be monotone.
        levels: for a measured profile, the numbers of revealed tokens that were measured, shape (L,), increasing from 0.
        row_values: for a measured profile, f of each row at each level, shape (R, L); `values` interpolates their mean.
        settings: how it was made (denoiser, data, seed, versions), kept in the file.

    Raises:
        ArgumentError: empty, not one-dimensional, NaN or infinite values; levels or row_values that do not fit.
    """

    def __init__(
        self,
        values: Any,
        *,
        levels: Any = None,
        row_values: Any = None,
        settings: dict[str, Any] | None = None,
    ) -> None:
        self.values = _finite("values", values, 1)
        self.levels = np.arange(self.length) if levels is None else _checked_levels(levels, self.length)
        self.row_values = None if row_values is None else _finite("row_values", row_values, 2)
        if self.row_values is not None and self.row_values.shape[1] != self.levels.size:
            raise ArgumentError(f"row_values has shape {self.row_values.shape}; give one column per level, {self.levels.size}")
        self.settings = dict(settings or {})
        self.values.setflags(write=False)

    @classmethod
    def from_rows(cls, length: int, levels: Any, row_values: Any, **keywords: Any) -> InformationProfile:
        """A measured profile: the mean over rows at each level, interpolated linearly between levels.

        Args:
            length: N.
            levels: shape (L,), increasing from 0, at most N - 1.
            row_values: shape (R, L), each row's f at each level, nats.
        """
        rows = _finite("row_values", row_values, 2)
        checked = _checked_levels(levels, length)
        if rows.shape[0] == 0 or rows.shape[1] != checked.size:
            raise ArgumentError(f"row_values has shape {rows.shape}; give at least one row and {checked.size} columns")
        values = np.interp(np.arange(length), checked, rows.mean(axis=0))
        return cls(values, levels=checked, row_values=rows, **keywords)

    # --- what it is -------------------------------------------------------------------------------------------------

    @property
    def length(self) -> int:
        """N."""
        return int(self.values.size)

    @property
    def rows(self) -> int:
        """How many rows it was measured on; 0 for an exact profile."""
        return 0 if self.row_values is None else int(self.row_values.shape[0])

    @property
    def increments(self) -> np.ndarray:
        """f(i) - f(i-1) for i = 1..N-1, shape (N,) with increments[0] = 0 so that the index is i. Nats."""
        return np.diff(self.values, prepend=self.values[0])

    @property
    def is_monotone(self) -> bool:
        """Whether f is nondecreasing, as every true profile is (conditioning reduces entropy)."""
        return bool(np.all(np.diff(self.values) >= 0))

    @property
    def entropy(self) -> float:
        """-sum_i f(i) = H, nats per sequence; for a measured profile the K = N likelihood bound."""
        return float(-self.values.sum())

    @property
    def bits_per_token(self) -> float:
        """entropy / (N log 2): the K = N likelihood bound in bits per token."""
        return self.entropy / (self.length * float(np.log(2)))

    @property
    def perplexity(self) -> float:
        """exp(entropy / N): the K = N likelihood bound as perplexity per token."""
        return float(np.exp(self.entropy / self.length))

    @property
    def range(self) -> float:
        """D = f(N-1) - f(0), nats."""
        return float(self.values[-1] - self.values[0])

    @property
    def total_correlation(self) -> float:
        """TC = sum_i (N - i) (f(i) - f(i-1)), nats."""
        return float((self.length - np.arange(self.length)) @ self.increments)

    @property
    def dual_total_correlation(self) -> float:
        """DTC = sum_i i (f(i) - f(i-1)), nats. TC + DTC = N D."""
        return float(np.arange(self.length) @ self.increments)

    @property
    def errors(self) -> np.ndarray:
        """Standard error of each value over rows, shape (N,), nats: zero if exact, NaN for a single row."""
        if self.row_values is None:
            return np.zeros(self.length)
        if self.rows == 1:
            return np.full(self.length, np.nan)
        everywhere = np.stack([np.interp(np.arange(self.length), self.levels, row) for row in self.row_values])
        return everywhere.std(axis=0, ddof=1) / np.sqrt(self.rows)

    # --- what a schedule costs --------------------------------------------------------------------------------------

    @cached_property
    def _sums(self) -> np.ndarray:
        return np.concatenate([[0.0], np.cumsum(self.values)])

    def block_cost(self, start: int | np.ndarray, stop: int | np.ndarray) -> Any:
        """c(a, b) = sum_{i=a}^{b-1} (f(i) - f(a)): what revealing tokens a..b-1 in one pass adds. Nats; broadcasts."""
        a, b = np.asarray(start), np.asarray(stop)
        if np.any(a < 0) or np.any(b > self.length) or np.any(a >= b):
            raise ArgumentError(f"block [{start}, {stop}) is not inside 0..{self.length}; give 0 <= start < stop <= N")
        cost = self._sums[b] - self._sums[a] - (b - a) * self.values[a]
        return float(cost) if cost.ndim == 0 else cost

    def cost(self, schedule: Schedule) -> float:
        """A(a) = sum_i f(i) - sum_k s_{k+1} f(a_k), nats per sequence above `entropy` (Lemma 6 of arXiv 2510.25544)."""
        self._check(schedule)
        # Summed as differences: exact zeros stay zero, and f far from 0 costs no precision.
        return float(np.sum(self.values - np.repeat(self.values[schedule.nodes], schedule.sizes)))

    def bound(self, schedule: Schedule) -> float:
        """L = -sum_k s_{k+1} f(a_k), nats per sequence: the K-pass bound on the negative log-likelihood (Prop. 2)."""
        self._check(schedule)
        return float(-(schedule.sizes @ self.values[schedule.nodes]))

    def row_costs(self, schedule: Schedule) -> np.ndarray:
        """The cost of each measured row, shape (R,), nats per sequence; their mean is `cost`."""
        self._check(schedule)
        if self.row_values is None:
            raise ArgumentError("this profile is exact and has no rows; use cost(schedule)")
        weights = np.ones(self.length)
        np.subtract.at(weights, schedule.nodes, schedule.sizes)
        return self.row_values @ self._to_levels(weights)

    def row_bounds(self, schedule: Schedule) -> np.ndarray:
        """The K-pass bound of each measured row, shape (R,), nats per sequence; their mean is `bound`."""
        self._check(schedule)
        if self.row_values is None:
            raise ArgumentError("this profile is exact and has no rows; use bound(schedule)")
        weights = np.zeros(self.length)
        weights[schedule.nodes] = -schedule.sizes
        return self.row_values @ self._to_levels(weights)

    def cost_interval(self, schedule: Schedule, confidence: float = 0.95) -> Interval:
        """Interval of the cost over rows, valid for a schedule not chosen on these rows (choose on `split`'s other part)."""
        if self.row_values is None:
            cost = self.cost(schedule)
            return Interval(cost, cost, cost)
        return mean_interval(self.row_costs(schedule), confidence)

    def difference_interval(self, schedule: Schedule, other: Schedule, confidence: float = 0.95) -> Interval:
        """Interval of cost(schedule) - cost(other), paired over rows. Nats per sequence."""
        if self.row_values is None:
            difference = self.cost(schedule) - self.cost(other)
            return Interval(difference, difference, difference)
        return mean_interval(self.row_costs(schedule) - self.row_costs(other), confidence)

    def entropy_interval(self, confidence: float = 0.95) -> Interval:
        """Interval of `entropy` (the K = N likelihood bound), nats per sequence."""
        if self.row_values is None:
            return Interval(self.entropy, self.entropy, self.entropy)
        return mean_interval(-self.row_values @ self._to_levels(np.ones(self.length)), confidence)

    def split(self) -> tuple[InformationProfile, InformationProfile]:
        """(even rows, odd rows): choose a schedule on the first, state its cost on the second."""
        if self.row_values is None:
            return self, self
        if self.rows < 2:
            raise ArgumentError("this profile has a single row; measure at least 2 to split it")
        parts = (self.row_values[0::2], self.row_values[1::2])
        even, odd = (self.from_rows(self.length, self.levels, part, settings=self.settings) for part in parts)
        return even, odd

    def _to_levels(self, weights: np.ndarray) -> np.ndarray:
        """Weights on f(0..N-1) carried through the linear interpolation to weights on the levels, shape (L,)."""
        positions = np.arange(self.length)
        right = np.clip(np.searchsorted(self.levels, positions, side="right"), 1, max(self.levels.size - 1, 1))
        right = np.minimum(right, self.levels.size - 1)
        left = np.maximum(right - 1, 0)
        width = np.maximum(self.levels[right] - self.levels[left], 1)
        share = np.clip((positions - self.levels[left]) / width, 0.0, 1.0)
        result = np.zeros(self.levels.size)
        np.add.at(result, left, weights * (1 - share))
        np.add.at(result, right, weights * share)
        return result

    def _check(self, schedule: Schedule) -> None:
        if schedule.length != self.length:
            raise ArgumentError(
                f"schedule has length {schedule.length} but the profile has {self.length}; make it for this length"
            )

    # --- files ------------------------------------------------------------------------------------------------------

    def save(self, path: str | Path) -> None:
        """Write the profile as JSON, atomically. Measured profiles keep their rows, so intervals survive."""
        payload: dict[str, Any] = {"format": FILE_FORMAT, "version": FILE_VERSION, "order": "random", "length": self.length}
        payload |= {"levels": self.levels.tolist(), "values": self.values.tolist(), "settings": self.settings}
        if self.row_values is not None:
            payload["row_values"] = self.row_values.tolist()
        write_json(path, payload)

    @classmethod
    def load(cls, path: str | Path) -> InformationProfile:
        """Read a file that `save` wrote; raises a subclass of `FileError` that says what is wrong with it."""
        payload = read_json(path, FILE_FORMAT, FILE_VERSION)
        if payload.get("order", "random") != "random":
            raise MalformedFieldError(
                f"{path}: profile of order {str(payload['order'])[:40]!r}; load it with OrderProfile.load"
            )
        values = number_array(payload, "values", path, [None])
        if values.size == 0 or payload.get("length") != values.size:
            raise MalformedFieldError(f"{path}: field 'length' must equal the number of values, {values.size}")
        try:
            levels = number_array(payload, "levels", path, [None], int) if "levels" in payload else None
            rows = number_array(payload, "row_values", path, [None, None]) if "row_values" in payload else None
            return cls(values, levels=levels, row_values=rows, settings=settings_field(payload, path))
        except ArgumentError as fault:
            raise MalformedFieldError(f"{path}: {fault}") from None

    def __repr__(self) -> str:
        measured = f"{self.rows} rows, {self.levels.size} levels" if self.rows else "exact"
        nats = f"entropy={self.entropy:.4g} nats, range={self.range:.4g} nats"
        return f"InformationProfile(length={self.length}, {nats}, {measured})"


def _finite(name: str, values: Any, rank: int) -> np.ndarray:
    try:
        array = np.array(values, dtype=np.float64)
    except (TypeError, ValueError):
        raise ArgumentError(f"{name} is not an array of numbers; give floats of rank {rank}") from None
    if array.ndim != rank or array.size == 0:
        raise ArgumentError(f"{name} has shape {array.shape}; give a non-empty array of rank {rank}")
    if not np.all(np.isfinite(array)):
        where = np.argwhere(~np.isfinite(array))[0].tolist()
        raise ArgumentError(f"{name} holds {array[tuple(where)]} at index {where}; give finite numbers (nats)")
    return array


def _checked_levels(levels: Any, length: int) -> np.ndarray:
    array = np.asarray(levels)
    if array.ndim != 1 or array.size == 0 or array.dtype.kind not in "iu":
        raise ArgumentError(f"levels has shape {array.shape} and type {array.dtype}; give a flat list of integers")
    if array[0] != 0 or array[-1] >= length or np.any(np.diff(array) <= 0):
        raise ArgumentError(f"levels must increase from 0 to at most {length - 1}; got {array[:3].tolist()}..{array[-1]}")
    return array.astype(np.int64)
