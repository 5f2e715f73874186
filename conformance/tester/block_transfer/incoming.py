"""The meter's blocks in their order: what is whole, what is missing, and what is wrong with a block."""

from __future__ import annotations

from conformance.dlms.xdlms.general_block_transfer import WINDOW, GeneralBlockTransfer
from conformance.tester.block_transfer.faults import BlockFault, FaultKind, at

LARGEST_REPLY = 16 * 1024 * 1024
"""Octets; a transfer that goes on beyond is cut off."""
MOST_EMPTY_BLOCKS = 3
"""A reply that has begun and makes no progress for more blocks in a row than this is cut off."""


class Incoming:
    """What the client has of the meter's direction.

    Attributes:
        taken: number up to which nothing is missing; 0 before the first.
        octets: of data, in all.
        last: number of the block that says it is the last; None before it came.
    """

    def __init__(self) -> None:
        self.taken = 0
        self.octets = 0
        self.last: int | None = None
        self._parts: list[bytes] = []
        self._ahead: dict[int, GeneralBlockTransfer] = {}
        self._digests: dict[int, tuple[bytes, bool]] = {}
        self._empty = 0

    @property
    def whole(self) -> bool:
        """Whether all blocks up to the last one are there."""
        return self.last is not None and self.taken >= self.last

    @property
    def missing(self) -> int:
        """How many blocks lie between what is whole and the next that came; 0 where nothing came ahead."""
        return min(self._ahead) - self.taken - 1 if self._ahead else 0

    def known(self, number: int) -> bool:
        """Whether a block with this number has come before."""
        return 1 <= number <= self.taken or number in self._ahead

    def impossible(self, block: GeneralBlockTransfer, frame: int) -> BlockFault | None:
        """Why the transfer cannot go on with this block; None where it can."""
        number = block.block_number
        if number == 0 or number > self.taken + WINDOW:
            told = "the first block has number 1" if number == 0 else f"block {self.taken + 1} is the next"
            return BlockFault(FaultKind.BLOCK_NUMBER, f"block-number {number}; {told}", frame, at("block-number"))
        if self.known(number):
            changed = self._digests.get(number, (block.block_data, block.last_block))
            if changed != (block.block_data, block.last_block):
                reason = f"block {number} came again with other content than before"
                return BlockFault(FaultKind.REPEATED_CHANGED, reason, frame, at("block-data"))
            return None
        if self.octets + len(block.block_data) > LARGEST_REPLY:
            reason = f"{self.octets + len(block.block_data)} octets and no last block"
            return BlockFault(FaultKind.TOO_LARGE, reason, frame, at("block-data"))
        if self.last is not None and number > self.last:
            reason = f"block {number} comes behind block {self.last}, which said that it is the last"
            return BlockFault(FaultKind.BEHIND_THE_LAST, reason, frame, at("block-number"))
        return self._idle(block, frame)

    def take(self, block: GeneralBlockTransfer, *, says_last: bool) -> None:
        """Take a block that is possible and new.

        Args:
            block: as received.
            says_last: its last-block is about the reply.
        """
        number = block.block_number
        if says_last and block.last_block:
            self.last = number
        self.octets += len(block.block_data)
        self._ahead[number] = block
        self._remember(block)
        while (following := self._ahead.pop(self.taken + 1, None)) is not None:
            self.taken += 1
            self._parts.append(following.block_data)

    def joined(self) -> bytes:
        """All data, in order."""
        return b"".join(self._parts)

    def _idle(self, block: GeneralBlockTransfer, frame: int) -> BlockFault | None:
        """Count blocks without data amid a reply."""
        self._empty = 0 if block.block_data or not self.octets else self._empty + 1
        if self._empty <= MOST_EMPTY_BLOCKS:
            return None
        reason = f"{self._empty} blocks without data in a row: the transfer makes no progress"
        return BlockFault(FaultKind.NO_PROGRESS, reason, frame, at("block-data"))

    def _remember(self, block: GeneralBlockTransfer) -> None:
        """Keep what could come once more: a window of blocks, not the whole reply a second time."""
        self._digests[block.block_number] = (block.block_data, block.last_block)
        while len(self._digests) > 2 * WINDOW:
            del self._digests[next(iter(self._digests))]
