"""A report as the demo makes it: 256 characters of Python, K = 16, three policies."""

from __future__ import annotations

import numpy as np
import pytest

from unmask import InformationProfile, Interval, Schedule, orders
from unmask.report import Curve, Report, Reveal

LENGTH = 256
TEXT = '''    def _replace(self, name, value):
        """Return a copy with one field replaced."""
        if name not in self._fields:
            raise ValueError("no field %r" % name)
        result = self._copy()
        result[name] = value
        return result

    def __len__(self):
        return len(self._fi'''[:LENGTH]
GARBLED = '''    def _repeace(self, nane, valur):
        """Retunn a dopy with one fielt replaced"""
        if name nut in self._feilds:
            rause ValueError("no fiell %r" & name)
        result = sefl._copy()
        result[nmae] = valee
        retern result

    def __lne__(self):
        retrun lem(self._fle'''[:LENGTH]


def even_sizes(steps: int) -> Schedule:
    return Schedule([len(part) for part in np.array_split(np.arange(LENGTH), steps)], name="uniform")


def growing_sizes(steps: int) -> Schedule:
    """Few tokens in the early passes, where the profile climbs."""
    cumulative = np.round(LENGTH * (np.arange(steps + 1) / steps) ** 1.35).astype(int)
    for k in range(1, steps + 1):
        cumulative[k] = max(cumulative[k], cumulative[k - 1] + 1)
    return Schedule.from_cumulative(cumulative[1:], name="optimal")


def measured_profile() -> InformationProfile:
    rng = np.random.default_rng(5)
    levels = np.unique(np.concatenate([[0, 1, 2, 3, 5, 8], np.linspace(12, LENGTH - 1, 20).astype(int)]))
    truth = -(1.05 + 0.55 * np.exp(-levels / 90) + 1.75 * np.exp(-levels / 14))
    rows = truth + rng.normal(0, 0.25, (96, 1)) + rng.normal(0, 0.2, (96, levels.size))
    return InformationProfile.from_rows(LENGTH, levels, rows)


def reveal(title: str, text: str, order: orders.Order, schedule: Schedule, caption: str, given: int = 0) -> Reveal:
    permutation = order.permutation(np.random.default_rng(3).random(LENGTH))
    steps = np.empty(LENGTH, dtype=int)
    steps[permutation] = np.repeat(np.arange(schedule.steps), schedule.sizes)
    return Reveal(title, tuple(text), tuple(steps.tolist()), caption)


def curves_of(profile: InformationProfile) -> tuple[Curve, ...]:
    steps = (2, 4, 8, 16, 32, 64, 128)
    floor = profile.entropy / LENGTH
    rng = np.random.default_rng(8)
    curves = []
    for name, make in (("random, uniform", even_sizes), ("random, optimal", growing_sizes)):
        costs = [profile.cost_interval(make(k)) for k in steps]
        bounds = [Interval(c.value / LENGTH + floor, c.low / LENGTH + floor, c.high / LENGTH + floor) for c in costs]
        curves.append(Curve(name, steps, tuple(bounds)))
    halving = [floor - 0.02 + 0.55 / k for k in steps]
    curves.append(Curve("bit-reversal, uniform", steps, tuple(Interval(v, v - 0.012, v + 0.012) for v in halving)))
    for curve in list(curves):
        moved = [b.value + rng.normal(0.008, 0.006) for b in curve.bounds[1:6]]
        curves.append(Curve(curve.name, steps[1:6], tuple(Interval(v, v - 0.02, v + 0.02) for v in moved), "measured"))
    return tuple(curves)


@pytest.fixture(scope="session")
def report() -> Report:
    profile = measured_profile()
    schedules = [
        (f"random, {name}", make(k))
        for k in (4, 8, 16, 32)
        for name, make in (("uniform", even_sizes), ("optimal", growing_sizes))
    ]
    return Report(
        title="zoo:python writes 256 characters in 16 passes",
        summary="Revealed in bit-reversal order, 16 forward passes cost 1.24 nats per character on held-out text: as little as "
        "64 passes in random order. On this text the order is worth four times fewer passes; the sizes are worth little.",
        facts=(
            ("denoiser", "zoo:python, 3.1 M"),
            ("bound at K = N", "1.21 nats"),
            ("total correlation", "118 nats"),
            ("best plan at K = 16", "bit-reversal, uniform"),
            ("16 passes equal", "64 in random order"),
        ),
        profile=profile,
        curves=curves_of(profile),
        schedules=tuple(schedules),
        reveals=(
            reveal(
                "Random order, uniform sizes",
                GARBLED,
                orders.random(),
                even_sizes(16),
                "K = 16 · predicted 1.31 nats per character",
            ),
            reveal(
                "Bit-reversal order, uniform sizes",
                TEXT,
                orders.bit_reversal(),
                even_sizes(16),
                "K = 16 · predicted 1.24 nats per character",
            ),
        ),
        notes=(
            "The schedule was chosen on half of the calibration rows; its cost is stated on the other half.",
            "Cost measures fidelity to the law of the data at temperature 1. It does not rank greedy accuracy.",
        ),
        table=(
            ("policy", "K = 4", "K = 8", "K = 16", "K = 32"),
            ("random, uniform", "1.734", "1.493", "1.352", "1.283"),
            ("random, optimal", "1.702", "1.481", "1.349", "1.281"),
            ("bit-reversal, uniform", "1.328", "1.259", "1.225", "1.208"),
        ),
    )
