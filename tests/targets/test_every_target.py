"""Every registered target obeys the same laws."""

from __future__ import annotations

import itertools
from math import isclose

import naive
import numpy as np
import pytest
from scipy import stats

from unmask import orders, targets
from unmask.errors import ArgumentError
from unmask.targets.gaussian import GaussianTarget

GAUSSIAN = [name for name, make in targets.REGISTRY.items() if isinstance(make(), GaussianTarget)]
DISCRETE = [name for name in targets.REGISTRY if name not in GAUSSIAN]
SMALL = [name for name in DISCRETE if name != "Sudoku4"]
ORDERS = [orders.random(), orders.left_to_right(), orders.bit_reversal(), orders.golden(rotate=False)]


@pytest.fixture(params=targets.REGISTRY)
def target(request):
    return targets.REGISTRY[request.param]()


@pytest.fixture(params=DISCRETE)
def discrete(request):
    return targets.REGISTRY[request.param]()


@pytest.fixture(params=SMALL)
def small(request):
    return targets.REGISTRY[request.param]()


@pytest.fixture(params=GAUSSIAN)
def gaussian(request):
    return targets.REGISTRY[request.param]()


def partly_masked(target, rows: int, seed: int = 0) -> np.ndarray:
    """Samples and arbitrary (often impossible) rows, each masked at random."""
    generator = np.random.default_rng(seed)
    tokens = np.concatenate([target.sample(rows, 1), generator.integers(0, target.vocab_size, (rows, target.length))])
    masked = generator.random(tokens.shape) < generator.random((len(tokens), 1))
    return np.where(masked, target.vocab_size, tokens)


def exact_profile(target):
    """The profile, by enumeration if the target estimates its own."""
    profile = target.profile()
    return targets.enumerated_profile(*target.support()) if profile.rows else profile


def test_every_exported_target_is_registered():
    exported = {
        name
        for name in targets.__all__
        if isinstance(getattr(targets, name), type)
        and issubclass(getattr(targets, name), targets.Target)
        and name not in ("Target", "DiscreteTarget")
    }
    assert set(targets.REGISTRY) == exported
    assert all(type(make()).__name__ == name for name, make in targets.REGISTRY.items())


def test_denoiser_is_the_conditional_law(discrete):
    q, denoiser = discrete.vocab_size, discrete.denoiser()
    assert (denoiser.length, denoiser.vocab_size, denoiser.mask_id) == (discrete.length, q + 1, q)
    if (q + 1) ** discrete.length <= 1100:
        tokens = np.array(list(itertools.product(range(q + 1), repeat=discrete.length)))
    else:
        tokens = partly_masked(discrete, 150)
    before = tokens.copy()
    logs = denoiser(tokens)
    assert logs.dtype == np.float64 and logs.shape == (*tokens.shape, q + 1)
    assert np.all(logs[..., q] == -np.inf) and np.array_equal(tokens, before)
    sequences, probabilities = discrete.support()
    wanted = np.array([naive.conditionals(sequences, probabilities, row, q) for row in tokens])
    assert np.abs(np.exp(logs[..., :q]) - wanted).max() <= 1e-12
    assert np.array_equal(logs[..., :q] == -np.inf, wanted == 0)


def test_denoiser_does_not_depend_on_the_batch(discrete):
    tokens = partly_masked(discrete, 6)
    alone = np.concatenate([discrete.conditionals(row[None]) for row in tokens])
    np.testing.assert_allclose(discrete.conditionals(tokens), alone, rtol=0, atol=1e-14)


def test_profile_is_the_definition(small):
    profile, wanted = small.profile(), naive.profile(*small.support())
    if profile.rows:
        assert np.all(np.abs(profile.values - wanted) <= 4 * profile.errors + 1e-12)
        assert profile.errors.max() < 0.05
    else:
        assert np.abs(profile.values - wanted).max() <= 1e-12
        assert not profile.errors.any()
    assert np.abs(targets.enumerated_profile(*small.support()).values - wanted).max() <= 1e-12


def test_profile_is_monotone_and_keeps_the_identities(target):
    profile = target.profile() if isinstance(target, GaussianTarget) else exact_profile(target)
    length = target.length
    assert np.all(np.diff(profile.values) >= -1e-12)
    both = profile.total_correlation + profile.dual_total_correlation
    assert isclose(both, length * profile.range, abs_tol=1e-11)
    i = np.arange(length)
    scarcer = float((i * (length - i) / length) @ profile.increments)  # TSE of theory.md 1.5
    assert scarcer <= min(profile.total_correlation, profile.dual_total_correlation) + 1e-12


def test_profile_sums_to_the_entropy_and_correlations(discrete):
    sequences, probabilities = discrete.support()
    profile, everything = exact_profile(discrete), range(discrete.length)
    entropy = -float(probabilities @ np.log(probabilities))
    singles = [naive.subset_entropy(sequences, probabilities, (p,)) for p in everything]
    rests = [naive.subset_entropy(sequences, probabilities, [r for r in everything if r != p]) for p in everything]
    assert isclose(profile.entropy, entropy, abs_tol=1e-11)
    assert isclose(profile.total_correlation, sum(singles) - entropy, abs_tol=1e-10)
    dual = entropy - sum(entropy - rest for rest in rests)
    assert isclose(profile.dual_total_correlation, dual, abs_tol=1e-10)
    assert profile.range <= np.log(discrete.vocab_size) + 1e-12


def test_log_prob_is_a_law(small):
    everything = np.array(list(itertools.product(range(small.vocab_size), repeat=small.length)))
    probabilities = np.exp(small.log_prob(everything))
    assert abs(probabilities.sum() - 1) <= 1e-12
    sequences, listed = small.support()
    assert len(np.unique(sequences, axis=0)) == len(sequences) and listed.min() > 0
    assert np.abs(np.exp(small.log_prob(sequences)) - listed).max() <= 1e-13
    assert len(sequences) == np.count_nonzero(probabilities)


def test_log_prob_is_the_chain_rule(discrete):
    x = discrete.sample(20, 3)
    permutation = np.random.default_rng(0).permutation(discrete.length)
    tokens, total = np.full_like(x, discrete.vocab_size), np.zeros(len(x))
    for position in permutation:
        total += discrete.conditionals(tokens)[np.arange(len(x)), position, x[:, position]]
        tokens[:, position] = x[:, position]
    np.testing.assert_allclose(discrete.log_prob(x), total, rtol=0, atol=1e-11)


def test_samples_follow_the_law(discrete):
    x = discrete.sample(20_000, 7)
    assert x.shape == (20_000, discrete.length) and x.dtype == np.int64
    sequences, probabilities = discrete.support()
    index = {tuple(row): number for number, row in enumerate(sequences.tolist())}
    counts = np.bincount([index[tuple(row)] for row in x.tolist()], minlength=len(index))
    expected = probabilities * len(x)
    rare = expected < 5
    observed = np.append(counts[~rare], counts[rare].sum())
    expected = np.append(expected[~rare], expected[rare].sum())
    keep = expected > 0
    assert stats.chisquare(observed[keep], expected[keep]).pvalue > 1e-3


def test_samples_are_a_function_of_the_seed(target):
    assert np.array_equal(target.sample(8, 5), target.sample(8, 5))
    assert not np.array_equal(target.sample(64, 5), target.sample(64, 6))


@pytest.mark.parametrize("order", ORDERS, ids=lambda order: order.name)
def test_order_profile_is_the_definition(small, order):
    sequences, probabilities = small.support()
    if order.name == "random":
        wanted = np.repeat(-naive.profile(sequences, probabilities)[:, None], small.length, axis=1)
    else:
        wanted = sum(p * naive.order_entropies(sequences, probabilities, s) for p, s in order.support(small.length))
    measured = small.order_profile(order)
    assert measured.order == order.name and measured.is_complete
    assert np.abs(measured.values - np.triu(wanted)).max() <= 1e-12


def test_order_profile_by_name_and_of_any_permutation(target):
    by_name = target.order_profile("left-to-right")
    assert np.array_equal(by_name.values, target.order_profile(orders.left_to_right()).values)
    shuffled = target.order_profile(orders.fixed(np.random.default_rng(1).permutation(target.length)))
    assert isclose(shuffled.entropy, by_name.entropy, abs_tol=1e-10)  # The chain rule holds along every permutation.
    drops = np.diff(shuffled.values, axis=0)
    assert np.all(drops[np.triu_indices(target.length - 1, 1)] <= 1e-12)  # More revealed, less to learn.


def test_wrong_calls_are_refused(target):
    for n, seed in ((0, 0), (-1, 0), (2.5, 0), (1, -1), (1, 0.5)):
        with pytest.raises(ArgumentError, match=r"^(n|seed) is"):
            target.sample(n, seed)
    with pytest.raises(ArgumentError, match="unknown"):
        target.order_profile("sideways")
    with pytest.raises(ArgumentError, match="for 99 tokens"):
        target.order_profile(orders.fixed(np.arange(99)))


def test_wrong_tokens_are_refused(discrete):
    q, length = discrete.vocab_size, discrete.length
    for tokens in (
        np.full(length, q),
        np.full((1, length + 1), q),
        np.full((1, length), 0.0),
        [[q + 1] * length],
        [[-1] * length],
    ):
        with pytest.raises(ArgumentError, match="tokens"):
            discrete.denoiser()(tokens)
        with pytest.raises(ArgumentError, match=r"^x (has|holds)"):
            discrete.log_prob(tokens)
    with pytest.raises(ArgumentError, match="x holds"):
        discrete.log_prob(np.full((1, length), q))


def test_tensors_are_tokens_and_the_denoiser_can_be_wrapped(discrete):
    torch = pytest.importorskip("torch")
    from unmask.denoiser import as_denoiser

    tokens = partly_masked(discrete, 4)
    assert np.array_equal(discrete.denoiser()(torch.tensor(tokens)), discrete.denoiser()(tokens))
    masked = tokens == discrete.vocab_size
    laws = as_denoiser(discrete.denoiser()).log_probs(tokens, masked).numpy()[:, : discrete.vocab_size]
    np.testing.assert_allclose(laws, discrete.conditionals(tokens)[masked], rtol=0, atol=1e-12)


# --- continuous -----------------------------------------------------------------------------------------------------


def covariance_of(target) -> np.ndarray:
    gaps = np.abs(np.subtract.outer(np.arange(target.length), np.arange(target.length)))
    if isinstance(target, targets.ExchangeableGaussian):
        return np.where(gaps == 0, 1.0, target.rho)
    return target.phi**gaps if isinstance(target, targets.GaussianAR1) else target.covariance


def gaussian_entropy(covariance, positions) -> float:
    minor = covariance[np.ix_(positions, positions)]
    return 0.5 * (len(positions) * np.log(2 * np.pi * np.e) + np.log(np.linalg.det(minor))) if len(positions) else 0.0


def test_gaussian_profile_is_the_definition(gaussian):
    covariance, length = covariance_of(gaussian), gaussian.length
    wanted = []
    for i in range(length):
        sets = list(itertools.combinations(range(length), i))
        pairs = [(s, j) for s in sets for j in range(length) if j not in s]
        wanted.append(-np.mean([gaussian_entropy(covariance, [*s, j]) - gaussian_entropy(covariance, s) for s, j in pairs]))
    assert gaussian.vocab_size is None
    assert np.abs(gaussian.profile().values - wanted).max() <= 1e-12


@pytest.mark.parametrize("order", ORDERS[1:], ids=lambda order: order.name)
def test_gaussian_order_profile_is_the_definition(gaussian, order):
    covariance, length = covariance_of(gaussian), gaussian.length
    wanted = np.zeros((length, length))
    for probability, p in order.support(length):
        for m, j in itertools.combinations_with_replacement(range(length), 2):
            after, before = gaussian_entropy(covariance, [*p[:m], p[j]]), gaussian_entropy(covariance, p[:m])
            wanted[m, j] += probability * (after - before)
    assert np.abs(gaussian.order_profile(order).values - wanted).max() <= 1e-12


def test_gaussian_samples_follow_the_law(gaussian):
    x = gaussian.sample(20_000, 7)
    assert x.shape == (20_000, gaussian.length) and x.dtype == np.float64
    whitened = np.linalg.solve(np.linalg.cholesky(covariance_of(gaussian)), x.T)
    assert stats.kstest(whitened.reshape(-1), "norm").pvalue > 1e-3
    products = np.cov(whitened)
    assert np.abs(products - np.eye(gaussian.length)).max() < 5 * np.sqrt(2 / len(x))


def test_gaussian_denoiser_is_the_conditional_law(gaussian):
    covariance = covariance_of(gaussian)
    denoiser = gaussian.denoiser()
    assert denoiser.length == gaussian.length and denoiser.vocab_size is None and np.isnan(denoiser.mask_id)
    x = gaussian.sample(2**gaussian.length, 2)
    revealed = np.array(list(itertools.product([True, False], repeat=gaussian.length)))
    mean, variance = denoiser(np.where(revealed, x, np.nan))
    for row, seen in enumerate(revealed):
        cross = covariance[~seen][:, seen]
        gain = np.linalg.solve(covariance[np.ix_(seen, seen)], cross.T).T
        np.testing.assert_allclose(mean[row, ~seen], gain @ x[row, seen], rtol=0, atol=1e-12)
        wanted = np.diagonal(covariance[np.ix_(~seen, ~seen)] - gain @ cross.T)
        np.testing.assert_allclose(variance[row, ~seen], wanted, rtol=0, atol=1e-12)
        assert np.array_equal(mean[row, seen], x[row, seen]) and not variance[row, seen].any()
    with pytest.raises(ArgumentError, match="values"):
        denoiser(np.zeros((1, gaussian.length + 1)))
    with pytest.raises(ArgumentError, match="values"):
        denoiser(np.full((1, gaussian.length), np.inf))
