"""The client's blocks: the request in parts, then blocks without data; a number stands for one content only."""

from __future__ import annotations

from dataclasses import dataclass

HEAD_OCTETS = 6
"""Tag, block-control, block-number and block-number-ack."""
MOST_BLOCKS = 0xFFFF
"""block-number has 16 bits."""


def part_octets(pdu_octets: int) -> int:
    """Octets of block-data in the longest block of at most `pdu_octets`; 0 for a limit stands for the wrapper's.

    Raises:
        ValueError: not one octet fits.
    """
    most = pdu_octets or 0xFFFF
    for length_octets, shortest, longest in ((3, 0x100, 0xFFFF), (2, 0x80, 0xFF), (1, 1, 0x7F)):
        data = min(most - HEAD_OCTETS - length_octets, longest)
        if data >= shortest:
            return data
    raise ValueError(f"blocks of {pdu_octets} octets hold no data: {HEAD_OCTETS + 2} are the least")


@dataclass(frozen=True, slots=True)
class Content:
    """What a number stands for."""

    number: int
    data: bytes
    last: bool


class Outgoing:
    """What the client sends.

    Attributes:
        acknowledged: number up to which the meter says that it has everything.
        delivered: number up to which everything was handed to the link, whatever became of it.
    """

    def __init__(self, request: bytes, each: int) -> None:
        """Cut a request.

        Args:
            request: protected; of no octets where it goes outside blocks.
            each: octets of data in a block.

        Raises:
            ValueError: it takes more blocks than have a number.
        """
        self._parts = [request[start : start + each] for start in range(0, len(request), each)]
        if len(self._parts) > MOST_BLOCKS:
            raise ValueError(f"{len(request)} octets in blocks of {each}: more than {MOST_BLOCKS} blocks")
        self._empty = 0
        self._turn_given_by = 1
        self.acknowledged = 0
        self.delivered = 0

    @property
    def highest(self) -> int:
        """Number of the last block that there is so far."""
        return len(self._parts) + self._empty

    @property
    def request_acknowledged(self) -> bool:
        """Whether the meter says that it has the whole request."""
        return self.acknowledged >= len(self._parts)

    def acknowledge(self, number: int) -> None:
        """Note up to where the meter has everything."""
        self.acknowledged = max(self.acknowledged, min(number, self.highest))

    def stream(self, window: int) -> list[Content]:
        """What goes out at a turn: parts of the request that are missing, else one block without data."""
        first = last = self.acknowledged + 1
        if not self.request_acknowledged:
            last = min(len(self._parts), first + window - 1)
        elif self.acknowledged >= self.highest:
            self._empty += 1
        self._turn_given_by = last
        return [self._content(number) for number in range(first, last + 1)]

    def latest(self) -> list[Content]:
        """The block that gave the turn last, once more, whatever became of it."""
        return [self._content(self._turn_given_by)]

    def note_delivered(self, number: int) -> None:
        """A block was handed to the link."""
        self.delivered = max(self.delivered, number)

    def _content(self, number: int) -> Content:
        parts = len(self._parts)
        return Content(number, self._parts[number - 1] if number <= parts else b"", last=number >= parts)
