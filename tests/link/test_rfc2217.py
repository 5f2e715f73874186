"""Serial ports behind an RFC 2217 server."""

from __future__ import annotations

import contextlib
import socket
import threading

import pytest

from conformance.link.link import LineFault, LinkError
from conformance.link.serial_link import SerialLink
from conformance.link.url import parse_url

LONG_S = 5.0


def received(link: SerialLink, size: int) -> bytes:
    until = link.clock.now() + LONG_S
    octets = b""
    while len(octets) < size and link.clock.now() < until:
        octets += link.receive(until)
    return octets


class Rfc2217Server:
    """A telnet server of one serial port that gives back what is sent to it, by pyserial's own port manager."""

    def __init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._connection: socket.socket | None = None

    def __enter__(self) -> Rfc2217Server:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.cut()
        self._listener.close()
        self._thread.join(timeout=5)

    def cut(self) -> None:
        if self._connection is not None:
            with contextlib.suppress(OSError):
                self._connection.shutdown(socket.SHUT_RDWR)

    def write(self, octets: bytes) -> None:
        assert self._connection is not None
        self._connection.sendall(octets)

    def _serve(self) -> None:
        import serial
        from serial.rfc2217 import PortManager

        with serial.serial_for_url("loop://", timeout=0) as port:
            self._connection, _ = self._listener.accept()
            with self._connection:
                manager = PortManager(port, self)
                while octets := self._connection.recv(1024):
                    data = b"".join(manager.filter(octets))
                    if data:
                        self.write(b"".join(manager.escape(data)))


def test_through_an_rfc2217_server_octets_go_there_and_back_and_its_end_is_a_fault_of_the_line() -> None:
    with Rfc2217Server() as server:
        link = SerialLink(parse_url(f"rfc2217://127.0.0.1:{server.port}?baud=9600"))
        link.open()
        link.send(b"ping \xff\x00")
        assert received(link, 7) == b"ping \xff\x00"
        server.cut()
        with pytest.raises(LineFault, match="the connection to the RFC 2217 server broke"):
            received(link, 1)
    link.release()


def test_without_an_rfc2217_server_the_address_is_named() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        with pytest.raises(LinkError, match=f"rfc2217://127.0.0.1:{port}: .*check the address"):
            SerialLink(parse_url(f"rfc2217://127.0.0.1:{port}")).open()
