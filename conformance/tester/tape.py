"""What the tester has sent and received, octet for octet, in order: the raw material of the frame log."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from conformance.record.frame_security import FrameSecurity

Direction = Literal["C>S", "S>C"]
Layer = Literal["hdlc", "wrapper", "octets"]
End = Literal["client", "server", "line"]
"""Who ended a connection: the tester, the meter, or what lies between them."""


@dataclass(slots=True)
class TapedFrame:
    """One frame or wrapper PDU, or octets that are neither.

    Attributes:
        number: counts from 0 on one tape.
        time_s: of the link's clock, when its last octet was sent or received; on a line of known baud rate, when the
            last octet sent has left.
        direction: `C>S` from the tester, `S>C` from the meter.
        layer: what the octets are.
        octets: as on the line.
        apdu: the APDU that this frame completes, when it was segmented; None when the frame holds it whole or none.
        plain: the deciphered APDU, when it was protected.
        note: what the tester made of it, in a few words.
        began_s: of the link's clock, when its first octet was sent or received.
        longest_gap_s: the longest pause between two octets of a frame received, as the link saw it; None where it
            cannot tell: the frame came in one piece, or through a network.
        security: what the APDU that this frame completes, or begins to send, shows of security.
        connection: which opening of which line it passed over, counted from 1 on one tape; 0 where none is known.
        purpose: how it differs on purpose from what a client sends that goes by the device config; empty where it does
            not, or the meter sent it.
        datagrams: the first and the last datagram that it passed in, counted from 1 for each direction of a connection;
            None on a link that has none.
        ended_by: who ended its connection, where it is the last frame of it; None before that.
    """

    number: int
    time_s: float
    direction: Direction
    layer: Layer
    octets: bytes
    apdu: bytes | None = None
    plain: bytes | None = None
    note: str = ""
    began_s: float = 0.0
    longest_gap_s: float | None = None
    security: FrameSecurity | None = None
    connection: int = 0
    purpose: str = ""
    datagrams: tuple[int, int] | None = None
    ended_by: End | None = None


@dataclass(slots=True)
class Tape:
    """The frames of one pytest item, over all its links.

    Attributes:
        frames: in the order in which they passed.
        waited_s: how long was waited in which nothing came, on the links' clocks: silences that were proven, and waits.
        connections: how often a line was opened.
    """

    frames: list[TapedFrame] = field(default_factory=list)
    waited_s: float = 0.0
    connections: int = 0

    def add(
        self,
        time_s: float,
        direction: Direction,
        layer: Layer,
        octets: bytes,
        note: str = "",
        *,
        began_s: float | None = None,
        longest_gap_s: float | None = None,
        connection: int = 0,
    ) -> TapedFrame:
        """Append a frame and give it back, so that what is learnt of it later can be added.

        Args:
            time_s: of its last octet.
            direction: which way it went.
            layer: what the octets are.
            octets: as on the line.
            note: what is known of it already.
            began_s: of its first octet; None: the same moment.
            longest_gap_s: within it; None: not known.
            connection: which opening of which line; 0: not known.
        """
        frame = TapedFrame(
            len(self.frames),
            time_s,
            direction,
            layer,
            octets,
            note=note,
            began_s=time_s if began_s is None else began_s,
            longest_gap_s=longest_gap_s,
            connection=connection,
        )
        self.frames.append(frame)
        return frame

    def connected(self) -> int:
        """A line was opened; the number that its frames bear from now on."""
        self.connections += 1
        return self.connections

    def ended(self, connection: int, by: End) -> None:
        """A connection is over: its last frame says so, unless it was over before."""
        last = next((frame for frame in reversed(self.frames) if frame.connection == connection), None)
        if last is not None and last.ended_by is None:
            last.ended_by = by

    def tell_purpose(self, first: int, purpose: str) -> None:
        """What was sent from frame `first` on differs on purpose from what is declared; a purpose told before stays."""
        for frame in self.frames[first:] if purpose else ():
            if frame.direction == "C>S" and not frame.purpose:
                frame.purpose = purpose

    @property
    def next_number(self) -> int:
        """The number that the next frame will get."""
        return len(self.frames)
