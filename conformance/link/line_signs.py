"""What octets that make no frame tell about the line: parity, data bits, baud rate.

A receiver that is set to 8N1 takes the parity bit of the sender for its stop bit: where that bit is 1 the octet comes
through, where it is 0 the stop bit is missing and the octet is lost or becomes 00. So what comes through shows what the
sender uses.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from conformance.link.parity import even_weight

_ENOUGH: Final = 8
"""Octets, of at least `_DIFFERENT` values: by chance they would agree about once in 256."""
_DIFFERENT: Final = 4
_FLAG: Final = 0x7E


@dataclass(frozen=True, slots=True)
class LineSign:
    """A sign of how the line is set.

    Attributes:
        code: stable, kebab-case.
        message: what was seen, and what it may mean.
        suggestion: what to change.
    """

    code: str
    message: str
    suggestion: str

    def __str__(self) -> str:
        return f"{self.message} {self.suggestion}"


TOP_BIT = LineSign(
    "seven-data-bits",
    "Every octet received has its top bit set: 7 data bits seen as 8?",
    "Let the meter, or the gateway before it, send 8 data bits.",
)
ODD_WEIGHT = LineSign(
    "parity-mismatch",
    "Every octet received has odd weight: parity mismatch?",
    "The meter may send even parity: set parity=even in the link URL, or none in the meter.",
)
EVEN_WEIGHT = LineSign(
    "parity-mismatch",
    "Every octet received has even weight: parity mismatch?",
    "The meter may send odd parity: set parity=odd in the link URL, or none in the meter.",
)
SEVEN_BITS = LineSign(
    "text-in-7e1",
    "Every octet received is a character of 7 bits with even parity, 7E1: the meter speaks IEC 62056-21?",
    "Set opening=mode-e in the link URL.",
)
TEXT = LineSign(
    "text-not-hdlc",
    "What was received is text, no HDLC: the meter speaks IEC 62056-21?",
    "Set opening=mode-e in the link URL.",
)
NO_FLAG = LineSign(
    "no-flag",
    "No flag 7E is among the octets received: wrong baud rate, or no HDLC?",
    "Compare baud in the link URL with the meter's; most begin at 9600, or at 300 in mode E.",
)


def line_sign(octets: bytes) -> LineSign | None:
    """What octets that make no frame say of the line; None when they say nothing, or are too few."""
    through = octets.replace(b"\0", b"")
    if len(through) < _ENOUGH:
        return None
    various = len(set(through)) >= _DIFFERENT
    text = _is_text(bytes(octet & 0x7F for octet in through))
    if various and all(octet & 0x80 for octet in through):
        return TOP_BIT
    if various and all(even_weight(octet) for octet in through):
        return SEVEN_BITS if text else EVEN_WEIGHT
    if various and not any(even_weight(octet) for octet in through):
        return ODD_WEIGHT
    if _is_text(through):
        return TEXT
    return NO_FLAG if _FLAG not in octets and len(octets) >= 2 * _ENOUGH else None


def _is_text(octets: bytes) -> bool:
    """Whether these are the characters that IEC 62056-21 uses: printable ones, and its few control characters."""
    return all(0x20 <= octet < 0x7F or octet in b"\r\n\x01\x02\x03\x04\x06\x15" for octet in octets)
