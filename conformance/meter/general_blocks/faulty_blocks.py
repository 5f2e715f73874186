"""What faulty meters do in general block transfer; a sound one takes every value as it is given."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from conformance.dlms.xdlms.general_block_transfer import GeneralBlockTransfer
from conformance.meter.general_blocks.receiving import Incoming
from conformance.meter.general_blocks.sending import Outgoing, Part
from conformance.meter.general_blocks.transitions import Event

_MOST_BLOCKS: Final = 0xFFFF
_LOST: Final = 2
"""A meter that forgets a part of what it sends forgets it at the boundary before this block."""


class FaultyBlocks:
    """The faults of one association's block transfers, each at the point where it shows.

    Attributes:
        answers_without_blocks: a request in blocks gets its reply in one APDU.
    """

    def __init__(self, faults: frozenset[str]) -> None:
        self._faults = faults
        self.answers_without_blocks = self._has("gbt-request-answered-without-blocks")
        self._before = 0
        self._seen: set[int] = set()

    def data_octets(self, octets: int) -> int:
        """How much data each block of a transfer carries, which begins with that."""
        self._seen.clear()
        return octets + 1 if self._has("gbt-block-one-octet-too-long") else octets

    def window(self, size: int) -> int:
        """How many blocks are sent at once to a client that takes `size`; one that says 0 gets them one by one."""
        if self._has("gbt-window-not-honoured") and size:
            return size + 1
        if self._has("gbt-window-0-streams-without-end") and not size:
            return _MOST_BLOCKS
        return max(1, size)

    def next_window(self, outgoing: Outgoing, size: int) -> list[Part]:
        """The blocks that follow."""
        if self._has("gbt-resends-from-the-beginning") and outgoing.acknowledged < outgoing.sent:
            return outgoing.run(1, outgoing.acknowledged + size)
        parts = outgoing.window(size)
        if self._has("gbt-last-block-lost"):
            return [part for part in parts if not part.last] or parts[:0]
        return parts

    def acknowledges(self, outgoing: Outgoing, number: int) -> bool:
        """Book an acknowledged number; False when it is of blocks that were never sent."""
        if self._has("gbt-impossible-acknowledgement-taken"):
            number = min(number, outgoing.sent)
        if self._has("gbt-acknowledged-number-ignored"):
            number = outgoing.sent
        return outgoing.acknowledge(number)

    def renumbered(self, block: GeneralBlockTransfer, incoming: Incoming) -> GeneralBlockTransfer:
        """A block as a meter takes it that does not look at its number."""
        if not self._has("gbt-request-block-number-not-checked") or incoming.whole:
            return block
        return replace(block, block_number=incoming.taken + 1)

    def on_abort(self, event: Event, *, busy: bool) -> Event:
        """What a block that gives the transfer up is taken for."""
        return Event.TURN if busy and self._has("gbt-abort-ignored") else event

    def on_stray(self, event: Event) -> Event:
        """What a block of no transfer is taken for."""
        return Event.ABORT if self._has("gbt-stray-block-unanswered") else event

    def sent(self, blocks: list[GeneralBlockTransfer]) -> list[GeneralBlockTransfer]:
        """A stream as it leaves the meter."""
        if not self._faults or not blocks:
            return blocks
        blocks = [self._one(block) for block in blocks]
        if self._has("gbt-streaming-bit-always-set"):
            blocks = [replace(block, streaming=True) for block in blocks]
        if self._has("gbt-streaming-bit-never-set"):
            blocks = [replace(block, streaming=False) for block in blocks]
        return blocks

    def _one(self, block: GeneralBlockTransfer) -> GeneralBlockTransfer:
        number = block.block_number
        again = number in self._seen
        self._seen.add(number)
        if self._has("gbt-last-block-never-said"):
            block = replace(block, last_block=False)
        if self._has("gbt-repeated-block-changed") and again and block.block_data:
            block = replace(block, block_data=block.block_data[:-1] + bytes((block.block_data[-1] ^ 1,)))
        if self._has("gbt-octet-lost-at-a-block-boundary") and number == _LOST:
            block = replace(block, block_data=block.block_data[1:])
        if self._has("gbt-own-window-zero"):
            block = replace(block, window=0)
        if self._has("gbt-acknowledgement-always-zero"):
            block = replace(block, block_number_ack=0)
        if self._has("gbt-empty-blocks-without-end") and number >= _LOST:
            block = replace(block, block_data=b"", last_block=False)
        if self._has("gbt-block-number-from-zero"):
            block = replace(block, block_number=number - 1)
        if self._has("gbt-block-number-not-reset"):
            block = replace(block, block_number=self._before + number)
            self._before += number if block.last_block else 0
        return block

    def _has(self, name: str) -> bool:
        return name in self._faults
