from __future__ import annotations

import itertools

import numpy as np
import profiles as exact
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reference import KINDS, random_values
from scipy import stats

from unmask import InformationProfile, Schedule, schedules
from unmask.errors import ArgumentError

FAMILIES = {
    "permutation": exact.permutation(64),
    "dirichlet": exact.dirichlet_multinomial(64, 4),
    "copies": exact.blocks(64, 8, 1),
    "parities": exact.blocks(64, 8, 7),
    "all equal": exact.mds(64, 1),
    "parity": exact.mds(64, 63),
    "noisy bit": exact.noisy_bit(64, 0.1),
}


def mean_revealed(values, t):
    """h(t) / N + f(0) from the binomial law itself."""
    return stats.binom.pmf(np.arange(values.size), values.size - 1, t) @ values


@pytest.mark.parametrize("kind", KINDS)
def test_the_cost_is_the_integral(kind):
    values = random_values(np.random.default_rng(4), 20, kind)
    grid = np.array([0.0, 0.03, 0.2, 0.55, 0.9, 1.0])
    nodes, weights = np.polynomial.legendre.leggauss(12)  # exact for the polynomial h, of degree 19
    integral = 0.0
    for p, q in itertools.pairwise(grid):
        middle = (p + q) / 2 + (q - p) / 2 * nodes
        gains = [mean_revealed(values, u) - mean_revealed(values, p) for u in middle]
        integral += 20 * (q - p) / 2 * weights @ gains
    cost = schedules.bernoulli_cost(InformationProfile(values), grid)
    assert cost == pytest.approx(integral, rel=1e-11, abs=1e-13 * 20 * np.abs(values).max())


def test_the_cost_is_the_mean_of_the_cost_of_the_random_sizes():
    """N = 5 tokens, all sizes weighed by their multinomial probability; passes that reveal nothing cost nothing."""
    profile, grid = exact.permutation(5), np.array([0.0, 0.3, 0.45, 1.0])
    mean = 0.0
    for sizes in ((a, b, 5 - a - b) for a in range(6) for b in range(6 - a)):
        weight = stats.multinomial.pmf(sizes, 5, np.diff(grid))
        mean += weight * profile.cost(Schedule([s for s in sizes if s]))
    assert schedules.bernoulli_cost(profile, grid) == pytest.approx(mean, rel=1e-12)


def test_many_passes_cost_nothing_and_one_costs_all():
    profile = exact.dirichlet_multinomial(50, 4)
    assert schedules.bernoulli_cost(profile, [0, 1]) == pytest.approx(profile.total_correlation, rel=1e-12)
    N, fine = profile.length, np.linspace(0, 1, 20_001)
    assert schedules.bernoulli_cost(profile, fine) == pytest.approx(N * profile.range / 40_000, rel=1e-3)


@settings(max_examples=40, deadline=None)
@given(st.sampled_from(sorted(FAMILIES)), st.integers(2, 40), st.integers(0, 2**32))
def test_no_random_grid_is_cheaper(name, steps, seed):
    profile, generator = FAMILIES[name], np.random.default_rng(seed)
    best = schedules.bernoulli_optimal(profile, steps)
    cost = schedules.bernoulli_cost(profile, best)
    assert best.shape == (steps + 1,) and best[0] == 0 and best[-1] == 1 and np.all(np.diff(best) > 0)
    near = np.diff(best) * np.exp(generator.choice([1e-4, 1e-2, 1]) * generator.normal(size=steps))
    for sizes in (near, generator.exponential(size=steps), np.ones(steps)):
        other = np.concatenate([[0.0], np.cumsum(sizes)[:-1] / sizes.sum(), [1.0]])
        assert cost <= schedules.bernoulli_cost(profile, other) + 1e-12


@pytest.mark.parametrize("name", sorted(FAMILIES))
def test_stationary(name):
    """h(q_k) - h(q_{k-1}) = (q_{k+1} - q_k) h'(q_k) at every inner probability."""
    values = FAMILIES[name].values
    grid = schedules.bernoulli_optimal(FAMILIES[name], 9)
    for before, at, after in zip(grid[:-2], grid[1:-1], grid[2:], strict=True):
        slope = (values.size - 1) * mean_revealed(np.diff(values), at)
        assert mean_revealed(values, at) - mean_revealed(values, before) == pytest.approx(
            (after - at) * slope, rel=1e-4, abs=1e-9
        )


def test_constant_increments_make_equal_steps_optimal():
    for steps in (1, 2, 5, 700):
        grid = schedules.bernoulli_optimal(InformationProfile(np.arange(30.0)), steps)
        assert grid == pytest.approx(np.linspace(0, 1, steps + 1), abs=1e-4)


def test_random_sizes_cost_more_than_the_best_fixed_sizes():
    for profile in FAMILIES.values():
        for steps in (2, 8):
            fixed = profile.cost(schedules.optimal(profile, steps))
            assert schedules.bernoulli_cost(profile, schedules.bernoulli_optimal(profile, steps)) >= fixed - 1e-12


def test_flat_single_and_extreme_profiles():
    for values in ([-2.0], [-1.0, -1.0], np.zeros(6)):
        grid = schedules.bernoulli_optimal(InformationProfile(values), 4)
        assert np.all(np.diff(grid) > 0) and schedules.bernoulli_cost(InformationProfile(values), grid) == 0
    values = exact.permutation(30).values
    plain = schedules.bernoulli_optimal(InformationProfile(values), 6)
    for exponent in (-990, 900):
        scaled = InformationProfile(np.ldexp(values, exponent))
        assert np.array_equal(schedules.bernoulli_optimal(scaled, 6), plain)
        cost = schedules.bernoulli_cost(InformationProfile(values), plain)
        assert schedules.bernoulli_cost(scaled, plain) == np.ldexp(cost, exponent)


@pytest.mark.parametrize("grid", [[0, 0.5], [0.1, 1], [0, 0.5, 0.5, 1], [0, 0.7, 0.2, 1], [0], [[0, 1]], [0, np.nan, 1]])
def test_bad_grids_are_refused(grid):
    with pytest.raises(ArgumentError, match="grid must increase strictly"):
        schedules.bernoulli_cost(exact.permutation(4), grid)


def test_bad_arguments_are_refused():
    with pytest.raises(ArgumentError, match="steps is 0"):
        schedules.bernoulli_optimal(exact.permutation(4), 0)
    with pytest.raises(ArgumentError, match="profile is a list"):
        schedules.bernoulli_optimal([0.0, 1.0], 2)
