"""Teacher-forced losses of rows: sums of -log p(x_i | x_{z_<k}) along a policy's walks."""

from __future__ import annotations

from math import comb

import numpy as np

from unmask.exact._conditionals import Conditionals
from unmask.exact._walks import check_work, is_random_order, subsets, walks
from unmask.policies import Policy
from unmask.schedule import Schedule


def mean_losses(policy: Policy, sequences: np.ndarray, seen: Conditionals, scored: list[Conditionals]) -> np.ndarray:
    """E_z sum_k sum_{i in z_k} -log p(x_i | x_{z_<k}) of each row under each scored denoiser, shape (len(scored), R), nats.

    Args:
        policy: from `as_policy`.
        sequences: shape (R, N).
        seen: the denoiser the policy looks at.
        scored: the denoisers whose log-probabilities are summed.
    """
    if is_random_order(policy):
        return _random_order_losses(policy.schedule, sequences, scored)
    result = np.zeros((len(scored), len(sequences)))
    for walk in walks(policy, sequences, seen):
        for number, conditionals in enumerate(scored):
            result[number, walk.rows] += walk.probability * walk_losses(walk.plan, sequences[walk.rows], conditionals)
    return result


def walk_losses(plan: np.ndarray, sequences: np.ndarray, conditionals: Conditionals) -> np.ndarray:
    """sum_k sum_{i in z_k} -log p(x_i | x_{z_<k}) of each row along one plan each, shape (R,), nats."""
    losses = np.zeros(len(sequences))
    for step in range(int(plan.max()) + 1):
        now = plan == step
        active = now.any(axis=1)
        scores = conditionals.of_tokens(sequences[active], plan[active] < step)
        losses[active] -= np.where(now[active], scores, 0.0).sum(axis=1)
    return losses


def _random_order_losses(schedule: Schedule, sequences: np.ndarray, scored: list[Conditionals]) -> np.ndarray:
    """Every set of a_k positions is equally likely to be revealed, and then every masked token to be next."""
    length = sequences.shape[1]
    check_work(len(sequences) * length * sum(comb(length, int(a)) for a in schedule.nodes), "the mean over random orders")
    result = np.zeros((len(scored), len(sequences)))
    for node, size in zip(schedule.nodes.tolist(), schedule.sizes.tolist(), strict=True):
        share = size / (length - node) / comb(length, node)
        for number, conditionals in enumerate(scored):
            for scores in conditionals.of_sets(sequences, subsets(length, node)):
                result[number] -= share * scores.sum(axis=1)
    return result
