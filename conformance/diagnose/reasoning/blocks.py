"""General blocks put together to the APDU that they are parts of."""

from __future__ import annotations

from typing import Any, Final

from conformance.dlms.xdlms.general_block_transfer import GeneralBlockTransfer

_LONGEST: Final = 1 << 20


class Blocks:
    """The blocks of one direction, as far as they came without a gap."""

    __slots__ = ("_next", "_octets")

    def __init__(self) -> None:
        self._next = 1
        self._octets = bytearray()

    def take(self, value: Any) -> bytes | None:
        """Take an APDU; give the whole that it completes. Anything but a general block ends what was begun."""
        if not isinstance(value, GeneralBlockTransfer):
            self._reset()
            return None
        if not value.block_data:
            return None
        if value.block_number == 1:
            self._reset()
        if value.block_number != self._next or len(self._octets) + len(value.block_data) > _LONGEST:
            return None
        self._octets += value.block_data
        self._next += 1
        if not value.last_block:
            return None
        whole = bytes(self._octets)
        self._reset()
        return whole

    def _reset(self) -> None:
        self._next = 1
        self._octets.clear()
