"""Training: the law of the masks, the loss's definition, and a run that is killed and goes on."""

import json
import signal
import subprocess
import sys
import time

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

import unmask
from unmask.character_tokenizer import character_tokenizer
from unmask.errors import ArgumentError, DataError
from unmask.training import IGNORED, MaskingCollator, Windows, last_checkpoint, masked_cross_entropy, new_model, train

LENGTH = 16


def material():
    texts = ["abcab" * 12, "ddeed" * 10, "short"]
    tokenizer = character_tokenizer(texts, LENGTH)
    return tokenizer, [np.array(tokenizer(t, verbose=False)["input_ids"]) for t in texts]


def tiny(tokenizer):
    torch.manual_seed(0)
    return new_model(tokenizer, LENGTH, hidden=64, layers=1)


def test_windows_never_cross_documents():
    documents = [np.arange(5), np.arange(100, 102), np.arange(200, 203), np.arange(300, 307)]
    windows = Windows(documents, 3)
    rows = [windows[i]["input_ids"].tolist() for i in range(len(windows))]
    expected = [list(range(s, s + 3)) for s in (0, 1, 2, 200, 300, 301, 302, 303, 304)]
    assert rows == expected
    with pytest.raises(DataError, match="8 tokens"):
        Windows(documents, 8)


def test_number_of_masked_tokens_is_uniform_and_stratified():
    torch.manual_seed(0)
    collate, rows = MaskingCollator(99), [{"input_ids": np.arange(8)} for _ in range(4)]
    counts, positions = np.zeros(9), np.zeros(8)
    batches = 1500
    for _ in range(batches):
        masked = collate(rows)["labels"] != IGNORED
        per_row = masked.sum(dim=1)
        # N = 8 over 4 rows: each quarter of 1..8 once in every batch, in any order.
        assert sorted(((per_row - 1) // 2).tolist()) == [0, 1, 2, 3]
        counts += np.bincount(per_row, minlength=9)
        positions += masked.sum(dim=0).numpy()
    assert counts[0] == 0
    share = counts[1:] / counts.sum()
    assert np.abs(share - 1 / 8).max() < 5 * np.sqrt(1 / 8 / (4 * batches))
    mean = positions / (4 * batches)
    assert np.abs(mean - 4.5 / 8).max() < 5 * 0.5 / np.sqrt(4 * batches)


def test_labels_are_the_tokens_that_were_hidden():
    torch.manual_seed(1)
    tokens = np.arange(40).reshape(4, 10)
    batch = MaskingCollator(99)([{"input_ids": row} for row in tokens])
    hidden = batch["labels"] != IGNORED
    assert (batch["input_ids"][hidden] == 99).all()
    assert (batch["labels"][hidden] == torch.as_tensor(tokens)[hidden]).all()
    assert (batch["input_ids"][~hidden] == torch.as_tensor(tokens)[~hidden]).all()
    one = MaskingCollator(99)([{"input_ids": np.array([7])}])
    assert one["input_ids"].tolist() == [[99]]


def test_loss_is_the_mean_over_rows_of_each_rows_mean():
    generator = torch.Generator().manual_seed(0)
    logits, labels = torch.randn(3, 5, 4, generator=generator), torch.full((3, 5), IGNORED)
    labels[0, :5], labels[1, 2], labels[2, 1:3] = torch.tensor([0, 1, 2, 3, 0]), 3, torch.tensor([1, 1])
    expected = np.mean(
        [
            np.mean([-float(logits[b, i].log_softmax(0)[labels[b, i]]) for i in range(5) if labels[b, i] != IGNORED])
            for b in range(3)
        ]
    )
    assert float(masked_cross_entropy(logits, labels)) == pytest.approx(expected, rel=1e-6)


RUN = """
import sys, time
sys.path.insert(0, {tests!r})
import transformers
import test_training as t
tokenizer, documents = t.material()

class Slow(transformers.TrainerCallback):
    def on_step_end(self, arguments, state, control, **_):
        time.sleep({pause})

result = t.train(t.tiny(tokenizer), tokenizer, documents, {folder!r}, length=t.LENGTH, steps=30, save_every=10,
                 callbacks=[Slow()])
print(result["steps"])
"""


def test_a_run_killed_at_once_goes_on_to_the_same_weights(tmp_path, capsys):
    tokenizer, documents = material()
    whole = train(tiny(tokenizer), tokenizer, documents, tmp_path / "whole", length=LENGTH, steps=30, save_every=10)
    assert whole["steps"] == 30
    assert capsys.readouterr().out == "", "standard output belongs to the caller"

    from pathlib import Path

    folder, tests = tmp_path / "killed", str(Path(__file__).parent)
    child = subprocess.Popen([sys.executable, "-c", RUN.format(tests=tests, folder=str(folder), pause=0.2)])
    deadline = time.monotonic() + 300
    while last_checkpoint(folder / "checkpoints")[0] is None and time.monotonic() < deadline:
        assert child.poll() is None, "the run ended before it could be killed"
        time.sleep(0.05)
    child.send_signal(signal.SIGKILL)
    child.wait()
    assert not (folder / "model.safetensors").exists()
    reached = last_checkpoint(folder / "checkpoints")[1].global_step
    assert reached in (10, 20)
    # A kill in the middle of writing the next checkpoint leaves a folder without its state, written last.
    cut = folder / "checkpoints" / f"checkpoint-{reached + 10}"
    cut.mkdir(exist_ok=True)
    (cut / "model.safetensors").write_bytes(b"cut")
    (cut / "trainer_state.json").write_text('{"global_step": 2')

    resumed = train(tiny(tokenizer), tokenizer, documents, folder, length=LENGTH, steps=30, save_every=10)
    assert resumed["steps"] == 30
    ours, theirs = load_file(folder / "model.safetensors"), load_file(tmp_path / "whole" / "model.safetensors")
    for name in theirs:
        assert ours[name].dtype == torch.float16
        torch.testing.assert_close(ours[name], theirs[name], msg=name)

    again = train(tiny(tokenizer), tokenizer, documents, folder, length=LENGTH, steps=30, save_every=10)
    assert again["steps"] == 30, "a finished run has nothing left to do"
    torch.testing.assert_close(load_file(folder / "model.safetensors"), ours)

    denoiser = unmask.load(str(folder))
    assert (denoiser.length, sorted(denoiser.excluded)) == (LENGTH, [0, 1, 2])
    rows = unmask.sample(denoiser, unmask.Schedule([4, 12]), 3)
    assert rows.min() > 2
    assert json.loads((folder / "config.json").read_text())["model_type"] == "modernbert"


def test_bad_arguments(tmp_path):
    tokenizer, documents = material()
    with pytest.raises(ArgumentError, match="multiple of 64"):
        new_model(tokenizer, LENGTH, hidden=100)
    tokenizer.mask_token = None
    with pytest.raises(ArgumentError, match="mask token"):
        train(None, tokenizer, documents, tmp_path, length=LENGTH, steps=1)
