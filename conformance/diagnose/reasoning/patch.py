"""The changes of a device config that statements suggest, as a patch; nothing is written."""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from conformance.device.model import AssociationSettings
from conformance.device.toml_lines import LineIndex
from conformance.diagnose.reasoning.statement import Change, Statement

_SECRETS = ("secret", "encryption_key", "authentication_key", "master_key")


@dataclass(frozen=True, slots=True)
class Patch:
    """What would have to change.

    Attributes:
        text: a unified diff; empty where nothing can be changed without asking.
        open: changes whose value the user has to find out, in words.
    """

    text: str
    open: tuple[str, ...]


def patch(path: str, source: str, association: AssociationSettings, statements: Sequence[Statement]) -> Patch:
    """The patch of the file `path` with the text `source` that the statements suggest for an association.

    Of several changes of one key the one stated first holds. Secrets are never written: that they must change is said.
    """
    wanted: dict[tuple[str, str], tuple[Change, Statement]] = {}
    for statement in statements:
        if statement.severity != "info":
            for change in statement.changes:
                known = wanted.get((change.table, change.key))
                if known is None or (not known[0].value and change.value):
                    wanted[change.table, change.key] = change, statement
    lines = source.splitlines(keepends=True)
    changed = list(lines)
    at = _place_of(source, association)
    for change, _ in sorted(wanted.values(), key=lambda item: item[0].key):
        if change.value and change.key not in _SECRETS:
            changed = _changed(changed, change, at)
    text = "".join(difflib.unified_diff(lines, changed, path, f"{path} (suggested)", n=2))
    return Patch(text, tuple(_open(wanted.values(), association)))


def _open(wanted: Iterable[tuple[Change, Statement]], association: AssociationSettings) -> Iterable[str]:
    for change, statement in wanted:
        if not change.value or change.key in _SECRETS:
            table = f"[[association]] {association.name}" if change.table == "association" else f"[{change.table}]"
            yield f"{change.key} of {table}: {statement.suggestion} ({statement.code})"


def _place_of(source: str, association: AssociationSettings) -> int:
    """The index of the association's table among those of the file."""
    tables = tomllib.loads(source).get("association", [])
    return next((at for at, table in enumerate(tables) if table.get("name") == association.name), 0)


def _changed(lines: list[str], change: Change, association: int) -> list[str]:
    """The lines with one key set: in its line, else behind the header of its table."""
    text = "".join(lines)
    index = LineIndex(text)
    table: tuple[str | int, ...] = ("association", association) if change.table == "association" else (change.table,)
    place = index.places.get((*table, change.key))
    made = f"{change.key} = {change.value}\n"
    if place is not None:
        line = lines[place[0] - 1]
        comment = line.partition("#")[2]
        if _current(text, table, change.key) == tomllib.loads(made)[change.key]:
            return lines
        kept = f"  #{comment}" if comment and '"' not in comment else "\n"
        return [*lines[: place[0] - 1], made.rstrip("\n") + kept, *lines[place[0] :]]
    header = index.places.get(table)
    if header is None:
        return [*lines, f"\n[{change.table}]\n", made]
    behind = index.places.get((*table, "client_sap"), header)
    return [*lines[: behind[0]], made, *lines[behind[0] :]]


def _current(text: str, table: tuple[str | int, ...], key: str) -> object:
    value: object = tomllib.loads(text)
    for name in (*table, key):
        value = value[name]  # type: ignore[index]
    return value
