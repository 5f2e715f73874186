"""A line that gives back what is sent on it: an optical head, a two-wire probe. The echo is swallowed, and checked."""

from __future__ import annotations

from typing import Final

from conformance.link.clock import Clock
from conformance.link.link import LineFault, Link

_GRACE_S: Final = 0.3
"""How much later than its octets take on the line an echo may be: drivers and converters collect octets."""
_CHARACTER_BITS: Final = 10
_SHOWN: Final = 12


class Echo:
    """What is to come back, and when at the latest. Time is passed in.

    Attributes:
        character_s: how long an octet is on the line; 0 where that is not known.
    """

    def __init__(self, character_s: float = 0.0) -> None:
        self.character_s = character_s
        self._expected = b""
        self._due = 0.0

    def clear(self) -> None:
        """Nothing is expected any more."""
        self._expected = b""

    def sent(self, octets: bytes, now: float) -> None:
        """Octets went out, and are expected back."""
        begins = now if not self._expected else max(now, self._due - _GRACE_S)
        self._expected += octets
        self._due = begins + len(octets) * self.character_s + _GRACE_S

    @property
    def due(self) -> float | None:
        """When the echo is overdue; None while none is expected."""
        return self._due if self._expected else None

    def received(self, octets: bytes) -> bytes:
        """What is left of `octets` without the echo.

        Raises:
            LineFault: what came is not what was sent.
        """
        size = min(len(octets), len(self._expected))
        if octets[:size] != self._expected[:size]:
            place = next(index for index in range(size) if octets[index] != self._expected[index])
            sent, came = (_shown(part[place:size]) for part in (self._expected, octets))
            raise LineFault(
                f"the echo of what was sent is damaged: {sent} went out, {came} came back; look at the head and the "
                "wiring, or at a second sender; if the line gives no echo, set echo=false"
            )
        self._expected = self._expected[size:]
        return octets[size:]

    def check(self, now: float) -> None:
        """See whether the echo came in time.

        Raises:
            LineFault: it did not.
        """
        if self._expected and now > self._due:
            count = len(self._expected)
            raise LineFault(
                f"{count} octets of what was sent did not come back: the head is not connected, or gives no echo; "
                "look at the head, or set echo=false"
            )


class EchoLink:
    """A link that gives back what is sent, seen without its echo."""

    def __init__(self, link: Link, baud: int | None = None) -> None:
        self._link = link
        self._echo = Echo()
        self.baud_changed(baud)

    @property
    def clock(self) -> Clock:
        """The clock of the link."""
        return self._link.clock

    def baud_changed(self, baud: int | None) -> None:
        """The line has another speed from now on."""
        self._echo.character_s = _CHARACTER_BITS / baud if baud else 0.0

    def open(self) -> None:
        """Open the link.

        Raises:
            LinkError: it cannot be opened.
        """
        self._echo.clear()
        self._link.open()

    def close(self) -> None:
        """Close the link."""
        self._link.close()

    def send(self, octets: bytes) -> None:
        """Send octets, and expect them back.

        Raises:
            LinkClosed: the link is closed.
        """
        self._echo.sent(octets, self.clock.now())
        self._link.send(octets)

    def receive(self, until: float) -> bytes:
        """What the meter sent; an echo is not it.

        Raises:
            LineFault: the echo is damaged, or did not come.
            LinkClosed: the link is closed.
        """
        while True:
            due = self._echo.due
            octets = self._link.receive(until if due is None else min(until, max(due, self.clock.now()) + 0.001))
            left = self._echo.received(octets)
            if left:
                return left
            now = self.clock.now()
            self._echo.check(now)
            if now >= until:
                return b""


def _shown(octets: bytes) -> str:
    return octets[:_SHOWN].hex().upper() + ("…" if len(octets) > _SHOWN else "")
