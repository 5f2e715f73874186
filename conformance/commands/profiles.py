"""`profile`: the companion profiles, listed, shown row by row, and a file of the lab's own checked."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from conformance.commands.problems import UsageProblem
from conformance.cosem.companion import Companion, ObjectRow
from conformance.cosem.companion_profiles import CompanionError, is_path, load, names, packaged
from conformance.device.problems import nearest

_FAULTY = 1
"""Exit code: the profile has faults."""


def register(app: typer.Typer) -> None:
    """Add `profile`, with `list`, `show` and `check` below it."""
    profile = typer.Typer(help="Companion profiles: what a companion specification wants of a meter.")

    @profile.callback(no_args_is_help=True)
    def _profile() -> None:
        """Companion profiles: what a companion specification wants of a meter."""

    profile.command("list")(list_profiles)
    profile.command("show")(show)
    profile.command("check")(check)
    app.add_typer(profile, name="profile")


def list_profiles() -> None:
    """List the companion profiles that come with the tool."""
    for name in names():
        found = packaged(name)
        mandatory = sum(row.mandatory for row in found.objects)
        print(
            f"{name}: {found.name}, {found.edition}: {len(found.associations)} associations, {len(found.objects)} rows "
            f"of objects, {mandatory} mandatory"
        )


def show(name: Annotated[str, typer.Argument(help="A name of `profile list`, or the path of a file.")]) -> None:
    """Show a companion profile, each row with its source."""
    found = _found(name)
    print(f"{found.name}\nedition: {found.edition}")
    if found.note:
        print(f"note: {found.note}")
    print("\noptions (companion_options):")
    for option, meaning in found.options.items():
        print(f"  {option}: {meaning}")
    print("\nassociations:")
    for row in found.associations:
        saps = ", ".join(map(str, sorted(row.client_saps)))
        kinds = [sorted(row.contexts), sorted(row.mechanisms), sorted(row.conformance)]
        said = "; ".join(", ".join(words) for words in kinds if words)
        print(f"  {row.role}: client SAP {saps}{_condition(row.when)}: {said or 'of any kind'}\n    {row.source}")
    table = None
    for item in found.objects:
        if item.table != table:
            table = item.table
            print(f"\n{table}:")
        print(f"  {_shown(item)}\n    {item.source}")


def check(file: Annotated[Path, typer.Argument(help="A companion profile of your own, TOML.")]) -> None:
    """Check a companion profile against the tables of interface classes and the rules of OBIS.

    Exits with 0 when nothing is found, with 1 when there is something.
    """
    try:
        found = load(file)
    except CompanionError as error:
        for problem in error.problems:
            print(problem)
        print(f"{len(error.problems)} found")
        raise typer.Exit(_FAULTY) from None
    print(f"{found.name}: {len(found.associations)} associations, {len(found.objects)} rows of objects: 0 found")


def _found(name: str) -> Companion:
    try:
        return load(Path(name)) if is_path(name) else packaged(name)
    except KeyError:
        near = nearest(name, names())
        hint = f"did you mean {near}? " if near else ""
        known = ", ".join(names())
        raise UsageProblem(f"profile show: no profile {name!r}; {hint}there are {known}, and files in .toml") from None
    except CompanionError as error:
        raise UsageProblem(f"profile show: {error}") from None


def _shown(row: ObjectRow) -> str:
    access = "; ".join(
        f"{role}: {', '.join(f'{index} {wish}' for index, wish in sorted(wishes.items()))}"
        for role, wishes in row.access.items()
    )
    units = f", unit {', '.join(map(str, sorted(row.units)))}" if row.units else ""
    optional = "" if row.mandatory else ", where listed"
    where = ", ".join(sorted(row.roles))
    return f"{row.instance} {row.name}: {row.kind}{units}{optional}, in {where}{_condition(row.when)}" + (
        f" ({access})" if access else ""
    )


def _condition(when: frozenset[str]) -> str:
    return f" [{', '.join(sorted(when))}]" if when else ""
