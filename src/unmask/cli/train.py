"""`unmask train`: a denoiser from text."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from unmask.cli import options
from unmask.cli.terminal import console, print_json, progress, quiet_libraries


def run(
    data: options.Data,
    output: Annotated[Path, typer.Option("-o", "--output", help="Folder for the model.", show_default=False)],
    base: Annotated[
        str | None, typer.Option(help="Continue from this masked LM; default: a new small ModernBERT.", show_default=False)
    ] = None,
    length: Annotated[int, typer.Option(help="Tokens per row.", min=1)] = 256,
    hidden: Annotated[int, typer.Option(help="Width of a new model, a multiple of 64.", min=64)] = 256,
    layers: Annotated[int, typer.Option(help="Depth of a new model.", min=1)] = 4,
    steps: Annotated[int, typer.Option(help="Optimiser steps.", min=1)] = 5000,
    batch_size: Annotated[int, typer.Option(help="Rows per step.", min=1)] = 8,
    learning_rate: Annotated[float, typer.Option(help="Peak learning rate.", min=0.0)] = 2e-3,
    save_every: Annotated[
        int, typer.Option(help="Steps between checkpoints; a stopped run goes on from the last.", min=1)
    ] = 500,
    bf16: Annotated[bool, typer.Option("--bf16", help="bfloat16 matrix products, if the processor has them.")] = False,
    compile: Annotated[bool, typer.Option("--compile", help="torch.compile the model (needs a C++ compiler).")] = False,
    unknown: options.Unknown = "fail",
    seed: options.Seed = 0,
    json: options.Json = False,
) -> None:
    """Train a masked denoiser: masked cross-entropy with a uniformly random number of masked tokens (Eq. 3)."""
    quiet_libraries()
    import torch
    from transformers import TrainerCallback

    from unmask.adapters.masked_lm import pretrained
    from unmask.character_tokenizer import character_tokenizer
    from unmask.data import encode, read_documents
    from unmask.model_card import write_model_card
    from unmask.training import flushed_denormals, new_model, train

    documents = read_documents(data, split="train")
    held_out = read_documents(data, split="calibration") if data.startswith("zoo:") else None

    class Watch(TrainerCallback):
        def on_log(self, args: Any, state: Any, control: Any, logs: Any = None, **_: Any) -> None:
            if not json and logs and "eval_loss" in logs:
                console.print(f"step {state.global_step}: held-out {logs['eval_loss']:.4f} nats per token")

        def on_step_end(self, args: Any, state: Any, control: Any, **_: Any) -> None:
            move(state.global_step, state.max_steps)

    with flushed_denormals(), progress("train", "steps") as move:
        torch.manual_seed(seed)
        if base is None:
            tokenizer = character_tokenizer(documents, length)
            model = new_model(tokenizer, length, hidden, layers)
        else:
            model, tokenizer = pretrained(base)
            model.float()
        result = train(
            model,
            tokenizer,
            encode(documents, tokenizer, unknown),
            output,
            length=length,
            steps=steps,
            evaluation=None if held_out is None else encode(held_out, tokenizer, "drop"),
            batch_size=batch_size,
            learning_rate=learning_rate,
            save_every=save_every,
            seed=seed,
            bf16=bf16,
            compile=compile,
            callbacks=[Watch()],
        )
    write_model_card(output, model, data, result, {"seed": seed, "batch_size": batch_size, "learning_rate": learning_rate})
    losses = [entry["eval_loss"] for entry in result["history"] if "eval_loss" in entry]
    if json:
        print_json({"output": str(output), "steps": result["steps"], "held_out_nats_per_token": losses[-1] if losses else None})
        return
    console.print(f"written to {output}; next: unmask profile {output} DATA -o profile.json", markup=False)
