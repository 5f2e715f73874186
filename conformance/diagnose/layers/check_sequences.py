"""Why a check sequence is wrong: what it would be right for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from fastcrc import crc16

from conformance.diagnose.intake.frame_look import CheckSequence, FrameLook, look
from conformance.diagnose.layers.seen import Seen
from conformance.dlms.hdlc.fcs import fcs16

_LONGEST_SEARCHED: Final = 400
"""Octets of a frame in which one changed bit is looked for; in longer ones some bit fits by chance too often."""
_NOISE: Final = "Look at the line: noise, a loose wire, a baud rate that is off."
_OTHER_CRCS: Final = (
    ("without the complement at its end (CRC-16/MCRF4XX)", crc16.mcrf4xx),
    ("with 0 in place of FFFF at its beginning (CRC-16/KERMIT)", crc16.kermit),
    ("as CRC-16/CCITT-FALSE, whose bits are not reflected", crc16.ibm_3740),
    ("as CRC-16/XMODEM", crc16.xmodem),
    ("as CRC-16/GENIBUS, whose bits are not reflected", crc16.genibus),
    ("as CRC-16/MODBUS", crc16.modbus),
    ("as CRC-16/ARC", crc16.arc),
)


@dataclass(frozen=True, slots=True)
class Cause:
    """What a wrong check sequence would be right for.

    Attributes:
        code: stable, kebab-case.
        message: a sentence.
        suggestion: what to change.
        certain: it follows from the octets; else chance may have made it fit.
    """

    code: str
    message: str
    suggestion: str
    certain: bool = True


class KnownHeaders:
    """Headers whose HCS is right, or would be: whoever changes a header and keeps the check sequence copied it."""

    __slots__ = ("_by_hcs",)

    def __init__(self, seen: Sequence[Seen]) -> None:
        self._by_hcs: dict[bytes, Seen] = {}
        for frame in seen:
            if frame.look is not None and not frame.unit.unknown and frame.look.hcs is not None and frame.look.hcs.good:
                self._by_hcs.setdefault(frame.look.hcs.found, frame)

    def of(self, hcs: bytes) -> Seen | None:
        """The first frame of the stream in which an HCS stands rightly."""
        return self._by_hcs.get(hcs)


def hcs_cause(frame: Seen, check: CheckSequence, known: KnownHeaders) -> Cause | None:
    """Why an HCS is wrong."""
    octets = frame.unit.octets
    header = octets[1 : check.offset]
    other = known.of(check.found)
    if other is not None and other.look is not None and other.look.hcs is not None:
        end = other.look.hcs.offset
        theirs = other.unit.octets[1:end]
        if len(theirs) == len(header):
            changed = [at for at in range(len(header)) if header[at] != theirs[at]]
            listed = ", ".join(
                f"octet {at + 1} is {header[at]:02X}, there {theirs[at]:02X}{_meant(frame, at + 1)}" for at in changed
            )
            message = f"It is the HCS of {other.name}: {listed}. The header was changed and its HCS kept."
            return Cause("hcs-stale", message, "Compute HCS, then FCS, after the last change of the header.")
    control = header[-1:]
    for octet in range(0x100):
        if fcs16(header[:-1] + bytes((octet,))) == check.found:
            message = f"It would be right for the control field {octet:02X} in place of {control.hex().upper()}."
            suggestion = "The control field was changed and the HCS kept, or an octet was damaged."
            return Cause("hcs-stale", message, suggestion, certain=False)
    return _of_this_range(check, _hcs_ranges(octets, check.offset)) or _one_bit(octets, 1, check)


def fcs_cause(frame: Seen, check: CheckSequence, view: FrameLook) -> Cause | None:
    """Why an FCS is wrong."""
    octets = frame.unit.octets
    hcs = view.hcs
    if hcs is not None and not hcs.good:
        mended = octets[1 : hcs.offset] + hcs.right + octets[hcs.offset + 2 : check.offset]
        if fcs16(mended) == check.found:
            message = (
                f"{check.found.hex().upper()} is right once the HCS is {hcs.right.hex().upper()}: "
                "only the HCS was not computed again."
            )
            return Cause("fcs-right-with-right-hcs", message, "Mend the HCS; the FCS fits then.")
    return (
        _of_this_range(check, _fcs_ranges(octets, check.offset, hcs))
        or _transparency(octets)
        or _one_bit(octets, 1, check)
    )


def _meant(frame: Seen, at: int) -> str:
    return " (control field)" if frame.look is not None and at == frame.look.control_offset else ""


def _hcs_ranges(octets: bytes, end: int) -> Iterator[tuple[str, bytes]]:
    yield "octets 1 to the control field", octets[1:end]
    yield "the flag and the header", octets[:end]
    yield "the header without the format", octets[3:end]
    yield "the header without its control field", octets[1 : end - 1]


def _fcs_ranges(octets: bytes, end: int, hcs: CheckSequence | None) -> Iterator[tuple[str, bytes]]:
    yield "octets 1 to the one before the FCS", octets[1:end]
    yield "these octets and the flag before them", octets[:end]
    yield "the octets without the format", octets[3:end]
    if hcs is not None:
        at = hcs.offset
        yield "the octets without the HCS", octets[1:at] + octets[at + 2 : end]
        yield "the information field alone", octets[at + 2 : end]
        yield "the HCS and the information field", octets[at:end]
        yield "the header alone", octets[1:at]


def _of_this_range(check: CheckSequence, ranges: Iterator[tuple[str, bytes]]) -> Cause | None:
    name, found = check.name, check.found
    suggestion = f"Compute the {name} over all octets between the opening flag and itself, lower octet first."
    for number, (words, octets) in enumerate(ranges):
        right = fcs16(octets)
        if number and found == right:
            return Cause(f"{name.lower()}-over-other-octets", f"It is right for {words}.", suggestion)
        if found == right[::-1]:
            where = "" if not number else f", and over {words}"
            return Cause(f"{name.lower()}-octets-swapped", f"Its two octets are swapped{where}.", suggestion)
        for how, crc in _OTHER_CRCS:
            if number == 0 and crc(octets) in (int.from_bytes(found, "little"), int.from_bytes(found, "big")):
                message = f"It is computed {how}, in place of the FCS-16 of HDLC."
                return Cause(f"{name.lower()}-other-algorithm", message, suggestion, certain=False)
    return None


def _transparency(octets: bytes) -> Cause | None:
    """Octet stuffing (7D 5E for 7E, 7D 5D for 7D) that HDLC of DLMS does not have."""
    bare = octets[1:-1].replace(b"\x7d\x5e", b"\x7e").replace(b"\x7d\x5d", b"\x7d")
    view = look(b"~" + bare + b"~") if len(bare) != len(octets) - 2 else None
    if view is None or not view.fcs.good:
        return None
    message = "It is right once 7D 5E is read as 7E and 7D 5D as 7D: octets were stuffed, as in PPP."
    return Cause("octets-stuffed", message, "Switch octet stuffing off: frames of type 3 have their length.")


def _one_bit(octets: bytes, start: int, check: CheckSequence) -> Cause | None:
    """The one changed bit that explains a check sequence: the mark of a disturbed line."""
    end = check.offset
    if end > _LONGEST_SEARCHED:
        return None
    differing = int.from_bytes(check.found, "big") ^ int.from_bytes(check.right, "big")
    if differing.bit_count() == 1:
        message = f"One bit of the {check.name} itself differs."
        return Cause("one-bit-changed", message, _NOISE, certain=False)
    spoilt = bytearray(octets[start:end])
    fits = []
    for at in range(len(spoilt)):
        for bit in range(8):
            spoilt[at] ^= 1 << bit
            if fcs16(bytes(spoilt)) == check.found:
                fits.append((at + start, bit))
            spoilt[at] ^= 1 << bit
    if len(fits) != 1:
        return None
    at, bit = fits[0]
    was = octets[at]
    message = f"It is right if octet {at} is {was ^ 1 << bit:02X} and not {was:02X}: one bit of it changed."
    return Cause("one-bit-changed", message, _NOISE, certain=False)
