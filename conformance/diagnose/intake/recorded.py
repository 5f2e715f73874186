"""A conversation from frames that were recorded by ourselves: directions, layers and connections are known."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Literal

from conformance.diagnose.intake.building import conversation
from conformance.diagnose.intake.collector import Collector, OpenStream
from conformance.diagnose.intake.conversation import AT_ONCE, Conversation, Direction, Layer, Passing
from conformance.diagnose.intake.finding import Findings
from conformance.diagnose.intake.limits import Limits
from conformance.diagnose.intake.place import Place

_LIMITS: Final = Limits(octets=1 << 20, pieces=4_096, units=8_192, streams=256, findings=20)
_NAME: Final = Path("recorded")


@dataclass(frozen=True, slots=True)
class RecordedFrame:
    """One frame or wrapper PDU as it was sent or received, or octets that are neither.

    Attributes:
        number: that it is known by: messages call it `frame 3`.
        direction: `C>S` from the client, `S>C` from the meter.
        layer: what the octets are; `octets` when they are neither frame nor PDU.
        octets: as on the line.
        time: in seconds.
        plain: the deciphered APDU, where it was protected and could be opened.
        stream: frames of one connection that follow one another share it.
        connection: which connection of the item it is, counted from 1; 0 where nothing tells.
        passing: how it passed.
        ended_by: who ended the connection behind it; None where it goes on.
    """

    number: int
    direction: Direction
    layer: Literal["hdlc", "wrapper", "apdu", "octets"]
    octets: bytes = field(repr=False)
    time: float
    plain: bytes | None = field(default=None, repr=False)
    stream: int = 0
    connection: int = 0
    passing: Passing = AT_ONCE
    ended_by: Literal["client", "server", "line"] | None = None


def recorded(frames: Sequence[RecordedFrame]) -> Conversation:
    """The conversation that frames make, in their order; each stream is of the layer that its frames say.

    Raises:
        IntakeError: there are none.
    """
    collector = Collector(_LIMITS, Findings(_LIMITS.findings), form="frame log")
    layers: dict[int, Layer] = {}
    for frame in frames:
        if frame.layer != "octets":
            layers.setdefault(frame.stream, Layer(frame.layer))
    streams: dict[int, int] = {}
    for frame in frames:
        index = streams.get(frame.stream)
        if index is None:
            number = frame.connection
            name = f"connection {number or frame.stream}"
            opened = OpenStream(name, layers.get(frame.stream), connection=number, group=int(number > 0))
            index = streams[frame.stream] = collector.open(opened)
        collector.streams[index].ended_by = frame.ended_by or collector.streams[index].ended_by
        place = Place("frame", frame.number)
        collector.take(
            index, frame.direction, frame.octets, frame.time, place, plain=frame.plain, passing=frame.passing
        )
    return conversation(_NAME, collector)
