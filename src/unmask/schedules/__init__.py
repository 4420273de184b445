"""Functions that return a `Schedule`."""

from unmask.schedules.allocation import Allocation, optimal_allocation
from unmask.schedules.bernoulli import bernoulli_cost, bernoulli_optimal
from unmask.schedules.closed_form import (
    bounded_regime,
    closed_form,
    continuous_schedule,
    equal_entropy,
    repaired_closed_form,
)
from unmask.schedules.frontier import fewest_steps, frontier
from unmask.schedules.heuristics import HEURISTICS, arccos, beta, cosine, geometric, logit, power, pyramid, uniform
from unmask.schedules.optimal import optimal
from unmask.schedules.portfolio import Portfolio, portfolio
from unmask.schedules.universal import (
    doubling_sweep,
    from_dual_total_correlation,
    from_either,
    from_total_correlation,
    greedy_dual_total_correlation,
    greedy_total_correlation,
    minimax,
    random_offset,
    randomised_sizes,
)

__all__ = [
    "HEURISTICS",
    "Allocation",
    "Portfolio",
    "arccos",
    "bernoulli_cost",
    "bernoulli_optimal",
    "beta",
    "bounded_regime",
    "closed_form",
    "continuous_schedule",
    "cosine",
    "doubling_sweep",
    "equal_entropy",
    "fewest_steps",
    "from_dual_total_correlation",
    "from_either",
    "from_total_correlation",
    "frontier",
    "geometric",
    "greedy_dual_total_correlation",
    "greedy_total_correlation",
    "logit",
    "minimax",
    "optimal",
    "optimal_allocation",
    "portfolio",
    "power",
    "pyramid",
    "random_offset",
    "randomised_sizes",
    "repaired_closed_form",
    "uniform",
]
