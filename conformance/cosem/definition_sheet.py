"""A licensee's own sheet of object definitions, read from CSV.

The standard's tables are sold, not public. Who holds them may export a sheet, one line for each attribute and method,
and compare it with the tables of this package (`sheet_differences`).
"""

from __future__ import annotations

import csv
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

_NEEDED = ("class_id", "version", "kind", "index", "name")
_ALIASES = {
    "class_id": ("class_id", "classid", "class", "ic", "interface_class"),
    "version": ("version", "class_version", "ver"),
    "kind": ("kind", "member", "attribute_or_method", "attribute/method"),
    "index": ("index", "id", "attribute_id", "method_id", "no", "number"),
    "name": ("name", "attribute_name", "method_name", "attribute", "method"),
    "type": ("type", "data_type", "datatype", "parameter"),
    "storage": ("storage", "static/dynamic", "static_dynamic", "dynamic", "stat_dyn"),
    "mandatory": ("mandatory", "m/o", "mandatory/optional", "presence"),
    "offset": ("offset", "short_name", "short_name_offset", "sn"),
}
_KINDS: dict[str, Literal["attribute", "method"]] = {
    "attribute": "attribute",
    "attr": "attribute",
    "a": "attribute",
    "method": "method",
    "meth": "method",
    "m": "method",
}
_STORAGES: dict[str, Literal["static", "dynamic"]] = {
    "static": "static",
    "stat": "static",
    "s": "static",
    "dynamic": "dynamic",
    "dyn": "dynamic",
    "d": "dynamic",
}
_PRESENCES = {"m": True, "mandatory": True, "yes": True, "true": True, "1": True}
_ABSENCES = {"o": False, "optional": False, "no": False, "false": False, "0": False}
_OFFSET = re.compile(r"(?:x\s*\+\s*)?(0x[0-9A-Fa-f]+|[0-9A-Fa-f]{2}h|\d+)")
_DELIMITERS = ";\t,"
_MOST_LINES = 20_000


class SheetError(ValueError):
    """Text that is no sheet of object definitions at all; the message says what is missing."""


@dataclass(frozen=True, slots=True, order=True)
class SheetProblem:
    """A line of the sheet that cannot be used, or not wholly."""

    line: int
    message: str

    def __str__(self) -> str:
        return f"line {self.line}: {self.message}"


@dataclass(frozen=True, slots=True)
class SheetRow:
    """One attribute or method as the sheet defines it; None is a cell that is empty or a column that is not there."""

    line: int
    class_id: int
    version: int
    kind: Literal["attribute", "method"]
    index: int
    name: str
    type: str | None
    storage: Literal["static", "dynamic"] | None
    mandatory: bool | None
    offset: int | None


@dataclass(frozen=True, slots=True)
class Sheet:
    """The rows that could be read, and what is wrong with the others."""

    rows: tuple[SheetRow, ...]
    problems: tuple[SheetProblem, ...]


def read_sheet(text: str) -> Sheet:
    """Read a sheet: a header that names its columns, in any order and with any others, then a line for each member.

    Needed are `class_id`, `version`, `kind` (attribute or method), `index` and `name`; `type`, `storage` (static or
    dynamic), `mandatory` and `offset` are compared where they are given. Cells are separated by commas, semicolons or
    tabs. Lines that are empty or begin with # are passed over.

    Raises:
        SheetError: there is no header, or it lacks a needed column.
    """
    lines = text.lstrip("\ufeff").splitlines()
    start = next((number for number, line in enumerate(lines) if line.strip() and not line.startswith("#")), None)
    if start is None:
        raise SheetError("the sheet is empty; it begins with a header that names its columns")
    delimiter = max(_DELIMITERS, key=lines[start].count)
    columns = _columns(next(csv.reader([lines[start]], delimiter=delimiter)), start + 1)
    reader = _SheetReader(columns)
    cells = csv.reader(lines[start + 1 :], delimiter=delimiter)
    try:
        for row in cells:
            reader.take(start + 1 + cells.line_num, row)
    except csv.Error as error:
        reader.problems.append(SheetProblem(start + 1 + cells.line_num, f"no CSV: {error}"))
    return Sheet(tuple(reader.rows), tuple(reader.problems))


def _columns(header: Sequence[str], line: int) -> dict[str, int]:
    found = [re.sub(r"[\s\-]+", "_", cell.strip().lower()) for cell in header]
    columns: dict[str, int] = {}
    for wanted, aliases in _ALIASES.items():
        position = next((found.index(alias) for alias in aliases if alias in found), None)
        if position is not None and position not in columns.values():
            columns[wanted] = position
    missing = [wanted for wanted in _NEEDED if wanted not in columns]
    if missing:
        has = ", ".join(cell.strip()[:40] for cell in header[:20]) or "none"
        raise SheetError(f"line {line}: no column {', '.join(missing)} in the header; there are {has}")
    return columns


class _SheetReader:
    def __init__(self, columns: dict[str, int]) -> None:
        self.columns = columns
        self.rows: list[SheetRow] = []
        self.problems: list[SheetProblem] = []
        self.seen: dict[tuple[int, int, str, int], int] = {}

    def take(self, line: int, cells: Sequence[str]) -> None:
        if not any(cell.strip() for cell in cells) or cells[0].startswith("#"):
            return
        if len(self.rows) >= _MOST_LINES:
            raise SheetError(f"line {line}: more than {_MOST_LINES} rows")
        faults: list[str] = []
        class_id = self._number(cells, "class_id", 0xFFFF, faults)
        version = self._number(cells, "version", 0xFF, faults)
        index = self._number(cells, "index", 0xFF, faults)
        kind = _KINDS.get(self._cell(cells, "kind").lower())
        if kind is None:
            faults.append(f"kind is {self._cell(cells, 'kind')!r:.40}; it is attribute or method")
        name = self._cell(cells, "name")
        if not name:
            faults.append("name is empty")
        if class_id is None or version is None or index is None or kind is None or not name:
            self.problems.append(SheetProblem(line, "; ".join(faults)))
            return
        earlier = self.seen.setdefault((class_id, version, kind, index), line)
        if earlier != line:
            faults.append(f"class {class_id} version {version} {kind} {index} stands in line {earlier} already")
            self.problems.append(SheetProblem(line, "; ".join(faults)))
            return
        storage, mandatory, offset = (
            self._storage(cells, faults),
            self._mandatory(cells, faults),
            self._offset(cells, faults),
        )
        type_ = self._cell(cells, "type") or None
        self.rows.append(SheetRow(line, class_id, version, kind, index, name, type_, storage, mandatory, offset))
        if faults:
            self.problems.append(SheetProblem(line, "; ".join(faults)))

    def _cell(self, cells: Sequence[str], column: str) -> str:
        position = self.columns.get(column)
        return cells[position].strip() if position is not None and position < len(cells) else ""

    def _number(self, cells: Sequence[str], column: str, most: int, faults: list[str]) -> int | None:
        text = self._cell(cells, column)
        number = int(text) if text.isascii() and text.isdecimal() and len(text) <= 5 else None
        if number is None or number > most:
            faults.append(f"{column} is {text!r:.40}; it is a number from 0 to {most}")
            return None
        return number

    def _storage(self, cells: Sequence[str], faults: list[str]) -> Literal["static", "dynamic"] | None:
        text = self._cell(cells, "storage").lower().strip("().")
        if text and text not in _STORAGES:
            faults.append(f"storage is {text!r:.40}; it is static or dynamic")
        return _STORAGES.get(text)

    def _mandatory(self, cells: Sequence[str], faults: list[str]) -> bool | None:
        text = self._cell(cells, "mandatory").lower()
        known = {**_PRESENCES, **_ABSENCES}
        if text and text not in known:
            faults.append(f"mandatory is {text!r:.40}; it is m or o")
        return known.get(text)

    def _offset(self, cells: Sequence[str], faults: list[str]) -> int | None:
        text = self._cell(cells, "offset")
        if text in ("", "x"):
            return 0 if text else None
        match = _OFFSET.fullmatch(text)
        if match is None:
            faults.append(f"offset is {text!r:.40}; write 0x28 or x + 0x28")
            return None
        digits = match[1]
        return int(digits[:-1], 16) if digits.endswith("h") else int(digits, 0) if "x" in digits else int(digits)
