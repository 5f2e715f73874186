"""A link that answers from the record: to the octets that were sent then, what came back then, at its time.

It holds what is sent against what was sent, octet by octet. Whoever sends anything else has left the record: the first
difference is named, and nothing is answered any more, since nobody knows what a meter would have said to that.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import islice, product
from math import ceil, inf, isfinite
from typing import Final, NoReturn

from conformance.dlms.hdlc.fcs import GOOD, remainder
from conformance.link.clock import VirtualClock
from conformance.link.link import LineFault, LinkClosed
from conformance.link.listener import Arrival
from conformance.link.url import LinkUrl
from conformance.record.frames import Frame
from conformance.record.redaction import MASK, Span

_CLOSED: Final = "the meter closed the connection"
_ROUNDED_S: Final = 2e-6
"""Times in the log have six digits behind the point."""
_MOST_PIECES: Final = 64
_MOST_GUESSES: Final = 256
_SHOWN: Final = 24

OTHER_OCTETS: Final = "other octets are sent now: they depend on chance, or on a key that is not at hand"
MASKED: Final = "what the meter sent is masked, and no secret that is at hand stood there"
DAMAGED: Final = "its frames have no times"
UNANSWERED: Final = "an answer is waited for that never came"

_ANY_OCTET: Final = tuple(bytes((value,)) for value in range(256))

SecretsOfLength = Callable[[int], Sequence[bytes]]
"""The secrets that are known and have so many octets: what may stand behind a mask."""


class Divergence(Exception):
    """What is sent now is not what was sent then, or what came then is not known; the message says where.

    Attributes:
        kind: of divergence, in words that hold for many.
    """

    def __init__(self, message: str, kind: str) -> None:
        super().__init__(message)
        self.kind = kind


class Recording:
    """The frames of one exchange, and how far they were played.

    Attributes:
        clock: of all links that play it; it goes with the times of the record.
        divergence: the first one; once there is one, nothing can be played any more.
    """

    def __init__(
        self,
        frames: Sequence[Frame],
        clock: VirtualClock,
        *,
        secrets: SecretsOfLength = lambda _: (),
        late_s: float = 0.0,
        closed: str = _CLOSED,
    ) -> None:
        """Play `frames`.

        Args:
            frames: of one subtest, in the order in which they passed.
            clock: to be moved on.
            secrets: that may stand behind a mask in what the meter sent.
            late_s: by how much a frame may have been noted after it had arrived: nothing in virtual time.
            closed: how a connection that the meter has closed is told.
        """
        self.clock = clock
        self.divergence: Divergence | None = None
        self._frames = frames
        self._secrets = secrets
        self._late_s = late_s + _ROUNDED_S
        self._closed = closed
        self._at = 0
        self._sent = 0
        self._pieces: list[tuple[float, bytes]] = []
        self._connections = 0
        self._over: dict[int, str] = {}

    def connect(self) -> int:
        """A link was opened; the number of its connection."""
        self._connections += 1
        return self._connections

    def send(self, connection: int | None, octets: bytes) -> None:
        """Hold what is sent against what was sent.

        Args:
            connection: over which; None: in answer to what came to a listener.
            octets: that are sent.

        Raises:
            Divergence: it differs.
        """
        self._refuse()
        while octets:
            frame = self._next()
            if frame is None:
                self._diverge(f"where the log of the subtest ends, {_shown(octets)} is sent")
            if frame.dir != "C>S" or frame.connection != connection:
                self._diverge(f"where frame {frame.n} came, {_shown(octets)} is sent")
            wanted = frame.octets[self._sent :]
            count = min(len(wanted), len(octets))
            differs = _difference(octets[:count], wanted[:count], frame.redacted, self._sent)
            if differs is not None:
                self._diverge(
                    f"frame {frame.n} has {_shown(wanted[differs:])} from octet {self._sent + differs} on, "
                    f"{_shown(octets[differs:])} is sent"
                )
            octets = octets[count:]
            self._sent += count
            if count == len(wanted):
                self._pass(frame)

    def receive(self, connection: int, until: float) -> bytes:
        """What came next on a connection, when it came by `until`; otherwise time passes.

        Raises:
            Divergence: what came is masked, or it would be waited for ever.
            LinkClosed: the meter closed the connection.
        """
        self._refuse()
        frame = self._next()
        if frame is not None and frame.dir == "S>C" and frame.connection == connection:
            if not self._pieces:
                self._pieces = list(_pieces(frame, self._octets(frame)))
            due, octets = self._pieces[0]
            if due <= until + self._late_s:
                self.clock.advance_to(due)
                del self._pieces[0]
                if not self._pieces:
                    self._pass(frame)
                return octets
        elif connection in self._over:
            following = frame.began if frame is not None and frame.began is not None else self.clock.now()
            self.clock.advance_to(min(until, following))
            self._close(connection)
        if until == inf:
            self._diverge("an answer is waited for that never came", UNANSWERED)
        self.clock.advance_to(until)
        return b""

    def pushed(self, url: str, until: float) -> bytes | None:
        """What came next to a listener, when it came by `until`; otherwise time passes.

        Raises:
            Divergence: what came is masked.
        """
        self._refuse()
        frame = self._next()
        own = frame is not None and frame.dir == "S>C" and frame.connection is None and frame.note.endswith(f" {url}")
        if frame is not None and own and frame.t <= until + self._late_s:
            octets = self._octets(frame)
            self._pass(frame)
            return octets
        self.clock.advance_to(until)
        return None

    def end(self) -> Divergence | None:
        """Play nothing any more; the first divergence, if there was one."""
        before = self.divergence
        self.divergence = before or Divergence("no log holds what follows a subtest", "ended")
        return before

    def unplayed(self) -> Frame | None:
        """The first frame that was not played; None when all were."""
        return self._next()

    def _next(self) -> Frame | None:
        """The frame that is due: what was sent when its connection was over already has never left."""
        while self._at < len(self._frames):
            frame = self._frames[self._at]
            if not isfinite(frame.t + (frame.began or 0.0) + (frame.longest_gap_s or 0.0)):
                self._diverge(f"the times of frame {frame.n} are no moments", DAMAGED)
            if frame.dir == "S>C" or self._sent or frame.connection not in self._over:
                return frame
            self._at += 1
        return None

    def _pass(self, frame: Frame) -> None:
        self.clock.advance_to(frame.t)
        self._at += 1
        self._sent = 0
        if frame.ended_by in ("server", "line") and frame.connection is not None:
            self._over[frame.connection] = frame.ended_by

    def _close(self, connection: int) -> NoReturn:
        raise LineFault(self._closed) if self._over[connection] == "line" else LinkClosed(self._closed)

    def _octets(self, frame: Frame) -> bytes:
        octets = unmasked(frame, self._secrets)
        if octets is None:
            self._diverge(f"what the meter sent is masked in frame {frame.n}", MASKED)
        return octets

    def _refuse(self) -> None:
        if self.divergence is not None:
            raise self.divergence

    def _diverge(self, reason: str, kind: str = OTHER_OCTETS) -> NoReturn:
        self.divergence = self.divergence or Divergence(reason, kind)
        raise self.divergence


class RecordedLink:
    """One link to what was recorded; opened again, it is the next connection of the record."""

    def __init__(self, recording: Recording) -> None:
        self._recording = recording
        self._connection: int | None = None

    @property
    def clock(self) -> VirtualClock:
        """The clock of the record."""
        return self._recording.clock

    def open(self) -> None:
        """Begin the next connection."""
        self._connection = self._recording.connect()

    def close(self) -> None:
        """End the connection."""
        self._connection = None

    def send(self, octets: bytes) -> None:
        """Hold what is sent against what was sent.

        Raises:
            Divergence: it differs.
            LinkClosed: the link is not open.
        """
        self._recording.send(self._opened(), octets)

    def receive(self, until: float) -> bytes:
        """What came then; empty when nothing came by `until`.

        Raises:
            Divergence: what came is not known.
            LinkClosed: the meter closed the connection, or the link is not open.
        """
        return self._recording.receive(self._opened(), until)

    def _opened(self) -> int:
        if self._connection is None:
            raise LinkClosed("the link is not open")
        return self._connection


class RecordedListener:
    """A port at which what came then comes again.

    Attributes:
        url: where.
        refused: what was dropped because too much came is in no record: nothing.
    """

    def __init__(self, recording: Recording, url: LinkUrl) -> None:
        self._recording = recording
        self.url = url
        self.refused = 0

    @property
    def clock(self) -> VirtualClock:
        """The clock of the record."""
        return self._recording.clock

    def open(self) -> None:
        """Begin to listen."""

    def close(self) -> None:
        """Stop."""

    def receive(self, until: float) -> Arrival | None:
        """What came then; None when nothing came by `until`.

        Raises:
            Divergence: what came is not known.
        """
        octets = self._recording.pushed(str(self.url), until)
        return None if octets is None else Arrival(0, octets)

    def answer(self, peer: int, octets: bytes) -> None:
        """Hold an answer against what was answered.

        Raises:
            Divergence: it differs.
        """
        self._recording.send(None, octets)


def unmasked(frame: Frame, secrets: SecretsOfLength) -> bytes | None:
    """The octets of a frame with what stood behind its masks; None where that is not known.

    A secret that is known fits where the check sequence of the frame says so; that alone tells a single octet.
    """
    octets = frame.octets
    if not frame.redacted:
        return octets
    masked = sum(end - start for start, end in frame.redacted)
    known = [_ANY_OCTET if masked == 1 else secrets(end - start) for start, end in frame.redacted]
    fits = set()
    for guess in islice(product(*known), _MOST_GUESSES):
        tried = bytearray(octets)
        for (start, end), secret in zip(frame.redacted, guess, strict=True):
            tried[start:end] = secret
        if _checks(frame, bytes(tried)):
            fits.add(bytes(tried))
    return fits.pop() if len(fits) == 1 else None


def _difference(sent: bytes, recorded: bytes, masked: Sequence[Span], first: int) -> int | None:
    """Where octets first differ that no mask covers; None where they do not."""
    if sent == recorded:
        return None
    for at, (ours, theirs) in enumerate(zip(sent, recorded, strict=True)):
        if ours != theirs and not (theirs == MASK and any(start <= first + at < end for start, end in masked)):
            return at
    return None


def _pieces(frame: Frame, octets: bytes) -> Iterator[tuple[float, bytes]]:
    """The octets of a frame with the times at which they came: as far apart as the longest pause within it says."""
    began = frame.t if frame.began is None else min(frame.began, frame.t)
    gap = frame.longest_gap_s
    if began == frame.t or len(octets) < 2:
        yield frame.t, octets
        return
    pauses = 1 if not gap or gap <= 0 else ceil((frame.t - began) / gap - 1e-9)
    pauses = max(1, min(pauses, len(octets) - 1, _MOST_PIECES))
    step = gap if gap else (frame.t - began) / pauses
    for number in range(pauses):
        yield min(began + number * step, frame.t), octets[number : number + 1]
    yield frame.t, octets[pauses:]


def _checks(frame: Frame, octets: bytes) -> bool:
    """Whether the check sequence of a frame is right; what has none cannot tell."""
    return frame.layer != "hdlc" or remainder(octets[1:-1]) == GOOD


def _shown(octets: bytes) -> str:
    return octets[:_SHOWN].hex().upper() + ("…" if len(octets) > _SHOWN else "")
