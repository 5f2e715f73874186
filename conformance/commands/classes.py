"""`classes check`: the tables of interface classes against themselves and against a licensee's own sheet."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from conformance.commands.problems import UsageProblem
from conformance.cosem.class_checks import problems
from conformance.cosem.class_tables import class_files, shared_names
from conformance.cosem.definition_sheet import Sheet, SheetError, read_sheet
from conformance.cosem.sheet_differences import differences

_DIFFERS = 1
"""Exit code: the tables are faulty, or differ from the sheet."""
_MOST_OCTETS = 20_000_000


def register(app: typer.Typer) -> None:
    """Add `classes`, with `check` below it."""
    classes = typer.Typer(help="The tables of COSEM interface classes.", no_args_is_help=True)

    @classes.callback()
    def _classes() -> None:
        """The tables of COSEM interface classes."""

    classes.command("check")(check)
    app.add_typer(classes, name="classes")


def check(
    sheet: Annotated[
        Path | None,
        typer.Argument(help="CSV with columns class_id, version, kind, index, name; type, storage, mandatory, offset."),
    ] = None,
) -> None:
    """Check the tables of interface classes, and compare them with your own sheet of object definitions.

    Exits with 0 when nothing is found, with 1 when there is something.
    """
    found = [str(problem) for problem in problems()]
    compared = ""
    if sheet is not None and not found:
        read = _sheet(sheet)
        found += [f"{sheet.name}: {problem}" for problem in read.problems]
        found += [f"{sheet.name}: {difference}" for difference in differences(read, class_files(), shared_names())]
        compared = f"; {len(read.rows)} rows of {sheet.name} compared"
    for line in found:
        print(line)
    tables = class_files() if not found or compared else {}
    versions = sum(len(table.versions) for table in tables.values())
    print(
        f"{len(tables)} classes in {versions} versions{compared}: {len(found)} found"
        if tables
        else f"{len(found)} found"
    )
    if found:
        raise typer.Exit(_DIFFERS)


def _sheet(path: Path) -> Sheet:
    try:
        if path.stat().st_size > _MOST_OCTETS:
            raise UsageProblem(f"classes check: {path} is larger than {_MOST_OCTETS} octets")
        return read_sheet(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise UsageProblem(f"classes check: {path} cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise UsageProblem(f"classes check: {path} is no UTF-8 text; export the sheet as CSV in UTF-8") from None
    except SheetError as error:
        raise UsageProblem(f"classes check: {path}: {error}") from None
