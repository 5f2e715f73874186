"""Listening for pushes on a network: a bounded number of connections and octets, no thread, and nothing kept."""

from __future__ import annotations

import select
import socket
from typing import Any, Final

from conformance.link.clock import MonotonicClock
from conformance.link.link import LinkError
from conformance.link.listener import Arrival
from conformance.link.url import LinkUrl

_CHUNK: Final = 65536
MOST_CONNECTIONS: Final = 16
"""At a time; further ones are closed at once."""
MOST_PEERS: Final = 4096
"""Connections, or senders of datagrams, in the life of a listener; further ones are not heard."""
MOST_OCTETS: Final = 1 << 20
"""Of all peers in the life of a listener: what comes beyond is dropped, and the connection closed."""
_SEND_TIMEOUT_S: Final = 2.0
_BACKLOG: Final = 4


class SocketListener:
    """Listens at `url`, over TCP or UDP.

    What comes while nobody waits stays with the operating system, within its own limits.

    Attributes:
        url: where it listens; the chosen port when 0 was asked for.
        refused: connections and datagrams that were dropped because too much came.
    """

    def __init__(self, url: LinkUrl) -> None:
        self.url = url
        self.refused = 0
        self._clock = MonotonicClock()
        self._socket: socket.socket | None = None
        self._connections: dict[socket.socket, int] = {}
        self._senders: list[Any] = []
        self._octets = 0

    @property
    def clock(self) -> MonotonicClock:
        """The monotonic clock."""
        return self._clock

    def open(self) -> None:
        """Bind, and listen.

        Raises:
            LinkError: no such address on this host, or the port is in use.
        """
        self.close()
        kind = socket.SOCK_STREAM if self.url.scheme == "tcp" else socket.SOCK_DGRAM
        family = socket.AF_INET6 if ":" in self.url.host else socket.AF_INET
        made = socket.socket(family, kind)
        try:
            if hasattr(socket, "SO_EXCLUSIVEADDRUSE"):
                made.setsockopt(socket.SOL_SOCKET, socket.SO_EXCLUSIVEADDRUSE, 1)
            elif kind is socket.SOCK_STREAM:
                made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            made.bind((self.url.host, self.url.port))
            if kind is socket.SOCK_STREAM:
                made.listen(_BACKLOG)
            made.setblocking(False)
        except (OSError, UnicodeError) as error:
            made.close()
            why = getattr(error, "strerror", None) or error
            raise LinkError(
                f"{self.url}: cannot listen ({why}); [push] listen names an address of this host and a free port"
            ) from None
        self._socket = made
        self.url = LinkUrl(self.url.scheme, self.url.host, made.getsockname()[1])

    def close(self) -> None:
        """End every connection and stop."""
        for connection in self._connections:
            connection.close()
        self._connections.clear()
        self._senders.clear()
        self._octets = 0
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def receive(self, until: float) -> Arrival | None:
        """What has arrived on any connection; None when the clock reaches `until`.

        Raises:
            LinkError: the listener is not open.
        """
        own = self._socket
        if own is None:
            raise LinkError(f"{self.url}: not listening")
        while True:
            left = max(0.0, until - self._clock.now())
            readable, _, _ = select.select([own, *self._connections], [], [], left)
            if not readable:
                return None
            for ready in readable:
                arrival = self._accept(own) if ready is own else self._read(ready)
                if arrival is not None:
                    return arrival
            if self._clock.now() >= until:
                return None

    def answer(self, peer: int, octets: bytes) -> None:
        """Send octets back to where an arrival came from; one that has gone does not get them."""
        try:
            if self.url.scheme == "udp":
                if self._socket is not None:
                    self._socket.sendto(octets, self._senders[peer])
                return
            for connection, number in self._connections.items():
                if number == peer:
                    connection.settimeout(_SEND_TIMEOUT_S)
                    connection.sendall(octets)
                    connection.setblocking(False)
        except OSError:
            return

    def _accept(self, own: socket.socket) -> Arrival | None:
        """A new connection, which has said nothing yet; or a datagram."""
        try:
            if self.url.scheme == "udp":
                octets, sender = own.recvfrom(_CHUNK)
                return self._counted(self._number(sender), octets)
            connection, _ = own.accept()
        except OSError:
            return None
        if len(self._connections) >= MOST_CONNECTIONS or len(self._senders) >= MOST_PEERS:
            connection.close()
            self.refused += 1
            return None
        connection.setblocking(False)
        self._senders.append(None)
        self._connections[connection] = len(self._senders) - 1
        return None

    def _read(self, connection: socket.socket) -> Arrival | None:
        try:
            octets = connection.recv(_CHUNK)
        except BlockingIOError:
            return None
        except OSError:
            octets = b""
        peer = self._connections[connection]
        arrival = self._counted(peer, octets) if octets else None
        if arrival is None:
            del self._connections[connection]
            connection.close()
        return arrival

    def _counted(self, peer: int | None, octets: bytes) -> Arrival | None:
        """The arrival, while there is room for it."""
        if peer is None or self._octets + len(octets) > MOST_OCTETS:
            self.refused += 1
            return None
        self._octets += len(octets)
        return Arrival(peer, octets)

    def _number(self, sender: object) -> int | None:
        if sender in self._senders:
            return self._senders.index(sender)
        if len(self._senders) >= MOST_PEERS:
            return None
        self._senders.append(sender)
        return len(self._senders) - 1
