"""A link over UDP: what is sent at a time goes as one datagram, as the wrapper demands (IEC 62056-47)."""

from __future__ import annotations

import socket
from typing import Final

from conformance.link.clock import MonotonicClock
from conformance.link.link import LineFault, LinkClosed, LinkError

_LONGEST: Final = 65_536
_MOST_LEFT_OVER: Final = 1024


class UdpLink:
    """Datagrams to and from `host`:`port`; the operating system drops what comes from anywhere else."""

    def __init__(self, host: str, port: int) -> None:
        self._host = host
        self._port = port
        self._socket: socket.socket | None = None
        self._clock = MonotonicClock()

    @property
    def clock(self) -> MonotonicClock:
        """The monotonic clock."""
        return self._clock

    def open(self) -> None:
        """Take a port of this host's for the peer; nothing is sent, so whether anybody is there is not known yet.

        Raises:
            LinkError: no such host, or no way to it.
        """
        self.close()
        where = f"udp://{self._host}:{self._port}"
        try:
            family, kind, protocol, _, address = socket.getaddrinfo(self._host, self._port, type=socket.SOCK_DGRAM)[0]
            self._socket = socket.socket(family, kind, protocol)
            self._socket.connect(address)
        except (OSError, UnicodeError) as error:
            self.close()
            raise LinkError(f"{where}: {error}; check [link] url in the device config") from None

    def close(self) -> None:
        """Give the port of this host's back."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def send(self, octets: bytes) -> None:
        """Send octets as one datagram.

        Raises:
            LineFault: an earlier one could not be delivered, or this one is too long for UDP.
            LinkClosed: the link is not open.
        """
        try:
            self._connected().send(octets)
        except OSError as error:
            raise self._fault(error) from None

    def receive(self, until: float) -> bytes:
        """The next datagram, or nothing when the clock reaches `until`; an empty one is nothing.

        Raises:
            LineFault: the host has said that nobody listens there, or the network failed.
            LinkClosed: the link is not open.
        """
        peer = self._connected()
        for _ in range(_MOST_LEFT_OVER):
            left = until - self._clock.now()
            if left <= 0:
                return b""
            peer.settimeout(left)
            try:
                octets = peer.recv(_LONGEST)
            except TimeoutError:
                return b""
            except OSError as error:
                raise self._fault(error) from None
            if octets:
                return octets
        return b""

    def _connected(self) -> socket.socket:
        if self._socket is None:
            raise LinkClosed("the link is not open")
        return self._socket

    def _fault(self, error: OSError) -> LineFault:
        where = f"udp://{self._host}:{self._port}"
        # Windows reports the same ICMP message, port unreachable, as a connection that was reset.
        if isinstance(error, ConnectionRefusedError | ConnectionResetError):
            return LineFault(f"{where}: nobody listens there (ICMP port unreachable); check the port")
        return LineFault(f"{where}: the network failed ({error.strerror or error})")
