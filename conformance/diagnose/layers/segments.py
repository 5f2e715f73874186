"""Segmentation and the P/F bit: which frame is the last one, of an APDU and of a turn."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from conformance.diagnose.layers.seen import Seen, Turn
from conformance.diagnose.layers.statements import Statements
from conformance.dlms.hdlc.control import FrameType

_CONTROL: Final = "hdlc-frame.control"
_FORMAT: Final = "hdlc-frame.format"
_CARRIERS: Final = (FrameType.I, FrameType.UI)
_LINK: Final = (FrameType.SNRM, FrameType.DISC)
_LLC: Final = (b"\xe6\xe6", b"\xe6\xe7")


def explain(turns: Sequence[Turn], said: Statements) -> None:
    """What segmentation bits and P/F bits of one stream say."""
    opened: dict[str, Seen] = {}
    ended: Seen | None = None
    for number, turn in enumerate(turns):
        for frame in turn.sent:
            if not frame.broken:
                if frame.type in _LINK:
                    opened.clear()
                    ended = None
                _segment(frame, opened, said)
        request = turn.request
        if request is not None and not request.broken:
            if "S>C" in opened and request.type is FrameType.I:
                _abandoned(opened.pop("S>C"), request, said)
            _final(turn, request, said)
        for frame in turn.received:
            if frame.broken or frame.type is not FrameType.I:
                continue
            if ended is not None and _goes_on(frame, request, ended):
                _unmarked(ended, frame, said)
            begins = "S>C" not in opened
            _segment(frame, opened, said)
            ended = frame if begins and "S>C" not in opened and _has_llc(frame) else ended if not begins else None
            if not begins:
                ended = None
        if number + 1 == len(turns):
            for frame in opened.values():
                text = f"More segments are announced by {frame.name}, and the log ends before the last one."
                said.warning("segments-incomplete", frame.index, _FORMAT, text, "Ask for the rest with RR, P bit set.")


def _has_llc(frame: Seen) -> bool:
    return frame.look is not None and frame.look.information.startswith(_LLC)


def _goes_on(frame: Seen, request: Seen | None, ended: Seen) -> bool:
    """Whether information follows on a reply that was whole, and nothing was asked meanwhile."""
    if frame.look is None or ended.look is None or _has_llc(frame):
        return False
    if request is None or request.type not in (FrameType.RR, FrameType.I):
        return False
    follows = (ended.look.control.send_number + 1) % 8 == frame.look.control.send_number
    asked = request.type is FrameType.RR or ended.index > request.index
    return follows and asked and request.look is not None


def _unmarked(ended: Seen, frame: Seen, said: Statements) -> None:
    text = (
        f"The segmentation bit of {ended.name} is 0, so its APDU ends there; yet {frame.name} goes on with it, without "
        "a request and without an LLC header."
    )
    said.error("segmentation-bit-missing", ended.index, _FORMAT, text, "All segments but the last one have the S bit.")


def _segment(frame: Seen, opened: dict[str, Seen], said: Statements) -> None:
    view = frame.look
    if view is None or view.control.type not in _CARRIERS:
        return
    direction = frame.direction or ""
    if direction in opened and view.information.startswith(_LLC):
        text = f"A further segment ({frame.name}) begins with an LLC header; only the first segment has one."
        said.warning("llc-in-later-segment", frame.index, "hdlc-frame.content.information", text)
    if view.segmented:
        opened[direction] = frame
        if not view.information:
            text = "The segmentation bit is set in a frame without an information field."
            said.warning("segment-empty", frame.index, _FORMAT, text, "Clear the S bit, or send what belongs there.")
    else:
        opened.pop(direction, None)


def _abandoned(segment: Seen, request: Seen, said: Statements) -> None:
    text = (
        f"More segments are announced by {segment.name}; the client sends a new I-frame ({request.name}) and does not "
        "ask for them with RR."
    )
    said.warning("segments-not-fetched", request.index, _CONTROL, text, "Send RR with the P bit after each window.")


def _final(turn: Turn, request: Seen, said: Statements) -> None:
    """P in the request, F in the last frame of the answer."""
    answers = [frame for frame in turn.received if not frame.broken and frame.unit.octets != request.unit.octets]
    if not answers:
        return
    if not request.polls:
        first = answers[0]
        earlier = any(frame.polls for frame in turn.sent)
        if not earlier and not (first.type is FrameType.UI and request.type is not FrameType.UI):
            text = f"The meter answers {request.name}, which does not have the P bit; it must await one."
            said.error("answered-without-poll", first.index, _CONTROL, text)
        return
    last = answers[-1]
    if last.look is not None and not last.polls and last.type is not FrameType.UI:
        text = f"{last.look.control} ends the answer to {request.name} and does not have the F bit."
        suggestion = "A client waits for it until its time is up. The meter must set F in the last frame of an answer."
        said.error("final-bit-missing", last.index, _CONTROL, text, suggestion)
