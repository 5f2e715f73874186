"""What the meter makes of the octets that come in: frames, or nothing (IEC 62056-46, 6.4.1)."""

from __future__ import annotations

from typing import Final

from conformance.dlms.errors import DecodeError
from conformance.dlms.hdlc.fcs import GOOD, fcs16, remainder
from conformance.dlms.hdlc.frame import FLAG, FORMAT_TYPE, LONGEST, SEGMENTATION, SHORTEST, Frame
from conformance.dlms.hdlc.frame import read as read_frame
from conformance.dlms.hdlc.stream import FrameStream
from conformance.dlms.reader import decode, dissect

LONE_FLAG: Final = bytes((FLAG,))
_FORMAT_OCTETS: Final = 2
_FCS_OCTETS: Final = 2


class HdlcIntake:
    """Cuts what comes in into candidates for frames, and takes those that are.

    Attributes:
        dead: one of the defects has ended all service on the line.
    """

    def __init__(self, defects: frozenset[str] = frozenset()) -> None:
        self.dead = False
        self._defects = defects
        self._stream = FrameStream()
        self._between_flags = bytearray()

    @property
    def pending(self) -> bytes:
        """Octets of a frame that is not whole, from its flag on."""
        return bytes(self._between_flags) or self._stream.pending

    def begin(self) -> None:
        """Begin anew: a client has connected."""
        self.dead = False
        self.discard()

    @property
    def _counts_no_length(self) -> bool:
        return "hdlc-length-not-checked" in self._defects

    def discard(self) -> None:
        """Drop what is not whole."""
        self._stream.discard()
        self._between_flags.clear()

    def feed(self, octets: bytes) -> list[bytes]:
        """The candidates that `octets` complete."""
        if "hdlc-opening-flag-not-awaited" in self._defects and not self.pending and octets[0] != FLAG:
            octets = LONE_FLAG + octets
        if self._counts_no_length:
            return self._from_flag_to_flag(octets)
        candidates = self._stream.feed(octets)
        if "hdlc-closing-flag-not-awaited" in self._defects and _reaches_its_length(self._stream.pending):
            candidates.append(self._stream.discard() + LONE_FLAG)
        return candidates

    def frame(self, candidate: bytes) -> Frame | None:
        """The frame that a candidate is; None when it is not a valid one."""
        try:
            return decode(candidate, read_frame, "hdlc-frame")
        except DecodeError as error:
            return self._in_spite_of(error.path.rpartition(".")[2], candidate)

    def _from_flag_to_flag(self, octets: bytes) -> list[bytes]:
        candidates = []
        for octet in octets:
            if octet != FLAG:
                if self._between_flags:
                    self._between_flags.append(octet)
            elif len(self._between_flags) > 1:
                candidates.append(bytes(self._between_flags) + LONE_FLAG)
                self._between_flags[:] = LONE_FLAG
            else:
                self._between_flags[:] = LONE_FLAG
        return candidates

    def _in_spite_of(self, field: str, candidate: bytes) -> Frame | None:
        """What a faulty meter does with a candidate whose `field` is wrong."""
        defects = self._defects
        content = candidate[1:-1]
        if field == "hcs" and "hdlc-dead-after-wrong-hcs" in defects:
            self.dead = True
        if len(content) < SHORTEST and "hdlc-dead-after-short-frame" in defects:
            self.dead = True
        if field in ("hcs", "fcs") and f"hdlc-wrong-{field}-accepted" in defects:
            return _mended(candidate)
        if remainder(content) != GOOD:
            return None
        wrong_type = int.from_bytes(content[:_FORMAT_OCTETS], "big") & 0xF000 != FORMAT_TYPE
        if wrong_type and "hdlc-format-type-not-checked" in defects:
            return _framed(content[_FORMAT_OCTETS:-_FCS_OCTETS])
        if not wrong_type and field == "format" and self._counts_no_length:
            return _framed(content[_FORMAT_OCTETS:-_FCS_OCTETS])
        if field == "destination-address" and "hdlc-padded-destination-taken" in defects:
            return _framed(content[_FORMAT_OCTETS:-_FCS_OCTETS].lstrip(b"\x00"))
        return None


def _reaches_its_length(pending: bytes) -> bool:
    """Whether all octets are there that the length subfield counts, and only the closing flag is not."""
    lead = int.from_bytes(pending[1:3], "big")
    size = lead & LONGEST
    return lead & 0xF000 == FORMAT_TYPE and size >= SHORTEST and len(pending) == 1 + size


def _framed(rest: bytes) -> Frame | None:
    """The frame whose addresses, control field and so on are `rest`, with a format and an FCS that fit; no HCS."""
    content = (FORMAT_TYPE & ~SEGMENTATION | _FORMAT_OCTETS + len(rest) + _FCS_OCTETS).to_bytes(2, "big") + rest
    return _decoded(LONE_FLAG + content + fcs16(content) + LONE_FLAG)


def _mended(candidate: bytes) -> Frame | None:
    """The frame that `candidate` would be with the right check sequences."""
    mended = bytearray(candidate)
    root = dissect(candidate, read_frame, "hdlc-frame").root
    for name in ("hcs", "fcs"):
        field = root.find(f"hdlc-frame.content.{name}")
        if field is not None:
            mended[field.start : field.end] = fcs16(bytes(mended[1 : field.start]))
    return _decoded(bytes(mended))


def _decoded(octets: bytes) -> Frame | None:
    try:
        return decode(octets, read_frame, "hdlc-frame")
    except DecodeError:
        return None
