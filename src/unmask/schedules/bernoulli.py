"""Bernoulli unmasking: each masked token is revealed independently, as MDLM samples, so that sizes are random."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from scipy.linalg import solve_banded

from unmask.errors import ArgumentError
from unmask.profile import InformationProfile
from unmask.schedules._layers import checked_steps, grid_of
from unmask.schedules.optimal import layered

GRID = 1024
TRIALS = 200


def bernoulli_cost(profile: InformationProfile, grid: Any) -> float:
    """The cost of K Bernoulli passes, the k-th taking the expected share of revealed tokens from grid[k-1] to grid[k]. Nats.

    A pass from p to q costs int_p^q (h(u) - h(p)) du, h(t) = N (E f(Bin(N-1, t)) - f(0)) (arXiv 2608.13520): Lemma 6 of
    arXiv 2510.25544 averaged over binomial sizes. As int_0^1 h = sum_i (f(i) - f(0)) for every f, the grid costs exactly
    sum_i f(i) - N sum_k (grid[k] - grid[k-1]) E f(Bin(N-1, grid[k-1])).

    Args:
        profile: f.
        grid: reveal probabilities 0 = q_0 < ... < q_K = 1, shape (K + 1,).

    Raises:
        ArgumentError: not an information profile; a grid that does not increase strictly from 0 to 1; costs that overflow.
    """
    curve = _curve(profile)
    points = np.asarray(grid, dtype=np.float64)
    if points.ndim != 1 or points.size < 2 or points[0] != 0 or points[-1] != 1 or not np.all(np.diff(points) > 0):
        raise ArgumentError("grid must increase strictly from 0 to 1; give the K + 1 reveal probabilities")
    return curve.unit * (_sum(curve, points) - float(curve.losses.sum()))


def bernoulli_optimal(profile: InformationProfile, steps: int) -> np.ndarray:
    """The grid of reveal probabilities that minimises `bernoulli_cost`, shape (K + 1,), strictly increasing from 0 to 1.

    The exact optimum among 1,023 probabilities (spaced finer near 0 and 1), polished by Newton's method on the tridiagonal
    Hessian; for K > 512 Newton starts from the optimum for 512, interpolated. A global optimum to that resolution if f is
    monotone; if not, passes beyond the useful number can cost, and for K > 512 the result is a local optimum.

    Args:
        profile: f.
        steps: K >= 1; more than N passes still help, because sizes are random.

    Raises:
        ArgumentError: not an information profile; `steps` not an integer in 1..2^20; costs that overflow a double.
    """
    from unmask.schedules import _kernels

    curve = _curve(profile)
    steps = checked_steps(steps, 2**20)
    points = np.sin(np.pi / 2 * np.linspace(0, 1, GRID + 1)) ** 2
    loss = curve.at(points[:-1])
    if profile.is_monotone:
        loss = np.minimum.accumulate(loss)  # the mean of a monotone f is monotone: dips are rounding
    kernel = _kernels.monge_layer if np.all(np.diff(loss) <= 0) else _kernels.quadratic_layer
    costs = (points[:, None] - points[None, :-1]) * loss
    coarse = min(steps, GRID // 2)
    nodes = np.append(points[layered(lambda *layer: kernel(costs, *layer), GRID, coarse)], 1.0)
    return _polished(curve, np.interp(np.linspace(0, coarse, steps + 1), np.arange(coarse + 1), nodes))


class _Curve(NamedTuple):
    """The losses N (f(N-1) - f(i)) in `unit` nats, whose binomial means are polynomials in the reveal probability."""

    losses: np.ndarray
    unit: float

    def at(self, probabilities: np.ndarray, derivative: int = 0) -> np.ndarray:
        """The polynomial, or a derivative of it: means of differences, over `derivative` tokens fewer."""
        from unmask.schedules._kernels import binomial_means

        degree = self.losses.size - 1
        if derivative > degree:
            return np.zeros(probabilities.size)
        factor = float(np.prod(degree - np.arange(derivative)))
        return factor * self.losses.size * binomial_means(np.diff(self.losses, derivative), probabilities)


def _curve(profile: InformationProfile) -> _Curve:
    if not isinstance(profile, InformationProfile):
        raise ArgumentError(f"profile is a {type(profile).__name__}; give an InformationProfile")
    grid_of(profile)
    losses = profile.values[-1] - profile.values
    exponent = int(np.frexp(np.abs(losses).max())[1])
    return _Curve(np.ldexp(losses, -exponent), float(np.ldexp(1.0, exponent)))


def _sum(curve: _Curve, points: np.ndarray) -> float:
    return float(np.diff(points) @ curve.at(points[:-1]))


def _polished(curve: _Curve, points: np.ndarray) -> np.ndarray:
    """Damped Newton on the inner points; every accepted step keeps the order and lowers the cost."""
    best, damping = _sum(curve, points), 0.0
    for _ in range(TRIALS if points.size > 2 else 0):
        loss, slope, bend = (curve.at(points[:-1], derivative) for derivative in range(3))
        ahead = np.diff(points)[1:]
        gradient = loss[:-1] - loss[1:] + ahead * slope[1:]
        diagonal = -2 * slope[1:] + ahead * bend[1:]
        diagonal[diagonal == 0] = 1.0  # where f is flat any move is as good
        bands = np.stack([np.append(0.0, slope[1:-1]), diagonal + damping * np.abs(diagonal), np.append(slope[1:-1], 0.0)])
        try:
            moved = points.copy()
            moved[1:-1] -= solve_banded((1, 1), bands, gradient)
        except np.linalg.LinAlgError:
            break
        total = _sum(curve, moved) if np.all(np.diff(moved) > 0) else np.inf
        if total >= best and damping > 1e6:
            break
        if total < best:
            small = best - total <= 1e-15 * best
            points, best, damping = moved, total, damping / 10
            if small:
                break
        else:
            damping = max(10 * damping, 1e-3)
    return points
