"""From a curve alpha(t) to exactly K strictly increasing nodes, the same way for every schedule."""

from __future__ import annotations

from collections.abc import Callable
from operator import index
from typing import Any

import numpy as np

from unmask.errors import ArgumentError
from unmask.profile import InformationProfile
from unmask.schedule import Schedule


def checked_integer(name: str, value: Any, least: int) -> int:
    """`value` as an int; raises `ArgumentError` if it is not an integer >= `least`."""
    try:
        if isinstance(value, (bool, np.bool_)):
            raise TypeError
        number = index(value)
    except TypeError:
        raise ArgumentError(f"{name} is {value!r}; give an integer >= {least}") from None
    if number < least:
        raise ArgumentError(f"{name} is {number}; give an integer >= {least}")
    return number


def checked_steps(N: Any, K: Any) -> tuple[int, int]:
    """(N, K) as ints; raises `ArgumentError` unless 1 <= K <= N."""
    length, steps = checked_integer("N", N, 1), checked_integer("K", K, 1)
    if steps > length:
        raise ArgumentError(
            f"K is {steps} but the length N is {length}; give at most one forward pass per token, K <= {length}"
        )
    return length, steps


def checked_profile(profile: Any) -> InformationProfile:
    """`profile` itself; raises `ArgumentError` unless it is the profile of random order that closed forms are about."""
    if not isinstance(profile, InformationProfile):
        raise ArgumentError(
            f"profile is of type {type(profile).__name__}; give an InformationProfile, or use schedules.optimal"
        )
    return profile


def checked_positive(name: str, value: Any) -> float:
    """`value` as a float; raises `ArgumentError` unless it is finite and > 0."""
    try:
        number = float(value)
    except (TypeError, ValueError):
        raise ArgumentError(f"{name} is {value!r}; give a number > 0") from None
    if not (np.isfinite(number) and number > 0):
        raise ArgumentError(f"{name} is {value!r}; give a finite number > 0")
    return number


def repaired(nodes: np.ndarray, N: int, **keywords: Any) -> Schedule:
    """The schedule whose a_1..a_K are `nodes` rounded, then moved only where two would meet or too few would fit.

    Args:
        nodes: real a_1..a_K, shape (K,), K <= N, none NaN; the last one is replaced by N.
        N: length.
        keywords: name, note and settings of the schedule.
    """
    ranks = np.arange(1, nodes.size + 1)
    rounded = np.rint(nodes)
    rounded[-1] = N
    # a_k strictly increasing from >= 1 to N is the same as a_k - k nondecreasing inside [0, N - K].
    slack = np.clip(np.maximum.accumulate(rounded - ranks), 0, N - nodes.size)
    return Schedule.from_cumulative((slack + ranks).astype(np.int64), **keywords)


def from_curve(alpha: Callable[[np.ndarray], np.ndarray], N: Any, K: Any, name: str, **settings: float) -> Schedule:
    """The schedule with a_k = N alpha(k / K), rounded and repaired; alpha maps [0, 1] onto the revealed fraction [0, 1]."""
    length, steps = checked_steps(N, K)
    nodes = length * alpha(np.arange(1, steps + 1) / steps)
    if not np.all(np.isfinite(nodes)):
        raise ArgumentError(f"{name} overflows for {settings}; give parameters nearer to 1")
    return repaired(nodes, length, name=name, settings=dict(settings))
