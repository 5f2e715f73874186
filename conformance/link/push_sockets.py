"""Sending a meter's pushes into a real network: each exchange in a thread of its own, the meter never waits."""

from __future__ import annotations

import socket
import threading
from typing import Final

from conformance.link.push_network import Exchange, Transport

_CONNECT_TIMEOUT_S: Final = 3.0
_LISTEN_S: Final = 0.1
_LONGEST_S: Final = 120.0
"""An exchange that nobody has closed by then ends by itself."""
_MOST_BACK: Final = 65536
MOST_EXCHANGES: Final = 8
"""At a time; further ones fail at once."""


class SocketExchange:
    """One transmission, and what comes back to it within a bounded time."""

    def __init__(self, transport: Transport, host: str, port: int, octets: bytes) -> None:
        self._transport = transport
        self._where = (host, port)
        self._octets = octets
        self._back = bytearray()
        self._lock = threading.Lock()
        self._done = threading.Event()
        self._sent = threading.Event()
        self._failed = ""
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    @property
    def failed(self) -> str:
        """Why it could not be delivered; empty while nothing is known to have gone wrong."""
        return self._failed

    @property
    def delivered(self) -> bool:
        """Whether it has been handed to the network."""
        return self._sent.is_set()

    @property
    def alive(self) -> bool:
        """Whether it still goes on."""
        return self._thread.is_alive()

    def received(self) -> bytes:
        """What has come back since it was asked last."""
        with self._lock:
            taken = bytes(self._back)
            self._back.clear()
        return taken

    def close(self) -> None:
        """Nothing more is expected: the connection ends when what is to be sent has been sent."""
        self._done.set()

    def _run(self) -> None:
        try:
            with self._opened() as connection:
                connection.sendall(self._octets)
                self._sent.set()
                self._collect(connection)
        except (OSError, UnicodeError, OverflowError) as error:
            self._failed = str(error)

    def _opened(self) -> socket.socket:
        if self._transport == "tcp":
            return socket.create_connection(self._where, _CONNECT_TIMEOUT_S)
        family, kind, protocol, _, address = socket.getaddrinfo(*self._where, type=socket.SOCK_DGRAM)[0]
        made = socket.socket(family, kind, protocol)
        try:
            made.connect(address)
        except OSError:
            made.close()
            raise
        return made

    def _collect(self, connection: socket.socket) -> None:
        connection.settimeout(_LISTEN_S)
        for _ in range(int(_LONGEST_S / _LISTEN_S)):
            if self._done.is_set():
                return
            try:
                octets = connection.recv(_MOST_BACK)
            except TimeoutError:
                continue
            if not octets and self._transport == "tcp":
                return
            with self._lock:
                self._back += octets[: max(0, _MOST_BACK - len(self._back))]


class _Failed:
    """An exchange that did not come about."""

    def __init__(self, why: str) -> None:
        self.failed = why
        self.delivered = False

    def received(self) -> bytes:
        return b""

    def close(self) -> None:
        """Nothing is open."""


class SocketNetwork:
    """Sends pushes over TCP connections and UDP of this host."""

    def __init__(self) -> None:
        self._exchanges: list[SocketExchange] = []

    def send(self, transport: Transport, destination: str, octets: bytes) -> Exchange:
        """Send octets to a destination, written HOST:PORT; what is none, or too many at a time, fails."""
        host, _, port = destination.rpartition(":")
        if not host or not port.isdigit() or not 0 < int(port) <= 0xFFFF:
            return _Failed(f"{destination!r} is no HOST:PORT")
        self._exchanges = [exchange for exchange in self._exchanges if exchange.alive]
        if len(self._exchanges) >= MOST_EXCHANGES:
            return _Failed(f"{MOST_EXCHANGES} pushes are on their way already")
        made = SocketExchange(transport, host.strip("[]"), int(port), octets)
        self._exchanges.append(made)
        return made

    def close(self) -> None:
        """End every exchange and wait for it."""
        for exchange in self._exchanges:
            exchange.close()
        for exchange in self._exchanges:
            exchange._thread.join(timeout=_CONNECT_TIMEOUT_S + 1)
        self._exchanges.clear()
