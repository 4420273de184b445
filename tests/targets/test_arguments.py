"""Wrong arguments: one line that names the argument and says what to give."""

from __future__ import annotations

import numpy as np
import pytest

from unmask import targets
from unmask.errors import ArgumentError

HALVES = [[0.5, 0.5], [0.5, 0.5]]

WRONG = [
    (lambda: targets.Independent([0.5, 0.5]), "probabilities has shape"),
    (lambda: targets.Independent([[0.5, 0.6]]), "probabilities sums to 1.1"),
    (lambda: targets.Independent([[1.5, -0.5]]), "probabilities holds -0.5"),
    (lambda: targets.Independent([[np.nan, 1.0]]), "probabilities holds NaN"),
    (lambda: targets.Independent([[0.5, 0.5], [1.0]]), "probabilities is not an array"),
    (lambda: targets.Independent(np.zeros((0, 2))), "probabilities has shape"),
    (lambda: targets.AllEqual(0, 2), "N is 0"),
    (lambda: targets.AllEqual(2.0, 2), "N is 2.0"),
    (lambda: targets.AllEqual(True, 2), "N is True"),
    (lambda: targets.AllEqual(3, 1), "q is 1"),
    (lambda: targets.ExchangeableGaussian(5, 1.0), "rho is 1"),
    (lambda: targets.ExchangeableGaussian(5, -0.25), "rho is -0.25"),
    (lambda: targets.ExchangeableGaussian(5, "much"), "rho is 'much'"),
    (lambda: targets.GaussianAR1(5, -1), "phi is -1"),
    (lambda: targets.GaussianAR1(5, float("nan")), "phi is nan"),
    (lambda: targets.GaussianGraph([[1.0, 0.5]]), "covariance of shape"),
    (lambda: targets.GaussianGraph([[1.0, 0.5], [0.2, 1.0]]), "not symmetric"),
    (lambda: targets.GaussianGraph([[1.0, 2.0], [2.0, 1.0]]), "not positive definite"),
    (lambda: targets.GaussianGraph(np.eye(20)).profile(rows=1), "rows is 1"),
    (lambda: targets.DirichletMultinomial(5, [1.0, 0.0]), "alpha holds 0"),
    (lambda: targets.DirichletMultinomial(5, 1.0), "alpha has shape"),
    (lambda: targets.MarkovChain(5, [[0.5, 0.5]]), "transition has shape"),
    (lambda: targets.MarkovChain(5, HALVES, [1.0]), "initial has 1 entries"),
    (lambda: targets.MarkovChain(5, np.eye(2)), "several stationary laws"),
    (lambda: targets.MarkovChain.flip(5, 1.5), "eps is 1.5"),
    (lambda: targets.HiddenMarkovModel(5, HALVES, [[1.0]]), "emission has 1 rows"),
    (lambda: targets.HiddenMarkovModel(5, HALVES, HALVES).profile(rows=1), "rows is 1"),
    (lambda: targets.HiddenMarkovModel(5, HALVES, HALVES).profile(seed=-1), "seed is -1"),
    (lambda: targets.Parity(1), "N is 1"),
    (lambda: targets.MDSCode(5, 2, 3), "q is 3"),
    (lambda: targets.MDSCode(5, 2, 9), "q is 9"),
    (lambda: targets.MDSCode(5, 6, 7), "k is 6"),
    (lambda: targets.MDSCode(5, 0, 7), "k is 0"),
    (lambda: targets.BlockCode(7, 2, 1, 2), "multiple of the block"),
    (lambda: targets.BlockCode(8, 2, 3, 2), "k is 3"),
    (lambda: targets.BlockCode(8, 2, 1, 2**31), "overflow"),
    (lambda: targets.NoisyBit(5, 0.0), "eta is 0"),
    (lambda: targets.BalancedString(5), "N is 5"),
    (lambda: targets.Permutation(0), "N is 0"),
    (lambda: targets.ProductMixture([0.5, 0.5], [[[1.0]]]), "probabilities has 1 classes"),
    (lambda: targets.Enumerated(0.5), "table has shape"),
    (lambda: targets.Enumerated(np.full((2, 3), 1 / 6)), "table has shape"),
    (lambda: targets.Enumerated(np.full((2, 2), 0.2)), "table sums to 0.8"),
    (lambda: targets.Enumerated([[1.0, 0.0], [-1.0, 1.0]]), "table holds -1"),
    (lambda: targets.MarkovChain.flip(64, 0.1).support(), "enumeration stops at 1048576"),
    (lambda: targets.DirichletMultinomial(5000, [1] * 5).support(), "enumeration stops"),
    (lambda: targets.Permutation(2000).support(), "enumeration stops"),
    (lambda: targets.HiddenMarkovModel(64, HALVES, HALVES).order_profile("left-to-right"), "enumeration stops"),
    (lambda: targets.HiddenMarkovModel(64, HALVES, HALVES).order_profile("random"), "enumeration stops"),
    (lambda: targets.GaussianGraph(np.eye(20)).order_profile("random"), "no exact profile"),
    (lambda: targets.enumerated_profile(np.eye(40, dtype=int), np.full(40, 1 / 40)), "too many subsets"),
    (lambda: targets.enumerated_profile([[0, 1]], [0.5]), "probabilities sums to 0.5"),
    (lambda: targets.enumerated_profile([[0, 1]], [0.5, 0.5]), "sequences has shape"),
]


@pytest.mark.parametrize(("call", "message"), WRONG, ids=[message for _, message in WRONG])
def test_wrong_argument(call, message):
    with pytest.raises(ArgumentError) as error:
        call()
    assert message in str(error.value) and "\n" not in str(error.value)


@pytest.mark.parametrize(
    "make",
    [
        lambda: targets.AllEqual(1, 2),
        lambda: targets.DirichletMultinomial(1, [1.0, 2.0]),
        lambda: targets.MarkovChain.flip(1, 0.1),
        lambda: targets.NoisyBit(1, 0.2),
        lambda: targets.Permutation(1),
        lambda: targets.MDSCode(1, 1, 2),
        lambda: targets.GaussianAR1(1, 0.5),
        lambda: targets.ExchangeableGaussian(1, 0.5),
        lambda: targets.GaussianGraph([[2.0]]),
        lambda: targets.Enumerated([0.5, 0.5]),
        lambda: targets.HiddenMarkovModel(1, HALVES, HALVES),
        lambda: targets.MarkovChain.flip(2, 0.1),
        lambda: targets.GaussianAR1(2, 0.5),
    ],
)
def test_shortest_targets(make):
    target = make()
    assert target.profile().length == target.length == target.sample(3, 0).shape[1]
    assert target.order_profile("left-to-right").length == target.length
    if target.vocab_size is not None:
        assert np.isfinite(target.log_prob(target.sample(3, 0))).all()


def test_arguments_are_copied():
    table = np.full((2, 2), 0.25)
    target = targets.Enumerated(table)
    table[:] = 0
    target.support()[1][:] = 0
    assert np.allclose(np.exp(target.log_prob([[0, 1]])), 0.25)
