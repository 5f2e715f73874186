"""The blocks that the server receives, put in their order; it knows what is missing."""

from __future__ import annotations

from typing import Final

from conformance.dlms.xdlms.general_block_transfer import WINDOW, GeneralBlockTransfer

_FARTHEST_AHEAD: Final = WINDOW
"""A block further on than the largest window belongs to nothing that was allowed."""


class Incoming:
    """One direction of a transfer: the request, then blocks that only acknowledge the reply.

    Attributes:
        taken: number up to which nothing is missing; 0 before the first.
        first: the block with number 1; None before it came.
        whole: all blocks up to the last one are there.
    """

    def __init__(self, longest_octets: int, *, whole: bool = False) -> None:
        """Begin.

        Args:
            longest_octets: of the request.
            whole: it came outside blocks; what comes only acknowledges its reply.
        """
        self.taken = 0
        self.first: GeneralBlockTransfer | None = None
        self.whole = whole
        self._longest = longest_octets
        self._parts: list[bytes] = []
        self._octets = 0
        self._ahead: dict[int, GeneralBlockTransfer] = {}

    @property
    def missing(self) -> int:
        """How many blocks lie between what is whole and the next that came; 0 where nothing came ahead."""
        return min(self._ahead) - self.taken - 1 if self._ahead else 0

    def expects(self, number: int) -> bool:
        """Whether a block can have this number: one that came, or one that a window may bring."""
        return 1 <= number <= self.taken + _FARTHEST_AHEAD

    def take(self, block: GeneralBlockTransfer) -> bool:
        """Take a block that is expected, once; False when it makes the request too long, or goes on behind its end."""
        number = block.block_number
        if number <= self.taken or number in self._ahead:
            return True
        if self.whole and block.block_data:
            return False
        self._octets += len(block.block_data)
        if self._octets > self._longest:
            return False
        self._ahead[number] = block
        if number == 1:
            self.first = block
        while (following := self._ahead.pop(self.taken + 1, None)) is not None:
            self.taken += 1
            self._parts.append(following.block_data)
            self.whole = self.whole or following.last_block
        return True

    def apdu(self) -> bytes:
        """The request; it is not kept."""
        parts, self._parts = self._parts, []
        return b"".join(parts)
