"""Policies by name, for a length and a number of passes."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from unmask.errors import ArgumentError
from unmask.orders import ORDERS
from unmask.policies import dus
from unmask.policies.confidence import Confidence
from unmask.policies.entropy import Entropy
from unmask.policies.entropy_bounded import EntropyBounded
from unmask.policies.klass import KLASS
from unmask.policies.margin import Margin
from unmask.policies.ordered import OrderedPolicy
from unmask.policies.policy import Policy
from unmask.policies.self_tuning import SelfTuning
from unmask.policies.semi_autoregressive import blockwise
from unmask.policies.spaced_confidence import SpacedConfidence
from unmask.policies.threshold import Threshold
from unmask.schedules import uniform


def _ordered(order: str, N: int, K: int) -> Policy:
    return OrderedPolicy(uniform(N, K), order)


def _spaced(N: int, K: int) -> Policy:
    schedule = uniform(N, K)
    return SpacedConfidence(schedule, max(1, N // (2 * int(schedule.sizes.max()))))


# Name -> a policy for rows of N masked tokens that takes K passes, or at most K where it decides for itself.
POLICIES: dict[str, Callable[[int, int], Policy]] = {
    **{name: partial(_ordered, name) for name in ORDERS},
    "blockwise": blockwise,
    "dilated": dus.within,
    "confidence": lambda N, K: Confidence(uniform(N, K)),
    "margin": lambda N, K: Margin(uniform(N, K)),
    "entropy": lambda N, K: Entropy(uniform(N, K)),
    "spaced-confidence": _spaced,
    "threshold": lambda N, K: Threshold(floor=uniform(N, K)),
    "entropy-bounded": lambda N, K: EntropyBounded(floor=uniform(N, K)),
    "klass": lambda N, K: KLASS(floor=uniform(N, K)),
    "self-tuning": lambda N, K: SelfTuning(floor=uniform(N, K)),
}


def by_name(name: str, N: int, K: int) -> Policy:
    """The registered policy of that name for N masked tokens and (at most) K passes; an order's name means uniform sizes.

    Raises:
        ArgumentError: no such name; the message lists those there are. Or not 1 <= K <= N.
    """
    if name in POLICIES:
        return POLICIES[name](N, K)
    if name in ORDERS:
        return _ordered(name, N, K)
    raise ArgumentError(f"policy {name!r} is unknown; give one of {', '.join({**POLICIES, **ORDERS})}")
