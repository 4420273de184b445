"""Train a masked denoiser: Eq. 3 of arXiv 2510.25544 on transformers.Trainer."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch.utils.data import Dataset
from transformers import PrinterCallback, Trainer, TrainerState, TrainingArguments

from unmask.errors import ArgumentError, DataError

IGNORED = -100  # the label of tokens that carry no loss, as everywhere in transformers


class Windows(Dataset):
    """Every window of N consecutive tokens that lies inside one document.

    Args:
        documents: token ids of each document, one-dimensional arrays.
        length: N.

    Raises:
        DataError: no document has N tokens.
    """

    def __init__(self, documents: Sequence[np.ndarray], length: int) -> None:
        long_enough = [np.asarray(d, dtype=np.int64) for d in documents if len(d) >= length]
        if not long_enough:
            raise DataError(f"no document has {length} tokens; give longer text or a smaller length")
        self.tokens = np.concatenate(long_enough)
        self.length = length
        # Window w of document d starts at w + d * (N - 1) in the concatenation.
        self.ends = np.cumsum([len(d) - length + 1 for d in long_enough])

    def __len__(self) -> int:
        return int(self.ends[-1])

    def __getitem__(self, index: int) -> dict[str, Any]:
        document = int(np.searchsorted(self.ends, index, side="right"))
        start = index + document * (self.length - 1)
        return {"input_ids": self.tokens[start : start + self.length]}


class MaskingCollator:
    """Masks a uniformly random NUMBER of tokens in each row: m ~ U{1..N}, stratified over the batch, then a random subset.

    This is the law of the number of masked tokens under Eq. 3 with K = N and random order; stratifying keeps every batch
    spread over all levels, which lowers the variance of the loss.
    """

    def __init__(self, mask_id: int) -> None:
        self.mask_id = mask_id

    def __call__(self, rows: list[dict[str, Any]]) -> dict[str, torch.Tensor]:
        tokens = torch.as_tensor(np.stack([row["input_ids"] for row in rows]))
        batch, length = tokens.shape
        strata = (torch.randperm(batch) + torch.rand(batch)) / batch
        counts = 1 + (strata * length).long().clamp(max=length - 1)
        rank = torch.rand(batch, length).argsort(dim=1).argsort(dim=1)
        masked = rank < counts[:, None]
        return {
            "input_ids": torch.where(masked, self.mask_id, tokens),
            "labels": torch.where(masked, tokens, IGNORED),
        }


def masked_cross_entropy(logits: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
    """Mean over rows of the mean cross-entropy of each row's masked tokens, nats per token.

    With m ~ U{1..N} its expectation is the K = N likelihood bound per token (Eq. 3 of arXiv 2510.25544). Averaging inside a row
    first matters: averaging over all masked tokens of the batch would weigh a row by how much of it is hidden.

    Args:
        logits: shape (B, N, V).
        labels: shape (B, N), `IGNORED` where not masked.
    """
    losses = torch.nn.functional.cross_entropy(
        logits.float().flatten(0, 1), labels.flatten(), ignore_index=IGNORED, reduction="none"
    ).view(labels.shape)
    masked = labels != IGNORED
    return (losses.sum(dim=1) / masked.sum(dim=1).clamp(min=1)).mean()


class MaskedTrainer(Trainer):
    """`transformers.Trainer` with the loss above."""

    def compute_loss(self, model: Any, inputs: Any, return_outputs: bool = False, num_items_in_batch: Any = None) -> Any:
        """See `masked_cross_entropy`."""
        outputs = model(**{name: value for name, value in inputs.items() if name != "labels"})
        loss = masked_cross_entropy(outputs.logits, inputs["labels"])
        return (loss, outputs) if return_outputs else loss


@contextmanager
def flushed_denormals() -> Iterator[None]:
    """Tiny floats count as zero inside: gradients are full of them, and a CPU is several times slower on them.

    Worker threads take the mode from the thread that starts them, so enter before the first tensor is made.
    """
    torch.set_flush_denormal(True)
    try:
        yield
    finally:
        torch.set_flush_denormal(False)


def new_model(tokenizer: Any, length: int, hidden: int = 256, layers: int = 4) -> Any:
    """A small ModernBERT with random weights: rotary positions, pre-norm, full attention in every layer.

    Args:
        tokenizer: gives the vocabulary and the special ids.
        length: N.
        hidden: width, a multiple of 64.
        layers: depth.
    """
    from transformers import ModernBertConfig, ModernBertForMaskedLM

    if hidden < 64 or hidden % 64:
        raise ArgumentError(f"hidden is {hidden}; give a positive multiple of 64")
    settings: dict[str, Any] = {f"{kind}_token_id": None for kind in ("bos", "eos", "cls", "sep")}
    settings |= {"pad_token_id": tokenizer.pad_token_id, "layer_types": ["full_attention"] * layers}
    config = ModernBertConfig(
        vocab_size=len(tokenizer),
        hidden_size=hidden,
        intermediate_size=2 * hidden,
        num_hidden_layers=layers,
        num_attention_heads=hidden // 64,
        max_position_embeddings=length,
        **settings,
    )
    return ModernBertForMaskedLM(config)


def train(
    model: Any,
    tokenizer: Any,
    documents: Sequence[np.ndarray],
    output: str | Path,
    *,
    length: int,
    steps: int,
    evaluation: Sequence[np.ndarray] | None = None,
    batch_size: int = 8,
    learning_rate: float = 2e-3,
    save_every: int = 1000,
    seed: int = 0,
    bf16: bool = False,
    compile: bool = False,
    callbacks: Sequence[Any] = (),
) -> dict[str, Any]:
    """Train `model` on windows of `documents` and save it, with its tokenizer, in `output` as float16 safetensors.

    The learning rate warms up, stays, and falls linearly over the last 60 % of the steps, so a run can be resumed with
    another number of steps as long as the fall has not begun. A run finds its own last checkpoint in `output` and goes on.

    Args:
        model: a masked LM of transformers: `input_ids` (B, N) -> `.logits` (B, N, V).
        tokenizer: saved beside it; its `mask_token_id` hides tokens.
        documents: token ids of each document.
        output: folder.
        length: N, tokens per window.
        steps: optimiser steps.
        evaluation: documents for the held-out loss, measured at every save.
        batch_size: rows per step.
        learning_rate: peak, for AdamW.
        save_every: steps between checkpoints.
        seed: of weights order, windows and masks.
        bf16: bfloat16 matrix products (autocast; weights and updates stay in float32). Faster where the processor has them.
        compile: run the model through torch.compile (needs a C++ compiler).
        callbacks: `transformers.TrainerCallback`s.

    Returns:
        {"steps", "seconds" (this process), "history" (the Trainer's log)}.

    Raises:
        ArgumentError: the tokenizer has no mask token.
        DataError: no document is long enough.
    """
    if tokenizer.mask_token_id is None:
        raise ArgumentError("tokenizer has no mask token; add one with tokenizer.add_special_tokens({'mask_token': '[MASK]'})")
    output = Path(output)
    arguments = TrainingArguments(
        output_dir=str(output / "checkpoints"),
        max_steps=steps,
        per_device_train_batch_size=batch_size,
        per_device_eval_batch_size=batch_size,  # the same shape, or torch.compile turns to slower dynamic kernels
        learning_rate=learning_rate,
        lr_scheduler_type="warmup_stable_decay",
        lr_scheduler_kwargs={"num_decay_steps": int(0.6 * steps), "decay_type": "linear", "min_lr_ratio": 0.02},
        warmup_steps=min(200, steps // 10),
        weight_decay=0.01,
        adam_beta2=0.98,
        max_grad_norm=1.0,
        save_steps=save_every,
        save_total_limit=1,
        eval_strategy="no" if evaluation is None else "steps",
        eval_steps=save_every,
        logging_steps=100,
        seed=seed,
        bf16=bf16,
        use_cpu=not torch.cuda.is_available(),
        report_to=[],
        remove_unused_columns=False,
        disable_tqdm=True,
        torch_compile=compile,
        label_names=["labels"],
        prediction_loss_only=True,
        dataloader_pin_memory=torch.cuda.is_available(),
    )
    trainer = MaskedTrainer(
        model=model,
        args=arguments,
        train_dataset=Windows(documents, length),
        eval_dataset=None if evaluation is None else _spread(Windows(evaluation, length), 512),
        data_collator=MaskingCollator(tokenizer.mask_token_id),
        callbacks=list(callbacks),
    )
    trainer.remove_callback(PrinterCallback)  # it writes to standard output, which belongs to the caller
    last, state = last_checkpoint(output / "checkpoints")
    seconds = 0.0
    if last is not None and state.global_step >= steps:  # already done: the Trainer would take one more step
        model.load_state_dict(type(model).from_pretrained(last).state_dict())
    else:
        with flushed_denormals():
            seconds = trainer.train(resume_from_checkpoint=None if last is None else str(last)).metrics["train_runtime"]
        state = trainer.state
    model.half().save_pretrained(output)
    model.float()
    tokenizer.save_pretrained(output)
    return {"steps": int(state.global_step), "seconds": seconds, "history": state.log_history}


def last_checkpoint(folder: Path) -> tuple[Path | None, TrainerState]:
    """The newest complete checkpoint and its state; one that a kill cut short has no readable state, which is written last."""
    for path in sorted(folder.glob("checkpoint-*"), key=lambda p: int(p.name.partition("-")[2]), reverse=True):
        try:
            return path, TrainerState.load_from_json(str(path / "trainer_state.json"))
        except (OSError, ValueError, TypeError):
            continue
    return None, TrainerState()


def _spread(windows: Windows, count: int) -> torch.utils.data.Subset:
    """`count` windows evenly spread over all of them."""
    return torch.utils.data.Subset(windows, np.linspace(0, len(windows) - 1, min(count, len(windows))).astype(int).tolist())
