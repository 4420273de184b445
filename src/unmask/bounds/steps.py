"""Numbers of steps that suffice for a budget, given only a bound on a correlation."""

from __future__ import annotations

from math import ceil, floor, log

import numpy as np

from unmask.bounds._arguments import checked_number, checked_whole
from unmask.bounds.bound import Bound


def chen_cong_li_steps(N: int, nats: float, correlation: float) -> Bound:
    """k <= 2 + (1 + ln N)(1 + ceil(C / nats)) steps cost at most `nats`, C >= TC or C >= DTC (Thm 9 of arXiv 2511.04647).

    `schedules.from_total_correlation` and `schedules.from_dual_total_correlation` build them.

    Args:
        N: length; never more steps than N are needed.
        nats: budget.
        correlation: upper bound on the total or on the dual total correlation, nats.

    Raises:
        ArgumentError: N < 1, nats <= 0 or correlation < 0.
    """
    length, budget = checked_whole("N", N, 1), checked_number("nats", nats, 0, np.inf, open_low=True)
    bound = checked_number("correlation", correlation, 0, np.inf)
    value = min(length, floor(2 + (1 + log(length)) * (1 + ceil(bound / budget))))
    claim = f"a schedule that costs at most {budget:g} nats under random order needs no more than"
    return Bound(value, "steps", claim, "Theorem 9, arXiv 2511.04647", {"N": length, "TC or DTC": bound})


def austin_steps(N: int, nats: float, dual_total_correlation: float) -> Bound:
    """About 2 sqrt(DTC N / nats) steps cost at most `nats`: m single tokens, then blocks of s = 1 + floor(nats (m + 1) / DTC).

    Austin's decomposition as a schedule, re-derived from Lemma 6 of arXiv 2510.25544: r(i) - i = 0 for i <= m and at most
    s - 1 <= (nats / DTC) i after, so the cost is at most (nats / DTC) sum_i i Df(i). The rate is quoted in 2511.04647.

    Args:
        N: length.
        nats: budget.
        dual_total_correlation: upper bound on DTC, nats.

    Returns:
        The smallest number of steps over m, with m ("singles") and s ("size") among the ingredients.

    Raises:
        ArgumentError: N < 1, nats <= 0 or dual_total_correlation < 0.
    """
    length, budget = checked_whole("N", N, 1), checked_number("nats", nats, 0, np.inf, open_low=True)
    dual = checked_number("dual_total_correlation", dual_total_correlation, 0, np.inf)
    singles = np.arange(length)
    with np.errstate(divide="ignore"):
        sizes = np.minimum(1 + np.floor(budget * (singles + 1) / np.float64(dual)), length)
    counts = singles + np.ceil((length - singles) / sizes)
    best = int(np.argmin(counts))
    ingredients = {"N": length, "DTC": dual, "singles": best, "size": float(sizes[best])}
    claim = f"single tokens and then equal blocks, at a cost of at most {budget:g} nats under random order, take"
    return Bound(float(counts[best]), "steps", claim, "after Austin (2020); see arXiv 2511.04647", ingredients)
