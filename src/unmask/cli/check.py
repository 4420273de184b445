"""`unmask check`: is this a denoiser I can trust?"""

from __future__ import annotations

from unmask.cli import options
from unmask.cli.terminal import console, print_json, quiet_libraries


def run(model: options.Model, seed: options.Seed = 0, json: options.Json = False) -> None:
    """Run the contract tests of a denoiser: shapes, finite laws, determinism, batch invariance."""
    quiet_libraries()
    from unmask.adapters.masked_lm import load
    from unmask.checks import check_denoiser

    denoiser = load(model)
    report = check_denoiser(denoiser, seed=seed)
    if json:
        checks = [{"name": c.name, "passed": c.passed, "detail": c.detail} for c in report.checks]
        print_json({"denoiser": denoiser.name, "passed": report.passed, "checks": checks})
        return
    console.print(str(report), markup=False)
    sampled = denoiser.vocab_size - len({*denoiser.excluded, denoiser.mask_id})
    console.print(f"rows of up to {denoiser.length} tokens, {sampled} of {denoiser.vocab_size} tokens may be sampled")
    console.print(f"next: unmask profile {model} DATA -o profile.json", markup=False)
