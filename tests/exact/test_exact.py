"""exact_kl is the divergence of the sampler's law; learning and factorisation errors are Prop. 2's."""

from __future__ import annotations

import itertools
import math
import subprocess
import sys

import numpy as np
import pytest
import torch
from exact_samplers import Drawn, MostConfident, RandomDenoiser, kl_to, random_law, sampler_law
from hypothesis import given, settings
from hypothesis import strategies as st

import unmask
from unmask import Schedule, targets
from unmask.errors import ArgumentError, DenoiserError
from unmask.exact import exact_kl, factorization_error, kl_fresh, learning_error
from unmask.orders import Order
from unmask.policies import OrderedPolicy

seeds = st.integers(0, 2**32 - 1)


def compositions(length):
    for cuts in itertools.product([False, True], repeat=length - 1):
        yield Schedule.from_cumulative([*(i + 1 for i, cut in enumerate(cuts) if cut), length])


def some_composition(length, seed):
    every = list(compositions(length))
    return every[seed % len(every)]


def random_kernel(schedule):
    """Uniform subsets of the masked positions."""

    def kernel(step, tokens, masked, laws):
        places = list(itertools.combinations(np.flatnonzero(masked), int(schedule.sizes[step])))
        return [(1 / len(places), np.isin(np.arange(masked.size), chosen)) for chosen in places]

    return kernel


# --- the law of the sampler -------------------------------------------------------------------------------------------


@settings(max_examples=25, deadline=None)
@given(st.sampled_from([(3, 2), (3, 3), (4, 2)]), seeds, st.booleans(), st.booleans())
def test_random_order_is_the_law_of_the_sampler(shape, seed, holes, exact):
    target, schedule = random_law(*shape, seed, holes), some_composition(shape[0], seed)
    denoiser = target.denoiser() if exact else RandomDenoiser(*shape, seed)
    law = sampler_law(random_kernel(schedule), denoiser, shape[1] + (0 if exact else 1))
    assert sum(law.values()) == pytest.approx(1, abs=1e-12)
    assert exact_kl(target, schedule, denoiser=denoiser) == pytest.approx(kl_to(target, law), abs=1e-12)


@settings(max_examples=6, deadline=None)
@given(seeds, st.booleans())
def test_value_adaptive_policies_are_the_law_of_the_sampler(seed, exact):
    target, schedule = random_law(4, 2, seed), some_composition(4, seed)
    denoiser = target.denoiser() if exact else RandomDenoiser(4, 2, seed)
    policy, drawn = MostConfident(schedule), Drawn(seed % 3)

    def confident(step, tokens, masked, laws):
        order = np.argsort(-np.where(masked, laws.max(axis=1), -1), kind="stable")
        return [(1.0, np.isin(np.arange(masked.size), order[: schedule.sizes[step]]))]

    def draw(step, tokens, masked, laws):
        with np.errstate(divide="ignore"):
            return drawn.choices(step, tokens, masked, torch.from_numpy(np.log(laws)))

    for kernel, chooser in ((confident, policy), (draw, drawn)):
        law = sampler_law(kernel, denoiser, 2 if exact else 3)
        assert exact_kl(target, chooser, denoiser=denoiser) == pytest.approx(kl_to(target, law), abs=1e-12)


@pytest.mark.parametrize("order", ["left-to-right", "bit-reversal", "golden"])
def test_listed_orders_are_the_law_of_the_sampler(order):
    target, schedule = random_law(5, 2, 7), Schedule([1, 2, 2])
    policy = OrderedPolicy(schedule, order)
    law: dict = {}
    for probability, permutation in policy.order.support(5):
        blocks = np.split(permutation, schedule.cumulative[:-1])

        def kernel(step, tokens, masked, laws, blocks=blocks):
            return [(1.0, np.isin(np.arange(5), blocks[step]))]

        for row, mass in sampler_law(kernel, target.denoiser(), 2).items():
            law[row] = law.get(row, 0.0) + probability * mass
    assert exact_kl(target, policy) == pytest.approx(kl_to(target, law), abs=1e-12)


def test_sets_and_permutations_agree():
    target, schedule = random_law(5, 2, 3), Schedule([2, 1, 2])
    listed = OrderedPolicy(schedule, Order("listed", lambda u: np.argsort(u), unmask.orders.random().support))
    for fresh in (True, False):
        assert exact_kl(target, schedule, fresh) == pytest.approx(exact_kl(target, listed, fresh), abs=1e-12)
    theta = RandomDenoiser(5, 2)
    assert learning_error(target, schedule, theta) == pytest.approx(learning_error(target, listed, theta), abs=1e-12)


# --- Prop. 2 ----------------------------------------------------------------------------------------------------------


def total_correlation_given(target, block, known):
    """E TC(x_block | x_known) from the joint table, by its definition."""
    sequences, probabilities = target.support()

    def entropy(positions):
        _, group = np.unique(sequences[:, sorted(positions)], axis=0, return_inverse=True)
        mass = np.bincount(group.ravel(), weights=probabilities)
        return float(-(mass * np.log(mass)).sum())

    given_entropy = entropy(known) if known else 0.0
    singles = sum(entropy([*known, i]) - given_entropy for i in block)
    return singles - (entropy([*known, *block]) - given_entropy)


@settings(max_examples=20, deadline=None)
@given(seeds)
def test_factorization_error_is_the_accumulated_total_correlation(seed):
    target, schedule = random_law(4, 2, seed), some_composition(4, seed)
    expected = 0.0
    for permutation in itertools.permutations(range(4)):
        for a, b in zip(schedule.nodes, schedule.cumulative, strict=True):
            expected += total_correlation_given(target, permutation[a:b], list(permutation[:a])) / math.factorial(4)
    assert factorization_error(target, schedule) == pytest.approx(expected, abs=1e-12)


@settings(max_examples=8, deadline=None)
@given(st.sampled_from([(3, 2), (3, 3)]), seeds, st.booleans())
def test_proposition_2(shape, seed, holes):
    """KL <= E_learn + E_fact for any policy and denoiser, with equality if nothing but the data is random."""
    target, theta = random_law(*shape, seed, holes), RandomDenoiser(*shape, seed)
    schedule = some_composition(3, seed)
    policies = [schedule, OrderedPolicy(schedule, "left-to-right"), MostConfident(schedule), Drawn(1)]
    for policy in policies:
        parts = learning_error(target, policy, theta), factorization_error(target, policy, theta)
        kl = exact_kl(target, policy, denoiser=theta)
        assert min(parts) >= -1e-12 and kl >= -1e-12
        assert kl <= sum(parts) + 1e-12
        assert exact_kl(target, policy, fresh_order=False, denoiser=theta) == pytest.approx(sum(parts), abs=1e-12)
        if policy is not schedule and not isinstance(policy, Drawn):
            assert kl == pytest.approx(sum(parts), abs=1e-12)


def test_the_gap_of_random_policies_is_real():
    """A random policy that looks at an incoherent denoiser: strictly below the sum (theory.md 1.3)."""
    target, theta = random_law(4, 2, 11), RandomDenoiser(4, 2, 11)
    for policy in (Schedule([2, 2]), Drawn(2)):
        total = learning_error(target, policy, theta) + factorization_error(target, policy, theta)
        assert exact_kl(target, policy, denoiser=theta) < 0.98 * total


@settings(max_examples=20, deadline=None)
@given(seeds)
def test_learning_error_is_a_mean_of_divergences(seed):
    """One pass: E_learn is the sum of the divergences of the marginals, and with pi's own conditionals it is zero."""
    target, theta = random_law(3, 3, seed), RandomDenoiser(3, 3, seed)
    marginals = np.exp(target.conditionals(np.full((1, 3), 3)))[0]
    logits = theta(np.full((1, 3), theta.mask_id))[0].copy()
    logits[:, theta.mask_id] = -np.inf
    claimed = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    divergence = (marginals * np.log(marginals / claimed[:, :3])).sum()
    assert learning_error(target, Schedule([3]), theta) == pytest.approx(divergence, abs=1e-12)
    assert learning_error(target, Schedule([1, 2]), target.denoiser()) == pytest.approx(0, abs=1e-12)


# --- Lemma 6 and the fresh-order divergence ----------------------------------------------------------------------------

SMALL = {
    "independent": targets.Independent([[0.5, 0.5], [0.2, 0.8], [0.9, 0.1], [0.4, 0.6], [0.7, 0.3]]),
    "all-equal": targets.AllEqual(6, 3),
    "copy-pairs": targets.BlockCode(6, 2, 1, 2),
    "parity": targets.Parity(6),
    "permutation": targets.Permutation(4),
    "markov": targets.MarkovChain(6, [[0.9, 0.1], [0.1, 0.9]]),
    "random": random_law(5, 2, 0),
}


@pytest.mark.parametrize("name", SMALL)
def test_lemma_6_predicts_the_law_of_the_sampler_for_every_composition(name):
    target = SMALL[name]
    profile = target.profile()
    for schedule in compositions(target.length):
        mean = exact_kl(target, schedule, fresh_order=False)
        assert mean == pytest.approx(profile.cost(schedule), abs=1e-10)
        assert factorization_error(target, schedule) == pytest.approx(mean, abs=1e-10)
        assert exact_kl(target, schedule) <= mean + 1e-12


@pytest.mark.parametrize("name", ["independent", "all-equal", "parity", "permutation"])
def test_where_the_order_does_not_matter_fresh_equals_fixed(name):
    """tc_z(x) is the same for all x and z in these laws, so convexity costs nothing."""
    target = SMALL[name]
    for schedule in compositions(target.length):
        assert exact_kl(target, schedule) == pytest.approx(target.profile().cost(schedule), abs=1e-10)


def order_costs(target, schedule):
    """tc_z(x) for every row and permutation, shape (rows, N!), from the joint table alone."""
    sequences, probabilities = target.support()

    def log_marginal(positions):
        _, group = np.unique(sequences[:, list(positions)], axis=0, return_inverse=True)
        return np.log(np.bincount(group.ravel(), weights=probabilities)[group.ravel()])

    columns = []
    for permutation in itertools.permutations(range(target.length)):
        cost = np.log(probabilities).copy()
        for a, b in zip(schedule.nodes, schedule.cumulative, strict=True):
            known = log_marginal(permutation[:a]) if a else 0.0
            cost -= sum(log_marginal([*permutation[:a], i]) - known for i in permutation[a:b])
        columns.append(cost)
    return np.stack(columns, axis=1), probabilities


@settings(max_examples=10, deadline=None)
@given(seeds)
def test_the_log_mean_exp_formula(seed):
    target, schedule = random_law(4, 2, seed), some_composition(4, seed)
    costs, probabilities = order_costs(target, schedule)
    assert kl_fresh(costs, probabilities) == pytest.approx(exact_kl(target, schedule), abs=1e-12)
    assert probabilities @ costs.mean(axis=1) == pytest.approx(target.profile().cost(schedule), abs=1e-12)


def test_fewer_orders_give_an_upper_bound_in_expectation():
    target, schedule = random_law(4, 2, 1), Schedule([2, 2])
    costs, probabilities = order_costs(target, schedule)
    pairs = [kl_fresh(costs[:, pair], probabilities) for pair in itertools.product(range(24), repeat=2)]
    single = [kl_fresh(costs[:, [one]], probabilities) for one in range(24)]
    assert np.mean(single) == pytest.approx(target.profile().cost(schedule), abs=1e-12)
    assert np.mean(single) > np.mean(pairs) > exact_kl(target, schedule)


def collision_moment(length, schedule, base):
    """E base^-C, C = number of pairs revealed in one pass, for length / 2 disjoint pairs in random order."""
    # E (1 + u)^C = sum_j u^j x (matchings of j pairs inside passes) / (probability normaliser of j given pairs).
    matchings = np.array([1], dtype=object)
    for size in schedule.sizes.tolist():
        counts = [
            math.factorial(size) // (math.factorial(j) * 2**j * math.factorial(size - 2 * j)) for j in range(size // 2 + 1)
        ]
        matchings = np.convolve(matchings, np.array(counts, dtype=object))
    from fractions import Fraction

    total, odd, u = Fraction(0), Fraction(1), Fraction(1, base) - 1
    for j, count in enumerate(matchings[: length // 2 + 1]):
        total += count * u**j / odd
        odd *= length - 2 * j - 1
    return total


@pytest.mark.parametrize(("q", "expected"), [(2, 1 / 2 / math.log(2)), (3, 2 / 3 / math.log(3))])
def test_copy_pairs(q, expected):
    """tc_z(x) = C log q: KL_fresh = -log E q^-C, and KL_fresh / A -> (1 - 1/q) / log q (theory.md 1.8: .72 for q = 2)."""
    target = targets.BlockCode(6, 2, 1, q)
    for schedule in compositions(6):
        formula = -math.log(collision_moment(6, schedule, q))
        assert exact_kl(target, schedule) == pytest.approx(formula, abs=1e-12)
    long, schedule = targets.BlockCode(1024, 2, 1, q), Schedule([8] * 128)
    ratio = -math.log(collision_moment(1024, schedule, q)) / long.profile().cost(schedule)
    assert ratio == pytest.approx(expected, rel=0.02)


def test_small_random_laws_gain_from_fresh_orders():
    """KL_fresh / A lies in .51-.84 (theory.md 1.8) for flat random laws; other shapes and sizes go down to .36."""
    for seed in range(12):
        table = np.random.default_rng(seed).dirichlet(np.ones(32)).reshape((2,) * 5)
        target, schedule = targets.Enumerated(table), Schedule([2, 3])
        assert 0.51 < exact_kl(target, schedule) / target.profile().cost(schedule) < 0.84


def test_copy_pairs_of_a_large_vocabulary():
    """q = 50,257, N = 256, K = 32: A = 38.0 nats but KL_fresh = 3.56 (theory.md 1.8)."""
    schedule, target = Schedule([8] * 32), targets.BlockCode(256, 2, 1, 50257)
    assert target.profile().cost(schedule) == pytest.approx(38.0, abs=0.05)
    assert -math.log(collision_moment(256, schedule, 50257)) == pytest.approx(3.56, abs=0.005)


# --- arguments ----------------------------------------------------------------------------------------------------------


def test_torch_denoisers_and_excluded_tokens():
    target = random_law(3, 2, 5)
    theta = RandomDenoiser(3, 2, 5)
    wrapped = unmask.wrap(
        lambda tokens: torch.from_numpy(theta(tokens.numpy())), length=3, vocab_size=theta.vocab_size, mask_id=theta.mask_id
    )
    schedule = Schedule([1, 2])
    assert exact_kl(target, schedule, denoiser=wrapped) == pytest.approx(exact_kl(target, schedule, denoiser=theta), abs=1e-12)
    without = unmask.wrap(
        wrapped.function, length=3, vocab_size=theta.vocab_size, mask_id=theta.mask_id, excluded=(theta.symbols,)
    )
    assert exact_kl(target, schedule, denoiser=without) < exact_kl(target, schedule, denoiser=theta)


def test_a_sampler_that_misses_a_sequence_is_infinitely_far():
    theta = RandomDenoiser(3, 2)
    theta.table[..., 0, 1] = -np.inf
    target = random_law(3, 2, 5)
    for policy in (Schedule([1, 2]), OrderedPolicy(Schedule([1, 2]), "left-to-right")):
        assert exact_kl(target, policy, denoiser=theta) == np.inf
        assert exact_kl(target, policy, fresh_order=False, denoiser=theta) == np.inf


def test_refusals():
    target, schedule = random_law(3, 2, 0), Schedule([1, 2])
    broken = RandomDenoiser(3, 2)
    broken.table[:] = np.nan
    for arguments, message in [
        ((targets.GaussianAR1(4, 0.5), Schedule([4])), "cannot be listed"),
        ((targets.DirichletMultinomial(40, [1, 1]), Schedule([40])), "stops at"),
        ((targets.AllEqual(24, 2), Schedule([8, 8, 8])), "stops at"),
        (
            (targets.AllEqual(12, 2), OrderedPolicy(Schedule([12]), Order("mine", np.argsort, unmask.orders.random().support))),
            "orders",
        ),
        ((target, Schedule([4])), "length 4"),
        ((target, "uniform"), "policy is a str"),
        ((target, schedule, True, lambda tokens: tokens), "denoiser is a function"),
        ((target, schedule, True, RandomDenoiser(4, 2)), "length 4"),
        ((target, schedule, True, RandomDenoiser(3, 0)), "mask id 1"),
    ]:
        with pytest.raises(ArgumentError, match=message):
            exact_kl(*arguments)
    with pytest.raises(DenoiserError, match="NaN"):
        exact_kl(target, schedule, denoiser=broken)

    class Lazy(MostConfident):
        def choose(self, *arguments):
            return np.zeros_like(arguments[3])

    class Unlisted(MostConfident):
        is_random = True

    with pytest.raises(ArgumentError, match="chose a revealed position, or none, at step 0"):
        exact_kl(target, Lazy(schedule))
    with pytest.raises(ArgumentError, match="choices"):
        exact_kl(target, Unlisted(schedule))
    for bad in ([1.0], [[np.nan]], np.zeros((0, 2))):
        with pytest.raises(ArgumentError, match="costs"):
            kl_fresh(bad)
    with pytest.raises(ArgumentError, match="order_weights"):
        kl_fresh([[1.0, 2.0]], order_weights=[0.5, 0.6])


def test_torch_is_imported_for_adaptive_policies_only():
    code = (
        "import sys, unmask; from unmask import targets\n"
        "unmask.exact_kl(targets.Parity(4), unmask.Schedule([2, 2]))\n"
        "unmask.exact_kl(targets.Parity(4), unmask.OrderedPolicy(unmask.Schedule([2, 2]), 'golden'))\n"
        "assert 'torch' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_single_pass_and_single_token():
    assert exact_kl(targets.AllEqual(1, 3), Schedule([1])) == pytest.approx(0, abs=1e-15)
    assert exact_kl(targets.AllEqual(4, 3), Schedule([4])) == pytest.approx(3 * math.log(3), abs=1e-12)
