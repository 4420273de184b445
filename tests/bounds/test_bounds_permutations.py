"""Published numbers for uniform permutations (arXiv 2608.25505, theory.md section 2)."""

from __future__ import annotations

import math

import pytest

from unmask import Schedule, bounds, schedules, targets


@pytest.mark.parametrize(("n", "sizes"), [(8, [3, 2, 2, 1]), (16, [6, 5, 3, 2]), (32, [12, 9, 7, 4])])
def test_optimal_sizes(n, sizes):
    profile = targets.Permutation(n).profile()
    optimal = schedules.optimal(profile, 4)
    assert profile.cost(optimal) == pytest.approx(profile.cost(Schedule(sizes)), abs=1e-12)


def test_asymptotic_cost():
    """E_{n,R} ~ n (1 - rho_R) - log(2 pi n) / 2, rho_1 = 0, rho_R = exp(rho_{R-1} - 1): 743.445 nats for n = 2000, R = 4."""
    n, rho = 2000, 0.0
    for _ in range(3):
        rho = math.exp(rho - 1)
    formula = n * (1 - rho) - math.log(2 * math.pi * n) / 2
    profile = targets.Permutation(n).profile()
    assert formula == pytest.approx(743.445, abs=5e-4)
    assert profile.cost(schedules.optimal(profile, 4)) == pytest.approx(743.445, abs=5e-4)


@pytest.mark.parametrize(("n", "s"), [(9, 3), (12, 1), (30, 10), (40, 7)])
def test_pairs_first(n, s):
    """With n - s rounds, 3 s <= n, the best is s pairs and then single tokens: sum_j log2((n - 2j) / (n - 2j - 1)) bits."""
    profile = targets.Permutation(n).profile()
    bits = sum(math.log2((n - 2 * j) / (n - 2 * j - 1)) for j in range(s))
    assert profile.cost(schedules.optimal(profile, n - s)) / math.log(2) == pytest.approx(bits, abs=1e-12)
    assert profile.cost(Schedule([2] * s + [1] * (n - 2 * s))) / math.log(2) == pytest.approx(bits, abs=1e-12)


def test_worst_case_of_permutations():
    """Far below Prop. 3: (n - K) log n."""
    profile = targets.Permutation(32).profile()
    assert profile.cost(schedules.optimal(profile, 4)) < 0.25 * float(bounds.worst_case(32, 4, 32))
