"""A captured packet, and a file read in blocks: what the readers of pcap and pcapng share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import BinaryIO, Final

from conformance.diagnose.intake.conversation import Direction

_CHUNK: Final = 1 << 20


@dataclass(slots=True)
class Packet:
    """One packet of a capture.

    Attributes:
        number: counted from 1, as Wireshark does.
        link_type: LINKTYPE_ value of its interface.
        time_ns: nanoseconds since 1970-01-01 UTC; None where the file does not say.
        octets: as captured.
        length: on the wire; more than `octets` where the capture cut it.
        direction: outbound from, inbound to the station that captured it; as that of a client.
        comment: of who wrote the file.
    """

    number: int
    link_type: int
    time_ns: int | None
    octets: bytes
    length: int
    direction: Direction | None = None
    comment: str = ""


class BlockFile:
    """Reads a file front to back, with one buffer of bounded size."""

    __slots__ = ("_buffer", "_file", "_position", "offset")

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._buffer = b""
        self._position = 0
        self.offset = 0

    def take(self, size: int) -> bytes:
        """The next `size` octets; fewer at the end of the file."""
        stop = self._position + size
        if stop > len(self._buffer):
            rest = self._buffer[self._position :]
            self._buffer = rest + self._file.read(max(_CHUNK, size - len(rest)))
            self._position = 0
            stop = size
        taken = self._buffer[self._position : stop]
        self._position = min(stop, len(self._buffer))
        self.offset += len(taken)
        return taken

    def skip(self, size: int) -> bool:
        """Pass over `size` octets without keeping them; False when the file ends first."""
        while size > 0:
            taken = len(self.take(min(size, _CHUNK)))
            if not taken:
                return False
            size -= taken
        return True
