"""Where a meter's pushes go, and a network in memory that carries them in virtual time."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import Final, Literal, Protocol

from conformance.link.clock import VirtualClock
from conformance.link.link import LinkError
from conformance.link.listener import Arrival
from conformance.link.url import LinkUrl

Transport = Literal["tcp", "udp"]

_MOST_TICKS: Final = 100_000
"""Ticks of a meter within one wait; one that asks for more has a timer that never moves on."""
MOST_WAITING: Final = 1024
"""Transmissions that nobody has taken yet; further ones are lost, as when buffers are full."""
_ANYWHERE: Final = frozenset(("0.0.0.0", "::"))  # noqa: S104 - compared, not bound


class Exchange(Protocol):
    """What was sent to one destination, and the way back from there."""

    @property
    def failed(self) -> str:
        """Why it could not be delivered, in words; empty while nothing is known to have gone wrong."""
        ...

    @property
    def delivered(self) -> bool:
        """Whether it is known to have left; over UDP nobody can know more."""
        ...

    def received(self) -> bytes:
        """What has come back since it was asked last."""
        ...

    def close(self) -> None:
        """Nothing more is expected."""
        ...


class PushNetwork(Protocol):
    """What a meter sends its pushes into."""

    def send(self, transport: Transport, destination: str, octets: bytes) -> Exchange:
        """Send octets to a destination, written HOST:PORT, over a connection or as a datagram of their own."""
        ...


class Driven(Protocol):
    """What acts of itself while others wait: a meter with something to push."""

    def next_timer(self) -> float | None:
        """When it wants `tick` to be called; None while it waits for nothing."""
        ...

    def tick(self, now: float) -> None:
        """Time has passed."""
        ...


@dataclass(slots=True)
class _Delivery:
    """An exchange in memory: `back` is what the listener has answered."""

    failed: str = ""
    closed: bool = False
    back: bytearray = field(default_factory=bytearray)

    @property
    def delivered(self) -> bool:
        return not self.failed

    def received(self) -> bytes:
        taken = bytes(self.back)
        self.back.clear()
        return taken

    def close(self) -> None:
        self.closed = True


class VirtualNetwork:
    """Hosts and ports in memory. TCP to where nobody listens fails; a datagram is lost without a word.

    Attributes:
        driven: whoever pushes into it; it acts while a listener waits.
        clock: of all its listeners.
    """

    def __init__(self, clock: VirtualClock) -> None:
        self.clock = clock
        self.driven: Driven | None = None
        self._listeners: list[VirtualListener] = []

    def listener(self, url: LinkUrl) -> VirtualListener:
        """A listener at `url`, not open yet."""
        return VirtualListener(self, url)

    def send(self, transport: Transport, destination: str, octets: bytes) -> Exchange:
        """Hand octets to whoever listens there."""
        for listener in self._listeners:
            if listener.hears(transport, destination):
                return listener.deliver(octets)
        return _Delivery(f"{transport}://{destination}: nobody listens there" if transport == "tcp" else "")

    def opened(self, listener: VirtualListener) -> None:
        """Take a listener in.

        Raises:
            LinkError: another one is there already.
        """
        if any(other.url == listener.url for other in self._listeners):
            raise LinkError(f"{listener.url}: somebody listens there already")
        self._listeners.append(listener)

    def closed(self, listener: VirtualListener) -> None:
        """Forget a listener."""
        if listener in self._listeners:
            self._listeners.remove(listener)


class VirtualListener:
    """A port in a virtual network.

    Attributes:
        url: where it listens.
        refused: transmissions that were lost because too many waited.
    """

    def __init__(self, network: VirtualNetwork, url: LinkUrl) -> None:
        self.url = url
        self.refused = 0
        self._network = network
        self._waiting: deque[Arrival] = deque()
        self._peers: list[_Delivery] = []

    @property
    def clock(self) -> VirtualClock:
        """The virtual clock."""
        return self._network.clock

    def open(self) -> None:
        """Begin to listen.

        Raises:
            LinkError: somebody listens there already.
        """
        self._network.opened(self)

    def close(self) -> None:
        """Stop; what nobody has taken is lost."""
        self._network.closed(self)
        self._waiting.clear()
        self._peers.clear()

    def hears(self, transport: Transport, destination: str) -> bool:
        """Whether what is sent to `destination` comes here."""
        host, _, port = destination.rpartition(":")
        return (
            transport == self.url.scheme
            and port == str(self.url.port)
            and (self.url.host in _ANYWHERE or host.strip("[]").lower() == self.url.host.lower())
        )

    def deliver(self, octets: bytes) -> Exchange:
        """Take what is sent here."""
        made = _Delivery()
        if len(self._peers) >= MOST_WAITING:
            self.refused += 1
            return made
        self._peers.append(made)
        self._waiting.append(Arrival(len(self._peers) - 1, octets))
        return made

    def receive(self, until: float) -> Arrival | None:
        """What has arrived, moving the clock on to it; None when nothing comes by `until`.

        Raises:
            LinkError: the meter's timer never moves on.
        """
        driven = self._network.driven
        for _ in range(_MOST_TICKS):
            if self._waiting:
                return self._waiting.popleft()
            timer = None if driven is None else driven.next_timer()
            if driven is None or timer is None or timer > until:
                self.clock.advance_to(until)
                return None
            self.clock.advance_to(timer)
            driven.tick(self.clock.now())
        raise LinkError(f"{_MOST_TICKS} ticks of the meter in one wait; its timer does not move on")

    def answer(self, peer: int, octets: bytes) -> None:
        """Send octets back to where an arrival came from; a peer that has closed does not get them."""
        delivery = self._peers[peer]
        if not delivery.closed:
            delivery.back += octets
