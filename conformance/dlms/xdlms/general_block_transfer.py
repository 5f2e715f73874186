"""General-Block-Transfer: a block of any xDLMS APDU, with a window and acknowledgements (IEC 62056-5-3)."""

from __future__ import annotations

from dataclasses import dataclass

from conformance.dlms import axdr
from conformance.dlms.errors import EncodeError
from conformance.dlms.reader import Reader
from conformance.dlms.xdlms.sequence import encode_unsigned, read_tag

TAG = 0xE0

WINDOW = 0x3F
STREAMING = 0x40
LAST_BLOCK = 0x80


@dataclass(frozen=True, slots=True)
class GeneralBlockTransfer:
    """General-Block-Transfer of IEC 62056-5-3.

    Attributes:
        last_block: bit 7 of block-control: no block follows in this direction.
        streaming: bit 6: further blocks follow without waiting for an acknowledgement.
        window: bits 0 to 5: number of blocks that the sender can take at once, 0 to 63.
        block_number: of this block, 1 for the first; Unsigned16.
        block_number_ack: of the last block taken without a gap from the other side; Unsigned16.
        block_data: a part of the APDU; empty when only acknowledging.
    """

    last_block: bool
    streaming: bool
    window: int
    block_number: int
    block_number_ack: int
    block_data: bytes

    def encode(self) -> bytes:
        """The APDU."""
        if not 0 <= self.window <= WINDOW:
            raise EncodeError(f"window {self.window} out of range; 0 to 63")
        control = self.window | (STREAMING if self.streaming else 0) | (LAST_BLOCK if self.last_block else 0)
        number = encode_unsigned(self.block_number, 2, "block-number")
        acknowledged = encode_unsigned(self.block_number_ack, 2, "block-number-ack")
        return bytes((TAG, control)) + number + acknowledged + axdr.sized(self.block_data)


def read(reader: Reader) -> GeneralBlockTransfer:
    """Take a general-block-transfer: `block-control`, `block-number`, `block-number-ack` and `block-data`."""
    read_tag(reader, TAG, "general-block-transfer")
    control = reader.u8("block-control")
    if reader.recorder is not None:
        reader.meaning(_describe(control))
    return GeneralBlockTransfer(
        bool(control & LAST_BLOCK),
        bool(control & STREAMING),
        control & WINDOW,
        reader.unsigned("block-number", 2),
        reader.unsigned("block-number-ack", 2),
        reader.sized("block-data"),
    )


def _describe(control: int) -> str:
    last = "last block" if control & LAST_BLOCK else "not the last block"
    streaming = "streaming" if control & STREAMING else "not streaming"
    return f"{last}, {streaming}, window {control & WINDOW}"
