"""`report`: the views of a run, drawn again."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from conformance.commands.closing import close_run, exit_code
from conformance.commands.problems import UNUSABLE
from conformance.record.assemble import load


def register(app: typer.Typer) -> None:
    """Add `report`."""
    app.command("report")(report)


def report(
    directory: Annotated[Path, typer.Argument(help="Directory of a run, also of one that was killed.")],
    pdf: Annotated[bool, typer.Option(help="Draw the PDF report.")] = True,
    as_json: Annotated[bool, typer.Option("--json", help="Print the run record; draw nothing.")] = False,
) -> None:
    """Draw the reports of a run again from its evidence; nothing is decided anew.

    Exit code: as of the run; 2 when there is no run, or a report could not be drawn.
    """
    if as_json:
        record = load(directory)
        print(record.model_dump_json(by_alias=True, indent=1))
        raise typer.Exit(exit_code(record))
    closed = close_run(directory, pdf=pdf)
    raise typer.Exit(UNUSABLE if closed.failure is not None else exit_code(closed.record))
