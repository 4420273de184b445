"""The `Policy` protocol: what every way of choosing positions must provide."""

from __future__ import annotations

from typing import Any, Protocol, runtime_checkable

import numpy as np

from unmask.errors import ArgumentError


@runtime_checkable
class Policy(Protocol):
    """Chooses the positions that each forward pass reveals, for a batch of rows.

    Guaranteed to a policy: `choose` is called with step = 0, 1, ... until nothing is masked; every position it returned was
    revealed before the next call. Not guaranteed: the batch a row travels in, so a row's choice must depend on that row only.

    `log_probs` is not changed after the call, so a policy may keep it in its plan. Three members are optional:
    `sees_draws = True` says that the choice depends on values drawn in the same pass, which no bound covers (`audit` and
    `exact_kl` refuse it); random policies list their law for `exact_kl` either in `branches(length)`, as (probability,
    deterministic policy) pairs, or, if nothing is kept between passes, in `choices(step, tokens, masked, log_probs)`, as
    (probability, chosen) pairs for one row.

    Attributes:
        name: for tables and files.
        value_free: the choice ignores tokens and log-probabilities, so positions are known before the pass runs.
        is_random: the choice depends on `uniforms`. Prop. 2 of arXiv 2510.25544 is an equality for policies that are not.
        steps: K, or None if it depends on the row.
    """

    @property
    def name(self) -> str: ...

    @property
    def value_free(self) -> bool: ...

    @property
    def is_random(self) -> bool: ...

    @property
    def steps(self) -> int | None: ...

    def start(self, free: np.ndarray, uniforms: np.ndarray) -> Any:
        """Whatever `choose` needs, made once per batch.

        Args:
            free: positions masked at the start, shape (B, N), bool.
            uniforms: each row's order uniforms in [0, 1), shape (B, N).
        """
        ...

    def choose(self, plan: Any, step: int, tokens: np.ndarray, masked: np.ndarray, log_probs: Any) -> np.ndarray:
        """The positions to reveal now, shape (B, N), bool: a subset of `masked`, at least one in every row that has any.

        Args:
            plan: what `start` returned.
            step: 0-based number of this pass.
            tokens: shape (B, N), int64, the mask id where masked.
            masked: shape (B, N), bool.
            log_probs: log-probabilities of this pass, torch float tensor (B, N, V); None if `value_free`.
        """
        ...


def refuse_draws(policy: Policy) -> None:
    """Raises `ArgumentError` if the policy's choice sees values drawn in the same pass: Prop. 2 does not cover it.

    Given what is revealed, the values of the chosen positions must be independent draws from their laws; a choice that has
    seen them (MaskGIT's sampled confidence, arXiv 2202.04200) selects likely ones and so changes those laws.
    """
    if getattr(policy, "sees_draws", False):
        raise ArgumentError(
            f"policy {policy.name!r} chooses by values drawn in the same pass (sees_draws); the bound does not cover that: "
            "use max-probability confidence, policy 'confidence', instead"
        )
