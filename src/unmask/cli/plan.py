"""`unmask plan`: what K passes cost, which schedule to use, and why."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from unmask.cli import options
from unmask.cli.terminal import console, print_json, print_table, show
from unmask.errors import ArgumentError


def run(
    profile: Annotated[Path, typer.Argument(metavar="PROFILE", help="profile.json from `unmask profile`.", show_default=False)],
    steps: Annotated[str | None, typer.Option(help="Numbers of passes, such as 8,16,32.", show_default=False)] = None,
    nats: Annotated[
        float | None, typer.Option(help="Instead: the most it may cost, nats per row above K = N.", show_default=False)
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option(
            "-o",
            "--output",
            help="Write the pick (the last K's) as schedule.json.",
            show_default=False,
            callback=options.writable,
        ),
    ] = None,
    json: options.Json = False,
) -> None:
    """Compare schedules at each number of passes; uniform is replaced only where that pays on held-out rows."""
    from unmask.order_profile import OrderProfile, load_profile
    from unmask.planning import fewest, plan

    if steps is not None and nats is not None:
        raise ArgumentError("give --steps or --nats, not both")
    measured = load_profile(profile)
    order = measured.order if isinstance(measured, OrderProfile) else "random"
    if nats is not None:
        plans = [fewest(measured, nats)]
    else:
        counts = options.step_counts(steps, measured.length)
        if isinstance(measured, OrderProfile) and steps is None:
            counts = [k for k in counts if k <= measured.levels.size]
        plans = [plan(measured, k) for k in counts]
    if output is not None:
        pick = plans[-1].pick.schedule
        settings = {**pick.settings, "order": order, "profile": measured.settings}
        type(pick)(pick.sizes, name=pick.name, note=plans[-1].reason, settings=settings).save(output)
    if json:
        print_json({"order": order, "length": measured.length, "plans": [as_json(p) for p in plans]})
        return
    print_plans(plans, order, measured.length, measured.rows)
    if output is not None:
        console.print(f"written to {output}; next: unmask sample MODEL --schedule {output}", markup=False)


def print_plans(plans: list[Any], order: str, length: int, rows: int) -> None:
    """The table of schedules, then one line of verdict per K."""
    cells: list[list[str]] = []
    picked: set[int] = set()
    for plan in plans:
        for candidate in plan.candidates:
            if candidate is plan.pick:
                picked.add(len(cells))
            equal = "-" if candidate.uniform_steps is None else str(candidate.uniform_steps)
            excess = "-" if candidate.excess is None else show(candidate.excess, 4)
            marks = [str(plan.steps), candidate.schedule.name + (" *" if candidate is plan.pick else "")]
            cells.append([*marks, show(candidate.bound), excess, show(candidate.saving, 4), equal])
    on = f"stated on {rows // 2} held-out rows" if rows > 1 else "exact" if rows == 0 else "one row: no intervals"
    header = ["K", "sizes", "nats/token", "above K=N", "saves", "uniform K'"]
    print_table(f"{order} order, N = {length}, {on}; * is the pick", header, cells, picked)
    for plan in plans:
        pick = plan.pick
        console.print(f"K = {plan.steps}: {plan.reason}", markup=False)
        if pick.uniform_steps is not None and pick.uniform_steps > plan.steps:
            console.print(f"        {plan.steps} passes of this equal {pick.uniform_steps} passes of uniform")


def as_json(plan: Any) -> dict[str, Any]:
    """A plan for --json; nats per token."""

    def numbers(interval: Any) -> list[float | None]:
        import math

        return [x if math.isfinite(x) else None for x in interval]

    return {
        "steps": plan.steps,
        "pick": plan.pick.schedule.name,
        "reason": plan.reason,
        "flat": plan.flat,
        "schedules": [
            {
                "name": c.schedule.name,
                "sizes": c.schedule.sizes.tolist(),
                "bound": numbers(c.bound),
                "excess": None if c.excess is None else numbers(c.excess),
                "saving": numbers(c.saving),
                "uniform_steps": c.uniform_steps,
            }
            for c in plan.candidates
        ],
    }
