"""Forward KL divergences between a target and the law of the K-pass sampler."""

from __future__ import annotations

from math import comb
from typing import Any

import numpy as np
from scipy.special import logsumexp

from unmask.errors import ArgumentError
from unmask.exact._conditionals import Conditionals, support_of
from unmask.exact._losses import mean_losses, walk_losses
from unmask.exact._walks import as_policy, check_work, is_random_order, subsets, walks
from unmask.policies import Policy
from unmask.schedule import Schedule

IMPOSSIBLE = -1e290


def exact_kl(target: Any, policy: Schedule | Policy, fresh_order: bool = True, denoiser: Any = None) -> float:
    """KL(pi || p_alg) of the law of the sampler, by enumeration. Nats; inf if the sampler misses a sequence of the target.

    Prop. 2 of arXiv 2510.25544 bounds it by `learning_error` + `factorization_error`. With a fresh order per row p_alg is the
    mixture over orders, and with exact conditionals KL = -E_x log E_z exp(-tc_z(x)) (theory.md 1.8); random order is summed
    over sets of positions, not over N! permutations. With one order for all rows the result is the mean over that order,
    E_z KL(pi || p^z) = E_learn + E_fact exactly. The two agree for deterministic policies (arXiv 2608.25505, Thm 1).

    Args:
        target: anything with `length`, `vocab_size`, `support()` and `denoiser()`, such as the discrete `unmask.targets`.
        policy: an order and a schedule, a bare schedule (random order), or any policy; one that draws its choices must list
            them: branches(N) -> (probability, deterministic policy) pairs, or, if it keeps nothing between passes,
            choices(step, tokens (N,), masked (N,), log_probs (N, V)) -> (probability, chosen (N,)) pairs.
        fresh_order: a fresh order for every row, else one order drawn once and used for all.
        denoiser: p_theta; default: the target's exact conditionals.

    Raises:
        ArgumentError: arguments that do not fit each other, or a target too large to enumerate; says which.
        DenoiserError: NaN logits and the like.
    """
    sequences, probabilities = support_of(target)
    checked = as_policy(policy, target.length)
    conditionals = Conditionals(target.denoiser() if denoiser is None else denoiser, target.length, target.vocab_size)
    if fresh_order:
        losses = -_log_law(checked, sequences, conditionals)
    else:
        losses = mean_losses(checked, sequences, conditionals, [conditionals])[0]
    return float(probabilities @ (np.log(probabilities) + losses))


def kl_fresh(costs: Any, row_weights: Any = None, order_weights: Any = None) -> float:
    """KL(pi || p) = -E_x log E_z exp(-tc_z(x)): the fresh-order divergence from costs under several orders. Nats.

    tc_z(x) = sum_k log(pi(x_{z_k} | x_{z_<k}) / prod_i pi(x_i | x_{z_<k})) (theory.md 1.8). Exact if all orders are given; for
    M sampled orders an upper bound in expectation that decreases in M, to the mean cost at M = 1 (Jensen).

    Args:
        costs: tc_z(x), shape (rows, orders), nats.
        row_weights: probabilities of the rows; default: equal.
        order_weights: probabilities of the orders; default: equal.

    Raises:
        ArgumentError: wrong shapes, NaN, or weights that do not sum to one.
    """
    table = np.asarray(costs, dtype=np.float64)
    if table.ndim != 2 or table.size == 0 or np.isnan(table).any():
        raise ArgumentError(f"costs has shape {table.shape}; give numbers (nats), one row per sequence, one column per order")
    rows = _weights("row_weights", row_weights, table.shape[0])
    orders = _weights("order_weights", order_weights, table.shape[1])
    return float(-rows @ logsumexp(-table, axis=1, b=orders))


def _weights(name: str, weights: Any, count: int) -> np.ndarray:
    array = np.full(count, 1 / count) if weights is None else np.asarray(weights, dtype=np.float64)
    if array.shape != (count,) or not np.all(array >= 0) or not np.isclose(array.sum(), 1.0, rtol=0, atol=1e-9):
        raise ArgumentError(f"{name} has shape {array.shape} and sum {array.sum():g}; give {count} probabilities")
    return array


def _log_law(policy: Policy, sequences: np.ndarray, conditionals: Conditionals) -> np.ndarray:
    """log p_alg of each row, shape (R,)."""
    if is_random_order(policy):
        return _log_mixture_over_sets(policy.schedule, sequences, conditionals)
    totals = np.full(len(sequences), -np.inf)
    for walk in walks(policy, sequences, conditionals):
        log_law = -walk_losses(walk.plan, sequences[walk.rows], conditionals) + np.log(walk.probability)
        totals[walk.rows] = np.logaddexp(totals[walk.rows], log_law)
    return totals


def _log_mixture_over_sets(schedule: Schedule, sequences: np.ndarray, conditionals: Conditionals) -> np.ndarray:
    """log of the mean over all permutations, by dynamic programming over which set of positions is revealed.

    P(reveal T next, with the row's tokens | S) = prod_{i in T - S} p(x_i | x_S) / C(N - |S|, |T - S|).
    """
    rows, length = sequences.shape
    pairs = sum(comb(length, a) * comb(length - a, s) for a, s in zip(schedule.nodes.tolist(), schedule.sizes, strict=True))
    check_work(rows * length * pairs, "the mixture over random orders")
    bits = 1 << np.arange(length)
    reached = {0: np.zeros(rows)}
    for size in schedule.sizes.tolist():
        ahead: dict[int, list[np.ndarray]] = {}
        sets = (np.array(list(reached))[:, None] & bits) > 0
        blocks = subsets(length - int(sets[0].sum()), size)
        for known, revealed, scores in zip(reached, sets, conditionals.of_sets(sequences, sets), strict=True):
            masked = np.flatnonzero(~revealed)
            # 0 * -inf would be NaN, so impossible tokens get a score whose exponential is 0.
            possible = np.maximum(scores[:, masked], IMPOSSIBLE)
            moves = reached[known][:, None] + possible @ blocks.T - np.log(len(blocks))
            for move, added in zip(moves.T, blocks @ bits[masked], strict=True):
                ahead.setdefault(known | int(added), []).append(move)
        reached = {known: np.logaddexp.reduce(moves) for known, moves in ahead.items()}
    total = reached[2**length - 1]
    return np.where(total < IMPOSSIBLE / 2, -np.inf, total)
