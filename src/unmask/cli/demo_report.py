"""The demo's numbers as a `Report`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import unmask

if TYPE_CHECKING:
    from unmask.cli.demo import DemoResult


def report_of(result: DemoResult, denoiser: Any, rows: int, seed: int, seconds: float) -> Any:
    """The HTML report of a demo run: profile, cost against K, sizes, and samples being revealed."""
    from unmask.cli.demo import BASELINE, LENGTH, SAMPLE_STEPS, STEPS, measured_bounds, passes_to_match
    from unmask.report import Curve, Report, Reveal

    at = STEPS.index(SAMPLE_STEPS)
    plain, best = result.predicted[BASELINE][at].value, result.predicted[result.best][at].value
    equal = passes_to_match(result, result.best, SAMPLE_STEPS)
    worth = f"more than {LENGTH}" if equal is None else str(equal)
    profile = result.profile
    reveals = tuple(
        Reveal(
            f"{label}, {SAMPLE_STEPS} passes",
            tuple(denoiser.tokenizer.decode([token]) for token in tokens[0]),
            tuple(int(step) for step in steps[0]),
            f"predicted {result.predicted[label][at].value:.3f} nats per character",
        )
        for label, (tokens, steps) in result.samples.items()
    )
    curves = tuple(Curve(name, STEPS, tuple(line), "predicted") for name, line in result.predicted.items())
    curves += tuple(Curve(name, STEPS[: len(line)], tuple(line), "measured") for name, line in measured_bounds(result).items())
    cells = [[name, *(f"{interval.value:.3f}" for interval in line)] for name, line in result.predicted.items()]
    return Report(
        title=f"What parallel decoding costs {denoiser.name}",
        summary=(
            f"Revealing {LENGTH} characters in {SAMPLE_STEPS} forward passes costs {plain:.3f} nats per character in random "
            f"order with uniform sizes, and {best:.3f} with the best plan found, {result.best}: worth {worth} passes of the "
            "former. The prediction was made on one split of real text and checked on another."
        ),
        facts=(
            ("likelihood bound", f"{profile.entropy / LENGTH:.3f} nats per character"),
            ("perplexity", f"{profile.perplexity:.2f} per character"),
            ("best plan", result.best),
            (f"{SAMPLE_STEPS} passes are worth", f"{worth} uniform-random passes"),
        ),
        profile=profile,
        curves=curves,
        schedules=tuple((name, s) for name, by_steps in result.schedules.items() for s in by_steps.values()),
        reveals=reveals,
        notes=(
            "Predicted: bound estimated on calibration rows; schedules chosen on half of them, costs stated on the other half.",
            "Measured: the same bound by teacher forcing on rows of the test split. Bars are 95 % intervals over rows.",
            "Costs are about fidelity to the law of the data at temperature 1. They do not rank greedy accuracy.",
            f"unmask {unmask.__version__}, seed {seed}, {rows} calibration and {rows} test rows, {seconds:.0f} seconds.",
        ),
        unit="character",
        table=(("order + sizes", *(f"K = {k}" for k in STEPS)), *(tuple(row) for row in cells)),
    )
