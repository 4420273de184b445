"""Confidence intervals of a mean over rows."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy import special

from unmask.errors import ArgumentError


class Interval(NamedTuple):
    """An estimate with a two-sided confidence interval. `low == high == value` for exact quantities."""

    value: float
    low: float
    high: float

    def scaled(self, factor: float) -> Interval:
        """The interval of `factor` (> 0) times the quantity, e.g. 1 / N for nats per token."""
        return Interval(self.value * factor, self.low * factor, self.high * factor)


def mean_interval(samples: np.ndarray, confidence: float = 0.95) -> Interval:
    """Student-t interval for the mean of `samples`, shape (R,), one number per independent row.

    One row gives an infinite interval: the spread cannot be known from it.

    Raises:
        ArgumentError: no samples, or `confidence` outside (0, 1).
    """
    samples = np.asarray(samples, dtype=np.float64)
    if samples.ndim != 1 or samples.size == 0:
        raise ArgumentError(f"samples has shape {samples.shape}; give one number per row")
    if not 0 < confidence < 1:
        raise ArgumentError(f"confidence is {confidence}; give a number between 0 and 1, such as 0.95")
    mean = float(samples.mean())
    if samples.size == 1:
        return Interval(mean, -np.inf, np.inf)
    half = float(special.stdtrit(samples.size - 1, (1 + confidence) / 2) * samples.std(ddof=1) / np.sqrt(samples.size))
    return Interval(mean, mean - half, mean + half)
