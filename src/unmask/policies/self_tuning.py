"""An order whose sizes follow what the denoiser shows: no profile needed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from unmask.errors import ArgumentError
from unmask.orders import Order, by_name, fixed
from unmask.policies import _ranking
from unmask.policies.limits import Limited

SMOOTHING = 0.5  # weight of the past in the running mean


@dataclass
class _Progress:
    """rank: when the order reveals each position (B, N); sizes of the last pass and the running rise per token, shape (B,)."""

    rank: np.ndarray
    sizes: np.ndarray
    rise: np.ndarray
    previous: Any = None


@dataclass(frozen=True)
class SelfTuning(Limited):
    """Follows a value-free order in steps that shrink where the laws of masked tokens still move (theory.md 5.7).

    The rise of the profile per revealed token is estimated, at no extra forward pass, by D = mean over masked j of
    KL(p_k(. | j) || p_{k-1}(. | j)) / s_{k-1}, averaged over passes with weight 1/2. Then s_k is the size that is optimal at
    a price of `nats` per pass, s (s - 1) <= 2 nats / D (arXiv 2510.25544, Prop. 13, with integer sizes), at most doubled.

    Sizes depend on values, so Prop. 2 is an inequality if the order is random; `branches` lists the law for `exact_kl`.

    Args:
        nats: what one forward pass is worth, nats.
        order: value-free order; a name or an `Order`.
        floor, cap: as in `Limited`.

    Raises:
        ArgumentError: `nats` not finite and above 0; unknown order; (in `start`) floor or cap for another number of tokens.
    """

    nats: float = 0.05
    order: str | Order = "random"

    def __post_init__(self) -> None:
        if not 0 < self.nats < np.inf:
            raise ArgumentError(f"nats is {self.nats}; give the price of a forward pass, a finite number above 0")
        by_name(self.order)

    @property
    def _law(self) -> Order:
        return by_name(self.order)

    @property
    def name(self) -> str:
        """For tables and files."""
        return f"self-tuning-{self.nats:g}-{self._law.name}{self._suffix()}"

    @property
    def is_random(self) -> bool:  # type: ignore[override]
        """Whether the order is."""
        return self._law.is_random

    def branches(self, length: int) -> Iterator[tuple[float, SelfTuning]]:
        """The mixture this policy is: (probability, the same policy with one permutation of `length` tokens)."""
        for probability, permutation in self._law.support(length):
            yield probability, replace(self, order=fixed(permutation))

    def start(self, free: np.ndarray, uniforms: np.ndarray) -> _Progress:
        """Each row's permutation, one token in the first pass."""
        self.check_free(free)
        rank = np.full(free.shape, -1, dtype=np.int64)
        for row, row_free in enumerate(free):
            positions = np.flatnonzero(row_free)
            if positions.size:
                rank[row, positions[self._law.permutation(uniforms[row, positions])]] = np.arange(positions.size)
        return _Progress(rank, np.zeros(len(free), dtype=np.int64), np.full(len(free), np.nan))

    def choose(self, plan: _Progress, step: int, tokens: np.ndarray, masked: np.ndarray, log_probs: Any) -> np.ndarray:
        """The next s_k positions of each row's permutation."""
        active = masked.any(axis=1)
        sizes = np.ones(len(masked), dtype=np.int64)
        if plan.previous is not None:
            moved = _ranking.divergence(log_probs, plan.previous, masked)
            rise = np.where(masked, moved, 0.0).sum(axis=1) / np.maximum(masked.sum(axis=1), 1) / np.maximum(plan.sizes, 1)
            plan.rise = np.where(np.isnan(plan.rise), rise, SMOOTHING * plan.rise + (1 - SMOOTHING) * rise)
            with np.errstate(divide="ignore"):
                wanted = np.floor(0.5 + np.sqrt(0.25 + 2 * self.nats / plan.rise))
            sizes = np.clip(np.round(wanted), 1, 2 * np.maximum(plan.sizes, 1)).astype(np.int64)
        plan.previous = log_probs
        plan.sizes = np.where(active, np.minimum(self.limited(sizes, step, masked), masked.sum(axis=1)), plan.sizes)
        return _ranking.top(np.where(masked, -plan.rank, -np.inf), plan.sizes)
