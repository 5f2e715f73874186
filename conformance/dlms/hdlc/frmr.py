"""The information field of FRMR: which control field was rejected, and why (ISO/IEC 13239; IEC 62056-46, 6.4.3).

Three octets, modulo 8: the rejected control field; `V(R) C/R V(S) 0` from the highest bit on; `0000 Z Y X W`.
"""

from __future__ import annotations

from dataclasses import dataclass

from conformance.dlms.errors import EncodeError
from conformance.dlms.hdlc.control import Control
from conformance.dlms.reader import Reader

_REASONS = (
    ("w", "W: control field undefined or not implemented"),
    ("x", "X: information field not permitted"),
    ("y", "Y: information field too long"),
    ("z", "Z: invalid N(R)"),
)


@dataclass(frozen=True, slots=True)
class FrameReject:
    """Why a frame was rejected.

    Attributes:
        rejected_control: the control octet of the rejected frame.
        send_variable: V(S) of the rejecting station.
        receive_variable: V(R) of the rejecting station.
        response_rejected: the C/R bit: the rejected frame was a response.
        w: its control field is undefined or not implemented.
        x: it has an information field that is not permitted; `w` is set with it.
        y: its information field is longer than the negotiated maximum.
        z: its N(R) is invalid.
    """

    rejected_control: int
    send_variable: int = 0
    receive_variable: int = 0
    response_rejected: bool = False
    w: bool = False
    x: bool = False
    y: bool = False
    z: bool = False

    def encode(self) -> bytes:
        """The three octets.

        Raises:
            EncodeError: a state variable beyond 7, or a control field beyond 255.
        """
        if not (
            0 <= self.rejected_control <= 0xFF and 0 <= self.send_variable <= 7 and 0 <= self.receive_variable <= 7
        ):
            raise EncodeError(f"{self}: V(S) and V(R) are 0 to 7, control fields 00 to FF")
        variables = self.receive_variable << 5 | self.response_rejected << 4 | self.send_variable << 1
        return bytes((self.rejected_control, variables, self.w | self.x << 1 | self.y << 2 | self.z << 3))

    @property
    def reasons(self) -> tuple[str, ...]:
        """The reasons given, in words."""
        return tuple(text for bit, text in _REASONS if getattr(self, bit))

    def __str__(self) -> str:
        rejected = f"rejected {Control.decode(self.rejected_control & 0xFF)} ({self.rejected_control:02X})"
        return f"{rejected}, {', '.join(self.reasons) or 'no reason'}"


def read(reader: Reader) -> FrameReject:
    """Take the information field of an FRMR; a reserved bit that is set is the deviation `reserved-bit`."""
    rejected = reader.u8("rejected-control")
    if reader.recorder is not None:
        reader.meaning(Control.decode(rejected))
    variables = reader.u8("state-variables")
    send, receive, response = variables >> 1 & 7, variables >> 5, bool(variables & 0x10)
    if reader.recorder is not None:
        reader.meaning(f"V(S)={send} V(R)={receive} {'response' if response else 'command'}")
    if variables & 1:
        reader.deviation("reserved-bit", "bit 9 of FRMR set", back=1)
    reasons = reader.u8("reasons")
    reject = FrameReject(
        rejected, send, receive, response, bool(reasons & 1), bool(reasons & 2), bool(reasons & 4), bool(reasons & 8)
    )
    if reader.recorder is not None:
        reader.meaning(", ".join(reject.reasons) or "none")
    if reasons & 0xF0:
        reader.deviation("reserved-bit", "bits 21 to 24 of FRMR not zero", back=1)
    return reject
