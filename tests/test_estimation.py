import numpy as np
import pytest
import torch

import unmask
from toys import enumerable_targets
from unmask import targets
from unmask.auditing import audit
from unmask.errors import ArgumentError, DataError, DenoiserError

TARGETS = enumerable_targets()


@pytest.mark.parametrize("name", TARGETS)
def test_random_order_profile_converges_to_the_exact_one(name):
    target = TARGETS[name]
    rows = target.sample(3000, 0)
    profile = unmask.estimate_profile(target.denoiser(), rows, seed=1, batch_size=1000)
    assert profile.levels.tolist() == [0, 1, 2, 3]
    error = np.abs(profile.values - target.profile().values)
    assert (error <= 5 * profile.errors + 1e-9).all()


@pytest.mark.parametrize("order", ["bit-reversal", "left-to-right", "golden"])
def test_order_profile_converges_to_the_exact_one(order):
    target = targets.MarkovChain(6, [[0.9, 0.1], [0.2, 0.8]])
    measured = unmask.estimate_profile(target.denoiser(), target.sample(3000, 0), order=order, batch_size=1000)
    exact = target.order_profile(order)
    for sizes in ([6], [3, 3], [1, 2, 3], [1] * 6):
        schedule = unmask.Schedule(sizes)
        interval = measured.bound_interval(schedule, confidence=0.9999)
        assert interval.low - 1e-9 <= exact.bound(schedule) <= interval.high + 1e-9
        assert measured.bound(schedule) == pytest.approx(interval.value)


def test_profile_and_audit_are_the_same_number():
    """On the same rows and seed, -f at the nodes is what teacher forcing measures, up to which masked tokens are scored."""
    target = targets.MarkovChain(8, [[0.9, 0.1], [0.3, 0.7]])
    rows = target.sample(2000, 3)
    profile = unmask.estimate_profile(target.denoiser(), rows, order="bit-reversal", seed=5, batch_size=500)
    policy = unmask.OrderedPolicy(unmask.Schedule([1, 3, 4]), "bit-reversal")
    (line,) = audit(target.denoiser(), rows, [policy], seed=5, batch_size=500)
    np.testing.assert_allclose(line.bounds, profile.row_bounds(policy.schedule), atol=1e-9)
    assert (line.steps == 3).all()


def test_audit_agrees_with_the_random_order_prediction():
    target = targets.MarkovChain(8, [[0.9, 0.1], [0.3, 0.7]])
    rows = target.sample(4000, 3)
    (line,) = audit(target.denoiser(), rows, [unmask.OrderedPolicy(unmask.Schedule([2, 3, 3]))], batch_size=1000)
    exact = target.profile().bound(unmask.Schedule([2, 3, 3]))
    assert abs(line.bound.value - exact) < 3 * (line.bound.high - line.bound.low)


def test_batches_change_nothing():
    target = TARGETS["enumerated"]
    rows = target.sample(37, 0)
    first = unmask.estimate_profile(target.denoiser(), rows, batch_size=37)
    for batch_size in (1, 5, 8):
        again = unmask.estimate_profile(target.denoiser(), rows, batch_size=batch_size)
        np.testing.assert_allclose(again.row_values, first.row_values, atol=1e-12)


def bernoulli(length=64, wiggle=0.0):
    def function(tokens):
        hidden = (tokens == 2).double().mean(dim=1)
        logits = torch.zeros(*tokens.shape, 3, dtype=torch.float64)
        logits[..., 0] = (wiggle / (0.02 + 1 - hidden))[:, None]
        return logits

    return unmask.wrap(function, length=length, vocab_size=3, mask_id=2)


def test_levels_gather_where_f_moves_fast():
    rows = np.zeros((16, 64), dtype=np.int64)
    profile = unmask.estimate_profile(bernoulli(wiggle=0.2), rows, levels=20)
    assert profile.levels.size == 20
    assert profile.levels[0] == 0
    assert profile.levels[-1] == 63
    assert (profile.levels < 16).sum() > (profile.levels >= 48).sum()


def test_progress_counts_every_row_pass():
    seen = []
    rows = np.zeros((20, 64), dtype=np.int64)
    unmask.estimate_profile(bernoulli(), rows, levels=12, batch_size=6, progress=lambda done, total: seen.append((done, total)))
    assert seen[-1] == (20 * 12, 20 * 12)
    assert [done for done, _ in seen] == sorted(done for done, _ in seen)


def test_given_positions_are_context():
    target = TARGETS["all-equal"]
    rows = target.sample(50, 0)
    profile = unmask.estimate_profile(target.denoiser(), rows, given=np.array([True, False, False, False]))
    assert profile.length == 3
    np.testing.assert_allclose(profile.values, 0, atol=1e-12)


@pytest.mark.parametrize(
    ("rows", "keywords", "error", "words"),
    [
        (np.zeros((2, 3), int), {}, ArgumentError, "exactly 64"),
        (np.zeros((0, 64), int), {}, ArgumentError, "non-empty"),
        (np.zeros((2, 64)), {}, ArgumentError, "integer"),
        (np.full((2, 64), 7), {}, ArgumentError, "token 7"),
        (np.full((2, 64), 2), {}, DataError, "mask or special"),
        (np.zeros((2, 64), int), {"levels": [1, 2]}, ArgumentError, "levels"),
        (np.zeros((2, 64), int), {"levels": 0, "order": "golden"}, ArgumentError, "levels"),
        (np.zeros((2, 64), int), {"levels": np.int64(0)}, ArgumentError, "levels"),
        (np.zeros((2, 64), int), {"levels": [0.0, 1.0]}, ArgumentError, "levels"),
        ([[0] * 64, [0] * 63], {}, ArgumentError, "different lengths"),
        (np.zeros((2, 64), int), {"given": np.ones(64, bool)}, ArgumentError, "given"),
        (np.zeros((2, 64), int), {"given": np.zeros(3, bool)}, ArgumentError, "given"),
        (np.zeros((2, 64), int), {"batch_size": 0}, ArgumentError, "batch_size"),
    ],
)
def test_bad_input(rows, keywords, error, words):
    with pytest.raises(error, match=words):
        unmask.estimate_profile(bernoulli(), rows, **keywords)


def test_nan_at_one_level_is_an_error():
    def lies(tokens):
        logits = torch.zeros(*tokens.shape, 3)
        logits[(tokens == 2).sum(dim=1) == 40] = torch.nan
        return logits

    denoiser = unmask.wrap(lies, length=64, vocab_size=3, mask_id=2)
    with pytest.raises(DenoiserError, match="NaN"):
        unmask.estimate_profile(denoiser, np.zeros((2, 64), int), levels=64)


def test_data_of_probability_zero_is_an_error():
    target = TARGETS["all-equal"]
    with pytest.raises(DenoiserError, match="probability 0"):
        unmask.estimate_profile(target.denoiser(), np.array([[0, 1, 0, 0]]))


def test_the_number_of_levels_may_be_a_numpy_integer():
    profile = unmask.estimate_profile(bernoulli(), np.zeros((2, 64), int), levels=np.int64(5))
    assert profile.levels.size == 5


class LeftToRight:
    name, value_free, is_random, steps = "left", False, False, None

    def start(self, free, uniforms):
        return None

    def choose(self, plan, step, tokens, masked, log_probs):
        return masked & (np.cumsum(masked, axis=1) == 1)


class Shapeless(LeftToRight):
    def choose(self, plan, step, tokens, masked, log_probs):
        return masked[:, :1]


def test_audit_refuses_what_the_profile_refuses():
    """A value-adaptive policy meets data of probability 0, too: an infinite bound would poison every mean silently."""
    denoiser, rows = TARGETS["all-equal"].denoiser(), np.array([[0, 1, 0, 0]])
    for policy in (LeftToRight(), unmask.OrderedPolicy(unmask.Schedule([1, 3]))):
        with pytest.raises(DenoiserError, match="probability 0 to token"):
            audit(denoiser, rows, [policy])
    with pytest.raises(ArgumentError, match="batch_size"):
        audit(denoiser, rows, ["random"], [2], batch_size=0)
    with pytest.raises(ArgumentError, match="shape"):
        audit(denoiser, rows, [Shapeless()])


def test_audit_of_an_adaptive_policy_is_the_chain_rule():
    target = targets.MarkovChain(5, [[0.9, 0.1], [0.3, 0.7]])
    rows = target.sample(40, 0)
    (adaptive,) = audit(target.denoiser(), rows, [LeftToRight()])
    (fixed,) = audit(target.denoiser(), rows, [unmask.OrderedPolicy(unmask.Schedule([1] * 5), "left-to-right")])
    np.testing.assert_allclose(adaptive.bounds, fixed.bounds, atol=1e-9)
