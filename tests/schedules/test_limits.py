"""Scaling limits and finite-size predictors: theory.md 1.9, 1.13 (3, 8), section 2 d."""

from math import comb

import numpy as np
import profiles
import pytest
from scipy import special

from unmask import InformationProfile, Schedule, schedules
from unmask.errors import ArgumentError
from unmask.schedules import limits


def copies(u):
    """Blocks of 4 equal bits."""
    return 3 * np.log(2) * (1 - u) ** 2


def test_convergence_of_copies():
    for N, digits in [(256, 0.25499), (1024, 0.25850), (4096, 0.25971), (16384, 0.26006)]:
        profile, K = profiles.blocks(N, 4, 1), round(N**0.5)
        assert K / N * profile.cost(schedules.optimal(profile, K)) == pytest.approx(digits, abs=0.51e-5)
    assert limits.diverging_limit(copies) == pytest.approx(0.25993, abs=0.51e-5)
    assert limits.uniform_limit(copies) == pytest.approx(np.log(2) / 2, rel=1e-12)
    profile = profiles.blocks(2**16, 4, 1)
    assert 2**-8 * profile.cost(schedules.uniform(2**16, 2**8)) == pytest.approx(0.34657, rel=0.01)


@pytest.mark.parametrize(("b", "k"), [(3, 1), (4, 1), (8, 1), (8, 4), (8, 7), (2, 1)])
def test_block_codes_in_closed_form(b, k):
    def g(u):
        return np.log(2) * (b - 1) * comb(b - 2, k - 1) * u ** (k - 1) * (1 - u) ** (b - k - 1)

    expected = np.log(2) * (b - 1) * comb(b - 2, k - 1) * special.beta((k + 1) / 2, (b - k + 1) / 2) ** 2 / 2
    assert limits.diverging_limit(g) == pytest.approx(expected, rel=1e-9)
    assert limits.uniform_limit(g) == pytest.approx(np.log(2) / 2, rel=1e-9)  # D = log q
    assert limits.diverging_limit(profiles.blocks(2**15, b, k)) == pytest.approx(expected, rel=3e-3)


@pytest.mark.parametrize(("c", "gain", "measured"), [(5, 1.298, 1.312), (50, 3.17, 3.66)])
def test_gain_of_the_geometric_schedule(c, gain, measured):
    def g(u):
        return (1 + c) / (1 + c * u) ** 2

    assert limits.uniform_limit(g) / limits.diverging_limit(g) == pytest.approx(gain, abs=0.0051)
    profile = profiles.gaussian(4000, c / 4000)
    ratio = profile.cost(schedules.uniform(4000, 60)) / profile.cost(schedules.optimal(profile, 60))
    assert ratio == pytest.approx(measured, abs=0.0051)


def test_singular_density():
    assert limits.diverging_limit(lambda u: 1 / u) == pytest.approx(2, rel=1e-9)  # (1/2) (int u^-1/2)^2
    assert limits.uniform_limit(lambda u: u**-0.5) == pytest.approx(1, rel=1e-9)


BOUNDED = [  # K / N, N, theory.md's exact and formula
    (2, 8192, 0.190555, 0.190557),
    (4, 8192, 0.70336, 0.70317),
    (8, 16384, 1.7387, 1.7382),
]


@pytest.mark.parametrize(("inverse_rate", "N", "exact", "formula"), BOUNDED)
def test_bounded_regime_of_copies(inverse_rate, N, exact, formula):
    # The exact numbers are those of K = N r + 1 passes. At K = N r passes they are .190695, .703880, 1.739812.
    profile = profiles.blocks(N, 4, 1)
    with_one_more = profile.cost(schedules.optimal(profile, N // inverse_rate + 1))
    assert with_one_more == pytest.approx(exact, abs=1e-4 if inverse_rate == 8 else 0.51e-5)
    # The formula by quadrature is .1905747, .7031812, 1.7381675: theory.md's digits carry its own grid's error of 2e-5.
    limit = limits.bounded_limit(copies, 1 / inverse_rate)
    assert limit == pytest.approx(formula, abs=5e-5)
    assert limit == pytest.approx(exact_bounded_limit(1 / inverse_rate), rel=1e-7)
    cost = profile.cost(schedules.optimal(profile, N // inverse_rate))
    assert cost == pytest.approx(limit, rel=2e-3)
    assert limits.bounded_limit(profile, 1 / inverse_rate) == pytest.approx(limit, rel=2e-3)


def exact_bounded_limit(rate):
    """The bounded limit of `copies`, integrals in closed form: s* becomes s + 1 at (1 - u)^2 = q / (s (s + 1))."""
    from scipy.optimize import brentq

    s = np.arange(1, 200_000)

    def shares(q):
        edge = np.minimum(np.sqrt(q / (s * (s + 1.0))), 1)  # 1 - u where s ends
        return np.concatenate([[1.0], edge])

    def passes(q):
        return np.sum(-np.diff(shares(q)) / s) - rate

    edges = shares(brentq(passes, 1e-9, 1e9, xtol=1e-15, rtol=1e-14))
    return float(np.sum(np.log(2) * -np.diff(edges**3) * (s - 1) / 2))


def test_bounded_limit_meets_the_diverging_one():
    rate = 1 / 400
    assert rate * limits.bounded_limit(copies, rate) == pytest.approx(limits.diverging_limit(copies), rel=0.01)
    assert limits.bounded_limit(copies, 1) == 0


@pytest.mark.parametrize("rate", [0, -0.1, 1.01, np.nan, "half"])
def test_bad_rate(rate):
    with pytest.raises(ArgumentError, match="rate"):
        limits.bounded_limit(copies, rate)


def test_fixed_steps_limit():
    # F(y) = log 2 (1 - (1 - y)^3), int F = 3/4 log 2.
    alpha = np.array([0.1, 0.35, 0.6, 1.0])
    starts = np.concatenate([[0.0], alpha[:-1]])
    expected = np.log(2) * (0.75 - np.diff(alpha, prepend=0.0) @ (1 - (1 - starts) ** 3))
    assert limits.fixed_steps_limit(copies, alpha) == pytest.approx(expected, rel=1e-12)
    N = 20_000
    cost = profiles.blocks(N, 4, 1).cost(Schedule.from_cumulative(np.rint(alpha * N).astype(int)))
    assert cost / N == pytest.approx(expected, rel=1e-3)
    assert limits.fixed_steps_limit(profiles.blocks(N, 4, 1), alpha) == pytest.approx(expected, rel=1e-3)


@pytest.mark.parametrize("alpha", [[], [0.5], [0.5, 0.4, 1.0], [0.0, 1.0], [0.5, 1.1]])
def test_bad_fractions(alpha):
    with pytest.raises(ArgumentError, match="alpha"):
        limits.fixed_steps_limit(copies, alpha)


PREDICTED = [  # clipped relaxation and optimum at N = 512, K = 128: theory.md 1.9
    (lambda: profiles.blocks(512, 8, 1), 0.2556, 0.2824),
    (lambda: profiles.dirichlet_multinomial(512, 4), 0.0348, 0.0361),
    (lambda: profiles.markov(512, 0.1), 0.6216, 0.6325),
]


@pytest.mark.parametrize(("law", "clipped", "least"), PREDICTED, ids=["copy8", "dirmult4", "markov"])
def test_finite_size_predictors(law, clipped, least):
    profile = law()
    assert limits.clipped_relaxation(profile, 128) == pytest.approx(clipped, abs=0.51e-4)
    assert profile.cost(schedules.optimal(profile, 128)) == pytest.approx(least, abs=0.51e-4)
    for K in (32, 64, 128):
        cost = profile.cost(schedules.optimal(profile, K))
        assert 0.9 * cost < limits.clipped_relaxation(profile, K) < cost  # "within 2-10%"
        assert limits.predicted_cost(profile, K) <= limits.clipped_relaxation(profile, K) + 1e-9


def test_the_correction_matters():
    profile = profiles.markov(512, 0.1)
    cost = profile.cost(schedules.optimal(profile, 128))
    roots = np.sqrt(profile.increments).sum()
    assert limits.predicted_cost(profile, 128) == pytest.approx((roots**2 / 128 - profile.range) / 2, rel=1e-12)
    assert limits.predicted_cost(profile, 128) == pytest.approx(cost, rel=0.02)
    assert roots**2 / (2 * 128) > 1.3 * cost  # without -D/2
    assert limits.predicted_cost(copies, 64, 4096) == pytest.approx(
        limits.predicted_cost(profiles.blocks(4096, 4, 1), 64), rel=0.01
    )


@pytest.mark.parametrize("nats", [0.5, 1.0, 5.0])
def test_steps_for_budget(nats):
    profile = profiles.markov(512, 0.1)
    guess = limits.steps_for_budget(profile, nats)
    assert guess == pytest.approx(schedules.fewest_steps(profile, nats).steps, rel=0.05, abs=1)
    assert limits.predicted_cost(profile, guess) <= nats < limits.predicted_cost(profile, guess - 1)
    big = profiles.blocks(4096, 4, 1)
    assert limits.steps_for_budget(copies, nats, 4096) == pytest.approx(limits.steps_for_budget(big, nats), rel=0.02)


def test_a_flat_profile_needs_one_step():
    flat = InformationProfile(np.full(9, -1.0))
    assert limits.steps_for_budget(flat, 0.1) == 1
    assert limits.clipped_relaxation(flat, 3) == limits.bounded_limit(flat, 0.3) == limits.diverging_limit(flat) == 0


@pytest.mark.parametrize("scale", [1e-300, 1.0, 1e300])
def test_limits_scale_with_the_profile(scale):
    shape = profiles.blocks(128, 4, 2).values
    scaled, plain = InformationProfile(shape * scale), InformationProfile(shape)
    for value in (
        lambda p: limits.clipped_relaxation(p, 30),
        lambda p: limits.bounded_limit(p, 0.25),
        lambda p: limits.predicted_cost(p, 9),
    ):
        assert value(scaled) / scale == pytest.approx(value(plain), rel=1e-9)


def test_a_function_needs_a_length():
    with pytest.raises(ArgumentError, match="N is None"):
        limits.predicted_cost(copies, 4)
    with pytest.raises(ArgumentError, match="function"):
        limits.diverging_limit([1.0, 2.0])
