"""What the tape of an item shows of its line: damaged frames, stray octets, frames that came twice, echoes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from conformance.dlms.errors import DecodeError
from conformance.dlms.hdlc.control import FrameType
from conformance.dlms.hdlc.frame import Frame
from conformance.dlms.hdlc.frame import read as read_frame
from conformance.dlms.reader import decode
from conformance.tester.tape import TapedFrame

_SUPERVISORY = frozenset((FrameType.RR, FrameType.RNR))


@dataclass(frozen=True, slots=True)
class TapeSigns:
    """Signs, each of which a bad line gives, and a bad meter may give too: they alone decide nothing.

    Attributes:
        damaged: frames from the meter with a wrong length or check sequence.
        stray: runs of octets from the meter that are no frame.
        repeated: frames from the meter that came twice, or that answer nothing.
        echoed: frames of the tester that came back.
        unanswered: frames of the tester to which nothing came; no sign, for silence is what many of them call for.
    """

    damaged: int = 0
    stray: int = 0
    repeated: int = 0
    echoed: int = 0
    unanswered: int = 0

    @property
    def loses(self) -> bool:
        """Whether octets were lost, changed or made up."""
        return bool(self.damaged or self.stray)

    def __bool__(self) -> bool:
        """Whether there is any sign."""
        return bool(self.damaged or self.stray or self.repeated or self.echoed)

    def __str__(self) -> str:
        told = (
            (self.damaged, "damaged frames"),
            (self.stray, "runs of stray octets"),
            (self.repeated, "frames that came twice or answer nothing"),
            (self.echoed, "own frames echoed"),
        )
        return ", ".join(f"{count} {what}" for count, what in told if count) or "nothing"


def tape_signs(frames: Sequence[TapedFrame]) -> TapeSigns:
    """The signs on a tape, or on a part of one."""
    damaged = stray = repeated = echoed = unanswered = polls = finals = 0
    last_sent = last_received = answered = b""
    waiting = False
    for taped in frames:
        if taped.direction == "C>S":
            sent = _frame(taped)
            unanswered += waiting
            last_sent, waiting = taped.octets, sent is None or sent.control.poll_final
            # What was altered until it is no frame may be taken for a poll all the same.
            polls += sent is None or sent.control.poll_final
            continue
        if taped.layer == "octets":
            stray += 1
            continue
        if taped.octets == last_sent:
            echoed += 1
            continue
        received = _frame(taped)
        if received is None:
            damaged += 1
            continue
        finals += received.control.poll_final
        # The same answer without a question between, or to another question; acknowledgements may be alike.
        again = not waiting or (last_sent != answered and received.control.type not in _SUPERVISORY)
        repeated += taped.octets == last_received and again
        last_received, answered, waiting = taped.octets, last_sent, False
    return TapeSigns(damaged, stray, max(repeated, finals - polls, 0), echoed, unanswered + waiting)


def _frame(taped: TapedFrame) -> Frame | None:
    try:
        return decode(taped.octets, read_frame, "hdlc-frame")
    except DecodeError:
        return None
