"""One TOML file → a companion profile; every fault with its file and line."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from typing import Any, Final

from conformance.cosem.class_file import Problem
from conformance.cosem.class_tables import class_version, meanings, versions_of
from conformance.cosem.companion import WORDS, AssociationRow, Companion, ObjectRow, Wish
from conformance.cosem.companion_text import ProfileText, near
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


class _Reader(ProfileText):
    """Reads one file; each method notes what is wrong and goes on with the rest."""

    def __init__(self, file: str, text: str, raw: dict[str, Any], problems: list[Problem]) -> None:
        super().__init__(file, text, raw, problems)
        self._sources: dict[str, str] = {}
        self._options: dict[str, str] = {}
        self._roles: set[str] = set()

    def read(self) -> Companion | None:
        raw = self.raw
        self.known(raw, _FILE_KEYS, 0, "")
        name, edition = (self.text(raw, key, self.line(rf"{key}\s*="), key) for key in ("name", "edition"))
        self._sources, self._options = self.texts("sources"), self.texts("options")
        associations = [
            row
            for number, entry in enumerate(self.entries("associations"))
            if (row := self._association(entry, number)) is not None
        ]
        objects = [
            row for number, entry in enumerate(self.entries("tables")) for row in self._table_rows(entry, number)
        ]
        if not name:
            return None
        note = str(raw.get("note", ""))
        return Companion(
            self.file, name, edition, note, self._sources, self._options, tuple(associations), tuple(objects)
        )

    def _association(self, entry: dict[str, Any], number: int) -> AssociationRow | None:
        line = self.line_of_table("associations", number)
        role = self.text(entry, "role", line, f"associations[{number}]")
        place = f"association {role or number}"
        self.known(entry, _ASSOCIATION_KEYS, line, place)
        if role in self._roles or role in WORDS:
            self.tell(line, place, "this role is there already; give each association one of its own")
        self._roles.add(role)
        saps, device = self.numbers(entry, "client_saps", line, place), entry.get("logical_device")
        if not saps:
            self.tell(line, place, "client_saps is missing: the SAPs of the client, such as [16]")
        if device is not None and type(device) is not int:
            self.tell(line, place, "logical_device must be a number, the SAP of the server")
            device = None
        source = self._source(entry, {}, line, place)
        return AssociationRow(
            role,
            frozenset(saps),
            device,
            frozenset(self.words(entry, "contexts", line, place)),
            frozenset(self.words(entry, "mechanisms", line, place)),
            frozenset(self.words(entry, "conformance", line, place)),
            self._flag(entry, {}, line, place),
            self._when(entry, {}, line, place),
            source,
            line,
        )

    def _table_rows(self, table: dict[str, Any], number: int) -> Iterable[ObjectRow]:
        line = self.line_of_table("tables", number)
        title = self.text(table, "name", line, f"tables[{number}]")
        self.known(table, _TABLE_KEYS, line, f"table {title}")
        objects = table.get("objects")
        if not isinstance(objects, list) or not objects:
            self.tell(line, f"table {title}", "objects is missing: a list of rows, each { name = …, … }")
            return
        at = line
        for entry in objects:
            if not isinstance(entry, dict):
                self.tell(line, f"table {title}", "a row must be a table: { name = …, class_id = …, instance = … }")
                continue
            at = self.line_of_row(str(entry.get("instance", "")), at + 1) or at
            row = self._object(entry, table, title, at)
            if row is not None:
                yield row

    def _object(self, entry: dict[str, Any], table: dict[str, Any], title: str, line: int) -> ObjectRow | None:
        name = self.text(entry, "name", line, f"table {title}")
        place = f"row {name}"
        self.known(entry, _OBJECT_KEYS, line, place)
        classes = self._classes(entry, line, place)
        instance, source = (
            self.text(entry, "instance", line, place),
            self._source(entry, table, line, place),
        )
        try:
            codes = CodePattern.parse(instance)
        except ObisTableError as error:
            self.tell(line, place, str(error))
            return None
        scaler = entry.get("scaler")
        if scaler is not None and type(scaler) is not int:
            self.tell(line, place, "scaler must be a number, the exponent of 10")
            scaler = None
        return ObjectRow(
            title,
            name,
            classes,
            frozenset(self.numbers(entry, "versions", line, place)),
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
        several = self.numbers(entry, "classes", line, place)
        if (one is None) == (not several) or (one is not None and type(one) is not int):
            self.tell(line, place, "say class_id = 3, or classes = [3, 4] where it may be one of several")
            return tuple(several)
        return tuple(several) if one is None else (one,)

    def _in(self, entry: dict[str, Any], table: dict[str, Any], line: int, place: str) -> frozenset[str]:
        holder = entry if "in" in entry else table
        roles = self.words(holder, "in", line, place)
        if not roles:
            self.tell(line, place, "in is missing, here and in the table: the associations that must have the object")
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
            self.tell(line, place, 'access must be a table by association: { public = { 2 = "read-only" } }')
            return {}
        access: dict[str, dict[int, Wish]] = {}
        indices = _indices(classes)
        for role, wishes in given.items():
            self._known_role(role, line, place)
            for index, word in (wishes if isinstance(wishes, dict) else {}).items():
                if word not in tuple(Wish):
                    meant = near(str(word), tuple(Wish))
                    self.tell(line, place, f"access.{role}.{index} is {word!r}; say {', '.join(Wish)}{meant}")
                elif not index.isdigit() or (own and int(index) not in indices):
                    classes_told = " or ".join(map(str, classes))
                    self.tell(line, place, f"access.{role}.{index}: class {classes_told} has no such attribute")
                elif int(index) in indices:
                    access.setdefault(role, {})[int(index)] = Wish(word)
        return access

    def _units(self, entry: dict[str, Any], line: int, place: str) -> frozenset[int]:
        units = self.numbers(entry, "units", line, place)
        for unit in units:
            if unit not in meanings("unit"):
                self.tell(line, place, f"units: {unit} is no unit of the enumeration `unit`")
        return frozenset(units)

    def _source(self, entry: dict[str, Any], table: dict[str, Any], line: int, place: str) -> str:
        """The sources of a row, written out."""
        keys = self.words(entry if "source" in entry else table, "source", line, place)
        if not keys:
            self.tell(line, place, "source is missing, here and in the table: short names of [sources], as a list")
        for key in keys:
            if key.partition(":")[0] not in self._sources:
                self.tell(line, place, f"source {key!r} is not in [sources]{near(key, self._sources)}")
        told = []
        for key in keys:
            head, _, detail = key.partition(":")
            told.append(", ".join(part for part in (self._sources.get(head, head), detail.strip()) if part))
        return "; ".join(told)

    def _when(self, entry: dict[str, Any], table: dict[str, Any], line: int, place: str) -> frozenset[str]:
        words = [*self.words(table, "when", line, place), *self.words(entry, "when", line, place)]
        for word in words:
            if word not in self._options:
                self.tell(line, place, f"when: {word!r} is not in [options]{near(word, self._options)}")
        return frozenset(words)

    def _flag(self, entry: dict[str, Any], table: dict[str, Any], line: int, place: str) -> bool:
        value = entry.get("mandatory", table.get("mandatory", True))
        if not isinstance(value, bool):
            self.tell(line, place, "mandatory must be true or false")
        return bool(value)

    def _known_role(self, role: str, line: int, place: str) -> None:
        legal = {*self._roles, *WORDS}
        if role not in legal:
            self.tell(line, place, f"{role!r} is no association of this profile{near(role, legal)}")


def _indices(classes: tuple[int, ...]) -> frozenset[int]:
    """The attributes that some version of one of the classes has."""
    found = (class_version(class_id, version) for class_id in classes for version in versions_of(class_id))
    return frozenset(attribute.index for one in found if one is not None for attribute in one.attributes)
