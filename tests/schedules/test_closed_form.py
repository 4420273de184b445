"""Eq. 17, its trap, its repair, Prop. 13, the bounded regime and equal entropy (theory.md 1.9, 1.10, section 4)."""

import numpy as np
import profiles
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from unmask import InformationProfile, Schedule, schedules
from unmask.errors import ArgumentError

increasing = st.integers(2, 30).flatmap(
    lambda N: arrays(np.float64, N, elements=st.sampled_from([0.0, 0.0, 1e-3, 0.1, 0.5, 1.0, 3.0]))
)


def strict_reading(profile, K):
    """Eq. 17 with the sum over i < n: the trap of theory.md 1.10."""
    mass = np.cumsum(np.sqrt(np.maximum(profile.increments, 0)))
    nodes = np.searchsorted(mass, np.arange(1, K + 1) / K * mass[-1] * (1 - 1e-12)) + 1
    nodes[-1] = profile.length
    return Schedule.from_cumulative(np.unique(np.minimum(nodes, profile.length)))


TABLE = {  # cost over the optimum's: i < n | i <= n | interpolated and repaired, N = 512, with the digits of theory.md 1.10
    "markov": (lambda: profiles.markov(512, 0.1), 32, (1.002, 1.001, 1.001), 0.00051),
    "dirmult4": (lambda: profiles.dirichlet_multinomial(512, 4), 128, (2.99, 1.52, 1.18), 0.0051),
    "dirmult27": (lambda: profiles.dirichlet_multinomial(512, 27, 0.1), 128, (3.9, 1.6, 1.2), 0.051),
    "balanced": (lambda: profiles.balanced(512), 128, (2.4, 2.4, 1.5), 0.051),
    "noisy bit 8": (lambda: profiles.noisy_bit(512, 0.1), 8, (44, 62, 61), 0.51),
}


@pytest.mark.parametrize(("law", "K", "ratios", "half"), TABLE.values(), ids=TABLE)
def test_ratio_table(law, K, ratios, half):
    profile = law()
    least = profile.cost(schedules.optimal(profile, K))
    made = strict_reading(profile, K), schedules.closed_form(profile, K), schedules.repaired_closed_form(profile, K)
    assert [profile.cost(s) / least for s in made] == pytest.approx(ratios, abs=half)


def test_noisy_bit_at_32_steps():
    profile = profiles.noisy_bit(512, 0.1)
    least = profile.cost(schedules.optimal(profile, 32))
    assert profile.cost(strict_reading(profile, 32)) > 1e6 * least
    assert profile.cost(schedules.closed_form(profile, 32)) > 1e6 * least
    assert profile.cost(schedules.repaired_closed_form(profile, 32)) / least == pytest.approx(66, abs=0.51)


@pytest.mark.parametrize("k", [1, 5, 19])  # all equal, an MDS code, parity
def test_the_index_trap(k):
    profile = profiles.mds(20, k)
    schedule = schedules.closed_form(profile, 4)
    assert schedule.sizes.tolist() == [k, 20 - k]
    assert profile.cost(schedule) == 0
    assert "2 of 4 steps" in schedule.note
    assert profile.cost(strict_reading(profile, 4)) >= np.log(2) * (1 - 1e-12)
    repaired = schedules.repaired_closed_form(profile, 4)
    assert repaired.steps == 4
    assert profile.cost(repaired) == 0


@settings(deadline=None)
@given(increasing, st.data())
def test_closed_form_is_eq_17(steps_up, data):
    profile = InformationProfile(np.cumsum(steps_up) - 50)
    N, K = profile.length, data.draw(st.integers(1, profile.length))
    roots = [0.0] + [np.sqrt(d) if d > 1e-6 else 0.0 for d in profile.increments[1:]]
    schedule = schedules.closed_form(profile, K)
    if sum(roots) == 0:
        assert schedule.sizes.tolist() == [N]
        assert "flat" in schedule.note
        return
    nodes = {N}
    for k in range(1, K):
        nodes.add(min(n for n in range(N) if sum(roots[: n + 1]) >= k / K * sum(roots) - 1e-9))
    assert schedule.cumulative.tolist() == sorted(nodes)
    assert bool(schedule.note) == (schedule.steps < K)


def test_flat_profile_says_so():
    flat = InformationProfile(np.full(12, -0.7))
    assert schedules.closed_form(flat, 5).sizes.tolist() == [12]
    assert "one step already costs 0" in schedules.closed_form(flat, 5).note
    assert schedules.repaired_closed_form(flat, 4).sizes.tolist() == [3, 3, 3, 3]
    assert "one step already costs 0" in schedules.repaired_closed_form(flat, 4).note


def test_rounding_noise_is_not_structure():
    noisy = InformationProfile(-0.7 + 1e-17 * np.arange(64) + np.random.default_rng(0).choice([0, 1.2e-16], 64))
    assert schedules.closed_form(noisy, 5).sizes.tolist() == [64]


def test_falls_of_a_measured_profile_are_clipped_and_reported():
    rising = np.array([-3.0, -2.0, -2.5, -1.0, -0.5, -0.5])
    clipped = InformationProfile([-3.0, -2.0, -2.0, -0.5, 0.0, 0.0])  # the same increments with -0.5 set to 0
    schedule = schedules.closed_form(InformationProfile(rising), 3)
    assert schedule == schedules.closed_form(clipped, 3)
    assert "1 negative increments" in schedule.note
    assert "negative" not in schedules.closed_form(clipped, 3).note


@pytest.mark.parametrize("scale", [1e-300, 1e-150, 1.0, 1e150, 1e300])
@pytest.mark.parametrize("make", [schedules.closed_form, schedules.repaired_closed_form, schedules.bounded_regime])
def test_scale_of_the_profile_does_not_matter(make, scale):
    shape = profiles.from_density(lambda u: 1 / (1 + 9 * u) ** 2, 200).values
    assert make(InformationProfile(shape * scale), 9) == make(InformationProfile(shape), 9)


def test_decreasing_profile_is_treated_as_flat():
    falling = InformationProfile(-np.arange(10.0))
    schedule = schedules.closed_form(falling, 3)
    assert schedule.sizes.tolist() == [10]
    assert "9 negative increments" in schedule.note


@pytest.mark.parametrize(("b", "k"), [(4, 1), (4, 2), (8, 1), (8, 4), (8, 7)])
def test_prop_13_is_the_beta_quantile_for_block_codes(b, k):
    schedule = schedules.continuous_schedule(lambda u: u ** (k - 1) * (1 - u) ** (b - k - 1), 40, 5000)
    expected = schedules.beta(5000, 40, (k + 1) / 2, (b - k + 1) / 2)
    assert np.abs(schedule.cumulative - expected.cumulative).max() <= 1


def test_prop_13_is_geometric_for_gaussians_and_square_for_a_singular_g():
    found = schedules.continuous_schedule(lambda u: 1 / (1 + 50 * u) ** 2, 60, 4000)
    assert np.abs(found.cumulative - schedules.geometric(4000, 60, 51).cumulative).max() <= 1
    found = schedules.continuous_schedule(lambda u: 1 / u, 60, 4000)
    assert np.abs(found.cumulative - schedules.power(4000, 60, 2).cumulative).max() <= 1


def test_repaired_closed_form_converges_to_prop_13():
    profile = profiles.blocks(4096, 8, 4)
    smooth = schedules.continuous_schedule(lambda u: (u * (1 - u)) ** 3, 32, 4096)
    found = schedules.repaired_closed_form(profile, 32)
    assert np.abs(found.cumulative - smooth.cumulative).max() <= 4096 * 1e-3


@pytest.mark.parametrize("g", [lambda u: u - 0.5, lambda u: 1.0, lambda u: np.where(u > 0.5, np.nan, 1.0), 3.0])
def test_bad_density_is_refused(g):
    with pytest.raises(ArgumentError, match="g"):
        schedules.continuous_schedule(g, 4, 64)


@pytest.mark.parametrize("K", [100, 256, 512, 900])
def test_bounded_regime_is_near_the_optimum_where_rounding_matters(K):
    profile = profiles.blocks(1024, 4, 1)
    least = profile.cost(schedules.optimal(profile, K))
    schedule = schedules.bounded_regime(profile, K)
    assert schedule.steps == K
    assert profile.cost(schedule) <= 1.02 * least
    smooth = schedules.bounded_regime(lambda u: 3 * np.log(2) * (1 - u) ** 2, K, 1024)
    assert profile.cost(smooth) <= 1.02 * least


@pytest.mark.parametrize(
    ("law", "ratio"),
    [
        (lambda: profiles.dirichlet_multinomial(512, 4), 7.5),
        (lambda: profiles.blocks(512, 8, 1), 5.2),
        (lambda: profiles.markov(512, 0.1), 1.0),
    ],
    ids=["dirmult4", "copy8", "markov"],
)
def test_equal_entropy_ratios(law, ratio):
    profile = law()
    schedule = schedules.equal_entropy(profile, 32)
    assert profile.cost(schedule) / profile.cost(schedules.optimal(profile, 32)) == pytest.approx(ratio, abs=0.051)
    mass = np.concatenate([[0.0], np.cumsum(-profile.values)])[schedule.cumulative]
    assert np.abs(np.diff(mass, prepend=0.0) - profile.entropy / 32).max() <= np.log(8)  # within about a token of equal


def test_equal_entropy_needs_discrete_tokens():
    with pytest.raises(ArgumentError, match="discrete"):
        schedules.equal_entropy(InformationProfile([-0.5, 0.2]), 2)
