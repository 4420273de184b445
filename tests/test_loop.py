"""The loop in Python, on a plain function: wrap, check, profile, plan, sample, audit."""

import numpy as np
import torch

import unmask
from unmask import schedules, targets
from unmask.planning import plan


def test_a_plain_function():
    target = targets.DirichletMultinomial(24, [0.3, 0.3, 0.3])

    def function(tokens):
        return torch.as_tensor(target.denoiser()(tokens))

    denoiser = unmask.wrap(function, length=24, vocab_size=4, mask_id=3)
    assert unmask.check_denoiser(denoiser).passed
    profile = unmask.estimate_profile(denoiser, target.sample(150, 1), seed=2)
    exact = target.profile()
    for steps in (3, 6):
        best = schedules.optimal(profile, steps)
        assert exact.cost(best) <= 1.35 * exact.cost(schedules.optimal(exact, steps))
        interval = profile.cost_interval(schedules.uniform(24, steps), confidence=0.9999)
        assert interval.low <= exact.cost(schedules.uniform(24, steps)) <= interval.high
    chosen = plan(profile, 6)
    assert not chosen.flat
    assert chosen.pick.uniform_steps > 6
    rows = unmask.sample(denoiser, chosen.pick.schedule, 5)
    assert rows.shape == (5, 24)
    assert np.isin(rows, [0, 1, 2]).all()
    uniform, best = unmask.audit(
        denoiser,
        target.sample(300, 9),
        [unmask.OrderedPolicy(schedules.uniform(24, 6)), unmask.OrderedPolicy(schedules.optimal(exact, 6))],
        batch_size=100,
    )
    assert best.minus(uniform).high < 0
