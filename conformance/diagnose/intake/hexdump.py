"""Lines of a hex dump: an offset, octets, and the same octets as text beside them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

_LINE: Final = re.compile(
    r"^\s*(?:0[xX])?([0-9A-Fa-f]{3,8})(?:h?:\s*|\s+|\s*[|-]\s*)(?=[0-9A-Fa-f]{2})(.*)$", re.DOTALL
)
_MOST: Final = 64
"""Octets of a line."""
_OCTETS: Final = re.compile(r"(?:[0-9A-Fa-f]{2})+")
_GAP: Final = re.compile(r"[ \t]{2,}|[ \t]*\|")


@dataclass(frozen=True, slots=True)
class DumpLine:
    """One line of a dump.

    Attributes:
        offset: that stands before it, as hexadecimal number.
        decimal: the same digits as decimal number; -1 where they are none.
        octets: of the line.
        column: of the first of them, counted from 1.
        text: it has a column of text.
    """

    offset: int
    decimal: int
    octets: bytes
    column: int
    text: bool


def read(line: str) -> DumpLine | None:
    """The line as one of a dump; None where it cannot be one."""
    if len(line) > 8 * _MOST:
        return None
    found = _LINE.match(line)
    if found is None:
        return None
    octets, text = _octets(found[2])
    if not octets or len(octets) > _MOST:
        return None
    digits = found[1]
    return DumpLine(int(digits, 16), int(digits) if digits.isdigit() else -1, octets, found.start(2) + 1, text)


def _octets(rest: str) -> tuple[bytes, bool]:
    """The octets, and whether the text beside them was found; it is what agrees with them."""
    rest = rest.rstrip("\r\n")
    for gap in (*_GAP.finditer(rest), None):
        if gap is None:
            octets = _hexadecimal(rest)
            return (octets, False) if octets is not None else (b"", False)
        octets = _hexadecimal(rest[: gap.start()])
        if octets and _agrees(octets, rest[gap.end() :]):
            return octets, True
    return b"", False


def _hexadecimal(text: str) -> bytes | None:
    parts = text.replace("-", " ").replace("|", " ").split()
    if not parts or not all(_OCTETS.fullmatch(part) for part in parts):
        return None
    return bytes.fromhex("".join(parts))


def _agrees(octets: bytes, text: str) -> bool:
    text = text.strip("|").rstrip()
    shown = "".join(chr(octet) if 0x20 <= octet < 0x7F else "." for octet in octets)
    if len(text) > len(octets) or not text:
        return False
    # An editor may have cut blanks at the end, and a character that is not ASCII may be shown as anything.
    shown = shown[: len(text)] if not shown[len(text) :].strip() else shown
    return len(text) == len(shown) and all(
        seen == right or (right == "." and not seen.isalnum()) or ord(seen) > 0x7E
        for seen, right in zip(text, shown, strict=True)
    )
