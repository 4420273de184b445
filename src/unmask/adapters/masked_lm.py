"""Denoisers from any `AutoModelForMaskedLM`: BERT, RoBERTa, ModernBERT, ESM, ... in a folder or on the hub."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path
from typing import Any

import torch

from unmask.denoiser import Denoiser
from unmask.errors import ArgumentError, LoadError


def load(path: str, revision: str | None = None, trust_remote_code: bool = False) -> Denoiser:
    """A denoiser from a folder, a hub id or `zoo:NAME`.

    Special tokens are never sampled. Tokens that the tokenizer puts around every text ([CLS], [SEP], ...) are added for each
    pass and taken off again, so rows hold content only; `length` is the longest content the model takes.

    Args:
        path: folder made by `save_pretrained`, hub id, or `zoo:NAME` for a bundled one.
        revision: branch, tag or commit on the hub.
        trust_remote_code: run Python files that come with the model. Needs `revision` to be a full commit hash.

    Raises:
        LoadError: not a masked LM, no weights for its head, no mask token, no tokenizer.
        ArgumentError: unknown zoo name; remote code without a commit hash.
    """
    model, tokenizer = pretrained(path, revision, trust_remote_code)
    return from_model(model, tokenizer, path if path.startswith("zoo:") else Path(path).name or path)


def pretrained(path: str, revision: str | None = None, trust_remote_code: bool = False) -> tuple[Any, Any]:
    """The masked LM and the tokenizer behind `load`, whose arguments and errors it shares."""
    if path.startswith("zoo:"):
        from unmask.zoo import folder

        path = str(folder(path.removeprefix("zoo:")))
    if trust_remote_code and not re.fullmatch(r"[0-9a-f]{40}", revision or ""):
        raise ArgumentError(f"trust_remote_code needs revision to be a full commit hash, not {revision!r}")
    if Path(path).exists() and not (Path(path) / "config.json").is_file():
        raise LoadError(f"{path}: no config.json there, so it is no model folder; give one made by save_pretrained")
    if not Path(path).exists() and not re.fullmatch(r"\w[\w.-]*(/\w[\w.-]*)?", path):
        raise LoadError(f"{path}: no such folder, and not a hub id; give a model folder, a hub id or zoo:NAME")
    model, report = _pretrained("AutoModelForMaskedLM", path, revision, trust_remote_code)
    # transformers fills in an absent head with random weights, which would pass for a (terrible) denoiser.
    absent = sorted(key for key in report["missing_keys"] if not key.startswith(f"{model.base_model_prefix}."))
    if absent:
        raise LoadError(f"{path}: its weights lack the masked-LM head ({absent[0]}, ...); give a model saved with its head")
    tokenizer = _pretrained("AutoTokenizer", path, revision, trust_remote_code)
    if tokenizer.mask_token_id is None:
        raise LoadError(f"{path}: its tokenizer has no mask token, so it is no masked denoiser; unmask needs one")
    if len(tokenizer) <= len(set(tokenizer.all_special_ids)):
        raise LoadError(f"{path}: its tokenizer knows no ordinary token; are the tokenizer's files there?")
    if tokenizer.mask_token_id >= model.config.vocab_size:
        raise LoadError(
            f"{path}: its mask token has id {tokenizer.mask_token_id} but the model only has ids below "
            f"{model.config.vocab_size}; give a model trained with this mask token"
        )
    return model, tokenizer


def from_model(model: Any, tokenizer: Any, name: str | None = None) -> Denoiser:
    """A denoiser from a masked LM and its tokenizer already in memory."""
    model = model.float().eval() if next(model.parameters()).device.type == "cpu" else model.eval()
    prefix, suffix = _frame(tokenizer)
    vocab_size = int(model.config.vocab_size)
    beyond = tuple(range(len(tokenizer), vocab_size))  # rows that pad the output matrix, no token at all
    device = str(next(model.parameters()).device)
    front, back = (torch.tensor(ids, dtype=torch.int64, device=device) for ids in (prefix, suffix))

    def logits(tokens: torch.Tensor) -> torch.Tensor:
        rows = len(tokens)
        framed = torch.cat([front.expand(rows, -1), tokens, back.expand(rows, -1)], dim=1)
        output = model(input_ids=framed, attention_mask=torch.ones_like(framed)).logits
        return output[:, len(front) : len(front) + tokens.shape[1]]

    return Denoiser(
        logits,
        length=_longest(model, tokenizer) - len(prefix) - len(suffix),
        vocab_size=vocab_size,
        mask_id=int(tokenizer.mask_token_id),
        excluded=(*(int(token) for token in tokenizer.all_special_ids), *beyond),
        any_length=True,
        device=device,
        tokenizer=tokenizer,
        name=name or type(model).__name__,
        fingerprint=fingerprint(model),
    )


def fingerprint(model: torch.nn.Module) -> str:
    """A short hash of names, shapes and a few values of every weight: tells denoisers apart without reading gigabytes."""
    digest = hashlib.sha256()
    for name, weight in model.state_dict().items():
        digest.update(f"{name}{tuple(weight.shape)}".encode())
        digest.update(weight.flatten()[:64].float().cpu().numpy().tobytes())
    return digest.hexdigest()[:16]


def _pretrained(kind: str, path: str, revision: str | None, trust_remote_code: bool) -> Any:
    import transformers
    from safetensors import SafetensorError

    extra = {"use_safetensors": True, "output_loading_info": True} if kind == "AutoModelForMaskedLM" else {}
    try:
        return getattr(transformers, kind).from_pretrained(
            path, revision=revision, trust_remote_code=trust_remote_code, **extra
        )
    except (OSError, ValueError, KeyError, ImportError, RuntimeError, SafetensorError) as fault:
        what = "a masked language model" if kind == "AutoModelForMaskedLM" else "a tokenizer"
        reason = " ".join(str(fault).split())[:200]
        raise LoadError(f"{path}: cannot load {what} from it ({reason})") from fault


def _frame(tokenizer: Any) -> tuple[list[int], list[int]]:
    """The special tokens that the tokenizer puts before and after a text, seen on ordinary tokens until one survives."""
    special = set(tokenizer.all_special_ids)
    for token, index in sorted(tokenizer.get_vocab().items(), key=lambda entry: entry[1]):
        text = "" if index in special else tokenizer.convert_tokens_to_string([token])
        bare = tokenizer(text, add_special_tokens=False)["input_ids"] if text else []  # blanks may be cleaned away
        if bare:
            full = tokenizer(text, add_special_tokens=True)["input_ids"]
            for start in range(len(full) - len(bare) + 1):
                if full[start : start + len(bare)] == bare:
                    return full[:start], full[start + len(bare) :]
    return [], []


def _longest(model: Any, tokenizer: Any) -> int:
    """Tokens the model takes, specials included: its position table, or what the tokenizer says, whichever is less."""
    positions = int(getattr(model.config, "max_position_embeddings", None) or 512)
    tables = [module for name, module in model.named_modules() if name.endswith("position_embeddings")]
    padding = [table.padding_idx for table in tables if getattr(table, "padding_idx", None) is not None]
    if not padding and model.config.model_type == "esm":  # rotary, but counted as if there were a table
        padding = [int(model.config.pad_token_id or 0)]
    positions -= padding[0] + 1 if padding else 0  # RoBERTa and its kin: position ids start after the padding id
    stated = int(getattr(tokenizer, "model_max_length", positions) or positions)
    return min(positions, stated)
