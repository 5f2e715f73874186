"""Block transfer that belongs to the services: blocks of long replies, and long requests in blocks (IEC 62056-5-3)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

from conformance.dlms.data import codec
from conformance.dlms.data.types import Data
from conformance.dlms.data.values import octet_string
from conformance.dlms.xdlms.action import (
    ActionRequestNextPblock,
    ActionRequestWithFirstPblock,
    ActionRequestWithListAndFirstPblock,
    ActionRequestWithPblock,
    ActionResponseNextPblock,
    ActionResponseWithPblock,
)
from conformance.dlms.xdlms.attribute import AttributeDescriptor, MethodDescriptor
from conformance.dlms.xdlms.datablock import DataBlock
from conformance.dlms.xdlms.get import GetRequestNext, GetResponseWithDatablock
from conformance.dlms.xdlms.read import BlockNumber, DataBlockResult, ReadRequest, ReadResponse
from conformance.dlms.xdlms.sequence import encode_list
from conformance.dlms.xdlms.set import (
    SetRequestWithDatablock,
    SetRequestWithFirstDatablock,
    SetRequestWithListAndFirstDatablock,
    SetResponseDatablock,
)
from conformance.dlms.xdlms.variable_access import (
    BlockNumberAccess,
    ReadDataBlockAccess,
    VariableAccess,
    WriteDataBlockAccess,
)
from conformance.dlms.xdlms.write import WriteRequest, WriteResponse, encode_items
from conformance.tester.high_level import INVOKE_ID_AND_PRIORITY
from conformance.tester.reaction import Reaction, Reply
from conformance.tester.stimulus import Stimulus, apdu


class LongReply(Enum):
    """The services whose replies may come in blocks: the path of the block number, and that of the data."""

    GET = "get-response.result.block-number", "get-response.result.result"
    ACTION = "action-response.pblock.block-number", "action-response.pblock.raw-data"
    READ = "read-response.result.block-number", "read-response.result.raw-data"

    @property
    def number_path(self) -> str:
        """Of the block number in a reply."""
        return self.value[0]

    @property
    def data_path(self) -> str:
        """Of the data in a reply."""
        return self.value[1]

    def next(self, block_number: int) -> Stimulus:
        """The request that acknowledges a block and asks for the one after it."""
        match self:
            case LongReply.GET:
                octets = GetRequestNext(INVOKE_ID_AND_PRIORITY, block_number).encode()
                return apdu(octets, f"get-request-next, block {block_number}")
            case LongReply.ACTION:
                octets = ActionRequestNextPblock(INVOKE_ID_AND_PRIORITY, block_number).encode()
                return apdu(octets, f"action-request-next-pblock, block {block_number}")
            case LongReply.READ:
                octets = ReadRequest((BlockNumberAccess(block_number),)).encode()
                return apdu(octets, f"Read, block-number-access, block {block_number}")


def reply_block(reaction: Reaction) -> DataBlock | None:
    """The block of a long reply that came; None for anything else, an error in place of the data included."""
    match reaction.value if isinstance(reaction, Reply) else None:
        case GetResponseWithDatablock(last_block=last, block_number=number, result=bytes() as raw):
            return DataBlock(last, number, raw)
        case ActionResponseWithPblock(pblock=block):
            return block
        case ReadResponse(results=(DataBlockResult(last_block=last, block_number=number, raw=raw),)):
            return DataBlock(last, number, raw)
    return None


def acknowledged_block(reaction: Reaction) -> int | None:
    """The number of the block of a long request that the meter acknowledges, awaiting the next; None if it does not."""
    match reaction.value if isinstance(reaction, Reply) else None:
        case SetResponseDatablock(block_number=number) | ActionResponseNextPblock(block_number=number):
            return number
        case ReadResponse(results=(BlockNumber(block_number=number),)):
            return number
        case WriteResponse(results=(BlockNumber(block_number=number),)):
            return number
    return None


@dataclass(frozen=True, slots=True)
class LongRequest:
    """A request whose data goes in blocks.

    Attributes:
        name: in the standard's words, without number.
        content: the data, encoded.
        first: makes the APDU of the block that opens the transfer.
        further: makes the APDU of any block behind it.
    """

    name: str
    content: bytes
    first: Callable[[DataBlock], bytes]
    further: Callable[[DataBlock], bytes]

    def opening(self, block: DataBlock) -> Stimulus:
        """The request that opens the transfer; the number in it may be wrong."""
        return apdu(self.first(block), self._name("first block", block))

    def following(self, block: DataBlock) -> Stimulus:
        """A request with a further block."""
        return apdu(self.further(block), self._name("block", block))

    def blocks(self, size: int) -> tuple[DataBlock, ...]:
        """The data in blocks of `size` octets, numbered from 1; the last one says so, and may be shorter."""
        cuts = range(0, max(1, len(self.content)), size)
        return tuple(
            DataBlock(start + size >= len(self.content), number, self.content[start : start + size])
            for number, start in enumerate(cuts, 1)
        )

    def _name(self, kind: str, block: DataBlock) -> str:
        return f"{self.name}, {kind} {block.block_number}{', the last' if block.last_block else ''}"


def long_set(attribute: AttributeDescriptor, value: Data) -> LongRequest:
    """SET of one attribute: set-request-with-first-datablock, then set-request-with-datablock."""
    return LongRequest(
        f"SET of {attribute}",
        codec.encode(value),
        lambda block: SetRequestWithFirstDatablock(INVOKE_ID_AND_PRIORITY, attribute, None, block).encode(),
        _set_block,
    )


def long_set_list(values: tuple[tuple[AttributeDescriptor, Data], ...]) -> LongRequest:
    """SET of several attributes: set-request-with-list-and-first-datablock, then set-request-with-datablock."""
    selected = tuple((attribute, None) for attribute, _ in values)
    return LongRequest(
        f"SET of a list of {len(values)}",
        encode_list(codec.encode(value) for _, value in values),
        lambda block: SetRequestWithListAndFirstDatablock(INVOKE_ID_AND_PRIORITY, selected, block).encode(),
        _set_block,
    )


def long_action(method: MethodDescriptor, parameters: Data) -> LongRequest:
    """ACTION of one method: action-request-with-first-pblock, then action-request-with-pblock."""
    return LongRequest(
        f"ACTION {method}",
        codec.encode(parameters),
        lambda block: ActionRequestWithFirstPblock(INVOKE_ID_AND_PRIORITY, method, block).encode(),
        _action_block,
    )


def long_action_list(methods: tuple[MethodDescriptor, ...], parameters: tuple[Data, ...]) -> LongRequest:
    """ACTION of several methods: action-request-with-list-and-first-pblock, then action-request-with-pblock."""
    return LongRequest(
        f"ACTION, a list of {len(methods)}",
        encode_list(map(codec.encode, parameters)),
        lambda block: ActionRequestWithListAndFirstPblock(INVOKE_ID_AND_PRIORITY, methods, block).encode(),
        _action_block,
    )


def long_read(items: tuple[VariableAccess, ...]) -> LongRequest:
    """Read whose list of variables comes in read-data-block-access; every block has the same form."""
    return LongRequest("Read", encode_list(item.encode() for item in items), _read_block, _read_block)


def long_write(items: tuple[VariableAccess, ...], values: tuple[Data, ...]) -> LongRequest:
    """Write whose lists come in write-data-block-access, the octets of a block in the list of data."""
    return LongRequest("Write", encode_items(items, values), _write_block, _write_block)


def _set_block(block: DataBlock) -> bytes:
    return SetRequestWithDatablock(INVOKE_ID_AND_PRIORITY, block).encode()


def _action_block(block: DataBlock) -> bytes:
    return ActionRequestWithPblock(INVOKE_ID_AND_PRIORITY, block).encode()


def _read_block(block: DataBlock) -> bytes:
    return ReadRequest((ReadDataBlockAccess(block.last_block, block.block_number, block.raw),)).encode()


def _write_block(block: DataBlock) -> bytes:
    access = WriteDataBlockAccess(block.last_block, block.block_number)
    return WriteRequest((access,), (octet_string(block.raw),)).encode()
