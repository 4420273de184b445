"""`unmask demo`: the whole loop on the bundled denoiser and real data, in a few minutes, without a network."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer

from unmask.cli import options
from unmask.cli.terminal import console, print_json, print_table, progress, quiet_libraries, show

LENGTH = 256
STEPS = (4, 8, 16, 32, 64)
CHECKED_STEPS = (4, 8, 16)
SAMPLE_STEPS = 16
SAMPLES = 2
SPREAD_ORDER = "bit-reversal"
BASELINE = "random + uniform"


@dataclass(frozen=True)
class DemoResult:
    """What the demo measured, by curve name: predicted bounds, audited policies on test rows, schedules by K, samples."""

    profile: Any
    predicted: dict[str, list[Any]]
    measured: dict[str, list[Any]]
    schedules: dict[str, dict[int, Any]]
    samples: dict[str, tuple[Any, Any]]
    best: str


def run(
    output: Annotated[Path, typer.Option("-o", "--output", help="Where the report goes.")] = Path("report.html"),
    model: Annotated[str, typer.Option(help="Denoiser to show.")] = "zoo:python",
    data: Annotated[
        str, typer.Option(help="Data; profiled on its calibration split, checked on its test split.")
    ] = "zoo:python",
    rows: Annotated[int, typer.Option(help="Rows for the profile, and as many again for the check.", min=4)] = 32,
    seed: options.Seed = 0,
    json: options.Json = False,
) -> None:
    """Profile, plan, check on held-out text, sample, and write report.html."""
    began = time.monotonic()
    quiet_libraries()
    from unmask.adapters.masked_lm import load
    from unmask.data import read_rows

    denoiser = load(model)
    say = (lambda text: None) if json else (lambda text: console.print(text, markup=False))
    say(f"{denoiser.name}: a masked diffusion model of {LENGTH} characters; {data}: real text it was not trained on")
    calibration, test = (
        read_rows(data, denoiser.tokenizer, LENGTH, split=split, limit=rows, unknown="drop", seed=seed)
        for split in ("calibration", "test")
    )
    result = _measure(denoiser, calibration, test, seed, say)
    seconds = time.monotonic() - began
    from unmask.cli.demo_report import report_of
    from unmask.report import write_report

    write_report(output, report_of(result, denoiser, rows, seed, seconds))
    if json:
        curves = {"predicted": result.predicted, "measured": measured_bounds(result)}
        numbers = {kind: {name: [i.value for i in line] for name, line in lines.items()} for kind, lines in curves.items()}
        print_json({"steps": list(STEPS), **numbers, "best": result.best, "seconds": seconds, "output": str(output)})
        return
    _tell(result, denoiser)
    say(f"\n{seconds:.0f} s in all. Open {output} in a browser to see it revealed, character by character.")
    say("Your own model: unmask check MODEL; unmask profile MODEL DATA -o profile.json; unmask plan profile.json")


def _measure(denoiser: Any, calibration: Any, test: Any, seed: int, say: Any) -> DemoResult:
    from unmask.auditing import audit
    from unmask.estimation import estimate_profile
    from unmask.planning import plan
    from unmask.policies import OrderedPolicy
    from unmask.sampling import sample

    say("1/4 profile: what is one more revealed character worth?")
    with progress("random order", "row passes") as move:
        random_profile = estimate_profile(denoiser, calibration, seed=seed, progress=move)
    with progress(f"{SPREAD_ORDER} order", "row passes") as move:
        spread_profile = estimate_profile(denoiser, calibration, order=SPREAD_ORDER, seed=seed, progress=move)
    say("2/4 plan: which schedule and which order cost least?")
    profiles = {"random": random_profile, SPREAD_ORDER: spread_profile}
    predicted: dict[str, list[Any]] = {}
    chosen: dict[str, dict[int, Any]] = {}
    for steps in STEPS:
        for order, profile in profiles.items():
            planned = plan(profile, steps)
            for candidate in planned.candidates:
                label = f"{order} + {candidate.schedule.name}"
                if candidate.schedule.name in ("uniform", "optimal"):
                    predicted.setdefault(label, []).append(candidate.bound)
                    chosen.setdefault(label, {})[steps] = candidate.schedule
    say("3/4 check: the same bound, teacher-forced on the test split")
    pairs = [(label, steps, by_steps[steps]) for label, by_steps in chosen.items() for steps in CHECKED_STEPS]
    policies = [OrderedPolicy(schedule, label.split(" + ")[0]) for label, _, schedule in pairs]
    with progress("check", "policies") as move:
        audited = audit(denoiser, test, policies, seed=seed + 1, progress=move)
    measured: dict[str, list[Any]] = {}
    for (label, _, _), line in zip(pairs, audited, strict=True):
        measured.setdefault(label, []).append(line)
    say(f"4/4 sample: {SAMPLE_STEPS} forward passes for {LENGTH} characters")
    best = min(chosen, key=lambda label: predicted[label][STEPS.index(SAMPLE_STEPS)].value)
    samples = {}
    for label in (BASELINE, best):
        policy = OrderedPolicy(chosen[label][SAMPLE_STEPS], label.split(" + ")[0])
        samples[label] = sample(denoiser, policy, SAMPLES, seed=seed, return_steps=True)
    return DemoResult(random_profile, predicted, measured, chosen, samples, best)


def measured_bounds(result: DemoResult) -> dict[str, list[Any]]:
    """Bounds on the test rows, nats per character, for K in `CHECKED_STEPS`."""
    return {label: [audited.bound_per_token for audited in line] for label, line in result.measured.items()}


def passes_to_match(result: DemoResult, label: str, steps: int) -> int | None:
    """Passes of random order with uniform sizes that reach the bound of `label` at `steps`; None if N do not."""
    from unmask import schedules

    goal = result.predicted[label][STEPS.index(steps)].value * LENGTH
    _, stated_on = result.profile.split()  # the rows that `goal` was stated on
    reach = (k for k in range(1, LENGTH + 1) if stated_on.bound(schedules.uniform(LENGTH, k)) <= goal + 1e-9)
    return next(reach, None)


def _tell(result: DemoResult, denoiser: Any) -> None:
    rows: list[list[str]] = []
    baseline = result.measured[BASELINE]
    unchecked = [""] * (len(STEPS) - len(CHECKED_STEPS))
    best: set[int] = set()
    for label, line in result.predicted.items():
        audited = result.measured[label]
        if label == result.best:
            best = {len(rows), len(rows) + 1, len(rows) + 2}
        rows.append([label, "predicted", *(f"{interval.value:.3f}" for interval in line)])
        rows.append(["", "on test text", *(f"{one.bound_per_token.value:.3f}" for one in audited), *unchecked])
        if label != BASELINE:
            savings = (show(plain.minus(one)) for plain, one in zip(baseline, audited, strict=True))
            rows.append(["", "saved there", *savings, *unchecked])
    header = ["order + sizes", "nats per character", *(f"K = {k}" for k in STEPS)]
    print_table("Cost of K forward passes (bound on -log-likelihood; lower is better)", header, rows, best)
    console.print(f"saved there: paired over test rows against {BASELINE}, 95 % intervals\n")
    for label, (tokens, _) in result.samples.items():
        console.rule(f"{label}, {SAMPLE_STEPS} passes", align="left")
        console.print(denoiser.tokenizer.decode(tokens[0]), markup=False)
    console.rule(align="left")
    equal = passes_to_match(result, result.best, SAMPLE_STEPS)
    worth = f"more than {LENGTH}" if equal is None else str(equal)
    console.print(f"{SAMPLE_STEPS} passes of {result.best} are worth {worth} passes of {BASELINE}", markup=False)
