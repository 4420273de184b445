"""Small laws for tests of the torch rooms, and how to compare draws with them."""

import numpy as np

from unmask import targets


def enumerable_targets():
    """Name -> a target small enough to enumerate."""
    generator = np.random.default_rng(0)
    table = generator.dirichlet(np.full(16, 0.5)).reshape(2, 2, 2, 2)
    return {
        "independent": targets.Independent(generator.dirichlet([1, 1, 1], size=4)),
        "all-equal": targets.AllEqual(4, 3),
        "copy-pairs": targets.BlockCode(4, 2, 1, 2),
        "parity": targets.Parity(4),
        "enumerated": targets.Enumerated(table),
    }


def frequencies(rows, vocab_size):
    """Counts of each sequence, keyed by its number in base `vocab_size`."""
    keys = rows @ (vocab_size ** np.arange(rows.shape[1]))
    values, counts = np.unique(keys, return_counts=True)
    return dict(zip(values.tolist(), counts.tolist(), strict=True))
