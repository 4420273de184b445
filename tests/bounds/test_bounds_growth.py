"""Bernoulli unmasking and the unmasking growth of arXiv 2608.13520: exact costs, the published numbers, the certificate."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.special import comb

from unmask import InformationProfile, Schedule, bounds, targets

seeds = st.integers(0, 2**32 - 1)


@st.composite
def profiles(draw):
    generator = np.random.default_rng(draw(seeds))
    increments = generator.random(draw(st.integers(3, 24))) ** draw(st.sampled_from([1, 8, 40]))
    return InformationProfile(np.cumsum(increments) - increments.sum())


@st.composite
def grids(draw, low=0.02, high=0.98):
    inner = draw(st.sets(st.integers(0, 1000), min_size=2, max_size=8))
    return low + (high - low) * np.sort([*inner]) / 1000


def binomial(count, t):
    k = np.arange(count + 1)
    return comb(count, k) * t**k * (1 - t) ** (count - k)


def gain(profile, t):
    """h(t) = N (E f(Bin(N-1, t)) - f(0)), by its definition."""
    law = binomial(profile.length - 1, t)
    return profile.length * float(law @ (profile.values - profile.values[0]))


def slope(profile, t):
    """h'(t), by its definition."""
    law = binomial(profile.length - 2, t)
    return profile.length * (profile.length - 1) * float(law @ np.diff(profile.values))


# --- exact costs --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("grid", [[0, 1], [0, 0.3, 1], [0.1, 0.4, 0.7], [0, 0.2, 0.25, 0.9, 1]])
def test_bernoulli_cost_is_the_mean_total_correlation_of_its_passes(grid):
    """Sum over every set revealed by t_k and every set revealed next, from the joint table."""
    table = np.random.default_rng(0).dirichlet(np.full(16, 0.4)).reshape((2,) * 4)
    target, length = targets.Enumerated(table), 4

    def entropy(positions):
        mass = table.sum(axis=tuple(i for i in range(length) if i not in positions)).ravel()
        return float(-(mass * np.log(mass)).sum())

    total = 0.0
    for low, high in itertools.pairwise(grid):
        share = (high - low) / (1 - low)
        for states in itertools.product(range(3), repeat=length):  # 0 masked, 1 revealed before, 2 revealed now
            chance = math.prod([(1 - low) * (1 - share), low, (1 - low) * share][s] for s in states)
            known = [i for i, s in enumerate(states) if s == 1]
            block = [i for i, s in enumerate(states) if s == 2]
            singles = sum(entropy([*known, i]) - entropy(known) for i in block)
            total += chance * (singles - entropy([*known, *block]) + entropy(known))
    assert float(bounds.bernoulli_cost(target.profile(), grid)) == pytest.approx(total, abs=1e-12)


@settings(max_examples=30, deadline=None)
@given(profiles(), grids(0, 1))
def test_bernoulli_cost_is_the_integral(profile, grid):
    expected = 0.0
    for low, high in itertools.pairwise(grid):
        expected += quad(lambda u, low=low: gain(profile, u) - gain(profile, low), low, high, epsabs=1e-11)[0]
    assert float(bounds.bernoulli_cost(profile, grid)) == pytest.approx(expected, abs=1e-8 * profile.range * profile.length)


@settings(max_examples=30, deadline=None)
@given(profiles(), grids(0.1, 0.9))
def test_two_ways_to_price_random_sizes(profile, inner):
    """The same number as Lemma 6 averaged over binomial sizes, in the form that the optimiser of grids uses."""
    bernoulli = pytest.importorskip("unmask.schedules.bernoulli")
    grid = [0.0, *inner, 1.0]
    assert float(bounds.bernoulli_cost(profile, grid)) == pytest.approx(
        bernoulli.bernoulli_cost(profile, grid), abs=1e-9 * profile.range * profile.length
    )


def test_one_bernoulli_pass_is_one_pass():
    profile = targets.MarkovChain(9, [[0.8, 0.2], [0.1, 0.9]]).profile()
    assert float(bounds.bernoulli_cost(profile, [0, 1])) == pytest.approx(profile.cost(Schedule([9])), abs=1e-12)


# --- unmasking growth ---------------------------------------------------------------------------------------------------


@settings(max_examples=30, deadline=None)
@given(profiles(), grids())
def test_growth_is_its_integral_and_adds_up(profile, grid):
    low, high = grid[0], grid[-1]
    growth = float(bounds.unmasking_growth(profile, low, high))
    scale = profile.range * profile.length
    assert growth == pytest.approx(quad(lambda t: t * (1 - t) * slope(profile, t), low, high)[0], abs=1e-8 * scale)
    parts = [float(bounds.unmasking_growth(profile, p, q)) for p, q in itertools.pairwise(grid)]
    assert sum(parts) == pytest.approx(growth, abs=1e-12 * scale)
    log_odds = np.log([low / (1 - low), high / (1 - high)])
    density = quad(lambda x: float(bounds.reveal_odds_density(profile, x)), *log_odds)[0]
    assert density == pytest.approx(growth, abs=1e-8 * scale)
    length = profile.length
    assert float(bounds.unmasking_growth(profile)) == pytest.approx(
        length / (length + 1) * float(bounds.tse(profile)), rel=1e-9
    )


@given(profiles(), grids())
def test_theorem_1_of_wainwright(profile, grid):
    bound = float(bounds.reveal_odds_bound(profile, grid))
    assert float(bounds.bernoulli_cost(profile, grid)) <= bound + 1e-9 * profile.range * profile.length


@given(profiles(), grids())
def test_complexities_are_ordered_by_refinement(profile, grid):
    """P <= C(P') <= C(P) <= C for a partition and its refinement (Eq. 29, 40 of arXiv 2608.13520)."""
    edge = 1 / profile.length
    inner = [t for t in grid if edge < t < 1 - edge]
    fine = float(bounds.fine_complexity(profile))
    finer = float(bounds.partition_complexity(profile, [edge, *inner, 1 - edge]))
    coarser = float(bounds.partition_complexity(profile, [edge, *inner[::2], 1 - edge]))
    coarse = float(bounds.coarse_complexity(profile))
    assert fine * (1 - 1e-9) <= finer * (1 + 1e-9) <= coarser * (1 + 2e-9) <= coarse * (1 + 3e-9)


@pytest.mark.parametrize("length", [8, 16, 40])
def test_growth_of_the_repeated_bit_and_of_parity(length):
    """Both have H(0, 1) = (d-1)/(d+1) log 2; their densities mirror each other (Eq. 24 of arXiv 2608.13520)."""
    points = np.linspace(-4, 4, 33)
    r = 1 / (1 + np.exp(-points))
    repeated, parity = targets.AllEqual(length, 2).profile(), targets.Parity(length).profile()
    for profile in (repeated, parity):
        assert float(bounds.unmasking_growth(profile)) == pytest.approx((length - 1) / (length + 1) * math.log(2), rel=1e-12)
    density = length * (length - 1) * math.log(2) * r**2 * (1 - r) ** length
    np.testing.assert_allclose(bounds.reveal_odds_density(repeated, points), density, rtol=1e-10)
    np.testing.assert_allclose(bounds.reveal_odds_density(parity, points), density[::-1], rtol=1e-10)


@pytest.mark.parametrize(("eta", "ratio", "digits"), [(0.01, 4.51, 2), (0.30, 2.165, 3), (0.45, 1.653, 3)])
def test_published_ratios_of_the_noisy_bit(eta, ratio, digits):
    """C / P for d = 128 (Figure 1 of arXiv 2608.13520: 4.51, 2.16, 1.65; theory.md section 2)."""
    profile = targets.NoisyBit(128, eta).profile()
    measured = float(bounds.coarse_complexity(profile)) / float(bounds.fine_complexity(profile))
    assert measured == pytest.approx(ratio, abs=0.5 * 10**-digits + 1e-9)


def test_fine_complexity_governs_the_best_grid():
    """K times the cost of passes of equal sqrt(q) mass tends to P / 2 (Theorem 3 of arXiv 2608.13520)."""
    profile = targets.NoisyBit(32, 0.2).profile()
    edge = math.log(31)
    points = np.linspace(-edge, edge, 20001)
    root = np.sqrt(bounds.reveal_odds_density(profile, points))
    mass = np.concatenate([[0], np.cumsum((root[1:] + root[:-1]) / 2)])
    gaps = []
    for steps in (50, 400):
        grid = 1 / (1 + np.exp(-np.interp(np.linspace(0, mass[-1], steps + 1), mass, points)))
        gaps.append(steps * float(bounds.bernoulli_cost(profile, grid)) / (float(bounds.fine_complexity(profile)) / 2) - 1)
    assert abs(gaps[1]) < 5e-3 and abs(gaps[1]) < abs(gaps[0]) < 0.05


@settings(max_examples=30, deadline=None)
@given(profiles(), grids(0.05, 0.95), st.integers(1, 30))
def test_proposition_1_of_wainwright(profile, boundaries, spare):
    """At most K passes, whose cost is at most 4 C(P) / K."""
    growths = [float(bounds.unmasking_growth(profile, p, q)) for p, q in itertools.pairwise(boundaries)]
    if min(growths) <= 0 or np.diff(boundaries).min() < 1e-6:
        return
    length = np.log(boundaries[-1] / (1 - boundaries[-1])) - np.log(boundaries[0] / (1 - boundaries[0]))
    steps = math.ceil(2 * (len(growths) + 2 * length)) + spare
    grid = bounds.geometric_grid(boundaries, growths, steps)
    assert grid[0] == boundaries[0] and grid[-1] == boundaries[-1] and np.isin(boundaries, grid).all()
    assert len(grid) - 1 <= steps
    complexity = float(bounds.partition_complexity(profile, boundaries))
    assert float(bounds.reveal_odds_bound(profile, grid)) <= 4 * complexity / steps * (1 + 1e-9)


# --- the certificate ----------------------------------------------------------------------------------------------------


def test_statistics_have_the_mean_that_lemma_1_says():
    """E Q = sum_j (v_{j+1} - v_j) (h(v_{j+1}) - h(v_j)), between H / 2 and H."""
    target = targets.NoisyBit(6, 0.2)
    profile = target.profile()
    odds = np.array([0.2, 0.4, 0.8, 1.5])
    times = odds / (1 + odds)
    expected = sum((q - p) * (gain(profile, q) - gain(profile, p)) for p, q in itertools.pairwise(times))
    statistics = bounds.growth_statistics(target.denoiser(), target.sample(3000, 1), times[0], times[-1], seed=2)
    error = statistics.std() / math.sqrt(statistics.size)
    assert abs(statistics.mean() - expected) < 4 * error < 0.2 * expected
    growth = float(bounds.unmasking_growth(profile, times[0], times[-1]))
    assert expected <= growth <= 2 * expected


def test_certificate_covers_and_is_not_vacuous():
    """KL <= 4 C / K in all of 32 seeds, for the passes it returns; the published port measured 32 of 32 (theory.md 4)."""
    target = targets.NoisyBit(6, 0.2)
    profile, boundaries = target.profile(), [1 / 6, 1 / 2, 5 / 6]
    truth = float(bounds.partition_complexity(profile, boundaries))
    denoiser, moment, covered = target.denoiser(), 6 * math.log(1 / 0.2), 0
    for seed in range(32):
        certificate = bounds.certify(denoiser, target.sample(200, seed), boundaries, 18, moment, 0.05, seed=seed)
        assert len(certificate.grid) - 1 <= 18
        covered += float(bounds.bernoulli_cost(profile, certificate.grid)) <= float(certificate)
        assert certificate.bound.ingredients["C"] >= truth
    assert covered == 32
    many = bounds.certify(denoiser, target.sample(5000, 99), boundaries, 18, moment, 0.05, moment_order=40)
    assert truth <= many.bound.ingredients["C"] <= 2.5 * truth
    assert "at least 0.95" in str(many)


def test_truncation_and_radius():
    """Eq. 33b, 34b and 36a of arXiv 2608.13520 on numbers worked by hand."""
    values, width, moment, failure = np.array([0.0, 0.1, 0.2, 9.0]), 0.5, 2.0, 0.1
    chance = math.log(40)
    cap = width * moment * math.sqrt(3 * 3 / (7 * chance))
    capped = 2 * np.minimum(values, cap)
    radius = math.sqrt(2 * capped.var(ddof=1) * chance / 4) + 4 * width * moment * math.sqrt(7 * chance / 9)
    estimate = bounds.estimate_growth(values, width, moment, failure)
    assert 0.2 < cap < 9
    assert estimate.growth == pytest.approx(capped.mean(), rel=1e-12)
    assert estimate.radius == pytest.approx(radius, rel=1e-12)


def test_independent_tokens_have_no_growth():
    target = targets.Independent([[0.3, 0.7]] * 5)
    statistics = bounds.growth_statistics(target.denoiser(), target.sample(10, 0), 0.2, 0.8)
    np.testing.assert_allclose(statistics, 0, atol=1e-14)
    certificate = bounds.certify(target.denoiser(), target.sample(10, 0), [0.2, 0.8], 20, 0.0)
    assert float(certificate) < 1e-9
