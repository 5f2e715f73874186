"""What the tester has sent and received, octet for octet, in order: the raw material of the frame log."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

Direction = Literal["C>S", "S>C"]
Layer = Literal["hdlc", "wrapper", "octets"]


@dataclass(slots=True)
class TapedFrame:
    """One frame or wrapper PDU, or octets that are neither.

    Attributes:
        number: counts from 0 on one tape.
        time_s: of the link's clock, when its last octet was sent or received.
        direction: `C>S` from the tester, `S>C` from the meter.
        layer: what the octets are.
        octets: as on the line.
        apdu: the APDU that this frame completes, when it was segmented; None when the frame holds it whole or none.
        plain: the deciphered APDU, when it was protected.
        note: what the tester made of it, in a few words.
    """

    number: int
    time_s: float
    direction: Direction
    layer: Layer
    octets: bytes
    apdu: bytes | None = None
    plain: bytes | None = None
    note: str = ""


@dataclass(slots=True)
class Tape:
    """The frames of one pytest item, over all its links."""

    frames: list[TapedFrame] = field(default_factory=list)

    def add(self, time_s: float, direction: Direction, layer: Layer, octets: bytes, note: str = "") -> TapedFrame:
        """Append a frame and give it back, so that what is learnt of it later can be added."""
        frame = TapedFrame(len(self.frames), time_s, direction, layer, octets, note=note)
        self.frames.append(frame)
        return frame

    @property
    def next_number(self) -> int:
        """The number that the next frame will get."""
        return len(self.frames)
