"""The class tables against themselves: what a table could get wrong without being unreadable."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from importlib.resources.abc import Traversable
from itertools import pairwise

from conformance.cosem.class_file import ClassFile, Problem, read
from conformance.cosem.class_tables import SHARED, class_id_of, directory
from conformance.cosem.interface_class import AttributeDefinition, ClassVersion, MethodDefinition
from conformance.cosem.table_lines import line_of_entry, line_of_key, line_of_version
from conformance.cosem.type_language import Format, SimpleType
from conformance.dlms.data.types import DataType

_WORD = re.compile(r"[A-Za-z][A-Za-z0-9_-]*")
_QUOTED = re.compile(r"^\s*\"?(?P<key>[A-Za-z_][A-Za-z0-9_]*)\"?\s*=\s*\"(?P<type>[^\"]*)\"", re.MULTILINE)
_STEP = 8
"""Short names of attributes and methods lie 8 apart (IEC 62056-6-2, base_name + offset)."""


def problems(tables: Traversable | None = None) -> tuple[Problem, ...]:
    """Every fault of every table, in order of file and line; none when the tables are sound.

    Args:
        tables: the directory with the tables; None means the package's own.
    """
    root = tables if tables is not None else directory()
    found: list[Problem] = []
    shared = read(SHARED, (root / SHARED).read_text(encoding="utf-8"), None, found)
    texts: dict[str, str] = {}
    seen: dict[int, str] = {}
    for path in sorted(root.iterdir(), key=lambda one: one.name):
        if not path.name.endswith(".toml") or path.name == SHARED:
            continue
        texts[path.name] = path.read_text(encoding="utf-8")
        table = read(path.name, texts[path.name], shared, found)
        if table is not None:
            found += _class_problems(table, seen)
    if shared is not None:
        found += _meaning_problems(shared)
        found += _unused(shared, [shared.text, *texts.values()])
    return tuple(sorted(found))


def _class_problems(table: ClassFile, seen: dict[int, str]) -> Iterator[Problem]:
    if class_id_of(table.file) != table.class_id:
        yield Problem(
            table.file,
            line_of_key(table.text, "class_id"),
            "",
            f"class_id is {table.class_id}; a file of this class is called {table.class_id:03d}_name.toml",
        )
    other = seen.setdefault(table.class_id, table.file)
    if other != table.file:
        yield Problem(table.file, 0, "", f"{other} defines class_id {table.class_id} too")
    numbers = [version.version for version in table.versions]
    for position, (before, after) in enumerate(pairwise(numbers), 1):
        if after <= before:
            line = line_of_version(table.text, position)
            yield Problem(table.file, line, f"version {after}", f"stands after version {before}; versions ascend")
    for position, version in enumerate(table.versions):
        yield from _version_problems(table, position, version)
    yield from _meaning_problems(table)
    yield from _unused(table, [table.text])


def _version_problems(table: ClassFile, position: int, version: ClassVersion) -> Iterator[Problem]:
    place = f"version {version.version}"
    start = line_of_version(table.text, position)
    lists: tuple[tuple[str, Sequence[AttributeDefinition | MethodDefinition]], ...] = (
        ("attribute", version.attributes),
        ("method", version.methods),
    )
    for sort, entries in lists:
        due = 1
        for entry in entries:
            # Methods may pass over numbers that the standard reserves, when the note says so.
            passes_over = sort == "method" and entry.index > due and entry.note is not None
            if entry.index != due and not passes_over:
                line = line_of_entry(table.text, position, entry.name, sort)
                message = f"index {entry.index} where {due} is due"
                yield Problem(table.file, line, f"{place}, {sort} {entry.name}", message)
                break
            due = entry.index + 1
        for name, count in Counter(entry.name for entry in entries).items():
            if count > 1:
                line = line_of_entry(table.text, position, name, sort)
                yield Problem(table.file, line, place, f"{count} {sort}s are called {name}")
    if version.attributes and not _is_logical_name(version.attributes[0]):
        line = line_of_entry(table.text, position, version.attributes[0].name, "attribute")
        yield Problem(table.file, line or start, place, "attribute 1 is not logical_name, octet-string(6), static")
    yield from _offset_problems(table, position, version)


def _is_logical_name(attribute: AttributeDefinition) -> bool:
    type_ = attribute.type
    return (
        attribute.name == "logical_name"
        and attribute.kind == "static"
        and attribute.mandatory
        and isinstance(type_, SimpleType)
        and type_.type is DataType.OCTET_STRING
        and type_.format is Format.LOGICAL_NAME
    )


def _offset_problems(table: ClassFile, position: int, version: ClassVersion) -> Iterator[Problem]:
    """Offsets are multiples of 8; those of attributes and then those of methods ascend, none twice."""
    entries: list[tuple[str, AttributeDefinition | MethodDefinition]] = [
        *(("attribute", one) for one in version.attributes),
        *(("method", one) for one in version.methods),
    ]
    last, last_name = -1, ""
    for sort, entry in entries:
        if entry.offset is None:
            continue
        line = line_of_entry(table.text, position, entry.name, sort)
        place = f"version {version.version}, {sort} {entry.index} {entry.name}"
        if entry.offset < 0 or entry.offset % _STEP:
            yield Problem(table.file, line, place, f"offset {entry.offset:#04x} is no multiple of 8")
        elif sort == "attribute" and entry.offset != _STEP * (entry.index - 1):
            due = _STEP * (entry.index - 1)
            yield Problem(
                table.file, line, place, f"offset {entry.offset:#04x}; attribute {entry.index} has {due:#04x}"
            )
        if entry.offset <= last:
            yield Problem(table.file, line, place, f"offset {entry.offset:#04x} is not above that of {last_name}")
        last, last_name = entry.offset, entry.name


def _meaning_problems(table: ClassFile) -> Iterator[Problem]:
    for name, meanings in table.enumerations.items():
        line = _line_of_enumeration(table.text, name)
        if not meanings:
            yield Problem(table.file, line, f"enumeration {name}", "has no values")
        for meaning, numbers in _by_meaning(meanings).items():
            if len(numbers) > 1 and not meaning.lower().startswith("reserved"):
                values = ", ".join(map(str, numbers))
                yield Problem(table.file, line, f"enumeration {name}", f"{values} all mean {meaning!r}")


def _by_meaning(meanings: Mapping[int, str]) -> dict[str, list[int]]:
    numbers: dict[str, list[int]] = {}
    for number, meaning in meanings.items():
        numbers.setdefault(meaning, []).append(number)
    return numbers


def _unused(table: ClassFile, texts: Sequence[str]) -> Iterator[Problem]:
    """Named types and enumerations of a file that nothing uses; shared dates and times stay, used or not."""
    words = Counter(word for text in texts for match in _types_in(text) for word in _WORD.findall(match))
    kept = _SHARED_NAMES if table.file == SHARED else frozenset[str]()
    for name in table.types:
        if not words[name] and name not in kept:
            yield Problem(table.file, line_of_key(table.text, name), f"type {name}", "is used nowhere")
    for name in table.enumerations:
        if not words[name] and name not in kept:
            line = _line_of_enumeration(table.text, name)
            yield Problem(table.file, line, f"enumeration {name}", "is used nowhere")


_SHARED_NAMES = frozenset(("date_time", "calendar_date", "time_of_day"))
_TYPE_KEYS = re.compile(r"\b(?:type|parameter|returns)\s*=\s*[\"']([^\"']*)[\"']")
_SECTION = re.compile(r"^\s*\[types\]\s*$(.*?)(?=^\s*\[|\Z)", re.MULTILINE | re.DOTALL)


def _types_in(text: str) -> Iterator[str]:
    """Every piece of the type language in the text of a table."""
    yield from _TYPE_KEYS.findall(text)
    for section in _SECTION.findall(text):
        yield from (match["type"] for match in _QUOTED.finditer(section))


def _line_of_enumeration(text: str, name: str) -> int:
    wanted = f"[enumerations.{name}]"
    return next((number for number, line in enumerate(text.splitlines(), 1) if line.strip() == wanted), 0)
