"""Exact laws: each gives `sample`, the exact `profile()` and a `denoiser()`.

`REGISTRY` names a small instance of each; every target joins the suite in `tests/targets` by being there.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from unmask.targets.arrangements import BalancedString, Permutation
from unmask.targets.base import DiscreteTarget, Target, TargetDenoiser
from unmask.targets.codes import AllEqual, BlockCode, MDSCode, Parity
from unmask.targets.dirichlet_multinomial import DirichletMultinomial
from unmask.targets.enumerated import Enumerated, enumerated_profile
from unmask.targets.gaussian import ExchangeableGaussian, GaussianAR1, GaussianGraph
from unmask.targets.hidden_markov import HiddenMarkovModel
from unmask.targets.independent import Independent
from unmask.targets.markov import MarkovChain
from unmask.targets.mixture import ProductMixture
from unmask.targets.noisy_bit import NoisyBit
from unmask.targets.sudoku import Sudoku4

REGISTRY: dict[str, Callable[[], Target]] = {
    "AllEqual": lambda: AllEqual(4, 3),
    "BalancedString": lambda: BalancedString(6),
    "BlockCode": lambda: BlockCode(6, 3, 2, 3),
    "DirichletMultinomial": lambda: DirichletMultinomial(4, [0.5, 1.0, 2.5]),
    "Enumerated": lambda: Enumerated(np.arange(16.0).reshape(2, 2, 2, 2) / 120),
    "ExchangeableGaussian": lambda: ExchangeableGaussian(5, 0.6),
    "GaussianAR1": lambda: GaussianAR1(5, -0.7),
    "GaussianGraph": lambda: GaussianGraph([[2.0, 0.5, 0.0], [0.5, 1.0, -0.3], [0.0, -0.3, 1.5]]),
    "HiddenMarkovModel": lambda: HiddenMarkovModel(
        4, [[0.5, 0.5, 0], [0, 0.6, 0.4], [0.7, 0, 0.3]], [[0.8, 0.2, 0], [0, 0.5, 0.5], [0, 0, 1]]
    ),
    "Independent": lambda: Independent([[0.5, 0.5, 0.0], [0.2, 0.3, 0.5], [0.7, 0.2, 0.1]]),
    "MDSCode": lambda: MDSCode(5, 2, 5),
    "MarkovChain": lambda: MarkovChain(5, [[0.7, 0.3, 0.0], [0.1, 0.6, 0.3], [0.5, 0.0, 0.5]], [0.2, 0.0, 0.8]),
    "NoisyBit": lambda: NoisyBit(6, 0.1),
    "Parity": lambda: Parity(5),
    "Permutation": lambda: Permutation(4),
    "ProductMixture": lambda: ProductMixture([0.3, 0.7], [[[0.9, 0.1], [0.5, 0.5], [0, 1]], [[0.2, 0.8], [1, 0], [0.6, 0.4]]]),
    "Sudoku4": Sudoku4,
}

__all__ = [
    "REGISTRY",
    "AllEqual",
    "BalancedString",
    "BlockCode",
    "DirichletMultinomial",
    "DiscreteTarget",
    "Enumerated",
    "ExchangeableGaussian",
    "GaussianAR1",
    "GaussianGraph",
    "HiddenMarkovModel",
    "Independent",
    "MDSCode",
    "MarkovChain",
    "NoisyBit",
    "Parity",
    "Permutation",
    "ProductMixture",
    "Sudoku4",
    "Target",
    "TargetDenoiser",
    "enumerated_profile",
]
