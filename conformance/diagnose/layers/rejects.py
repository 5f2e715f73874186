"""What an FRMR says: the control field it rejects, the state of the meter, each of the reasons W, X, Y and Z."""

from __future__ import annotations

from typing import Final

from conformance.diagnose.layers.seen import Seen, hexed
from conformance.diagnose.layers.statements import Statements
from conformance.dlms.errors import DecodeError
from conformance.dlms.hdlc import frmr
from conformance.dlms.hdlc.control import Control, FrameType
from conformance.dlms.hdlc.frmr import FrameReject
from conformance.dlms.reader import decode

_FIELD: Final = "hdlc-frame.content.information"
_SUGGESTIONS: Final = {
    "w": "Check what the meter's document says of its data link; where it takes UI frames (13) only, I-frames fail.",
    "x": "Leave the information field out of that frame.",
    "y": "Set max_information_field_length_transmit under [hdlc] to what the UA says of receive.",
    "z": "Both sides count differently: set the link up anew with SNRM, and look at the N(R) before this frame.",
}


def explain(reject: Seen, request: Seen | None, said: Statements) -> None:
    """What one FRMR means; `request` is the frame it answers."""
    information = b"" if reject.look is None else reject.look.information
    if not information:
        message = "FRMR without an information field: it does not say which frame it rejects, nor why."
        said.error("frmr-without-information", reject.index, _FIELD, message, "The meter must send three octets.")
        return
    try:
        said_by_meter = decode(information, frmr.read, "frmr", deviations=[])
    except DecodeError as error:
        message = f"FRMR whose information field {hexed(information)} cannot be read: {error}."
        said.error("frmr-unreadable", reject.index, _FIELD, message, "Three octets belong there.")
        return
    told = _told(information, said_by_meter)
    _reasons(reject, request, said_by_meter, told, said)
    _compare(reject, request, said_by_meter, said)


def _told(information: bytes, reject: FrameReject) -> str:
    bits = " ".join(f"{bit.upper()}={int(getattr(reject, bit))}" for bit in "wxyz")
    rejected = Control.decode(reject.rejected_control)
    kind = "response" if reject.response_rejected else "command"
    return (
        f"FRMR {hexed(information)} rejects the {kind} of control field {reject.rejected_control:02X} ({rejected}); "
        f"V(S)={reject.send_variable}, V(R)={reject.receive_variable}; {bits}."
    )


def _reasons(reject: Seen, request: Seen | None, reason: FrameReject, told: str, said: Statements) -> None:
    control = Control.decode(reason.rejected_control)
    if not reason.reasons:
        message = f"{told} No reason is given."
        said.error("frame-rejected-without-reason", reject.index, f"{_FIELD}.reasons", message)
    meanings = {
        "w": _undefined(control, request),
        "x": f"X: an information field where {control.type.label} has none.",
        "y": "Y: the information field is longer than negotiated" + _size(request) + ".",
        "z": f"Z: N(R)={control.receive_number} acknowledges frames that the meter, at V(S)={reason.send_variable}, "
        "has not sent.",
    }
    for bit, meaning in meanings.items():
        if getattr(reason, bit):
            field = f"{_FIELD}.reasons"
            said.error(f"frame-rejected-{bit}", reject.index, field, f"{told} {meaning}", _SUGGESTIONS[bit])


def _undefined(control: Control, request: Seen | None) -> str:
    if control.type is FrameType.UNKNOWN:
        return "W: that control field is undefined; the frame was wrong."
    if control.type is FrameType.I:
        return (
            "W: control field undefined or not implemented, of an ordinary I-frame. The meter takes no numbered "
            "information on this link; some take unnumbered information (UI, 13) only."
        )
    return f"W: the meter does not implement {control.type.label}" + ("" if request is None else ".")


def _size(request: Seen | None) -> str:
    return "" if request is None or request.look is None else f": it has {len(request.look.information)} octets"


def _compare(reject: Seen, request: Seen | None, reason: FrameReject, said: Statements) -> None:
    """An FRMR that does not fit the frame it answers."""
    if request is None or request.look is None or request.unit.unknown:
        return
    octet = request.unit.octets[request.look.control_offset]
    if octet != reason.rejected_control:
        poll = " Only the P bit differs." if octet ^ reason.rejected_control == 0x10 else ""
        message = (
            f"FRMR names control field {reason.rejected_control:02X}; the frame before it, {request.name}, has "
            f"{octet:02X}.{poll}"
        )
        suggestion = "An earlier frame may be meant, or the meter fills the field with something else."
        said.warning("frmr-names-other-control", reject.index, f"{_FIELD}.rejected-control", message, suggestion)
