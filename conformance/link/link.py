"""What every link to a device is: octets out, octets in, and a clock."""

from __future__ import annotations

from typing import Protocol

from conformance.link.clock import Clock


class LinkError(Exception):
    """A link that cannot be opened, or that failed on this side: the message says what, where, and what to do."""


class LinkClosed(Exception):
    """The peer, or what lies between, closed the link; the message says how."""


class LineFault(LinkClosed):
    """The line failed, which is no act of the meter's: a port vanished, nothing listens, an echo came back damaged."""


class Link(Protocol):
    """Octets to and from one device. Not safe for several threads."""

    @property
    def clock(self) -> Clock:
        """The clock by which `receive` waits."""
        ...

    def open(self) -> None:
        """Open the link; opening an open link starts afresh.

        Raises:
            LinkError: it cannot be opened.
        """
        ...

    def close(self) -> None:
        """Close the link; closing a closed one does nothing."""
        ...

    def send(self, octets: bytes) -> None:
        """Send octets, once.

        Raises:
            LinkClosed: the peer has closed.
        """
        ...

    def receive(self, until: float) -> bytes:
        """What has arrived, as soon as there is at least one octet; empty when the clock reaches `until`.

        Raises:
            LinkClosed: the peer has closed and everything it sent was given.
        """
        ...
