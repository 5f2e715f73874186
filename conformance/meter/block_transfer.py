"""Long values in blocks, by the services' own block transfer: one being sent, or one being received."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

LONGEST_RECEIVED: Final = 0x1_0000
"""Octets of the longest value that is put together from blocks."""


def block_room(room: int, head: int) -> int:
    """Octets of raw-data that fit in an APDU of `room` octets besides `head` others and their own length."""
    left = room - head
    if left <= 0x80:
        return left - 1
    return min(left - 2, 0xFF) if left <= 0x101 else left - 3


@dataclass(slots=True)
class Sending:
    """A long value on its way to the client.

    Attributes:
        octets: all of it.
        sent: number of the block sent last, 0 before the first.
    """

    octets: bytes
    sent: int = 0
    _position: int = 0

    def next_block(self, size: int) -> tuple[bool, int, bytes]:
        """Whether the next block is the last, its number, and at most `size` octets of raw-data."""
        block = self.octets[self._position : self._position + size]
        self._position += len(block)
        self.sent += 1
        return self._position >= len(self.octets), self.sent, block


@dataclass(slots=True)
class Receiving:
    """A long value on its way from the client.

    Attributes:
        received: number of the block received last, 0 before the first.
    """

    received: int = 0
    _parts: list[bytes] = field(default_factory=list)
    _octets: int = 0

    def accept(self, block_number: int, raw: bytes) -> bool:
        """Take a block; False when it is not the next one, or one too many."""
        if block_number != self.received + 1 or self._octets + len(raw) > LONGEST_RECEIVED:
            return False
        self.received = block_number
        self._octets += len(raw)
        self._parts.append(raw)
        return True

    def value(self) -> bytes:
        """All the octets so far."""
        return b"".join(self._parts)
