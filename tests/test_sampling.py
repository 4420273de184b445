"""The law of the sampler, not its code path."""

import numpy as np
import pytest
import torch
from scipy import stats

import unmask
from toys import enumerable_targets, frequencies
from unmask import schedules
from unmask.errors import ArgumentError, DenoiserError
from unmask.sampling import draw

TARGETS = enumerable_targets()


def sampler_law(target, schedule):
    """The exact law of Eq. 2 with a fresh random order, by enumeration of orders: sequences -> probability."""
    denoiser, q = target.denoiser(), target.vocab_size
    q -= denoiser.vocab_size == q  # whichever convention: tokens are 0..mask_id-1
    tokens = denoiser.mask_id
    grid = np.stack(np.meshgrid(*[np.arange(tokens)] * target.length, indexing="ij"), axis=-1).reshape(-1, target.length)
    law = np.zeros(len(grid))
    for weight, order in unmask.orders.random().support(target.length):
        log_p = np.zeros(len(grid))
        for a, b in zip(schedule.nodes, schedule.cumulative, strict=True):
            seen = np.full_like(grid, denoiser.mask_id)
            seen[:, order[:a]] = grid[:, order[:a]]
            laws = np.asarray(denoiser(seen))
            for position in order[a:b]:
                log_p += laws[np.arange(len(grid)), position, grid[:, position]]
        law += weight * np.exp(log_p)
    return grid, law


@pytest.mark.parametrize("name", TARGETS)
@pytest.mark.parametrize("sizes", [[4], [2, 2], [1, 3], [1, 1, 2]])
def test_sampled_frequencies_pass_chi_square(name, sizes):
    target, schedule, draws = TARGETS[name], unmask.Schedule(sizes), 4000
    rows = unmask.sample(target.denoiser(), schedule, draws, seed=7, batch_size=1000)
    grid, law = sampler_law(target, schedule)
    assert law.sum() == pytest.approx(1, abs=1e-9)
    base = int(grid.max()) + 1
    counts = frequencies(rows, base)
    keys = grid @ (base ** np.arange(grid.shape[1]))
    assert set(counts) <= set(keys[law > 1e-12].tolist()), "a sequence of probability 0 was drawn"
    expected, observed = draws * law, np.array([counts.get(int(key), 0) for key in keys])
    rare = expected < 8
    expected = np.append(expected[~rare], expected[rare].sum())
    observed = np.append(observed[~rare], observed[rare].sum())
    keep = expected > 1e-9
    if keep.sum() > 1:
        statistic = float((((observed - expected) ** 2)[keep] / expected[keep]).sum())
        assert stats.chi2.sf(statistic, keep.sum() - 1) > 1e-4


@pytest.mark.parametrize("order", ["random", "bit-reversal", "golden", "left-to-right"])
def test_batches_and_row_numbers_change_nothing(order):
    denoiser = TARGETS["enumerated"].denoiser()
    reference = unmask.sample(denoiser, unmask.Schedule([1, 1, 2]), 24, seed=3, order=order, batch_size=24)
    for batch_size in (1, 3, 8):
        again = unmask.sample(denoiser, unmask.Schedule([1, 1, 2]), 24, seed=3, order=order, batch_size=batch_size)
        np.testing.assert_array_equal(again, reference)
    part = unmask.sample(denoiser, unmask.Schedule([1, 1, 2]), 5, seed=3, order=order, first_row=10)
    np.testing.assert_array_equal(part, reference[10:15])
    assert not np.array_equal(unmask.sample(denoiser, unmask.Schedule([1, 1, 2]), 24, seed=4, order=order), reference)


def counted(calls, length=6, vocab=5, mask=4):
    def function(tokens):
        calls.append(tokens.shape[0])
        return torch.zeros(*tokens.shape, vocab)

    return unmask.wrap(function, length=length, vocab_size=vocab, mask_id=mask, excluded=(0,))


def test_forward_passes_are_counted():
    calls = []
    steps = []
    unmask.sample(counted(calls), unmask.Schedule([1, 2, 3]), 4, callback=lambda s: steps.append(s["step"]))
    assert len(calls) == 3
    assert steps == [0, 1, 2]


def test_given_is_kept_and_nothing_barred_comes_out():
    given = np.array([3, -1, -1, 0, -1, 4])
    rows, steps = unmask.sample(counted([]), unmask.Schedule([1, 3]), 50, given=given, return_steps=True)
    assert (rows[:, 0] == 3).all()
    assert (rows[:, 3] == 0).all()
    assert np.isin(rows[:, [1, 2, 4, 5]], [1, 2, 3]).all()
    assert (steps[:, [0, 3]] == -1).all()
    assert (np.sort(steps[:, [1, 2, 4, 5]], axis=1) == [0, 1, 1, 1]).all()


def test_given_conditions_the_law():
    rows = unmask.sample(TARGETS["all-equal"].denoiser(), unmask.Schedule([3]), 20, given=[2, -1, -1, -1])
    assert (rows == 2).all()


def test_rare_tokens_are_drawn_at_their_rate():
    vocab, rare = 2**10, 2.0**-30
    law = torch.full((1, vocab), np.log((1 - rare) / (vocab - 1)), dtype=torch.float64)
    law[0, 700] = np.log(rare)
    edges = torch.exp(law).cumsum(-1)[0]
    low, high = float(edges[699]), float(edges[700])
    assert high - low == pytest.approx(rare, rel=1e-5)
    inside = np.array([low, (low + high) / 2, np.nextafter(high, 0)])
    assert draw(law.expand(3, -1), inside / float(edges[-1])).tolist() == [700] * 3


def test_draw_never_returns_probability_zero():
    law = torch.tensor([[-np.inf, 0.0, -np.inf, -np.inf]], dtype=torch.float64)
    uniforms = np.array([0.0, 0.5, np.nextafter(1, 0)])
    assert draw(law.expand(3, -1), uniforms).tolist() == [1, 1, 1]


@pytest.mark.parametrize(
    ("keywords", "words"),
    [
        ({"given": [9, -1, -1, -1, -1, -1]}, "token 9"),
        ({"given": [1, 1, 1, 1, 1, 1]}, "nothing masked"),
        ({"given": [-1, -1]}, "2 tokens"),
        ({"given": [0.5] * 6}, "given"),
        ({"given": [[1, -1], [1]]}, "different lengths"),
        ({"num_samples": 0}, "num_samples"),
        ({"seed": -1}, "seed"),
        ({"order": "sideways"}, "sideways"),
        ({"batch_size": 0}, "batch_size"),
    ],
)
def test_bad_arguments(keywords, words):
    with pytest.raises(ArgumentError, match=words):
        unmask.sample(counted([]), unmask.Schedule([3, 3]), **keywords)


def test_schedule_that_does_not_fit():
    with pytest.raises(ArgumentError, match="5 tokens"):
        unmask.sample(counted([]), unmask.Schedule([5]))
    with pytest.raises(ArgumentError, match="5 masked"):
        unmask.sample(counted([]), unmask.Schedule([6]), given=[1, -1, -1, -1, -1, -1])


def test_nan_at_a_later_step_names_row_and_step():
    def lies(tokens):
        logits = torch.zeros(*tokens.shape, 5)
        logits[(tokens != 4).any(dim=1)] = torch.nan
        return logits

    denoiser = unmask.wrap(lies, length=6, vocab_size=5, mask_id=4)
    with pytest.raises(DenoiserError, match="step 1"):
        unmask.sample(denoiser, unmask.Schedule([3, 3]), 2)


class Wrong:
    name, value_free, is_random, steps = "wrong", True, False, None

    def __init__(self, choice):
        self.choice = choice

    def start(self, free, uniforms):
        return None

    def choose(self, plan, step, tokens, masked, log_probs):
        return self.choice(masked, step)


@pytest.mark.parametrize(
    ("choice", "words"),
    [
        (lambda masked, step: np.zeros_like(masked), "no position"),
        (lambda masked, step: np.ones_like(masked) if step else masked & (np.arange(6) < 2), "already revealed"),
        (lambda masked, step: masked[:, :2], "shape"),
    ],
)
def test_policies_that_break_their_contract(choice, words):
    with pytest.raises(ArgumentError, match=words):
        unmask.sample(counted([]), Wrong(choice), 2)


def test_one_token():
    denoiser = unmask.wrap(lambda t: torch.zeros(*t.shape, 3), length=1, vocab_size=3, mask_id=2)
    assert unmask.sample(denoiser, schedules.uniform(1, 1), 4).shape == (4, 1)


@pytest.mark.parametrize("dtype", [np.int8, np.int16, np.int32])
def test_given_tokens_of_a_type_too_small_for_the_mask_id(dtype):
    denoiser = unmask.wrap(lambda t: torch.zeros(*t.shape, 70_000), length=3, vocab_size=70_000, mask_id=69_999)
    given = np.array([7, -1, -1], dtype=dtype)
    rows, steps = unmask.sample(denoiser, unmask.Schedule([1, 1]), 2, given=given, return_steps=True)
    assert (rows[:, 0] == 7).all()
    assert (steps >= 0).tolist() == [[False, True, True]] * 2


def test_a_function_that_writes_into_its_input_cannot_change_rows():
    def function(tokens, write):
        logits = torch.nn.functional.one_hot(tokens.cumsum(1) % 4, 5).float()
        if write:
            tokens[tokens == 4] = 0
        return logits

    drawn = [
        unmask.sample(
            unmask.wrap(lambda t, w=write: function(t, w), length=6, vocab_size=5, mask_id=4), unmask.Schedule([2, 2, 2]), 8
        )
        for write in (False, True)
    ]
    np.testing.assert_array_equal(*drawn)
