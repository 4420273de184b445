"""The `unmask` command: one file per verb."""

from __future__ import annotations

import os
import sys

import typer

from unmask.cli import check, demo, plan, profile, sample, train
from unmask.errors import DenoiserError, LoadError, UnmaskError

app = typer.Typer(
    name="unmask",
    help="Measure what parallel decoding costs a masked diffusion model, in nats; decode with the schedule that costs least.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
for verb in (demo, check, train, profile, plan, sample):
    app.command(name=verb.__name__.rpartition(".")[2])(verb.run)


def main() -> None:
    """Run the command line. Exit codes: 0 done, 1 it failed, 2 you asked wrong. Errors are one line on standard error."""
    sys.exit(_main())


def _main() -> int:
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    try:
        outcome = app(standalone_mode=False)
        return outcome if isinstance(outcome, int) else 0
    except typer.Exit as leave:
        return leave.exit_code
    except (KeyboardInterrupt, typer.Abort):
        return _complain("interrupted", 130)
    except UnmaskError as fault:
        failed = isinstance(fault, DenoiserError) and not isinstance(fault, LoadError)
        return _complain(str(fault), 1 if failed else 2)
    except BrokenPipeError:
        sys.stderr.close()
        return 1
    except Exception as fault:  # the last resort: a traceback is no answer to a user
        if hasattr(fault, "format_message"):  # a usage error of Typer, whichever copy of click it carries
            return _complain(" ".join(fault.format_message().split()), 2)
        if os.environ.get("UNMASK_TRACEBACK"):
            raise
        what = " ".join(f"{type(fault).__name__}: {fault}".split())[:400]
        return _complain(f"{what} (set UNMASK_TRACEBACK=1 to see where)", 1)


def _complain(message: str, code: int) -> int:
    sys.stderr.write(f"unmask: {message}\n")
    return code
