"""What every place is at which the tester listens for what a meter sends of its own accord."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from conformance.link.clock import Clock
from conformance.link.url import LinkUrl


@dataclass(frozen=True, slots=True)
class Arrival:
    """Octets that came in.

    Attributes:
        peer: number of the connection, or of the sender of a datagram, for the answer.
        octets: part of a stream over TCP, a datagram over UDP.
    """

    peer: int
    octets: bytes


class Listener(Protocol):
    """A port that is listened at. Not safe for several threads.

    Attributes:
        url: where, `tcp` or `udp`.
        refused: what was dropped because too much came, in connections or transmissions.
    """

    url: LinkUrl
    refused: int

    @property
    def clock(self) -> Clock:
        """The clock by which `receive` waits."""
        ...

    def open(self) -> None:
        """Begin to listen.

        Raises:
            LinkError: the address cannot be listened at.
        """
        ...

    def close(self) -> None:
        """Stop, and end every connection; closing a closed one does nothing."""
        ...

    def receive(self, until: float) -> Arrival | None:
        """What has arrived, as soon as there is something; None when the clock reaches `until`."""
        ...

    def answer(self, peer: int, octets: bytes) -> None:
        """Send octets back to where an arrival came from; one that has gone does not get them."""
        ...
