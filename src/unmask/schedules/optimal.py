"""The schedule of least cost: exactly K steps, any profile, any value-free order."""

from __future__ import annotations

import numpy as np

from unmask.order_profile import OrderProfile
from unmask.profile import InformationProfile
from unmask.schedule import Schedule
from unmask.schedules import _lagrangian
from unmask.schedules._layers import Layer, checked_steps, grid_of, long_monotone_losses, nothing_revealed, program_of


def optimal(profile: InformationProfile | OrderProfile, steps: int) -> Schedule:
    """A schedule of exactly `steps` passes whose `profile.cost` no other schedule undercuts (theory.md 5.1, 5.2).

    The cost is sum_k c(a_k, a_{k+1}), c(a, b) = sum_{j=a}^{b-1} (f(j) - f(a)) for random order (Lemma 6 of arXiv 2510.25544,
    Thm 4 of arXiv 2511.04647) and sum_{j=a}^{b-1} h(j, a) for any other value-free order. For a true profile c is Monge, which
    makes a layer O(N log N), or a whole schedule O(N) per price when N is large; measured profiles that are not monotone are
    solved exactly too: O(K N^2) for N <= 256 and for order profiles, O(K N log N) time and 4 K N bytes for larger N.

    Exact up to rounding: relative 1e-12 for true profiles with N <= 256 or of other orders, else at worst about 1e-15 N times
    the range of f. Ties are broken the same way every time.

    Args:
        profile: f, or h; for h passes start at measured levels only.
        steps: K, from 1 to N, or to the number of levels for an order profile.

    Raises:
        ArgumentError: not a profile, `steps` out of range, or costs that overflow a double.
    """
    grid = grid_of(profile)
    steps = checked_steps(steps, grid.size - 1)
    nodes = _nodes(profile, grid, steps)
    return Schedule(np.diff(nodes, append=profile.length), name="optimal")


def _nodes(profile: InformationProfile | OrderProfile, grid: np.ndarray, steps: int) -> np.ndarray:
    if steps == grid.size - 1:
        return grid[:-1]
    monotone = long_monotone_losses(profile)
    if monotone is not None:
        few, many = _lagrangian.bracket(monotone[0], lambda path: path.steps < steps)
        return _lagrangian.splice(few, many, steps)
    return grid[layered(program_of(profile).layer, grid.size - 1, steps)]


def layered(layer: Layer, last: int, steps: int) -> np.ndarray:
    """The best path 0 = a_0 < ... < a_K = last of exactly `steps` layers: a_0..a_{K-1}, indices on the grid."""
    values, choices = nothing_revealed(last + 1), []
    for step in range(1, steps + 1):
        values, choice = layer(values, step, last - steps + step)  # later passes need a token each
        choices.append(choice)
    nodes = [last]
    for choice in reversed(choices):
        nodes.append(int(choice[nodes[-1]]))
    return np.array(nodes[:0:-1])
