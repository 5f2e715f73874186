"""Which octet a frame lost, or has too many, where its check sequences prove it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from conformance.diagnose.intake.frame_look import look
from conformance.dlms.hdlc.fcs import fcs16
from conformance.dlms.hdlc.frame import FLAG

_LONGEST: Final = 600
"""Octets of a frame in which a place is searched."""
_SWALLOWED: Final = ((0x11, "XON"), (0x13, "XOFF"))
_STUFFED: Final = ((b"\x7d\x5e", b"\x7e"), (b"\x7d\x5d", b"\x7d"))


@dataclass(frozen=True, slots=True)
class Restored:
    """What makes a frame whole.

    Attributes:
        code: of the finding; empty where the general one fits.
        message: a sentence.
        suggestion: what to change.
    """

    code: str
    message: str
    suggestion: str


def restored(octets: bytes, size: int) -> Restored | None:
    """What happened to octets that should be `size` from flag to flag; None where nothing makes them a sound frame."""
    if not 9 <= len(octets) <= _LONGEST or octets[0] != FLAG:
        return None
    return _stuffed(octets, size) or _swallowed(octets, size) or _added(octets, size) or _without_closing_flag(octets)


def _without_closing_flag(octets: bytes) -> Restored | None:
    if not _right(octets + b"~"):
        return None
    message = "With a closing flag it is right: the flag alone is missing."
    return Restored("closing-flag-missing", message, "Read one octet more, or let the sender close its frames.")


def _stuffed(octets: bytes, size: int) -> Restored | None:
    bare = octets[1:-1]
    for stuffed, meant in _STUFFED:
        bare = bare.replace(stuffed, meant)
    if len(bare) + 2 != size or bare == octets[1:-1] or not _right(b"~" + bare + b"~"):
        return None
    message = "Read with 7D 5E as 7E and 7D 5D as 7D it is right: octets were stuffed, as in PPP."
    return Restored("octets-stuffed", message, "Switch octet stuffing off: frames of type 3 have their length.")


def _swallowed(octets: bytes, size: int) -> Restored | None:
    """One octet 11 or 13 is missing: software flow control takes them for itself."""
    if len(octets) + 1 != size:
        return None
    for octet, name in _SWALLOWED:
        places = [at for at in range(3, len(octets)) if _right(octets[:at] + bytes((octet,)) + octets[at:])]
        if places:
            message = f"With an octet {octet:02X} ({name}) as octet {places[0]} it is right: that one is missing."
            suggestion = "Switch software flow control (XON/XOFF) off on the port and on what stands before the meter."
            return Restored("flow-control-swallows-octets", message, suggestion)
    return None


def _added(octets: bytes, size: int) -> Restored | None:
    if len(octets) - 1 != size:
        return None
    for at in range(3, len(octets) - 1):
        if _right(octets[:at] + octets[at + 1 :]):
            message = f"Without octet {at}, {octets[at]:02X}, it is right: that one is too many."
            crlf = octets[at] == 0x0D and octets[at + 1] == 0x0A
            suggestion = "A driver in text mode turns 0A into 0D 0A: open the port in binary mode."
            return Restored("", message, suggestion if crlf else "Look for what adds octets between meter and log.")
    return None


def _right(octets: bytes) -> bool:
    """Whether octets are a frame whose length and check sequences all hold."""
    size = (octets[1] << 8 | octets[2]) & 0x07FF
    if size + 2 != len(octets) or fcs16(octets[1:-3]) != octets[-3:-1]:
        return False
    view = look(octets)
    return view is not None and (view.hcs is None or view.hcs.good)
