import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from unmask import orders
from unmask.errors import ArgumentError


@given(st.sampled_from(sorted(orders.ORDERS)), st.integers(1, 300), st.integers(0, 10**6))
def test_every_order_is_a_permutation(name, n, seed):
    permutation = orders.by_name(name).permutation(np.random.default_rng(seed).random(n))
    assert np.array_equal(np.sort(permutation), np.arange(n))


@pytest.mark.parametrize("name", sorted(orders.ORDERS))
@pytest.mark.parametrize("n", [1, 2, 3, 5])
def test_support_is_the_law_of_permutation(name, n):
    order = orders.by_name(name)
    law = {}
    for probability, permutation in order.support(n):
        law[tuple(permutation)] = law.get(tuple(permutation), 0) + probability
    assert sum(law.values()) == pytest.approx(1)
    generator, draws = np.random.default_rng(0), 4000
    counts = {}
    for _ in range(draws):
        key = tuple(order.permutation(generator.random(n)))
        counts[key] = counts.get(key, 0) + 1
    assert counts.keys() <= law.keys()
    chi_square = sum((counts.get(p, 0) - draws * q) ** 2 / (draws * q) for p, q in law.items())
    assert chi_square < len(law) + 6 * np.sqrt(2 * len(law)) + 6


def test_bit_reversal_halves_the_largest_gap():
    plain = orders.bit_reversal(rotate=False).permutation(np.zeros(16))
    assert plain.tolist() == [0, 8, 4, 12, 2, 10, 6, 14, 1, 9, 5, 13, 3, 11, 7, 15]


def test_bad_orders():
    with pytest.raises(ArgumentError, match="permutation"):
        orders.fixed([0, 0, 1])
    with pytest.raises(ArgumentError, match="unknown"):
        orders.by_name("sideways")
    with pytest.raises(ArgumentError, match="3 tokens"):
        orders.fixed([2, 0, 1]).permutation(np.zeros(4))
    with pytest.raises(ArgumentError, match="enumeration"):
        list(orders.random().support(12))
