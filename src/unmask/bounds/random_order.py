"""Random order: Lemma 6 in both forms, Theorem 7 and its sharpening, and the correlations behind them."""

from __future__ import annotations

from math import ceil, log2

import numpy as np

from unmask.bounds._arguments import checked_number, checked_profile, checked_whole, monotone_increments
from unmask.bounds.bound import NATS, Bound
from unmask.errors import ArgumentError
from unmask.profile import InformationProfile
from unmask.schedule import Schedule

_LEMMA_6 = "Lemma 6, arXiv 2510.25544; Thm 4, arXiv 2511.04647"


def left_riemann_cost(profile: InformationProfile, schedule: Schedule) -> Bound:
    """E_fact = sum_i f(i) - sum_k s_{k+1} f(a_k): the error of f's left Riemann sum (Lemma 6 of arXiv 2510.25544). Nats.

    Raises:
        ArgumentError: a schedule for another length.
    """
    value = checked_profile(profile).cost(schedule)
    sums = {"sum f": float(profile.values.sum()), "left sum": float(schedule.sizes @ profile.values[schedule.nodes])}
    return Bound(value, NATS, "the factorisation error under random order is exactly", _LEMMA_6, sums)


def increment_cost(profile: InformationProfile, schedule: Schedule) -> Bound:
    """E_fact = sum_i Df(i) (r(i) - i), r(i) = min{a_k : a_k >= i}: Lemma 6 of arXiv 2510.25544, summed by parts. Nats.

    Raises:
        ArgumentError: a schedule for another length.
    """
    length = checked_profile(profile).length
    if schedule.length != length:
        raise ArgumentError(f"schedule has length {schedule.length} but the profile has {length}; make it for this length")
    waits = _waits(schedule)
    value = float(profile.increments[1:] @ waits)
    claim = "the factorisation error under random order is exactly"
    return Bound(value, NATS, claim, _LEMMA_6, {"D": profile.range, "longest wait": float(waits.max(initial=0))})


def _waits(schedule: Schedule) -> np.ndarray:
    """r(i) - i for i = 1..N-1, shape (N-1,)."""
    tokens = np.arange(1, schedule.length)
    return np.asarray(schedule.cumulative[np.searchsorted(schedule.cumulative, tokens)] - tokens)


def largest_size(largest: float, spread: float | InformationProfile) -> Bound:
    """E_fact <= (E s_max - 1) D under random order, whatever the length (Theorem 7 of arXiv 2510.25544). Nats.

    Args:
        largest: s_max, the largest size; its mean if sizes are random.
        spread: D = f(N-1) - f(0) or an upper bound on it such as log q; or the profile.

    Raises:
        ArgumentError: largest < 1, or D < 0.
    """
    size, nats = checked_number("largest", largest, 1, np.inf), _spread(spread)
    claim = "under random order the factorisation error is at most"
    return Bound((size - 1) * nats, NATS, claim, "Theorem 7, arXiv 2510.25544", {"s_max": size, "D": nats})


def average_size(N: int, K: int, spread: float | InformationProfile) -> Bound:
    """E_fact <= (N - K) / K D for K equal sizes N / K under random order (Theorem 7 of arXiv 2510.25544). Nats.

    Raises:
        ArgumentError: K does not divide N (then use `largest_size`), or D < 0.
    """
    length, steps, nats = checked_whole("N", N, 1), checked_whole("K", K, 1), _spread(spread)
    if length % steps:
        raise ArgumentError(f"K is {steps}, which does not divide N = {length}; use largest_size(ceil(N / K), D)")
    claim = "with equal sizes in random order the factorisation error is at most"
    value = (length - steps) / steps * nats
    return Bound(value, NATS, claim, "Theorem 7, arXiv 2510.25544", {"N": length, "K": steps, "D": nats})


def random_offset(size: int, spread: float | InformationProfile) -> Bound:
    """Nodes o, o + s, o + 2s, ... with o uniform on 0..s-1: mean cost at most (s - 1) / 2 D for every law. Nats.

    Half of Theorem 7 of arXiv 2510.25544, for K or K + 1 steps (theory.md 1.7): r(i) - i is uniform on 0..s-1, or less in the
    last block.

    Raises:
        ArgumentError: size < 1, or D < 0.
    """
    step, nats = checked_whole("size", size, 1), _spread(spread)
    claim = "with a random offset in random order the mean factorisation error is at most"
    source = "theory.md 1.7, sharpening Theorem 7 of arXiv 2510.25544"
    return Bound((step - 1) / 2 * nats, NATS, claim, source, {"s": step, "D": nats})


def li_cai(profile: InformationProfile, schedule: Schedule) -> Bound:
    """E_fact <= (2^ceil(log2 s_max) - 1) / N sum_i I(X_i; X_-i) under random order (arXiv 2505.21400). Nats.

    With the constants of arXiv 2511.04647, Appendix F; sum_i I(X_i; X_-i) = TC + DTC = N D, so Theorem 7 is never worse.

    Raises:
        ArgumentError: a schedule for another length.
    """
    if checked_profile(profile).length != schedule.length:
        raise ArgumentError(f"schedule has length {schedule.length} but the profile has {profile.length}")
    rounded, information = 2 ** ceil(log2(schedule.sizes.max())), profile.length * profile.range
    claim = "under random order the factorisation error is at most"
    source = "Li-Cai, arXiv 2505.21400, with the constants of App. F of arXiv 2511.04647"
    ingredients = {"s_max": float(schedule.sizes.max()), "sum I(X_i; X_-i)": information}
    return Bound((rounded - 1) / profile.length * information, NATS, claim, source, ingredients)


def tse(profile: InformationProfile) -> Bound:
    """TSE = sum_i i (N - i) / N Df(i) <= min(TC, DTC), nats: the neural complexity of Tononi, Sporns and Edelman (1994).

    = (1/N) sum_k mean_{|S|=k} I(X_S; X_rest), k = 1..N-1; N / (N + 1) of it is the full unmasking growth of 2608.13520.
    """
    length = checked_profile(profile).length
    tokens = np.arange(length)
    value = float((tokens * (length - tokens) / length) @ profile.increments)
    correlations = {"TC": profile.total_correlation, "DTC": profile.dual_total_correlation}
    return Bound(
        value, NATS, "the Tononi-Sporns-Edelman complexity is", "theory.md 1.5; App. A, arXiv 2608.13520", correlations
    )


def total_correlations(profile: InformationProfile) -> Bound:
    """TC + DTC = N D = sum_i I(X_i; X_-i), nats, with TC = sum (N - i) Df(i) and DTC = sum i Df(i) (theory.md 1.5)."""
    checked_profile(profile)
    parts = {"TC": profile.total_correlation, "DTC": profile.dual_total_correlation, "D": profile.range}
    claim = "total plus dual total correlation, N times the range of the profile, is"
    return Bound(profile.length * profile.range, NATS, claim, "theory.md 1.5; Lemma 8, arXiv 2511.04647", parts)


def _spread(spread: float | InformationProfile) -> float:
    if isinstance(spread, InformationProfile):
        monotone_increments(spread)
        return spread.range
    return checked_number("spread", spread, 0, np.inf)
