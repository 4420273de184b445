"""Every statement holds for random laws, and is reached where theory says it is tight."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from unmask import InformationProfile, Schedule, bounds, schedules, targets
from unmask.errors import ArgumentError
from unmask.exact import exact_kl, factorization_error
from unmask.policies import OrderedPolicy

seeds = st.integers(0, 2**32 - 1)


def random_law(length, vocab_size, seed):
    table = np.random.default_rng(seed).dirichlet(np.full(vocab_size**length, 0.3))
    return targets.Enumerated(table.reshape((vocab_size,) * length))


@st.composite
def profiles(draw, most=24):
    """Nondecreasing profiles: with jumps, flat stretches and smooth parts."""
    generator = np.random.default_rng(draw(seeds))
    length = draw(st.integers(2, most))
    increments = generator.random(length) ** draw(st.sampled_from([0.5, 1, 8, 40]))
    return InformationProfile(np.cumsum(increments) - increments.sum())


def compositions(length):
    for cuts in itertools.product([False, True], repeat=length - 1):
        yield Schedule.from_cumulative([*(i + 1 for i, cut in enumerate(cuts) if cut), length])


@st.composite
def profiles_and_schedules(draw):
    profile = draw(profiles())
    cuts = draw(st.sets(st.integers(1, profile.length - 1)))
    return profile, Schedule.from_cumulative([*sorted(cuts), profile.length])


# --- Prop. 3 and Lemma 4 ------------------------------------------------------------------------------------------------


@settings(max_examples=30, deadline=None)
@given(seeds, st.sampled_from([(4, 2), (3, 3), (5, 2)]), st.sampled_from(["random", "left-to-right", "bit-reversal"]))
def test_no_policy_exceeds_the_worst_case(seed, shape, order):
    target = random_law(*shape, seed)
    every = list(compositions(shape[0]))
    schedule = every[seed % len(every)]
    bound = bounds.worst_case(shape[0], schedule.steps, shape[1])
    assert factorization_error(target, OrderedPolicy(schedule, order)) <= float(bound) + 1e-12


@pytest.mark.parametrize("sizes", [[4], [1, 3], [2, 2], [3, 1, 2], [1, 1, 1]])
@pytest.mark.parametrize("q", [2, 3])
def test_lemma_4_laws_reach_the_worst_case(sizes, q):
    schedule = Schedule(sizes)
    permutation = np.random.default_rng(0).permutation(schedule.length)
    from unmask.orders import fixed

    for order, law in [
        ("left-to-right", bounds.saturating_law(schedule, q)),
        (fixed(permutation), bounds.saturating_law(schedule, q, permutation)),
    ]:
        cost = factorization_error(law, OrderedPolicy(schedule, order))
        assert cost == pytest.approx(float(bounds.worst_case(schedule.length, schedule.steps, q)), abs=1e-12)
        assert exact_kl(law, OrderedPolicy(schedule, order)) == pytest.approx(cost, abs=1e-12)
        assert factorization_error(law, schedule) <= cost + 1e-12


# --- Lemma 6, Theorem 7 -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("target", [random_law(6, 2, 1), random_law(4, 3, 2), targets.MDSCode(4, 2, 5), random_law(7, 2, 3)])
def test_lemma_6_in_both_forms_for_every_composition(target):
    """Against E_fact by enumeration."""
    profile = target.profile()
    for schedule in compositions(target.length):
        left = float(bounds.left_riemann_cost(profile, schedule))
        assert float(bounds.increment_cost(profile, schedule)) == pytest.approx(left, abs=1e-12)
        assert factorization_error(target, schedule) == pytest.approx(left, abs=1e-12)


@given(profiles_and_schedules())
def test_upper_bounds_under_random_order(both):
    profile, schedule = both
    cost = float(bounds.increment_cost(profile, schedule))
    assert cost == pytest.approx(float(bounds.left_riemann_cost(profile, schedule)), abs=1e-9)
    theorem_7 = float(bounds.largest_size(schedule.sizes.max(), profile))
    assert -1e-12 <= cost <= theorem_7 + 1e-9
    assert theorem_7 <= float(bounds.li_cai(profile, schedule)) + 1e-9
    if profile.length % schedule.steps == 0:
        equal = Schedule([profile.length // schedule.steps] * schedule.steps)
        average = float(bounds.average_size(profile.length, schedule.steps, profile))
        assert profile.cost(equal) <= average + 1e-9
        assert average == pytest.approx(float(bounds.largest_size(equal.sizes[0], profile)), abs=1e-9)


def one_jump(length, at):
    """D = 1, all of it at one token."""
    return InformationProfile(np.where(np.arange(length) >= at, 0.0, -1.0))


def test_theorem_7_is_reached():
    """By a law whose profile jumps right after the largest block begins: r(i) - i = s_max - 1 there."""
    schedule = Schedule([2, 5, 3])
    profile = one_jump(10, 3)
    assert profile.cost(schedule) == float(bounds.largest_size(5, profile)) == 4
    assert one_jump(12, 5).cost(Schedule([4, 4, 4])) == float(bounds.average_size(12, 3, 1.0)) == 3
    code = targets.MDSCode(6, 3, 7)  # its jump, log q, is at i = 3
    expected = float(bounds.largest_size(3, math.log(7)))
    assert exact_kl(code, Schedule([2, 3, 1]), fresh_order=False) == pytest.approx(expected, abs=1e-12)


def offset_schedules(length, size):
    for offset in range(size):
        nodes = sorted({*range(offset, length, size), length} - {0})
        yield Schedule.from_cumulative(nodes)


@given(profiles(), st.integers(1, 8))
def test_random_offset(profile, size):
    mean = np.mean([profile.cost(schedule) for schedule in offset_schedules(profile.length, size)])
    assert mean <= float(bounds.random_offset(size, profile)) + 1e-9
    steps = {schedule.steps for schedule in offset_schedules(profile.length, size)}
    assert max(steps) <= math.ceil(profile.length / size) + 1


@pytest.mark.parametrize("size", [2, 3, 5])
def test_random_offset_is_reached_and_halves_theorem_7(size):
    """By every profile whose mass is at least s - 1 tokens before the end."""
    profile = InformationProfile(np.minimum(np.arange(20), 20 - size) * 1.0)
    mean = np.mean([profile.cost(schedule) for schedule in offset_schedules(20, size)])
    assert mean == pytest.approx(float(bounds.random_offset(size, profile)), abs=1e-12)
    assert float(bounds.random_offset(size, 1.0)) == float(bounds.largest_size(size, 1.0)) / 2


# --- correlations -------------------------------------------------------------------------------------------------------


@settings(max_examples=20, deadline=None)
@given(seeds, st.sampled_from([(4, 2), (3, 3)]))
def test_correlations_are_those_of_the_joint_law(seed, shape):
    target, (length, q) = random_law(*shape, seed), shape
    table = np.zeros((q,) * length)
    sequences, probabilities = target.support()
    table[tuple(sequences.T)] = probabilities

    def entropy(positions):
        mass = table.sum(axis=tuple(i for i in range(length) if i not in positions)).ravel()
        mass = mass[mass > 0]
        return float(-(mass * np.log(mass)).sum())

    everything, all_positions = entropy(range(length)), set(range(length))
    rest = [everything - entropy(all_positions - {i}) for i in range(length)]
    profile = target.profile()
    assert profile.total_correlation == pytest.approx(sum(entropy([i]) for i in range(length)) - everything, abs=1e-12)
    assert profile.dual_total_correlation == pytest.approx(everything - sum(rest), abs=1e-12)
    both = bounds.total_correlations(profile)
    assert float(both) == pytest.approx(sum(entropy([i]) - rest[i] for i in range(length)), abs=1e-12)
    assert both.ingredients["TC"] + both.ingredients["DTC"] == pytest.approx(float(both), abs=1e-12)
    mutual = 0.0
    for size in range(1, length):
        sets = list(itertools.combinations(range(length), size))
        mutual += np.mean([entropy(s) + entropy(all_positions - set(s)) - everything for s in sets])
    assert float(bounds.tse(profile)) == pytest.approx(mutual / length, abs=1e-12)


@given(profiles())
def test_tse_is_below_both_correlations(profile):
    tse = float(bounds.tse(profile))
    assert tse <= min(profile.total_correlation, profile.dual_total_correlation) + 1e-9
    assert profile.total_correlation + profile.dual_total_correlation == pytest.approx(profile.length * profile.range)


# --- numbers of steps -----------------------------------------------------------------------------------------------------


@given(profiles(), st.floats(0.01, 3))
def test_chen_cong_li(profile, nats):
    for build, correlation in [
        (schedules.from_total_correlation, profile.total_correlation),
        (schedules.from_dual_total_correlation, profile.dual_total_correlation),
    ]:
        schedule = build(profile.length, nats, correlation)
        assert schedule.steps <= float(bounds.chen_cong_li_steps(profile.length, nats, correlation))
        assert profile.cost(schedule) <= nats + 1e-9


@pytest.mark.parametrize(("length", "ratio"), [(512, 1), (512, 12.5), (10**6, 40), (30, 3)])
def test_chen_cong_li_formula(length, ratio):
    formula = 2 + (1 + math.log(length)) * (1 + math.ceil(ratio))
    bound = bounds.chen_cong_li_steps(length, 2.0, 2.0 * ratio)
    assert float(bound) == min(length, math.floor(formula))
    assert schedules.from_total_correlation(length, 2.0, 2.0 * ratio).steps <= float(bound)


@given(profiles(), st.floats(0.01, 3))
def test_austin(profile, nats):
    bound = bounds.austin_steps(profile.length, nats, profile.dual_total_correlation)
    singles, size = int(bound.ingredients["singles"]), int(bound.ingredients["size"])
    left = profile.length - singles
    sizes = [1] * singles + [size] * (left // size) + [left % size] * (left % size > 0)
    assert len(sizes) == float(bound) <= profile.length
    assert profile.cost(Schedule(sizes)) <= nats + 1e-9


def test_austin_rate():
    """2 sqrt(DTC N / nats), up to rounding."""
    for length, dual, nats in [(10**4, 1.0, 1.0), (10**6, 10.0, 0.5)]:
        bound = float(bounds.austin_steps(length, nats, dual))
        assert bound == pytest.approx(2 * math.sqrt(dual * length / nats), rel=0.02)


# --- fixed order, total variation -------------------------------------------------------------------------------------------


@settings(max_examples=15, deadline=None)
@given(seeds, st.floats(0.05, 1))
def test_equation_12(seed, delta):
    """Over the 24 orders of a small law, the divergence of a fixed order exceeds cost / delta with probability <= delta."""
    from unmask.orders import fixed

    target, schedule = random_law(4, 2, seed), Schedule([2, 2])
    divergences = np.array(
        [exact_kl(target, OrderedPolicy(schedule, fixed(list(p)))) for p in itertools.permutations(range(4))]
    )
    cost = target.profile().cost(schedule)
    assert divergences.mean() == pytest.approx(cost, abs=1e-12)
    assert np.mean(divergences >= float(bounds.fixed_order(cost, delta)) + 1e-12) <= delta
    assert exact_kl(target, schedule) <= cost + 1e-12


def test_equation_12_is_reached():
    """Copies of one of three pairs: only the orders that reveal the pair together cost anything, the same each time."""
    from unmask.orders import fixed

    table = np.zeros((2, 2, 2))
    for x, y in itertools.product(range(2), repeat=2):
        table[x, x, y] = 1 / 4
    target, schedule = targets.Enumerated(table), Schedule([1, 2])
    kl = np.array([exact_kl(target, OrderedPolicy(schedule, fixed(list(p)))) for p in itertools.permutations(range(3))])
    bound = float(bounds.fixed_order(target.profile().cost(schedule), 1 / 3))
    assert np.mean(kl >= bound - 1e-12) == pytest.approx(1 / 3)


@settings(max_examples=15, deadline=None)
@given(seeds)
def test_pinsker(seed):
    """One pass: the sampler's law is the product of the marginals, and its total variation is a sum."""
    target = random_law(3, 2, seed)
    table = np.zeros((2, 2, 2))
    sequences, probabilities = target.support()
    table[tuple(sequences.T)] = probabilities
    product = np.einsum("a,b,c->abc", *(table.sum(axis=tuple({0, 1, 2} - {i})) for i in range(3)))
    distance = np.abs(table - product).sum() / 2
    assert distance <= float(bounds.pinsker(exact_kl(target, Schedule([3]))))
    assert float(bounds.pinsker(100.0)) == 1


def test_pinsker_constant_is_sharp():
    """For coins that differ by little, KL = 2 TV^2 to first order."""
    shift = 1e-3
    kl = 0.5 * math.log(0.25 / (0.25 - shift**2))
    assert float(bounds.pinsker(kl)) == pytest.approx(shift, rel=1e-5)


# --- results are sentences ----------------------------------------------------------------------------------------------------

EXAMPLES = [
    bounds.worst_case(8, 2, 3),
    bounds.left_riemann_cost(one_jump(6, 2), Schedule([3, 3])),
    bounds.increment_cost(one_jump(6, 2), Schedule([3, 3])),
    bounds.largest_size(4, 0.5),
    bounds.average_size(12, 3, one_jump(12, 2)),
    bounds.random_offset(4, 0.5),
    bounds.li_cai(one_jump(6, 2), Schedule([3, 3])),
    bounds.tse(one_jump(6, 2)),
    bounds.total_correlations(one_jump(6, 2)),
    bounds.chen_cong_li_steps(100, 1, 2),
    bounds.austin_steps(100, 1, 2),
    bounds.fixed_order(bounds.largest_size(4, 0.5), 0.1),
    bounds.pinsker(bounds.largest_size(4, 0.5)),
    bounds.bernoulli_cost(one_jump(6, 2), [0, 0.5, 1]),
    bounds.unmasking_growth(one_jump(6, 2)),
    bounds.reveal_odds_bound(one_jump(6, 2), [0.1, 0.5, 0.9]),
    bounds.coarse_complexity(one_jump(6, 2)),
    bounds.fine_complexity(one_jump(6, 2)),
    bounds.partition_complexity(one_jump(6, 2), [0.1, 0.5, 0.9]),
]


@pytest.mark.parametrize("bound", EXAMPLES, ids=lambda bound: bound.claim[:30])
def test_a_bound_is_a_number_and_a_sentence(bound):
    said = str(bound)
    assert f"{float(bound):.6g}" in said and bound.unit in said and bound.source in said
    assert said[0].isupper() and said.endswith("].") and "\n" not in said
    with pytest.raises(AttributeError):
        bound.value = 0.0


def test_a_sentence():
    assert str(bounds.largest_size(4, 0.5)) == (
        "Under random order the factorisation error is at most 1.5 nats per sequence (s_max = 4, D = 0.5) "
        "[Theorem 7, arXiv 2510.25544]."
    )


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: bounds.worst_case(4, 5, 2), "K is 5"),
        (lambda: bounds.worst_case(0, 1, 2), "N is 0"),
        (lambda: bounds.saturating_law(Schedule([1] * 30), 2), "2\\^30"),
        (lambda: bounds.saturating_law(Schedule([1, 2]), 2, [0, 1, 1]), "permutation"),
        (lambda: bounds.increment_cost(one_jump(6, 2), Schedule([3])), "length 3"),
        (lambda: bounds.left_riemann_cost("f", Schedule([3])), "profile is a str"),
        (lambda: bounds.largest_size(0.5, 1), "largest is 0.5"),
        (lambda: bounds.largest_size(2, -1), "spread is -1"),
        (lambda: bounds.largest_size(2, InformationProfile([0.0, -1.0])), "decreases by 1 at 1"),
        (lambda: bounds.average_size(10, 3, 1.0), "does not divide"),
        (lambda: bounds.random_offset(0, 1.0), "size is 0"),
        (lambda: bounds.li_cai(one_jump(6, 2), Schedule([3])), "length 3"),
        (lambda: bounds.chen_cong_li_steps(10, 0, 1), "nats is 0"),
        (lambda: bounds.austin_steps(10, 1, float("nan")), "dual_total_correlation is nan"),
        (lambda: bounds.fixed_order(1, 0), "delta is 0"),
        (lambda: bounds.fixed_order(-1, 0.5), "cost is -1"),
        (lambda: bounds.pinsker("many"), "nats is 'many'"),
        (lambda: bounds.bernoulli_cost(one_jump(6, 2), [0.5, 0.2]), "grid must increase"),
        (lambda: bounds.reveal_odds_bound(one_jump(6, 2), [0, 0.2]), "reveal odds"),
        (lambda: bounds.coarse_complexity(one_jump(2, 1)), "length 2"),
        (lambda: bounds.partition_complexity(one_jump(6, 2), [0.5, 1]), "stop below 1"),
        (lambda: bounds.geometric_grid([0.1, 0.9], [1.0, 2.0], 40), "growths has shape"),
        (lambda: bounds.geometric_grid([0.1, 0.9], [1.0], 4), "at least"),
        (lambda: bounds.estimate_growth([1.0], 0.5, 1, 0.1), "statistics has shape"),
        (lambda: bounds.growth_statistics(None, [1, 2], 0.1, 0.9), "sequences has shape"),
    ],
)
def test_refusals(call, message):
    with pytest.raises(ArgumentError, match=message):
        call()
