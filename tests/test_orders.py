import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from unmask import orders, schedules, targets
from unmask.errors import ArgumentError
from unmask.orders.dependency import _split

CASES = {name: build() for name, build in orders.ORDERS.items()} | {
    "blockwise": orders.blockwise(2),
    "blockwise-bit-reversal": orders.blockwise(3, "bit-reversal"),
    "blockwise-left-to-right": orders.blockwise(2, "left-to-right"),
    "bit-reversal-still": orders.bit_reversal(rotate=False),
    "golden-still": orders.golden(rotate=False),
    "fixed-random-1": orders.fixed_random(1),
}


@given(st.sampled_from(sorted(CASES)), st.integers(1, 300), st.integers(0, 10**6))
def test_every_order_is_a_permutation(name, n, seed):
    permutation = CASES[name].permutation(np.random.default_rng(seed).random(n))
    assert np.array_equal(np.sort(permutation), np.arange(n))


def assert_support_is_the_law(order, n):
    law = {}
    for probability, permutation in order.support(n):
        law[tuple(permutation)] = law.get(tuple(permutation), 0) + probability
    assert sum(law.values()) == pytest.approx(1)
    assert order.is_random or len(law) == 1
    generator, draws = np.random.default_rng(0), 4000
    counts = {}
    for _ in range(draws):
        key = tuple(order.permutation(generator.random(n)))
        counts[key] = counts.get(key, 0) + 1
    assert counts.keys() <= law.keys()
    chi_square = sum((counts.get(p, 0) - draws * q) ** 2 / (draws * q) for p, q in law.items())
    assert chi_square < len(law) + 6 * np.sqrt(2 * len(law)) + 6


@pytest.mark.parametrize("name", sorted(CASES))
@pytest.mark.parametrize("n", [1, 2, 3, 5])
def test_support_is_the_law_of_permutation(name, n):
    assert_support_is_the_law(CASES[name], n)


def test_is_random_says_whether_rows_differ():
    generator = np.random.default_rng(0)
    for name, order in CASES.items():
        drawn = {tuple(order.permutation(generator.random(12))) for _ in range(20)}
        assert (len(drawn) > 1) == order.is_random, name


def test_bit_reversal_halves_the_largest_gap():
    plain = orders.bit_reversal(rotate=False).permutation(np.zeros(16))
    assert plain.tolist() == [0, 8, 4, 12, 2, 10, 6, 14, 1, 9, 5, 13, 3, 11, 7, 15]


def test_fixed_random_is_drawn_once_and_shorter_rows_keep_the_relative_order():
    order = orders.fixed_random(3)
    long, short = order.permutation(np.zeros(40)), order.permutation(np.ones(25) / 2)
    assert np.array_equal(long[long < 25], short)
    assert not np.array_equal(orders.fixed_random(4).permutation(np.zeros(40)), long)


@pytest.mark.parametrize("inner", ["random", "left-to-right", "golden"])
def test_blocks_are_complete_before_the_next_begins(inner):
    permutation = orders.blockwise(4, inner).permutation(np.random.default_rng(5).random(14))
    for low in range(0, 14, 4):
        assert set(permutation[low : low + 4]) == set(range(low, min(low + 4, 14)))


def test_blocks_of_one_and_blocks_as_long_as_the_row():
    uniforms = np.random.default_rng(1).random(9)
    assert orders.blockwise(1).permutation(uniforms).tolist() == list(range(9))
    assert np.array_equal(orders.blockwise(9).permutation(uniforms), orders.random().permutation(uniforms))


@pytest.mark.parametrize(("height", "width"), [(2, 3), (3, 2), (1, 4), (2, 1)])
@pytest.mark.parametrize("rotate", [False, True])
def test_halton_support(height, width, rotate):
    assert_support_is_the_law(orders.halton(height, width, rotate), height * width)


@pytest.mark.parametrize(("height", "width"), [(8, 8), (16, 16), (5, 12), (1, 30)])
def test_halton_spreads_every_prefix_over_the_grid(height, width):
    """Every quarter of the grid gets its share, to within what two-dimensional discrepancy allows."""
    permutation = orders.halton(height, width).permutation(np.zeros(height * width))
    assert np.array_equal(np.sort(permutation), np.arange(height * width))
    rows, columns = np.divmod(permutation, width)
    for m in (8, height * width // 4, height * width // 2):
        quarters = [
            (rows[:m] < height / 2).mean(),
            (columns[:m] < width / 2).mean(),
            ((rows[:m] < height / 2) & (columns[:m] < width / 2)).mean(),
        ]
        wanted = [np.mean(np.arange(height) < height / 2), np.mean(np.arange(width) < width / 2)]
        assert np.allclose(quarters, [*wanted, wanted[0] * wanted[1]], atol=2.5 / m + 0.06)


def test_halton_is_the_sequence_in_bases_2_and_3():
    # (0, 0), (1/2, 1/3), (1/4, 2/3), (3/4, 1/9), (1/8, 4/9), (5/8, 7/9) on a 4 x 3 grid.
    cells = [(0, 0), (2, 1), (1, 2), (3, 0), (0, 1), (2, 2)]
    assert orders.halton(4, 3).permutation(np.zeros(12))[:6].tolist() == [3 * row + column for row, column in cells]


def decaying(coordinates, rate):
    gaps = np.abs(coordinates[:, None] - coordinates[None]).sum(axis=-1)
    return np.exp(-rate * gaps)


@pytest.mark.parametrize("n", [2, 4, 8, 16, 32, 64])
@pytest.mark.parametrize("rate", [0.2, 1.0, 3.0])
def test_learned_on_a_chain_is_bit_reversal(n, rate):
    order = orders.learned(decaying(np.arange(n)[:, None], rate))
    plain = orders.bit_reversal(rotate=False)
    assert np.array_equal(order.permutation(np.zeros(n)), plain.permutation(np.zeros(n)))


@pytest.mark.parametrize(("height", "width"), [(4, 4), (8, 8), (6, 5), (3, 8), (5, 5)])
def test_learned_on_a_grid_starts_with_a_checkerboard(height, width):
    cells = np.stack(np.divmod(np.arange(height * width), width), axis=1)
    permutation = orders.learned(decaying(cells, 1.0)).permutation(np.zeros(height * width))
    first = cells[permutation[: (height * width + 1) // 2]].sum(axis=1) % 2
    assert first.min() == first.max()


def test_learned_ignores_how_positions_are_numbered():
    """Nothing of the geometry is told: a shuffled chain gives the shuffled order, up to which half goes first."""
    shuffle = np.random.default_rng(2).permutation(32)
    dependency = decaying(np.arange(32)[:, None], 0.7)[np.ix_(shuffle, shuffle)]
    places = shuffle[orders.learned(dependency).permutation(np.zeros(32))]
    for size in (16, 8, 4):
        for low in range(0, 32, size):
            assert len(set(places[low : low + size] % (32 // size))) == 1


@given(st.integers(2, 8), st.integers(0, 10**6))
def test_splits_are_balanced_and_no_swap_improves_them(n, seed):
    matrix = np.random.default_rng(seed).random((n, n))
    matrix = matrix + matrix.T
    np.fill_diagonal(matrix, 0)

    def inside(side):
        return matrix[np.ix_(side, side)].sum() + matrix[np.ix_(~side, ~side)].sum()

    side = _split(matrix)
    assert side.sum() == (n + 1) // 2
    for out, into in itertools.product(np.flatnonzero(side), np.flatnonzero(~side)):
        swapped = side.copy()
        swapped[[out, into]] = False, True
        assert inside(swapped) >= inside(side) - 1e-7


def test_learned_costs_less_than_random_on_a_markov_chain():
    chain = targets.MarkovChain.flip(16, 0.1)
    order = orders.learned(decaying(np.arange(16)[:, None], 0.4))
    for steps in (2, 4, 8):
        schedule = schedules.uniform(16, steps)
        assert chain.order_profile(order).cost(schedule) < 0.7 * chain.profile().cost(schedule)


def test_learned_takes_any_symmetric_matrix():
    for matrix in (np.zeros((5, 5)), np.ones((6, 6)), -np.ones((4, 4)), [[3.0]]):
        n = len(matrix)
        assert np.array_equal(np.sort(orders.learned(matrix).permutation(np.zeros(n))), np.arange(n))


def test_bad_orders():
    for arguments, words in [
        (lambda: orders.fixed([0, 0, 1]), "permutation"),
        (lambda: orders.fixed([]), "permutation"),
        (lambda: orders.by_name("sideways"), "unknown"),
        (lambda: orders.fixed([2, 0, 1]).permutation(np.zeros(4)), "3 tokens"),
        (lambda: list(orders.random().support(12)), "enumeration"),
        (lambda: list(orders.blockwise(6).support(12)), "enumeration"),
        (lambda: orders.blockwise(0), "block_length is 0"),
        (lambda: orders.blockwise(2.5), "block_length is 2.5"),
        (lambda: orders.blockwise(2, "sideways"), "sideways"),
        (lambda: orders.halton(0, 3), "height is 0"),
        (lambda: orders.halton(2, 2).permutation(np.zeros(5)), "2 x 2"),
        (lambda: orders.fixed_random(-1), "seed is -1"),
        (lambda: orders.learned([[0, 1], [2, 0]]), "not symmetric"),
        (lambda: orders.learned([[0, 1]]), "shape"),
        (lambda: orders.learned([[0, np.nan], [np.nan, 0]]), "finite"),
        (lambda: orders.learned(np.ones((3, 3))).permutation(np.zeros(4)), "3 tokens"),
    ]:
        with pytest.raises(ArgumentError, match=words):
            arguments()
