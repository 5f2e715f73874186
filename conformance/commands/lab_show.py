"""`lab show` and `lab report`: how a night went, and its views drawn again."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated

import typer

from conformance.commands.night_closing import close_night, tell
from conformance.commands.problems import UNUSABLE, UsageProblem
from conformance.lab.inventory_loading import LabError, load_lab
from conformance.lab.night_assembly import assembled
from conformance.lab.night_drawing import night_before
from conformance.lab.night_journal import NIGHT_JOURNAL
from conformance.lab.night_record import NightRecord, load_night
from conformance.lab.night_summary import device_json, summary
from conformance.lab.night_survey import Survey

_Night = Annotated[Path, typer.Argument(metavar="NIGHT", help="Directory of a night, also of one that was killed.")]
_Against = Annotated[
    Path | None, typer.Option(metavar="NIGHT", help="Night to hold it against; else the one before, beside it.")
]


def register(app: typer.Typer) -> None:
    """Add `show` and `report`."""
    app.command("show")(lab_show)
    app.command("report")(lab_report)


def lab_show(
    directory: _Night,
    against: _Against = None,
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """Tell how a night went; nothing is drawn.

    Exit code: 0 all well; 1 something FAILED; 3 nothing FAILED but something was not judged; 2 there is no night.
    """
    night = night_in(directory)
    place = against or night_before(directory, night)
    survey = Survey(directory, night, (place, load_night(place)) if place is not None else None)
    for _ in survey.visits():
        pass
    view = survey.view(None)
    if as_json:
        print(json.dumps({**summary(view), "rows": [device_json(one) for one in view.devices]}, indent=1))
    else:
        tell(view)
    raise typer.Exit(night.exit_code)


def lab_report(
    directory: _Night,
    against: _Against = None,
    lab: Annotated[Path | None, typer.Option(metavar="LAB.toml", help="Whose history tells what is flaky.")] = None,
    pdf: Annotated[bool, typer.Option(help="Draw the PDF.")] = True,
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """Draw the views of a night again from its evidence; nothing is decided anew.

    Exit code: as of the night; 2 when there is none, or a view could not be drawn.
    """
    try:
        inventory = load_lab(lab) if lab is not None else None
    except LabError as error:
        raise UsageProblem(f"lab report: {error}") from None
    stream = sys.stderr if as_json else sys.stdout
    night = night_in(directory)
    closed = close_night(directory, night, lab=inventory, against=against, pdf=pdf, webhook=False, stream=stream)
    if as_json:
        print(json.dumps(closed.to_json(), indent=1))
    raise typer.Exit(UNUSABLE if closed.drawn.failures else closed.code)


def night_in(directory: Path) -> NightRecord:
    """The record of a night: from its journal, which outranks what was assembled of it, or as it was merged.

    Raises:
        RecordError: there is no night, or it is damaged.
    """
    return assembled(directory) if (directory / NIGHT_JOURNAL).is_file() else load_night(directory)
