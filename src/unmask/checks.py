"""`check_denoiser`: can this denoiser be trusted with the theory?"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from unmask.denoiser import Denoiser, as_denoiser
from unmask.errors import DenoiserError, UnmaskError

BATCH_TOLERANCE = 1e-3  # nats; half-precision models differ by this much between batch sizes


@dataclass(frozen=True)
class Check:
    """One contract test: what it is called, whether it passed, and what was seen."""

    name: str
    passed: bool
    detail: str


@dataclass(frozen=True)
class CheckReport:
    """All contract tests of a denoiser or a policy; prints as a list."""

    subject: str
    checks: tuple[Check, ...]

    @property
    def passed(self) -> bool:
        """Whether every check passed."""
        return all(check.passed for check in self.checks)

    def __str__(self) -> str:
        lines = (f"{'ok  ' if check.passed else 'FAIL'} {check.name}: {check.detail}" for check in self.checks)
        return "\n".join([self.subject, *lines])


def check_denoiser(denoiser: Any, seed: int = 0) -> CheckReport:
    """Run the contract tests: shape, finite laws, determinism, tokens left alone, batch invariance, use of what is revealed.

    Args:
        denoiser: anything `as_denoiser` takes.
        seed: of the random rows it is tried on.

    Returns:
        The report, if everything passed.

    Raises:
        DenoiserError: at least one check failed; the message holds the report.
    """
    model = as_denoiser(denoiser)
    rows, masked = _trial_rows(model, seed)
    checks = []
    for name, run in _CHECKS.items():
        try:
            passed, detail = run(model, rows.copy(), masked.copy())
        except (UnmaskError, RuntimeError, ValueError, TypeError, IndexError, KeyError) as fault:
            passed, detail = False, f"{type(fault).__name__}: {' '.join(str(fault).split())[:300]}"
        checks.append(Check(name, passed, detail))
    report = CheckReport(f"denoiser {model.name}", tuple(checks))
    if not report.passed:
        raise DenoiserError(str(report))
    return report


def _trial_rows(model: Denoiser, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Four rows of tokens that may be sampled, from nearly nothing to nearly everything masked."""
    generator = np.random.Generator(np.random.Philox(seed))
    barred = {*model.excluded, model.mask_id}
    allowed = np.array([token for token in range(model.vocab_size) if token not in barred])
    length = min(model.length, 64) if model.any_length else model.length
    rows = generator.choice(allowed, size=(4, length))
    masked = generator.random((4, length)) < np.array([[0.05], [0.35], [0.7], [1.1]])
    masked[:, 0] = True
    return np.where(masked, model.mask_id, rows), masked


def _shape(model: Denoiser, rows: np.ndarray, masked: np.ndarray) -> tuple[bool, str]:
    return True, f"logits {tuple(model(rows).shape)} for tokens {rows.shape}"


def _finite_laws(model: Denoiser, rows: np.ndarray, masked: np.ndarray) -> tuple[bool, str]:
    laws = model.log_probs(rows, masked)
    error = float((laws.exp().sum(dim=1) - 1).abs().max())
    return error < 1e-9, f"{len(laws)} laws, worst |sum - 1| = {error:.1e}"


def _deterministic(model: Denoiser, rows: np.ndarray, masked: np.ndarray) -> tuple[bool, str]:
    gap = _gap(model.log_probs(rows, masked), model.log_probs(rows, masked))
    return gap <= BATCH_TOLERANCE, f"same input twice differs by {gap:.1e} nats" + (" (is dropout on?)" if gap > 0.01 else "")


def _input_untouched(model: Denoiser, rows: np.ndarray, masked: np.ndarray) -> tuple[bool, str]:
    tokens = torch.as_tensor(rows.copy())
    model(tokens)
    same = bool((tokens == torch.as_tensor(rows)).all())
    return same, "tokens left as they were" if same else "the function changed its input tokens in place"


def _batch_invariant(model: Denoiser, rows: np.ndarray, masked: np.ndarray) -> tuple[bool, str]:
    together = model.log_probs(rows, masked)
    alone = torch.cat([model.log_probs(rows[i : i + 1], masked[i : i + 1]) for i in range(len(rows))])
    gap = _gap(together, alone)
    return gap <= BATCH_TOLERANCE, f"alone or in a batch differs by {gap:.1e} nats (at most {BATCH_TOLERANCE:.0e})"


def _uses_context(model: Denoiser, rows: np.ndarray, masked: np.ndarray) -> tuple[bool, str]:
    if model.length == 1:
        return True, "a single token has no context"
    hidden = np.full_like(rows, model.mask_id)
    gap = _gap(model.log_probs(rows, masked), model.log_probs(hidden, masked))
    note = "" if gap > 0 else " (laws ignore what is revealed: fine for independent tokens only)"
    return True, f"revealing tokens moves log-probabilities by up to {gap:.2g} nats{note}"


def _gap(first: torch.Tensor, second: torch.Tensor) -> float:
    """Largest difference of log-probabilities where either law gives a token more than 1e-6."""
    matters = torch.maximum(first, second) > -13.8
    return float((first - second).abs()[matters].max()) if bool(matters.any()) else 0.0


_CHECKS: dict[str, Callable[[Denoiser, np.ndarray, np.ndarray], tuple[bool, str]]] = {
    "shape": _shape,
    "finite laws": _finite_laws,
    "deterministic": _deterministic,
    "input untouched": _input_untouched,
    "batch invariant": _batch_invariant,
    "uses what is revealed": _uses_context,
}
