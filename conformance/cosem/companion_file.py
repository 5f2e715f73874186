"""One TOML file → a companion profile; every fault with its file and line."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from typing import Any, Final

from conformance.cosem.class_file import Problem
from conformance.cosem.class_tables import class_version, meanings, versions_of
from conformance.cosem.companion import WORDS, AssociationRow, Companion, ObjectRow, Wish
from conformance.cosem.obis_table import CodePattern, ObisTableError

_FILE_KEYS: Final = frozenset(("name", "edition", "note", "sources", "options", "associations", "tables"))
_ASSOCIATION_KEYS: Final = frozenset(
    (
        "role",
        "client_saps",
        "logical_device",
        "contexts",
        "mechanisms",
        "conformance",
        "mandatory",
        "when",
        "source",
        "note",
    )
)
_TABLE_KEYS: Final = frozenset(("name", "note", "in", "when", "access", "mandatory", "source", "objects"))
_OBJECT_KEYS: Final = frozenset(
    (
        "name",
        "class_id",
        "classes",
        "versions",
        "instance",
        "in",
        "when",
        "access",
        "units",
        "scaler",
        "mandatory",
        "source",
        "note",
    )
)


def read(file: str, text: str, problems: list[Problem]) -> Companion | None:
    """What the profile `text` says; its faults go to `problems`, and what is faulty is left out.

    Args:
        file: the file's name, for messages.
        text: the file's text.
        problems: takes the faults.

    Returns:
        None when the text is no TOML, or has no name.
    """
    try:
        raw = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        problems.append(Problem(file, _line_told(str(error), text), "", f"no TOML: {error}"))
        return None
    except RecursionError:
        problems.append(Problem(file, 0, "", "nests tables or lists too deeply"))
        return None
    return _Reader(file, text, raw, problems).read()


def _line_told(message: str, text: str) -> int:
    """The line that tomllib names; the last one where it says the end of the document."""
    found = re.search(r"at line (\d+)", message)
    return int(found[1]) if found else max(len(text.splitlines()), 1)


class _Reader:
    """Reads one file; each method notes what is wrong and goes on with the rest."""

    def __init__(self, file: str, text: str, raw: dict[str, Any], problems: list[Problem]) -> None:
        self._file = file
        self._lines = text.splitlines()
        self._raw = raw
        self._problems = problems
        self._sources: dict[str, str] = {}
        self._options: dict[str, str] = {}
        self._roles: set[str] = set()

    def read(self) -> Companion | None:
        raw = self._raw
        self._known(raw, _FILE_KEYS, 0, "")
        name, edition = (self._text(raw, key, self._line(rf"{key}\s*="), key) for key in ("name", "edition"))
        self._sources, self._options = self._texts("sources"), self._texts("options")
        associations = [
            row
            for number, entry in enumerate(self._entries("associations"))
            if (row := self._association(entry, number)) is not None
        ]
        objects = [
            row for number, entry in enumerate(self._entries("tables")) for row in self._table_rows(entry, number)
        ]
        if not name:
            return None
        note = str(raw.get("note", ""))
        return Companion(
            self._file, name, edition, note, self._sources, self._options, tuple(associations), tuple(objects)
        )

    def _association(self, entry: dict[str, Any], number: int) -> AssociationRow | None:
        line = self._line_of_table("associations", number)
        role = self._text(entry, "role", line, f"associations[{number}]")
        place = f"association {role or number}"
        self._known(entry, _ASSOCIATION_KEYS, line, place)
        if role in self._roles or role in WORDS:
            self._tell(line, place, "this role is there already; give each association one of its own")
        self._roles.add(role)
        saps, device = self._numbers(entry, "client_saps", line, place), entry.get("logical_device")
        if not saps:
            self._tell(line, place, "client_saps is missing: the SAPs of the client, such as [16]")
        if device is not None and type(device) is not int:
            self._tell(line, place, "logical_device must be a number, the SAP of the server")
            device = None
        source = self._source(entry, {}, line, place)
        return AssociationRow(
            role,
            frozenset(saps),
            device,
            frozenset(self._words(entry, "contexts", line, place)),
            frozenset(self._words(entry, "mechanisms", line, place)),
            frozenset(self._words(entry, "conformance", line, place)),
            self._flag(entry, {}, line, place),
            self._when(entry, {}, line, place),
            source,
            line,
        )

    def _table_rows(self, table: dict[str, Any], number: int) -> Iterable[ObjectRow]:
        line = self._line_of_table("tables", number)
        title = self._text(table, "name", line, f"tables[{number}]")
        self._known(table, _TABLE_KEYS, line, f"table {title}")
        objects = table.get("objects")
        if not isinstance(objects, list) or not objects:
            self._tell(line, f"table {title}", "objects is missing: a list of rows, each { name = …, … }")
            return
        at = line
        for entry in objects:
            if not isinstance(entry, dict):
                self._tell(line, f"table {title}", "a row must be a table: { name = …, class_id = …, instance = … }")
                continue
            at = self._line_of_row(str(entry.get("instance", "")), at + 1) or at
            row = self._object(entry, table, title, at)
            if row is not None:
                yield row

    def _object(self, entry: dict[str, Any], table: dict[str, Any], title: str, line: int) -> ObjectRow | None:
        name = self._text(entry, "name", line, f"table {title}")
        place = f"row {name}"
        self._known(entry, _OBJECT_KEYS, line, place)
        classes = self._classes(entry, line, place)
        instance, source = (
            self._text(entry, "instance", line, place),
            self._source(entry, table, line, place),
        )
        try:
            codes = CodePattern.parse(instance)
        except ObisTableError as error:
            self._tell(line, place, str(error))
            return None
        scaler = entry.get("scaler")
        if scaler is not None and type(scaler) is not int:
            self._tell(line, place, "scaler must be a number, the exponent of 10")
            scaler = None
        return ObjectRow(
            title,
            name,
            classes,
            frozenset(self._numbers(entry, "versions", line, place)),
            instance,
            codes,
            self._in(entry, table, line, place),
            self._access(entry, table, classes, line, place),
            self._units(entry, line, place),
            scaler,
            self._flag(entry, table, line, place),
            self._when(entry, table, line, place),
            source,
            line,
        )

    def _classes(self, entry: dict[str, Any], line: int, place: str) -> tuple[int, ...]:
        one = entry.get("class_id")
        several = self._numbers(entry, "classes", line, place)
        if (one is None) == (not several) or (one is not None and type(one) is not int):
            self._tell(line, place, "say class_id = 3, or classes = [3, 4] where it may be one of several")
            return tuple(several)
        return tuple(several) if one is None else (one,)

    def _in(self, entry: dict[str, Any], table: dict[str, Any], line: int, place: str) -> frozenset[str]:
        holder = entry if "in" in entry else table
        roles = self._words(holder, "in", line, place)
        if not roles:
            self._tell(line, place, "in is missing, here and in the table: the associations that must have the object")
        for role in roles:
            self._known_role(role, line, place)
        return frozenset(roles)

    def _access(
        self, entry: dict[str, Any], table: dict[str, Any], classes: tuple[int, ...], line: int, place: str
    ) -> Mapping[str, Mapping[int, Wish]]:
        """The row's own access, or the table's as far as the class has the attributes."""
        own = "access" in entry
        given = entry.get("access", table.get("access", {}))
        if not isinstance(given, dict):
            self._tell(line, place, 'access must be a table by association: { public = { 2 = "read-only" } }')
            return {}
        access: dict[str, dict[int, Wish]] = {}
        indices = _indices(classes)
        for role, wishes in given.items():
            self._known_role(role, line, place)
            for index, word in (wishes if isinstance(wishes, dict) else {}).items():
                if word not in tuple(Wish):
                    near = _near(str(word), tuple(Wish))
                    self._tell(line, place, f"access.{role}.{index} is {word!r}; say {', '.join(Wish)}{near}")
                elif not index.isdigit() or (own and int(index) not in indices):
                    classes_told = " or ".join(map(str, classes))
                    self._tell(line, place, f"access.{role}.{index}: class {classes_told} has no such attribute")
                elif int(index) in indices:
                    access.setdefault(role, {})[int(index)] = Wish(word)
        return access

    def _units(self, entry: dict[str, Any], line: int, place: str) -> frozenset[int]:
        units = self._numbers(entry, "units", line, place)
        for unit in units:
            if unit not in meanings("unit"):
                self._tell(line, place, f"units: {unit} is no unit of the enumeration `unit`")
        return frozenset(units)

    def _source(self, entry: dict[str, Any], table: dict[str, Any], line: int, place: str) -> str:
        """The sources of a row, written out."""
        keys = self._words(entry if "source" in entry else table, "source", line, place)
        if not keys:
            self._tell(line, place, "source is missing, here and in the table: short names of [sources], as a list")
        for key in keys:
            if key.partition(":")[0] not in self._sources:
                self._tell(line, place, f"source {key!r} is not in [sources]{_near(key, self._sources)}")
        told = []
        for key in keys:
            head, _, detail = key.partition(":")
            told.append(", ".join(part for part in (self._sources.get(head, head), detail.strip()) if part))
        return "; ".join(told)

    def _when(self, entry: dict[str, Any], table: dict[str, Any], line: int, place: str) -> frozenset[str]:
        words = [*self._words(table, "when", line, place), *self._words(entry, "when", line, place)]
        for word in words:
            if word not in self._options:
                self._tell(line, place, f"when: {word!r} is not in [options]{_near(word, self._options)}")
        return frozenset(words)

    def _flag(self, entry: dict[str, Any], table: dict[str, Any], line: int, place: str) -> bool:
        value = entry.get("mandatory", table.get("mandatory", True))
        if not isinstance(value, bool):
            self._tell(line, place, "mandatory must be true or false")
        return bool(value)

    def _known_role(self, role: str, line: int, place: str) -> None:
        legal = {*self._roles, *WORDS}
        if role not in legal:
            self._tell(line, place, f"{role!r} is no association of this profile{_near(role, legal)}")

    def _known(self, entry: dict[str, Any], keys: frozenset[str], line: int, place: str) -> None:
        for key in sorted(entry.keys() - keys):
            at = line or self._line(rf"\[*\s*{re.escape(key)}\b")
            self._tell(at, place, f"{key} is no key here{_near(key, keys)}")

    def _text(self, entry: dict[str, Any], key: str, line: int, place: str) -> str:
        value = entry.get(key)
        if not isinstance(value, str) or not value.strip():
            self._tell(line, place, f"{key} is missing: a text in quotes")
            return ""
        return value

    def _texts(self, key: str) -> dict[str, str]:
        value = self._raw.get(key, {})
        if not isinstance(value, dict) or not all(isinstance(text, str) for text in value.values()):
            self._tell(self._line(rf"\[\s*{key}\s*\]"), key, 'must be a table of texts: name = "meaning"')
            return {}
        return dict(value)

    def _entries(self, key: str) -> list[dict[str, Any]]:
        value = self._raw.get(key, [])
        if not isinstance(value, list) or not all(isinstance(entry, dict) for entry in value):
            self._tell(self._line(rf"\[*\s*{key}\b"), key, f"must be a list of tables, each begun with [[{key}]]")
            return []
        return value

    def _words(self, entry: dict[str, Any], key: str, line: int, place: str) -> list[str]:
        value = entry.get(key, [])
        if not isinstance(value, list) or not all(isinstance(word, str) for word in value):
            self._tell(line, place, f'{key} must be a list of texts: {key} = ["…"]')
            return []
        return value

    def _numbers(self, entry: dict[str, Any], key: str, line: int, place: str) -> list[int]:
        value = entry.get(key, [])
        if not isinstance(value, list) or not all(type(number) is int for number in value):
            self._tell(line, place, f"{key} must be a list of numbers: {key} = [0]")
            return []
        return value

    def _tell(self, line: int, place: str, message: str) -> None:
        self._problems.append(Problem(self._file, line, place, message))

    def _line(self, pattern: str) -> int:
        found = re.compile(rf"\s*{pattern}")
        return next((number for number, line in enumerate(self._lines, 1) if found.match(line)), 0)

    def _line_of_table(self, key: str, position: int) -> int:
        head = re.compile(rf"\s*\[\[\s*{key}\s*\]\]")
        starts = [number for number, line in enumerate(self._lines, 1) if head.match(line)]
        return starts[position] if position < len(starts) else 0

    def _line_of_row(self, instance: str, start: int) -> int:
        """The line from `start` on that has this logical name in quotes."""
        for number in range(max(start, 1), len(self._lines) + 1):
            if instance and f'"{instance}"' in self._lines[number - 1]:
                return number
        return 0


def _indices(classes: tuple[int, ...]) -> frozenset[int]:
    """The attributes that some version of one of the classes has."""
    found = (class_version(class_id, version) for class_id in classes for version in versions_of(class_id))
    return frozenset(attribute.index for one in found if one is not None for attribute in one.attributes)


def _near(word: str, legal: Iterable[str]) -> str:
    close = get_close_matches(word, [str(one) for one in legal], n=1, cutoff=0.6)
    return f"; did you mean {close[0]!r}?" if close else ""
