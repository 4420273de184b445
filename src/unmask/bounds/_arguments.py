"""Argument checks that the statements share."""

from __future__ import annotations

from operator import index
from typing import Any

import numpy as np

from unmask.errors import ArgumentError
from unmask.profile import InformationProfile


def checked_number(name: str, value: Any, low: float, high: float, *, open_low: bool = False) -> float:
    """`value` as a float in [low, high], or (low, high] if `open_low`; else `ArgumentError`."""
    try:
        number = float(value)
    except (TypeError, ValueError):
        number = np.nan
    if not (low < number if open_low else low <= number) or not number <= high or not np.isfinite(number):
        opening = "(" if open_low else "["
        raise ArgumentError(f"{name} is {value!r}; give a number in {opening}{low:g}, {high:g}]")
    return number


def checked_whole(name: str, value: Any, least: int) -> int:
    """`value` as an int >= `least`; else `ArgumentError`."""
    try:
        number = least - 1 if isinstance(value, bool) else index(value)
    except TypeError:
        number = least - 1
    if number < least:
        raise ArgumentError(f"{name} is {value!r}; give an integer >= {least}")
    return number


def checked_profile(profile: Any) -> InformationProfile:
    """`profile` if it is an `InformationProfile`; else `ArgumentError`."""
    if not isinstance(profile, InformationProfile):
        raise ArgumentError(f"profile is a {type(profile).__name__}; give an InformationProfile")
    return profile


def monotone_increments(profile: Any) -> np.ndarray:
    """f(i) - f(i-1) at index i = 1..N-1 (index 0 holds 0), shape (N,), for theorems about true profiles.

    Raises:
        ArgumentError: not a profile, or one that decreases somewhere, as measured ones may.
    """
    increments = checked_profile(profile).increments
    if increments.min() < 0:
        worst = int(np.argmin(increments))
        raise ArgumentError(
            f"profile decreases by {-increments[worst]:.3g} at {worst}; this holds for true profiles: smooth it"
        )
    return increments
