from __future__ import annotations

import time
from collections import Counter

import numpy as np
import profiles as exact
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reference import KINDS, compositions, exact_cost, random_profile, random_values, reference_frontier, tolerance

from unmask import InformationProfile, OrderProfile, Schedule, schedules, targets
from unmask.errors import ArgumentError
from unmask.schedules import _lagrangian, _layers

SLOW = pytest.mark.slow


@pytest.fixture(params=["table", "long"])
def algorithm(request, monkeypatch):
    """Every exact statement holds for the tabulated program and for the O(N) memory ones that long sequences get."""
    if request.param == "long":
        monkeypatch.setattr(_layers, "TABLE_LENGTH", 0)
    return request.param


# --- it is the optimum ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("count", [200, pytest.param(2000, marks=SLOW)])
def test_equals_the_quadratic_program_for_every_number_of_steps(algorithm, count):
    generator = np.random.default_rng(count)
    for _ in range(count):
        profile, kind = random_profile(generator, 64 if count > 1000 else 40)
        wanted = reference_frontier(profile.values)
        for steps in range(1, profile.length + 1):
            schedule = schedules.optimal(profile, steps)
            assert schedule.steps == steps and schedule.length == profile.length
            gap = abs(profile.cost(schedule) - wanted[steps - 1])
            assert gap <= tolerance(profile, kind), (kind, profile.length, steps)


@pytest.mark.parametrize("longest", [8, pytest.param(12, marks=SLOW)])
@pytest.mark.parametrize("kind", KINDS)
def test_no_composition_is_cheaper(algorithm, kind, longest):
    profile = InformationProfile(random_values(np.random.default_rng(longest), longest, kind))
    for steps in range(1, longest + 1):
        chosen = profile.cost(schedules.optimal(profile, steps))
        every = [Schedule.from_cumulative([*nodes[1:], longest]) for nodes in compositions(longest, steps)]
        assert chosen <= min(profile.cost(schedule) for schedule in every) + tolerance(profile, kind)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.floats(-1e290, 1e290), min_size=2, max_size=7), st.data())
def test_relative_precision_at_every_scale_at_once(values, data):
    """Against rational arithmetic, for f that mixes 1e-300 and 1e290: the cost is within 1e-12 of the optimum, relatively."""
    values, steps = sorted(values), data.draw(st.integers(1, len(values)))
    chosen = exact_cost(values, schedules.optimal(InformationProfile(values), steps).nodes.tolist())
    best = min(exact_cost(values, nodes) for nodes in compositions(len(values), steps))
    assert best <= chosen <= best * (1 + 1e-12)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32), st.data())
def test_no_random_schedule_is_cheaper(seed, data):
    generator = np.random.default_rng(seed)
    profile, kind = random_profile(generator, 300)
    steps = data.draw(st.integers(1, profile.length))
    optimum = profile.cost(schedules.optimal(profile, steps))
    for _ in range(20):
        inner = np.sort(generator.choice(np.arange(1, profile.length), steps - 1, replace=False))
        other = Schedule.from_cumulative([*inner, profile.length])
        assert optimum <= profile.cost(other) + tolerance(profile, kind)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32), st.floats(-1e3, 1e3), st.integers(-900, 900), st.data())
def test_a_constant_added_to_f_changes_no_cost_and_a_factor_scales_it(seed, shift, exponent, data):
    profile, kind = random_profile(np.random.default_rng(seed), 60)
    steps = data.draw(st.integers(1, profile.length))
    cost = profile.cost(schedules.optimal(profile, steps))
    shifted = InformationProfile(profile.values + shift)
    rounding = 1e-15 * profile.length * (np.abs(profile.values).max() + abs(shift))
    assert shifted.cost(schedules.optimal(shifted, steps)) == pytest.approx(cost, abs=tolerance(profile, kind) + 4 * rounding)
    scaled = InformationProfile(np.ldexp(profile.values, exponent))
    assert schedules.optimal(scaled, steps) == schedules.optimal(profile, steps)


# --- published numbers ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("n", "sizes"), [(8, [3, 2, 2, 1]), (16, [6, 5, 3, 2]), (32, [12, 9, 7, 4])])
def test_permutation_sizes(algorithm, n, sizes):
    profile = InformationProfile(-np.log(n - np.arange(n)))
    assert schedules.optimal(profile, 4).sizes.tolist() == sizes
    costs = sorted(profile.cost(Schedule.from_cumulative([*nodes[1:], n])) for nodes in compositions(n, 4))
    assert costs[1] - costs[0] > 1e-3, "the published sizes are the only optimum, so ties cannot decide"


def test_permutation_cost_at_n_2000():
    profile = InformationProfile(-np.log(2000 - np.arange(2000)))
    assert round(profile.cost(schedules.optimal(profile, 4)), 3) == 743.445


@pytest.mark.parametrize(
    ("N", "K", "rho", "cost", "digits"),
    [
        (4000, 60, 5 / 4000, 0.0132585, 7),
        (4000, 60, 50 / 4000, 0.062994, 6),
        (4000, 60, 500 / 4000, 0.13748, 5),
        (10_000, 10, 0.5, 2.488, 3),
        (10_000, 20, 0.5, 0.9516, 4),
        (10_000, 40, 0.5, 0.3756, 4),
    ],
)
def test_exchangeable_gaussian_costs(N, K, rho, cost, digits):
    profile = exact.gaussian(N, rho)
    assert round(profile.cost(schedules.optimal(profile, K)), digits) == cost


def test_the_parity_and_all_equal_laws_are_solved_in_two_steps(algorithm):
    assert schedules.optimal(exact.mds(50, 49), 2).sizes.tolist() == [49, 1]
    assert schedules.optimal(exact.mds(50, 1), 2).sizes.tolist() == [1, 49]
    assert schedules.optimal(exact.mds(50, 20), 2).sizes.tolist() == [20, 30]


# --- long sequences ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["smooth", "jumps", "integers", "front", "back", "constant"])
def test_the_price_and_the_table_agree(kind, monkeypatch):
    profile = InformationProfile(random_values(np.random.default_rng(5), 700, kind))
    chosen = [2, 3, 26, 350, 698]
    table = [profile.cost(schedules.optimal(profile, steps)) for steps in chosen]
    monkeypatch.setattr(_layers, "TABLE_LENGTH", 0)
    priced = [schedules.optimal(profile, steps) for steps in chosen]
    assert [schedule.steps for schedule in priced] == chosen
    assert [profile.cost(schedule) for schedule in priced] == pytest.approx(table, abs=tolerance(profile, kind), rel=1e-12)


@settings(max_examples=200, deadline=None)
@given(st.integers(0, 2**32), st.data())
def test_splicing_costs_no_more_than_the_two_paths(seed, data):
    """For ANY two paths of p and q steps: the splice and what it leaves have K and p + q - K steps and cost no more in sum."""
    generator = np.random.default_rng(seed)
    N = int(generator.integers(3, 40))
    losses = np.sort(generator.exponential(size=N) ** 3)[::-1].copy()
    p, q = sorted(generator.choice(np.arange(1, N + 1), 2, replace=False).tolist())
    few, many = (np.append(0, np.sort(generator.choice(np.arange(1, N), r - 1, replace=False))) for r in (p, q))

    def cost(nodes):
        return float(np.sum(np.repeat(losses[nodes], np.diff(nodes, append=N)) - losses))

    given_paths = [_lagrangian.Path(nodes, cost(nodes)) for nodes in (few, many)]
    steps = data.draw(st.integers(p, q))
    nodes = _lagrangian.splice(*given_paths, steps)
    rest = np.array(sorted((Counter(few.tolist()) + Counter(many.tolist()) - Counter(nodes.tolist())).elements()))
    for path, count in ((nodes, steps), (rest, p + q - steps)):
        assert path.size == count and path[0] == 0 and np.all(np.diff(path) > 0)
    assert cost(nodes) + cost(rest) <= sum(path.cost for path in given_paths) * (1 + 1e-12)


def test_rounding_dips_do_not_make_a_long_profile_slow_or_wrong():
    """A monotone f computed in floating point dips by an ulp: still the O(N) algorithm."""
    smooth = -np.exp(-np.arange(200_000) / 300.0) - 3.0
    dipped = smooth - 4e-16 * (np.arange(smooth.size) % 2)
    assert not InformationProfile(dipped).is_monotone
    start = time.perf_counter()
    cost = InformationProfile(smooth).cost(schedules.optimal(InformationProfile(dipped), 100))
    assert time.perf_counter() - start < 5
    assert cost == pytest.approx(InformationProfile(smooth).cost(schedules.optimal(InformationProfile(smooth), 100)), rel=1e-6)


@pytest.mark.slow
def test_speed_on_one_core():
    def fastest(function, *arguments):
        function(*arguments)
        times = []
        for _ in range(5):
            start = time.perf_counter()
            function(*arguments)
            times.append(time.perf_counter() - start)
        return min(times)

    assert fastest(schedules.optimal, exact.permutation(1024), 64) <= 0.005
    assert fastest(schedules.optimal, InformationProfile(-np.log(2**20 - np.arange(2**20))), 1024) <= 2
    assert fastest(schedules.frontier, exact.permutation(4096)) <= 5
    assert fastest(schedules.optimal, OrderProfile.from_information_profile(exact.permutation(1024)), 64) <= 1


# --- any order --------------------------------------------------------------------------------------------------------


def cheapest(profile, steps):
    """Brute force over nodes on the levels of an order profile."""
    levels = profile.levels.tolist()
    paths = ([*(levels[i] for i in nodes[1:]), profile.length] for nodes in compositions(len(levels), steps))
    return min(profile.cost(Schedule.from_cumulative(path)) for path in paths)


@pytest.mark.parametrize("falling", [True, False])
@pytest.mark.parametrize("seed", range(6))
def test_order_profiles_against_every_schedule_on_the_levels(falling, seed):
    generator = np.random.default_rng(seed)
    N = 9
    levels = np.append(0, np.sort(generator.choice(np.arange(1, N), 5, replace=False)))
    values = generator.exponential(size=(levels.size, N))
    profile = OrderProfile(np.sort(values, axis=0)[::-1] if falling else values, levels=levels)
    every = schedules.frontier(profile)
    for steps in range(1, levels.size + 1):
        schedule = schedules.optimal(profile, steps)
        assert schedule.steps == steps and set(schedule.nodes) <= set(levels)
        assert profile.cost(schedule) == pytest.approx(cheapest(profile, steps), abs=1e-12)
        assert every[steps - 1] == pytest.approx(profile.cost(schedule), abs=1e-12)
    with pytest.raises(ArgumentError, match="from 1 to 6"):
        schedules.optimal(profile, 7)


@pytest.mark.parametrize("kind", ["smooth", "jumps", "noise", "dipped"])
def test_random_order_is_a_special_case(kind):
    profile = InformationProfile(random_values(np.random.default_rng(2), 30, kind))
    as_order = OrderProfile.from_information_profile(profile)
    for steps in range(1, 31):
        schedule = schedules.optimal(as_order, steps)
        assert profile.cost(schedule) == pytest.approx(profile.cost(schedules.optimal(profile, steps)), abs=1e-11)


def test_orders_of_a_markov_chain():
    """theory.md 5.2: a binary chain that flips with probability .1, N = 256, nats."""
    chain = targets.MarkovChain.flip(256, 0.1)
    assert round(chain.profile().cost(schedules.optimal(chain.profile(), 8)), 2) == 7.20
    assert round(chain.profile().cost(schedules.optimal(chain.profile(), 4)), 1) == 15.6
    spread, straight = chain.order_profile("bit-reversal"), chain.order_profile("left-to-right")
    assert round(spread.cost(schedules.optimal(spread, 8)), 1) == 0.0
    assert round(spread.cost(schedules.optimal(spread, 4)), 2) == 0.44
    assert round(straight.cost(schedules.optimal(straight, 8)), 1) == 87.1
    assert round(straight.cost(schedules.optimal(straight, 4)), 1) == 91.0


# --- bad and extreme input --------------------------------------------------------------------------------------------


def test_one_value_equal_values_and_decreasing_values(algorithm):
    assert schedules.optimal(InformationProfile([-3.0]), 1).sizes.tolist() == [1]
    equal = InformationProfile(np.full(9, -1.25))
    for steps in range(1, 10):
        schedule = schedules.optimal(equal, steps)
        assert schedule.steps == steps and equal.cost(schedule) == 0
    falling = InformationProfile([0.0, -1.0, -2.0, -3.0])
    assert schedules.optimal(falling, 1).sizes.tolist() == [4] and falling.cost(schedules.optimal(falling, 1)) == -6


@pytest.mark.parametrize("scale", [1e-300, 1e-30, 1e30, 1e300])
@pytest.mark.parametrize("kind", ["smooth", "noise"])
def test_scale_does_not_matter(algorithm, kind, scale):
    values = random_values(np.random.default_rng(1), 40, kind)
    values /= np.abs(values).max()
    wanted = reference_frontier(values)
    for steps in (1, 2, 7, 39, 40):
        schedule = schedules.optimal(InformationProfile(values * scale), steps)
        assert InformationProfile(values).cost(schedule) == pytest.approx(wanted[steps - 1], abs=1e-12)


def test_values_far_from_zero_cost_no_precision(algorithm):
    """Increments of a few thousand units in the last place, kept exactly."""
    increments = np.random.default_rng(3).integers(0, 5000, 30)
    small = InformationProfile(np.cumsum(increments).astype(float))
    far = InformationProfile(2.0**52 + np.cumsum(increments))
    for steps in range(1, 31):
        assert small.cost(schedules.optimal(far, steps)) == small.cost(schedules.optimal(small, steps))


@pytest.mark.parametrize("values", [[-1e308, 0.0, 1e308], np.linspace(0, 1.7e308, 1200), [-1.7e308, 1.7e308]])
def test_costs_that_overflow_are_refused(values):
    with pytest.raises(ArgumentError, match="overflow"):
        schedules.optimal(InformationProfile(values), 2)


@pytest.mark.parametrize("steps", [0, -1, 11, 2.0, 2.5, "3", None, True, np.nan])
def test_steps_out_of_range_are_refused(steps):
    with pytest.raises(ArgumentError, match=r"steps is .*from 1 to 10"):
        schedules.optimal(InformationProfile(np.arange(10.0)), steps)


def test_what_is_not_a_profile_is_refused():
    with pytest.raises(ArgumentError, match="profile is a ndarray"):
        schedules.optimal(np.arange(4.0), 2)


def test_numpy_integers_count_and_ties_are_broken_the_same_way_every_time(algorithm):
    profile = InformationProfile(np.repeat(np.arange(20.0), 3))
    for steps in range(1, 61):
        first = schedules.optimal(profile, np.int32(steps))
        assert all(schedules.optimal(profile, steps) == first for _ in range(3))
