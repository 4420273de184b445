import numpy as np
import pytest

import unmask
from unmask import targets
from unmask.errors import ArgumentError
from unmask.planning import fewest, on_levels, plan
from unmask.smoothing import smoothed


def noisy(values, rows, spread, seed):
    generator = np.random.default_rng(seed)
    values = np.asarray(values)
    return unmask.InformationProfile.from_rows(
        values.size, np.arange(values.size), values + generator.normal(0, spread, (rows, values.size))
    )


def test_uniform_is_kept_when_the_profile_is_flat():
    flat = np.linspace(-2, -1, 64)  # straight line: uniform sizes are optimal
    kept = [plan(noisy(flat, 12, 0.2, seed), 8).pick.schedule.name == "uniform" for seed in range(20)]
    assert sum(kept) >= 18
    verdict = plan(noisy(flat, 12, 0.2, 0), 8)
    assert verdict.flat
    assert "uniform is as good" in verdict.reason


def test_uniform_is_replaced_when_that_pays():
    steep = targets.DirichletMultinomial(64, [1, 1, 1, 1]).profile().values
    chosen = plan(noisy(steep, 40, 0.004, 0), 8)
    assert chosen.pick.schedule.name == "optimal"
    assert chosen.pick.saving.low > 0
    assert chosen.pick.uniform_steps > 8
    assert chosen.pick.schedule.steps == 8


def test_exact_profiles_need_no_intervals():
    exact = targets.ExchangeableGaussian(64, 0.05).profile()
    chosen = plan(exact, 8)
    assert chosen.pick.schedule.name == "optimal"
    assert chosen.pick.bound.low == chosen.pick.bound.high
    assert chosen.pick.excess.value * 64 == pytest.approx(exact.cost(chosen.pick.schedule))


def test_costs_are_stated_on_the_other_rows():
    profile = noisy(np.linspace(-2, -1, 32), 20, 0.5, 1)
    even, odd = profile.split()
    candidate = plan(profile, 4).candidates[-1]
    assert candidate.schedule == unmask.schedules.optimal(smoothed(even), 4)
    assert candidate.excess.value * 32 == pytest.approx(odd.cost(candidate.schedule))


def test_fewest_keeps_the_budget():
    exact = targets.DirichletMultinomial(64, [1, 1]).profile()
    chosen = fewest(exact, 0.5)
    assert exact.cost(chosen.candidates[-1].schedule) <= 0.5
    assert exact.cost(unmask.schedules.optimal(exact, chosen.steps - 1)) > 0.5


def test_order_profiles_stay_on_their_levels():
    exact = targets.MarkovChain(16, [[0.9, 0.1], [0.1, 0.9]]).order_profile("bit-reversal")
    coarse = unmask.OrderProfile(exact.values[::2], levels=np.arange(0, 16, 2), order="bit-reversal")
    for k in range(1, 9):
        moved = on_levels(unmask.schedules.uniform(16, k), coarse)
        assert moved.steps == k
        assert np.isin(moved.nodes, coarse.levels).all()
        assert plan(coarse, k).pick.schedule.steps == k
    with pytest.raises(ArgumentError, match="levels"):
        plan(coarse, 9)


@pytest.mark.parametrize("steps", [0, 65, -1])
def test_bad_steps(steps):
    with pytest.raises(ArgumentError, match="steps"):
        plan(noisy(np.zeros(64), 4, 0.1, 0), steps)
