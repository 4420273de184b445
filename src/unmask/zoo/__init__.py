"""The bundled denoisers and the real data they were trained on. Nothing here needs a network."""

from __future__ import annotations

from pathlib import Path

from unmask.errors import ArgumentError

NAMES = ("python",)


def folder(name: str) -> Path:
    """Where the bundled denoiser `name` lies, as a `save_pretrained` folder.

    Raises:
        ArgumentError: no such name; the message lists those there are.
    """
    _check(name)
    return Path(__file__).parent / name


def documents(name: str, split: str) -> tuple[str, ...]:
    """The texts of one split ("train", "calibration", "test") of the data behind a bundled denoiser.

    Raises:
        ArgumentError: no such name or split.
    """
    _check(name)
    from unmask.zoo import python_text

    if split not in python_text.SPLITS:
        raise ArgumentError(f"split {split!r} is unknown; give one of {', '.join(python_text.SPLITS)}")
    return python_text.documents(split)


def _check(name: str) -> None:
    if name not in NAMES:
        raise ArgumentError(f"zoo has no {name[:60]!r}; it has {', '.join(NAMES)}")
