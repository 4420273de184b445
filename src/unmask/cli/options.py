"""Arguments and options that several verbs share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from unmask.errors import ArgumentError
from unmask.files import check_writable


def writable(path: Path | None) -> Path | None:
    """Refuse an output that could not be written before the work is done, not after."""
    if path is not None:
        check_writable(path)
    return path


Model = Annotated[str, typer.Argument(metavar="MODEL", help="A model folder, a hub id, or zoo:NAME.", show_default=False)]
Data = Annotated[
    str, typer.Argument(metavar="DATA", help="A text file, JSONL, a folder, zoo:NAME or zoo:NAME:SPLIT.", show_default=False)
]
Seed = Annotated[int, typer.Option(help="Seed of all randomness.", min=0)]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object instead of tables.")]
BatchSize = Annotated[int, typer.Option(help="Rows per forward pass.", min=1)]
Order = Annotated[str, typer.Option(help="random, bit-reversal, golden or left-to-right.")]
Unknown = Annotated[str, typer.Option(help="Text outside the vocabulary: 'fail' or 'drop' it.")]
Output = Annotated[Path | None, typer.Option("-o", "--output", help="File to write.", show_default=False, callback=writable)]


def step_counts(text: str | None, length: int) -> list[int]:
    """`"4,8,16"` -> [4, 8, 16]; default: powers of two from 4 to below N.

    Raises:
        ArgumentError: not integers from 1 to N.
    """
    if text is None:
        return [k for k in (2**e for e in range(2, 12)) if k < length] or [length]
    try:
        counts = [int(piece) for piece in text.split(",")]
    except ValueError:
        raise ArgumentError(f"--steps is {text!r}; give integers separated by commas, such as 8,16,32") from None
    for count in counts:
        if not 1 <= count <= length:
            raise ArgumentError(f"--steps holds {count}; give numbers from 1 to the profile's length, {length}")
    return counts
