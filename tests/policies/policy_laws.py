"""The law of the sampler under any policy, by feeding it every value it can draw, and the targets it is tried on."""

from __future__ import annotations

import itertools

import numpy as np
import torch

from unmask import targets

LENGTH = 4

TARGETS = {
    "enumerated": targets.Enumerated(np.random.default_rng(0).dirichlet(np.full(16, 0.5)).reshape(2, 2, 2, 2)),
    "copy-pairs": targets.BlockCode(LENGTH, 2, 1, 2),
    "block-code": targets.BlockCode(LENGTH, 4, 2, 5),
    "markov": targets.MarkovChain(LENGTH, [[0.8, 0.2], [0.3, 0.7]]),
}


class Table:
    """Logits that are a fixed random function of the tokens: an incoherent denoiser, symbols 0..q-1, mask id q."""

    def __init__(self, length, symbols, seed=0):
        self.length, self.vocab_size, self.mask_id = length, symbols + 1, symbols
        self.table = 2 * np.random.default_rng(seed).normal(size=(symbols + 1,) * length + (length, symbols + 1))

    def __call__(self, tokens):
        return self.table[tuple(np.asarray(tokens).T)]


def laws(function, mask_id, tokens):
    """Normalised log-probabilities over what is not the mask, shape (N, V)."""
    logits = np.array(function(tokens[None])[0], dtype=np.float64)
    logits[:, mask_id : mask_id + 1] = -np.inf
    return logits - np.logaddexp.reduce(logits, axis=1, keepdims=True)


def law_given_uniforms(policy, function, denoiser, uniforms):
    """Sequence -> probability, following every value that each pass can draw; the policy starts afresh on every branch."""
    result: dict = {}

    def replay(history):
        """Tokens, masked and the next choice after the passes in `history`, or None if nothing is masked."""
        tokens = np.full(denoiser.length, denoiser.mask_id)
        masked = tokens == denoiser.mask_id
        plan = policy.start(masked[None].copy(), uniforms[None])
        for step in range(len(history) + 1):
            if not masked.any():
                return tokens, None, None
            log_probs = np.where(masked[:, None], laws(function, denoiser.mask_id, tokens), -np.inf)
            seen = None if policy.value_free else torch.as_tensor(log_probs)[None]
            chosen = policy.choose(plan, step, tokens[None].copy(), masked[None].copy(), seen)[0]
            assert chosen.any() and not (chosen & ~masked).any()
            if step < len(history):
                tokens[chosen] = history[step]
                masked = masked & ~chosen
        return tokens, np.flatnonzero(chosen), log_probs

    def branch(history, probability):
        tokens, places, log_probs = replay(history)
        if places is None:
            result[tuple(tokens.tolist())] = result.get(tuple(tokens.tolist()), 0.0) + probability
            return
        possible = [np.flatnonzero(np.exp(log_probs[place]) > 1e-14) for place in places]
        for values in itertools.product(*possible):
            branch([*history, values], probability * float(np.exp(log_probs[places, list(values)].sum())))

    branch([], 1.0)
    return result


def sampler_law(policy, denoiser):
    """The law over fresh uniforms: orders of the registry depend on the ranks of the uniforms or on the N-th of [0, 1) only."""
    middles = (np.arange(denoiser.length) + 0.5) / denoiser.length
    memory: dict = {}

    def remembered(tokens):
        key = tokens.tobytes()
        if key not in memory:
            memory[key] = denoiser(tokens)
        return memory[key]

    rankings = list(itertools.permutations(middles)) if policy.is_random else [middles]
    result: dict = {}
    for uniforms in rankings:
        for row, probability in law_given_uniforms(policy, remembered, denoiser, np.array(uniforms)).items():
            result[row] = result.get(row, 0.0) + probability / len(rankings)
    return result


def kl_to(target, law):
    """KL(target || law)."""
    sequences, probabilities = target.support()
    outputs = np.array([law.get(tuple(int(t) for t in row), 0.0) for row in sequences])
    kept = probabilities > 0
    with np.errstate(divide="ignore"):
        return float(probabilities[kept] @ (np.log(probabilities[kept]) - np.log(outputs[kept])))
