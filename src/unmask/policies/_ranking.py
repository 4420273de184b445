"""What adaptive policies share: scores of masked positions, and the positions that score highest."""

from __future__ import annotations

from typing import Any

import numpy as np

DECIMALS = 9  # ties are decided by position, not by how the denoiser rounds in one batch or another
FLOOR = -1e3  # log-probabilities below this count as this, so that 0 log 0 is 0


def confidence(log_probs: Any, masked: np.ndarray) -> np.ndarray:
    """Log-probability of the likeliest token, shape (B, N); -inf where not masked. Arguments as in `Policy.choose`."""
    return placed(log_probs[masked].amax(dim=-1), masked)


def margin(log_probs: Any, masked: np.ndarray) -> np.ndarray:
    """Probability of the likeliest token minus that of the next, shape (B, N); -inf where not masked."""
    best = log_probs[masked].topk(min(2, log_probs.shape[-1]), dim=-1).values.exp()
    return placed(best[:, 0] - (best[:, 1] if best.shape[1] > 1 else 0), masked)


def entropy(log_probs: Any, masked: np.ndarray) -> np.ndarray:
    """Entropy of each masked position's law, nats, shape (B, N); -inf where not masked."""
    picked = log_probs[masked]
    return placed(-(picked.exp() * picked.clamp(min=FLOOR)).sum(dim=-1), masked)


def divergence(log_probs: Any, previous: Any, masked: np.ndarray) -> np.ndarray:
    """KL(law of this pass || law of the pass before), nats, shape (B, N); -inf where not masked."""
    now, before = log_probs[masked], previous[masked]
    change = now.clamp(min=FLOOR) - before.clamp(min=FLOOR)
    return placed((now.exp() * change).sum(dim=-1).clamp(min=0), masked)


def placed(values: Any, masked: np.ndarray) -> np.ndarray:
    """Values of the masked positions, a tensor of shape (M,), as an array of shape (B, N), -inf elsewhere."""
    result = np.full(masked.shape, -np.inf)
    result[masked] = np.round(values.cpu().numpy(), DECIMALS)
    return result


def top(scores: np.ndarray, counts: Any) -> np.ndarray:
    """The positions of highest finite score in each row, the first of equal ones, bool, shape (B, N).

    Args:
        scores: shape (B, N), -inf where not to be chosen.
        counts: how many per row; a number or shape (B,).
    """
    order = np.argsort(-scores, axis=1, kind="stable")
    chosen = np.zeros(scores.shape, dtype=bool)
    np.put_along_axis(chosen, order, np.arange(scores.shape[1]) < np.reshape(counts, (-1, 1)), axis=1)
    return chosen & np.isfinite(scores)
