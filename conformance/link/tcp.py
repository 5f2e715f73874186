"""A link over TCP, for the wrapper or for HDLC through a gateway."""

from __future__ import annotations

import errno
import socket

from conformance.link.clock import MonotonicClock
from conformance.link.link import LineFault, LinkClosed, LinkError

_CHUNK = 65536
_NETWORK_FAULTS = frozenset(
    getattr(errno, name)
    for name in ("EHOSTUNREACH", "EHOSTDOWN", "ENETUNREACH", "ENETDOWN", "ENETRESET", "ETIMEDOUT")
    if hasattr(errno, name)
)
"""What a network reports of itself; a connection that is closed or reset may be the meter's doing."""


class TcpLink:
    """A TCP connection to `host`:`port`, made anew each time the link is opened."""

    def __init__(self, host: str, port: int, *, connect_timeout_s: float = 10.0) -> None:
        self._host = host
        self._port = port
        self._connect_timeout_s = connect_timeout_s
        self._socket: socket.socket | None = None
        self._clock = MonotonicClock()

    @property
    def clock(self) -> MonotonicClock:
        """The monotonic clock."""
        return self._clock

    def open(self) -> None:
        """Connect.

        Raises:
            LinkError: refused, unreachable, no such host, or no answer in time.
        """
        self.close()
        where = f"tcp://{self._host}:{self._port}"
        try:
            self._socket = socket.create_connection((self._host, self._port), self._connect_timeout_s)
            self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        except TimeoutError:
            raise LinkError(
                f"{where}: no answer within {self._connect_timeout_s:g} s; check the address, and any firewall between"
            ) from None
        except ConnectionRefusedError:
            raise LinkError(f"{where}: connection refused; nothing listens there, check the port") from None
        except (OSError, UnicodeError) as error:
            raise LinkError(f"{where}: {error}; check [link] url in the device config") from None

    def close(self) -> None:
        """Close the connection."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def send(self, octets: bytes) -> None:
        """Send octets.

        Raises:
            LinkClosed: the connection is gone.
        """
        try:
            connection = self._connected()
            connection.settimeout(self._connect_timeout_s)
            connection.sendall(octets)
        except OSError as error:
            raise _broken(error, " while sending") from None

    def receive(self, until: float) -> bytes:
        """What has arrived, or nothing when the clock reaches `until`.

        Raises:
            LinkClosed: the peer has closed, or the connection broke.
        """
        connection = self._connected()
        left = until - self._clock.now()
        if left <= 0:
            return b""
        connection.settimeout(left)
        try:
            octets = connection.recv(_CHUNK)
        except TimeoutError:
            return b""
        except OSError as error:
            raise _broken(error) from None
        if not octets:
            raise LinkClosed("the meter closed the connection")
        return octets

    def _connected(self) -> socket.socket:
        if self._socket is None:
            raise LinkClosed("the link is not open")
        return self._socket


def _broken(error: OSError, when: str = "") -> LinkClosed:
    words = error.strerror or str(error) or type(error).__name__
    kind = LineFault if error.errno in _NETWORK_FAULTS else LinkClosed
    return kind(f"the connection broke{when} ({words})")
