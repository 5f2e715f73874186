"""`report`: the views of a run, drawn again."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from conformance.commands.closing import close_run
from conformance.record.assemble import load
from conformance.record.verdict import Verdict


def register(app: typer.Typer) -> None:
    """Add `report`."""
    app.command("report")(report)


def report(
    directory: Annotated[Path, typer.Argument(help="Directory of a run, also of one that was killed.")],
    pdf: Annotated[bool, typer.Option(help="Draw the PDF report.")] = True,
    as_json: Annotated[bool, typer.Option("--json", help="Print the run record instead.")] = False,
) -> None:
    """Draw the reports of a run again from its evidence; nothing is decided anew. Exit code as of the run."""
    if as_json:
        record = load(directory)
        print(record.model_dump_json(by_alias=True, indent=1))
    else:
        record = close_run(directory, pdf=pdf)
    unexpected = {s.verdict for _, s in record.subtests() if s.expected_deviation is None}
    if Verdict.FAILED in unexpected:
        raise typer.Exit(1)
    if unexpected & {Verdict.ERROR, Verdict.INCONCLUSIVE}:
        raise typer.Exit(3)
