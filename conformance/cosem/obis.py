"""Logical names: the OBIS code that identifies every COSEM object, as text and as six octets (IEC 62056-6-1)."""

from __future__ import annotations

import re
from dataclasses import dataclass

_SHAPE = re.compile(r"(\d+)-(\d+):(\d+)\.(\d+)\.(\d+)[.*&](\d+)", re.ASCII)
_DOTTED = re.compile(r"(\d+)\.(\d+)\.(\d+)\.(\d+)\.(\d+)\.(\d+)", re.ASCII)
_HEX = re.compile(r"[0-9A-Fa-f]{12}", re.ASCII)
_WITHOUT_F = re.compile(r"(\d+)-(\d+):(\d+)\.(\d+)\.(\d+)", re.ASCII)
_GROUPS = "ABCDEF"


class ObisError(ValueError):
    """Text or octets that are no logical name; the message says which part, and what would be one."""


@dataclass(frozen=True, slots=True, order=True)
class LogicalName:
    """The six value groups A to F of an OBIS code, each 0 to 255.

    Attributes:
        octets: A, B, C, D, E, F, as they go on the wire.
    """

    octets: bytes

    def __post_init__(self) -> None:
        if len(self.octets) != 6:
            raise ObisError(
                f"a logical name has 6 octets, not {len(self.octets)}: {self.octets.hex().upper() or 'none'}"
            )

    @classmethod
    def parse(cls, text: str) -> LogicalName:
        """Read `1-0:1.8.0.255`, `1-0:1.8.0*255`, `1.0.1.8.0.255` or `0100010800FF`.

        Raises:
            ObisError: with the group that is wrong, or the spelling that was probably meant.
        """
        stripped = text.strip()
        if _HEX.fullmatch(stripped):
            return cls(bytes.fromhex(stripped))
        match = _SHAPE.fullmatch(stripped) or _DOTTED.fullmatch(stripped)
        if match is None:
            if _WITHOUT_F.fullmatch(stripped):
                raise ObisError(f"{text!r} has no value group F; write {stripped}.255 if the current value is meant")
            raise ObisError(f"{text!r} is no logical name; write A-B:C.D.E.F, for example 1-0:1.8.0.255")
        groups = [int(group) for group in match.groups()]
        for letter, value in zip(_GROUPS, groups, strict=True):
            if value > 255:
                raise ObisError(f"{text!r}: value group {letter} is {value}; it goes from 0 to 255")
        return cls(bytes(groups))

    def __str__(self) -> str:
        a, b, c, d, e, f = self.octets
        return f"{a}-{b}:{c}.{d}.{e}.{f}"


def octets_of(text: str) -> bytes:
    """The six octets of a logical name written as text.

    Raises:
        ObisError: as `LogicalName.parse`.
    """
    return LogicalName.parse(text).octets


def text_of(octets: bytes) -> str:
    """`1-0:1.8.0.255` for six octets; the hexadecimal digits for anything else, which a meter may well send."""
    return str(LogicalName(octets)) if len(octets) == 6 else octets.hex().upper()
