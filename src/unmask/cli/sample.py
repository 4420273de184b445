"""`unmask sample`: draw rows with a schedule."""

from __future__ import annotations

import json as json_module
from pathlib import Path
from typing import Annotated, Any

import typer

from unmask.cli import options
from unmask.cli.terminal import console, print_json, progress, quiet_libraries
from unmask.errors import ArgumentError, DataError


def run(
    model: options.Model,
    schedule: Annotated[Path | None, typer.Option(help="A schedule.json from `unmask plan`.", show_default=False)] = None,
    steps: Annotated[int | None, typer.Option(help="Instead of a schedule: uniform sizes.", show_default=False)] = None,
    number: Annotated[int, typer.Option("-n", "--number", help="Rows to draw.", min=1)] = 8,
    length: Annotated[int | None, typer.Option(help="With --steps: tokens per row.", min=1, show_default=False)] = None,
    order: Annotated[str | None, typer.Option(help="Default: the schedule's own order.", show_default=False)] = None,
    given: Annotated[
        Path | None, typer.Option(help="Known tokens: text with the mask token, or a JSON list with -1.", show_default=False)
    ] = None,
    output: options.Output = None,
    batch_size: options.BatchSize = 32,
    seed: options.Seed = 0,
    json: options.Json = False,
) -> None:
    """Draw rows: exactly K forward passes, every token from its own conditional law."""
    quiet_libraries()
    from unmask import schedules
    from unmask.adapters.masked_lm import load
    from unmask.files import write_bytes
    from unmask.sampling import sample
    from unmask.schedule import Schedule

    if (schedule is None) == (steps is None):
        raise ArgumentError("give either --schedule FILE (from `unmask plan`) or --steps K")
    denoiser = load(model)
    known = None if given is None else read_given(given, denoiser)
    if schedule is not None:
        sizes = Schedule.load(schedule)
    else:
        masked = int((known == denoiser.mask_id).sum()) if known is not None else length or min(256, denoiser.length)
        sizes = schedules.uniform(masked, steps or 0)
    chosen_order = order or str(sizes.settings.get("order", "random"))
    with progress("sample", "passes") as move:
        done = [0]

        def moved(_: dict[str, Any]) -> None:
            done[0] += 1
            move(done[0], sizes.steps * -(-number // batch_size))

        tokens, passes = sample(
            denoiser, sizes, number, known, seed, chosen_order, batch_size=batch_size, callback=moved, return_steps=True
        )
    texts = [denoiser.tokenizer.decode(row) for row in tokens]
    records = [
        {"row": row, "text": text, "tokens": tokens[row].tolist(), "steps": passes[row].tolist()}
        for row, text in enumerate(texts)
    ]
    if output is not None:
        write_bytes(output, "".join(json_module.dumps(r, ensure_ascii=False) + "\n" for r in records).encode())
    if json:
        print_json({"order": chosen_order, "sizes": sizes.sizes.tolist(), "seed": seed, "samples": records})
        return
    for row, text in enumerate(texts):
        console.rule(f"row {row}", align="left")
        console.print(text, markup=False)
    wrote = "" if output is None else f", written to {output}"
    console.rule(align="left")
    console.print(
        f"{number} rows of {tokens.shape[1]} tokens in {sizes.steps} passes, {chosen_order} order{wrote}", markup=False
    )


def read_given(path: Path, denoiser: Any) -> Any:
    """Known tokens of one row, shape (N,), the mask id where not given.

    Raises:
        DataError: missing file, or nothing in it.
    """
    import numpy as np

    if not path.is_file():
        raise DataError(f"{path}: no such file; give text with {denoiser.tokenizer.mask_token}, or a JSON list with -1")
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".json":
        try:
            ids = np.array(json_module.loads(text))
        except (ValueError, RecursionError):
            raise DataError(f"{path}: not a JSON list of token ids") from None
        if ids.ndim != 1 or ids.dtype.kind not in "iu" or not ids.size:
            raise DataError(f"{path}: give one flat JSON list of token ids, -1 where masked")
        return np.where(ids < 0, denoiser.mask_id, ids)
    from unmask.data import encode

    return encode([text.removesuffix("\n")], denoiser.tokenizer)[0]
