"""The closed forms of theory.md 1.13, at sizes that enumeration cannot reach."""

from __future__ import annotations

from math import comb, isclose, lgamma, log

import numpy as np
import pytest
from scipy import special, stats

from unmask import targets

N = 512
SOME = [0, 1, 2, 7, 64, 255, 256, 400, 510, 511]


def binary_entropy(p):
    return special.entr(p) + special.entr(1 - np.asarray(p))


# --- codes ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("target", "total", "dual"),
    [
        (targets.AllEqual(N, 5), (N - 1) * log(5), log(5)),
        (targets.Parity(N), log(2), (N - 1) * log(2)),
        (targets.MDSCode(N, 100, 521), (N - 100) * log(521), 100 * log(521)),
    ],
    ids=["AllEqual", "Parity", "MDSCode"],
)
def test_codes_have_one_step(target, total, dual):
    profile = target.profile()
    assert np.abs(profile.values - np.where(np.arange(N) < target.k, -log(target.vocab_size), 0.0)).max() <= 1e-12
    assert isclose(profile.total_correlation, total, rel_tol=1e-12)
    assert isclose(profile.dual_total_correlation, dual, rel_tol=1e-12)
    assert isclose(profile.range, log(target.vocab_size), rel_tol=1e-12)


@pytest.mark.parametrize(("b", "k", "q"), [(8, 1, 2), (8, 7, 2), (8, 4, 2), (4, 2, 5), (2, 1, 3), (8, 8, 7)])
def test_block_code_is_a_hypergeometric_tail(b, k, q):
    values = targets.BlockCode(N, b, k, q).profile().values
    for i in SOME:
        ways = sum(comb(b - 1, t) * comb(N - b, i - t) for t in range(k) if i >= t)
        assert isclose(values[i], -log(q) * (ways / comb(N - 1, i)), abs_tol=1e-12)
    u = 0.3
    limit = -log(q) * stats.binom.cdf(k - 1, b - 1, u)
    longer = targets.BlockCode(8192, b, k, q).profile().values[int(u * 8192)]
    assert isclose(longer, limit, abs_tol=2e-3)


# --- exchangeable ---------------------------------------------------------------------------------------------------


def test_dirichlet_multinomial():
    values = targets.DirichletMultinomial(N, [1, 1, 1, 1]).profile().values
    for i in SOME:  # BetaBinomial(n; i, 1, 3) = C(i - n + 2, 2) / C(i + 3, 3), in integers
        terms = [comb(i - n + 2, 2) / comb(i + 3, 3) * (p := (1 + n) / (4 + i)) * log(p) for n in range(i + 1)]
        assert isclose(values[i], 4 * sum(terms), abs_tol=1e-12)
    alpha = np.array([0.5, 1.5, 3.0])
    tail = targets.DirichletMultinomial(2000, alpha).profile().values
    share = alpha / alpha.sum()
    limit = float(share @ (special.digamma(alpha + 1) - special.digamma(alpha.sum() + 1)))
    assert isclose((limit - tail[-1]) * 2 * 1999, 2, rel_tol=0.02)  # f(inf) - f(i) ~ (q - 1) / (2 i)


@pytest.mark.parametrize("eta", [0.01, 0.1, 0.45, 0.9])
def test_noisy_bit(eta):
    profile = targets.NoisyBit(N, eta).profile()
    ones = np.arange(N + 1)
    binomial = np.logaddexp(stats.binom.logpmf(ones, N, eta), stats.binom.logpmf(ones, N, 1 - eta)) - log(2)
    sequence = binomial - (special.gammaln(N + 1) - special.gammaln(ones + 1) - special.gammaln(N - ones + 1))
    assert isclose(profile.entropy, -float(np.exp(binomial) @ sequence), rel_tol=1e-11)
    assert isclose(profile.values[-1], -float(binary_entropy(eta)), abs_tol=1e-3)
    assert isclose(profile.values[0], -log(2), rel_tol=1e-14)


def test_noisy_bit_is_a_mixture_of_products():
    keep, flip = [0.9, 0.1], [0.1, 0.9]
    mixture = targets.ProductMixture([0.5, 0.5], [[keep] * 6, [flip] * 6])
    noisy = targets.NoisyBit(6, 0.1)
    assert np.abs(mixture.profile().values - noisy.profile().values).max() <= 1e-12
    assert mixture.profile().dual_total_correlation <= log(2)
    assert np.ptp(targets.NoisyBit(9, 0.5).profile().values) <= 1e-15


def test_long_mixture_is_estimated_with_intervals():
    mixture = targets.ProductMixture([0.5, 0.5], [[[0.7, 0.3]] * 40, [[0.3, 0.7]] * 40])
    estimate, exact = mixture.profile(rows=400, seed=1), targets.NoisyBit(40, 0.3).profile()
    assert estimate.rows == 400
    inside = np.abs(estimate.values - exact.values) <= 4 * estimate.errors + 1e-12
    assert inside.all() and estimate.errors.max() < 0.02


def test_arrangements():
    balanced = targets.BalancedString(N).profile()
    for i in SOME:
        laws = [comb(N // 2, n) * comb(N // 2, i - n) / comb(N, i) for n in range(max(0, i - N // 2), min(i, N // 2) + 1)]
        ones = np.arange(max(0, i - N // 2), min(i, N // 2) + 1)
        assert isclose(balanced.values[i], -float(laws @ binary_entropy((N // 2 - ones) / (N - i))), abs_tol=1e-12)
    assert isclose(balanced.entropy, log(comb(N, N // 2)), rel_tol=1e-13)
    permutation = targets.Permutation(N).profile()
    assert isclose(permutation.entropy, lgamma(N + 1), rel_tol=1e-13)
    assert np.array_equal(permutation.values, -np.log(N - np.arange(N)))


# --- Gaussian (1.13.3) ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("length", "rho"), [(512, 0.05), (10_000, 0.5), (4000, 50 / 4000), (7, -0.1)])
def test_exchangeable_gaussian(length, rho):
    profile = targets.ExchangeableGaussian(length, rho).profile()
    total = -0.5 * ((length - 1) * np.log(1 - rho) + np.log(1 + (length - 1) * rho))
    spread = -0.5 * np.log((1 - rho) * (1 + (length - 1) * rho) / (1 + (length - 2) * rho))
    assert isclose(profile.total_correlation, total, rel_tol=1e-10)
    assert isclose(profile.range, spread, rel_tol=1e-12)
    assert isclose(profile.dual_total_correlation, length * spread - total, rel_tol=1e-7)
    i = np.arange(1, length)
    increments = 0.5 * np.log((1 + (i - 1) * rho) ** 2 / ((1 + i * rho) * (1 + (i - 2) * rho)))
    assert np.abs(profile.increments[1:] - increments).max() <= 1e-14


def test_exchangeable_gaussian_limit():
    c, length = 5.0, 10_000
    profile = targets.ExchangeableGaussian(length, c / length).profile()
    assert isclose(profile.range, c**2 / (2 * length * (1 + c)), rel_tol=1e-3)
    u = np.arange(1, length) / length
    shape = length * profile.increments[1:] / profile.range
    assert np.abs(shape / ((1 + c) / (1 + c * u) ** 2) - 1).max() < 0.01


def test_long_graph_is_estimated_with_intervals():
    gaps = np.abs(np.subtract.outer(np.arange(30), np.arange(30)))
    estimate = targets.GaussianGraph(0.8**gaps).profile(rows=300, seed=2)
    exact = targets.GaussianAR1(30, 0.8).profile()
    assert estimate.rows == 300 and estimate.errors.max() < 0.02
    assert np.all(np.abs(estimate.values - exact.values) <= 4 * estimate.errors + 1e-12)
    flat = targets.GaussianGraph(np.where(gaps == 0, 1.0, 0.3)).profile(rows=2)
    assert np.abs(flat.values - targets.ExchangeableGaussian(30, 0.3).profile().values).max() <= 1e-12


# --- Markov (1.13.5) ------------------------------------------------------------------------------------------------


def flip_information(eps):
    return lambda d: log(2) - binary_entropy((1 - (1 - 2 * eps) ** d) / 2)


def gaussian_information(phi):
    return lambda d: -0.5 * np.log1p(-(float(phi) ** (2 * d)))


def finite_sum(length, i, entropy, information):
    """f(i) by the exact weights of 1.13.5: both neighbours at gaps (l, r), or one side only at gap r from position p."""
    total = 0.0
    for left in range(1, length):
        for right in range(1, length - left):
            ways = (length - left - right) * comb(length - left - right - 1, i - 2) if i >= 2 else 0
            gain = information(left) + information(right) - information(left + right)
            total += ways / comb(length - 1, i) / length * gain
    for right in range(1, length):
        ways = sum(comb(length - p - right, i - 1) for p in range(1, length - right + 1)) if i >= 1 else 0
        total += 2 * ways / comb(length - 1, i) / length * information(right)
    return -entropy + total


CHAINS = [
    (lambda n: targets.MarkovChain.flip(n, 0.1), log(2), flip_information(0.1)),
    (lambda n: targets.GaussianAR1(n, 0.9), 0.5 * log(2 * np.pi * np.e), gaussian_information(0.9)),
]


@pytest.mark.parametrize(("make", "entropy", "information"), CHAINS, ids=["flip", "AR1"])
def test_chain_is_the_finite_sum(make, entropy, information):
    values = make(24).profile().values
    assert max(abs(values[i] - finite_sum(24, i, entropy, information)) for i in range(24)) <= 1e-12
    long = make(160).profile().values
    assert max(abs(long[i] - finite_sum(160, i, entropy, information)) for i in (1, 100)) <= 1e-12


@pytest.mark.parametrize(("make", "entropy", "information"), CHAINS, ids=["flip", "AR1"])
def test_chain_tends_to_its_limit(make, entropy, information):
    d = np.arange(1, 3000)
    gaps = information(d)

    def limit(u):
        inner = 2 * u * (1 - u) ** (d - 1) - (d - 1) * u**2 * (1 - u) ** np.maximum(d - 2, 0)
        return -entropy + gaps @ inner

    length = 4096
    profile = make(length).profile()
    for u in (0.0625, 0.25, 0.5, 0.875):
        assert abs(profile.values[int(u * length)] - limit(u)) < 3 / length
    assert isclose(profile.range, 2 * information(1) - information(2), abs_tol=2 / length)  # F(1) - F(0)
    assert isclose(profile.increments[1] * length, 2 * gaps.sum(), rel_tol=0.01)  # g(0)


def test_chain_entropy_at_large_length():
    eps = 0.1
    profile = targets.MarkovChain.flip(10_000, eps).profile()
    assert isclose(profile.entropy, log(2) + 9999 * float(binary_entropy(eps)), rel_tol=1e-12)
    assert profile.is_monotone


def test_chain_that_starts_out_of_balance():
    transition, start = [[0.9, 0.1, 0.0], [0.2, 0.3, 0.5], [0.1, 0.1, 0.8]], [0.0, 0.0, 1.0]
    chain = targets.MarkovChain(7, transition, start)
    exact = targets.enumerated_profile(*chain.support())
    assert np.abs(chain.profile().values - exact.values).max() <= 1e-12
    longer = targets.MarkovChain(N, transition, start)
    law, entropy = np.array(start), 0.0
    for _ in range(N - 1):
        entropy += float(law @ special.entr(np.array(transition)).sum(axis=1))
        law = law @ transition
    assert isclose(longer.profile().entropy, entropy, rel_tol=1e-12)


def test_hidden_chain_seen_clearly_is_the_chain():
    transition = [[0.7, 0.3], [0.4, 0.6]]
    hidden, chain = targets.HiddenMarkovModel(40, transition, np.eye(2)), targets.MarkovChain(40, transition)
    tokens = np.where(np.random.default_rng(0).random((50, 40)) < 0.7, 2, chain.sample(50, 0))
    np.testing.assert_allclose(np.exp(hidden.conditionals(tokens)), np.exp(chain.conditionals(tokens)), rtol=0, atol=1e-12)
    estimate, exact = hidden.profile(rows=300, seed=3), chain.profile()
    assert np.all(np.abs(estimate.values - exact.values) <= 4 * estimate.errors + 1e-12)
    blind = targets.HiddenMarkovModel(5, transition, [[0.3, 0.7]] * 2)
    assert np.ptp(blind.profile(rows=2).values) <= 1e-12  # Emissions that say nothing: independent tokens.


def test_long_hidden_chain_does_not_underflow():
    hidden = targets.HiddenMarkovModel(5000, [[0.9, 0.1], [0.1, 0.9]], [[0.6, 0.4], [0.3, 0.7]])
    x = hidden.sample(2, 0)
    tokens = x.copy()
    tokens[:, 2500] = 2
    with_other = x.copy()
    with_other[:, 2500] = 1 - x[:, 2500]
    odds = hidden.log_prob(x) - hidden.log_prob(with_other)
    law = hidden.conditionals(tokens)[np.arange(2), 2500]
    np.testing.assert_allclose(law[np.arange(2), x[:, 2500]] - law[np.arange(2), 1 - x[:, 2500]], odds, rtol=0, atol=1e-9)


# --- Sudoku ---------------------------------------------------------------------------------------------------------


def test_sudoku_is_all_288_grids():
    import naive

    sudoku = targets.Sudoku4()
    grids, probabilities = sudoku.support()
    assert grids.shape == (288, 16)
    squares = grids.reshape(-1, 4, 4)
    boxes = squares.reshape(-1, 2, 2, 2, 2).swapaxes(2, 3).reshape(-1, 4, 4)
    for lines in (squares, squares.swapaxes(1, 2), boxes):
        assert np.all(np.sort(lines, axis=2) == np.arange(4))
    profile = sudoku.profile()
    assert isclose(profile.entropy, log(288), rel_tol=1e-12)
    assert isclose(profile.values[0], -log(4), rel_tol=1e-12)
    wanted = naive.profile(grids, probabilities, levels=[1, 14, 15])
    assert np.abs(profile.values[[1, 14, 15]] - wanted).max() <= 1e-12
