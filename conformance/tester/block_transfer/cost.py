"""What an exchange took on the line, whatever its mechanism: round trips, frames, octets both ways, time."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from conformance.tester.association import Association


@dataclass(slots=True)
class TransferCost:
    """Counted on the tape, link layer included.

    Attributes:
        round_trips: how often the turn went to the meter and came back.
        frames_sent: frames or wrapper PDUs.
        frames_received: likewise.
        octets_sent: of those frames.
        octets_received: likewise.
        elapsed_s: of the link's clock.
    """

    round_trips: int = 0
    frames_sent: int = 0
    frames_received: int = 0
    octets_sent: int = 0
    octets_received: int = 0
    elapsed_s: float = 0.0


@contextmanager
def measured(association: Association) -> Iterator[TransferCost]:
    """What the exchanges inside took; it is filled in at the end, also where they fail."""
    line = association.data_link.line
    first, began = line.tape.next_number, line.clock.now()
    cost = TransferCost()
    try:
        yield cost
    finally:
        cost.elapsed_s = line.clock.now() - began
        before = ""
        for frame in line.tape.frames[first:]:
            if frame.direction == "C>S":
                cost.frames_sent += 1
                cost.octets_sent += len(frame.octets)
            else:
                cost.frames_received += 1
                cost.octets_received += len(frame.octets)
                cost.round_trips += before == "C>S"
            before = frame.direction
