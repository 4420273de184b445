"""`check_policy`: does this policy keep its contract?"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import torch

from unmask.checks import Check, CheckReport
from unmask.errors import ArgumentError, UnmaskError
from unmask.policies.policy import Policy
from unmask.sampling import check_choice

ROWS, GIVEN, FEATURES = 4, 2, 8
CAUGHT = (UnmaskError, RuntimeError, ValueError, TypeError, IndexError, KeyError, AttributeError)


def check_policy(policy: Policy, length: int, vocab_size: int = 5, seed: int = 0) -> CheckReport:
    """Run the contract tests of `Policy` on a toy denoiser: choices, passes, inputs left alone, other rows, flags.

    Four rows are revealed, each with `length` masked tokens and two given ones, at other places in each row.

    Args:
        policy: anything with the attributes of `Policy`.
        length: masked tokens of a row, >= 1.
        vocab_size: tokens of the toy denoiser, >= 2.
        seed: of its laws and rows.

    Returns:
        The report, if everything passed.

    Raises:
        ArgumentError: at least one check failed, and the message holds the report; or arguments that cannot be.
    """
    for name, value, least in (("length", length, 1), ("vocab_size", vocab_size, 2)):
        if value != int(value) or value < least:
            raise ArgumentError(f"{name} is {value}; give an integer >= {least}")
    if not isinstance(policy, Policy):
        raise ArgumentError(f"policy is a {type(policy).__name__}; give name, value_free, is_random, steps, start and choose")
    trial, checks = _Trial(int(length), int(vocab_size), seed), []
    for name, run in _CHECKS.items():
        try:
            passed, detail = run(policy, trial)
        except CAUGHT as fault:
            passed, detail = False, f"{type(fault).__name__}: {' '.join(str(fault).split())[:300]}"
        checks.append(Check(name, passed, detail))
    report = CheckReport(f"policy {policy.name}", tuple(checks))
    if not report.passed:
        raise ArgumentError(str(report))
    return report


class _Trial:
    """Rows, uniforms and a toy denoiser whose laws depend on every revealed token, computed row by row."""

    def __init__(self, length: int, vocab_size: int, seed: int) -> None:
        generator = np.random.Generator(np.random.Philox(seed))
        total, self.mask_id = length + GIVEN, vocab_size
        self.truth = generator.integers(0, vocab_size, (ROWS, total))
        self.free = np.ones((ROWS, total), dtype=bool)
        for row in self.free:
            row[generator.choice(total, GIVEN, replace=False)] = False
        self.uniforms = generator.random((ROWS, total))
        self._places, self._queries = generator.normal(size=(2, total, FEATURES))
        self._values = generator.normal(size=(vocab_size + 1, FEATURES))
        self._heads = generator.normal(size=(FEATURES, vocab_size))

    def log_probs(self, tokens: np.ndarray, masked: np.ndarray) -> torch.Tensor:
        """As `Policy.choose` gets them: float64, shape (B, N, V), -inf where not masked."""
        rows = [(self._queries * (self._places * self._values[row]).sum(axis=0)) @ self._heads for row in tokens]
        laws = torch.log_softmax(torch.as_tensor(np.stack(rows)), dim=-1)
        return laws.masked_fill(torch.as_tensor(~masked)[..., None], -torch.inf)

    def plan(
        self, policy: Policy, rows: list[int], truth: np.ndarray | None = None, uniforms: np.ndarray | None = None
    ) -> np.ndarray:
        """The pass that reveals each position of some rows, -1 where given, shape (len(rows), N); raises where it cannot."""
        truth = (self.truth if truth is None else truth)[rows]
        masked = self.free[rows].copy()
        inputs = [masked.copy(), (self.uniforms if uniforms is None else uniforms)[rows].copy()]
        state = _untouched(policy, "start", policy.start, inputs)
        plan, step = np.full(masked.shape, -1, dtype=np.int64), 0
        while masked.any():
            tokens = np.where(masked, self.mask_id, truth)
            log_probs = None if policy.value_free else self.log_probs(tokens, masked)
            seen: list[Any] = [tokens, masked.copy(), *([] if log_probs is None else [log_probs])]

            def choose(tokens: Any, masked: Any, log_probs: Any = None, step: int = step) -> Any:
                return policy.choose(state, step, tokens, masked, log_probs)

            chosen = np.asarray(_untouched(policy, f"choose at step {step}", choose, seen))
            if chosen.dtype != bool:
                raise ArgumentError(f"policy {policy.name!r} returned {chosen.dtype} at step {step}; give bool")
            check_choice(policy, chosen, masked, step, np.array(rows))
            plan[chosen] = step
            masked &= ~chosen
            step += 1
        return plan


def _untouched(policy: Policy, what: str, call: Callable[..., Any], inputs: list[Any]) -> Any:
    before = [np.asarray(value).copy() for value in inputs]
    result = call(*inputs)
    if not all(np.array_equal(old, np.asarray(new)) for old, new in zip(before, inputs, strict=True)):
        raise ArgumentError(f"policy {policy.name!r} changed its inputs in {what}; work on copies")
    return result


ALL = list(range(ROWS))


def _choices(policy: Policy, trial: _Trial) -> tuple[bool, str]:
    plan = trial.plan(policy, ALL)
    return True, f"masked positions only, at least one per row, in at most {plan.max() + 1} passes; inputs left as they were"


def _steps(policy: Policy, trial: _Trial) -> tuple[bool, str]:
    passes = trial.plan(policy, ALL).max(axis=1) + 1
    if policy.steps is None:
        return True, f"steps is None: depends on the row, here {passes.min()} to {passes.max()}"
    return bool((passes == policy.steps).all()), f"steps is {policy.steps}; rows took {passes.min()} to {passes.max()}"


def _repeatable(policy: Policy, trial: _Trial) -> tuple[bool, str]:
    same = np.array_equal(trial.plan(policy, ALL), trial.plan(policy, ALL))
    return same, "same rows and uniforms, same choices" if same else "same rows and uniforms gave other choices"


def _batch(policy: Policy, trial: _Trial) -> tuple[bool, str]:
    together, turned = trial.plan(policy, ALL), trial.plan(policy, ALL[::-1])[::-1]
    alone = np.concatenate([trial.plan(policy, [row]) for row in ALL])
    same = np.array_equal(together, alone) and np.array_equal(together, turned)
    return same, "alone, together and reversed: same choices" if same else "a row's choice depends on the other rows"


def _value_free(policy: Policy, trial: _Trial) -> tuple[bool, str]:
    other = trial.plan(policy, ALL, truth=(trial.truth + 1) % trial.mask_id)
    same = np.array_equal(trial.plan(policy, ALL), other)
    if policy.value_free:
        return same, "other tokens, same choices" if same else "value_free, but other tokens gave other choices"
    note = "" if not same else " (none changed here; if it never looks, value_free = True is faster)"
    return True, f"looks at values{note}"


def _is_random(policy: Policy, trial: _Trial) -> tuple[bool, str]:
    same = np.array_equal(trial.plan(policy, ALL), trial.plan(policy, ALL, uniforms=trial.uniforms[:, ::-1]))
    if not policy.is_random:
        return same, "other uniforms, same choices" if same else "is_random is False, but other uniforms gave other choices"
    note = "" if not same else " (none changed here; if it never does, is_random = False makes the bound an equality)"
    return True, f"uses uniforms{note}"


def _draws(policy: Policy, trial: _Trial) -> tuple[bool, str]:
    sees = bool(getattr(policy, "sees_draws", False))
    return (
        True,
        "sees values drawn in the same pass: no bound covers it, audit refuses it" if sees else "blind to its own draws",
    )


_CHECKS: dict[str, Callable[[Policy, _Trial], tuple[bool, str]]] = {
    "choices": _choices,
    "steps": _steps,
    "repeatable": _repeatable,
    "batch invariant": _batch,
    "value_free": _value_free,
    "is_random": _is_random,
    "sees_draws": _draws,
}
