"""The blocks that the server sends: numbered from 1, never renumbered, sent again from the first that is missing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

_HEAD_OCTETS: Final = 6
"""Tag, block-control, block-number and block-number-ack."""
_MOST_BLOCKS: Final = 0xFFFF
_UNLIMITED: Final = 0xFFFF
"""What a client without a limit gets in one APDU: as much as the wrapper carries."""


def data_octets(pdu_octets: int) -> int:
    """Octets of block-data that fit in an APDU of `pdu_octets` (0: any number) besides the head and their length."""
    left = (pdu_octets or _UNLIMITED) - _HEAD_OCTETS
    if left <= 0x80:
        return left - 1
    return min(left - 2, 0xFF) if left <= 0x101 else left - 3


def capacity(pdu_octets: int) -> int:
    """Octets of the longest APDU that goes in blocks of at most `pdu_octets`: block-number has 16 bits.

    One block is left to acknowledge the request with.
    """
    return max(0, data_octets(pdu_octets)) * (_MOST_BLOCKS - 1)


@dataclass(frozen=True, slots=True)
class Part:
    """What one block carries: its number, its data, and whether it is the last."""

    number: int
    data: bytes
    last: bool


class Outgoing:
    """One direction of a transfer: blocks without data while the request comes, then those of the reply.

    Attributes:
        sent: number of the highest block sent so far; 0 before the first.
        acknowledged: number up to which the client has them all.
    """

    def __init__(self, data_octets_each: int) -> None:
        self.sent = 0
        self.acknowledged = 0
        self._each = data_octets_each
        self._empty = 0
        self._apdu: bytes | None = None

    @property
    def ready(self) -> bool:
        """Whether the reply is there."""
        return self._apdu is not None

    @property
    def end(self) -> int:
        """Number of the last block known so far."""
        return self._empty + (0 if self._apdu is None else max(1, -(-len(self._apdu) // self._each)))

    @property
    def confirmed(self) -> bool:
        """Whether the client has the whole reply."""
        return self.ready and self.acknowledged >= self.end

    @property
    def all_sent(self) -> bool:
        """Whether every block of the reply has been sent, whatever became of it."""
        return self.ready and self.sent >= self.end

    def acknowledge(self, number: int) -> bool:
        """Note up to where the client has them; False when it says so of blocks that were never sent."""
        if number > self.sent:
            return False
        self.acknowledged = max(self.acknowledged, number)
        return True

    def put_empty(self) -> None:
        """Add a block without data; one that is not acknowledged yet serves again."""
        if self.acknowledged >= self._empty:
            self._empty += 1

    def put(self, apdu: bytes) -> None:
        """Add the reply."""
        self._apdu = apdu

    def window(self, size: int) -> list[Part]:
        """The first blocks that are not acknowledged, at most `size`; from now on they count as sent."""
        return self.run(self.acknowledged + 1, size)

    def run(self, first: int, size: int) -> list[Part]:
        """At most `size` blocks from `first` on; from now on they count as sent."""
        numbers = range(first, min(self.end, first + size - 1) + 1)
        self.sent = max(self.sent, *numbers) if numbers else self.sent
        return [self._part(number) for number in numbers]

    def unsent(self) -> bytes:
        """What of the reply was never sent."""
        return (self._apdu or b"")[max(0, self.sent - self._empty) * self._each :]

    def _part(self, number: int) -> Part:
        start = (number - self._empty - 1) * self._each
        if self._apdu is None or start < 0:
            return Part(number, b"", last=False)
        return Part(number, self._apdu[start : start + self._each], last=number == self.end)
