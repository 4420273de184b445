"""Policies choose which masked positions the next forward pass reveals. One per file."""

from unmask.policies.confidence import Confidence
from unmask.policies.dus import dilated
from unmask.policies.entropy import Entropy
from unmask.policies.entropy_bounded import EntropyBounded
from unmask.policies.klass import KLASS
from unmask.policies.margin import Margin
from unmask.policies.ordered import OrderedPolicy
from unmask.policies.policy import Policy
from unmask.policies.registry import POLICIES, by_name
from unmask.policies.self_tuning import SelfTuning
from unmask.policies.semi_autoregressive import blockwise
from unmask.policies.spaced_confidence import SpacedConfidence
from unmask.policies.threshold import Threshold

__all__ = [
    "KLASS",
    "POLICIES",
    "Confidence",
    "Entropy",
    "EntropyBounded",
    "Margin",
    "OrderedPolicy",
    "Policy",
    "SelfTuning",
    "SpacedConfidence",
    "Threshold",
    "blockwise",
    "by_name",
    "dilated",
]
