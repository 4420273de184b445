import sys
from pathlib import Path

import numpy as np
import pytest
import torch

sys.path.insert(0, str(Path(__file__).parents[1]))
import models
import unmask
from unmask.adapters.masked_lm import _frame, from_model
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


def test_an_encoder_without_its_head_is_refused(tmp_path):
    """transformers would fill the head with random weights and only warn."""
    import transformers

    folder = models.save("bert", tmp_path / "bert")
    transformers.BertModel.from_pretrained(folder).save_pretrained(folder)
    with pytest.raises(LoadError, match="masked-LM head"):
        unmask.load(str(folder))


def test_broken_or_missing_files_are_load_errors(tmp_path):
    folder = models.save("bert", tmp_path / "bert")
    weights = (folder / "model.safetensors").read_bytes()
    for content in (weights[:1000], b""):
        (folder / "model.safetensors").write_bytes(content)
        with pytest.raises(LoadError, match="cannot load"):
            unmask.load(str(folder))
    (folder / "model.safetensors").unlink()
    torch.save({}, folder / "pytorch_model.bin")
    with pytest.raises(LoadError, match="safetensors"):
        unmask.load(str(folder))
    bare = tmp_path / "bare"
    bare.mkdir()
    (bare / "model.safetensors").write_bytes(weights)
    (bare / "config.json").write_bytes((folder / "config.json").read_bytes())
    with pytest.raises(LoadError, match="tokenizer"):
        unmask.load(str(bare))


def test_a_mask_token_the_model_has_never_seen_is_refused(tmp_path):
    import transformers

    tokenizer = models.wordpiece(tmp_path, 40)
    config = transformers.BertConfig(vocab_size=tokenizer.vocab_size, max_position_embeddings=40, **models.SMALL)
    transformers.BertForMaskedLM(config).save_pretrained(tmp_path)
    tokenizer.add_special_tokens({"mask_token": "[HIDDEN]"})
    tokenizer.save_pretrained(tmp_path)
    with pytest.raises(LoadError, match="mask token has id"):
        unmask.load(str(tmp_path))


@pytest.mark.parametrize("architecture", ["roberta", "esm", "mpnet"])
def test_position_offsets_without_help_from_the_tokenizer(tmp_path, architecture):
    """Position ids that start after the padding id leave 40 of 42, and the frame leaves 38, when no maximum is stated."""
    import transformers

    if architecture == "mpnet":
        tokenizer = models.wordpiece(tmp_path, 40)
        config = transformers.MPNetConfig(vocab_size=len(tokenizer), max_position_embeddings=42, **models.SMALL)
        model = transformers.MPNetForMaskedLM(config)
    else:
        model, tokenizer = models.ARCHITECTURES[architecture](tmp_path)
    tokenizer.model_max_length = int(1e30)
    denoiser = from_model(model, tokenizer)
    assert denoiser.length == 38
    assert torch.isfinite(denoiser(np.full((1, 38), denoiser.mask_id))).all()


def test_frame_when_the_first_ordinary_token_is_a_blank():
    import tokenizers
    import transformers

    names = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", " ", "a"]
    inner = tokenizers.Tokenizer(tokenizers.models.WordLevel({name: i for i, name in enumerate(names)}, unk_token="[UNK]"))
    inner.pre_tokenizer = tokenizers.pre_tokenizers.Whitespace()  # cleans blanks away
    inner.post_processor = tokenizers.processors.TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    special = {f"{kind}_token": f"[{kind.upper()}]" for kind in ("pad", "unk", "cls", "sep", "mask")}
    assert _frame(transformers.PreTrainedTokenizerFast(tokenizer_object=inner, **special)) == ([2], [3])
