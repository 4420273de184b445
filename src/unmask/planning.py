"""`plan`: compare schedules at a given K on one part of the rows, state what they cost on the other, and pick one."""

from __future__ import annotations

from dataclasses import dataclass

from unmask import schedules
from unmask.errors import ArgumentError
from unmask.interval import Interval, mean_interval
from unmask.order_profile import OrderProfile
from unmask.profile import InformationProfile
from unmask.schedule import Schedule
from unmask.smoothing import smoothed

Profile = InformationProfile | OrderProfile

FLAT = 0.01  # a saving of at most this share of the bound is not worth a schedule


@dataclass(frozen=True)
class PlannedSchedule:
    """One schedule of a plan.

    Attributes:
        schedule: the sizes.
        bound: nats per token of the K-pass bound on -log-likelihood, on rows it was not chosen on.
        excess: nats per token above the bound at K = N; None where the profile cannot tell (order profiles).
        saving: bound of uniform - bound of this, nats per token, paired over rows; positive if this is better.
        uniform_steps: passes that uniform sizes need to cost no more; None if no number of them does.
    """

    schedule: Schedule
    bound: Interval
    excess: Interval | None
    saving: Interval
    uniform_steps: int | None


@dataclass(frozen=True)
class Plan:
    """Schedules at one K, the pick among them and the reason in words."""

    steps: int
    candidates: tuple[PlannedSchedule, ...]
    pick: PlannedSchedule
    reason: str
    flat: bool


def plan(profile: Profile, steps: int) -> Plan:
    """Compare uniform, cosine, closed-form and exactly optimal sizes at K = `steps`.

    Schedules that depend on the profile are chosen on its even rows, smoothed; every cost is stated on its odd rows, with an
    interval. The pick is the optimum if its saving over uniform there is positive with 95 % confidence, else uniform.

    Raises:
        ArgumentError: `steps` outside 1..N, or more than the measured levels of an order profile.
    """
    if not 1 <= steps <= profile.length:
        raise ArgumentError(f"steps is {steps}; give a number from 1 to the profile's length, {profile.length}")
    chosen_on, stated_on = split(profile)
    if isinstance(chosen_on, OrderProfile):
        makers = [on_levels(schedules.uniform(profile.length, steps), chosen_on), schedules.optimal(chosen_on, steps)]
    else:
        smooth = smoothed(chosen_on) if chosen_on.rows else chosen_on
        makers = [schedules.uniform(profile.length, steps), schedules.cosine(profile.length, steps)]
        closed = schedules.closed_form(smooth, steps)
        makers += [closed] if closed.steps == steps else []
        makers.append(schedules.optimal(smooth, steps))
    ladder = [stated_on.bound(schedules.uniform(profile.length, k)) for k in range(1, profile.length + 1)]
    candidates = tuple(_assess(schedule, makers[0], stated_on, ladder) for schedule in makers)
    uniform, best = candidates[0], candidates[-1]  # the optimum is best on the choosing rows, by construction
    exact = profile.rows == 0
    if not best.saving.low > (1e-12 if exact else 0.0):
        return Plan(steps, candidates, uniform, _why_uniform(uniform, best, exact), True)
    reason = f"{best.schedule.name} saves {best.saving.value:.4f} nats per token over uniform"
    if not exact:
        reason += f" (95 %: {best.saving.low:.4f} to {best.saving.high:.4f}, on rows it was not chosen on)"
    return Plan(steps, candidates, best, reason, False)


def _why_uniform(uniform: PlannedSchedule, best: PlannedSchedule, exact: bool) -> str:
    if exact:
        return "flat profile: uniform is as good"
    between = f"optimal sizes save {best.saving.low:+.4f} to {best.saving.high:+.4f} nats per token on held-out rows"
    if best.saving.high <= FLAT * uniform.bound.value:
        return f"flat profile: uniform is as good ({between})"
    return f"no saving shown, so uniform ({between}; more rows would narrow this)"


def fewest(profile: Profile, nats: float) -> Plan:
    """The plan with the fewest steps whose optimal cost on the choosing rows is at most `nats` per sequence."""
    chosen_on, _ = split(profile)
    if isinstance(chosen_on, InformationProfile) and chosen_on.rows:
        chosen_on = smoothed(chosen_on)
    return plan(profile, schedules.fewest_steps(chosen_on, nats).steps)


def split(profile: Profile) -> tuple[Profile, Profile]:
    """(rows to choose on, rows to state on); an exact or single-row profile serves as both."""
    return profile.split() if profile.rows > 1 else (profile, profile)


def on_levels(schedule: Schedule, profile: OrderProfile) -> Schedule:
    """The schedule with each node moved to the nearest measured level that keeps all nodes distinct.

    Raises:
        ArgumentError: more steps than measured levels.
    """
    levels = profile.levels.tolist()
    if schedule.steps > len(levels):
        raise ArgumentError(
            f"steps is {schedule.steps} but only {len(levels)} levels were measured; measure more with --levels"
        )
    chosen: list[int] = []
    first = 0
    for index, node in enumerate(schedule.nodes.tolist()):
        last = len(levels) - (schedule.steps - index)
        first = min(range(first, last + 1), key=lambda i: abs(levels[i] - node))
        chosen.append(levels[first])
        first += 1
    return Schedule.from_cumulative([*chosen[1:], profile.length], name=schedule.name)


def _assess(schedule: Schedule, uniform: Schedule, stated_on: Profile, ladder: list[float]) -> PlannedSchedule:
    per_token = 1 / stated_on.length
    target = stated_on.bound(schedule) + 1e-12 * abs(stated_on.entropy)
    equal = next((k for k, bound in enumerate(ladder, 1) if bound <= target), None)
    if isinstance(stated_on, OrderProfile):
        if stated_on.rows:
            saving = mean_interval(stated_on.row_bounds(uniform) - stated_on.row_bounds(schedule))
        else:
            saving = _exactly(stated_on.bound(uniform) - stated_on.bound(schedule))
        bound = stated_on.bound_interval(schedule)
        return PlannedSchedule(schedule, bound.scaled(per_token), None, saving.scaled(per_token), equal)
    saving = stated_on.difference_interval(uniform, schedule)
    cost = stated_on.cost_interval(schedule)
    if stated_on.row_values is None:
        bound = _exactly(stated_on.bound(schedule))
    else:
        bound = mean_interval(stated_on.row_bounds(schedule))
    return PlannedSchedule(schedule, bound.scaled(per_token), cost.scaled(per_token), saving.scaled(per_token), equal)


def _exactly(value: float) -> Interval:
    return Interval(value, value, value)
