"""Checks of constructor arguments: each returns the value in the type the target wants, or says what is wrong with it."""

from __future__ import annotations

from typing import Any

import numpy as np

from unmask.errors import ArgumentError


def whole(name: str, value: Any, least: int = 1) -> int:
    """`value` as an integer >= `least`, or `ArgumentError`."""
    if isinstance(value, bool | np.bool_) or not isinstance(value, int | np.integer) or value < least:
        raise ArgumentError(f"{name} is {value!r}; give an integer >= {least}")
    return int(value)


def number(name: str, value: Any, low: float, high: float) -> float:
    """`value` as a float strictly between `low` and `high`, or `ArgumentError`."""
    try:
        result = float(value)
    except (TypeError, ValueError):
        raise ArgumentError(f"{name} is {value!r}; give a number between {low:g} and {high:g}") from None
    if not low < result < high:
        raise ArgumentError(f"{name} is {result:g}; give a number strictly between {low:g} and {high:g}")
    return result


def array(name: str, value: Any, rank: int) -> np.ndarray:
    """`value` as a new finite float64 array of that rank, or `ArgumentError`."""
    try:
        result = np.array(value, dtype=np.float64)
    except (TypeError, ValueError):
        raise ArgumentError(f"{name} is not an array of numbers; give floats of rank {rank}") from None
    if result.ndim != rank or result.size == 0:
        raise ArgumentError(f"{name} has shape {result.shape}; give a non-empty array of rank {rank}")
    if not np.all(np.isfinite(result)):
        raise ArgumentError(f"{name} holds NaN or infinity; give finite numbers")
    return result


def laws(name: str, value: Any, rank: int) -> np.ndarray:
    """`value` as probabilities that sum to one (to 1e-9, then exactly) along the last axis, or `ArgumentError`."""
    result = array(name, value, rank)
    if result.min() < 0:
        raise ArgumentError(f"{name} holds {result.min():g}; probabilities are >= 0")
    totals = result.sum(axis=-1, keepdims=True)
    worst = float(totals.flat[np.argmax(np.abs(totals - 1))])
    if abs(worst - 1) > 1e-9:
        raise ArgumentError(f"{name} sums to {worst:.6g} along its last axis; divide by the sum")
    return result / totals
