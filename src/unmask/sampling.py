"""`sample`: draw rows exactly, with a counted number of forward passes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import torch

from unmask.denoiser import Denoiser, as_array, as_denoiser
from unmask.errors import ArgumentError, DenoiserError
from unmask.orders import Order
from unmask.policies import OrderedPolicy, Policy
from unmask.randomness import row_uniforms
from unmask.schedule import Schedule

MASKED = -1  # in `given`: not given


def sample(
    denoiser: Any,
    schedule_or_policy: Schedule | Policy,
    num_samples: int = 8,
    given: Any = None,
    seed: int = 0,
    order: str | Order = "random",
    *,
    batch_size: int = 32,
    first_row: int = 0,
    callback: Callable[[dict[str, Any]], None] | None = None,
    return_steps: bool = False,
) -> Any:
    """Draw rows: each pass reveals what the policy chooses, each token from its own conditional law (Eq. 2 of 2510.25544).

    A row is a function of (denoiser, policy, seed, row id) alone: randomness is Philox keyed by (seed, row id), one uniform
    per position for the order and one for the value, and values are drawn by inverse CDF on float64 probabilities. Batches
    change nothing but speed.

    Args:
        denoiser: anything `as_denoiser` takes.
        schedule_or_policy: a `Schedule` (revealed in `order`), or a policy.
        num_samples: rows; their ids are first_row, first_row + 1, ...
        given: known tokens, shape (N,) or (num_samples, N), -1 or the mask id where not given; default: nothing is known.
        seed: 0..2^64-1.
        order: order of a bare schedule.
        batch_size: rows per forward pass.
        first_row: id of the first row.
        callback: gets {"step", "rows", "tokens", "revealed"} after each pass; arrays are (B, N) copies.
        return_steps: also return the pass (0-based) that revealed each token, -1 where given.

    Returns:
        tokens, int64 (num_samples, N), or (tokens, steps).

    Raises:
        ArgumentError: arguments that do not fit each other; given tokens that may not be.
        DenoiserError: NaN logits and the like, naming the row and the step.
    """
    model = as_denoiser(denoiser)
    policy = OrderedPolicy(schedule_or_policy, order) if isinstance(schedule_or_policy, Schedule) else schedule_or_policy
    for name, value in (("num_samples", num_samples), ("batch_size", batch_size)):
        if value < 1:
            raise ArgumentError(f"{name} is {value}; give an integer >= 1")
    start = _starting_tokens(model, policy, num_samples, given)
    steps = np.full(start.shape, -1, dtype=np.int64)
    for low in range(0, num_samples, batch_size):
        rows = slice(low, min(low + batch_size, num_samples))
        ids = np.arange(rows.start, rows.stop) + first_row
        _reveal(model, policy, start[rows], steps[rows], ids, seed, callback)
    return (start, steps) if return_steps else start


def _reveal(
    denoiser: Denoiser,
    policy: Policy,
    tokens: np.ndarray,
    steps: np.ndarray,
    ids: np.ndarray,
    seed: int,
    callback: Callable[[dict[str, Any]], None] | None,
) -> None:
    """Fill the masked entries of one batch, in place: shapes (B, N)."""
    uniforms = np.stack([row_uniforms(seed, int(row), tokens.shape[1]) for row in ids])
    masked = tokens == denoiser.mask_id
    plan = policy.start(masked.copy(), uniforms[:, 0])
    step = 0
    while masked.any():
        log_probs = None
        try:
            if not policy.value_free:
                log_probs = torch.full((*tokens.shape, denoiser.vocab_size), -torch.inf, dtype=torch.float64)
                log_probs[torch.as_tensor(masked)] = denoiser.log_probs(tokens, masked).cpu()
            chosen = np.asarray(policy.choose(plan, step, tokens, masked, log_probs), dtype=bool)
            check_choice(policy, chosen, masked, step, ids)
            laws = denoiser.log_probs(tokens, chosen) if log_probs is None else log_probs[torch.as_tensor(chosen)]
        except DenoiserError as fault:
            raise DenoiserError(f"{fault} (step {step}, rows {ids[0]}..{ids[-1]})") from None
        tokens[chosen] = draw(laws, uniforms[:, 1][chosen])
        steps[chosen] = step
        masked &= ~chosen
        if callback is not None:
            callback({"step": step, "rows": ids, "tokens": tokens.copy(), "revealed": chosen})
        step += 1


def draw(log_probs: torch.Tensor, uniforms: np.ndarray) -> np.ndarray:
    """Tokens by inverse CDF in float64, shape (M,): token v with probability exp(log_probs[v]), tails included.

    Args:
        log_probs: float64, shape (M, V), rows normalised.
        uniforms: in [0, 1), shape (M,).
    """
    cumulative = torch.exp(log_probs).cumsum(dim=-1)
    total = cumulative[:, -1:]
    # Strictly below the total, so that the search ends on a token of positive probability.
    height = torch.as_tensor(uniforms, dtype=torch.float64, device=cumulative.device)[:, None] * total
    height = torch.minimum(height, torch.nextafter(total, torch.zeros_like(total)))
    return torch.searchsorted(cumulative, height, right=True)[:, 0].cpu().numpy()


def _starting_tokens(denoiser: Denoiser, policy: Policy, num_samples: int, given: Any) -> np.ndarray:
    if given is None:
        schedule = getattr(policy, "schedule", None)
        length = denoiser.length if schedule is None else schedule.length
        blank = np.full((num_samples, length), denoiser.mask_id, dtype=np.int64)
        return denoiser.check_tokens(blank, "the schedule's row")
    array = np.atleast_2d(as_array(given, "given"))
    if array.ndim != 2 or array.dtype.kind not in "iu" or array.shape[0] not in (1, num_samples):
        raise ArgumentError(
            f"given has shape {array.shape} and type {array.dtype}; give integers of shape (N,) or ({num_samples}, N)"
        )
    # int64 first: the mask id may not fit the type of the given tokens.
    tokens = np.where(array == MASKED, denoiser.mask_id, array.astype(np.int64))
    tokens = np.broadcast_to(tokens, (num_samples, array.shape[1])).copy()
    tokens = denoiser.check_tokens(tokens, "given")
    if not (tokens == denoiser.mask_id).any():
        raise ArgumentError("given leaves nothing masked; put -1 where tokens are to be sampled")
    return tokens


def check_choice(policy: Policy, chosen: np.ndarray, masked: np.ndarray, step: int, ids: np.ndarray) -> None:
    """A policy may only reveal masked positions, and must reveal one wherever any is left, or sampling would never end."""
    if chosen.shape != masked.shape:
        raise ArgumentError(f"policy {policy.name!r} returned shape {chosen.shape} at step {step}; give {masked.shape}")
    again = (chosen & ~masked).any(axis=1)
    stuck = masked.any(axis=1) & ~chosen.any(axis=1)
    for fault, what in ((again, "chose a position that is already revealed"), (stuck, "chose no position")):
        if fault.any():
            raise ArgumentError(f"policy {policy.name!r} {what} in row {ids[np.flatnonzero(fault)[0]]} at step {step}")
