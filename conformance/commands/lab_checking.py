"""`lab check` and `lab schema`: the whole lab looked at before a night, and what its file may hold."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from conformance.harness.catalogue import cases
from conformance.lab.inventory import Lab
from conformance.lab.lab_checks import Checked, check_lab
from conformance.lab.schema import lab_schema

_FAULTY = 1
"""Exit code: there are errors."""


def register(app: typer.Typer) -> None:
    """Add `lab check`."""
    app.command("check")(check)
    app.command("schema")(schema)


def check(
    lab: Annotated[Path, typer.Argument(help="The lab file.", metavar="LAB.toml")],
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """Check the lab as a whole: its file, every device config, lines, cases, hooks, secrets, directories.

    No meter is met, and no program is run. Exits with 0 when there is no error (there may be warnings), with 1 when
    there is one.
    """
    checked = check_lab(lab, list(cases()))
    if as_json:
        print(json.dumps(_to_json(lab, checked), indent=1))
    else:
        for finding in checked.findings:
            print(f"{finding.level}: {finding.problem}")
        if checked.lab is not None:
            print(f"{checked.lab.name}: {_size(checked.lab)}")
        print(_counted(checked))
    if checked.errors:
        raise typer.Exit(_FAULTY)


def schema() -> None:
    """Print the JSON Schema of lab files, as `schema lab` does."""
    print(json.dumps(lab_schema(), indent=1))


def _to_json(path: Path, checked: Checked) -> dict[str, object]:
    lab = checked.lab
    return {
        "schema": 1,
        "file": str(path),
        "lab": None if lab is None else lab.name,
        "benches": 0 if lab is None else len(lab.benches),
        "lines": 0 if lab is None else len(lab.lines),
        "devices": 0 if lab is None else len(lab.devices),
        "errors": checked.errors,
        "warnings": len(checked.findings) - checked.errors,
        "findings": [finding.to_json() for finding in checked.findings],
    }


def _size(lab: Lab) -> str:
    counts = {"bench": len(lab.benches), "line": len(lab.lines), "device": len(lab.devices)}
    plural = {"bench": "benches", "line": "lines", "device": "devices"}
    said = [f"{count} {name if count == 1 else plural[name]}" for name, count in counts.items() if count]
    shipped = {device.config for device in lab.devices}
    return f"{', '.join(said)}, {len(shipped)} device config{'' if len(shipped) == 1 else 's'}"


def _counted(checked: Checked) -> str:
    warnings = len(checked.findings) - checked.errors
    errors = "1 error" if checked.errors == 1 else f"{checked.errors} errors"
    return f"{errors}, {'1 warning' if warnings == 1 else f'{warnings} warnings'}"
