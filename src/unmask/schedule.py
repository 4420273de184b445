"""`Schedule`: how many tokens each forward pass reveals."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np

from unmask.errors import ArgumentError, MalformedFieldError
from unmask.files import number_array, read_json, settings_field, write_json

FILE_FORMAT = "unmask.schedule"
FILE_VERSION = 1


class Schedule:
    """Sizes s_1..s_K, every s_k >= 1: forward pass k reveals s_k tokens, and all N = sum s_k are revealed after K passes.

    Immutable, hashable, equal by sizes.

    Args:
        sizes: K positive integers.
        name: what made it, for tables ("uniform", "optimal", ...).
        note: what its maker has to say, e.g. why fewer steps than asked for came back.
        settings: how it was made, kept in the file.

    Raises:
        ArgumentError: no sizes, or a size that is not an integer >= 1.
    """

    __slots__ = ("_sizes", "name", "note", "settings")
    _sizes: np.ndarray
    name: str
    note: str
    settings: dict[str, Any]

    def __init__(
        self, sizes: Iterable[int] | np.ndarray, *, name: str = "custom", note: str = "", settings: dict[str, Any] | None = None
    ) -> None:
        array = np.array(sizes if isinstance(sizes, np.ndarray) else list(sizes))
        if array.ndim != 1 or array.size == 0:
            raise ArgumentError(f"sizes has shape {array.shape}; give a flat list of at least one integer")
        if array.dtype.kind not in "iu":
            rounded = array.astype(np.float64) if array.dtype.kind == "f" else np.array([np.nan])
            if not np.array_equal(rounded, np.round(rounded)):
                raise ArgumentError(f"sizes holds {array.dtype} values such as {array.flat[0].item()!r}; give integers >= 1")
        array = array.astype(np.int64)
        if array.min() < 1:
            raise ArgumentError(f"sizes holds {array.min()}; every forward pass reveals at least 1 token")
        array.setflags(write=False)
        object.__setattr__(self, "_sizes", array)
        object.__setattr__(self, "name", name)
        object.__setattr__(self, "note", note)
        object.__setattr__(self, "settings", dict(settings or {}))

    def __setattr__(self, attribute: str, value: Any) -> None:
        raise AttributeError(f"Schedule is immutable: make a new one instead of setting {attribute!r}")

    def __reduce__(self) -> tuple[Any, ...]:
        return _rebuild, (self._sizes, self.name, self.note, self.settings)

    @property
    def sizes(self) -> np.ndarray:
        """s_1..s_K, shape (K,), read-only."""
        return self._sizes

    @property
    def cumulative(self) -> np.ndarray:
        """a_1..a_K, shape (K,): tokens revealed after each pass; a_K = N."""
        return np.cumsum(self._sizes)

    @property
    def nodes(self) -> np.ndarray:
        """a_0..a_{K-1}, shape (K,): tokens already revealed when each pass runs; a_0 = 0."""
        return self.cumulative - self._sizes

    @property
    def steps(self) -> int:
        """K, the number of forward passes."""
        return int(self._sizes.size)

    @property
    def length(self) -> int:
        """N, the number of tokens."""
        return int(self._sizes.sum())

    @classmethod
    def from_cumulative(cls, cumulative: Iterable[int] | np.ndarray, **keywords: Any) -> Schedule:
        """The schedule with a_1 < ... < a_K = N given; `keywords` as in the constructor."""
        return cls(np.diff(np.asarray(cumulative), prepend=0), **keywords)

    def save(self, path: str | Path) -> None:
        """Write the schedule as JSON, atomically."""
        write_json(
            path,
            {
                "format": FILE_FORMAT,
                "version": FILE_VERSION,
                "sizes": self._sizes.tolist(),
                "name": self.name,
                "note": self.note,
                "settings": self.settings,
            },
        )

    @classmethod
    def load(cls, path: str | Path) -> Schedule:
        """Read a file that `save` wrote; raises a subclass of `FileError` that says what is wrong with it."""
        payload = read_json(path, FILE_FORMAT, FILE_VERSION)
        sizes = number_array(payload, "sizes", path, [None], int)
        if sizes.size == 0 or sizes.min() < 1:
            raise MalformedFieldError(f"{path}: field 'sizes' must hold integers >= 1")
        name, note = payload.get("name", "custom"), payload.get("note", "")
        if not isinstance(name, str) or not isinstance(note, str):
            raise MalformedFieldError(f"{path}: fields 'name' and 'note' must be text")
        return cls(sizes, name=name, note=note, settings=settings_field(payload, path))

    def __len__(self) -> int:
        return self.steps

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Schedule) and np.array_equal(self._sizes, other._sizes)

    def __hash__(self) -> int:
        return hash(self._sizes.tobytes())

    def __repr__(self) -> str:
        sizes = self._sizes.tolist()
        shown = ", ".join(map(str, sizes if len(sizes) <= 12 else [*sizes[:6], "...", *sizes[-5:]]))
        return f"Schedule([{shown}], name={self.name!r}, steps={self.steps}, length={self.length})"


def _rebuild(sizes: np.ndarray, name: str, note: str, settings: dict[str, Any]) -> Schedule:
    return Schedule(sizes, name=name, note=note, settings=settings)
