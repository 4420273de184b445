from __future__ import annotations

import numpy as np
import profiles as exact
import pytest
from reference import MONOTONE, random_profile, random_values, reference_frontier, tolerance

from unmask import InformationProfile, OrderProfile, schedules, targets
from unmask.errors import ArgumentError
from unmask.schedules import _layers


@pytest.fixture(params=["table", "long"])
def algorithm(request, monkeypatch):
    if request.param == "long":
        monkeypatch.setattr(_layers, "TABLE_LENGTH", 0)
    return request.param


def test_equals_the_quadratic_program(algorithm):
    generator = np.random.default_rng(1)
    for _ in range(300):
        profile, kind = random_profile(generator, 64)
        assert schedules.frontier(profile) == pytest.approx(
            reference_frontier(profile.values), abs=tolerance(profile, kind), rel=1e-12
        )


def test_convex_and_falling_to_zero_for_true_profiles():
    generator = np.random.default_rng(2)
    for _ in range(200):
        profile, kind = random_profile(generator, 80, MONOTONE)
        costs, rounding = schedules.frontier(profile), 4 * tolerance(profile, kind)
        assert costs.shape == (profile.length,) and costs[-1] == 0
        assert np.all(np.diff(costs) <= rounding) and np.all(np.diff(costs, 2) >= -rounding)


def test_a_noisy_profile_breaks_convexity_and_monotonicity():
    """f = 0, 1, 0, 1: the best node after 0 is 1, as the block 1, 0, 1 costs -1. So E* = 2, -1, -1, 0."""
    assert schedules.frontier(InformationProfile([0.0, 1.0, 0.0, 1.0])).tolist() == [2.0, -1.0, -1.0, 0.0]


def test_every_point_is_the_cost_of_the_optimal_schedule():
    profile = exact.dirichlet_multinomial(128, 4)
    costs = [profile.cost(schedules.optimal(profile, steps)) for steps in range(1, 129)]
    assert schedules.frontier(profile) == pytest.approx(costs, rel=1e-12)


@pytest.mark.parametrize("N", [1025, 2000])
def test_long_profiles_by_price_and_by_table(N):
    profile = InformationProfile(-np.log(N - np.arange(N)))
    costs = schedules.frontier(profile)
    for steps in (1, 2, 3, 32, 500, N - 1, N):
        assert costs[steps - 1] == pytest.approx(profile.cost(schedules.optimal(profile, steps)), rel=1e-9)


def test_pairs_of_copies_are_a_straight_line():
    """Df is constant, so K equal blocks of s cost K s (s - 1) / 2 Df, Df = log 2 / (N - 1) for N / 2 pairs of equal bits."""
    costs = schedules.frontier(exact.blocks(64, 2, 1))
    for steps in (1, 2, 4, 8, 16, 32, 64):
        assert costs[steps - 1] == pytest.approx(32 * (64 // steps - 1) * np.log(2) / 63, rel=1e-12)


# --- fewest steps -----------------------------------------------------------------------------------------------------


def test_fewest_steps_is_the_first_point_of_the_frontier_within_the_cost(algorithm):
    generator = np.random.default_rng(3)
    for _ in range(60):
        profile, kind = random_profile(generator, 40)
        costs = reference_frontier(profile.values)
        for nats in (0.0, *generator.uniform(0, max(costs.max(), 0) + 0.1, 3)):
            schedule = schedules.fewest_steps(profile, nats)
            slack = tolerance(profile, kind)
            assert profile.cost(schedule) <= nats
            assert np.all(costs[: schedule.steps - 1] > nats - slack), (kind, nats)


def test_the_cost_of_an_optimal_schedule_needs_exactly_its_steps(algorithm):
    profile = exact.permutation(60)
    for steps in range(1, 61):
        assert schedules.fewest_steps(profile, profile.cost(schedules.optimal(profile, steps))).steps == steps


def test_fewest_steps_for_nothing_and_for_anything(algorithm):
    assert schedules.fewest_steps(exact.permutation(20), 0.0).steps == 20
    assert schedules.fewest_steps(exact.permutation(20), np.inf).sizes.tolist() == [20]
    assert schedules.fewest_steps(InformationProfile(np.full(5, -2.0)), 0).steps == 1
    assert schedules.fewest_steps(exact.mds(30, 12), 0).sizes.tolist() == [12, 18]
    for seed in range(20):
        jumps = InformationProfile(random_values(np.random.default_rng(seed), 200, "jumps"))
        assert schedules.fewest_steps(jumps, 0).steps == np.unique(jumps.values).size


def test_fewest_steps_of_an_order():
    spread = targets.MarkovChain.flip(64, 0.1).order_profile("bit-reversal")
    costs = schedules.frontier(spread)
    for nats in (0.0, 0.01, 0.5, 3.0):
        schedule = schedules.fewest_steps(spread, nats)
        assert spread.cost(schedule) <= nats < costs[max(schedule.steps - 2, 0)] or schedule.steps == 1
    some = OrderProfile(spread.values[::8], levels=spread.levels[::8])
    assert schedules.frontier(some).shape == (8,)
    assert schedules.fewest_steps(some, 0.0).steps <= 8


@pytest.mark.parametrize("nats", [-1e-9, np.nan, "1", None])
def test_a_cost_that_is_not_one_is_refused(nats):
    with pytest.raises(ArgumentError, match="nats is"):
        schedules.fewest_steps(exact.permutation(4), nats)
