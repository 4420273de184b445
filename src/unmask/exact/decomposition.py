"""The two parts of Prop. 2: what the denoiser has not learned, and what revealing tokens together costs."""

from __future__ import annotations

from typing import Any

import numpy as np

from unmask.exact._conditionals import Conditionals, support_of
from unmask.exact._losses import mean_losses
from unmask.exact._walks import as_policy
from unmask.policies import Policy
from unmask.schedule import Schedule


def learning_error(target: Any, policy: Schedule | Policy, denoiser: Any) -> float:
    """E_learn = E sum_k sum_{i in z_k} KL(pi(x_i | x_{z_<k}) || p_theta(x_i | x_{z_<k})), exact, nats (Prop. 2, 2510.25544).

    The policy runs on data (teacher forcing) and looks at `denoiser`. Arguments as in `exact_kl`.

    Raises:
        ArgumentError: arguments that do not fit each other, or a target too large to enumerate; says which.
        DenoiserError: NaN logits and the like.
    """
    sequences, probabilities = support_of(target)
    learned = Conditionals(denoiser, target.length, target.vocab_size)
    exact = Conditionals(target.denoiser(), target.length, target.vocab_size)
    with_theta, with_pi = mean_losses(as_policy(policy, target.length), sequences, learned, [learned, exact])
    return float(probabilities @ (with_theta - with_pi))


def factorization_error(target: Any, policy: Schedule | Policy, denoiser: Any = None) -> float:
    """E_fact = E sum_k TC(z_k | x_{z_<k}) under the target, exact, nats (Prop. 2 of arXiv 2510.25544).

    As sum_k log pi(x_{z_k} | x_{z_<k}) = log pi(x) along every walk, it is the teacher-forced loss of the exact conditionals
    minus the entropy of the target.

    Args:
        target: as in `exact_kl`.
        policy: as in `exact_kl`; runs on data (teacher forcing).
        denoiser: what a value-adaptive policy looks at; default: the exact conditionals.

    Raises:
        ArgumentError: arguments that do not fit each other, or a target too large to enumerate; says which.
        DenoiserError: NaN logits and the like.
    """
    sequences, probabilities = support_of(target)
    exact = Conditionals(target.denoiser(), target.length, target.vocab_size)
    seen = exact if denoiser is None else Conditionals(denoiser, target.length, target.vocab_size)
    losses = mean_losses(as_policy(policy, target.length), sequences, seen, [exact])[0]
    return float(probabilities @ (np.log(probabilities) + losses))
