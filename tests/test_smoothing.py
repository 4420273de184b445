import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import unmask
from unmask import targets
from unmask.interval import mean_interval
from unmask.schedules import optimal
from unmask.smoothing import block_profiles, smoothed


@given(st.lists(st.floats(-5, 0), min_size=1, max_size=20))
def test_the_result_is_monotone(values):
    assert smoothed(unmask.InformationProfile(values)).is_monotone


@pytest.mark.parametrize(("b", "k"), [(2, 1), (4, 1), (4, 3), (8, 4)])
def test_the_basis_is_the_closed_form_of_block_codes(b, k):
    exact = targets.BlockCode(24, b, k, 2).profile().values / np.log(2) + 1
    assert np.abs(block_profiles(24) - exact).max(axis=1).min() < 1e-12


@pytest.mark.parametrize(
    "target",
    [targets.MarkovChain.flip(64, 0.1), targets.BlockCode(64, 8, 4, 11), targets.DirichletMultinomial(64, [1, 1, 1, 1])],
)
def test_schedules_chosen_on_few_rows_cost_less(target):
    """Noise of the size that a handful of rows leaves: late levels average few masked tokens."""
    exact = target.profile()
    generator, raw, smooth = np.random.default_rng(0), [], []
    for _ in range(60):
        noise = generator.normal(0, 0.3 / np.sqrt(64 - np.arange(64)))
        measured = unmask.InformationProfile(exact.values + noise)
        raw.append(exact.cost(optimal(measured, 8)))
        smooth.append(exact.cost(optimal(smoothed(measured), 8)))
    assert mean_interval(np.array(raw) - np.array(smooth), confidence=0.99).low > 0
    assert np.mean(smooth) < 1.35 * exact.cost(optimal(exact, 8))
