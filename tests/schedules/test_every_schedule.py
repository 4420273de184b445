"""What every schedule promises. To join, add a line to `EVERY`, `ONLY_LENGTH` or `schedules.HEURISTICS`: (N, K) -> Schedule."""

import numpy as np
import profiles
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from unmask import InformationProfile, OrderProfile, Schedule, schedules
from unmask.errors import ArgumentError


def profile(N):
    """A bent profile of any length; concentrated enough that K steps do not fit where a formula wants them."""
    return InformationProfile(-2.0 * np.exp(-0.4 * np.arange(N)) - 0.3)


ONLY_LENGTH = schedules.HEURISTICS | {
    "geometric": lambda N, K: schedules.geometric(N, K, 30),
    "shrinking": lambda N, K: schedules.geometric(N, K, 1e-6),
    "beta": lambda N, K: schedules.beta(N, K, 0.2, 4),
    "steep power": lambda N, K: schedules.power(N, K, 9),
    "continuous": lambda N, K: schedules.continuous_schedule(lambda u: 1 / (0.01 + u) ** 2, K, N),
    "bounded, smooth": lambda N, K: schedules.bounded_regime(lambda u: 1 / (0.01 + u) ** 2, K, N),
    "minimax TC": lambda N, K: schedules.minimax(N, K, "total_correlation"),
    "minimax DTC": lambda N, K: schedules.minimax(N, K, "dual_total_correlation"),
    "minimax": lambda N, K: schedules.minimax(N, K),
    "random offset": lambda N, K: schedules.random_offset(N, K, 7),
    "randomised": lambda N, K: schedules.randomised_sizes(N, K, 7),
}
EVERY = ONLY_LENGTH | {
    "bounded": lambda N, K: schedules.bounded_regime(profile(N), K),
    "repaired": lambda N, K: schedules.repaired_closed_form(profile(N), K),
    "equal entropy": lambda N, K: schedules.equal_entropy(profile(N), K),
    "optimal": lambda N, K: schedules.optimal(profile(N), K),
}


@pytest.mark.parametrize("make", EVERY.values(), ids=EVERY)
@settings(max_examples=30, deadline=None)
@given(shape=st.integers(1, 400).flatmap(lambda N: st.tuples(st.just(N), st.integers(1, N))))
def test_exactly_k_increasing_nodes(make, shape):
    N, K = shape
    schedule = make(N, K)
    assert isinstance(schedule, Schedule)
    assert schedule.steps == K
    assert schedule.length == schedule.cumulative[-1] == N
    assert schedule.sizes.min() >= 1
    assert make(N, K) == schedule


@pytest.mark.parametrize("make", schedules.HEURISTICS.values(), ids=schedules.HEURISTICS)
def test_exactly_k_for_every_small_pair(make):
    for N in range(1, 41):
        for K in range(1, N + 1):
            schedule = make(N, K)
            assert (schedule.steps, schedule.length) == (K, N)


@pytest.mark.parametrize("make", EVERY.values(), ids=EVERY)
def test_ends(make):
    assert make(1, 1).sizes.tolist() == [1]
    assert make(17, 1).sizes.tolist() == [17]
    assert make(17, 17).sizes.tolist() == [1] * 17


@pytest.mark.parametrize("make", EVERY.values(), ids=EVERY)
def test_none_beats_the_optimum(make):
    law = profile(60)
    for K in (2, 7, 30):
        assert law.cost(make(60, K)) >= law.cost(schedules.optimal(law, K)) - 1e-12


@pytest.mark.parametrize("make", EVERY.values(), ids=EVERY)
def test_saves_and_names_itself(make, tmp_path):
    schedule = make(40, 6)
    assert schedule.name != "custom"
    schedule.save(tmp_path / "schedule.json")
    loaded = Schedule.load(tmp_path / "schedule.json")
    assert (loaded, loaded.name, loaded.note, loaded.settings) == (schedule, schedule.name, schedule.note, schedule.settings)


@pytest.mark.parametrize("make", EVERY.values(), ids=EVERY)
@pytest.mark.parametrize("K", [0, -1, 9, 2.0, 2.5, "2", None, True, float("nan")])
def test_bad_steps(make, K):
    with pytest.raises(ArgumentError, match=r"K is|steps is"):
        make(8, K)


@pytest.mark.parametrize("make", ONLY_LENGTH.values(), ids=ONLY_LENGTH)
@pytest.mark.parametrize("N", [0, -3, 8.0, "8", None, True])
def test_bad_length(make, N):
    with pytest.raises(ArgumentError, match="N"):
        make(N, 1)


@pytest.mark.parametrize("make", EVERY.values(), ids=EVERY)
def test_numpy_integers_are_integers(make):
    assert make(np.int64(24), np.int32(5)) == make(24, 5)


@pytest.mark.parametrize("value", [0, -1.0, np.nan, np.inf, "wide", None])
def test_bad_parameters(value):
    for make in (schedules.power, schedules.geometric):
        with pytest.raises(ArgumentError, match=r"exponent is|ratio is"):
            make(8, 4, value)
    with pytest.raises(ArgumentError, match="a is"):
        schedules.beta(8, 4, value, 1)
    with pytest.raises(ArgumentError, match="b is"):
        schedules.beta(8, 4, 1, value)
    with pytest.raises(ArgumentError, match="nats is"):
        schedules.from_total_correlation(8, value, 1.0)
    if value != 0:
        with pytest.raises(ArgumentError, match="total_correlation is"):
            schedules.from_total_correlation(8, 1.0, value)
        with pytest.raises(ArgumentError, match="correlation is"):
            schedules.from_either(8, 1.0, value)
    with pytest.raises(ArgumentError, match="nats is"):
        schedules.doubling_sweep(8, value, 4)


@pytest.mark.parametrize("exponent", [1e-12, 1e12, 1e300])
@pytest.mark.parametrize("make", [schedules.power, schedules.geometric])
def test_extreme_parameters_still_give_k_steps(make, exponent):
    assert make(100, 10, exponent).steps == make(100, 10, 1 / exponent).steps == 10


@pytest.mark.parametrize("seed", [-1, 0.5, "zero", None])
def test_bad_seed(seed):
    for make in (schedules.random_offset, schedules.randomised_sizes):
        with pytest.raises(ArgumentError, match="seed"):
            make(8, 4, seed)


def test_unknown_correlation():
    with pytest.raises(ArgumentError, match="either"):
        schedules.minimax(8, 4, "TC")


def test_one_value_and_equal_values():
    one = InformationProfile([-1.0])
    for make in (schedules.closed_form, schedules.repaired_closed_form, schedules.bounded_regime, schedules.equal_entropy):
        assert make(one, 1).sizes.tolist() == [1]
        assert profiles.mds(6, 6).cost(make(profiles.mds(6, 6), 3)) == 0
    assert schedules.repaired_closed_form(InformationProfile(np.zeros(6)), 3).sizes.tolist() == [2, 2, 2]
    assert schedules.equal_entropy(InformationProfile(np.zeros(6)), 3).sizes.tolist() == [2, 2, 2]


def test_only_random_order_has_a_closed_form():
    law = OrderProfile.from_information_profile(profile(6))
    for make in (schedules.closed_form, schedules.repaired_closed_form, schedules.equal_entropy, schedules.portfolio):
        for wrong in (law, profile(6).values, None):
            with pytest.raises(ArgumentError, match="InformationProfile"):
                make(wrong, 2)


@pytest.mark.parametrize("nats", [1e-320, 1e-200, 1e200, 1e308])
def test_extreme_budgets(nats):
    for make in (schedules.greedy_total_correlation, schedules.greedy_dual_total_correlation, schedules.from_either):
        assert make(20, nats, 1e-5).steps == (20 if nats < 1 else 1)
    for make in (schedules.from_total_correlation, schedules.from_dual_total_correlation):  # zeta is at least 2 if TC > 0
        assert make(20, nats, 1e-5) == make(20, 1.0, 1e9 if nats < 1 else 0.5)


def test_importing_schedules_is_light():
    import subprocess
    import sys

    code = "import sys, unmask.schedules; sys.exit(any(m in sys.modules for m in ('numba', 'torch')))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
