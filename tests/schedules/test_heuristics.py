"""Curves, directions, and the cost ratios of theory.md section 2 (b, c) and 1.13."""

import numpy as np
import profiles
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from unmask import schedules

RATIOS = [  # uniform, cosine, t^2 over the optimum at N = 512, K = 32: theory.md section 2 c
    (lambda: profiles.gaussian(512, 0.05), 2.78, 1.22, 1.15),
    (lambda: profiles.dirichlet_multinomial(512, 4), 8.51, 1.66, 1.43),
    (lambda: profiles.markov(512, 0.1), 1.19, 1.11, 1.12),
    (lambda: profiles.blocks(512, 8, 1), 2.44, 1.59, 1.49),
    (lambda: profiles.blocks(512, 8, 7), 2.55, 3.95, 4.76),
    (lambda: profiles.blocks(512, 8, 4), 1.34, 1.83, 1.94),
    (lambda: profiles.permutation(512), 1.47, 2.03, 2.33),
    (lambda: profiles.balanced(512), 12.4, 13.9, 14.7),
]
ROWS = ["gauss", "dirmult4", "markov", "copy8", "parity8", "mds", "permutation", "balanced"]


@pytest.mark.parametrize(("law", "uniform", "cosine", "square"), RATIOS, ids=ROWS)
def test_ratio_table(law, uniform, cosine, square):
    profile = law()
    least = profile.cost(schedules.optimal(profile, 32))
    made = schedules.uniform(512, 32), schedules.cosine(512, 32), schedules.power(512, 32, 2)
    half = 0.0051 if uniform < 10 else 0.051  # half a unit of the last digit given
    assert [profile.cost(s) / least for s in made] == pytest.approx([uniform, cosine, square], abs=half)


def test_geometric_is_optimal_for_the_gaussian_of_the_table():
    profile = profiles.gaussian(512, 0.05)
    least = profile.cost(schedules.optimal(profile, 32))
    assert profile.cost(schedules.geometric(512, 32, 1 + 512 * 0.05)) / least == pytest.approx(1, abs=0.0051)


@pytest.mark.parametrize(
    ("c", "uniform", "geometric", "least"),
    [(5, ".01740", ".013259", ".0132585"), (50, ".2305", ".063008", ".062994"), (500, "3.541", ".13871", ".13748")],
)
def test_gaussian_rows(c, uniform, geometric, least):
    profile = profiles.gaussian(4000, c / 4000)
    made = schedules.uniform(4000, 60), schedules.geometric(4000, 60, 1 + c), schedules.optimal(profile, 60)
    for schedule, digits in zip(made, (uniform, geometric, least), strict=True):
        half = 0.51 * 10.0 ** -len(digits.split(".")[1])
        assert profile.cost(schedule) == pytest.approx(float(digits), abs=half)


@pytest.mark.parametrize(("K", "least"), [(10, 2.488), (20, 0.9516), (40, 0.3756)])
def test_gaussian_of_fixed_correlation(K, least):
    profile = profiles.gaussian(10_000, 0.5)
    assert profile.cost(schedules.optimal(profile, K)) == pytest.approx(least, rel=2e-4)


OWN_DENSITY = {  # each curve is the optimum of Prop. 13 for this g
    "uniform": (schedules.uniform, lambda u: np.ones_like(u)),
    "cosine": (schedules.cosine, lambda u: 1 / (u * (2 - u))),
    "arccos": (schedules.arccos, lambda u: np.cos(np.pi * u / 2) ** 2),
    "square": (lambda N, K: schedules.power(N, K, 2), lambda u: 1 / u),
    "many first": (lambda N, K: schedules.power(N, K, 0.5), lambda u: u**2),
    "geometric": (lambda N, K: schedules.geometric(N, K, 21), lambda u: 1 / (1 + 20 * u) ** 2),
    "shrinking": (lambda N, K: schedules.geometric(N, K, 1 / 21), lambda u: 1 / (1 - 20 / 21 * u) ** 2),
    "beta": (lambda N, K: schedules.beta(N, K, 1.5, 1.25), lambda u: u * np.sqrt(1 - u)),
}


@pytest.mark.parametrize(("make", "g"), OWN_DENSITY.values(), ids=OWN_DENSITY)
def test_each_curve_is_optimal_for_its_own_profile(make, g):
    profile = profiles.from_density(g, 2**14)
    ratio = profile.cost(make(2**14, 128)) / profile.cost(schedules.optimal(profile, 128))
    assert 1 - 1e-9 <= ratio < 1.006


@settings(deadline=None)
@given(st.integers(1, 300), st.data())
def test_uniform_sizes_differ_by_at_most_one(N, data):
    sizes = schedules.uniform(N, data.draw(st.integers(1, N))).sizes
    assert sizes.max() - sizes.min() <= 1


def test_masked_fraction_is_what_the_papers_plot():
    t = np.arange(1, 33) / 32
    masked = 1 - schedules.cosine(10**6, 32).cumulative / 10**6
    assert masked == pytest.approx(np.cos(np.pi * t / 2), abs=1e-6)
    masked = 1 - schedules.arccos(10**6, 32).cumulative / 10**6
    assert masked == pytest.approx(np.arccos(t) / (np.pi / 2), abs=1e-6)


def test_cosine_and_arccos_reveal_few_first():
    for make in (schedules.cosine, schedules.arccos):
        sizes = make(4096, 16).sizes
        assert np.all(np.diff(sizes) >= 0)
        assert sizes[0] < 4096 / 16 < sizes[-1]


def test_pyramid_is_one_two_three():
    assert schedules.pyramid(55, 10).sizes.tolist() == list(range(1, 11))
    sizes = schedules.pyramid(5500, 10).sizes
    assert sizes.tolist() == [100 * k for k in range(1, 11)]


def test_logit_starts_and_ends_with_single_tokens():
    sizes = schedules.logit(1024, 24).sizes
    assert sizes[0] == sizes[-1] == 1
    assert np.abs(sizes - sizes[::-1]).max() <= 1
    inner = schedules.logit(10**6, 24).cumulative[6:18] / 10**6
    assert np.diff(np.log(inner / (1 - inner))) == pytest.approx(np.full(11, np.log(2e6 - 1) / 12), rel=1e-2)


@settings(deadline=None)
@given(st.integers(1, 400), st.data())
def test_special_parameters_are_uniform(N, data):
    K = data.draw(st.integers(1, N))
    # Where N k / K is halfway between integers, a curve's rounding error may tip it either way.
    for schedule in (schedules.power(N, K, 1), schedules.geometric(N, K, 1), schedules.beta(N, K, 1, 1)):
        assert np.abs(schedule.cumulative - schedules.uniform(N, K).cumulative).max() <= 1


def test_ratio_is_last_rate_over_first():
    sizes = schedules.geometric(10**7, 1000, 64).sizes
    assert sizes[-1] / sizes[0] == pytest.approx(64, rel=1e-2)
    few_first, many_first = schedules.geometric(1000, 20, 30), schedules.geometric(1000, 20, 1 / 30)
    assert np.abs(few_first.sizes - many_first.sizes[::-1]).max() <= 1


def test_beta_mirrors():
    assert np.abs(schedules.beta(997, 31, 2, 5).sizes - schedules.beta(997, 31, 5, 2).sizes[::-1]).max() <= 1
