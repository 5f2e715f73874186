"""The `dlms-conformance` command: thin; each command parses, calls and prints."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

import typer

from conformance.commands import (
    catalogue,
    classes,
    comparing,
    decoding,
    diagnosing,
    discovering,
    evidence,
    history,
    importing,
    lab,
    profiles,
    qualifying,
    recovering,
    running,
    simulating,
    verifying,
)
from conformance.commands.problems import told
from conformance.record.collector import make_patient

app = typer.Typer(
    name="dlms-conformance",
    help="Conformance tests for DLMS/COSEM (IEC 62056) meters: run, judge, report.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
for module in (
    running,
    recovering,
    catalogue,
    simulating,
    decoding,
    diagnosing,
    discovering,
    importing,
    evidence,
    verifying,
    comparing,
    history,
    qualifying,
    classes,
    profiles,
    lab,
):
    module.register(app)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and leave with its exit code; what cannot be used is told in one message, exit 2."""
    put_back = make_patient()
    try:
        with told():
            app(args=list(arguments) if arguments is not None else None)
    except KeyboardInterrupt:
        print("dlms-conformance: interrupted", file=sys.stderr)
        sys.exit(running.INTERRUPTED)
    except BrokenPipeError:
        # Whoever read has gone; nothing more may be flushed to them when the interpreter ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    finally:
        put_back()


if __name__ == "__main__":
    main()
