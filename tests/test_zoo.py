"""The bundled denoiser and the real text behind it."""

import json
import sys

import numpy as np
import pytest
from safetensors import safe_open

import unmask
from unmask import cli, zoo
from unmask.data import read_rows
from unmask.errors import ArgumentError
from unmask.zoo import python_text


@pytest.fixture(scope="module")
def denoiser():
    return unmask.load("zoo:python")


def test_splits_are_by_file_and_the_same_every_time():
    splits = {name: python_text.documents(name) for name in python_text.SPLITS}
    python_text.documents.cache_clear()
    assert splits == {name: python_text.documents(name) for name in python_text.SPLITS}
    assert not set(splits["train"]) & (set(splits["calibration"]) | set(splits["test"]))
    assert python_text.split_of("json/decoder.py") == python_text.split_of("json/decoder.py")
    total = {name: sum(map(len, texts)) for name, texts in splits.items()}
    assert total["train"] > 3 * (total["calibration"] + total["test"])
    assert min(total.values()) > 100_000
    assert all(set(text) <= {"\n", *map(chr, range(32, 127))} for texts in splits.values() for text in texts)


def test_weights_are_small_half_precision_safetensors():
    folder = zoo.folder("python")
    weights = folder / "model.safetensors"
    assert weights.stat().st_size <= 8_000_000
    with safe_open(weights, "pt") as tensors:
        assert {str(tensors.get_tensor(name).dtype) for name in tensors.keys()} == {"torch.float16"}  # noqa: SIM118
    card = (folder / "README.md").read_text()
    for word in ("command", "seed", "machine", "wall time", "Held-out"):
        assert word in card
    assert {p.suffix for p in folder.iterdir()} <= {".json", ".safetensors", ".md"}


def test_reads_like_a_users_model(denoiser):
    assert (denoiser.length, denoiser.mask_id) == (256, 2)
    assert unmask.check_denoiser(denoiser).passed
    text = "def f(x):\n    return x\n"
    assert denoiser.tokenizer.decode(denoiser.tokenizer(text)["input_ids"]) == text


def test_it_has_learned_python(denoiser):
    rows = read_rows("zoo:python:test", denoiser.tokenizer, 256, limit=12, unknown="drop")
    profile = unmask.estimate_profile(denoiser, rows, levels=10)
    assert profile.entropy / 256 < 2.1
    assert profile.range > 1.5


def test_batch_sizes_give_the_same_text(denoiser):
    schedule = unmask.schedules.uniform(48, 4)
    reference = unmask.sample(denoiser, schedule, 8, seed=5, order="bit-reversal", batch_size=8)
    for batch_size in (1, 3):
        again = unmask.sample(denoiser, schedule, 8, seed=5, order="bit-reversal", batch_size=batch_size)
        np.testing.assert_array_equal(again, reference)


def test_the_demo(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", ["unmask", "demo", "--rows", "4", "--json"])
    with pytest.raises(SystemExit) as left:
        cli.main()
    assert left.value.code == 0
    result = json.loads(capsys.readouterr().out)
    assert result["predicted"].keys() == result["measured"].keys()
    assert all(len(line) == 5 for line in result["predicted"].values())
    page = (tmp_path / "report.html").read_text()
    assert "random + uniform" in page


def test_unknown_names():
    with pytest.raises(ArgumentError, match="zoo has no"):
        zoo.folder("../../etc")
    with pytest.raises(ArgumentError, match="split"):
        zoo.documents("python", "everything")
