"""The card that goes with a trained denoiser: how it was made and what it reached."""

from __future__ import annotations

import platform
import shlex
import sys
from pathlib import Path
from typing import Any

from unmask.files import write_bytes


def write_model_card(folder: str | Path, model: Any, data: str, result: dict[str, Any], settings: dict[str, Any]) -> Path:
    """Write README.md in `folder`: command, seed, machine, wall time, versions and the held-out curve.

    Args:
        folder: the model's folder.
        model: the trained module.
        data: DATA it was trained on.
        result: what `unmask.training.train` returned.
        settings: seed and hyperparameters.
    """
    import torch
    import transformers

    parameters = sum(p.numel() for p in model.parameters())
    curve = [(entry["step"], entry["eval_loss"]) for entry in result["history"] if "eval_loss" in entry]
    lines = [
        f"# {type(model).__name__}, {parameters / 1e6:.2f} M parameters, a masked denoiser",
        "",
        f"- data: `{data}`",
        f"- command: `{shlex.join(['unmask', *sys.argv[1:]])}`",
        *(f"- {name}: {value}" for name, value in settings.items()),
        f"- steps: {result['steps']}",
        f"- wall time of this process: {result['seconds'] / 60:.0f} minutes",
        f"- machine: {platform.machine()}, {torch.get_num_threads()} threads, "
        f"{torch.cuda.get_device_name() if torch.cuda.is_available() else 'no GPU'}",
        f"- versions: Python {platform.python_version()}, torch {torch.__version__}, transformers {transformers.__version__}",
    ]
    if curve:
        lines += ["", "Held-out masked cross-entropy (the K = N bound), nats per token:", "", "| step | nats |", "|---|---|"]
        lines += [f"| {step} | {loss:.4f} |" for step, loss in curve]
    path = Path(folder) / "README.md"
    write_bytes(path, ("\n".join(lines) + "\n").encode())
    return path
