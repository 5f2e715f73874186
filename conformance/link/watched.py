"""A link whose faults of the line are told to somebody besides whoever uses it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from conformance.link.clock import Clock
from conformance.link.link import LineFault, Link


class WatchedLink:
    """Does what `link` does; `told` gets the words of every `LineFault`, which goes its way all the same."""

    def __init__(self, link: Link, told: Callable[[str], None]) -> None:
        self._link = link
        self._told = told

    @property
    def clock(self) -> Clock:
        """The clock of the link."""
        return self._link.clock

    def open(self) -> None:
        """Open the link.

        Raises:
            LinkError: it cannot be opened.
        """
        self._link.open()

    def close(self) -> None:
        """Close the link."""
        self._link.close()

    def send(self, octets: bytes) -> None:
        """Send octets, once.

        Raises:
            LinkClosed: the peer has closed, or the line failed.
        """
        with self._watched():
            self._link.send(octets)

    def receive(self, until: float) -> bytes:
        """What has arrived; empty when the clock reaches `until`.

        Raises:
            LinkClosed: the peer has closed, or the line failed.
        """
        with self._watched():
            return self._link.receive(until)

    @contextmanager
    def _watched(self) -> Iterator[None]:
        try:
            yield
        except LineFault as fault:
            self._told(str(fault))
            raise
