"""Gaussian tokens: the same schedule law with differential entropies, and conditionals that are normal."""

from __future__ import annotations

import itertools
from abc import abstractmethod
from dataclasses import dataclass
from typing import Any

import numpy as np

from unmask.errors import ArgumentError
from unmask.profile import InformationProfile
from unmask.targets._arguments import array, number, whole
from unmask.targets._chain import chain_entropies, chain_values, nearest_revealed
from unmask.targets.base import Target, rounded_profile

LOG_2_PI_E = float(np.log(2 * np.pi * np.e))


class GaussianTarget(Target):
    """Centred normal tokens. A masked token is NaN."""

    vocab_size = None

    @abstractmethod
    def _moments(self, values: np.ndarray, revealed: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Conditional mean and variance of each token, shape (B, N) each; `values` is 0 where masked."""

    def conditionals(self, values: Any) -> tuple[np.ndarray, np.ndarray]:
        """Mean and variance of every token given the revealed ones, shape (B, N) each; variance 0 where revealed.

        Args:
            values: floats, shape (B, N); NaN means masked.

        Raises:
            ArgumentError: wrong shape, or infinite values.
        """
        given = np.asarray(values, dtype=np.float64)
        if given.ndim != 2 or given.shape[1] != self.length or np.isinf(given).any():
            raise ArgumentError(f"values has shape {given.shape}; give finite floats, NaN where masked, rows of {self.length}")
        revealed = ~np.isnan(given)
        mean, variance = self._moments(np.where(revealed, given, 0.0), revealed)
        return np.where(revealed, given, mean), np.where(revealed, 0.0, variance)

    def denoiser(self) -> GaussianDenoiser:
        """The exact conditional laws: values (B, N), NaN where masked -> (means, variances)."""
        return GaussianDenoiser(self)


@dataclass(frozen=True)
class GaussianDenoiser:
    """The denoiser of a Gaussian target: mask NaN, no vocabulary; see `GaussianTarget.conditionals`."""

    target: GaussianTarget
    vocab_size = None
    mask_id = float("nan")

    @property
    def length(self) -> int:
        """N."""
        return self.target.length

    def __call__(self, values: Any) -> tuple[np.ndarray, np.ndarray]:
        """(means, variances), shape (B, N) each."""
        return self.target.conditionals(values)


class ExchangeableGaussian(GaussianTarget):
    """Unit variances, correlation rho between any two tokens (Appendix A of arXiv 2510.25544; theory.md 1.13.3).

    Args:
        N: length.
        rho: correlation, strictly between -1 / (N - 1) and 1.

    Raises:
        ArgumentError: N < 1, or rho outside its range.
    """

    order_invariant = True

    def __init__(self, N: int, rho: float) -> None:
        self.length = whole("N", N)
        self.rho = number("rho", rho, -1 / max(1, N - 1), 1)

    def _log_variance(self, revealed: np.ndarray) -> np.ndarray:
        return np.log1p(-self.rho) + np.log1p(self.rho / (1 + (revealed - 1) * self.rho))

    def profile(self) -> InformationProfile:
        """f(i) = -log(2 pi e v_i) / 2, v_i = (1 - rho)(1 + i rho) / (1 + (i - 1) rho)."""
        return rounded_profile(-0.5 * (LOG_2_PI_E + self._log_variance(np.arange(self.length))))

    def _draw(self, generator: np.random.Generator, n: int) -> np.ndarray:
        noise = generator.standard_normal((n, self.length))
        mean = noise.mean(axis=1, keepdims=True)
        return np.sqrt(1 - self.rho) * (noise - mean) + np.sqrt(1 + (self.length - 1) * self.rho) * mean

    def _moments(self, values: np.ndarray, revealed: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        seen = revealed.sum(axis=1, keepdims=True)
        mean = self.rho * values.sum(axis=1, keepdims=True) / (1 + (seen - 1) * self.rho)
        return np.broadcast_to(mean, values.shape), np.broadcast_to(np.exp(self._log_variance(seen)), values.shape)


class GaussianAR1(GaussianTarget):
    """The stationary chain x_{t+1} = phi x_t + noise, unit variances (theory.md 1.13.5); O(N^2) to profile.

    Args:
        N: length.
        phi: correlation of neighbours, strictly between -1 and 1.

    Raises:
        ArgumentError: N < 1, or phi outside (-1, 1).
    """

    def __init__(self, N: int, phi: float) -> None:
        self.length = whole("N", N)
        self.phi = number("phi", phi, -1, 1)

    def _information(self, gaps: np.ndarray) -> np.ndarray:
        """I(d) = -log(1 - phi^(2d)) / 2; 0 at d <= 0."""
        return np.where(gaps > 0, -0.5 * np.log1p(-(self.phi ** (2 * np.maximum(gaps, 1)))), 0.0)

    def profile(self) -> InformationProfile:
        """f(i) = -log(2 pi e) / 2 + E[I(L) + I(R) - I(L + R)]."""
        gaps = np.arange(self.length)
        return rounded_profile(chain_values(LOG_2_PI_E / 2, (self.length - gaps) * self._information(gaps)))

    def _entropies_along(self, permutation: np.ndarray) -> np.ndarray:
        here = np.arange(self.length)
        information = self._information(here[None, :] - here[:, None])
        return chain_entropies(permutation, np.full(self.length, LOG_2_PI_E / 2), information)

    def _draw(self, generator: np.random.Generator, n: int) -> np.ndarray:
        noise = generator.standard_normal((n, self.length))
        noise[:, 1:] *= np.sqrt(1 - self.phi**2)
        for t in range(1, self.length):
            noise[:, t] += self.phi * noise[:, t - 1]
        return noise

    def _moments(self, values: np.ndarray, revealed: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        left, right = nearest_revealed(revealed)
        here, rows = np.arange(self.length), np.arange(len(values))[:, None]
        a = np.where(left < 0, 0.0, self.phi ** (here - left))
        b = np.where(right == self.length, 0.0, self.phi ** (right - here))
        before, after = values[rows, np.maximum(left, 0)], values[rows, np.minimum(right, self.length - 1)]
        rest = 1 - (a * b) ** 2
        mean = (a * (1 - b**2) * before + b * (1 - a**2) * after) / rest
        return mean, (1 - a**2) * (1 - b**2) / rest


class GaussianGraph(GaussianTarget):
    """Any covariance. The profile is exact up to N = 16 (all sets of positions); longer, it is estimated, with intervals.

    Args:
        covariance: symmetric positive definite, shape (N, N).

    Raises:
        ArgumentError: not square, not symmetric, or not positive definite.
    """

    def __init__(self, covariance: Any) -> None:
        self.covariance = array("covariance", covariance, 2)
        self.length = len(self.covariance)
        if self.covariance.shape != (self.length, self.length) or not np.allclose(self.covariance, self.covariance.T):
            raise ArgumentError(f"covariance of shape {self.covariance.shape} is not symmetric; give a symmetric N x N matrix")
        try:
            self._root = np.linalg.cholesky(self.covariance)
        except np.linalg.LinAlgError:
            raise ArgumentError("covariance is not positive definite; add a small multiple of the identity") from None

    def profile(self, rows: int = 256, seed: int = 0) -> InformationProfile:
        """f(i) = -E log(2 pi e v) / 2, v the conditional variance of a masked token given i random ones.

        Above N = 16 the mean is over `rows` random permutations, with `row_values` for intervals.

        Raises:
            ArgumentError: rows < 2, or a negative seed.
        """
        if self.length <= 16:
            return rounded_profile(-np.diff([self._mean_entropy(size) for size in range(self.length + 1)]))
        generator = np.random.Generator(np.random.Philox(whole("seed", seed, least=0)))
        masked = np.triu(np.ones((self.length, self.length), dtype=bool))
        values = [
            -self._entropies_along(generator.permutation(self.length)).mean(axis=1, where=masked)
            for _ in range(whole("rows", rows, least=2))
        ]
        settings = {"target": type(self).__name__, "rows": int(rows), "seed": int(seed)}
        return InformationProfile.from_rows(self.length, np.arange(self.length), values, settings=settings)

    def _mean_entropy(self, size: int) -> float:
        """Mean differential entropy of `size` tokens over all sets of positions."""
        if size == 0:
            return 0.0
        sets = np.array(list(itertools.combinations(range(self.length), size)))
        minors = self.covariance[sets[:, :, None], sets[:, None, :]]
        return 0.5 * (size * LOG_2_PI_E + float(np.linalg.slogdet(minors)[1].mean()))

    def _entropies_along(self, permutation: np.ndarray) -> np.ndarray:
        rest = self.covariance[np.ix_(permutation, permutation)]
        variances = np.ones((self.length, self.length))
        for m in range(self.length):
            variances[m, m:] = np.diagonal(rest)
            rest = rest[1:, 1:] - np.outer(rest[1:, 0], rest[0, 1:]) / rest[0, 0]
        return 0.5 * (LOG_2_PI_E + np.log(variances))

    def _draw(self, generator: np.random.Generator, n: int) -> np.ndarray:
        return generator.standard_normal((n, self.length)) @ self._root.T

    def _moments(self, values: np.ndarray, revealed: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        mean, variance = np.zeros(values.shape), np.tile(np.diagonal(self.covariance), (len(values), 1))
        for row, seen in enumerate(revealed):
            if seen.any():
                gain = np.linalg.solve(self.covariance[np.ix_(seen, seen)], self.covariance[seen])
                mean[row] = values[row, seen] @ gain
                variance[row] -= (gain * self.covariance[seen]).sum(axis=0)
        return mean, variance
