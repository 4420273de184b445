"""Every registered policy: the sampler's law is what exact_kl says and what audit charges; rows do not see each other."""

from __future__ import annotations

import numpy as np
import pytest
from policy_laws import LENGTH, TARGETS, Table, kl_to, sampler_law
from scipy import stats

import unmask
from unmask import policies, targets
from unmask.exact import exact_kl, factorization_error, learning_error
from unmask.policies import POLICIES

NAMES = sorted(POLICIES)
SUDOKU = targets.Sudoku4()


def cost_on_the_data(target, policy, denoiser):
    """Teacher-forced bound of `audit` over all rows of the target, minus the entropy, nats."""
    sequences, probabilities = target.support()
    kept = probabilities > 0
    (line,) = unmask.audit(denoiser, sequences[kept], [policy], batch_size=200)
    return float(probabilities[kept] @ (line.bounds + np.log(probabilities[kept])))


@pytest.mark.parametrize("steps", [1, 2, 3])
@pytest.mark.parametrize("target_name", TARGETS)
@pytest.mark.parametrize("name", NAMES)
def test_the_sampled_law_costs_what_is_audited(name, target_name, steps):
    target, policy = TARGETS[target_name], POLICIES[name](LENGTH, steps)
    denoiser = target.denoiser()
    exact = exact_kl(target, policy)
    if steps == 2:
        law = sampler_law(policy, denoiser)
        assert sum(law.values()) == pytest.approx(1, abs=1e-12)
        assert exact == pytest.approx(kl_to(target, law), abs=1e-10)
    mean = factorization_error(target, policy)
    if policy.is_random:
        assert exact <= mean + 1e-10
    else:
        assert exact == pytest.approx(mean, abs=1e-10)
        assert exact == pytest.approx(cost_on_the_data(target, policy, denoiser), abs=1e-10)


@pytest.mark.parametrize("name", NAMES)
def test_incoherent_denoisers_too(name):
    target, denoiser = TARGETS["enumerated"], Table(LENGTH, 2, seed=4)
    policy = POLICIES[name](LENGTH, 3)
    exact = exact_kl(target, policy, denoiser=denoiser)
    assert exact == pytest.approx(kl_to(target, sampler_law(policy, denoiser)), abs=1e-10)
    total = learning_error(target, policy, denoiser) + factorization_error(target, policy, denoiser)
    if policy.is_random:
        assert exact < total - 1e-4
    else:
        assert exact == pytest.approx(total, abs=1e-10)
        assert exact == pytest.approx(cost_on_the_data(target, policy, denoiser), abs=1e-10)


@pytest.mark.parametrize("name", [name for name in NAMES if not POLICIES[name](16, 4).is_random])
def test_sudoku(name):
    policy = POLICIES[name](16, 4)
    assert exact_kl(SUDOKU, policy) == pytest.approx(cost_on_the_data(SUDOKU, policy, SUDOKU.denoiser()), abs=1e-10)


@pytest.mark.parametrize("name", NAMES)
def test_a_row_does_not_see_its_batch(name):
    """Symmetric chain: many exact ties, which must not fall to the rounding of one batch or another."""
    chain = targets.MarkovChain.flip(12, 0.15)
    exact, policy = chain.denoiser(), POLICIES[name](12, 5)

    def rounded_by_batch(tokens):
        noise = np.random.default_rng(len(tokens)).normal(size=(*tokens.shape, exact.vocab_size))
        return exact(tokens) + 1e-13 * noise

    denoiser = unmask.wrap(rounded_by_batch, length=12, vocab_size=exact.vocab_size, mask_id=exact.mask_id)
    tokens, steps = unmask.sample(denoiser, policy, 14, seed=3, batch_size=14, return_steps=True)
    for batch_size in (1, 4, 7):
        again, plan = unmask.sample(denoiser, policy, 14, seed=3, batch_size=batch_size, return_steps=True)
        np.testing.assert_array_equal(again, tokens)
        np.testing.assert_array_equal(plan, steps)
    part = unmask.sample(denoiser, policy, 3, seed=3, first_row=9)
    np.testing.assert_array_equal(part, tokens[9:12])


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("length", [1, 2, 3, 16, 21])
def test_budgets_are_kept(name, length):
    """K passes exactly where `steps` says so, at most K where the policy decides."""
    denoiser = unmask.wrap(Flat(length), length=length, vocab_size=4, mask_id=3)
    for budget in sorted({1, 2, 4, 7, 16, length}):
        if budget <= length:
            policy = POLICIES[name](length, budget)
            _, plan = unmask.sample(denoiser, policy, 3, return_steps=True)
            passes = plan.max(axis=1) + 1
            assert passes.max() <= budget
            if policy.steps is not None:
                assert (passes == policy.steps).all()
                assert name == "dilated" or policy.steps == budget


class Flat:
    """Laws that never change, a little different at every position."""

    def __init__(self, length):
        self.logits = np.random.default_rng(1).normal(size=(1, length, 4))

    def __call__(self, tokens):
        return np.repeat(self.logits, len(tokens), axis=0)


@pytest.mark.parametrize("name", NAMES)
def test_contract(name):
    report = unmask.check_policy(POLICIES[name](9, 4), 9)
    assert report.passed
    assert str(report).startswith("policy ")


@pytest.mark.parametrize("name", NAMES)
def test_names_describe_and_settings_compare(name):
    first, again, other = POLICIES[name](12, 4), POLICIES[name](12, 4), POLICIES[name](12, 6)
    assert "\n" not in first.name and len(first.name) < 60
    if not isinstance(first, unmask.OrderedPolicy):
        assert first == again != other
    assert unmask.cite(first)


def chi_square(name, draws, batch_size):
    target = TARGETS["enumerated"]
    policy = POLICIES[name](LENGTH, 2)
    rows = unmask.sample(target.denoiser(), policy, draws, seed=11, batch_size=batch_size)
    law = sampler_law(policy, target.denoiser())
    keys, counts = np.unique(rows, axis=0, return_counts=True)
    observed = dict(zip(map(tuple, keys.tolist()), counts.tolist(), strict=True))
    assert observed.keys() <= law.keys()
    expected = {row: draws * p for row, p in law.items()}
    common = [row for row in law if expected[row] >= 8]
    table = [(observed.get(row, 0), expected[row]) for row in common]
    table.append((draws - sum(o for o, _ in table), max(draws - sum(e for _, e in table), 1e-9)))
    statistic = sum((o - e) ** 2 / e for o, e in table if e > 1)
    return stats.chi2.sf(statistic, sum(e > 1 for _, e in table) - 1)


@pytest.mark.parametrize("name", NAMES)
def test_frequencies_are_the_law(name):
    assert chi_square(name, 1500, 500) > 1e-5


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_a_million_draws_are_the_law(name):
    assert chi_square(name, 10**6, 10**5) > 1e-5


def test_audit_takes_names():
    target = TARGETS["markov"]
    rows = target.sample(20, seed=0)
    lines = unmask.audit(target.denoiser(), rows, ["confidence", "golden", "threshold"], steps=[2, 4])
    assert [line.policy for line in lines][:3] == ["confidence+uniform", "confidence+uniform", "golden+uniform"]
    assert (lines[0].steps == 2).all() and (lines[4].steps <= 2).all()
    same = policies.by_name("confidence", LENGTH, 2)
    (line,) = unmask.audit(target.denoiser(), rows, [same])
    np.testing.assert_array_equal(line.bounds, lines[0].bounds)
