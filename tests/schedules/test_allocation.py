from __future__ import annotations

import itertools

import numpy as np
import profiles as exact
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reference import MONOTONE, random_profile

from unmask import InformationProfile, OrderProfile, schedules
from unmask.errors import ArgumentError


def cheapest_within(profiles, weights, mean_steps):
    """Brute force over every (K_1, ..., K_C) within the budget."""
    weights = np.asarray(weights) / np.sum(weights)
    costs = [schedules.frontier(profile) for profile in profiles]
    every = itertools.product(*(range(1, cost.size + 1) for cost in costs))
    within = (steps for steps in every if weights @ steps <= mean_steps + 1e-12)
    return min(sum(w * cost[k - 1] for w, cost, k in zip(weights, costs, steps, strict=True)) for steps in within)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32), st.floats(1, 10))
def test_equal_weights_and_true_profiles_are_exact(seed, mean_steps):
    generator = np.random.default_rng(seed)
    profiles = [random_profile(generator, 12, MONOTONE)[0] for _ in range(3)]
    shared = schedules.optimal_allocation(profiles, None, mean_steps)
    best = cheapest_within(profiles, np.ones(3), mean_steps)
    assert shared.mean_steps <= mean_steps + 1e-9
    assert shared.cost == pytest.approx(best, rel=1e-9, abs=1e-9)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32), st.floats(1, 10))
def test_any_weights_and_profiles_are_exact_up_to_one_purchase(seed, mean_steps):
    generator = np.random.default_rng(seed)
    profiles = [random_profile(generator, 12)[0] for _ in range(3)]
    weights = generator.exponential(size=3) + 0.05
    shared = schedules.optimal_allocation(profiles, weights, mean_steps)
    best = cheapest_within(profiles, weights, mean_steps)
    assert shared.mean_steps <= mean_steps + 1e-9
    assert shared.lower_bound - 1e-9 <= best <= shared.cost + 1e-9
    purchases = [_largest_gain(schedules.frontier(profile)) for profile in profiles]
    assert shared.cost - shared.lower_bound <= max(shared.weights * purchases) + 1e-9


def _largest_gain(costs):
    """What the dearest purchase, from K = 1 to the next corner of the convex hull, can gain at most."""
    return costs.max() - costs.min()


def test_one_class_is_the_optimal_schedule():
    profile = exact.permutation(40)
    for steps in (1, 2, 7, 39, 40):
        shared = schedules.optimal_allocation([profile], [3.0], steps)
        assert shared[0] == schedules.optimal(profile, steps) and len(shared) == 1
        assert shared.cost == shared.lower_bound or shared.cost == pytest.approx(shared.lower_bound, rel=1e-12)


def test_passes_that_gain_nothing_are_not_spent():
    flat = InformationProfile(np.full(10, -1.0))
    assert schedules.optimal_allocation([flat, exact.mds(10, 4)], None, 8).steps.tolist() == [1, 2]


def test_a_heavy_class_weighs_in_both_gain_and_price():
    """One price for all: the gain of a pass, not the weight of its class, decides."""
    profiles = [exact.permutation(64), exact.permutation(64)]
    assert schedules.optimal_allocation(profiles, [1, 9], 16).steps.tolist() == [16, 16]


def test_order_profiles_share_too():
    profile = exact.permutation(16)
    orders = [OrderProfile.from_information_profile(profile), profile]
    assert schedules.optimal_allocation(orders, None, 5).steps.tolist() == [5, 5]


def test_the_five_prompts():
    """theory.md 5.6, N = 256. The mix that gives its numbers: independent tokens, copy blocks of 2 and of 16, a binary chain
    that flips with probability .05 and Dirichlet(1, 1, 1, 1). Its 1.38 is at a mean of 16.2 passes: one of 81 more than 16."""
    profiles = [
        InformationProfile(np.zeros(256)),
        exact.blocks(256, 2, 1),
        exact.blocks(256, 16, 1),
        exact.dirichlet_multinomial(256, 4),
        exact.markov(256, 0.05),
    ]
    mean = InformationProfile(np.mean([profile.values for profile in profiles], axis=0))
    frontiers = np.mean([schedules.frontier(profile) for profile in profiles], axis=0)

    def allocated(mean_steps):
        return schedules.optimal_allocation(profiles, None, mean_steps)

    assert round(mean.cost(schedules.optimal(mean, 16)), 2) == 2.59
    assert round(frontiers[15], 2) == 2.04
    assert round(allocated(16).cost, 2) == 1.40 and round(allocated(16.2).cost, 2) == 1.38
    assert round(mean.cost(schedules.optimal(mean, 64)), 3) == 0.462
    assert round(frontiers[63], 3) == 0.341
    assert round(allocated(64).cost, 3) == 0.168
    assert allocated(16).mean_steps == 16 and allocated(64).mean_steps == 64
    assert allocated(16).cost == pytest.approx(allocated(16).lower_bound, rel=1e-12)


@pytest.mark.parametrize("weights", [[1.0], [1.0, -1.0], [1.0, 0.0], [1.0, np.nan], [1.0, np.inf], "ab"])
def test_bad_weights_are_refused(weights):
    with pytest.raises(ArgumentError, match="weights is"):
        schedules.optimal_allocation([exact.permutation(4)] * 2, weights, 2)


@pytest.mark.parametrize("mean_steps", [0, 0.99, -3, np.nan, "2", None])
def test_a_budget_below_one_pass_is_refused(mean_steps):
    with pytest.raises(ArgumentError, match="mean_steps is"):
        schedules.optimal_allocation([exact.permutation(4)] * 2, None, mean_steps)


def test_no_profiles_are_refused():
    with pytest.raises(ArgumentError, match="at least 1"):
        schedules.optimal_allocation([], None, 2)
