"""Measure what parallel decoding costs a masked diffusion model, in nats, and decode with the schedule that costs least.

Names are imported when first used, so `import unmask` is fast and does not import torch.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

_HOME = {
    "InformationProfile": "unmask.profile",
    "OrderProfile": "unmask.order_profile",
    "load_profile": "unmask.order_profile",
    "Schedule": "unmask.schedule",
    "Interval": "unmask.interval",
    "Order": "unmask.orders",
    "OrderedPolicy": "unmask.policies",
    "UnmaskError": "unmask.errors",
    "Denoiser": "unmask.denoiser",
    "wrap": "unmask.denoiser",
    "check_denoiser": "unmask.checks",
    "check_policy": "unmask.policies.checks",
    "load": "unmask.adapters.masked_lm",
    "estimate_profile": "unmask.estimation",
    "audit": "unmask.auditing",
    "sample": "unmask.sampling",
    "exact_kl": "unmask.exact",
    "learning_error": "unmask.exact",
    "factorization_error": "unmask.exact",
    "cite": "unmask.citations",
}
_MODULES = ("bounds", "errors", "orders", "policies", "schedules", "targets", "zoo")

__all__ = ["__version__", *_HOME, *_MODULES]

if TYPE_CHECKING:
    from unmask.adapters.masked_lm import load
    from unmask.auditing import audit
    from unmask.checks import check_denoiser
    from unmask.citations import cite
    from unmask.denoiser import Denoiser, wrap
    from unmask.errors import UnmaskError
    from unmask.estimation import estimate_profile
    from unmask.exact import exact_kl, factorization_error, learning_error
    from unmask.interval import Interval
    from unmask.order_profile import OrderProfile, load_profile
    from unmask.orders import Order
    from unmask.policies import OrderedPolicy
    from unmask.policies.checks import check_policy
    from unmask.profile import InformationProfile
    from unmask.sampling import sample
    from unmask.schedule import Schedule


def __getattr__(name: str) -> Any:
    if name in _HOME:
        return getattr(importlib.import_module(_HOME[name]), name)
    if name in _MODULES:
        return importlib.import_module(f"unmask.{name}")
    raise AttributeError(f"module 'unmask' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
