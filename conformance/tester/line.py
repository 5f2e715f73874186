"""One physical line or connection: octets out, whole PDUs in, everything on the tape."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal, Protocol

from conformance.dlms.wrapper import WrapperDatagrams
from conformance.link.clock import Clock
from conformance.link.link import LineFault, Link, LinkClosed
from conformance.link.pace import Pace
from conformance.tester.arrivals import Arrivals
from conformance.tester.segments import PAUSE_S, WHOLE
from conformance.tester.tape import Tape, TapedFrame

LONGEST_PAUSE_S = 1.0
"""A PDU that has begun and gets no further octet for so long is stuck, whatever its length field promises.

Far above the inter-octet timeouts of the standard: gateways and networks cut frames into pieces.
"""
LONGEST_PDU_S = 120.0
"""A PDU that is not whole after so long is stuck, though octets still trickle in."""
MOST_STRAY_OCTETS = 1 << 20
"""A meter that sends more than this without a single PDU in it is cut off."""
MOST_WAITING_PDUS = 256
"""A meter that sends more PDUs than this before anybody has taken one is cut off; no window, no push comes near it."""
_MOST_FRAMES_OF_A_WAIT = 1 << 16
_FLAG = b"\x7e"


class PduStream(Protocol):
    """Cuts a stream of octets into PDUs; what it cannot make a PDU of it drops, bounded."""

    @property
    def pending(self) -> bytes:
        """Octets that wait for more."""
        ...

    def discard(self) -> bytes:
        """Drop what waits for more, and give it."""
        ...

    def feed(self, octets: bytes) -> list[bytes]:
        """The PDUs that `octets` complete."""
        ...


class Line:
    """A link shared by the data links of one or several clients.

    Attributes:
        tape: takes every PDU both ways, and stray octets.
        opened: whether this side has opened the link, and not closed it.
        closed: why the peer closed the link; None while it is open.
        longest_pause_s: a PDU that has begun and gets no further octet for so long is stuck; never less than
            `LONGEST_PAUSE_S`, and more for a meter that declares a longer inter-octet timeout.
        parties: the pairs of addresses that data links of this line speak for, client first, as on the line.
        segments: how what is sent is cut before it is handed to the link.
    """

    def __init__(
        self, link: Link, stream: PduStream, layer: Literal["hdlc", "wrapper"], tape: Tape, pace: Pace | None = None
    ) -> None:
        self._link = link
        self._stream = stream
        self._layer: Literal["hdlc", "wrapper"] = layer
        self._queue: deque[TapedFrame] = deque()
        self._character_s = (pace or Pace()).character_s or 0.0
        self._arrivals = Arrivals(pace or Pace())
        # When the last octet sent has left.
        self._left_s = 0.0
        self.tape = tape
        self.opened = False
        self.closed: str | None = None
        self.longest_pause_s = LONGEST_PAUSE_S
        self.parties: set[tuple[bytes, bytes]] = set()
        self.segments = WHOLE
        self._together: list[TapedFrame] | None = None
        self._connection = 0
        self._datagrams = isinstance(stream, WrapperDatagrams)
        self._sent = self._received = 0

    @property
    def clock(self) -> Clock:
        """The clock of the link: virtual on a loopback."""
        return self._link.clock

    def open(self) -> None:
        """Open the link; nothing of an earlier connection is left.

        Raises:
            LinkError: it cannot be opened.
        """
        self._link.open()
        self._stream.discard()
        self._arrivals.clear()
        self._queue.clear()
        self._connection = self.tape.connected()
        self._sent = self._received = 0
        self.opened = True
        self.closed = None

    def close(self) -> None:
        """Close the link; a link that is closed already stays so."""
        if self.opened:
            self.tape.ended(self._connection, "client")
        self.opened = False
        self._link.close()

    @property
    def quiet_from(self) -> float:
        """When the last octet sent has left: from then on a reply is waited for."""
        return max(self.clock.now(), self._left_s)

    @property
    def begun(self) -> bool:
        """Whether a PDU from the meter has begun and is not whole; a lone flag begins nothing, it closed a frame."""
        return self._stream.pending not in (b"", _FLAG)

    def send(self, octets: bytes, note: str = "") -> TapedFrame:
        """Send octets as they are, once; what began before them and is not whole is dropped."""
        self._stuck()
        began = self.clock.now()
        self._left_s = max(began, self._left_s) + len(octets) * self._character_s
        frame = self.tape.add(
            self._left_s, "C>S", self._layer, octets, note, began_s=began, connection=self._connection
        )
        if self._together is not None:
            self._together.append(frame)
        else:
            self._hand_over(octets)
            self._number([frame])
            frame.time_s = self._left_s
        if self.segments is not WHOLE:
            frame.note = frame.note or str(self.segments)
        return frame

    @contextmanager
    def together(self) -> Iterator[None]:
        """What is sent inside goes out at the end, laid end to end, cut as `segments` say."""
        frames = self._together = []
        try:
            yield
        finally:
            self._together = None
        for frame in frames:
            frame.note = f"{len(frames)} PDUs {self.segments}"
        self._hand_over(b"".join(frame.octets for frame in frames))
        self._number(frames)
        if frames:
            frames[-1].time_s = self._left_s

    def _hand_over(self, octets: bytes) -> None:
        """Give octets to the link, segment by segment; what arrives between two segments is kept."""
        for number, segment in enumerate(self.segments.cut(octets)):
            if self.closed is not None:
                return
            try:
                if number and (arrived := self._link.receive(self.clock.now() + PAUSE_S)):
                    self._take(arrived, None)
                self._link.send(segment)
            except LinkClosed as closed:
                self._end(closed)
        # A link that waits until octets have left, or a line that was not free, knows better than the baud rate.
        self._left_s = max(self._left_s, self.clock.now())

    def _number(self, frames: list[TapedFrame]) -> None:
        """The datagrams in which frames went that were handed over as one run of octets."""
        if not self._datagrams:
            return
        ends: list[int] = []
        for segment in self.segments.cut(b"".join(frame.octets for frame in frames)):
            ends.append((ends[-1] if ends else 0) + len(segment))
        at = 0
        for frame in frames:
            first = bisect_right(ends, at)
            at += len(frame.octets)
            frame.datagrams = self._sent + first + 1, self._sent + max(first, bisect_left(ends, at)) + 1
        self._sent += len(ends)

    def _end(self, closed: LinkClosed) -> None:
        """The connection is over, and not by this side."""
        self.closed = str(closed)
        self.tape.ended(self._connection, "line" if isinstance(closed, LineFault) else "server")

    def receive(self, until: float) -> TapedFrame | None:
        """The next PDU, or None when the clock reaches `until` or the peer has closed.

        A PDU that has begun by `until` may be completed, within `longest_pause_s` and `LONGEST_PDU_S`. What never makes
        a PDU is handed out as a frame of the layer `octets` once the wait is over: silence it was not.
        """
        deadline = until
        begun: float | None = None
        stray: TapedFrame | None = None
        received = 0
        quiet_since = self.clock.now()
        while not self._queue:
            if self.closed is not None or self.clock.now() >= deadline:
                if self.closed is None:
                    self.tape.waited_s += max(0.0, self.clock.now() - max(quiet_since, self._left_s))
                return self._stuck(stray) or stray
            try:
                octets = self._link.receive(deadline)
            except LinkClosed as closed:
                self._end(closed)
                continue
            if not octets:
                continue
            received += len(octets)
            quiet_since = self.clock.now()
            stray = self._take(octets, stray) or stray
            if received > MOST_STRAY_OCTETS:
                self.closed = f"cut off: {received} octets and no PDU among them"
            now = self.clock.now()
            begun = (now if begun is None else begun) if self.begun else None
            deadline = until if begun is None else max(until, min(now + self.longest_pause_s, begun + LONGEST_PDU_S))
        return self._queue.popleft()

    def put_back(self, frame: TapedFrame) -> None:
        """Hand back the PDU taken last: somebody else on the line, or a later wait, takes it again."""
        self._queue.appendleft(frame)

    def wait(self, seconds: float) -> list[TapedFrame]:
        """Let `seconds` pass on the link's clock and give what arrived meanwhile."""
        until = self.clock.now() + seconds
        arrived: list[TapedFrame] = []
        while len(arrived) < _MOST_FRAMES_OF_A_WAIT and (frame := self.receive(until)) is not None:
            arrived.append(frame)
        return arrived

    def _take(self, octets: bytes, stray: TapedFrame | None) -> TapedFrame | None:
        """Queue the PDUs that `octets` complete; give what was dropped between them, when anything was."""
        left = self._stream.pending + octets
        shared = 1 if self._layer == "hdlc" else 0
        dropped = b""
        self._received += 1
        self._arrivals.add(len(octets), self.clock.now())
        for pdu in self._stream.feed(octets):
            if len(self._queue) >= MOST_WAITING_PDUS:
                self.closed = f"cut off: {MOST_WAITING_PDUS} PDUs came in a row, and more"
                self._stream.discard()
                self._arrivals.clear()
                return None
            start = left.find(pdu)
            dropped += left[:start].strip(_FLAG)
            left = left[start + len(pdu) - shared :]
            began, gap = self._arrivals.cut(start, len(pdu), shared=shared)
            frame = self.tape.add(
                self.clock.now(),
                "S>C",
                self._layer,
                pdu,
                began_s=began,
                longest_gap_s=gap,
                connection=self._connection,
            )
            frame.datagrams = (self._received, self._received) if self._datagrams else None
            self._queue.append(frame)
        self._arrivals.keep(len(self._stream.pending))
        dropped += left[: max(0, len(left) - len(self._stream.pending))].strip(_FLAG)
        return self._strayed(dropped, "outside any frame", stray) if dropped else None

    def _stuck(self, stray: TapedFrame | None = None) -> TapedFrame | None:
        """Drop a PDU that has begun and did not go on, so that it does not swallow the next one."""
        if not self.begun:
            return None
        self._arrivals.clear()
        return self._strayed(self._stream.discard(), "the beginning of a PDU that does not go on", stray)

    def _strayed(self, octets: bytes, note: str, run: TapedFrame | None) -> TapedFrame:
        """Octets that are no PDU, on the tape; what strays in one wait without a PDU in between is one `run`."""
        if run is not None and run is self.tape.frames[-1]:
            run.octets += octets
            run.note = note
            return run
        return self.tape.add(self.clock.now(), "S>C", "octets", octets, note, connection=self._connection)
