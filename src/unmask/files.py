"""JSON files that can be trusted: written atomically, read as if a stranger had sent them."""

from __future__ import annotations

import json
import math
import os
import re
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np

from unmask.errors import (
    DuplicateKeyError,
    FileMissingError,
    FileTooLargeError,
    MalformedFieldError,
    NonFiniteNumberError,
    NotJSONError,
    UnknownVersionError,
    UnwritableError,
    WrongFormatError,
)

SIZE_CAP = 256 * 2**20
DEPTH_CAP = 64
_STRING_OR_BRACKET = re.compile(r'"(?:[^"\\]|\\.)*+"?|[\[{\]}]', re.DOTALL)  # possessive: linear on hostile text


def check_writable(path: str | Path) -> Path:
    """The file that writing to `path` would replace: links are followed, so that a link stays a link.

    Raises:
        UnwritableError: its folder is missing or closed to us, or `path` is a folder or a device (replacing /dev/null by a
            file would break the machine).
    """
    target = Path(path).resolve()
    if not target.parent.is_dir():
        raise UnwritableError(f"{path}: no folder {target.parent}; make it first")
    if target.exists() and not target.is_file():
        raise UnwritableError(f"{path}: is a folder or a device; give the name of a file")
    if not os.access(target.parent, os.W_OK):
        raise UnwritableError(f"{path}: may not write in folder {target.parent}; choose another")
    return target


def write_bytes(path: str | Path, content: bytes) -> None:
    """Write `content` to `path` atomically: temporary file in the same folder, fsync, rename. A crash leaves the old file.

    Raises:
        UnwritableError: as `check_writable`.
    """
    path = check_writable(path)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".tmp")
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        os.chmod(temporary, 0o666 & ~_umask())
        os.replace(temporary, path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def _umask() -> int:
    current = os.umask(0)
    os.umask(current)
    return current


def write_json(path: str | Path, payload: dict[str, Any]) -> None:
    """Write a JSON object atomically. NaN and Infinity are refused (`ValueError` from `json`)."""
    write_bytes(path, (json.dumps(payload, allow_nan=False, ensure_ascii=False) + "\n").encode())


def read_json(path: str | Path, file_format: str, version: int) -> dict[str, Any]:
    """Read an `unmask` JSON object of `file_format` and at most `version`, trusting nothing.

    Raises a subclass of `FileError`: missing, too large, truncated or not JSON, nested too deep, duplicate keys, NaN or
    Infinity (also by overflow), another format, a newer version.
    """
    path = Path(path)
    if not path.is_file():
        raise FileMissingError(f"{path}: no such file")
    if path.stat().st_size > SIZE_CAP:
        raise FileTooLargeError(f"{path}: {path.stat().st_size} bytes, more than the cap of {SIZE_CAP}")
    try:
        text = path.read_bytes().decode("utf-8")
        if _depth(text) > DEPTH_CAP:
            raise NotJSONError(f"{path}: nested deeper than {DEPTH_CAP} levels")
        payload = json.loads(
            text,
            parse_constant=_refuse_constant,
            parse_float=_finite_float,
            parse_int=_bounded_int,
            object_pairs_hook=_unique_keys,
        )
    except (UnicodeDecodeError, json.JSONDecodeError) as fault:
        raise NotJSONError(f"{path}: not complete JSON ({fault}); was it cut short? write it again") from None
    except (DuplicateKeyError, NonFiniteNumberError) as fault:
        raise type(fault)(f"{path}: {fault}") from None
    if not isinstance(payload, dict) or payload.get("format") != file_format:
        found = payload.get("format") if isinstance(payload, dict) else type(payload).__name__
        raise WrongFormatError(f"{path}: expected format {file_format!r}, found {str(found)[:60]!r}")
    found_version = payload.get("version")
    if type(found_version) is not int or not 1 <= found_version <= version:
        raise UnknownVersionError(
            f"{path}: version {str(found_version)[:20]} of {file_format}; this unmask reads up to {version}: upgrade unmask"
        )
    return payload


def number_array(
    payload: dict[str, Any], name: str, path: str | Path, shape: Iterable[int | None], dtype: type = float
) -> np.ndarray:
    """Field `name` as an array of `shape` (None: any extent), or `MalformedFieldError`. Only JSON numbers are accepted."""
    wanted = tuple(shape)
    value = payload.get(name)
    try:
        array = np.array(value, dtype=object if value is None else None)
        numeric = array.dtype.kind in ("iu" if dtype is int else "iuf")
    except ValueError:
        array, numeric = np.empty(0), False
    fits = array.ndim == len(wanted) and all(w is None or w == n for w, n in zip(wanted, array.shape, strict=True))
    if not numeric or not fits:
        extents = " x ".join("any" if w is None else str(w) for w in wanted)
        raise MalformedFieldError(f"{path}: field {name!r} must be {dtype.__name__} numbers of shape {extents}")
    return array.astype(np.int64 if dtype is int else np.float64)


def settings_field(payload: dict[str, Any], path: str | Path) -> dict[str, Any]:
    """The optional `settings` object (how the file was made), or `MalformedFieldError`."""
    settings = payload.get("settings", {})
    if not isinstance(settings, dict):
        raise MalformedFieldError(f"{path}: field 'settings' must be an object")
    return settings


def _depth(text: str) -> int:
    """Deepest bracket nesting outside strings, so that hostile nesting never reaches the recursive parser."""
    depth = deepest = 0
    for token in _STRING_OR_BRACKET.finditer(text):
        if token[0] in "[{":
            depth += 1
            deepest = max(deepest, depth)
        elif token[0] in "]}":
            depth -= 1
    return deepest


def _refuse_constant(name: str) -> float:
    raise NonFiniteNumberError(f"holds {name}; only finite numbers are allowed")


def _finite_float(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise NonFiniteNumberError(f"number {text[:40]} overflows a double")
    return value


def _bounded_int(text: str) -> int:
    if len(text) > 18:
        raise NonFiniteNumberError(f"integer {text[:40]}... is too large")
    return int(text)


def _unique_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result: dict[str, Any] = {}
    for key, value in pairs:
        if key in result:
            raise DuplicateKeyError(f"key {key[:60]!r} appears twice in one object")
        result[key] = value
    return result
