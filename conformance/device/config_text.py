"""A device config as text, for tools that write one: tables, values, comments; what a meter says is escaped in it."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

LINE: Final = 120
"""Characters after which a list is set one entry to a line, and a comment is broken."""
_LONGEST_COMMENT: Final = 600
_SHORT: Final = {"\\": "\\\\", '"': '\\"', "\b": "\\b", "\t": "\\t", "\n": "\\n", "\f": "\\f", "\r": "\\r"}


@dataclass(frozen=True, slots=True)
class Hexadecimal:
    """A number that is written in hexadecimal digits.

    Attributes:
        digits: at least so many.
    """

    number: int
    digits: int = 2


@dataclass(frozen=True, slots=True)
class Inline:
    """An inline table."""

    entries: Mapping[str, Value]


Value = str | bool | int | float | Hexadecimal | Inline | Sequence["Value"]


@dataclass(frozen=True, slots=True)
class Entry:
    """One key.

    Attributes:
        remark: stands behind it, or above it where that would be too long.
        off: it is written as a comment, to be switched on by whoever knows better.
    """

    key: str
    value: Value
    remark: str = ""
    off: bool = False


@dataclass(frozen=True, slots=True)
class Section:
    """One table.

    Attributes:
        head: its name with brackets; empty for what stands before every table.
        entries: its keys.
        remarks: lines of comment above it.
        off: the whole table is written as comments.
    """

    head: str
    entries: tuple[Entry, ...] = ()
    remarks: tuple[str, ...] = ()
    off: bool = False


@dataclass(slots=True)
class ConfigText:
    """Collects sections and writes them."""

    sections: list[Section] = field(default_factory=list)

    def add(self, head: str, entries: Iterable[Entry], *, remarks: Iterable[str] = (), off: bool = False) -> None:
        """Append a table."""
        self.sections.append(Section(head, tuple(entries), tuple(remarks), off))

    def __str__(self) -> str:
        return "\n\n".join("\n".join(_section(section)) for section in self.sections) + "\n"


def one_line(text: object, limit: int = _LONGEST_COMMENT) -> str:
    """`text` in one line of about `limit` characters, without anything that hides, reorders or breaks a line."""
    whole = str(text)
    if len(whole) > limit:
        whole = f"{whole[:limit]}… ({len(whole) - limit} more characters)"
    shown = (
        character
        if not unicodedata.category(character).startswith(("C", "Z")) or character == " "
        else " "
        if character.isspace()
        else f"‹U+{ord(character):04X}›"
        for character in whole
    )
    return " ".join("".join(shown).split())


def written(value: Value) -> str:
    """A value in TOML, in one line."""
    match value:
        case bool():
            return "true" if value else "false"
        case int():
            return str(value)
        case float():
            return repr(value)
        case str():
            return quoted(value)
        case Hexadecimal(number=number, digits=digits):
            return f"0x{number:0{digits}X}"
        case Inline(entries=entries):
            inside = ", ".join(f"{_key(key)} = {written(item)}" for key, item in entries.items())
            return f"{{ {inside} }}" if inside else "{}"
        case _:
            return f"[{', '.join(written(item) for item in value)}]"


def quoted(text: str) -> str:
    """A basic string: control characters, lone surrogates and what reorders text are escaped or replaced."""
    return '"' + "".join(_character(character) for character in text) + '"'


def _character(character: str) -> str:
    if character in _SHORT:
        return _SHORT[character]
    category = unicodedata.category(character)
    if category == "Cs":
        return "\ufffd"
    if category.startswith("C") or category in ("Zl", "Zp"):
        code = ord(character)
        return f"\\u{code:04X}" if code <= 0xFFFF else f"\\U{code:08X}"
    return character


def _key(key: str) -> str:
    plain = key.isascii() and key.replace("_", "").replace("-", "").isalnum()
    return key if plain else quoted(key)


def _section(section: Section) -> Iterable[str]:
    for remark in section.remarks:
        yield from _comment(remark)
    mark = "# " if section.off else ""
    if section.head:
        yield f"{mark}{section.head}"
    for entry in section.entries:
        for line in _entry(entry):
            yield f"{mark}{line}"


def _entry(entry: Entry) -> Iterable[str]:
    remark = one_line(entry.remark)
    lines = [f"{_key(entry.key)} = {written(entry.value)}"]
    if len(lines[0]) > LINE and isinstance(entry.value, Sequence) and not isinstance(entry.value, str):
        lines = [f"{_key(entry.key)} = [", *(f"  {written(item)}," for item in entry.value), "]"]
    if entry.off:
        lines = [f"# {line}" for line in lines]
    if not remark:
        return lines
    if len(lines[0]) + len(remark) + 4 <= LINE:
        return [f"{lines[0]}  # {remark}", *lines[1:]]
    return [*_comment(remark), *lines]


def _comment(text: str) -> Iterable[str]:
    """A comment, broken into lines at spaces; a word longer than a line stays whole."""
    line = "#"
    for word in one_line(text).split(" "):
        if len(line) + 1 + len(word) > LINE and line != "#":
            yield line
            line = "#"
        line = f"{line} {word}" if word else line
    yield line
