"""The control field: the kind of a frame, and its sequence numbers (IEC 62056-46, 6.4.3 Command and response frames).

Modulo 8, from the highest bit on: I `RRR P SSS 0`, RR `RRR P 0001`, RNR `RRR P 0101`, SNRM `100 P 0011`,
DISC `010 P 0011`, UA `011 F 0011`, DM `000 F 1111`, FRMR `100 F 0111`, UI `000 P 0011`. REJ (`RRR P 1001`) is HDLC, but
DLMS does not use it.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from conformance.dlms.errors import EncodeError

POLL_FINAL = 0x10
"""The P/F bit: P in commands, F in responses."""


class FrameType(Enum):
    """Kind of a frame; the value is the standard's word."""

    I = "I"  # noqa: E741 - the standard's name
    RR = "RR"
    RNR = "RNR"
    REJ = "REJ"
    SNRM = "SNRM"
    DISC = "DISC"
    UA = "UA"
    DM = "DM"
    FRMR = "FRMR"
    UI = "UI"
    UNKNOWN = "undefined control field"

    @property
    def label(self) -> str:
        """The standard's word."""
        return self.value


_SUPERVISORY = {FrameType.RR: 0x01, FrameType.RNR: 0x05, FrameType.REJ: 0x09}
_UNNUMBERED = {
    FrameType.SNRM: 0x83,
    FrameType.DISC: 0x43,
    FrameType.UA: 0x63,
    FrameType.DM: 0x0F,
    FrameType.FRMR: 0x87,
    FrameType.UI: 0x03,
}


@dataclass(frozen=True, slots=True)
class Control:
    """A control field.

    Attributes:
        type: kind of the frame.
        poll_final: the P/F bit.
        receive_number: N(R) of I, RR, RNR and REJ, modulo 8; 0 in others.
        send_number: N(S) of I, modulo 8; 0 in others.
        undefined: the whole octet when `type` is UNKNOWN; 0 in others.
    """

    type: FrameType
    poll_final: bool = False
    receive_number: int = 0
    send_number: int = 0
    undefined: int = 0

    def encode(self) -> int:
        """The octet.

        Raises:
            EncodeError: a sequence number beyond 7, or an undefined octet beyond 255.
        """
        if not (0 <= self.receive_number <= 7 and 0 <= self.send_number <= 7 and 0 <= self.undefined <= 0xFF):
            raise EncodeError(f"{self}: sequence numbers are 0 to 7, control fields 00 to FF")
        final = POLL_FINAL if self.poll_final else 0
        if self.type is FrameType.I:
            return self.receive_number << 5 | final | self.send_number << 1
        if self.type in _UNNUMBERED:
            return _UNNUMBERED[self.type] | final
        if self.type in _SUPERVISORY:
            return self.receive_number << 5 | final | _SUPERVISORY[self.type]
        return self.undefined

    @staticmethod
    def decode(octet: int) -> Control:
        """What an octet means; every octet means something."""
        return _DECODED[octet]

    def __str__(self) -> str:
        final = " P/F" if self.poll_final else ""
        if self.type is FrameType.UNKNOWN:
            return f"{self.type.value} {self.undefined:02X}"
        if self.type is FrameType.I:
            return f"I N(S)={self.send_number} N(R)={self.receive_number}{final}"
        if self.type in _SUPERVISORY:
            return f"{self.type.value} N(R)={self.receive_number}{final}"
        return f"{self.type.value}{final}"


def _decoded(octet: int) -> Control:
    final = bool(octet & POLL_FINAL)
    number = octet >> 5
    if not octet & 1:
        return Control(FrameType.I, final, number, octet >> 1 & 7)
    for kind, code in _SUPERVISORY.items():
        if octet & 0x0F == code:
            return Control(kind, final, number)
    for kind, code in _UNNUMBERED.items():
        if octet & ~POLL_FINAL == code:
            return Control(kind, final)
    return Control(FrameType.UNKNOWN, final, undefined=octet)


_DECODED = tuple(_decoded(octet) for octet in range(0x100))
