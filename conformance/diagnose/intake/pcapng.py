"""The pcapng format: sections of either byte order, interfaces, packets with options (draft-ietf-opsawg-pcapng)."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from conformance.diagnose.intake.conversation import Direction
from conformance.diagnose.intake.errors import IntakeError
from conformance.diagnose.intake.finding import Findings
from conformance.diagnose.intake.limits import Limits
from conformance.diagnose.intake.packet import BlockFile, Packet
from conformance.diagnose.intake.pcap import broken, ended

SECTION_HEADER: Final = b"\x0a\x0d\x0d\x0a"
"""Type of the section header block: the same in either byte order."""
_SECTION: Final = 0x0A0D0D0A
_INTERFACE: Final = 1
_PACKET: Final = 2
"""Obsolete, but still met."""
_SIMPLE_PACKET: Final = 3
_ENHANCED_PACKET: Final = 6
_BYTE_ORDERS: Final = {b"\x1a\x2b\x3c\x4d": ">", b"\x4d\x3c\x2b\x1a": "<"}

_COMMENT: Final = 1
_TSRESOL: Final = 9
_TSOFFSET: Final = 14
_FLAGS: Final = 2
_DIRECTIONS: Final[dict[int, Direction]] = {1: "S>C", 2: "C>S"}
"""Lowest two bits of epb_flags: inbound and outbound, seen from who captured."""

_NANOSECONDS: Final = 1_000_000_000
_OTHER_BLOCK: Final = 64 << 20
"""Octets of a block other than a packet that are passed over; more is taken for damage."""
_MOST_INTERFACES: Final = 65_536
_MOST_OPTIONS: Final = 64
_LONGEST_COMMENT: Final = 2_000


@dataclass(frozen=True, slots=True)
class _Interface:
    """What its description says: link type, octets kept of a packet (0: all), and how times are counted."""

    link_type: int
    snap_length: int
    units: int = 1_000_000
    offset_s: int = 0

    def nanoseconds(self, high: int, low: int) -> int:
        """A timestamp in nanoseconds since 1970."""
        return (high << 32 | low) * _NANOSECONDS // self.units + self.offset_s * _NANOSECONDS


class _Section:
    """What holds until the next section header: byte order, and the interfaces described so far."""

    __slots__ = ("enhanced", "half", "interfaces", "obsolete", "word")

    def __init__(self, byte_order: str) -> None:
        self.word = struct.Struct(f"{byte_order}I")
        self.half = struct.Struct(f"{byte_order}HH")
        self.enhanced = struct.Struct(f"{byte_order}IIIII")
        self.obsolete = struct.Struct(f"{byte_order}HHIIII")
        self.interfaces: list[_Interface] = []


class _DamagedError(Exception):
    """A block that cannot be what it says."""


def packets(path: Path, source: BlockFile, limits: Limits, findings: Findings) -> Iterator[Packet]:
    """The packets of a capture, one by one; damage ends the reading with a finding.

    Raises:
        IntakeError: the first section header is not whole.
    """
    section: _Section | None = None
    number = 0
    while head := source.take(8):
        if len(head) < 8:
            ended(findings, number + 1)
            return
        try:
            if head[:4] == SECTION_HEADER:
                section = _section(source, head, limits)
                continue
            if section is None:
                raise _DamagedError("the section header is missing")
            kind, length = section.word.unpack(head[:4])[0], section.word.unpack(head[4:])[0]
            body = _body(source, section, kind, length, limits)
            if kind == _INTERFACE and body is not None:
                _describe(section, body)
                continue
            packet = None if body is None else _packet(section, kind, body, number + 1)
        except EOFError:
            _end(path, findings, section, number)
            return
        except (_DamagedError, struct.error) as error:
            if section is None:
                remedy = "Copy the capture again"
                raise IntakeError(path, f"pcapng cannot be read: {error}", remedy=remedy) from None
            broken(findings, number + 1, str(error))
            return
        if packet is not None:
            number += 1
            yield packet


def _end(path: Path, findings: Findings, section: _Section | None, number: int) -> None:
    if section is None:
        raise IntakeError(path, "pcapng ends within its first section header", remedy="Copy the capture again")
    ended(findings, number + 1)


def _section(source: BlockFile, head: bytes, limits: Limits) -> _Section:
    """Take a section header; its magic tells the byte order, also of its length."""
    magic = source.take(4)
    byte_order = _BYTE_ORDERS.get(magic)
    if byte_order is None:
        if len(magic) < 4:
            raise EOFError
        raise _DamagedError(f"byte-order magic {magic.hex().upper()}")
    section = _Section(byte_order)
    length = section.word.unpack(head[4:])[0]
    if length < 28 or length % 4 or length > limits.packet_octets:
        raise _DamagedError(f"section header of {length} octets")
    rest = source.take(length - 12)
    if len(rest) < length - 12:
        raise EOFError
    if section.word.unpack(rest[-4:])[0] != length:
        raise _DamagedError("the two lengths of a section header differ")
    return section


def _body(source: BlockFile, section: _Section, kind: int, length: int, limits: Limits) -> bytes | None:
    """The content of a block without its lengths; None for one that is passed over."""
    if length < 12 or length % 4:
        raise _DamagedError(f"a block of {length} octets")
    wanted = kind in (_INTERFACE, _PACKET, _SIMPLE_PACKET, _ENHANCED_PACKET)
    if length > (limits.packet_octets + 65_536 if wanted else _OTHER_BLOCK):
        raise _DamagedError(f"a block of type {kind} with {length} octets")
    if not wanted:
        if not source.skip(length - 12):
            raise EOFError
        body = None
        tail = source.take(4)
    else:
        content = source.take(length - 8)
        if len(content) < length - 8:
            raise EOFError
        body, tail = content[:-4], content[-4:]
    if len(tail) < 4:
        raise EOFError
    if section.word.unpack(tail)[0] != length:
        raise _DamagedError("the two lengths of a block differ")
    return body


def _describe(section: _Section, body: bytes) -> None:
    if len(section.interfaces) >= _MOST_INTERFACES:
        raise _DamagedError(f"more than {_MOST_INTERFACES} interfaces")
    if len(body) < 8:
        raise _DamagedError("an interface description without its fields")
    link_type = section.half.unpack_from(body)[0]
    units, offset = 1_000_000, 0
    for code, value in _options(section, body, 8):
        if code == _TSRESOL and len(value) == 1:
            exponent = value[0] & 0x7F
            units = 1 << exponent if value[0] & 0x80 else 10 ** min(exponent, 30)
        elif code == _TSOFFSET and len(value) == 8:
            low_first = section.word.format.startswith("<")
            offset = int.from_bytes(value, "little" if low_first else "big", signed=True)
    section.interfaces.append(_Interface(link_type, section.word.unpack_from(body, 4)[0], units, offset))


def _packet(section: _Section, kind: int, body: bytes, number: int) -> Packet:
    if kind == _SIMPLE_PACKET:
        interface = _interface(section, 0)
        length = section.word.unpack_from(body)[0]
        captured = min(length, interface.snap_length or length)
        return Packet(number, interface.link_type, None, _data(body, 4, captured), length)
    if kind == _ENHANCED_PACKET:
        index, high, low, captured, length = section.enhanced.unpack_from(body)
    else:
        index, _, high, low, captured, length = section.obsolete.unpack_from(body)
    interface = _interface(section, index)
    octets = _data(body, 20, captured)
    packet = Packet(number, interface.link_type, interface.nanoseconds(high, low), octets, max(length, captured))
    options = 20 + captured + -captured % 4
    if options < len(body):
        for code, value in _options(section, body, options):
            if code == _COMMENT and not packet.comment:
                packet.comment = value[:_LONGEST_COMMENT].decode("utf-8", "replace")
            elif code == _FLAGS and len(value) == 4:
                packet.direction = _DIRECTIONS.get(section.word.unpack(value)[0] & 3)
    return packet


def _interface(section: _Section, index: int) -> _Interface:
    if index >= len(section.interfaces):
        raise _DamagedError(f"a packet of interface {index}, of which {len(section.interfaces)} are described")
    return section.interfaces[index]


def _data(body: bytes, start: int, captured: int) -> bytes:
    if start + captured > len(body):
        raise _DamagedError(f"a packet of {captured} octets in a block that holds {max(len(body) - start, 0)}")
    return body[start : start + captured]


def _options(section: _Section, body: bytes, start: int) -> Iterator[tuple[int, bytes]]:
    """The options up to the end mark; what is not whole ends them, for options never decide what a packet is."""
    for _ in range(_MOST_OPTIONS):
        if start + 4 > len(body):
            return
        code, length = section.half.unpack_from(body, start)
        if code == 0:
            return
        yield code, body[start + 4 : start + 4 + length]
        start += 4 + length + -length % 4
