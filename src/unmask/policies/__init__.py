"""Policies choose which masked positions the next forward pass reveals."""

from unmask.policies.ordered import OrderedPolicy
from unmask.policies.policy import Policy

__all__ = ["OrderedPolicy", "Policy"]
