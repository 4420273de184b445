"""The program that every exact optimum here solves: V_k(b) = min_{a < b} V_{k-1}(a) + c(a, b), one layer per forward pass."""

from __future__ import annotations

import operator
from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

import numpy as np

from unmask.errors import ArgumentError
from unmask.order_profile import OrderProfile
from unmask.profile import InformationProfile

# Up to here block costs are tabulated, which keeps full relative precision; beyond, a schedule must take O(N) memory.
TABLE_LENGTH = 256


Layer = Callable[[np.ndarray, int, int], tuple[np.ndarray, np.ndarray]]


class Program(NamedTuple):
    """layer(V_{k-1}, first, last) -> (V_k, its minimisers) for b = first..last; nats = unit * (V - offset)."""

    layer: Layer
    unit: float = 1.0
    offset: float = 0.0


def grid_of(profile: Any) -> np.ndarray:
    """The numbers of revealed tokens where a pass may start or stop, 0 to N: every one, or the levels of an order profile.

    Raises:
        ArgumentError: `profile` is not a profile, or its costs overflow a double.
    """
    if not isinstance(profile, InformationProfile | OrderProfile):
        raise ArgumentError(f"profile is a {type(profile).__name__}; give an InformationProfile or an OrderProfile")
    with np.errstate(over="ignore"):
        spread = np.ptp(profile.values) * profile.length
    if not np.isfinite(spread):
        largest = np.abs(profile.values).max()
        raise ArgumentError(f"profile holds values near {largest:.3g} nats: its costs overflow a double; rescale it")
    levels = profile.levels if isinstance(profile, OrderProfile) else np.arange(profile.length)
    return np.append(levels, profile.length)


def checked_steps(steps: Any, most: int) -> int:
    """`steps` as an int in 1..most.

    Raises:
        ArgumentError: not an integer, or out of range.
    """
    try:
        number = -1 if isinstance(steps, bool) else operator.index(steps)
    except TypeError:
        number = -1
    if not 1 <= number <= most:
        raise ArgumentError(f"steps is {steps!r}; give an integer from 1 to {most}, the number of places a pass can start at")
    return number


def long_monotone_losses(profile: InformationProfile | OrderProfile) -> tuple[np.ndarray, float] | None:
    """(f(N-1) - f(i) in some unit, nonincreasing, shape (N,); the unit in nats) if N is large and f monotone, else None.

    Dips of at most 8 units in the last place are how a monotone f computed in floating point looks: they are levelled.
    """
    if isinstance(profile, OrderProfile) or profile.length <= TABLE_LENGTH:
        return None
    level = np.maximum.accumulate(profile.values)
    if np.any(level - profile.values > 8 * np.finfo(float).eps * np.abs(profile.values).max()):
        return None
    return _in_units(level[-1] - level)


def program_of(profile: InformationProfile | OrderProfile) -> Program:
    """The fastest exact layer for `profile` on the indices of `grid_of(profile)`."""
    from unmask.schedules import _kernels

    if isinstance(profile, OrderProfile):
        costs, is_monge = _kernels.order_costs(profile.values, profile.levels)
        return Program(partial(_kernels.monge_layer if is_monge else _kernels.quadratic_layer, costs))
    # Of the monotone ones, only the frontier of a long profile comes here: 128 MB at most, and faster than lines.
    if profile.length <= (16 * TABLE_LENGTH if profile.is_monotone else TABLE_LENGTH):
        # Quadrangle: c(a,d) + c(b,c) - c(a,c) - c(b,d) = (d - c)(f(b) - f(a)), so c is Monge iff f is nondecreasing.
        kernel = _kernels.monge_layer if profile.is_monotone else _kernels.quadratic_layer
        return Program(partial(kernel, _kernels.block_costs(profile.values)))
    # (b - a) losses(a) is a line in b, and differs from c(a, b) by a sum over the block that no schedule changes.
    losses, unit = _in_units(profile.values.max() - profile.values)
    return Program(partial(_kernels.line_layer, losses), unit, float(losses.sum()))


def nothing_revealed(size: int) -> np.ndarray:
    """V_0: 0 tokens are revealed at no cost, more are out of reach."""
    return np.concatenate([[0.0], np.full(size - 1, np.inf)])


def _in_units(losses: np.ndarray) -> tuple[np.ndarray, float]:
    """Losses divided, exactly, by a power of two near the largest: products of them then neither overflow nor vanish."""
    exponent = int(np.frexp(losses.max())[1])
    return np.ldexp(losses, -exponent), float(np.ldexp(1.0, exponent))
