"""How exactly a link tells when octets passed: the time of one character, and whether pauses can be seen at all."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from conformance.link.line_model import OCTET_BITS
from conformance.link.url import LinkUrl

_NETWORK: Final = frozenset(("tcp", "udp", "rfc2217", "socket"))
"""Schemes behind which a network collects octets into packets: what arrives apart was not sent apart."""


@dataclass(frozen=True, slots=True)
class Pace:
    """What is known of the timing of a link.

    Attributes:
        character_s: how long one character is on the line, with start, parity and stop bits; None: not known.
        sees_pauses: octets arrive as they were sent, so that a pause between two of them can be measured.
        virtual: the clock of the link is moved on by the tool; nothing on it is wall time.
    """

    character_s: float | None = None
    sees_pauses: bool = True
    virtual: bool = False


def baud_of(url: LinkUrl) -> int | None:
    """Bits per second on the line that `url` names; None where it names none, or the meter does in its opening."""
    if url.model is not None:
        return url.model.baud
    if url.serial is not None and url.serial.opening is None:
        return url.serial.baud
    return None


def pace_of(url: LinkUrl, baud: int | None = None) -> Pace:
    """The timing of the link that `url` names.

    Args:
        url: of the link.
        baud: that the opening of the line has led to; None: the one that the URL names, if it does.
    """
    found = baud if baud is not None else baud_of(url)
    return Pace(
        character_s=_bits(url) / found if found else None,
        sees_pauses=url.scheme not in _NETWORK,
        virtual=url.scheme == "loopback",
    )


def _bits(url: LinkUrl) -> int:
    """Bits of one character: start, data, parity, stop."""
    serial = url.serial
    if serial is None:
        return OCTET_BITS
    return 1 + serial.data_bits + (serial.parity != "none") + serial.stop_bits
