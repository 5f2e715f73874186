"""One physical line or connection: octets out, whole PDUs in, everything on the tape."""

from __future__ import annotations

from collections import deque
from typing import Literal, Protocol

from conformance.link.clock import Clock
from conformance.link.link import Link, LinkClosed
from conformance.tester.tape import Tape, TapedFrame


class PduStream(Protocol):
    """Cuts a stream of octets into PDUs; what it cannot make a PDU of it drops, bounded."""

    def feed(self, octets: bytes) -> list[bytes]:
        """The PDUs that `octets` complete."""
        ...


class Line:
    """A link shared by the data links of one or several clients.

    Attributes:
        tape: takes every PDU both ways, and stray octets.
        closed: why the peer closed the link; None while it is open.
    """

    def __init__(self, link: Link, stream: PduStream, layer: Literal["hdlc", "wrapper"], tape: Tape) -> None:
        self._link = link
        self._stream = stream
        self._layer: Literal["hdlc", "wrapper"] = layer
        self._queue: deque[TapedFrame] = deque()
        self.tape = tape
        self.closed: str | None = None

    @property
    def clock(self) -> Clock:
        """The clock of the link: virtual on a loopback."""
        return self._link.clock

    def open(self) -> None:
        """Open the link.

        Raises:
            LinkError: it cannot be opened.
        """
        self._link.open()

    def close(self) -> None:
        """Close the link; a link that is closed already stays so."""
        self._link.close()

    def send(self, octets: bytes, note: str = "") -> TapedFrame:
        """Send octets as they are, once."""
        frame = self.tape.add(self.clock.now(), "C>S", self._layer, octets, note)
        if self.closed is None:
            try:
                self._link.send(octets)
            except LinkClosed as closed:
                self.closed = str(closed)
        return frame

    def receive(self, until: float) -> TapedFrame | None:
        """The next PDU, or None when the clock reaches `until` or the peer has closed.

        A meter that sends octets without end that never make a PDU is cut off at `until` all the same.
        """
        while not self._queue:
            if self.closed is not None or self.clock.now() >= until:
                return None
            try:
                octets = self._link.receive(until)
            except LinkClosed as closed:
                self.closed = str(closed)
                return None
            for pdu in self._stream.feed(octets):
                self._queue.append(self.tape.add(self.clock.now(), "S>C", self._layer, pdu))
        return self._queue.popleft()

    def put_back(self, frame: TapedFrame) -> None:
        """Hand back a PDU that is for another client of the line."""
        self._queue.append(frame)

    def wait(self, seconds: float) -> list[TapedFrame]:
        """Let `seconds` pass on the link's clock and give what arrived meanwhile."""
        until = self.clock.now() + seconds
        arrived: list[TapedFrame] = []
        while (frame := self.receive(until)) is not None:
            arrived.append(frame)
        return arrived
