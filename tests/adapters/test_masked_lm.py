import sys
from pathlib import Path

import numpy as np
import pytest
import torch

sys.path.insert(0, str(Path(__file__).parents[1]))
import models
import unmask
from unmask.errors import ArgumentError, LoadError


@pytest.fixture(scope="module", params=models.ARCHITECTURES)
def folder(request, tmp_path_factory):
    return models.save(request.param, tmp_path_factory.mktemp(request.param))


def test_passes_the_contract(folder):
    assert unmask.check_denoiser(unmask.load(str(folder))).passed


def test_logits_are_the_models_own(folder):
    """Rows hold content only; the frame of special tokens is put around them exactly as the tokenizer does."""
    import transformers

    tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
    model = transformers.AutoModelForMaskedLM.from_pretrained(folder).eval()
    text = "LAGVSE" if "esm" in str(folder) else "the cat sat on a mat"
    framed = tokenizer(text, return_tensors="pt")
    content = tokenizer(text, add_special_tokens=False, return_tensors="pt")["input_ids"]
    with torch.no_grad():
        expected = model(**framed).logits
    ours = unmask.load(str(folder))(content)
    extra = framed["input_ids"].shape[1] - content.shape[1]
    assert extra == 2
    torch.testing.assert_close(ours, expected[:, 1:-1], atol=1e-5, rtol=1e-4)


def test_maximum_length_is_respected(folder):
    denoiser = unmask.load(str(folder))
    assert denoiser.length == 38
    longest = np.full((1, 38), denoiser.mask_id)
    assert torch.isfinite(denoiser(longest)).all()
    with pytest.raises(ArgumentError, match="at most 38"):
        unmask.sample(denoiser, unmask.Schedule([39]), 1)


def test_no_special_token_is_sampled(folder):
    denoiser = unmask.load(str(folder))
    rows = unmask.sample(denoiser, unmask.Schedule([4, 4]), 100, seed=1)
    assert not np.isin(rows, [*denoiser.tokenizer.all_special_ids, denoiser.mask_id]).any()
    assert rows.max() < len(denoiser.tokenizer)


@pytest.mark.parametrize("batch_size", [1, 3])
def test_batch_size_changes_nothing(folder, batch_size):
    denoiser = unmask.load(str(folder))
    reference = unmask.sample(denoiser, unmask.Schedule([2, 3, 5]), 8, seed=2, batch_size=8)
    np.testing.assert_array_equal(
        unmask.sample(denoiser, unmask.Schedule([2, 3, 5]), 8, seed=2, batch_size=batch_size), reference
    )


def test_profile_of_a_random_model_is_nearly_flat(folder):
    denoiser = unmask.load(str(folder))
    rows = np.random.default_rng(0).integers(5, 15, (6, 20))
    profile = unmask.estimate_profile(denoiser, rows)
    assert profile.length == 20
    assert abs(profile.range) < 1


def test_things_that_are_no_masked_lm(tmp_path):
    with pytest.raises(LoadError, match=r"no config\.json"):
        unmask.load(str(tmp_path))
    with pytest.raises(LoadError, match="no such folder"):
        unmask.load("/no/such/folder")
    with pytest.raises(ArgumentError, match="zoo has no"):
        unmask.load("zoo:unicorn")
    with pytest.raises(ArgumentError, match="commit hash"):
        unmask.load("some/model", revision="main", trust_remote_code=True)


def test_causal_models_and_models_without_mask_are_refused(tmp_path):
    import transformers

    folder = models.save("bert", tmp_path / "bert")
    tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
    gpt = transformers.GPT2LMHeadModel(transformers.GPT2Config(vocab_size=20, n_positions=16, n_embd=8, n_layer=1, n_head=1))
    gpt.save_pretrained(tmp_path / "gpt")
    tokenizer.save_pretrained(tmp_path / "gpt")
    with pytest.raises(LoadError, match="masked language model"):
        unmask.load(str(tmp_path / "gpt"))
    tokenizer.mask_token = None
    tokenizer.save_pretrained(folder)
    with pytest.raises(LoadError, match="no mask token"):
        unmask.load(str(folder))
