"""The changes of a device config that statements suggest, as a patch; nothing is written."""

from __future__ import annotations

import difflib
import os
import re
import tomllib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from conformance.device.load import problems_in
from conformance.device.model import AssociationSettings
from conformance.device.toml_lines import LineIndex
from conformance.diagnose.reasoning.statement import Change, Statement

_SECRETS = ("secret", "encryption_key", "authentication_key", "master_key", "dedicated_key")
_LONGEST_VALUE = 200
"""Lines that a value may take."""
_LINES = re.compile(r"[^\n]*\n|[^\n]+")
_BYTE_ORDER_MARK = "\ufeff"


@dataclass(frozen=True, slots=True)
class Patch:
    """What would have to change.

    Attributes:
        text: a unified diff; empty where nothing can be changed without asking.
        open: what the user has to find out or decide, in words.
        directory: where it is to be applied; empty: where one is.
    """

    text: str
    open: tuple[str, ...]
    directory: str = ""


@dataclass(frozen=True, slots=True)
class _Wanted:
    """A change, the statement that suggests it, and why it cannot be made; empty where it can."""

    change: Change
    statement: Statement
    obstacle: str = ""


def patch(path: str, source: str, association: AssociationSettings, statements: Sequence[Statement]) -> Patch:
    """The patch of the file `path` with the text `source` that the statements suggest for an association.

    Of several changes of one key the one stated first holds. Secrets are never written, and no change after which the
    file would be no device config any more: that they must change is said.
    """
    mark = _BYTE_ORDER_MARK if source.startswith(_BYTE_ORDER_MARK) else ""
    lines = _LINES.findall(source.removeprefix(_BYTE_ORDER_MARK))
    at = _place_of("".join(lines), association)
    changed, told = _all(path, lines, sorted(_wanted(statements), key=lambda item: item.change.key), at)
    name, directory = _named(path)
    return Patch(_diff(lines, changed, name, mark), tuple(_open(told, association)), directory)


def _wanted(statements: Sequence[Statement]) -> Iterable[_Wanted]:
    """One change for each key: that stated first, unless a later one has a value and it has none."""
    found: dict[tuple[str, str], _Wanted] = {}
    for statement in statements:
        if statement.severity != "info":
            for change in statement.changes:
                known = found.get((change.table, change.key))
                if known is None or (not known.change.value and change.value):
                    found[change.table, change.key] = _Wanted(change, statement)
    return found.values()


def _all(path: str, lines: list[str], wanted: Sequence[_Wanted], at: int) -> tuple[list[str], list[_Wanted]]:
    """The lines with every change that can be made, and the others; one may be legal only together with another."""
    told = [item for item in wanted if not item.change.value]
    possible: list[_Wanted] = []
    together: list[str] = lines
    for item in (item for item in wanted if item.change.value):
        made, obstacle = _edited(together, item.change, at)
        if obstacle:
            told.append(_Wanted(item.change, item.statement, obstacle))
        else:
            possible.append(item)
            together = made
    if not _new_problem(path, lines, together):
        return together, told
    changed = lines
    for item in possible:
        made, _ = _edited(changed, item.change, at)
        if problem := _new_problem(path, changed, made):
            obstacle = f"with {item.change.key} = {item.change.value} the file is no device config: {problem}"
            told.append(_Wanted(item.change, item.statement, obstacle))
        else:
            changed = made
    return changed, told


def _edited(lines: list[str], change: Change, association: int) -> tuple[list[str], str]:
    """The lines with the change made where that can be, and else what stands in its way."""
    table: tuple[str | int, ...] = ("association", association) if change.table == "association" else (change.table,)
    current, wanted = _current("".join(lines), table, change.key), tomllib.loads(f"x = {change.value}")["x"]
    if current == wanted:
        return lines, ""
    if change.key in _SECRETS and (isinstance(current, dict) or wanted != "random"):
        return lines, "a secret is not written into a patch"
    if isinstance(current, dict) and isinstance(wanted, dict) and current.keys() - wanted.keys():
        kept = ", ".join(sorted(current.keys() - wanted.keys()))
        return lines, f"{change.key} says more than {change.value} ({kept}), which is not to be lost"
    made = _changed(lines, change, table)
    return (lines, "the lines of its value could not be told apart") if made is None else (made, "")


def _new_problem(path: str, before: list[str], after: list[str]) -> str:
    """The first thing that is wrong with the changed file and was not with the other; empty where nothing is."""
    known = {problem.message for problem in problems_in(path, "".join(before))}
    found = (problem for problem in problems_in(path, "".join(after)) if problem.message not in known)
    return next((f"{item.where}: {item.message}" if item.where else item.message for item in found), "")


def _open(told: Iterable[_Wanted], association: AssociationSettings) -> Iterable[str]:
    for wanted in told:
        change, statement = wanted.change, wanted.statement
        table = f"[[association]] {association.name}" if change.table == "association" else f"[{change.table}]"
        text = f"{change.key} of {table}: {statement.suggestion or statement.message} ({statement.code})"
        yield f"{text}; not in the patch: {wanted.obstacle}" if wanted.obstacle else text


def _place_of(source: str, association: AssociationSettings) -> int:
    """The index of the association's table among those of the file."""
    tables = tomllib.loads(source).get("association", [])
    return next((at for at, table in enumerate(tables) if table.get("name") == association.name), 0)


def _changed(lines: list[str], change: Change, table: tuple[str | int, ...]) -> list[str] | None:
    """The lines with one key set: where it stands, else behind the header of its table; None where that fails."""
    index = LineIndex("".join(lines))
    place = index.places.get((*table, change.key))
    ending = "\r\n" if lines and lines[0].endswith("\r\n") else "\n"
    made = f"{change.key} = {change.value}"
    if place is not None:
        return _replaced(lines, place[0] - 1, made, change.key, table)
    header = index.places.get(table)
    if header is None:
        ended = [*lines[:-1], lines[-1].rstrip("\r\n") + ending] if lines else []
        return [*ended, ending, f"[{change.table}]{ending}", made + ending]
    behind = index.places.get((*table, "client_sap"), header)[0]
    before = [*lines[: behind - 1], lines[behind - 1].rstrip("\r\n") + ending]
    return [*before, made + ending, *lines[behind:]]


def _replaced(lines: list[str], at: int, made: str, key: str, table: tuple[str | int, ...]) -> list[str] | None:
    """The lines with the value that begins in line `at` replaced, however many lines it takes; its comment is kept."""
    for count in range(1, min(_LONGEST_VALUE, len(lines) - at) + 1):
        last = lines[at + count - 1]
        comment = re.search(r"\s+#[^\"']*$", last.rstrip("\r\n"))
        kept = comment[0] if comment and count == 1 else ""
        ending = last[len(last.rstrip("\r\n")) :]
        indent = re.match(r"[ \t]*", lines[at])
        tried = [*lines[:at], f"{indent[0] if indent else ''}{made}{kept}{ending}", *lines[at + count :]]
        try:
            value = _current("".join(tried), table, key)
        except tomllib.TOMLDecodeError:
            continue
        return tried if value == tomllib.loads(made)[key] else None
    return None


def _current(text: str, table: tuple[str | int, ...], key: str) -> object:
    """The value of a key; None where it does not stand in the text."""
    value: object = tomllib.loads(text)
    for name in (*(part for part in table if part != ""), key):
        try:
            value = value[name]  # type: ignore[index]
        except (KeyError, IndexError, TypeError):
            return None
    return value


def _named(path: str) -> tuple[str, str]:
    """The name of the file in a patch, and where that is to be applied.

    Programs that apply patches refuse absolute names and such as lead upwards.
    """
    relative = os.path.relpath(path) if os.path.splitdrive(os.path.abspath(path))[0] == _drive() else ".."
    if relative.split(os.sep)[0] == os.pardir:
        directory, name = os.path.split(os.path.abspath(path))
        return name, directory
    return relative.replace(os.sep, "/"), ""


def _drive() -> str:
    return os.path.splitdrive(os.getcwd())[0]


def _diff(lines: Sequence[str], changed: Sequence[str], name: str, mark: str) -> str:
    """A unified diff as `patch -p0` and `git apply -p0` take it; empty without a difference."""
    tab = "\t" if " " in name else ""
    before, after = ([f"{mark}{text[0]}", *text[1:]] if text else [] for text in (list(lines), list(changed)))
    made = difflib.unified_diff(before, after, f"{name}{tab}", f"{name}{tab}", n=2)
    return "".join(line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in made)
