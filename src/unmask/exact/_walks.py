"""Every way a policy can walk through the rows of a support, when the tokens it reveals are the row's own."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations
from math import comb
from typing import Any, NamedTuple, TypeGuard

import numpy as np

from unmask.errors import ArgumentError
from unmask.exact._conditionals import Conditionals
from unmask.policies import OrderedPolicy, Policy
from unmask.policies.policy import refuse_draws
from unmask.schedule import Schedule

WORK_CAP = 2**28


class Walk(NamedTuple):
    """Some rows, walked the same number of passes.

    Attributes:
        rows: indices of the rows, shape (r,).
        probability: of this walk given the row's tokens.
        plan: the pass that reveals each position, shape (r, N).
    """

    rows: np.ndarray
    probability: float
    plan: np.ndarray


def as_policy(policy: Schedule | Policy, length: int) -> Policy:
    """A policy for rows of `length` masked tokens; a bare schedule means random order.

    Raises:
        ArgumentError: neither a schedule nor a policy, one for another length, a random policy that lists no choices, or one
            that sees values drawn in the same pass.
    """
    if isinstance(policy, Schedule):
        policy = OrderedPolicy(policy, "random")
    if isinstance(policy, OrderedPolicy):
        if policy.schedule.length != length:
            raise ArgumentError(f"schedule has length {policy.schedule.length} but the target has {length}")
        return policy
    if not isinstance(policy, Policy):
        raise ArgumentError(f"policy is a {type(policy).__name__}; give an OrderedPolicy, a Schedule or another policy")
    refuse_draws(policy)
    if policy.is_random and not hasattr(policy, "choices") and not hasattr(policy, "branches"):
        raise ArgumentError(
            f"policy {policy.name!r} draws its choices and cannot be enumerated; give it a method "
            "choices(step, tokens, masked, log_probs) that lists (probability, chosen) for one row"
        )
    return policy


def is_random_order(policy: Policy) -> TypeGuard[OrderedPolicy]:
    """Whether every permutation is equally likely, so that sets of positions can stand for them."""
    return isinstance(policy, OrderedPolicy) and policy.order.name == "random"


def subsets(length: int, size: int) -> np.ndarray:
    """All sets of `size` positions, as rows of a bool array of shape (C(N, size), N)."""
    chosen = np.array(list(combinations(range(length), size)), dtype=np.int64).reshape(comb(length, size), size)
    result = np.zeros((comb(length, size), length), dtype=bool)
    np.put_along_axis(result, chosen, True, axis=1)
    return result


def check_work(work: float, what: str) -> None:
    """Raises `ArgumentError` if an enumeration needs more than 2^28 products."""
    if work > WORK_CAP:
        raise ArgumentError(f"{what} needs {work:.3g} products; enumeration stops at {WORK_CAP}: take a smaller target")


def walks(policy: Policy, sequences: np.ndarray, seen: Conditionals) -> Iterator[Walk]:
    """All walks of a policy through all rows; the probabilities of each row's walks sum to one.

    Args:
        policy: from `as_policy`, not random order.
        sequences: shape (R, N).
        seen: the denoiser the policy looks at.
    """
    rows = np.arange(len(sequences))
    if isinstance(policy, OrderedPolicy):
        passes = np.repeat(np.arange(policy.steps), policy.schedule.sizes)
        for probability, permutation in policy.order.support(sequences.shape[1]):
            plan = np.empty(sequences.shape[1], dtype=np.int64)
            plan[permutation] = passes
            yield Walk(rows, probability, np.broadcast_to(plan, sequences.shape))
    elif policy.is_random and hasattr(policy, "branches"):
        for probability, branch in policy.branches(sequences.shape[1]):
            yield Walk(rows, probability, _deterministic(branch, sequences, seen))
    elif policy.is_random:
        for row in rows:
            nothing = np.full(sequences.shape[1], -1)
            yield from _drawn(policy, sequences[row], np.array([row]), 1.0, nothing, 0, seen)
    else:
        yield Walk(rows, 1.0, _deterministic(policy, sequences, seen))


def _deterministic(policy: Policy, sequences: np.ndarray, seen: Conditionals) -> np.ndarray:
    plan = np.full(sequences.shape, -1, dtype=np.int64)
    state = policy.start(plan < 0, np.full(sequences.shape, 0.5))
    step = 0
    while (masked := plan < 0).any():
        tokens = np.where(masked, seen.mask_id, sequences)
        log_probs = None if policy.value_free else _log_probs(sequences, masked, seen)
        chosen = np.asarray(policy.choose(state, step, tokens, masked, log_probs), dtype=bool)
        _check_choice(policy, chosen, masked, step)
        plan[chosen] = step
        step += 1
    return plan


def _drawn(
    policy: Any, sequence: np.ndarray, row: np.ndarray, probability: float, plan: np.ndarray, step: int, seen: Conditionals
) -> Iterator[Walk]:
    masked = plan < 0
    if not masked.any():
        yield Walk(row, probability, plan[None])
        return
    tokens = np.where(masked, seen.mask_id, sequence)
    log_probs = None if policy.value_free else _log_probs(sequence[None], masked[None], seen)[0]
    choices = list(policy.choices(step, tokens, masked, log_probs))
    if not np.isclose(sum(share for share, _ in choices), 1.0, rtol=0, atol=1e-9):
        raise ArgumentError(f"policy {policy.name!r} lists choices whose probabilities do not sum to 1 at step {step}")
    for share, chosen in choices:
        _check_choice(policy, np.asarray(chosen)[None], masked[None], step)
        yield from _drawn(policy, sequence, row, probability * share, np.where(chosen, step, plan), step + 1, seen)


def _log_probs(sequences: np.ndarray, masked: np.ndarray, seen: Conditionals) -> Any:
    import torch

    laws, context = seen.laws(sequences, ~masked)
    return torch.from_numpy(np.where(masked[..., None], laws[context], -np.inf))


def _check_choice(policy: Policy, chosen: np.ndarray, masked: np.ndarray, step: int) -> None:
    if chosen.shape != masked.shape or (chosen & ~masked).any() or (masked.any(axis=1) & ~chosen.any(axis=1)).any():
        raise ArgumentError(f"policy {policy.name!r} chose a revealed position, or none, at step {step}")
