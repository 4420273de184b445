"""Statements about the cost of a schedule: each returns a `Bound` that is a number and prints itself as a sentence."""

from unmask.bounds.bernoulli import bernoulli_cost
from unmask.bounds.bound import Bound
from unmask.bounds.certificate import (
    Certificate,
    GrowthEstimate,
    certify,
    estimate_growth,
    growth_statistics,
)
from unmask.bounds.growth import (
    coarse_complexity,
    fine_complexity,
    geometric_grid,
    partition_complexity,
    reveal_odds_bound,
    reveal_odds_density,
    unmasking_growth,
)
from unmask.bounds.random_order import (
    average_size,
    increment_cost,
    largest_size,
    left_riemann_cost,
    li_cai,
    random_offset,
    total_correlations,
    tse,
)
from unmask.bounds.steps import austin_steps, chen_cong_li_steps
from unmask.bounds.transfer import fixed_order, pinsker
from unmask.bounds.worst_case import saturating_law, worst_case

__all__ = [
    "Bound",
    "Certificate",
    "GrowthEstimate",
    "austin_steps",
    "average_size",
    "bernoulli_cost",
    "certify",
    "chen_cong_li_steps",
    "coarse_complexity",
    "estimate_growth",
    "fine_complexity",
    "fixed_order",
    "geometric_grid",
    "growth_statistics",
    "increment_cost",
    "largest_size",
    "left_riemann_cost",
    "li_cai",
    "partition_complexity",
    "pinsker",
    "random_offset",
    "reveal_odds_bound",
    "reveal_odds_density",
    "saturating_law",
    "total_correlations",
    "tse",
    "unmasking_growth",
    "worst_case",
]
