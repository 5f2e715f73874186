"""A link that ends with the time that a discovery has: no meter can keep it longer, however it answers."""

from __future__ import annotations

from conformance.link.clock import Clock
from conformance.link.link import Link, LinkError


class OutOfTimeError(LinkError):
    """The time of the discovery is over."""


class DeadlineLink:
    """Hands everything through until its moment has come.

    Attributes:
        until: the moment, on the clock of the link.
    """

    def __init__(self, link: Link, until: float) -> None:
        self._link = link
        self.until = until

    @property
    def clock(self) -> Clock:
        """That of the link below."""
        return self._link.clock

    def open(self) -> None:
        """Open the link below.

        Raises:
            OutOfTimeError: it is too late.
            LinkError: it cannot be opened.
        """
        self._check()
        self._link.open()

    def close(self) -> None:
        """Close the link below."""
        self._link.close()

    def send(self, octets: bytes) -> None:
        """Send octets.

        Raises:
            OutOfTimeError: it is too late.
        """
        self._check()
        self._link.send(octets)

    def receive(self, until: float) -> bytes:
        """What arrives by `until`.

        Raises:
            OutOfTimeError: it is too late.
        """
        self._check()
        return self._link.receive(min(until, self.until))

    def _check(self) -> None:
        if self.clock.now() >= self.until:
            raise OutOfTimeError("the time that the discovery has is over")
