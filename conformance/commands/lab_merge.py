"""`lab merge`: what several hosts have tested becomes one night."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated

import typer

from conformance.commands.night_closing import close_night
from conformance.commands.problems import UNUSABLE, UsageProblem
from conformance.lab.inventory_loading import LabError, load_lab
from conformance.lab.night_merging import MergeError, merge
from conformance.record.errors import RecordError


def register(app: typer.Typer) -> None:
    """Add `merge`."""
    app.command("merge")(lab_merge)


def lab_merge(
    out: Annotated[Path, typer.Option(help="Directory of the whole night; must not exist yet.")],
    directories: Annotated[
        list[Path] | None,
        typer.Argument(metavar="DIR...", help="Nights of single hosts, or runs of single devices.", show_default=False),
    ] = None,
    lab: Annotated[
        Path | None, typer.Option(metavar="LAB.toml", help="Whose devices have to be there: each missing one is a row.")
    ] = None,
    against: Annotated[
        Path | None, typer.Option(metavar="NIGHT", help="Night to hold it against; else the one before, beside it.")
    ] = None,
    copy: Annotated[bool, typer.Option("--copy", help="Copy every file; else hard links do where they can.")] = False,
    pdf: Annotated[bool, typer.Option(help="Draw the PDF.")] = True,
    webhook: Annotated[bool, typer.Option(help="Send the summary where the lab file says.")] = True,
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """Unite the results of all hosts into one night, and draw it.

    A device with two results is an error; a device of the lab without one is INCONCLUSIVE.

    Exit code: 0 all well; 1 something FAILED; 3 nothing FAILED but something was not judged; 2 cannot be merged.
    """
    if not directories and lab is None:
        raise UsageProblem("lab merge: name directories; without one, --lab must say which devices are missing")
    try:
        inventory = load_lab(lab) if lab is not None else None
        night = merge(directories or [], out, lab=inventory, copy=copy)
    except (LabError, MergeError, RecordError) as error:
        raise UsageProblem(f"lab merge: {error}") from None
    except OSError as error:
        raise UsageProblem(
            f"lab merge: {error.filename or out}: {error.strerror or error}. Nothing was merged"
        ) from None
    stream = sys.stderr if as_json else sys.stdout
    closed = close_night(out, night, lab=inventory, against=against, pdf=pdf, webhook=webhook, stream=stream)
    if as_json:
        print(json.dumps(closed.to_json(), indent=1))
    raise typer.Exit(UNUSABLE if closed.drawn.failures and not closed.code else closed.code)
