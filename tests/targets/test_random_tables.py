"""Random laws of every kind against their own joint table."""

from __future__ import annotations

import naive
import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from unmask import orders, targets


def law(generator, shape, zeros: bool):
    table = generator.exponential(size=shape)
    if zeros:
        table *= generator.random(shape) < 0.6
        table[..., 0] += 1e-3
    return table / table.sum(axis=-1, keepdims=True)


def make(kind: str, generator, n: int, q: int, zeros: bool):
    if kind == "Enumerated":
        return targets.Enumerated(law(generator, q**n, zeros).reshape((q,) * n))
    if kind == "MarkovChain":
        return targets.MarkovChain(n, law(generator, (q, q), zeros), law(generator, q, zeros))
    if kind == "HiddenMarkovModel":
        return targets.HiddenMarkovModel(n, law(generator, (3, 3), False), law(generator, (3, q), zeros))
    if kind == "ProductMixture":
        return targets.ProductMixture(law(generator, 3, zeros), law(generator, (3, n, q), zeros))
    if kind == "DirichletMultinomial":
        return targets.DirichletMultinomial(n, generator.exponential(size=q) + 0.05)
    return targets.Independent(law(generator, (n, q), zeros))


KINDS = ["Enumerated", "MarkovChain", "HiddenMarkovModel", "ProductMixture", "DirichletMultinomial", "Independent"]


@given(st.sampled_from(KINDS), st.integers(1, 4), st.integers(1, 3), st.booleans(), st.integers(0, 2**32))
@settings(max_examples=60, deadline=None)
def test_everything_follows_from_the_joint_law(kind, n, q, zeros, seed):
    generator = np.random.default_rng(seed)
    target = make(kind, generator, n, q, zeros)
    sequences, probabilities = target.support()
    assert abs(probabilities.sum() - 1) <= 1e-12

    profile = target.profile(rows=2) if kind == "HiddenMarkovModel" else target.profile()
    if not profile.rows:
        assert np.abs(profile.values - naive.profile(sequences, probabilities)).max() <= 1e-12

    permutation = generator.permutation(n)
    wanted = naive.order_entropies(sequences, probabilities, permutation)
    assert np.abs(target.order_profile(orders.fixed(permutation)).values - wanted).max() <= 1e-12

    tokens = generator.integers(0, q + 1, (20, n))
    wanted = np.array([naive.conditionals(sequences, probabilities, row, q) for row in tokens])
    assert np.abs(np.exp(target.conditionals(tokens)) - wanted).max() <= 1e-11
