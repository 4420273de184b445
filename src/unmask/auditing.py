"""`audit`: what any policy costs on held-out rows, by running it on the data (teacher forcing)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from unmask.denoiser import as_denoiser
from unmask.errors import ArgumentError
from unmask.estimation import check_sampleable, free_positions
from unmask.interval import Interval, mean_interval
from unmask.policies import Policy, by_name
from unmask.policies.policy import refuse_draws
from unmask.randomness import row_uniforms
from unmask.sampling import check_choice


@dataclass(frozen=True)
class AuditedPolicy:
    """One line of an audit.

    Attributes:
        policy: name.
        bounds: each row's bound L, shape (R,), nats per sequence.
        steps: each row's number of passes, shape (R,).
        length: tokens that were masked at the start.
    """

    policy: str
    bounds: np.ndarray
    steps: np.ndarray
    length: int

    @property
    def bound(self) -> Interval:
        """L with its 95 % interval, nats per sequence."""
        return mean_interval(self.bounds)

    @property
    def bound_per_token(self) -> Interval:
        """L / N with its 95 % interval, nats per token."""
        return self.bound.scaled(1 / self.length)

    def minus(self, other: AuditedPolicy) -> Interval:
        """Difference of bounds per token, paired over rows: negative if this policy costs less."""
        return mean_interval((self.bounds - other.bounds) / self.length)


def audit(
    denoiser: Any,
    sequences: Any,
    policies: Sequence[Policy | str],
    steps: Sequence[int] | None = None,
    given: Any = None,
    seed: int = 0,
    *,
    batch_size: int = 32,
    progress: Callable[[int, int], None] | None = None,
) -> list[AuditedPolicy]:
    """The teacher-forced bound L = -E sum_k sum_{i in z_k} log p(x_i | x_{z_<k}) of each policy (Prop. 2 of 2510.25544).

    L bounds the negative log-likelihood of the K-pass sampler for any policy whose choice at step k depends on what is
    revealed before it. All policies see the same rows and the same uniforms, so differences are paired.

    Args:
        denoiser: anything `as_denoiser` takes.
        sequences: held-out rows, shape (R, N).
        policies: `Policy` objects, or registered names (`policies.POLICIES`; an order's name means uniform sizes), which are
            made for each K in `steps`.
        steps: the K for policies given by name; those that decide for themselves take at most K passes.
        given: as in `estimate_profile`.
        seed: row r's uniforms are a function of (seed, r).
        batch_size: rows per forward pass.
        progress: called with (policies done, policies in total).

    Raises:
        ArgumentError: arguments that do not fit each other.
        DataError: data the denoiser never samples.
        DenoiserError: NaN logits and the like.
    """
    model = as_denoiser(denoiser)
    tokens = model.check_tokens(sequences)
    free = free_positions(tokens, given)
    check_sampleable(model, tokens, free)
    length = int(free[0].sum())
    if batch_size < 1:
        raise ArgumentError(f"batch_size is {batch_size}; give an integer >= 1")
    if any(isinstance(policy, str) for policy in policies) and not steps:
        raise ArgumentError("steps is empty; policies given by name need the numbers of passes to try, such as steps=[8, 16]")
    resolved: list[Policy] = []
    for policy in policies:
        if isinstance(policy, str):
            resolved += [by_name(policy, length, k) for k in steps or ()]
        else:
            refuse_draws(policy)
            resolved.append(policy)
    results = []
    for done, policy in enumerate(resolved):
        parts = [
            _teacher_forced(model, policy, tokens[low : low + batch_size], free[low : low + batch_size], low, seed)
            for low in range(0, len(tokens), batch_size)
        ]
        bounds, passes = (np.concatenate(arrays) for arrays in zip(*parts, strict=True))
        results.append(AuditedPolicy(policy.name, bounds, passes, length))
        if progress is not None:
            progress(done + 1, len(resolved))
    return results


def _teacher_forced(
    model: Any, policy: Policy, truth: np.ndarray, free: np.ndarray, first_row: int, seed: int
) -> tuple[np.ndarray, np.ndarray]:
    """Bound and passes of each row of a batch, shapes (B,), (B,): the policy's choices are filled with the data's tokens."""
    uniforms = np.stack([row_uniforms(seed, first_row + row, truth.shape[1])[0] for row in range(len(truth))])
    masked, plan = free.copy(), policy.start(free, uniforms)
    bounds, passes = np.zeros(len(truth)), np.zeros(len(truth), dtype=np.int64)
    step = 0
    while masked.any():
        tokens = np.where(masked, model.mask_id, truth)
        log_probs = None
        if not policy.value_free:
            log_probs = torch.full((*truth.shape, model.vocab_size), -torch.inf, dtype=torch.float64)
            log_probs[torch.as_tensor(masked)] = model.log_probs(tokens, masked).cpu()
        chosen = np.asarray(policy.choose(plan, step, tokens, masked, log_probs), dtype=bool)
        check_choice(policy, chosen, masked, step, np.arange(first_row, first_row + len(truth)))
        if log_probs is None:
            scores = model.token_log_probs(tokens, chosen, truth[chosen])
        else:
            scores = log_probs[torch.as_tensor(chosen)].numpy()[np.arange(chosen.sum()), truth[chosen]]
            model.refuse_impossible(scores, chosen, truth[chosen])
        rows = np.nonzero(chosen)[0]
        np.subtract.at(bounds, rows, scores)
        passes += masked.any(axis=1)
        masked &= ~chosen
        step += 1
    return bounds, passes
