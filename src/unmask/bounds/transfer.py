"""From the mean cost to one order, and from nats to total variation."""

from __future__ import annotations

import numpy as np

from unmask.bounds._arguments import checked_number
from unmask.bounds.bound import NATS, Bound


def fixed_order(cost: float, delta: float) -> Bound:
    """One order drawn once and used for every row: KL <= cost / delta with probability >= 1 - delta (Eq. 12, 2510.25544).

    The paper's text was not quotable: a re-derivation. E_z KL(pi || p^z) = E_learn + E_fact, so this is Markov's inequality.
    A fresh order per row needs none of this: its KL is at most `cost`, surely.

    Args:
        cost: E_learn + E_fact or an upper bound on it, such as (s_max - 1) D; nats. A number or a `Bound`.
        delta: probability of failure.

    Raises:
        ArgumentError: cost < 0, or delta outside (0, 1].
    """
    mean, failure = checked_number("cost", cost, 0, np.inf), checked_number("delta", delta, 0, 1, open_low=True)
    claim = f"with probability at least {1 - failure:g} over one order for all rows, the divergence is at most"
    return Bound(mean / failure, NATS, claim, "Eq. 12, arXiv 2510.25544 (Markov)", {"cost": mean, "delta": failure})


def pinsker(nats: float) -> Bound:
    """TV <= sqrt(KL / 2): total variation between the data and the sampler (Pinsker's inequality); at most 1.

    Args:
        nats: KL, or an upper bound on it. A number or a `Bound`.

    Raises:
        ArgumentError: a negative number.
    """
    divergence = checked_number("nats", nats, 0, np.inf)
    value = min(float(np.sqrt(divergence / 2)), 1.0)
    return Bound(value, "", "the total variation distance is at most", "Pinsker's inequality", {"KL": divergence})
