import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

import unmask
from unmask import errors

profiles = st.integers(1, 20).flatmap(lambda n: arrays(np.float64, n, elements=st.floats(-5, 0))).map(np.sort)


def compositions(draw_from, length):
    """A random schedule of this length."""
    cuts = draw_from(st.sets(st.integers(1, length - 1))) if length > 1 else set()
    return unmask.Schedule.from_cumulative([*sorted(cuts), length])


@given(profiles)
def test_identities(values):
    profile = unmask.InformationProfile(values)
    n = profile.length
    assert profile.entropy == pytest.approx(-values.sum(), abs=1e-12)
    both = profile.total_correlation + profile.dual_total_correlation
    assert both == pytest.approx(n * profile.range, abs=1e-9)
    for i in range(1, n):
        assert profile.increments[i] == values[i] - values[i - 1]


@given(profiles, st.data())
def test_lemma_6_in_three_forms(values, data):
    profile = unmask.InformationProfile(values)
    schedule = compositions(data.draw, profile.length)
    a = np.concatenate([[0], schedule.cumulative])
    riemann = values.sum() - sum((a[k + 1] - a[k]) * values[a[k]] for k in range(schedule.steps))
    next_node = [min([x for x in a if x >= i]) for i in range(1, profile.length)]
    weighted = sum(profile.increments[i] * (next_node[i - 1] - i) for i in range(1, profile.length))
    blocks = sum(profile.block_cost(a[k], a[k + 1]) for k in range(schedule.steps))
    for form in (riemann, weighted, blocks):
        assert profile.cost(schedule) == pytest.approx(form, abs=1e-9)
    assert profile.cost(schedule) >= -1e-12
    assert profile.bound(schedule) == pytest.approx(profile.cost(schedule) + profile.entropy, abs=1e-9)


@given(profiles, st.floats(-100, 100), st.data())
def test_shift_and_scale(values, shift, data):
    profile = unmask.InformationProfile(values)
    schedule = compositions(data.draw, profile.length)
    assert unmask.InformationProfile(values + shift).cost(schedule) == pytest.approx(profile.cost(schedule), abs=1e-9)
    assert unmask.InformationProfile(3 * values).cost(schedule) == pytest.approx(3 * profile.cost(schedule), abs=1e-9)


@given(st.data())
def test_measured_profile_is_its_rows(data):
    levels = np.array(sorted({0, *data.draw(st.sets(st.integers(1, 11)))}))
    rows = data.draw(arrays(np.float64, (5, levels.size), elements=st.floats(-5, 0)))
    profile = unmask.InformationProfile.from_rows(12, levels, rows)
    schedule = compositions(data.draw, 12)
    assert profile.row_costs(schedule).mean() == pytest.approx(profile.cost(schedule), abs=1e-9)
    assert profile.row_bounds(schedule).mean() == pytest.approx(profile.bound(schedule), abs=1e-9)
    one_row = unmask.InformationProfile.from_rows(12, levels, rows[:1])
    assert profile.row_costs(schedule)[0] == pytest.approx(one_row.cost(schedule), abs=1e-9)
    assert profile.cost_interval(schedule).low <= profile.cost(schedule) + 1e-12
    assert profile.entropy_interval().value == pytest.approx(profile.entropy, abs=1e-9)
    even, odd = profile.split()
    assert (even.rows, odd.rows) == (3, 2)


def test_interval_coverage():
    generator = np.random.default_rng(0)
    schedule = unmask.Schedule([2, 3, 3])
    truth = unmask.InformationProfile(-np.ones(8) + np.arange(8) / 10).cost(schedule)
    hits = 0
    for _ in range(2000):
        rows = -1 + np.arange(8) / 10 + generator.normal(0, 0.3, (12, 8))
        interval = unmask.InformationProfile.from_rows(8, np.arange(8), rows).cost_interval(schedule)
        hits += interval.low <= truth <= interval.high
    assert 0.935 <= hits / 2000 <= 0.965


@pytest.mark.parametrize("bad", [[], [[1.0]], [np.nan], [0.0, -np.inf], "text", [None], 3.0])
def test_bad_values(bad):
    with pytest.raises(ValueError, match="values"):
        unmask.InformationProfile(bad)


def test_wrong_length_schedule():
    with pytest.raises(errors.ArgumentError, match="length 3"):
        unmask.InformationProfile([-1.0, 0.0]).cost(unmask.Schedule([3]))


def test_file_round_trip(tmp_path):
    rows = np.random.default_rng(0).normal(size=(4, 3))
    profile = unmask.InformationProfile.from_rows(6, [0, 2, 5], rows, settings={"seed": 3})
    profile.save(tmp_path / "p.json")
    again = unmask.load_profile(tmp_path / "p.json")
    np.testing.assert_array_equal(again.values, profile.values)
    np.testing.assert_array_equal(again.row_values, profile.row_values)
    assert again.settings == {"seed": 3}
    with pytest.raises(errors.MalformedFieldError, match="InformationProfile"):
        unmask.OrderProfile.load(tmp_path / "p.json")
