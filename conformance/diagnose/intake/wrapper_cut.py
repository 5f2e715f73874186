"""Wrapper PDUs out of pieces of one direction, damaged ones too."""

from __future__ import annotations

from typing import Final

from conformance.diagnose.intake.conversation import Damage, Span
from conformance.diagnose.intake.cut import Cut, Waiting
from conformance.dlms.wrapper import HEADER_OCTETS

_VERSION: Final = b"\x00\x01"
_MOST_WAITING: Final = HEADER_OCTETS + 0xFFFF


class WrapperCutter:
    """Cuts the pieces of one direction by the length of the wrapper header, whatever its version and ports.

    Attributes:
        records: a piece ends where a PDU does, unless its length says that more comes.
    """

    __slots__ = ("_waiting", "records")

    def __init__(self, *, records: bool) -> None:
        self._waiting = Waiting()
        self.records = records

    def feed(self, piece: int, octets: bytes, unknown: tuple[Span, ...] = ()) -> list[Cut]:
        """The units that a piece completes."""
        cuts = self.flush() if self._begins_anew(octets) else []
        self._waiting.add(piece, octets, unknown)
        while self._waiting.octets:
            cut = self._next()
            if cut is None:
                break
            cuts.append(cut)
        return cuts

    def flush(self) -> list[Cut]:
        """What waits for more, which does not come."""
        waiting, self._waiting = self._waiting, Waiting()
        octets = waiting.octets
        if not octets:
            return []
        if len(octets) < HEADER_OCTETS:
            return [waiting.cut(len(octets), Damage.CUT, f"{len(octets)} of the {HEADER_OCTETS} octets of a header")]
        return [waiting.cut(len(octets), Damage.CUT, f"{len(octets)} of {_size(octets)} octets")]

    def _begins_anew(self, octets: bytes) -> bool:
        """Whether a piece is a PDU by itself, so that what waits is never completed."""
        waiting = self._waiting.octets
        if not waiting or not _fits(octets):
            return False
        return not _fits(waiting + octets)

    def _next(self) -> Cut | None:
        waiting = self._waiting
        octets = waiting.octets
        if len(octets) < HEADER_OCTETS:
            return None
        size = _size(octets)
        if octets[:2] != _VERSION and size != len(octets):
            return self._no_header()
        if size > len(octets):
            return None if len(octets) < _MOST_WAITING else waiting.cut(len(octets), Damage.CUT, "longer than any PDU")
        if self.records and size < len(octets) and octets[size : size + 2] != _VERSION[: len(octets) - size]:
            remark = f"{len(octets)} octets, {size} by the length of the header"
            return waiting.cut(len(octets), Damage.LONG, remark)
        return waiting.cut(size)

    def _no_header(self) -> Cut:
        """Cut what stands before the next header that fits."""
        octets = self._waiting.octets
        at = octets.find(_VERSION, 1)
        while at > 0 and not (len(octets) - at >= HEADER_OCTETS and _size(octets[at : at + 8]) <= len(octets) - at):
            at = octets.find(_VERSION, at + 1)
        size = at if at > 0 else len(octets)
        return self._waiting.cut(size, Damage.FORMAT, f"{size} octets that begin with no wrapper header of version 1")


def _size(octets: bytes) -> int:
    return HEADER_OCTETS + int.from_bytes(octets[6:8], "big")


def _fits(octets: bytes) -> bool:
    return len(octets) >= HEADER_OCTETS and octets[:2] == _VERSION and _size(octets) == len(octets)
