"""The least cost for every number of steps, and the fewest steps within a cost."""

from __future__ import annotations

import bisect

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
    O(N^2 log N) time, O(N^3) for non-monotone profiles with N <= 256 and for order profiles that are not Monge. Rounding is
    relative for true profiles with N <= 4,096 or of other orders, else at worst about 1e-15 N times the range of f.

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
    if monotone is not None:
        return _fewest_by_price(profile, monotone[0], float(nats))
    within = np.flatnonzero(frontier(profile) <= nats * (1 + 1e-12))
    # The frontier and `cost` add in different orders; `cost` decides.
    schedules = (optimal(profile, int(index) + 1) for index in within)
    return next(schedule for schedule in schedules if profile.cost(schedule) <= nats or schedule.steps == grid.size - 1)


def _fewest_by_price(profile: InformationProfile | OrderProfile, losses: np.ndarray, nats: float) -> Schedule:
    """Between two tied paths E* is a straight line: bisect on it."""

    def schedule(nodes: np.ndarray) -> Schedule:
        return Schedule(np.diff(nodes, append=profile.length), name="optimal")

    def is_within(nodes: np.ndarray) -> bool:
        return profile.cost(schedule(nodes)) <= nats

    if is_within(np.zeros(1, np.int64)):
        return schedule(np.zeros(1, np.int64))
    few, many = _lagrangian.bracket(losses, lambda path: not is_within(path.nodes))
    between = range(few.steps + 1, many.steps)
    more = bisect.bisect_left(between, True, key=lambda steps: is_within(_lagrangian.splice(few, many, steps)))
    return schedule(_lagrangian.splice(few, many, few.steps + 1 + more))
