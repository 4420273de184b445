"""Real codes: distance, interpolation, and what is said when there is none."""

from __future__ import annotations

import itertools
from math import isclose, log

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from unmask import orders, targets
from unmask.errors import ArgumentError

CODES = [
    targets.MDSCode(5, 2, 5),
    targets.MDSCode(4, 3, 7),
    targets.MDSCode(4, 1, 5),
    targets.MDSCode(3, 3, 3),
    targets.BlockCode(4, 4, 2, 5),
    targets.BlockCode(4, 4, 1, 3),
    targets.BlockCode(4, 4, 3, 4),
    targets.Parity(6),
    targets.AllEqual(5, 4),
]


@pytest.mark.parametrize("code", CODES, ids=repr)
def test_minimum_distance_is_maximal(code):
    words = code.support()[0]
    assert len(words) == code.vocab_size**code.k
    distances = (words[:, None] != words[None]).sum(axis=2)
    assert distances[~np.eye(len(words), dtype=bool)].min() == code.length - code.k + 1  # Singleton bound, met


def test_parity_means_an_even_number_of_ones():
    words = targets.Parity(6).sample(500, 0)
    assert not (words.sum(axis=1) % 2).any()


def test_reed_solomon_words_are_polynomials():
    words = targets.MDSCode(7, 3, 11).sample(200, 0)
    differences = words
    for _ in range(3):
        differences = np.diff(differences, axis=1) % 11  # Third differences of a quadratic vanish.
    assert not differences.any() and len(np.unique(words, axis=0)) > 150


@given(st.data())
@settings(max_examples=40, deadline=None)
def test_any_k_tokens_decide_the_rest(data):
    q = data.draw(st.sampled_from([2, 3, 5, 13, 101, 65_537]), label="q")
    length = data.draw(st.integers(1, min(q, 24)), label="N")
    k = data.draw(st.integers(1, length), label="k")
    code = targets.MDSCode(length, k, q) if q < 10_000 else targets.MDSCode(length, min(k, 3), q)
    word = code.sample(1, data.draw(st.integers(0, 2**32), label="seed"))
    shown = data.draw(st.permutations(range(length)), label="shown")[: code.k]
    tokens = np.full_like(word, q)
    tokens[:, shown] = word[:, shown]
    laws = code.conditionals(tokens)
    assert np.array_equal(laws.argmax(axis=2), word) and np.all(laws.max(axis=2) == 0)
    tokens[:, shown[0]] = q
    masked = tokens == q
    np.testing.assert_allclose(code.conditionals(tokens)[masked], -log(q), rtol=1e-14)


def test_blocks_are_independent():
    code = targets.BlockCode(6, 3, 1, 4)
    tokens = np.array([[4, 2, 4, 4, 4, 4]])
    laws = np.exp(code.conditionals(tokens))[0]
    assert np.array_equal(laws[:3].argmax(axis=1), [2, 2, 2])
    assert np.allclose(laws[3:], 0.25)
    assert len(code.support()[0]) == 16


def test_order_profile_counts_tokens_of_the_same_block():
    strided = targets.BlockCode(8, 4, 2, 5).order_profile(orders.fixed([0, 4, 1, 5, 2, 6, 3, 7]))
    assert np.allclose(np.diagonal(strided.values), log(5) * np.array([1, 1, 1, 1, 0, 0, 0, 0]))
    assert np.allclose(strided.values[3], log(5) * np.array([0, 0, 0, 1, 0, 1, 0, 1]))
    assert isclose(strided.entropy, 4 * log(5), rel_tol=1e-14)


def test_profile_without_a_code_and_clear_words_about_it():
    code = targets.BlockCode(16, 8, 4, 2)
    assert not code.has_code and targets.BlockCode(16, 8, 4, 11).has_code and targets.BlockCode(16, 8, 7, 2).has_code
    assert isclose(code.profile().entropy, 8 * log(2), rel_tol=1e-12)
    assert isclose(code.order_profile("left-to-right").entropy, 8 * log(2), rel_tol=1e-12)
    tokens = np.zeros((1, 16), dtype=np.int64)
    for call in (lambda: code.sample(1, 0), lambda: code.conditionals(tokens), lambda: code.log_prob(tokens)):
        with pytest.raises(ArgumentError, match="prime q >= 8"):
            call()
    with pytest.raises(ArgumentError, match="prime q >= 8"):
        code.support()


def test_profile_depends_on_q_by_its_logarithm_only():
    bits, prime = targets.BlockCode(64, 8, 4, 2).profile(), targets.BlockCode(64, 8, 4, 11).profile()
    np.testing.assert_allclose(prime.values, bits.values * log(11) / log(2), rtol=1e-13)


def test_real_block_code_has_the_profile_of_the_formula():
    code = targets.BlockCode(8, 4, 2, 5)
    exact = targets.enumerated_profile(*code.support())
    assert np.abs(code.profile().values - exact.values).max() <= 1e-12


def test_inconsistent_words_are_impossible():
    code = targets.MDSCode(5, 2, 5)
    words = {tuple(row) for row in code.support()[0].tolist()}
    everything = np.array(list(itertools.product(range(5), repeat=5)))
    possible = np.isfinite(code.log_prob(everything))
    assert {tuple(row) for row in everything[possible].tolist()} == words
