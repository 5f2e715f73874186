"""One TOML file of the class tables → an interface class; every fault with its file and line."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from conformance.cosem.interface_class import AttributeDefinition, ClassVersion, MethodDefinition
from conformance.cosem.named_types import NamedTypes
from conformance.cosem.table_lines import line_of_entry, line_of_key, line_of_version
from conformance.cosem.type_language import WORDS, TypeExpression, TypeLanguageError, parse

_FILE_KEYS = frozenset(("class_id", "name", "source", "note", "types", "enumerations", "versions"))
_VERSION_KEYS = frozenset(("version", "source", "note", "attributes", "methods"))
_ATTRIBUTE_KEYS = frozenset(("index", "name", "type", "kind", "mandatory", "offset", "note"))
_METHOD_KEYS = frozenset(("index", "name", "parameter", "returns", "mandatory", "offset", "note"))
Line = int | Callable[[], int]
"""A line, or how to find it when it is needed: looking for all of them would take longer than reading."""
_KINDS: Mapping[str, Any] = {"static": "static", "dynamic": "dynamic"}


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One fault of one table: file, line (0: not known), place in words, and what is wrong."""

    file: str
    line: int
    place: str
    message: str

    def __str__(self) -> str:
        at = f"{self.file}:{self.line}" if self.line else self.file
        return f"{at}: {self.place}: {self.message}" if self.place else f"{at}: {self.message}"


@dataclass(frozen=True, slots=True)
class ClassFile:
    """What one file says.

    Attributes:
        versions: ascending as in the file.
        types: the named types of this file.
        enumerations: of this file: meanings by value.
        text: the file's text.
    """

    file: str
    class_id: int
    name: str
    source: str
    versions: tuple[ClassVersion, ...]
    types: Mapping[str, TypeExpression]
    enumerations: Mapping[str, Mapping[int, str]]
    text: str


def read(file: str, text: str, shared: ClassFile | None, problems: list[Problem]) -> ClassFile | None:
    """What the table `text` says; its faults go to `problems`, and what is faulty is left out.

    Args:
        file: the file's name, for messages.
        text: the file's text.
        shared: shared.toml, whose names every file may use; None when it is itself read.
        problems: takes the faults.

    Returns:
        None when the text is no TOML or has no class_id.
    """
    try:
        raw = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        problems.append(Problem(file, getattr(error, "lineno", 0), "", f"no TOML: {error}"))
        return None
    return _FileReader(file, text, raw, shared, problems).read()


class _FileReader:
    def __init__(
        self, file: str, text: str, raw: dict[str, Any], shared: ClassFile | None, problems: list[Problem]
    ) -> None:
        self.file = file
        self.text = text
        self.raw = raw
        self.shared = shared
        self.problems = problems
        self.own_enumerations = self._enumerations()
        enumerations = {**(shared.enumerations if shared else {}), **self.own_enumerations}
        self.names = NamedTypes(self._type_texts(), shared.types if shared else {}, enumerations, {}, [])

    def read(self) -> ClassFile | None:
        self._check_keys(self.raw, _FILE_KEYS, "", 1)
        types = {name: one for name in self.names.texts if (one := self._named(name)) is not None}
        if self.shared is None:
            return ClassFile(self.file, 0, "", "", (), types, self.own_enumerations, self.text)
        class_id, name, source = (self.raw.get(key) for key in ("class_id", "name", "source"))
        if not isinstance(class_id, int) or not 0 < class_id <= 0xFFFF:
            self._problem(line_of_key(self.text, "class_id"), "", "class_id is missing, or no number from 1 to 65535")
            return None
        name = self._wanted_text(name, "name")
        source = self._wanted_text(source, "source")
        raw_versions = self._tables(self.raw, "versions", "", 0)
        if not raw_versions:
            self._problem(0, "", "there is no [[versions]]")
        versions = tuple(
            self._version(class_id, name, source, position, raw) for position, raw in enumerate(raw_versions)
        )
        return ClassFile(self.file, class_id, name, source, versions, types, self.own_enumerations, self.text)

    def _wanted_text(self, value: object, key: str) -> str:
        if isinstance(value, str) and value.strip():
            return value
        self._problem(line_of_key(self.text, key), "", f"{key} is missing, or empty")
        return ""

    def _version(self, class_id: int, name: str, source: str, position: int, raw: Any) -> ClassVersion:
        line = partial(line_of_version, self.text, position)
        number = raw.get("version")
        if not isinstance(number, int) or not 0 <= number <= 255:
            self._problem(line, f"[[versions]] number {position + 1}", "version is missing, or no number from 0 to 255")
            number = position
        place = f"version {number}"
        self._check_keys(raw, _VERSION_KEYS, place, line)
        attributes = self._tables(raw, "attributes", place, line)
        methods = self._tables(raw, "methods", place, line)
        if not attributes:
            self._problem(line, place, "there are no attributes")
        return ClassVersion(
            class_id,
            number,
            name,
            raw.get("source", source),
            tuple(filter(None, (self._attribute(one, place, position) for one in attributes))),
            tuple(filter(None, (self._method(one, place, position) for one in methods))),
        )

    def _tables(self, raw: Any, key: str, place: str, line: Line) -> list[dict[str, Any]]:
        entries = raw.get(key, [])
        if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
            self._problem(line, place, f"{key} is {entries!r:.60}; it is a list of tables")
            return []
        return entries

    def _attribute(self, raw: Any, place: str, position: int) -> AttributeDefinition | None:
        line, where = self._entry(raw, "attribute", place, position, _ATTRIBUTE_KEYS)
        index, name, type_text = raw.get("index"), raw.get("name"), raw.get("type")
        type_ = self._type(type_text, "type", where, line)
        kind = _KINDS.get(str(raw.get("kind")))
        if kind is None:
            self._problem(line, where, f"kind is {raw.get('kind')!r}; it is static or dynamic")
        if type_ is None or kind is None or not self._has_index(index, name, where, line):
            return None
        mandatory, offset, note = raw.get("mandatory", True), raw.get("offset"), raw.get("note")
        return AttributeDefinition(index, name, type_, kind, mandatory, offset, note, type_text)

    def _method(self, raw: Any, place: str, position: int) -> MethodDefinition | None:
        line, where = self._entry(raw, "method", place, position, _METHOD_KEYS)
        index, name = raw.get("index"), raw.get("name")
        parameter = self._type(raw["parameter"], "parameter", where, line) if "parameter" in raw else None
        returns = self._type(raw["returns"], "returns", where, line) if "returns" in raw else None
        if not self._has_index(index, name, where, line):
            return None
        mandatory, offset, note = raw.get("mandatory", False), raw.get("offset"), raw.get("note")
        return MethodDefinition(index, name, parameter, returns, mandatory, offset, note, raw.get("parameter", ""))

    def _entry(self, raw: Any, sort: str, place: str, position: int, keys: frozenset[str]) -> tuple[Line, str]:
        line = partial(line_of_entry, self.text, position, str(raw.get("name")), sort)
        where = f"{place}, {sort} {raw.get('index', '?')} {raw.get('name', '')}".rstrip()
        self._check_keys(raw, keys, where, line)
        for key, kinds in (("mandatory", bool), ("offset", int), ("note", str)):
            if key in raw and not isinstance(raw[key], kinds):
                self._problem(line, where, f"{key} is {raw[key]!r}, which is no {kinds.__name__}")
        return line, where

    def _has_index(self, index: object, name: object, where: str, line: Line) -> bool:
        good = isinstance(index, int) and isinstance(name, str) and bool(name)
        if not good:
            self._problem(line, where, "index (a number) and name are both needed")
        return good

    def _type(self, text: object, key: str, where: str, line: Line) -> TypeExpression | None:
        if not isinstance(text, str):
            self._problem(line, where, f"{key} is {text!r}; it is one line of the type language")
            return None
        try:
            return parse(text, self.names, self.names.enumerations)
        except TypeLanguageError as error:
            self._problem(line, where, f"{key}: {error}")
            return None

    def _named(self, name: str) -> TypeExpression | None:
        line = partial(line_of_key, self.text, name)
        if name in WORDS:
            self._problem(line, f"type {name}", "a type of Data has this name; call it otherwise")
            return None
        try:
            return self.names[name]
        except TypeLanguageError as error:
            self._problem(line, f"type {name}", str(error))
            return None

    def _table(self, key: str) -> dict[str, Any]:
        table = self.raw.get(key, {})
        if not isinstance(table, dict):
            self._problem(line_of_key(self.text, key), "", f"{key} is {table!r:.60}; it is a table")
            return {}
        return table

    def _type_texts(self) -> dict[str, str]:
        texts: dict[str, str] = {}
        for name, text in self._table("types").items():
            if isinstance(text, str):
                texts[name] = text
            else:
                self._problem(line_of_key(self.text, name), f"type {name}", "is one line of the type language")
        return texts

    def _enumerations(self) -> dict[str, Mapping[int, str]]:
        enumerations: dict[str, Mapping[int, str]] = {}
        for name, raw in self._table("enumerations").items():
            meanings: dict[int, str] = {}
            if not isinstance(raw, dict):
                self._problem(line_of_key(self.text, name), f"enumeration {name}", f"write [enumerations.{name}]")
                continue
            for key, meaning in raw.items():
                if not key.isdecimal() or not isinstance(meaning, str) or not meaning:
                    line = line_of_key(self.text, key)
                    self._problem(line, f"enumeration {name}", f'{key} = {meaning!r}; write 0 = "meaning"')
                    continue
                meanings[int(key)] = meaning
            enumerations[name] = meanings
        return enumerations

    def _check_keys(self, raw: Mapping[str, object], known: frozenset[str], place: str, line: Line) -> None:
        for key in raw:
            if key not in known:
                self._problem(line, place, f"unknown key {key!r}; there are {', '.join(sorted(known))}")

    def _problem(self, line: Line, place: str, message: str) -> None:
        self.problems.append(Problem(self.file, line if isinstance(line, int) else line(), place, message))
