"""`OrderProfile`: h(j, m), the profile of any value-free order."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from unmask.errors import ArgumentError, MalformedFieldError
from unmask.files import number_array, read_json, settings_field, write_json
from unmask.interval import Interval, mean_interval
from unmask.profile import FILE_FORMAT, FILE_VERSION, InformationProfile, _checked_levels, _finite
from unmask.schedule import Schedule


class OrderProfile:
    """h(j, m) = E H(X_{sigma_{j+1}} | X_{sigma_{<=m}}), m <= j: the profile of an order that ignores values (theory.md 5.2).

    The K-pass bound of a schedule is L = sum_k c(a_k, a_{k+1}) with c(a, b) = sum_{j=a}^{b-1} h(j, a). Random order is the
    case h(j, m) = -f(m).

    Args:
        values: h, shape (L, N): values[l, j] = h(j, levels[l]) in nats for j >= levels[l]; smaller j are ignored.
        levels: the measured m, shape (L,), increasing from 0; default all of 0..N-1.
        row_costs: for a measured profile, each row's sum_{j=levels[p]}^{levels[q]-1} h(j, levels[p]) (levels[L] = N),
            shape (R, L, L + 1), nats; zero where q <= p.
        order: name of the order.
        settings: how it was made, kept in the file.

    Between measured levels h is interpolated linearly in m where both neighbours exist, else taken from the level below: an
    upper bound, because h never increases in m.

    Raises:
        ArgumentError: shapes that do not fit, NaN or infinite values where they count.
    """

    def __init__(
        self,
        values: Any,
        *,
        levels: Any = None,
        row_costs: Any = None,
        order: str = "custom",
        settings: dict[str, Any] | None = None,
    ) -> None:
        array = np.array(values, dtype=np.float64)
        if array.ndim != 2 or array.size == 0:
            raise ArgumentError(f"values has shape {array.shape}; give one row per level and one column per position")
        self.levels = np.arange(array.shape[1]) if levels is None else _checked_levels(levels, array.shape[1])
        if array.shape[0] != self.levels.size:
            raise ArgumentError(f"values has {array.shape[0]} rows; give one per level, {self.levels.size}")
        ignored = np.arange(array.shape[1])[None, :] < self.levels[:, None]
        self.values = _finite("values", np.where(ignored, 0.0, array), 2)
        self.values.setflags(write=False)
        self.row_costs = None if row_costs is None else _finite("row_costs", row_costs, 3)
        if self.row_costs is not None and self.row_costs.shape[1:] != (self.levels.size, self.levels.size + 1):
            raise ArgumentError(f"row_costs has shape {self.row_costs.shape}; give (rows, levels, levels + 1)")
        self.order = order
        self.settings = dict(settings or {})

    @classmethod
    def from_information_profile(cls, profile: InformationProfile) -> OrderProfile:
        """Random order as an order profile: h(j, m) = -f(m) for every j."""
        return cls(np.repeat(-profile.values[:, None], profile.length, axis=1), order="random", settings=profile.settings)

    @property
    def length(self) -> int:
        """N."""
        return int(self.values.shape[1])

    @property
    def rows(self) -> int:
        """How many rows it was measured on; 0 for an exact profile."""
        return 0 if self.row_costs is None else int(self.row_costs.shape[0])

    @property
    def is_complete(self) -> bool:
        """Whether every level 0..N-1 is there."""
        return self.levels.size == self.length

    @property
    def entropy(self) -> float:
        """sum_j h(j, j) = H if complete, else the bound of the finest measured schedule (at least H). Nats per sequence."""
        return self.bound(Schedule(np.diff(self.levels, append=self.length)))

    @cached_property
    def _sums(self) -> np.ndarray:
        """sums[l, b] = sum_{j=levels[l]}^{b-1} h(j, levels[l]), shape (L, N + 1)."""
        return np.concatenate([np.zeros((self.levels.size, 1)), np.cumsum(self.values, axis=1)], axis=1)

    def block_cost(self, start: int, stop: int) -> float:
        """c(a, b) = sum_{j=a}^{b-1} h(j, a), nats: the cross-entropy of tokens a..b-1 revealed in one pass."""
        if not 0 <= start < stop <= self.length:
            raise ArgumentError(f"block [{start}, {stop}) is not inside 0..{self.length}; give 0 <= start < stop <= N")
        below = int(np.searchsorted(self.levels, start, side="right")) - 1
        sums, level = self._sums[below], int(self.levels[below])
        coarse = float(sums[stop] - sums[start])
        if level == start or below + 1 == self.levels.size or stop <= self.levels[below + 1]:
            return coarse
        above = int(self.levels[below + 1])
        share = (start - level) / (above - level)
        fine = self._sums[below + 1]
        gain = (sums[stop] - sums[above]) - (fine[stop] - fine[above])
        return float(coarse - share * gain)

    def bound(self, schedule: Schedule) -> float:
        """L = sum_k c(a_k, a_{k+1}), nats per sequence: the K-pass bound on the negative log-likelihood."""
        self._check(schedule)
        return float(sum(self.block_cost(int(a), int(b)) for a, b in zip(schedule.nodes, schedule.cumulative, strict=True)))

    def cost(self, schedule: Schedule) -> float:
        """bound - entropy, nats per sequence."""
        if not self.is_complete:
            return self.bound(schedule) - self.entropy
        self._check(schedule)
        # Summed as differences h(j, a_k) - h(j, j): exact zeros stay zero.
        positions, nodes = np.arange(self.length), np.repeat(schedule.nodes, schedule.sizes)
        return float(np.sum(self.values[nodes, positions] - self.values[positions, positions]))

    def row_bounds(self, schedule: Schedule) -> np.ndarray:
        """The bound of each measured row, shape (R,), nats; only for schedules whose nodes are all measured levels."""
        self._check(schedule)
        if self.row_costs is None:
            raise ArgumentError("this profile is exact and has no rows; use bound(schedule)")
        starts = np.searchsorted(self.levels, schedule.nodes)
        if not np.array_equal(self.levels[np.minimum(starts, self.levels.size - 1)], schedule.nodes):
            raise ArgumentError("the schedule has nodes between measured levels; no interval there: measure more levels")
        return self.row_costs[:, starts, np.append(starts[1:], self.levels.size)].sum(axis=1)

    def bound_interval(self, schedule: Schedule, confidence: float = 0.95) -> Interval:
        """Interval of the bound over rows, nats per sequence, for a schedule not chosen on these rows."""
        if self.row_costs is None:
            bound = self.bound(schedule)
            return Interval(bound, bound, bound)
        return mean_interval(self.row_bounds(schedule), confidence)

    def split(self) -> tuple[OrderProfile, OrderProfile]:
        """(even rows, odd rows): choose a schedule on the first, state its bound on the second.

        The parts know h only through blocks between measured levels: `values` spreads each block's mean evenly inside it.
        """
        if self.row_costs is None:
            return self, self
        if self.rows < 2:
            raise ArgumentError("this profile has a single row; measure at least 2 to split it")
        return self._part(self.row_costs[0::2]), self._part(self.row_costs[1::2])

    def _part(self, row_costs: np.ndarray) -> OrderProfile:
        edges = np.append(self.levels, self.length)
        blocks = np.diff(row_costs.mean(axis=0), axis=1) / np.diff(edges)
        values = np.repeat(blocks, np.diff(edges), axis=1)
        return OrderProfile(values, levels=self.levels, row_costs=row_costs, order=self.order, settings=self.settings)

    def _check(self, schedule: Schedule) -> None:
        if schedule.length != self.length:
            raise ArgumentError(
                f"schedule has length {schedule.length} but the profile has {self.length}; make it for this length"
            )

    def save(self, path: str | Path) -> None:
        """Write the profile as JSON, atomically."""
        payload: dict[str, Any] = {"format": FILE_FORMAT, "version": FILE_VERSION, "order": self.order, "length": self.length}
        payload |= {"levels": self.levels.tolist(), "values": self.values.tolist(), "settings": self.settings}
        if self.row_costs is not None:
            payload["row_costs"] = np.round(self.row_costs, 4).tolist()
        write_json(path, payload)

    @classmethod
    def load(cls, path: str | Path) -> OrderProfile:
        """Read a file that `save` wrote; raises a subclass of `FileError` that says what is wrong with it."""
        payload = read_json(path, FILE_FORMAT, FILE_VERSION)
        order = payload.get("order", "random")
        if order == "random" or not isinstance(order, str):
            raise MalformedFieldError(f"{path}: a random-order profile; load it with InformationProfile.load")
        if not order.isprintable():
            raise MalformedFieldError(f"{path}: field 'order' holds control characters, which a terminal would obey")
        values = number_array(payload, "values", path, [None, None])
        levels = number_array(payload, "levels", path, [None], int)
        rows = number_array(payload, "row_costs", path, [None, None, None]) if "row_costs" in payload else None
        try:
            return cls(values, levels=levels, row_costs=rows, order=order, settings=settings_field(payload, path))
        except ArgumentError as fault:
            raise MalformedFieldError(f"{path}: {fault}") from None

    def __repr__(self) -> str:
        measured = f"{self.rows} rows, {self.levels.size} levels" if self.rows else "exact"
        return f"OrderProfile(order={self.order!r}, length={self.length}, {measured})"


def load_profile(path: str | Path) -> InformationProfile | OrderProfile:
    """The profile in a file, whichever kind it holds."""
    order = read_json(path, FILE_FORMAT, FILE_VERSION).get("order", "random")
    return InformationProfile.load(path) if order == "random" else OrderProfile.load(path)
