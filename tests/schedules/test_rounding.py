"""The one rounding: exactly K strictly increasing nodes that end at N, moved only where they must be."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from unmask.errors import ArgumentError
from unmask.schedules.rounding import from_curve, repaired

wanted = st.integers(1, 60).flatmap(
    lambda N: st.tuples(st.just(N), st.lists(st.floats(0, N), min_size=1, max_size=N).map(sorted).map(np.array))
)


@given(wanted)
def test_any_curve_becomes_a_schedule(case):
    N, nodes = case
    schedule = repaired(nodes.copy(), N, name="custom")
    assert (schedule.steps, schedule.length) == (nodes.size, N)


@given(wanted)
def test_nodes_that_fit_stay(case):
    N, nodes = case
    K = nodes.size
    rounded = np.append(np.rint(nodes[:-1]), N)
    found = repaired(nodes.copy(), N).cumulative
    for k in range(K):
        # Node k fits if everything before it is already increasing and enough tokens remain after it.
        if np.all(np.diff(rounded[: k + 1], prepend=0) >= 1) and rounded[k] <= N - K + k + 1:
            assert found[k] == rounded[k]


def test_collisions_in_the_middle():
    assert repaired(np.array([5.0, 5.2, 5.4, 12.0, 20.0]), 20).cumulative.tolist() == [5, 6, 7, 12, 20]
    assert repaired(np.array([0.0, 0.0, 19.9, 20.0, 20.0]), 20).cumulative.tolist() == [1, 2, 18, 19, 20]


def test_a_curve_that_overflows_is_refused():
    with pytest.raises(ArgumentError, match="overflows"):
        from_curve(lambda t: t * np.nan, 8, 4, "curve")
