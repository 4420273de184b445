import numpy as np
import pytest
import torch

import unmask
from toys import enumerable_targets
from unmask.denoiser import as_denoiser
from unmask.errors import ArgumentError, DenoiserError


def flat(tokens):
    return torch.zeros(*tokens.shape, 5)


def test_laws_exclude_mask_and_excluded():
    denoiser = unmask.wrap(flat, length=3, vocab_size=5, mask_id=4, excluded=(0,))
    laws = denoiser.log_probs(np.full((1, 3), 4), np.array([[True, False, True]])).exp()
    assert laws.shape == (2, 5)
    np.testing.assert_allclose(laws, [[0, 1 / 3, 1 / 3, 1 / 3, 0]] * 2)


def test_token_scores_are_the_same_numbers_in_slices(monkeypatch):
    from unmask import denoiser as room

    generator = torch.Generator().manual_seed(0)
    table = torch.randn(8, 6, 5, generator=generator)
    wrapped = unmask.wrap(lambda t: table[: len(t)], length=6, vocab_size=5, mask_id=4)
    where = np.random.default_rng(0).random((8, 6)) < 0.5
    truth = np.random.default_rng(1).integers(0, 4, where.sum())
    laws = wrapped.log_probs(np.full((8, 6), 4), where)
    monkeypatch.setattr(room, "SLICE_ELEMENTS", 12)
    scores = wrapped.token_log_probs(np.full((8, 6), 4), where, truth)
    np.testing.assert_allclose(scores, laws[np.arange(len(truth)), truth], atol=1e-12)


class Output:
    def __init__(self, logits):
        self.logits = logits


def test_outputs_of_any_kind():
    for function in (flat, lambda t: Output(flat(t)), lambda t: flat(t).numpy(), lambda t: flat(t).bfloat16()):
        assert unmask.check_denoiser(unmask.wrap(function, length=3, vocab_size=5, mask_id=4)).passed


@pytest.mark.parametrize("name", enumerable_targets())
def test_targets_are_denoisers(name):
    assert unmask.check_denoiser(enumerable_targets()[name].denoiser()).passed


def liar(kind):
    state = {"calls": 0}

    def function(tokens):
        state["calls"] += 1
        logits = torch.zeros(*tokens.shape, 5)
        if kind == "nan":
            logits[0, 0, 0] = torch.nan
        elif kind == "infinite":
            logits[0, 0, 0] = torch.inf
        elif kind == "only the mask":
            logits[..., :4] = -torch.inf
        elif kind == "shape":
            return logits[:, :-1]
        elif kind == "changes":
            logits[..., 0] = state["calls"]
        elif kind == "batch":
            logits[..., 0] = tokens.shape[0]
        elif kind == "writes":
            tokens[:] = 0
        elif kind == "raises":
            raise RuntimeError("boom\nsecond line")
        return logits

    return unmask.wrap(function, length=8, vocab_size=5, mask_id=4)


@pytest.mark.parametrize(
    ("kind", "check"),
    [
        ("nan", "finite laws"),
        ("infinite", "finite laws"),
        ("only the mask", "finite laws"),
        ("shape", "shape"),
        ("changes", "deterministic"),
        ("batch", "batch invariant"),
        ("writes", "input untouched"),
        ("raises", "shape"),
    ],
)
def test_check_denoiser_catches_liars(kind, check):
    with pytest.raises(DenoiserError, match=f"FAIL {check}"):
        unmask.check_denoiser(liar(kind))


@pytest.mark.parametrize(
    ("keywords", "words"),
    [
        ({"length": 0}, "length"),
        ({"vocab_size": 0}, "vocab_size"),
        ({"mask_id": 9}, "mask_id"),
        ({"mask_id": -1}, "mask_id"),
        ({"excluded": (0, 1, 2, 3)}, "excluded"),
    ],
)
def test_bad_wraps(keywords, words):
    with pytest.raises(ArgumentError, match=words):
        unmask.wrap(flat, **{"length": 3, "vocab_size": 5, "mask_id": 4, **keywords})


def test_things_that_are_no_denoiser():
    with pytest.raises(ArgumentError, match="function of tokens"):
        unmask.wrap(3, length=1, vocab_size=2, mask_id=1)
    with pytest.raises(ArgumentError, match=r"unmask\.load"):
        as_denoiser("zoo:python")


def test_modules_are_put_in_evaluation_mode():
    class Noisy(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.layer = torch.nn.Sequential(torch.nn.Embedding(5, 5), torch.nn.Dropout(0.5))

        def forward(self, tokens):
            return self.layer(tokens)

    assert unmask.check_denoiser(unmask.wrap(Noisy(), length=4, vocab_size=5, mask_id=4)).passed


@pytest.mark.parametrize("dtype", [np.int8, np.uint8, np.int16, np.uint16, np.int32, np.uint32, np.uint64, ">i8"])
def test_tokens_of_any_integer_type_reach_the_function_as_int64(dtype, recwarn):
    seen = []
    denoiser = unmask.wrap(lambda t: (seen.append(t.dtype), flat(t))[1], length=3, vocab_size=5, mask_id=4)
    tokens = np.full((2, 3), 4, dtype=dtype)
    tokens.setflags(write=False)
    denoiser(tokens)
    denoiser(torch.full((2, 3), 4, dtype=torch.int16))
    assert seen == [torch.int64] * 2
    assert not recwarn.list


def test_a_function_that_writes_into_its_input_cannot_change_ours():
    def writes(tokens):
        tokens[:] = 0
        return flat(tokens)

    tokens = np.full((2, 3), 4)
    unmask.wrap(writes, length=3, vocab_size=5, mask_id=4)(tokens)
    assert (tokens == 4).all()


@pytest.mark.parametrize("output", [None, "logits", (torch.zeros(1, 3, 5),)])
def test_outputs_that_are_no_logits(output):
    with pytest.raises(DenoiserError, match="must return logits"):
        unmask.wrap(lambda t: output, length=3, vocab_size=5, mask_id=4)(np.full((1, 3), 4))


def test_tokens_as_tensors_and_ragged_lists():
    denoiser = unmask.wrap(flat, length=3, vocab_size=5, mask_id=4)
    assert denoiser.check_tokens(torch.ones(2, 3, dtype=torch.int32)).dtype == np.int64
    with pytest.raises(ArgumentError, match="different lengths"):
        denoiser.check_tokens([[1, 2, 3], [1]])
