"""DataBlock-SA: one block of a request or response that is too long for one APDU."""

from __future__ import annotations

from dataclasses import dataclass

from conformance.dlms import axdr
from conformance.dlms.reader import Reader
from conformance.dlms.xdlms.sequence import encode_boolean, encode_unsigned, read_boolean


@dataclass(frozen=True, slots=True)
class DataBlock:
    """DataBlock-SA of IEC 62056-5-3, used by SET and ACTION.

    Attributes:
        last_block: whether no block follows.
        block_number: 1 for the first; Unsigned32.
        raw: raw-data: a part of the encoded data.
    """

    last_block: bool
    block_number: int
    raw: bytes

    def encode(self) -> bytes:
        """The block."""
        head = encode_boolean(self.last_block) + encode_unsigned(self.block_number, 4, "block-number")
        return head + axdr.sized(self.raw)


def read(reader: Reader, name: str) -> DataBlock:
    """Take a block as the group `name`: `last-block`, `block-number`, `raw-data`."""
    reader.enter(name)
    block = DataBlock(read_boolean(reader, "last-block"), reader.unsigned("block-number", 4), reader.sized("raw-data"))
    reader.leave()
    return block
