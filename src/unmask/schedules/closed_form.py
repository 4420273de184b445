"""Schedules in closed form from a profile: Eq. 17 and Prop. 13 of arXiv 2510.25544, the bounded regime, equal entropy."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from unmask.errors import ArgumentError
from unmask.profile import InformationProfile
from unmask.schedule import Schedule
from unmask.schedules.limits import Source, bounded_optimum, clipped_increments, quadrature
from unmask.schedules.rounding import checked_profile, checked_steps, repaired

_SLACK = 1e-12  # k / K times a sum lands on a node exactly in theory, a rounding error beside it in floating point


def closed_form(profile: InformationProfile, K: int) -> Schedule:
    """Eq. 17 of arXiv 2510.25544: a_k = min{ n : sum_{i<=n} sqrt(Df(i)) >= (k / K) sum_i sqrt(Df(i)) }, a_K = N.

    The index trap: with Df(i) = f(i) - f(i-1) the sum runs over i <= n. Read with i < n it reveals one token too many
    before each jump of f: for N equal tokens it starts with 2 and costs log q, where 1 first costs nothing.

    Repeated nodes are merged, so fewer than K steps come back where f is concentrated; `note` says how many and why.
    `repaired_closed_form` keeps exactly K; `optimal` is never worse than either.

    Raises:
        ArgumentError: K is not an integer, or not 1 <= K <= N.
    """
    length, steps = checked_steps(checked_profile(profile).length, K)
    mass = np.cumsum(np.sqrt(clipped_increments(profile)))
    note = _clipping_note(profile)
    if mass[-1] == 0:
        return Schedule([length], name="closed_form", note=_join(_FLAT, note))
    targets = np.arange(1, steps + 1) / steps * mass[-1] * (1 - _SLACK)
    nodes = np.searchsorted(mass, targets)
    nodes[-1] = length
    nodes = np.unique(nodes)
    if nodes.size < steps:
        note = _join(f"{nodes.size} of {steps} steps: Eq. 17 repeats nodes where the profile jumps, and they were merged", note)
    return Schedule.from_cumulative(nodes, name="closed_form", note=note)


def repaired_closed_form(profile: InformationProfile, K: int) -> Schedule:
    """Eq. 17 (arXiv 2510.25544) with the sum interpolated linearly between integers, then repaired to exactly K steps.

    Raises:
        ArgumentError: K is not an integer, or not 1 <= K <= N.
    """
    length, steps = checked_steps(checked_profile(profile).length, K)
    mass = np.cumsum(np.sqrt(clipped_increments(profile)))
    return _equal_mass(np.arange(length), mass, length, steps, "repaired_closed_form", _clipping_note(profile))


def continuous_schedule(g: Callable[[np.ndarray], np.ndarray], K: int, N: int) -> Schedule:
    """Prop. 13 of arXiv 2510.25544: alpha_t = G^{-1}(t G(1)) with G(y) = int_0^y sqrt g, rounded to exactly K steps.

    Args:
        g: smooth and nonnegative on (0, 1), takes and returns arrays: the limit of N (f(i) - f(i-1)) at i = u N, any scale.
        K: steps.
        N: length.

    Raises:
        ArgumentError: g is negative, not finite or of another shape; not 1 <= K <= N.
    """
    length, steps = checked_steps(N, K)
    _, weights, values = quadrature(g)
    mass = np.concatenate([[0.0], np.cumsum(weights * np.sqrt(values))])
    # The running sum up to and including a point is the integral up to the edge of its own weight.
    edges = np.concatenate([[0.0], np.cumsum(weights)])
    return _equal_mass(length * edges, mass, length, steps, "continuous", "")


def bounded_regime(source: Source, K: int, N: int | None = None) -> Schedule:
    """Blocks of s*(u) = floor(1/2 + sqrt(1/4 + 2 Lam / g(u))) tokens, Lam set by the budget K: optimal as K / N -> r > 0.

    Theory.md 1.9 (ii); s* satisfies s (s - 1) <= 2 Lam / g <= s (s + 1). The nodes are where sum_i 1 / s*(i) passes 1, 2, ...

    Args:
        source: a profile, or a smooth g as in `continuous_schedule`.
        K: steps.
        N: length, needed if `source` is a function.

    Raises:
        ArgumentError: not 1 <= K <= N; g as in `continuous_schedule`.
    """
    length, steps = checked_steps(source.length if isinstance(source, InformationProfile) else N, K)
    _, weights, g = quadrature(source)
    note = _clipping_note(source) if isinstance(source, InformationProfile) else ""
    passes, _ = bounded_optimum(weights, g, steps / length)
    mass = np.concatenate([[0.0], np.cumsum(weights * passes)])
    edges = np.concatenate([[0.0], np.cumsum(weights)])
    return _equal_mass(length * edges, mass, length, steps, "bounded_regime", note)


def equal_entropy(profile: InformationProfile, K: int) -> Schedule:
    """EDS (arXiv 2602.06849): every step reveals about the same entropy, -sum_{i<a_k} f(i) = (k / K) H, repaired to K steps.

    A baseline: this is not the rule of Prop. 13, and costs 7.5 times the optimum on a Dirichlet-multinomial at N = 512, K = 32.
    (Re-derived from the method's description; the paper's own grid was not available.)

    Raises:
        ArgumentError: f > 0 somewhere, as for continuous tokens, whose entropies have no sign; not 1 <= K <= N.
    """
    length, steps = checked_steps(checked_profile(profile).length, K)
    if profile.values.max() > 0:
        raise ArgumentError(f"profile reaches f = {profile.values.max():.4g} > 0; equal entropy needs discrete tokens, f <= 0")
    mass = np.concatenate([[0.0], np.cumsum(-profile.values)])
    return _equal_mass(np.arange(length + 1), mass, length, steps, "equal_entropy", "")


_FLAT = "flat profile: one step already costs 0 nats, more steps gain nothing"


def _equal_mass(positions: np.ndarray, mass: np.ndarray, length: int, steps: int, name: str, note: str) -> Schedule:
    """a_k where the interpolated `mass` reaches k / K of its total; uniform, with a note, if there is no mass."""
    if mass[-1] <= 0:
        note = _join(_FLAT, note)
        return repaired(length * np.arange(1, steps + 1) / steps, length, name=name, note=note)
    nodes = np.interp(np.arange(1, steps + 1) / steps * mass[-1] * (1 - _SLACK), mass, positions)
    return repaired(nodes, length, name=name, note=note)


def _clipping_note(profile: InformationProfile) -> str:
    falls = int(np.count_nonzero(profile.increments < 0))
    return f"{falls} negative increments of a measured profile were set to 0" if falls else ""


def _join(*notes: str) -> str:
    return "; ".join(note for note in notes if note)
