import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import unmask
from unmask.errors import ArgumentError, MalformedFieldError


def triangle(n, seed):
    """A random h(j, m) that never increases in m."""
    steps = np.random.default_rng(seed).exponential(size=(n, n))
    return np.cumsum(steps[::-1], axis=0)[::-1]


@given(st.integers(1, 12), st.integers(0, 10**6), st.data())
def test_bound_is_the_sum_of_its_blocks(n, seed, data):
    h = triangle(n, seed)
    profile = unmask.OrderProfile(h)
    cuts = data.draw(st.sets(st.integers(1, n - 1))) if n > 1 else set()
    schedule = unmask.Schedule.from_cumulative([*sorted(cuts), n])
    expected = sum(h[a, a:b].sum() for a, b in zip(schedule.nodes, schedule.cumulative, strict=True))
    assert profile.bound(schedule) == pytest.approx(expected)
    assert profile.entropy == pytest.approx(np.trace(h))


@given(st.lists(st.floats(-5, 0), min_size=1, max_size=12).map(sorted), st.data())
def test_random_order_is_the_special_case(values, data):
    plain = unmask.InformationProfile(values)
    general = unmask.OrderProfile.from_information_profile(plain)
    cuts = data.draw(st.sets(st.integers(1, plain.length - 1))) if plain.length > 1 else set()
    schedule = unmask.Schedule.from_cumulative([*sorted(cuts), plain.length])
    assert general.cost(schedule) == pytest.approx(plain.cost(schedule), abs=1e-9)
    assert general.bound(schedule) == pytest.approx(plain.bound(schedule), abs=1e-9)


def test_between_levels_is_an_upper_bound():
    h = triangle(12, 0)
    levels = [0, 3, 7]
    coarse, fine = unmask.OrderProfile(h[levels], levels=levels), unmask.OrderProfile(h)
    for start in range(12):
        for stop in range(start + 1, 12):
            below = max(level for level in levels if level <= start)
            if start == below:
                assert coarse.block_cost(start, stop) == pytest.approx(fine.block_cost(start, stop))
            # h never increases in m, so taking m from the level below can only overstate; interpolation stays between.
            from_below = h[below, start:stop].sum()
            assert coarse.block_cost(start, stop) <= from_below + 1e-9
            if stop <= min((level for level in levels if level > start), default=12):
                assert coarse.block_cost(start, stop) == pytest.approx(from_below)


def test_rows_and_split(tmp_path):
    levels, n, rows = np.array([0, 4, 8]), 12, 6
    costs = np.zeros((rows, 3, 4))
    tables = np.zeros((rows, 3, n))
    for row in range(rows):
        tables[row] = triangle(n, row)[levels]
        edges = [0, 4, 8, 12]
        for p in range(3):
            for q in range(p + 1, 4):
                costs[row, p, q] = tables[row, p, edges[p] : edges[q]].sum()
    profile = unmask.OrderProfile(tables.mean(axis=0), levels=levels, row_costs=costs, order="bit-reversal")
    schedule = unmask.Schedule([4, 8])
    assert profile.row_bounds(schedule).mean() == pytest.approx(profile.bound(schedule))
    even, odd = profile.split()
    assert even.bound(schedule) == pytest.approx(profile.row_bounds(schedule)[0::2].mean())
    assert odd.bound(schedule) == pytest.approx(profile.row_bounds(schedule)[1::2].mean())
    with pytest.raises(ArgumentError, match="between measured levels"):
        profile.row_bounds(unmask.Schedule([5, 7]))
    profile.save(tmp_path / "o.json")
    again = unmask.load_profile(tmp_path / "o.json")
    assert again.order == "bit-reversal"
    assert again.bound(schedule) == pytest.approx(profile.bound(schedule))
    with pytest.raises(MalformedFieldError, match="OrderProfile"):
        unmask.InformationProfile.load(tmp_path / "o.json")


@pytest.mark.parametrize(
    ("values", "keywords"),
    [([[np.nan]], {}), ([1.0], {}), (np.zeros((2, 3)), {"levels": [0]}), (np.zeros((1, 3)), {"levels": [1]}), ([[]], {})],
)
def test_bad_input(values, keywords):
    with pytest.raises(ValueError):
        unmask.OrderProfile(values, **keywords)
