"""The files of OBIS rules in `obis_codes/`, read once: rows of patterns of codes with what they say."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

_GROUPS = "ABCDEF"
_SHAPE = re.compile(r"([^-:]+)-([^:]+):([^:]+)")
_PART = re.compile(r"(\d+)(?:\.\.(\d+))?")
_RANGE = r"(?:\*|\d+(?:\.\.\d+)?(?:,\d+(?:\.\.\d+)?)*)"
_TAIL = re.compile(rf"({_RANGE})\.({_RANGE})\.({_RANGE})\.({_RANGE})")
_MEDIA_FILES = ("abstract.toml", "electricity.toml", "gas.toml")
_GROUPS_FILE = "groups.toml"
_ALL = frozenset(range(256))


class ObisTableError(Exception):
    """A file of OBIS rules that cannot be used, with the file and the row."""


@dataclass(frozen=True, slots=True)
class CodePattern:
    """Which codes a row is about: for each value group the values that fit."""

    groups: tuple[frozenset[int], ...]

    def fits(self, octets: bytes) -> bool:
        """Whether the six octets of a logical name fit."""
        return all(octet in values for octet, values in zip(octets, self.groups, strict=True))

    @classmethod
    def parse(cls, text: str) -> CodePattern:
        """Read `1-0..64:1..20,82.8.0..63.255`; `*` fits every value.

        Raises:
            ObisTableError: the text is no pattern.
        """
        shape = _SHAPE.fullmatch(text)
        tail = _TAIL.fullmatch(shape[3]) if shape else None
        if shape is None or tail is None:
            raise ObisTableError(f"{text!r} is no pattern A-B:C.D.E.F with numbers, ranges 0..64, lists or *")
        return cls(tuple(_values(part, text) for part in (shape[1], shape[2], *tail.groups())))


@dataclass(frozen=True, slots=True)
class ObjectRow:
    """Codes with the name of what they identify and the classes that it may be of; None: not restricted."""

    codes: CodePattern
    name: str
    classes: frozenset[int] | None


@dataclass(frozen=True, slots=True)
class UnitRow:
    """Codes with the units that a register may have."""

    codes: CodePattern
    units: frozenset[int]


@dataclass(frozen=True, slots=True)
class ReservedRow:
    """Codes of which one value group is not legal, and why."""

    codes: CodePattern
    group: str
    why: str


@dataclass(frozen=True, slots=True)
class GroupRules:
    """What holds for all media.

    Attributes:
        free: codes that the standard leaves to somebody else.
        reserved: codes that it has not given a meaning.
        media: names of value group A.
    """

    free: tuple[ObjectRow, ...]
    reserved: tuple[ReservedRow, ...]
    media: Mapping[int, str]


@dataclass(frozen=True, slots=True)
class Medium:
    """What one file says of the codes of one medium.

    Attributes:
        names: of the values of a group, by the group's letter.
    """

    objects: tuple[ObjectRow, ...]
    units: tuple[UnitRow, ...]
    names: Mapping[str, Mapping[int, str]]


@cache
def group_rules() -> GroupRules:
    """The rules of `groups.toml`."""
    raw = _read(_GROUPS_FILE)
    reserved = tuple(
        ReservedRow(_codes(row, _GROUPS_FILE), _group(row), str(row.get("why", ""))) for row in raw.get("reserved", ())
    )
    media = {int(number): str(name) for number, name in raw.get("media", {}).items()}
    return GroupRules(_objects(raw.get("free", ()), _GROUPS_FILE), reserved, media)


@cache
def media() -> Mapping[int, Medium]:
    """What the files say, by the value of group A."""
    found: dict[int, Medium] = {}
    for file in _MEDIA_FILES:
        raw = _read(file)
        names = {
            letter: {int(number): str(name) for number, name in table.items()}
            for letter, table in raw.get("names", {}).items()
        }
        units = tuple(UnitRow(_codes(row, file), _numbers(row, "units", file)) for row in raw.get("units", ()))
        medium = Medium(_objects(raw.get("objects", ()), file), units, names)
        for a in frozenset[int]().union(*(row.codes.groups[0] for row in medium.objects)):
            found[a] = medium
    return found


def _objects(rows: list[Mapping[str, Any]] | tuple[()], file: str) -> tuple[ObjectRow, ...]:
    return tuple(
        ObjectRow(
            _codes(row, file),
            str(row["name"]),
            _numbers(row, "classes", file) if row.get("classes") is not None else None,
        )
        for row in rows
    )


def _codes(row: Mapping[str, Any], file: str) -> CodePattern:
    try:
        return CodePattern.parse(str(row.get("codes")))
    except ObisTableError as error:
        raise ObisTableError(f"{file}: {error}") from None


def _numbers(row: Mapping[str, Any], key: str, file: str) -> frozenset[int]:
    numbers = row.get(key)
    if not isinstance(numbers, list) or not numbers or not all(isinstance(number, int) for number in numbers):
        raise ObisTableError(f"{file}: {row.get('codes')}: {key} is {numbers!r}; it is a list of numbers")
    return frozenset(numbers)


def _group(row: Mapping[str, Any]) -> str:
    group = str(row.get("group"))
    if group not in _GROUPS or len(group) != 1:
        raise ObisTableError(f"{_GROUPS_FILE}: {row.get('codes')}: group is {group!r}; it is one of A to F")
    return group


@cache
def _values(part: str, text: str) -> frozenset[int]:
    if part == "*":
        return _ALL
    values: set[int] = set()
    for piece in part.split(","):
        match = _PART.fullmatch(piece)
        low, high = (int(match[1]), int(match[2] or match[1])) if match else (1, 0)
        if not 0 <= low <= high <= 255:
            raise ObisTableError(f"{text!r}: {piece!r} is no value or range from 0 to 255")
        values.update(range(low, high + 1))
    return frozenset(values)


def _read(file: str) -> dict[str, Any]:
    text = (files("conformance.cosem") / "obis_codes" / file).read_text(encoding="utf-8")
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ObisTableError(f"{file}: no TOML: {error}") from None
