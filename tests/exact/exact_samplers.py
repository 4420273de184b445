"""Laws, denoisers and policies for exact checks, and the sampler's law by brute force."""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np

from unmask.schedule import Schedule
from unmask.targets import Enumerated


def random_law(length: int, vocab_size: int, seed: int, holes: bool = False) -> Enumerated:
    """A random joint table; with `holes`, about a third of its entries are impossible."""
    generator = np.random.default_rng(seed)
    table = generator.dirichlet(np.full(vocab_size**length, 0.5))
    if holes:
        table = np.where(generator.random(table.size) < 1 / 3, 0.0, table)
        table[0] = table[0] or 0.1
    return Enumerated((table / table.sum()).reshape((vocab_size,) * length))


@dataclass
class RandomDenoiser:
    """Logits that are a fixed random function of the tokens: incoherent, with a mask id in front of V and junk above it."""

    length: int
    symbols: int
    seed: int = 0

    def __post_init__(self) -> None:
        self.mask_id, self.vocab_size = self.symbols + 1, self.symbols + 2
        shape = (self.symbols + 1,) * self.length
        self.table = np.random.default_rng(self.seed).normal(size=(*shape, self.length, self.vocab_size))

    def __call__(self, tokens: np.ndarray) -> np.ndarray:
        tokens = np.asarray(tokens)
        return self.table[tuple(np.where(tokens == self.mask_id, self.symbols, tokens).T)]


@dataclass
class MostConfident:
    """Deterministic, value-adaptive: reveals the s_k positions with the highest maximum probability."""

    schedule: Schedule
    name = "most-confident"
    value_free = False
    is_random = False

    @property
    def steps(self) -> int:
        return self.schedule.steps

    def start(self, free: np.ndarray, uniforms: np.ndarray) -> None:
        return None

    def choose(self, plan, step, tokens, masked, log_probs) -> np.ndarray:
        assert tuple(log_probs.shape[:2]) == tokens.shape and str(log_probs.dtype) == "torch.float64"
        confidence = np.where(masked, log_probs.numpy().max(axis=2), -np.inf)
        rank = np.argsort(np.argsort(-confidence, axis=1, kind="stable"), axis=1)
        return rank < self.schedule.sizes[step]


@dataclass
class Drawn:
    """Random, value-adaptive: position i is revealed alone, with probability proportional to its confidence; then the rest."""

    alone: int
    name = "drawn"
    value_free = False
    is_random = True
    steps = None

    def start(self, free: np.ndarray, uniforms: np.ndarray) -> None:
        return None

    def choose(self, plan, step, tokens, masked, log_probs) -> np.ndarray:
        raise NotImplementedError

    def choices(self, step, tokens, masked, log_probs):
        if step >= self.alone:
            return [(1.0, masked)]
        positions = np.flatnonzero(masked)
        weights = np.exp(log_probs.numpy()[positions].max(axis=1))
        return [(w, np.arange(masked.size) == i) for w, i in zip(weights / weights.sum(), positions, strict=True)]


def sampler_law(kernel, denoiser, symbols: int) -> dict[tuple[int, ...], float]:
    """The output law by following every branch of the sampler forwards, impossible rows included.

    Args:
        kernel: (step, tokens (N,), masked (N,), laws (N, symbols)) -> (probability, chosen (N,)) pairs.
        denoiser: as `exact_kl` takes; its laws are normalised here over tokens that are not the mask.
        symbols: tokens 0..symbols-1 occur in the target; the rest is lumped as -1.
    """
    result: dict[tuple[int, ...], float] = {}

    def branch(tokens: np.ndarray, probability: float, step: int) -> None:
        masked = tokens == denoiser.mask_id
        if not masked.any():
            key = tuple(int(t) for t in tokens)
            result[key] = result.get(key, 0.0) + probability
            return
        with np.errstate(over="raise"):
            weights = np.exp(np.asarray(denoiser(tokens[None]))[0])
        if denoiser.mask_id < weights.shape[1]:
            weights[:, denoiser.mask_id] = 0
        laws = weights / np.where(weights.sum(axis=1, keepdims=True) > 0, weights.sum(axis=1, keepdims=True), 1)
        for share, chosen in kernel(step, tokens, masked, laws):
            places = np.flatnonzero(chosen)
            for values in itertools.product(range(symbols), repeat=places.size):
                mass = probability * share * np.prod(laws[places, list(values)])
                if mass > 0:
                    after = tokens.copy()
                    after[places] = values
                    branch(after, mass, step + 1)

    branch(np.full(denoiser.length, denoiser.mask_id), 1.0, 0)
    return result


def kl_to(target, law: dict[tuple[int, ...], float]) -> float:
    """KL(target || law)."""
    sequences, probabilities = target.support()
    outputs = [law.get(tuple(int(t) for t in row), 0.0) for row in sequences]
    with np.errstate(divide="ignore"):
        return float(probabilities @ (np.log(probabilities) - np.log(outputs)))
