"""One budget of forward passes shared by prompts, blocks or length classes."""

from __future__ import annotations

import heapq
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from unmask.errors import ArgumentError
from unmask.order_profile import OrderProfile
from unmask.profile import InformationProfile
from unmask.schedule import Schedule
from unmask.schedules.frontier import frontier
from unmask.schedules.optimal import optimal


@dataclass(frozen=True)
class Allocation:
    """One optimal schedule per class; iterate over it, or index it, to get them.

    Attributes:
        schedules: C schedules, in the order of the profiles.
        weights: shares of the classes, shape (C,), sum 1.
        cost: weighted mean cost, nats per sequence.
        multiplier: the least gain, in nats per pass, that was still bought.
        lower_bound: no schedules within the budget have a weighted mean cost below this, nats per sequence.
    """

    schedules: tuple[Schedule, ...]
    weights: np.ndarray
    cost: float
    multiplier: float
    lower_bound: float

    @property
    def steps(self) -> np.ndarray:
        """K of each class, shape (C,)."""
        return np.array([schedule.steps for schedule in self.schedules])

    @property
    def mean_steps(self) -> float:
        """Weighted mean number of passes; at most the budget."""
        return float(self.weights @ self.steps)

    def __len__(self) -> int:
        return len(self.schedules)

    def __getitem__(self, index: int) -> Schedule:
        return self.schedules[index]


def optimal_allocation(profiles: Sequence[InformationProfile | OrderProfile], weights: Any, mean_steps: float) -> Allocation:
    """Schedules that minimise sum_c w_c A_c(schedule_c) with sum_c w_c K_c <= mean_steps (theory.md 5.6).

    E*_c(K) is convex, so the best use of a budget buys passes by falling gain, at one price for all classes. The gain and the
    price of a pass both carry w_c: only the gain in nats counts. Exact when the classes weigh the same and the profiles are
    true ones; else exact up to one class: cost - lower_bound is at most one purchase, for want of a fraction of a pass.

    Args:
        profiles: C profiles, of any lengths; blocks of one sequence: w_c = 1 / C and C times the mean cost is the total.
        weights: shares of the classes, shape (C,), positive; normalised to sum 1. None: equal.
        mean_steps: weighted mean number of passes to spend, >= 1. Passes that gain nothing are not spent.

    Raises:
        ArgumentError: no profiles; weights of another number, not positive or not finite; mean_steps below 1 or NaN.
    """
    try:
        shares = np.ones(len(profiles)) if weights is None else np.asarray(weights, dtype=np.float64)
    except (TypeError, ValueError):
        shares = np.empty(0)
    if len(profiles) == 0 or shares.shape != (len(profiles),) or not np.all((shares > 0) & np.isfinite(shares)):
        raise ArgumentError(f"weights is {weights!r}; give one positive number per profile, {len(profiles)} (at least 1)")
    if not isinstance(mean_steps, int | float | np.integer | np.floating) or not mean_steps >= 1:
        raise ArgumentError(f"mean_steps is {mean_steps!r}; give a number >= 1: every class needs a pass")
    units = shares / shares.min()
    left = float((mean_steps - 1) * units.sum())
    costs = [frontier(profile) for profile in profiles]
    offers = [_purchases(cost) for cost in costs]
    steps, multiplier, stopped = np.ones(len(profiles), np.int64), 0.0, None
    queue = [(-gain, c, passes) for c, offer in enumerate(offers) for gain, passes in offer[:1]]
    heapq.heapify(queue)
    bought = np.zeros(len(profiles), np.int64)
    while queue:
        gain, c, passes = heapq.heappop(queue)
        # A hair of slack: budgets such as 16 classes * 1.1 passes are meant to be used up.
        if units[c] * passes > left * (1 + 1e-12):
            stopped = -gain if stopped is None else stopped
            continue
        left, multiplier = left - units[c] * passes, -gain
        steps[c] += passes
        bought[c] += 1
        if bought[c] < len(offers[c]):
            following, passes = offers[c][bought[c]]
            heapq.heappush(queue, (-following, c, passes))
    normalised = shares / shares.sum()
    chosen = tuple(optimal(profile, int(k)) for profile, k in zip(profiles, steps, strict=True))
    cost = sum(w * profile.cost(schedule) for w, profile, schedule in zip(normalised, profiles, chosen, strict=True))
    return Allocation(chosen, normalised, float(cost), multiplier, _dual(costs, normalised, float(mean_steps), stopped or 0.0))


def _purchases(costs: np.ndarray) -> list[tuple[float, int]]:
    """(gain in nats per pass, passes) along the lower convex hull of E*(K) from K = 1, while there is a gain."""
    hull: list[tuple[float, int]] = []
    for fall in (costs[:-1] - costs[1:]).tolist():
        passes = 1
        while hull and hull[-1][0] < fall:  # a pass that gains more than the one before is only bought with it
            gain, earlier = hull.pop()
            fall, passes = (gain * earlier + fall * passes) / (earlier + passes), earlier + passes
        hull.append((fall, passes))
    return [(gain, passes) for gain, passes in hull if gain > 0]


def _dual(costs: list[np.ndarray], weights: np.ndarray, mean_steps: float, price: float) -> float:
    """min over all allocations of cost + price * (passes - budget), which no allocation within the budget undercuts."""
    priced = [np.min(cost + price * np.arange(1, cost.size + 1)) for cost in costs]
    return float(weights @ np.array(priced) - price * mean_steps)
