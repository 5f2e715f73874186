"""The octets of one entry of a log, gathered from its lines, and what is known of each of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from conformance.diagnose.intake.conversation import Direction, Span
from conformance.diagnose.intake.finding import Findings
from conformance.diagnose.intake.hex_run import Flaw, HexRun
from conformance.diagnose.intake.hexdump import DumpLine
from conformance.diagnose.intake.place import Place
from conformance.dlms import apdu as apdus
from conformance.dlms.errors import DecodeError
from conformance.dlms.hdlc.fcs import GOOD, remainder

_MOST_FLAWS: Final = 64
_LONGEST_WRAPPED: Final = 8 * 1024
"""Octets of a bare APDU that is followed over several lines."""
_HEADER_OCTETS: Final = 8


@dataclass(slots=True)
class Record:
    """One entry of a log.

    Attributes:
        first: line of its first octet.
        direction: that the log says.
        time: in seconds.
        dump: its lines are those of a hex dump.
        last: line of its last octet.
        digits: of the octets, gathered so far.
    """

    first: int
    direction: Direction | None
    time: float | None
    dump: bool = False
    last: int = 0
    digits: str = ""
    _joined: bool = True
    _flaws: list[tuple[int, Flaw]] = field(default_factory=list)

    def add(self, line: int, run: HexRun) -> None:
        """Take the octets of a line."""
        before = len(self.digits)
        for flaw in run.flaws:
            shifted = Flaw(flaw.digit + before, flaw.column, flaw.message, flaw.reading, flaw.padded)
            self._flaws.append((line, shifted))
        self.digits += run.digits
        self.last = line
        self._joined = self._joined and run.joined

    def add_dump(self, line: int, found: DumpLine) -> None:
        """Take the octets of a line of a dump."""
        self.digits += found.octets.hex()
        self.last = line

    def wants(self, run: HexRun) -> bool:
        """Whether the octets so far go on in another line that holds `run`."""
        if len(self.digits) % 2:
            return self._joined and run.joined
        octets = bytes.fromhex(self.digits)
        behind = bytes.fromhex(run.digits[: len(run.digits) // 2 * 2])
        return _wants_more(octets) and not _is_frame(behind)

    def finish(self, findings: Findings) -> tuple[bytes, tuple[Span, ...], tuple[str, ...]]:
        """The octets, the spans of them that are not known, and remarks; tells what is wrong with the digits."""
        even = len(self.digits) // 2 * 2
        octets = bytes.fromhex(self.digits[:even])
        if even != len(self.digits):
            place = Place("line", self.first, self.last)
            findings.error(
                "odd-digits",
                place,
                f"{len(self.digits)} hexadecimal digits make no whole octets: one is missing, or one too many; where "
                "cannot be told.",
                "Copy the octets again from where they were logged.",
            )
            return octets, ((0, len(octets)),) if octets else (), ("an odd number of digits",)
        if not self._flaws:
            return octets, (), ()
        return self._flawed(octets, findings)

    def _flawed(self, octets: bytes, findings: Findings) -> tuple[bytes, tuple[Span, ...], tuple[str, ...]]:
        if all(flaw.padded for _, flaw in self._flaws) and _holds(octets):
            place = Place("line", self.first, self.last, self._flaws[0][1].column)
            text = f"{len(self._flaws)} octets are written with one digit; the check sequence holds with a 0 before it."
            findings.info("digits-not-padded", place, text)
            return octets, (), ()
        proven = self._reading()
        for line, flaw in self._flaws[:_MOST_FLAWS]:
            code = "odd-digits" if not flaw.message.endswith("belongs") else "not-a-hex-digit"
            meant = f"; it looks like {flaw.reading}" if flaw.reading else ""
            if proven and flaw.reading:
                meant = f"; read as {flaw.reading}, with the others likewise, the check sequence of the frame holds"
            message = f"{flaw.message}: the octet is not known{meant}."
            suggestion = "Copy the octets again from where they were logged."
            findings.error(code, Place("line", line, column=flaw.column), message, suggestion)
        spoilt = sorted({flaw.digit // 2 for _, flaw in self._flaws})
        spans = tuple((octet, octet + 1) for octet in spoilt)
        return octets, spans, (f"{len(spans)} octets could not be read",)

    def _reading(self) -> bool:
        """Whether the frame is sound once every flaw is read as what it looks like."""
        digits = list(self.digits)
        for _, flaw in self._flaws:
            if not flaw.reading:
                return False
            digits[flaw.digit] = flaw.reading
        return _holds(bytes.fromhex("".join(digits)))


def _holds(octets: bytes) -> bool:
    """Whether they are one HDLC frame with a good FCS."""
    return _is_frame(octets) and remainder(octets[1:-1]) == GOOD


def _is_frame(octets: bytes) -> bool:
    """Whether they begin as an HDLC frame, and end where its length says."""
    if len(octets) < 9 or octets[0] != 0x7E or octets[1] & 0xF0 != 0xA0:
        return False
    return (int.from_bytes(octets[1:3], "big") & 0x07FF) + 2 == len(octets) and octets[-1] == 0x7E


def _wants_more(octets: bytes) -> bool:
    """Whether octets are the beginning of something longer, by what they say of their own length."""
    if octets[:1] == b"\x7e":
        if len(octets) < 3:
            return True
        return octets[1] & 0xF0 == 0xA0 and len(octets) < (int.from_bytes(octets[1:3], "big") & 0x07FF) + 2
    if octets[:2] == b"\x00\x01":
        return len(octets) < _HEADER_OCTETS + int.from_bytes(octets[6:8], "big")
    if not octets or len(octets) > _LONGEST_WRAPPED or octets[0] not in apdus.TAGS:
        return False
    try:
        apdus.decode(octets, deviations=[])
    except DecodeError:
        return True
    return False
