"""Exact divergences of small targets, by enumeration: no sampling, no estimates."""

from unmask.exact.decomposition import factorization_error, learning_error
from unmask.exact.divergence import exact_kl, kl_fresh

__all__ = ["exact_kl", "factorization_error", "kl_fresh", "learning_error"]
