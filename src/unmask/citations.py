"""`cite`: the papers behind a function, class, schedule, order, bound or module."""

from __future__ import annotations

import importlib
import re
from types import ModuleType
from typing import Any

from unmask.errors import ArgumentError

LZ, CCL, UGC, WEN = "2510.25544", "2511.04647", "2608.13520", "2608.25505"

_ARXIV = {
    LZ: "Lavenant, Zanella (2025). Error Bounds and Optimal Schedules for Masked Diffusions with Factorized Approximations",
    CCL: "Chen, Cong, Li (2026). Optimal Inference Schedules for Masked Diffusion Models. COLT, PMLR 336:1279-1311",
    UGC: "Wainwright (2026). The data geometry of masking diffusion: Certified-optimal schedules via unmasking growth "
    "complexity",
    WEN: "Wen, Liang, Lu (2026). Conditional Total Correlation and the Serial Depth of Adaptive Parallel Sampling",
    "1809.10272": "Austin (2020). Multi-variate correlation and mixtures of product measures. Kybernetika 56(3):459-499",
    "2202.04200": "Chang, Zhang, Jiang, Liu, Freeman (2022). MaskGIT: Masked Generative Image Transformer. CVPR",
    "2410.07761": "Park, Lai, Hayakawa, Takida, Mitsufuji (2025). Jump Your Steps: Optimizing Sampling Schedule of Discrete "
    "Diffusion Models. ICLR",
    "2502.06768": "Kim, Shah, Kontonis, Kakade, Chen (2025). Train for the Worst, Plan for the Best: Understanding Token "
    "Ordering in Masked Diffusions. ICML",
    "2502.09992": "Nie et al. (2025). Large Language Diffusion Models. NeurIPS",
    "2503.17076": "Besnier, Chen, Hurych, Valle, Cord (2025). Halton Scheduler for Masked Generative Image Transformer. ICLR",
    "2504.13612": "Stancevic, Handke, Ambrogioni (2025). Entropic Time Schedulers for Generative Diffusion Models",
    "2505.21400": "Li, Cai (2025). Breaking AR's Sampling Bottleneck: Provable Acceleration via Diffusion Language Models",
    "2505.22618": "Wu et al. (2025). Fast-dLLM: Training-free Acceleration of Diffusion LLM by Enabling KV Cache and Parallel "
    "Decoding",
    "2505.24857": "Ben-Hamu, Gat, Severo, Nolte, Karrer (2025). Accelerated Sampling from Masked Diffusion Models via Entropy "
    "Bounded Unmasking. NeurIPS",
    "2506.19037": "Luxembourg, Permuter, Nachmani (2026). Plan for Speed: Dilated Scheduling for Masked Diffusion Language "
    "Models. ICML",
    "2508.04884": "Zhang, Syed (2025). The Cosine Schedule is Fisher-Rao-Optimal for Masked Discrete Diffusion Models",
    "2508.15487": "Ye et al. (2025). Dream 7B: Diffusion Large Language Models",
    "2509.13866": "Chen, Nie, Sun, Feng, Li, Wen, Li (2025). Masked Diffusion Models as Energy Minimization",
    "2509.19962": "Fu, Guo, Liu (2025). Learnable Sampler Distillation for Discrete Diffusion Models. NeurIPS",
    "2510.04767": "Kang et al. (2026). ParallelBench: Understanding the Trade-offs of Parallel Decoding in Diffusion LLMs. "
    "ICLR",
    "2510.21961": "Azangulov et al. (2026). Parallel Sampling from Masked Diffusion Models via Conditional Independence "
    "Testing. ICLR",
    "2510.24088": "Jeon, Shin, Jeon, No (2025). Information-Theoretic Discrete Diffusion. NeurIPS",
    "2511.05664": "Kim et al. (2025). KLASS: KL-Guided Fast Inference in Masked Diffusion Models. NeurIPS",
    "2602.00286": "Zhang, Yu, Brekelmans, Tang, Asif, Ver Steeg (2026). Generation Order and Parallel Decoding in Masked "
    "Diffusion Models: An Information-Theoretic Perspective",
    "2602.06849": "Foresti, Bounoua, Franzese, Ambrogioni, Michiardi (2026). Improved Sampling Schedules for Discrete "
    "Diffusion Models",
    "2602.15008": "Dmitriev, Huang, Wei (2026). Efficient Sampling with Discrete Diffusion Models: Sharp and Adaptive "
    "Guarantees. COLT, PMLR 336",
    "2602.18647": "Raya et al. (2026). Noise Scheduling as Information-Guided Allocation in Diffusion Training",
    "2602.20126": "Zhao, Cai (2026). Adaptation to Intrinsic Dependence in Diffusion Language Models",
    "2603.12996": "Kim, Jeon, Jeon, No (2026). DAPD: Dependency-Aware Parallel Decoding via Attention for Diffusion LLMs. ICML",
    "2603.22248": "Cai, Li (2026). Confidence-Based Decoding is Provably Efficient for Diffusion Language Models",
    "2604.02560": "Ringel, Ali, Romano (2026). Dependency-Guided Parallel Decoding in Discrete Diffusion Language Models",
    "2604.18471": "Liu, Ning, Wang, Lin (2026). NI Sampling: Accelerating Discrete Diffusion Sampling by Token Order "
    "Optimization",
    "2605.10518": "Yoo, Kim, Lee, Hong (2026). Infinite Mask Diffusion for Few-Step Distillation",
    "2605.14305": "Fang, Li, Yuan, Yu (2026). Factorization-Error-Free Discrete Diffusion Language Model via Speculative "
    "Decoding",
    "2606.23567": "Xu et al. (2026). Scheduling Thoughts: Learning the Order of Thought in Diffusion Language Models",
}

PAPERS: dict[str, str] = {key: f"{text}. arXiv:{key}." for key, text in _ARXIV.items()} | {
    "Pinsker": "Tsybakov (2009). Introduction to Nonparametric Estimation, Lemma 2.5 (Pinsker's inequality). Springer.",
    "Reed-Solomon": "Reed, Solomon (1960). Polynomial Codes over Certain Finite Fields. J. SIAM 8(2):300-304.",
    "TSE": "Tononi, Sporns, Edelman (1994). A measure for brain complexity: relating functional segregation and integration in "
    "the nervous system. PNAS 91(11):5033-5037.",
    "van der Corput": "van der Corput (1935). Verteilungsfunktionen I. Proc. Akad. Wetensch. Amsterdam 38:813-821.",
}

# Public name without "unmask." -> papers. A name also stands for everything below it that has no entry of its own.
REGISTRY: dict[str, tuple[str, ...]] = {
    "": (LZ,),
    "bounds": (LZ, CCL, UGC),
    "bounds.Bound": (LZ, CCL, UGC),
    "bounds.Certificate": (UGC,),
    "bounds.austin_steps": ("1809.10272", CCL),
    "bounds.chen_cong_li_steps": (CCL,),
    "bounds.pinsker": ("Pinsker",),
    "bounds.tse": ("TSE", UGC, "2602.15008"),
    "bounds.reveal_odds_density": (UGC,),
    "bounds.total_correlations": (CCL, "1809.10272"),
    "bounds.coarse_complexity": (UGC, "2602.15008"),
    "exact": (LZ, WEN),
    "exact.kl_fresh": (LZ,),
    "orders": (LZ, WEN),
    "orders.Order": (LZ, WEN),
    "orders.bit_reversal": ("van der Corput", WEN, "2506.19037"),
    "orders.blockwise": (WEN,),
    "orders.by_name": (LZ, WEN),
    "orders.fixed": (LZ,),
    "orders.golden": ("2503.17076", "2506.19037"),
    "orders.halton": ("2503.17076",),
    "orders.learned": (WEN, "2506.19037"),
    "orders.left_to_right": (WEN,),
    "planning": (LZ, CCL),
    "policies": (LZ, WEN),
    "profile": (LZ, CCL),
    "schedules": (LZ, CCL),
    "schedules.Allocation": (LZ,),
    "schedules.Portfolio": (LZ, CCL),
    "schedules.arccos": ("2503.17076",),
    "schedules.beta": (LZ, "2509.13866"),
    "schedules.bernoulli_optimal": (UGC, LZ),
    "schedules.bounded_regime": (LZ, WEN),
    "schedules.cosine": ("2202.04200", "2508.04884"),
    "schedules.doubling_sweep": (CCL,),
    "schedules.equal_entropy": ("2602.06849", "2504.13612"),
    "schedules.fewest_steps": (LZ, CCL),
    "schedules.frontier": (LZ, CCL),
    "schedules.from_either": (CCL, "TSE"),
    "schedules.geometric": (LZ, UGC),
    "schedules.greedy_dual_total_correlation": (CCL,),
    "schedules.greedy_total_correlation": (CCL,),
    "schedules.logit": (UGC,),
    "schedules.minimax": (CCL, "TSE"),
    "schedules.optimal": (LZ, CCL),
    "schedules.optimal_allocation": (LZ,),
    "schedules.portfolio": (LZ, CCL),
    "schedules.power": ("2202.04200", LZ),
    "schedules.pyramid": (WEN,),
    "schedules.random_offset": (LZ,),
    "schedules.randomised_sizes": ("2602.20126",),
    "schedules.repaired_closed_form": (LZ,),
    "schedules.uniform": (LZ, "2505.21400"),
    "targets": (LZ,),
    "targets.BalancedString": (LZ,),
    "targets.DirichletMultinomial": (LZ,),
    "targets.DiscreteTarget": (LZ,),
    "targets.Enumerated": (LZ,),
    "targets.GaussianAR1": (LZ,),
    "targets.GaussianGraph": (LZ,),
    "targets.HiddenMarkovModel": (LZ, "2602.00286"),
    "targets.Independent": (LZ,),
    "targets.Target": (LZ,),
    "targets.TargetDenoiser": (LZ,),
    "targets.enumerated_profile": (LZ,),
    "targets.BlockCode": (LZ, CCL, "Reed-Solomon"),
    "targets.ExchangeableGaussian": (LZ,),
    "targets.MDSCode": (CCL, "Reed-Solomon"),
    "targets.MarkovChain": (LZ, WEN),
    "targets.NoisyBit": (UGC,),
    "targets.Parity": (UGC, CCL, "2602.15008"),
    "targets.AllEqual": (LZ, UGC),
    "targets.Permutation": (WEN,),
    "targets.ProductMixture": ("1809.10272", UGC),
    "targets.Sudoku4": ("2606.23567",),
    "training": (LZ,),
}

_NAMED = re.compile(rf"\b({'|'.join(map(re.escape, PAPERS))})\b")


class Citations(tuple[str, ...]):
    """Plain-text references; prints one per line."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "\n".join(self)

    __str__ = __repr__


def cite(obj: Any = None) -> Citations:
    """The papers behind an object of this package, as plain text, in the order of `PAPERS`; with nothing, all of them.

    Those that its own docstring names and those registered for it; else those of the nearest thing that contains it.

    Args:
        obj: a function, class, method or module of `unmask`; a schedule, order, policy or bound, which cites what made it; or
            a dotted name such as "schedules.cosine".

    Raises:
        ArgumentError: not something of this package.
    """
    if obj is None:
        return Citations(PAPERS.values())
    from unmask.bounds import Bound

    keys: set[str] = set(_NAMED.findall(obj.source)) if isinstance(obj, Bound) else set()
    for part in _parts(obj) if not keys else []:
        name, found = public_name(part), own_papers(part)
        while not found:
            name = name.rpartition(".")[0]
            found = frozenset(REGISTRY.get(name, ()))
        keys |= found
    return Citations(text for key, text in PAPERS.items() if key in keys)


def own_papers(thing: Any) -> frozenset[str]:
    """Keys of the papers registered for a function, class or module itself, or named in its docstring."""
    named = _NAMED.findall(getattr(thing, "__doc__", None) or "")
    return frozenset(REGISTRY.get(public_name(thing), ())) | frozenset(named)


def public_name(thing: Any) -> str:
    """Where users find a function, class or module, without "unmask.": "schedules.cosine", "profile.InformationProfile"."""
    module = thing.__name__ if isinstance(thing, ModuleType) else getattr(thing, "__module__", None) or ""
    parts = module.split(".")
    if parts[0] != "unmask" or not (isinstance(thing, ModuleType) or hasattr(thing, "__qualname__")):
        raise ArgumentError(f"obj is {thing!r:.60}; give a function, class, module, schedule, order or bound of unmask")
    return ".".join(parts[1:2] if isinstance(thing, ModuleType) else [*parts[1:2], thing.__qualname__])


def _parts(obj: Any) -> list[Any]:
    """The functions, classes and modules that stand for `obj`."""
    if isinstance(obj, str):
        return [_resolved(obj)]
    if isinstance(obj, ModuleType | type) or hasattr(obj, "__qualname__"):
        return [obj]
    from unmask import bounds, orders, policies, schedule, schedules

    if isinstance(obj, policies.OrderedPolicy):
        return [*_parts(obj.order), *_parts(obj.schedule)]
    if isinstance(obj, bounds.Certificate):
        return [bounds.certify]
    if isinstance(obj, schedule.Schedule):
        return [getattr(schedules, obj.name, type(obj))]
    if isinstance(obj, orders.Order):
        return [orders.ORDERS.get(obj.name, type(obj))]
    return [type(obj)]


def _resolved(name: str) -> Any:
    parts = name.removeprefix("unmask.").split(".")
    try:
        thing: Any = importlib.import_module("unmask")
        for part in parts if name != "unmask" else []:
            thing = getattr(thing, part) if hasattr(thing, part) else importlib.import_module(f"{thing.__name__}.{part}")
    except (ImportError, AttributeError):
        raise ArgumentError(f"obj is {name!r}, which is nothing in unmask; give a name such as 'schedules.cosine'") from None
    return thing
