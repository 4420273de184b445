"""`unmask profile`: measure the information profile on held-out data."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from unmask.cli import options
from unmask.cli.terminal import console, print_json, progress, quiet_libraries, show, sparkline

DEFAULT_LENGTH = 256


def run(
    model: options.Model,
    data: options.Data,
    output: Annotated[Path, typer.Option("-o", "--output", help="Where the profile goes.", callback=options.writable)] = Path(
        "profile.json"
    ),
    order: options.Order = "random",
    rows: Annotated[int, typer.Option(help="At most so many rows of data.", min=1)] = 64,
    length: Annotated[int | None, typer.Option(help="Tokens per row; default 256 or the model's maximum.", min=1)] = None,
    levels: Annotated[int | None, typer.Option(help="Numbers of revealed tokens to measure.", min=1)] = None,
    batch_size: options.BatchSize = 32,
    unknown: options.Unknown = "fail",
    seed: options.Seed = 0,
    json: options.Json = False,
) -> None:
    """Measure the information profile and the likelihood bound in one pass over held-out data."""
    quiet_libraries()
    from unmask.adapters.masked_lm import load
    from unmask.data import read_rows
    from unmask.estimation import estimate_profile

    denoiser = load(model)
    sequences = read_rows(
        data, denoiser.tokenizer, length or min(DEFAULT_LENGTH, denoiser.length), limit=rows, unknown=unknown, seed=seed
    )
    with progress("profile", "row passes") as move:
        profile = estimate_profile(
            denoiser, sequences, order=order, seed=seed, levels=levels, batch_size=batch_size, progress=move
        )
    profile.save(output)
    facts = summary(profile)
    if json:
        print_json({**facts, "output": str(output)})
        return
    describe(profile)
    console.print(f"written to {output}; next: unmask plan {output} --steps 8,16,32", markup=False)


def summary(profile: Any) -> dict[str, Any]:
    """The numbers of a profile, for --json."""
    import numpy as np

    facts = {"length": profile.length, "rows": profile.rows, "levels": int(profile.levels.size)}
    per_token = profile.entropy / profile.length
    facts |= {"bound_nats_per_token": per_token, "bound_bits_per_token": per_token / float(np.log(2))}
    if hasattr(profile, "range"):
        facts |= {"perplexity": profile.perplexity, "range_nats": profile.range}
        facts |= {"total_correlation": profile.total_correlation, "dual_total_correlation": profile.dual_total_correlation}
    return facts


def describe(profile: Any) -> None:
    """The numbers of a profile, for people."""
    console.print(f"{profile.rows} rows of {profile.length} tokens, {profile.levels.size} levels measured")
    if not hasattr(profile, "range"):
        console.print(
            f"order {profile.order}: bound at most {profile.entropy / profile.length:.3f} nats per token", markup=False
        )
        return
    bound = profile.entropy_interval().scaled(1 / profile.length)
    other_units = f"{profile.bits_per_token:.3f} bits, perplexity {profile.perplexity:.2f}"
    console.print(f"likelihood bound {show(bound)} nats per token = {other_units}")
    console.print(
        f"f(i)   {sparkline(profile.values)}   from {profile.values[0]:.2f} (nothing revealed) to {profile.values[-1]:.2f}"
    )
    console.print(
        f"D = {profile.range:.3f} nats, total correlation {profile.total_correlation:.1f}, "
        f"dual total correlation {profile.dual_total_correlation:.1f} nats per row"
    )
