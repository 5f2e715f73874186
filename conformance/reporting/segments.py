"""IPv4 and TCP around wrapper PDUs, so that a capture of them opens like one that was taken on a network."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from ipaddress import IPv4Address

PORT = 4059
"""Registered for DLMS/COSEM."""

_CLIENT = int(IPv4Address("198.18.0.1"))
_FIRST_SERVER = int(IPv4Address("198.18.0.2"))
_SERVERS = 0x1FFFC
"""Addresses of 198.18.0.0/15, set aside for benchmarks, that servers may have."""
_FIRST_CLIENT_PORT = 49_152
_CLIENT_PORTS = 16_384
_LONGEST_SEGMENT = 60_000
_WINDOW = 65_535
_TCP = 6
_PUSH_AND_ACKNOWLEDGE = 0x18
_DO_NOT_FRAGMENT = 0x4000
_HEADER = 20


@dataclass(slots=True)
class Conversation:
    """One TCP stream: its ends, and what each has sent so far.

    Attributes:
        client: IPv4 address of the client.
        server: IPv4 address of the server.
        client_port: of the client; the server's is `PORT`.
        sequence: next sequence number of the client and of the server.
        sent: how many packets; numbers the next.
    """

    client: int
    server: int
    client_port: int
    sequence: list[int] = field(default_factory=lambda: [1, 1])
    sent: int = 0

    @classmethod
    def numbered(cls, number: int, device: int) -> Conversation:
        """The stream of that number with the device of that number, both counted from 0.

        Client ports are given anew after 16,384 streams; then the client's address moves on, so that no two streams
        have the same ends.
        """
        rounds, port = divmod(number, _CLIENT_PORTS)
        client = _CLIENT if not rounds else int(IPv4Address("10.0.0.0")) + rounds % (1 << 24)
        return cls(client, _FIRST_SERVER + device % _SERVERS, _FIRST_CLIENT_PORT + port)


def segments(stream: Conversation, octets: bytes, *, from_client: bool) -> Iterator[bytes]:
    """The packets that carry `octets` in the next segments of `stream`; one with no data for no octets."""
    for start in range(0, len(octets) or 1, _LONGEST_SEGMENT):
        yield _packet(stream, octets[start : start + _LONGEST_SEGMENT], 0 if from_client else 1)


def _packet(stream: Conversation, data: bytes, sender: int) -> bytes:
    addresses = (stream.client, stream.server)
    ports = (stream.client_port, PORT)
    source = struct.pack(">I", addresses[sender])
    destination = struct.pack(">I", addresses[1 - sender])
    length = _HEADER + len(data)
    tcp = struct.pack(
        ">HHIIBBHHH",
        ports[sender],
        ports[1 - sender],
        stream.sequence[sender],
        stream.sequence[1 - sender],
        (_HEADER // 4) << 4,
        _PUSH_AND_ACKNOWLEDGE,
        _WINDOW,
        0,
        0,
    )
    pseudo_header = source + destination + struct.pack(">BBH", 0, _TCP, length)
    checksum = struct.pack(">H", _checksum(pseudo_header + tcp + data))
    tcp = tcp[:16] + checksum + tcp[18:]
    stream.sent += 1
    ip = struct.pack(">BBHHHBBH", 0x45, 0, _HEADER + length, stream.sent & 0xFFFF, _DO_NOT_FRAGMENT, 64, _TCP, 0)
    ip += source + destination
    ip = ip[:10] + struct.pack(">H", _checksum(ip)) + ip[12:]
    stream.sequence[sender] = (stream.sequence[sender] + len(data)) & 0xFFFFFFFF
    return ip + tcp + data


def _checksum(octets: bytes) -> int:
    """The ones' complement of the ones' complement sum of 16-bit words."""
    padded = octets + bytes(len(octets) % 2)
    # A number in base 65536 leaves the ones' complement sum of its digits modulo 65535; of a sum that is not 0, it is
    # never 0 but 65535.
    remainder = int.from_bytes(padded, "big") % 0xFFFF
    return ~(remainder or (0xFFFF if any(padded) else 0)) & 0xFFFF
