"""Files from strangers: every fault has its own error, none reaches a traceback or eats the machine."""

import json
import os
from pathlib import Path

import numpy as np
import pytest

import unmask
from unmask import errors, files

GOOD = {"format": "unmask.profile", "version": 1, "order": "random", "length": 2, "levels": [0, 1], "values": [-1.0, 0.0]}


def attack(**changes):
    return json.dumps({**GOOD, **changes})


FAULTS = {
    "truncated": (attack()[:-5], errors.NotJSONError),
    "empty": ("", errors.NotJSONError),
    "not text": (b"\xff\xfe\x00", errors.NotJSONError),
    "nan": (attack().replace("-1.0", "NaN"), errors.NonFiniteNumberError),
    "infinity": (attack().replace("-1.0", "-Infinity"), errors.NonFiniteNumberError),
    "overflow": (attack().replace("-1.0", "1e999"), errors.NonFiniteNumberError),
    "huge integer": (attack().replace("-1.0", "9" * 5000), errors.NonFiniteNumberError),
    "duplicate key": (attack()[:-1] + ', "values": [0.0, 0.0]}', errors.DuplicateKeyError),
    "deep nesting": ("[" * 100_000 + "]" * 100_000, errors.NotJSONError),
    "a list": ("[1]", errors.WrongFormatError),
    "other format": (attack(format="unmask.schedule"), errors.WrongFormatError),
    "newer version": (attack(version=99), errors.UnknownVersionError),
    "version is true": (attack(version=True), errors.UnknownVersionError),
    "version is text": (attack(version="1"), errors.UnknownVersionError),
    "wrong length": (attack(length=3), errors.MalformedFieldError),
    "no values": (attack(values=[]), errors.MalformedFieldError),
    "nested values": (attack(values=[[1], [2]]), errors.MalformedFieldError),
    "ragged values": (attack(values=[[1], 2]), errors.MalformedFieldError),
    "text values": (attack(values=["a", "b"]), errors.MalformedFieldError),
    "null values": (attack(values=None), errors.MalformedFieldError),
    "boolean values": (attack(values=[True, False]), errors.MalformedFieldError),
    "levels fall": (attack(levels=[1, 0]), errors.MalformedFieldError),
    "rows do not fit": (attack(row_values=[[0.0]]), errors.MalformedFieldError),
    "settings is a list": (attack(settings=[]), errors.MalformedFieldError),
    "order is a number": (attack(order=7), errors.MalformedFieldError),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_profile_faults(tmp_path, fault):
    content, expected = FAULTS[fault]
    path = tmp_path / "profile.json"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(expected) as caught:
        unmask.load_profile(path)
    assert isinstance(caught.value, unmask.UnmaskError)
    assert "\n" not in str(caught.value)
    assert str(path) in str(caught.value)


def test_missing_and_too_large(tmp_path, monkeypatch):
    with pytest.raises(errors.FileMissingError):
        unmask.load_profile(tmp_path / "no.json")
    (tmp_path / "big.json").write_text(attack())
    monkeypatch.setattr(files, "SIZE_CAP", 10)
    with pytest.raises(errors.FileTooLargeError):
        unmask.load_profile(tmp_path / "big.json")


def test_brackets_inside_strings_are_not_nesting(tmp_path):
    path = tmp_path / "profile.json"
    path.write_text(attack(settings={"name": '[[["' * 1000 + "\\"}))
    assert unmask.load_profile(path).length == 2


def test_a_failed_write_leaves_the_old_file(tmp_path, monkeypatch):
    path = tmp_path / "profile.json"
    unmask.InformationProfile([-1.0, 0.0]).save(path)
    before = path.read_bytes()

    def disk_full(_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", disk_full)
    with pytest.raises(OSError, match="No space"):
        unmask.InformationProfile(np.zeros(5)).save(path)
    assert path.read_bytes() == before
    assert [p.name for p in tmp_path.iterdir()] == ["profile.json"]


def test_nan_is_never_written(tmp_path):
    with pytest.raises(ValueError):
        files.write_json(tmp_path / "x.json", {"value": float("nan")})
    assert not (tmp_path / "x.json").exists()


def test_outputs_that_must_not_be_replaced(tmp_path):
    """Renaming a file over a folder fails late, and over /dev/null it breaks the machine."""
    profile = unmask.InformationProfile([-1.0, 0.0])
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path / "pipe", tmp_path, os.devnull, tmp_path / "missing" / "p.json"):
        with pytest.raises(errors.UnwritableError) as caught:
            profile.save(path)
        assert str(path) in str(caught.value)
    assert not Path(os.devnull).is_file()


def test_a_link_stays_a_link(tmp_path):
    (tmp_path / "real").mkdir()
    (tmp_path / "link.json").symlink_to(tmp_path / "real" / "p.json")
    for values in ([-1.0, 0.0], [-2.0, 0.0]):
        unmask.InformationProfile(values).save(tmp_path / "link.json")
        assert (tmp_path / "link.json").is_symlink()
        assert unmask.load_profile(tmp_path / "real" / "p.json").values.tolist() == values


def test_control_characters_in_an_order_never_reach_a_terminal(tmp_path):
    path = tmp_path / "o.json"
    path.write_text(json.dumps({**GOOD, "order": "\x1b]0;pwned\x07", "values": [[1.0, 1.0], [0.0, 1.0]]}))
    with pytest.raises(errors.MalformedFieldError, match="control characters"):
        unmask.load_profile(path)


@pytest.mark.parametrize("text", ['"' + "\\" * 2_000_001, '"' * 2_000_001, "{" * 200_000, '"a' * 1_000_000])
def test_measuring_nesting_is_linear(text):
    assert files._depth(text) in (0, 200_000)


def test_nesting_agrees_with_a_plain_scan():
    for value in ([[["]"]]], {"a": ['"[', {"\\": '\\"['}]}, [], "[[["):
        depth, text = 0, json.dumps(value)

        def levels(x):
            inner = x.values() if isinstance(x, dict) else x if isinstance(x, list) else None
            return 0 if inner is None else 1 + max(map(levels, inner), default=0)

        depth = levels(value)
        assert files._depth(text) == depth
