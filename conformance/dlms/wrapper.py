"""The wrapper of the COSEM transport layers for IP (IEC 62056-47): an APDU with version, ports and length before it."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import Final

from conformance.dlms.errors import EncodeError
from conformance.dlms.fields import FieldKind
from conformance.dlms.reader import Reader

VERSION: Final = 1
HEADER_OCTETS: Final = 8
LONGEST_DATA: Final = 0xFFFF

_HEADER = struct.Struct(">4H")


@dataclass(frozen=True, slots=True)
class WrapperPdu:
    """One wrapper PDU.

    Attributes:
        source: wPort of the sender, 0 to 65535: client SAP or logical device.
        destination: wPort of the receiver.
        data: the APDU.
        version: 1 in all editions.
    """

    source: int
    destination: int
    data: bytes
    version: int = VERSION

    def encode(self) -> bytes:
        """The PDU as sent.

        Raises:
            EncodeError: a number or the length of the data beyond 65535.
        """
        try:
            return _HEADER.pack(self.version, self.source, self.destination, len(self.data)) + self.data
        except struct.error:
            raise EncodeError(
                f"wrapper version {self.version}, wPorts {self.source} and {self.destination}, {len(self.data)} octets "
                "of data: each is 0 to 65535"
            ) from None


def read(reader: Reader) -> WrapperPdu:
    """Take a wrapper PDU; `wrapper-version` is a deviation.

    Raises:
        DecodeError: the header is cut, or the length counts other octets than follow.
    """
    version = reader.unsigned("version", 2)
    if version != VERSION:
        reader.deviation("wrapper-version", f"wrapper version {version}, expected {VERSION}", back=2)
    source = reader.unsigned("source-wport", 2)
    destination = reader.unsigned("destination-wport", 2)
    size = reader.unsigned("length", 2)
    reader.mark(FieldKind.LENGTH_U16)
    if size != reader.remaining:
        reader.fail(f"length {size}, but {reader.remaining} octets follow", back=2)
    return WrapperPdu(source, destination, reader.take("data", size), version)


class WrapperDatagrams:
    """Takes each datagram for one wrapper PDU, which nothing may follow and no other datagram goes on with."""

    __slots__ = ()

    @property
    def pending(self) -> bytes:
        """Nothing waits: datagrams have nothing to do with one another."""
        return b""

    def discard(self) -> bytes:
        """Nothing to drop."""
        return b""

    def feed(self, octets: bytes) -> list[bytes]:
        """The datagram, be it a PDU or not."""
        return [octets]


class WrapperStream:
    """Cuts a stream of octets into wrapper PDUs by their length alone; at most one PDU's octets are kept."""

    __slots__ = ("_buffer",)

    def __init__(self) -> None:
        self._buffer = bytearray()

    @property
    def pending(self) -> bytes:
        """Octets that wait for more."""
        return bytes(self._buffer)

    def discard(self) -> bytes:
        """Drop what waits for more, and give it."""
        dropped = bytes(self._buffer)
        self._buffer.clear()
        return dropped

    def feed(self, octets: bytes) -> list[bytes]:
        """The PDUs that `octets` complete, whatever their version and ports."""
        buffer = self._buffer
        buffer += octets
        pdus: list[bytes] = []
        start = 0
        while len(buffer) - start >= HEADER_OCTETS:
            end = start + HEADER_OCTETS + int.from_bytes(buffer[start + 6 : start + 8], "big")
            if end > len(buffer):
                break
            pdus.append(bytes(buffer[start:end]))
            start = end
        del buffer[:start]
        return pdus
