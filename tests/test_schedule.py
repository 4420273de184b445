import pickle

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import unmask
from unmask import errors

sizes_lists = st.lists(st.integers(1, 50), min_size=1, max_size=30)


def test_contract_example():
    schedule = unmask.Schedule([1, 2, 5, 8])
    assert schedule.sizes.tolist() == [1, 2, 5, 8]
    assert schedule.cumulative.tolist() == [1, 3, 8, 16]
    assert schedule.nodes.tolist() == [0, 1, 3, 8]
    assert (schedule.steps, schedule.length, len(schedule)) == (4, 16, 4)


@given(sizes_lists)
def test_cumulative_and_back(sizes):
    schedule = unmask.Schedule(sizes)
    assert unmask.Schedule.from_cumulative(schedule.cumulative) == schedule
    assert schedule.cumulative[-1] == sum(sizes) == schedule.length
    assert hash(schedule) == hash(unmask.Schedule(tuple(sizes)))


@given(sizes=sizes_lists)
def test_file_round_trip(tmp_path_factory, sizes):
    path = tmp_path_factory.mktemp("schedules") / "schedule.json"
    schedule = unmask.Schedule(sizes, name="mine", note="why", settings={"seed": 1})
    schedule.save(path)
    loaded = unmask.Schedule.load(path)
    assert loaded == schedule
    assert (loaded.name, loaded.note, loaded.settings) == ("mine", "why", {"seed": 1})


@pytest.mark.parametrize("bad", [[], [0], [1, -1], [1.5], [[1, 2]], ["a"], [np.nan], [True, False]])
def test_bad_sizes(bad):
    with pytest.raises(ValueError, match="sizes"):
        unmask.Schedule(bad)


def test_immutable_and_picklable():
    schedule = unmask.Schedule([1, 2], name="n")
    with pytest.raises(AttributeError, match="immutable"):
        schedule.name = "other"
    with pytest.raises(ValueError):
        schedule.sizes[0] = 5
    again = pickle.loads(pickle.dumps(schedule))
    assert again == schedule
    assert again.name == "n"


@pytest.mark.parametrize("sizes", [[], [0, 4], "x", [[1]], [1.5], None])
def test_malformed_files(tmp_path, sizes):
    from unmask.files import write_json

    write_json(tmp_path / "s.json", {"format": "unmask.schedule", "version": 1, "sizes": sizes})
    with pytest.raises(errors.MalformedFieldError, match="sizes"):
        unmask.Schedule.load(tmp_path / "s.json")
