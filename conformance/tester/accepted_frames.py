"""Accepted reactions on the bare HDLC link: a frame of a kind, and what its control and information fields must say."""

from __future__ import annotations

from conformance.dlms.errors import DecodeError
from conformance.dlms.hdlc import frmr as frmr_codec
from conformance.dlms.hdlc.control import FrameType
from conformance.dlms.hdlc.frame import Frame
from conformance.dlms.reader import decode
from conformance.tester.expectation import Expectation, Mismatch, Situation, expectation
from conformance.tester.reaction import FrameAnswered, Reaction
from conformance.tester.seen import seen

_CONTROL = "hdlc-frame.content.control"
_INFORMATION = "hdlc-frame.content.information"


def ua() -> Expectation:
    """UA with F."""
    return _unnumbered(FrameType.UA)


def dm() -> Expectation:
    """DM with F: the meter is in normal disconnected mode; UA is not DM."""
    return _unnumbered(FrameType.DM)


def receive_ready(receive_number: int | None = None) -> Expectation:
    """RR with F and this N(R); None takes any."""
    numbered = "" if receive_number is None else f" with N(R)={receive_number}"

    def match(reaction: Reaction, _: Situation) -> Mismatch | None:
        frame = _of_kind(reaction, FrameType.RR)
        if isinstance(frame, Mismatch):
            return frame
        if not frame.control.poll_final:
            return Mismatch("RR without the F bit", _CONTROL, closeness=3)
        if receive_number is not None and frame.control.receive_number != receive_number:
            return Mismatch(f"RR with N(R)={frame.control.receive_number}, not {receive_number}", _CONTROL, closeness=4)
        return None

    return expectation(f"RR{numbered}", match, _CONTROL)


def frmr(
    *,
    w: bool | None = None,
    x: bool | None = None,
    y: bool | None = None,
    z: bool | None = None,
    rejected_control: int | None = None,
) -> Expectation:
    """FRMR with F whose information field has these bits and names this control field; None takes any.

    A wish for any of them needs a readable information field of three octets.
    """
    wanted = {name: bit for name, bit in (("w", w), ("x", x), ("y", y), ("z", z)) if bit is not None}
    parts = [f"{name.upper()} {'set' if bit else 'not set'}" for name, bit in wanted.items()]
    if rejected_control is not None:
        parts.insert(0, f"rejected control field {rejected_control:02X}")
    words = f"FRMR with {', '.join(parts)}" if parts else "FRMR"

    def match(reaction: Reaction, _: Situation) -> Mismatch | None:
        frame = _of_kind(reaction, FrameType.FRMR)
        if isinstance(frame, Mismatch):
            return frame
        return _judged_reject(frame.information, wanted, rejected_control) if parts else None

    return expectation(words, match, "frmr" if parts else _CONTROL)


def information_frame() -> Expectation:
    """An I-frame, whatever it carries."""

    def match(reaction: Reaction, _: Situation) -> Mismatch | None:
        frame = _of_kind(reaction, FrameType.I)
        return frame if isinstance(frame, Mismatch) else None

    return expectation("I-frame", match, _CONTROL)


def _unnumbered(kind: FrameType) -> Expectation:
    def match(reaction: Reaction, _: Situation) -> Mismatch | None:
        frame = _of_kind(reaction, kind)
        return frame if isinstance(frame, Mismatch) else None

    return expectation(kind.label, match, _CONTROL)


def _of_kind(reaction: Reaction, kind: FrameType) -> Frame | Mismatch:
    if not isinstance(reaction, FrameAnswered):
        return Mismatch(f"{kind.label} expected; {seen(reaction)}", getattr(reaction, "path", ""))
    if reaction.received.control.type is not kind:
        return Mismatch(f"{kind.label} expected; {seen(reaction)}", _CONTROL, closeness=1)
    return reaction.received


def _judged_reject(information: bytes, wanted: dict[str, bool], rejected_control: int | None) -> Mismatch | None:
    if not information:
        return Mismatch("FRMR without information field", _CONTROL, closeness=3)
    try:
        reject = decode(information, frmr_codec.read, "frmr", deviations=[])
    except DecodeError as error:
        return Mismatch(f"information field of FRMR: {error}", _INFORMATION, closeness=4)
    if rejected_control is not None and reject.rejected_control != rejected_control:
        reason = f"FRMR names control field {reject.rejected_control:02X}, not {rejected_control:02X}"
        return Mismatch(reason, "frmr.rejected-control", closeness=5)
    for name, bit in wanted.items():
        if getattr(reject, name) is not bit:
            reason = f"FRMR {'without' if bit else 'with'} {name.upper()}: {reject}"
            return Mismatch(reason, "frmr.reasons", closeness=6)
    return None
