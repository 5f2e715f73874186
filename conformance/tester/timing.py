"""What a tape tells of time: how fast the meter answered, how evenly it sent, how long the octets were on the line."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from conformance.tester.tape import TapedFrame


@dataclass(frozen=True, slots=True)
class Response:
    """A reply and the frame that it answers.

    Attributes:
        request: number of the frame that was sent, on the tape.
        reply: number of the frame that came.
        seconds: from the last octet of the one to the first octet of the other.
    """

    request: int
    reply: int
    seconds: float


def responses(frames: Iterable[TapedFrame]) -> list[Response]:
    """The first frame that came after each one that was sent, before the next was; octets that are no frame aside.

    A reply whose first octet seems to precede the last one of its request, as with a baud rate that is stated too low,
    has taken no time.
    """
    found: list[Response] = []
    sent: TapedFrame | None = None
    for frame in frames:
        if frame.direction == "C>S":
            sent = frame
        elif sent is not None and frame.layer != "octets":
            found.append(Response(sent.number, frame.number, max(0.0, frame.began_s - sent.time_s)))
            sent = None
    return found


def longest_gap(frames: Iterable[TapedFrame]) -> TapedFrame | None:
    """The frame of the meter with the longest pause in it; None where the link can tell no pauses."""
    told = [frame for frame in frames if frame.direction == "S>C" and frame.longest_gap_s is not None]
    return max(told, key=lambda frame: frame.longest_gap_s or 0.0, default=None)


def wire_s(frames: Sequence[TapedFrame], character_s: float) -> float:
    """How long the octets of both directions were on the line, at `character_s` for each."""
    return sum(len(frame.octets) for frame in frames) * character_s
