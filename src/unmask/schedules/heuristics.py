"""Schedules that need no profile: curves alpha(t), the fraction REVEALED after a fraction t of the forward passes.

Every one returns exactly K strictly increasing nodes that end at N: a_k = N alpha(k / K), rounded, then repaired where two
nodes meet (`rounding.repaired`). alpha(0) = 0 and alpha(1) = 1 always; the masked fraction is 1 - alpha. Each curve is the
optimum of Prop. 13 of arXiv 2510.25544 for one shape of g, the rescaled increment of the profile, named in its docstring.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np
from scipy import special

from unmask.schedule import Schedule
from unmask.schedules.rounding import checked_positive, checked_steps, from_curve


def uniform(N: int, K: int) -> Schedule:
    """alpha(t) = t: sizes N/K, up to rounding. Optimal if g is constant; cost at most (max size - 1) D (Theorem 7).

    Raises:
        ArgumentError: N or K is not an integer, or not 1 <= K <= N.
    """
    return from_curve(lambda t: t, N, K, "uniform")


def cosine(N: int, K: int) -> Schedule:
    """MaskGIT (arXiv 2202.04200): masked fraction cos(pi t / 2), so alpha = 1 - cos(pi t / 2): few tokens first.

    Optimal if g(u) is proportional to 1 / (u (2 - u)). Some code calls the mirror image, sin(pi t / 2), cosine too.

    Raises:
        ArgumentError: N or K is not an integer, or not 1 <= K <= N.
    """
    return from_curve(lambda t: 1 - np.cos(np.pi * t / 2), N, K, "cosine")


def arccos(N: int, K: int) -> Schedule:
    """Halton-MaskGIT (arXiv 2503.17076): masked fraction arccos(t) / (pi / 2), so alpha = (2 / pi) arcsin(t): few first.

    The rate starts at 2 / pi of uniform's and is largest at the end. Optimal if g(u) is proportional to
    cos(pi u / 2)^2.

    Raises:
        ArgumentError: N or K is not an integer, or not 1 <= K <= N.
    """
    return from_curve(lambda t: np.arcsin(t) * 2 / np.pi, N, K, "arccos")


def power(N: int, K: int, exponent: float) -> Schedule:
    """alpha(t) = t^exponent: few tokens first if exponent > 1, many first if < 1. Optimal if g(u) ~ u^(2 / exponent - 2).

    Raises:
        ArgumentError: exponent is not a finite number > 0; N or K is not an integer, or not 1 <= K <= N.
    """
    checked = checked_positive("exponent", exponent)
    return from_curve(lambda t: t**checked, N, K, "power", exponent=checked)


def geometric(N: int, K: int, ratio: float) -> Schedule:
    """alpha(t) = (ratio^t - 1) / (ratio - 1), Appendix A of arXiv 2510.25544 with ratio = 1 + c.

    `ratio` is the last reveal rate alpha'(1) over the first, alpha'(0): sizes grow geometrically from the first to the last
    step by about this factor; 1 is uniform, below 1 sizes shrink. Optimal if g(u) is proportional to 1 / (1 + c u)^2; for
    exchangeable Gaussians of correlation rho take c = N rho. (The appendix is re-derived, not quoted.)

    Raises:
        ArgumentError: ratio is not a finite number > 0; N or K is not an integer, or not 1 <= K <= N.
    """
    growth = np.log(checked_positive("ratio", ratio))
    if growth == 0:
        return from_curve(lambda t: t, N, K, "geometric", ratio=1.0)
    return from_curve(lambda t: np.expm1(growth * t) / np.expm1(growth), N, K, "geometric", ratio=float(ratio))


def beta(N: int, K: int, a: float, b: float) -> Schedule:
    """alpha(t) = the t-quantile of Beta(a, b): nodes are dense where that density is high. Beta(1, 1) is uniform.

    Optimal if g(u) is proportional to u^(2a - 2) (1 - u)^(2b - 2); for blocks that are [n, k] MDS codes, a = (k + 1) / 2 and
    b = (n - k + 1) / 2 (theory.md 1.13, family 8; Beta-CDF schedules: arXiv 2509.13866).

    Raises:
        ArgumentError: a or b is not a finite number > 0; N or K is not an integer, or not 1 <= K <= N.
    """
    first, second = checked_positive("a", a), checked_positive("b", b)
    return from_curve(lambda t: special.betaincinv(first, second, t), N, K, "beta", a=first, b=second)


def logit(N: int, K: int) -> Schedule:
    """Equal steps of log-odds log(alpha / (1 - alpha)) between half a token and N minus half a token: few first and last.

    Optimal if g(u) is proportional to (u (1 - u))^-2 between those ends.

    Raises:
        ArgumentError: N or K is not an integer, or not 1 <= K <= N.
    """
    length, _ = checked_steps(N, K)
    end = np.log(2.0 * length - 1)
    return from_curve(lambda t: special.expit((2 * t - 1) * end), N, K, "logit")


def pyramid(N: int, K: int) -> Schedule:
    """Sizes proportional to 1, 2, ..., K (LLaDA issue 93); exactly 1, 2, ..., K if N = K (K + 1) / 2.

    Raises:
        ArgumentError: N or K is not an integer, or not 1 <= K <= N.
    """
    _, steps = checked_steps(N, K)
    return from_curve(lambda t: t * (steps * t + 1) / (steps + 1), N, K, "pyramid")


HEURISTICS: dict[str, Callable[[int, int], Schedule]] = {
    "uniform": uniform,
    "cosine": cosine,
    "arccos": arccos,
    "quadratic": partial(power, exponent=2.0),
    "logit": logit,
    "pyramid": pyramid,
}
"""The schedules that need only (N, K), by name. Add one here and `tests/schedules/test_every_schedule.py` tests it."""
