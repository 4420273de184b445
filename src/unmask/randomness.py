"""All randomness of a row, from Philox keyed by (seed, row id): the same for any batch, worker or device."""

from __future__ import annotations

import numpy as np

from unmask.errors import ArgumentError


def row_uniforms(seed: int, row: int, length: int, count: int = 2) -> np.ndarray:
    """`count` uniforms in [0, 1) per position for one row, shape (count, N): by convention 0 is the order, 1 the value.

    Raises:
        ArgumentError: `seed` or `row` is not in 0..2^64-1.
    """
    for name, value in (("seed", seed), ("row", row)):
        if not 0 <= int(value) < 2**64:
            raise ArgumentError(f"{name} is {value}; give an integer from 0 to 2^64 - 1")
    generator = np.random.Generator(np.random.Philox(key=np.array([seed, row], dtype=np.uint64)))
    return generator.random((count, length))
