"""The table of theory.md 5.2: what the order is worth on a binary Markov chain, eps = .1, N = 256, nats."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

from unmask import orders, schedules, targets

N = 256
CHAIN = targets.MarkovChain.flip(N, 0.1)

ORDERS = {
    "bit-reversal": lambda: orders.bit_reversal(rotate=False),
    "bit-reversal rotated": orders.bit_reversal,
    "golden": lambda: orders.golden(rotate=False),
    "left-to-right": orders.left_to_right,
}


@cache
def profile_of(name: str):
    return CHAIN.order_profile(ORDERS[name]())


@pytest.mark.parametrize(("steps", "uniform", "optimal"), [(8, 8.56, 7.20), (4, 18.51, 15.6)])
def test_random_order(steps, uniform, optimal):
    profile = CHAIN.profile()
    assert profile.cost(schedules.uniform(N, steps)) == pytest.approx(uniform, abs=0.005)
    assert profile.cost(schedules.optimal(profile, steps)) == pytest.approx(optimal, abs=0.005 if steps == 8 else 0.05)


@pytest.mark.parametrize(
    ("name", "steps", "optimal", "digit"),
    [
        ("bit-reversal", 8, 0.0, 1e-10),
        ("bit-reversal", 4, 0.44, 0.005),
        ("bit-reversal rotated", 8, 0.0, 1e-10),
        ("bit-reversal rotated", 4, 0.44, 0.005),
        ("golden", 8, 0.003, 0.0005),
        ("golden", 4, 2.2, 0.05),
        ("left-to-right", 8, 87.1, 0.05),
        ("left-to-right", 4, 91.0, 0.05),
    ],
)
def test_value_free_orders(name, steps, optimal, digit):
    profile = profile_of(name)
    assert profile.cost(schedules.optimal(profile, steps)) == pytest.approx(optimal, abs=digit)


@pytest.mark.parametrize("name", ORDERS)
def test_every_order_has_the_same_entropy(name):
    assert profile_of(name).entropy == pytest.approx(CHAIN.profile().entropy, rel=1e-12)


@pytest.mark.parametrize(("steps", "exact"), [(8, 39.549), (16, 17.352)])
def test_blocks_of_64_in_random_order_inside(steps, exact):
    """theory.md prints 39.6 and 17.0, from a sample; the exact expectations are 39.549 and 17.352."""
    generator = np.random.default_rng(0)
    costs = []
    for _ in range(60):
        permutation = np.concatenate([64 * block + generator.permutation(64) for block in range(4)])
        costs.append(CHAIN.order_profile(orders.fixed(permutation)).cost(schedules.uniform(N, steps)))
    assert abs(np.mean(costs) - exact) < 4 * np.std(costs) / np.sqrt(60)
    assert CHAIN.profile().cost(schedules.uniform(N, 16)) == pytest.approx(4.0, abs=0.05)
