"""What each policy reveals, from its definition; floors and caps; bad arguments; and policies that break the contract."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

import unmask
from unmask import Schedule, policies, schedules, targets
from unmask.errors import ArgumentError
from unmask.exact import exact_kl, factorization_error
from unmask.policies import KLASS, Confidence, Entropy, EntropyBounded, Margin, SelfTuning, SpacedConfidence, Threshold


def chosen(policy, laws, masked=None, step=0, plan=None):
    """Positions revealed in one row with these laws, shape (N, V)."""
    laws = np.asarray(laws, dtype=float)[None]
    masked = np.ones(laws.shape[:2], dtype=bool) if masked is None else np.asarray(masked)[None]
    with np.errstate(divide="ignore"):
        log_probs = torch.as_tensor(np.where(masked[..., None], np.log(laws), -np.inf))
    if plan is None:
        plan = policy.start(np.ones_like(masked), np.full(masked.shape, 0.5))
    tokens = np.zeros(masked.shape, dtype=np.int64)
    return np.flatnonzero(policy.choose(plan, step, tokens, masked, log_probs)[0]).tolist()


def sure(probabilities):
    """Laws over three tokens whose largest probability is given."""
    return [[p, (1 - p) / 2, (1 - p) / 2] for p in probabilities]


random_laws = st.integers(0, 10**6).map(lambda seed: np.random.default_rng(seed).dirichlet(np.full(4, 0.4), size=9))
DIFFERENT = [[0.6, 0.2, 0.2], [0.55, 0.45, 0.0], [0.5, 0.25, 0.25], [0.58, 0.0, 0.42]]


# --- top-k ------------------------------------------------------------------------------------------------------------


def test_scores_differ():
    one = Schedule([1, 3])
    assert chosen(Confidence(one), DIFFERENT) == [0]
    assert chosen(Margin(one), DIFFERENT) == [0]
    assert chosen(Entropy(one), DIFFERENT) == [3]
    assert chosen(Margin(Schedule([2, 2])), DIFFERENT) == [0, 2]
    assert chosen(Confidence(Schedule([2, 2])), DIFFERENT) == [0, 3]


@pytest.mark.parametrize("kind", [Confidence, Margin, Entropy, SpacedConfidence])
def test_ties_go_to_the_first_position_whatever_the_rounding(kind):
    laws = np.array(sure([0.5, 0.7, 0.7, 0.7, 0.7]))
    laws[3, 0] += 1e-13
    assert chosen(kind(Schedule([1, 4])), laws) == [1]


@given(random_laws, st.integers(1, 9))
def test_top_k_by_definition(laws, k):
    entropies = -(laws * np.log(laws)).sum(axis=1)
    two = np.sort(laws, axis=1)
    schedule = Schedule([k, 10 - k])
    wide = np.concatenate([laws, np.full((1, 4), 0.25)])  # A flat law scores worst in all three.
    for policy, score in (
        (Confidence(schedule), two[:, -1]),
        (Margin(schedule), two[:, -1] - two[:, -2]),
        (Entropy(schedule), -entropies),
    ):
        assert chosen(policy, wide) == sorted(np.argsort(-score, kind="stable")[:k])


@given(random_laws, st.integers(1, 9), st.integers(1, 9))
def test_spaced_confidence_is_greedy(laws, size, distance):
    schedule = Schedule([size, 10 - size])
    wide = np.concatenate([laws, np.full((1, 4), 0.25)])
    expected: list[int] = []
    reach = distance
    while len(expected) < size:
        for position in np.argsort(-wide.max(axis=1), kind="stable").tolist():
            if len(expected) < size and all(abs(position - other) >= reach for other in expected):
                expected.append(position)
        reach //= 2
    assert chosen(SpacedConfidence(schedule, distance), wide) == sorted(expected)


def test_distance_one_is_plain_confidence():
    laws = np.random.default_rng(3).dirichlet(np.ones(5), size=12)
    schedule = schedules.uniform(12, 3)
    assert chosen(SpacedConfidence(schedule, 1), laws) == chosen(Confidence(schedule), laws)


# --- as many as ... ---------------------------------------------------------------------------------------------------


def test_threshold():
    laws = sure([0.95, 0.5, 0.91, 0.9, 0.4])
    assert chosen(Threshold(tau=0.9), laws) == [0, 2]
    assert chosen(Threshold(0.99), laws) == [0]
    assert chosen(Threshold(0.9), laws, masked=[False, True, False, True, True]) == [3]
    assert chosen(Threshold(0), laws) == [0, 1, 2, 3, 4]


@given(random_laws, st.floats(0, 3))
def test_entropy_bounded_is_the_longest_prefix(laws, gamma):
    entropies = np.round(-(laws * np.log(laws)).sum(axis=1), 9)
    order = np.argsort(entropies, kind="stable")
    fitting = [k for k in range(1, 10) if entropies[order[:k]].sum() - entropies[order[:k]].max() <= gamma + 1e-12]
    assert chosen(EntropyBounded(gamma), laws) == sorted(order[: max(fitting)])


@pytest.mark.parametrize("gamma", [0.0, 0.3, 1.0])
def test_an_entropy_bounded_pass_costs_at_most_gamma(gamma):
    """TC of the revealed set <= sum H - max H, so E_fact <= gamma E[passes], and 0 at gamma = 0."""
    for seed in range(4):
        table = np.random.default_rng(seed).dirichlet(np.full(32, 0.3)).reshape((2,) * 5)
        target = targets.Enumerated(table)
        sequences, probabilities = target.support()
        (line,) = unmask.audit(target.denoiser(), sequences, [EntropyBounded(gamma)])
        assert factorization_error(target, EntropyBounded(gamma)) <= gamma * (probabilities @ line.steps) + 1e-9


def test_entropy_bounded_reveals_what_is_certain_for_free():
    assert chosen(EntropyBounded(0.0), [[1, 0], [0.5, 0.5], [0, 1], [0.6, 0.4]]) == [0, 2, 3]


def test_klass_waits_until_laws_stand_still():
    laws, moved = sure([0.95, 0.97, 0.5, 0.99]), sure([0.95, 0.91, 0.5, 0.99])
    policy = KLASS(0.9, tolerance=0.01, history=2)
    plan = policy.start(np.ones((1, 4), dtype=bool), np.zeros((1, 4)))
    assert chosen(policy, laws, plan=plan) == [3]
    rest = [True, True, True, False]
    assert chosen(policy, laws, rest, 1, plan) == [1]  # Still for one pass only: the most confident.
    plan = policy.start(np.ones((1, 4), dtype=bool), np.zeros((1, 4)))
    steps = [chosen(policy, stage, [True] * 4, step, plan) for step, stage in enumerate([laws, moved, moved, moved])]
    # Position 1 moved by KL .029 between passes 0 and 1, so it is ready one pass after the others.
    assert steps == [[3], [3], [0, 3], [0, 1, 3]]
    plan = policy.start(np.ones((1, 4), dtype=bool), np.zeros((1, 4)))
    steps = [chosen(policy, stage, [True] * 4, step, plan) for step, stage in enumerate([laws, laws, moved, moved, moved])]
    assert steps == [[3], [3], [0, 3], [0, 3], [0, 1, 3]]  # A move starts the count again.


def flat_denoiser(length, calls=None):
    table = np.tile(np.log([0.95, 0.03, 0.02, 1e-9]), (1, length, 1))

    def function(tokens):
        if calls is not None:
            calls.append(len(tokens))
        return np.repeat(table, len(tokens), axis=0)

    return unmask.wrap(function, length=length, vocab_size=4, mask_id=3)


def test_laws_that_never_move():
    """KLASS waits for its history, self-tuning doubles its size each pass, the threshold takes everything at once."""
    for policy, sizes in (
        (KLASS(), [1, 1, 14]),
        (KLASS(history=1), [1, 15]),
        (SelfTuning(), [1, 2, 4, 8, 1]),
        (Threshold(), [16]),
    ):
        calls = []
        _, plan = unmask.sample(flat_denoiser(16, calls), policy, 3, return_steps=True)
        assert len(calls) == len(sizes)
        for row in plan:
            assert np.bincount(row).tolist() == sizes


def test_self_tuning_follows_its_order():
    order = np.random.default_rng(2).permutation(16)
    _, plan = unmask.sample(flat_denoiser(16), SelfTuning(order=unmask.orders.fixed(order)), 2, return_steps=True)
    for row in plan:
        assert row[order].tolist() == sorted(row)


def test_self_tuning_sizes_are_optimal_for_the_rise_it_sees():
    """s (s - 1) <= 2 nats / D: with KL d per token just revealed, doubling is allowed while it stays below."""
    policy = SelfTuning(nats=0.5, order="left-to-right")
    plan = policy.start(np.ones((1, 40), dtype=bool), np.zeros((1, 40)))
    low, high = np.array([0.5, 0.5]), np.array([0.6, 0.4])
    step_kl = 0.6 * math.log(1.2) + 0.4 * math.log(0.8)
    masked, sizes, rise = np.ones(40, dtype=bool), [], None
    for step in range(4):
        laws = np.tile(high if step % 2 else low, (40, 1))
        picked = chosen(policy, laws, masked, step, plan)
        if step:
            kl = step_kl if step % 2 else -math.log(2 * math.sqrt(0.24))
            rise = kl / sizes[-1] if rise is None else (rise + kl / sizes[-1]) / 2
            assert len(picked) == min(int(0.5 + math.sqrt(0.25 + 1 / rise)), 2 * sizes[-1])
        sizes.append(len(picked))
        masked[picked] = False
    assert sizes[0] == 1


def test_self_tuning_without_a_profile_is_near_the_optimum_with_one():
    """theory.md 5.7: within 4-30 % of the optimal schedule at the same mean K on copies of 8; uniform is 2-3 times worse."""
    target = targets.BlockCode(128, 8, 1, 2)  # Every row has the same probability, so bound - entropy has no noise from it.
    profile, rows = target.profile(), target.sample(24, seed=1)
    (line,) = unmask.audit(target.denoiser(), rows, [SelfTuning(nats=0.2)])
    steps, cost = line.steps.mean(), line.bound.value - profile.entropy
    best = np.interp(steps, np.arange(1, 129), schedules.frontier(profile))
    assert 0.8 * best < cost < 1.35 * best
    assert cost < 0.6 * profile.cost(schedules.uniform(128, round(steps)))


# --- floors and caps --------------------------------------------------------------------------------------------------

LIMITED = {
    "threshold": lambda **limits: Threshold(0.6, **limits),
    "entropy-bounded": lambda **limits: EntropyBounded(0.8, **limits),
    "klass": lambda **limits: KLASS(0.6, 0.05, 1, **limits),
    "self-tuning": lambda **limits: SelfTuning(0.05, "golden", **limits),
}
CHAIN = targets.MarkovChain.flip(16, 0.1)


def revealed(policy):
    """Tokens revealed after each pass, of each row; shape (rows, N), padded with 16."""
    _, plan = unmask.sample(CHAIN.denoiser(), policy, 12, seed=5, return_steps=True)
    return np.stack([(plan <= step).sum(axis=1) for step in range(16)], axis=1)


@pytest.mark.parametrize("name", LIMITED)
def test_floor_and_cap_are_kept(name):
    low, high = Schedule([4] * 4), Schedule([1] * 14 + [2])
    floored = revealed(LIMITED[name](floor=low))
    assert (floored[:, :4] >= low.cumulative).all()
    capped = revealed(LIMITED[name](cap=high))
    assert (capped[:, :15] <= high.cumulative).all()
    assert (revealed(LIMITED[name](floor=high, cap=high))[:, :15] == high.cumulative).all()
    free = revealed(LIMITED[name]())
    assert not np.array_equal(free, capped) and not np.array_equal(free, floored)


def test_floor_equal_to_cap_is_the_quota():
    quota = Schedule([1, 3, 4, 8])
    np.testing.assert_array_equal(revealed(Threshold(0.6, floor=quota, cap=quota)), revealed(Confidence(quota)))
    one = unmask.sample(CHAIN.denoiser(), Threshold(0.6, floor=quota, cap=quota), 5)
    np.testing.assert_array_equal(one, unmask.sample(CHAIN.denoiser(), Confidence(quota), 5))


# --- value-free builders ----------------------------------------------------------------------------------------------


def blocks(policy):
    permutation = policy.order.permutation(np.linspace(0, 0.99, policy.schedule.length))
    return [sorted(block.tolist()) for block in np.split(permutation, policy.schedule.cumulative[:-1])]


def test_dilated_levels():
    assert blocks(policies.dilated(8)) == [[0, 4], [2, 6], [1, 3, 5, 7]]
    assert blocks(policies.dilated(8, 4)) == [[0, 2], [1, 3], [4, 6], [5, 7]]
    assert blocks(policies.dilated(9, base=3)) == [[0, 3, 6], [1, 2, 4, 5, 7, 8]]
    assert policies.dilated(256).schedule.sizes.tolist() == [2, 2, 4, 8, 16, 32, 64, 128]
    assert policies.dilated(256, 64).steps == 4 * 6
    assert blocks(policies.dilated(1)) == [[0]]


@given(st.integers(1, 200), st.integers(1, 200), st.integers(2, 5))
def test_dilated_levels_are_a_partition(length, block_length, base):
    policy = policies.dilated(length, block_length, base)
    assert sorted(position for block in blocks(policy) for position in block) == list(range(length))


def test_dilated_spends_the_budget():
    made = {steps: policies.POLICIES["dilated"](256, steps) for steps in (1, 2, 4, 8, 16, 32, 64, 128, 256)}
    assert {steps: policy.steps for steps, policy in made.items()} == {
        1: 1, 2: 2, 4: 4, 8: 8, 16: 14, 32: 30, 64: 60, 128: 128, 256: 256,
    }  # fmt: skip


def test_blockwise_passes_stay_inside_blocks():
    for length, steps, block_length in [(16, 4, 4), (16, 8, 4), (18, 7, 8), (9, 3, 4), (9, 9, 4), (10, 3, None)]:
        policy = policies.blockwise(length, steps, block_length)
        assert policy.steps == steps
        size = block_length or -(-length // math.isqrt(steps))
        numbers = [{position // size for position in block} for block in blocks(policy)]
        assert all(len(number) == 1 for number in numbers)
        assert sorted(numbers, key=min) == numbers
    assert policies.blockwise(16, 8, 4).schedule.sizes.tolist() == [2] * 8


# --- refusals ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: Threshold(1.0), "tau is 1"),
        (lambda: Threshold(float("nan")), "tau is nan"),
        (lambda: EntropyBounded(-0.1), "gamma is -0.1"),
        (lambda: EntropyBounded(math.inf), "gamma is inf"),
        (lambda: KLASS(tau=-1), "tau is -1"),
        (lambda: KLASS(tolerance=0), "tolerance is 0"),
        (lambda: KLASS(history=0), "history is 0"),
        (lambda: SelfTuning(0), "nats is 0"),
        (lambda: SelfTuning(order="sideways"), "sideways"),
        (lambda: SpacedConfidence(Schedule([2]), 0), "distance is 0"),
        (lambda: policies.dilated(8, 0), "block_length is 0"),
        (lambda: policies.dilated(8, base=1), "base is 1"),
        (lambda: policies.blockwise(8, 1, 4), "2 blocks"),
        (lambda: policies.blockwise(8, 9), "K is 9"),
        (lambda: policies.by_name("sideways", 8, 2), "sideways"),
        (lambda: policies.by_name("dilated", 8, 9), "K is 9"),
        (lambda: unmask.sample(flat_denoiser(4), Confidence(Schedule([1, 1, 3])), 2), "5 tokens"),
        (lambda: unmask.sample(flat_denoiser(4), Confidence(Schedule([4])), 2, given=[1, -1, -1, -1]), "3 masked"),
        (lambda: unmask.sample(flat_denoiser(4), Threshold(floor=Schedule([3])), 2), "4 masked"),
        (lambda: unmask.sample(flat_denoiser(4), SelfTuning(cap=Schedule([3])), 2), "4 masked"),
    ],
)
def test_bad_arguments(make, words):
    with pytest.raises(ArgumentError, match=words) as caught:
        make()
    assert "\n" not in str(caught.value)


class SeesDraws(Confidence):
    sees_draws = True


def test_policies_that_see_their_own_draws_are_refused():
    target, policy = targets.Parity(4), SeesDraws(Schedule([2, 2]))
    for call in (
        lambda: exact_kl(target, policy),
        lambda: factorization_error(target, policy),
        lambda: unmask.audit(target.denoiser(), target.sample(3, seed=0), [policy]),
    ):
        with pytest.raises(ArgumentError, match="values drawn in the same pass"):
            call()


# --- check_policy -----------------------------------------------------------------------------------------------------


class Honest:
    """The base of policies that lie: reveals masked positions one by one, from the left."""

    name, value_free, is_random, steps = "honest", False, False, None

    def start(self, free, uniforms):
        return uniforms.copy()

    def choose(self, plan, step, tokens, masked, log_probs):
        return masked & (np.cumsum(masked, axis=1) == 1)


class ChoosesNothing(Honest):
    def choose(self, plan, step, tokens, masked, log_probs):
        return np.zeros_like(masked)


class ChoosesAgain(Honest):
    def choose(self, plan, step, tokens, masked, log_probs):
        return np.arange(masked.shape[1]) <= step + np.zeros_like(masked)


class ReturnsPositions(Honest):
    def choose(self, plan, step, tokens, masked, log_probs):
        return masked.argmax(axis=1)


class ReturnsIntegers(Honest):
    def choose(self, plan, step, tokens, masked, log_probs):
        return super().choose(plan, step, tokens, masked, log_probs).astype(int)


class ChangesMasked(Honest):
    def choose(self, plan, step, tokens, masked, log_probs):
        chosen = super().choose(plan, step, tokens, masked, log_probs)
        masked &= ~chosen
        return chosen


class ChangesLaws(Honest):
    def choose(self, plan, step, tokens, masked, log_probs):
        log_probs.zero_()
        return super().choose(plan, step, tokens, masked, log_probs)


class ChangesUniforms(Honest):
    def start(self, free, uniforms):
        uniforms[:] = 0


class CountsSteps(Honest):
    steps = 3


class LooksAtTheBatch(Honest):
    def choose(self, plan, step, tokens, masked, log_probs):
        best = log_probs.amax(dim=(0, 2)).numpy() if len(masked) > 1 else np.zeros(masked.shape[1])
        score = np.where(masked, best, -np.inf)
        return (
            masked & (score == score.max(axis=1, keepdims=True))
            if len(masked) > 1
            else super().choose(plan, step, tokens, masked, log_probs)
        )


class Forgets(Honest):
    calls = 0

    def start(self, free, uniforms):
        self.calls += 1
        return self.calls

    def choose(self, plan, step, tokens, masked, log_probs):
        return (
            masked & (np.cumsum(masked[:, ::-1], axis=1)[:, ::-1] == 1)
            if plan % 2
            else super().choose(plan, step, tokens, masked, log_probs)
        )


class LooksAtTokens(Honest):
    value_free = True

    def choose(self, plan, step, tokens, masked, log_probs):
        odd = np.where(masked, 0, tokens).sum(axis=1) % 2 == 1
        return np.where(odd[:, None], masked, super().choose(plan, step, tokens, masked, log_probs))


class DrawsInSecret(Honest):
    def choose(self, plan, step, tokens, masked, log_probs):
        score = np.where(masked, plan, 2.0)
        return masked & (score == score.min(axis=1, keepdims=True))


class RaisesAtTheEnd(Honest):
    def choose(self, plan, step, tokens, masked, log_probs):
        if step == 3:
            raise RuntimeError("two\nlines")
        return super().choose(plan, step, tokens, masked, log_probs)


@pytest.mark.parametrize(
    ("policy", "failing"),
    [
        (ChoosesNothing(), "choices: ArgumentError: policy 'honest' chose no position"),
        (ChoosesAgain(), "choices: ArgumentError: policy 'honest' chose a position that is"),
        (ReturnsPositions(), "choices: ArgumentError: policy 'honest' returned int64"),
        (ReturnsIntegers(), "choices: ArgumentError: policy 'honest' returned int64"),
        (ChangesMasked(), "choices: ArgumentError: policy 'honest' changed its inputs in choose at step 0"),
        (ChangesLaws(), "choices: ArgumentError: policy 'honest' changed its inputs in choose at step 0"),
        (ChangesUniforms(), "choices: ArgumentError: policy 'honest' changed its inputs in start"),
        (CountsSteps(), "steps: steps is 3; rows took 7 to 7"),
        (LooksAtTheBatch(), "batch invariant: a row's choice depends on the other rows"),
        (Forgets(), "repeatable: same rows and uniforms gave other choices"),
        (LooksAtTokens(), "value_free: value_free, but other tokens gave other choices"),
        (DrawsInSecret(), "is_random: is_random is False, but other uniforms gave other choices"),
        (RaisesAtTheEnd(), "choices: RuntimeError: two lines"),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Honest) else "",
)
def test_check_policy_catches(policy, failing):
    with pytest.raises(ArgumentError) as caught:
        unmask.check_policy(policy, 7)
    assert f"FAIL {failing}" in str(caught.value)


def test_check_policy_passes_what_is_honest():
    report = unmask.check_policy(Honest(), 7)
    assert report.passed and "none changed here" in str(report)
    assert "if it never does" in str(unmask.check_policy(unmask.OrderedPolicy(Schedule([5])), 5))
    assert "audit refuses it" in str(unmask.check_policy(SeesDraws(Schedule([2, 3])), 5))
    assert unmask.check_policy(policies.by_name("confidence", 1, 1), 1, vocab_size=2).passed


def test_check_policy_arguments():
    for arguments, words in [
        ((Honest(), 0), "length is 0"),
        ((Honest(), 3, 1), "vocab_size is 1"),
        (("golden", 3), "is a str"),
    ]:
        with pytest.raises(ArgumentError, match=words):
            unmask.check_policy(*arguments)
