"""The cheapest of all schedules, with every other's cost beside it."""

from __future__ import annotations

from typing import NamedTuple

from unmask.profile import InformationProfile
from unmask.schedule import Schedule
from unmask.schedules.closed_form import repaired_closed_form
from unmask.schedules.heuristics import cosine, uniform
from unmask.schedules.rounding import checked_profile, checked_steps
from unmask.schedules.universal import minimax


class Portfolio(NamedTuple):
    """`portfolio`'s answer: `schedule` is the cheapest; `costs` and `schedules` hold all of them by name, cheapest first."""

    schedule: Schedule
    costs: dict[str, float]
    schedules: dict[str, Schedule]

    def __str__(self) -> str:
        least = next(iter(self.costs.values()))
        width = max(map(len, self.costs))
        rows = [f"{'schedule':<{width}}  nats per sequence  times the least"]
        for name, cost in self.costs.items():
            ratio = f"{cost / least:15.4f}" if least > 0 else " " * 15
            rows.append(f"{name:<{width}}  {cost:17.6g}  {ratio}")
        return "\n".join(rows)


def portfolio(profile: InformationProfile, K: int) -> Portfolio:
    """The minimum cost at exactly K steps among uniform, cosine, Eq. 17 (repaired), the minimax schedules for TC, DTC and
    TSE, and the exact optimum; with the table of costs (`print(portfolio(profile, K))`). Theory.md 5.9.

    On the profile it was chosen on the optimum always wins; the table says by how much, and on held-out rows it may not.

    Raises:
        ArgumentError: K is not an integer, or not 1 <= K <= N.
    """
    from unmask.schedules.optimal import optimal

    length, steps = checked_steps(checked_profile(profile).length, K)
    candidates = {
        "optimal": optimal(profile, steps),
        "repaired_closed_form": repaired_closed_form(profile, steps),
        "uniform": uniform(length, steps),
        "cosine": cosine(length, steps),
        "minimax_total_correlation": minimax(length, steps, "total_correlation"),
        "minimax_dual_total_correlation": minimax(length, steps, "dual_total_correlation"),
        "minimax_either": minimax(length, steps, "either"),
    }
    costs = {name: profile.cost(schedule) for name, schedule in candidates.items()}
    ranked = sorted(costs, key=lambda name: costs[name])
    return Portfolio(candidates[ranked[0]], {name: costs[name] for name in ranked}, {name: candidates[name] for name in ranked})
