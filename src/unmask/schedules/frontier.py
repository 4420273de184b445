"""The least cost for every number of steps, and the fewest steps within a cost."""

from __future__ import annotations

import numpy as np

from unmask.errors import ArgumentError
from unmask.order_profile import OrderProfile
from unmask.profile import InformationProfile
from unmask.schedule import Schedule
from unmask.schedules import _lagrangian
from unmask.schedules._layers import grid_of, long_monotone_losses, nothing_revealed, program_of
from unmask.schedules.optimal import optimal


def frontier(profile: InformationProfile | OrderProfile) -> np.ndarray:
    """E*(K), the cost of `optimal(profile, K)`, for K = 1..N (1..L for an order profile with L levels), shape (N,), nats.

    Nonincreasing and convex in K for a true profile (theory.md 5.1); a measured profile that is not monotone may be neither.
    O(N^2 log N) time, O(N^3) for non-monotone profiles with N <= 1,024 and for order profiles that are not Monge. Rounding is
    relative for N <= 4,096 (1,024 if not monotone) and for order profiles, else about 1e-15 N times the range of f.

    Raises:
        ArgumentError: not a profile, or costs that overflow a double.
    """
    last = grid_of(profile).size - 1
    program = program_of(profile)
    values, costs = nothing_revealed(last + 1), np.zeros(last)
    for steps in range(1, last):
        values, _ = program.layer(values, steps, last)
        costs[steps - 1] = program.unit * (values[last] - program.offset)
    if isinstance(profile, InformationProfile) and profile.is_monotone:
        return np.maximum(costs, 0.0)
    return costs


def fewest_steps(profile: InformationProfile | OrderProfile, nats: float) -> Schedule:
    """The optimal schedule with the smallest K such that `profile.cost(schedule) <= nats`. K = N (or L) costs 0.

    Args:
        profile: f, or h.
        nats: the most it may cost, nats per sequence, >= 0.

    Raises:
        ArgumentError: not a profile; `nats` negative or NaN; costs that overflow a double.
    """
    grid = grid_of(profile)
    if not isinstance(nats, int | float | np.integer | np.floating) or not nats >= 0:
        raise ArgumentError(f"nats is {nats!r}; give a number >= 0, the most a sequence may cost")
    monotone = long_monotone_losses(profile)
    if monotone is not None and isinstance(profile, InformationProfile):
        return _fewest_by_price(profile, *monotone, float(nats))
    within = np.flatnonzero(frontier(profile) <= nats * (1 + 1e-12))
    # The frontier and `cost` add in different orders; `cost` decides.
    schedules = (optimal(profile, int(index) + 1) for index in within)
    return next(schedule for schedule in schedules if profile.cost(schedule) <= nats or schedule.steps == grid.size - 1)


def _fewest_by_price(profile: InformationProfile, losses: np.ndarray, unit: float, nats: float) -> Schedule:
    """Between two tied paths E* is a straight line, so K follows from one division."""
    few, many = _lagrangian.bracket(losses, lambda path: path.cost > nats / unit)
    if few.cost <= nats / unit:
        return Schedule([profile.length], name="optimal")
    share = (few.cost - nats / unit) / (few.cost - many.cost)
    guess = few.steps + int(np.ceil(share * (many.steps - few.steps)))
    for steps in range(max(few.steps + 1, guess - 1), many.steps + 1):
        nodes = _lagrangian.splice(few, many, steps)
        schedule = Schedule(np.diff(nodes, append=profile.length), name="optimal")
        if profile.cost(schedule) <= nats:
            break
    return schedule
