"""What verbs print: tables and progress on a terminal, plain text in a pipe, JSON for machines."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from unmask.interval import Interval

BLOCKS = "▁▂▃▄▅▆▇█"

for stream in ("stdout", "stderr"):  # None if the caller closed it
    if getattr(sys, stream) is None:
        setattr(sys, stream, Path(os.devnull).open("w"))  # noqa: SIM115  as long as the process lives

console = Console(highlight=False, width=None if sys.stdout.isatty() else 120)


def print_json(payload: dict[str, Any]) -> None:
    """One JSON object on standard output."""
    sys.stdout.write(json.dumps(payload, allow_nan=False) + "\n")  # ASCII: no terminal's encoding can break it


def print_table(title: str, header: list[str], rows: list[list[str]], highlight: set[int] | None = None) -> None:
    """A table; rows whose index is in `highlight` are bold. Cells are shown literally, never as markup."""
    from rich.text import Text

    table = Table(title=Text(title), title_justify="left", title_style="", header_style="bold", pad_edge=False, box=SIMPLE_HEAD)
    for index, name in enumerate(header):
        table.add_column(Text(name), justify="left" if index == 0 else "right", no_wrap=True)
    for index, row in enumerate(rows):
        table.add_row(*(Text(cell) for cell in row), style="bold green" if index in (highlight or set()) else None)
    console.print(table)


def show(interval: Interval, digits: int = 3) -> str:
    """`value ± half-width`, or the value alone if it is exact or the spread is unknown."""
    half = (interval.high - interval.low) / 2
    if half == 0 or not np.isfinite(half):
        return f"{interval.value:.{digits}f}"
    return f"{interval.value:.{digits}f} ± {half:.{digits}f}"


def sparkline(values: np.ndarray, width: int = 48) -> str:
    """Values as a line of block characters, resampled to `width`."""
    resampled = np.interp(np.linspace(0, len(values) - 1, min(width, len(values))), np.arange(len(values)), values)
    low, high = float(resampled.min()), float(resampled.max())
    scaled = ([0.0] * len(resampled)) if high == low else ((resampled - low) / (high - low)).tolist()
    return "".join(BLOCKS[round(x * (len(BLOCKS) - 1))] for x in scaled)


@contextmanager
def progress(description: str, unit: str = "rows") -> Iterator[Any]:
    """A function of (done, total) that moves a progress bar with rate and time left; silent when not on a terminal."""
    bar = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[rate]}"),
        TimeRemainingColumn(),
        console=Console(stderr=True),
        transient=True,
        disable=not sys.stderr.isatty(),
    )
    with bar:
        task = bar.add_task(description, total=None, rate="")

        def move(done: int, total: int) -> None:
            elapsed = bar.tasks[0].elapsed or 0.0
            bar.update(task, completed=done, total=total, rate=f"{done / elapsed:.0f} {unit}/s" if elapsed else "")

        yield move


def quiet_libraries() -> None:
    """Stop third-party progress bars and notices: standard output and error belong to the verb."""
    import logging
    import warnings

    import transformers

    logging.getLogger("huggingface_hub").setLevel(logging.ERROR)  # or each retry of an unreachable hub is a line
    transformers.logging.set_verbosity_error()
    transformers.utils.logging.disable_progress_bar()
    warnings.filterwarnings("ignore", module="torch|transformers")
