"""Flags as they were sent: frames without their opening or closing flag that a meter takes all the same.

Only a frame log of ours keeps the octets of each frame exactly as they passed; other logs often leave flags out.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from conformance.device.model import Device
from conformance.diagnose.intake.conversation import Heard
from conformance.diagnose.intake.frame_look import look, sound
from conformance.diagnose.layers.seen import Seen
from conformance.diagnose.layers.statements import Statements
from conformance.dlms.hdlc.control import FrameType

FORM: Final = "frame log"
"""The form of a conversation whose pieces are frames exactly as they passed."""
_FLAG: Final = b"\x7e"
_ANSWERED_UA: Final = (FrameType.SNRM, FrameType.DISC)


@dataclass(frozen=True, slots=True)
class _Piece:
    """A frame as it was sent or received, with the kind that it has once its flags are there."""

    at: int
    heard: Heard
    type: FrameType | None

    @property
    def opened(self) -> bool:
        return self.heard.octets.startswith(_FLAG)

    @property
    def closed(self) -> bool:
        return self.heard.octets.endswith(_FLAG)

    @property
    def sent(self) -> bool:
        return self.heard.direction == "C>S"


def explain(seen: Sequence[Seen], heard: Sequence[Heard], device: Device | None, said: Statements) -> None:
    """What a meter makes of frames whose flags are missing, and of one whose closing flag comes too late."""
    units = {at: frame.index for frame in reversed(seen) for at in frame.unit.pieces}
    pieces = [_piece(at, heard[at]) for at in sorted(units)]
    up: bool | None = None
    for number, piece in enumerate(pieces):
        before = pieces[number - 1] if number else None
        behind = pieces[number + 1 : number + 3]
        if piece.sent and piece.type is not None and behind:
            answer = behind[0]
            if not answer.sent and answer.type not in (None, FrameType.UI):
                _without(piece, before, answer, units[answer.at], said)
            elif device is not None and not piece.closed and len(behind) > 1 and answer.sent:
                _late(piece, (behind[0], behind[1]), units[behind[1].at], device, said, up=up)
        up = _mode(piece, before, up)


def _piece(at: int, heard: Heard) -> _Piece:
    octets = heard.octets
    flagged = (b"" if octets.startswith(_FLAG) else _FLAG) + octets + (b"" if octets.endswith(_FLAG) else _FLAG)
    for whole in dict.fromkeys((flagged, octets + _FLAG)):
        view = look(whole) if sound(whole) else None
        if view is not None and not heard.unknown:
            return _Piece(at, heard, view.control.type)
    return _Piece(at, heard, None)


def _mode(piece: _Piece, before: _Piece | None, up: bool | None) -> bool | None:
    """Whether the link is set up behind a piece; None where that is not known."""
    if piece.sent or before is None or not before.sent:
        return up
    if piece.type is FrameType.DM:
        return False
    if piece.type is FrameType.UA and before.type in _ANSWERED_UA:
        return before.type is FrameType.SNRM
    return up


def _without(piece: _Piece, before: _Piece | None, answer: _Piece, index: int, said: Statements) -> None:
    """A frame that lacks a flag, and the answer that follows it at once."""
    name = piece.heard.place
    if not piece.opened and (before is None or not before.sent or not before.closed):
        text = f"The meter answers {name}, which begins without a flag: what stands before the first flag is no frame."
        hint = "The meter's receiver is started by any octet; noise before a frame will make it miss that frame."
        said.error("frame-without-opening-flag-answered", index, "", text, hint)
    if not piece.closed:
        text = f"The meter answers {name} before its closing flag has come: only the flag ends a frame."
        hint = "The meter ends frames by their length subfield alone; a wrong length will make it miss the next one."
        said.error("frame-without-closing-flag-answered", index, "", text, hint)


def _late(
    piece: _Piece, behind: tuple[_Piece, _Piece], index: int, device: Device, said: Statements, *, up: bool | None
) -> None:
    """A frame whose closing flag is the opening flag of the next one, long after the inter-octet timeout."""
    following, answer = behind
    started = following.heard.passing.began if following.heard.passing.began is not None else following.heard.time
    ended = piece.heard.time
    if answer.sent or started is None or ended is None or not following.opened:
        return
    pause, timeout_s = started - ended, device.hdlc.inter_octet_timeout_s
    answered_first = answer.type is FrameType.UA and piece.type in _ANSWERED_UA and not any(_own(following, up))
    if pause > timeout_s and answered_first:
        name = piece.type.label if piece.type is not None else "frame"
        text = (
            f"UA answers the {name} of {piece.heard.place}, which had no closing flag: the next frame came "
            f"{pause:.3f} s later, inter_octet_timeout_s is {timeout_s:g}, and its opening flag has completed the "
            f"{name}."
        )
        hint = "The meter is at fault: after the inter-octet timeout a frame that has begun is given up."
        said.error("frame-completed-after-timeout", index, "", text, hint)


def _own(following: _Piece, up: bool | None) -> Iterator[bool]:
    """Whether UA can be the answer to the later frame itself."""
    yield following.type is FrameType.SNRM
    yield following.type is FrameType.DISC and up is not False
