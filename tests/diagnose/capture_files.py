"""Captures of the field, and the same exchanges in the other forms that people send."""

from __future__ import annotations

import json
from pathlib import Path
from struct import pack
from typing import Any

CAPTURES = sorted((Path(__file__).parent / "captures").glob("*.json"))
CLIENT, METER = (0xC6120001, 49_152), (0xC6120002, 4059)


def frames(capture: Path) -> list[tuple[str, bytes]]:
    """Direction and octets of each frame."""
    content: dict[str, Any] = json.loads(capture.read_text(encoding="utf-8"))
    return [(frame["dir"], bytes.fromhex(frame["hex"])) for frame in content["frames"]]


def text_log(exchange: list[tuple[str, bytes]]) -> str:
    """As a log of a client."""
    words = {"C>S": "TX", "S>C": "RX"}
    lines = [
        f"2024-01-02 12:00:{number % 60:02}.250 {words[direction]}: {octets.hex(' ').upper()}"
        for number, (direction, octets) in enumerate(exchange)
    ]
    return "\n".join(lines) + "\n"


def tcp(
    octets: bytes, sequence: int, *, up: bool = True, flags: int = 0x18, v6: bool = False, port: int = 4059
) -> bytes:
    """An IP packet with a TCP segment; `up` is from the client to the meter."""
    ends = (CLIENT, (METER[0], port)) if up else ((METER[0], port), CLIENT)
    (source, source_port), (destination, destination_port) = ends
    segment = pack(">HHIIBBHHH", source_port, destination_port, sequence & 0xFFFFFFFF, 0, 0x50, flags, 0xFFFF, 0, 0)
    segment += octets
    if v6:
        addresses = source.to_bytes(16, "big") + destination.to_bytes(16, "big")
        return pack(">IHBB", 0x60000000, len(segment), 6, 64) + addresses + segment
    return pack(">BBHHHBBHII", 0x45, 0, 20 + len(segment), 0, 0, 64, 6, 0, source, destination) + segment


def udp(octets: bytes, *, up: bool = True) -> bytes:
    """An IPv4 packet with a UDP datagram."""
    (source, source_port), (destination, destination_port) = (CLIENT, METER) if up else (METER, CLIENT)
    datagram = pack(">HHHH", source_port, destination_port, 8 + len(octets), 0) + octets
    return pack(">BBHHHBBHII", 0x45, 0, 20 + len(datagram), 0, 0, 64, 17, 0, source, destination) + datagram


def pcap(packets: list[bytes], *, link_type: int = 101, order: str = "<", nanoseconds: bool = False) -> bytes:
    """A capture in the old format, a packet every millisecond."""
    magic = 0xA1B23C4D if nanoseconds else 0xA1B2C3D4
    step = 1_000_000 if nanoseconds else 1_000
    content = pack(f"{order}IHHiIII", magic, 2, 4, 0, 0, 65_535, link_type)
    for number, packet in enumerate(packets):
        content += pack(f"{order}IIII", 1_700_000_000, number * step, len(packet), len(packet)) + packet
    return content


def block(kind: int, body: bytes, order: str = "<") -> bytes:
    """A pcapng block."""
    body += bytes(-len(body) % 4)
    length = pack(f"{order}I", len(body) + 12)
    return pack(f"{order}I", kind) + length + body + length


def section(order: str = "<") -> bytes:
    """A section header block."""
    return block(0x0A0D0D0A, pack(f"{order}IHHq", 0x1A2B3C4D, 1, 0, -1), order)


def option(code: int, value: bytes, order: str = "<") -> bytes:
    """An option of a block."""
    return pack(f"{order}HH", code, len(value)) + value + bytes(-len(value) % 4)


def interface(link_type: int, order: str = "<", options: bytes = b"") -> bytes:
    """An interface description block."""
    return block(1, pack(f"{order}HHI", link_type, 0, 0) + options, order)


def enhanced(octets: bytes, time: int, number: int = 0, order: str = "<", options: bytes = b"") -> bytes:
    """An enhanced packet block."""
    head = pack(f"{order}IIIII", number, time >> 32, time & 0xFFFFFFFF, len(octets), len(octets))
    return block(6, head + octets + bytes(-len(octets) % 4) + options, order)


def captured(exchange: list[tuple[str, bytes]]) -> bytes:
    """An exchange of wrapper PDUs, or of anything, in one TCP connection."""
    sequences = {True: 1, False: 1}
    packets = []
    for direction, octets in exchange:
        up = direction == "C>S"
        packets.append(tcp(octets, sequences[up], up=up))
        sequences[up] += len(octets)
    return pcap(packets)
