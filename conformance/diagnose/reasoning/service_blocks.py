"""Blocks of GET, SET, ACTION, Read and Write: numbers, acknowledgements, and transfers that are none."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from conformance.diagnose.reasoning.exchange import Exchange
from conformance.diagnose.reasoning.serving import serves
from conformance.diagnose.reasoning.statement import Evidence, Sign, Statement
from conformance.diagnose.reasoning.step import Step
from conformance.diagnose.reasoning.turns import Turn, turns
from conformance.dlms.xdlms.action import (
    ActionRequestNextPblock,
    ActionRequestWithFirstPblock,
    ActionRequestWithListAndFirstPblock,
    ActionRequestWithPblock,
    ActionResponseNextPblock,
    ActionResponseWithPblock,
)
from conformance.dlms.xdlms.conformance import ConformanceBit
from conformance.dlms.xdlms.datablock import DataBlock
from conformance.dlms.xdlms.get import GetRequestNext, GetResponseWithDatablock
from conformance.dlms.xdlms.read import BlockNumber, DataBlockResult, ReadRequest, ReadResponse
from conformance.dlms.xdlms.set import (
    SetRequestWithDatablock,
    SetRequestWithFirstDatablock,
    SetRequestWithListAndFirstDatablock,
    SetResponseDatablock,
    SetResponseLastDatablock,
    SetResponseLastDatablockWithList,
)
from conformance.dlms.xdlms.variable_access import BlockNumberAccess, ReadDataBlockAccess, WriteDataBlockAccess
from conformance.dlms.xdlms.write import WriteRequest, WriteResponse

READ: Final = Evidence.READ
_AT_FAULT: Final = "The meter is at fault."
_BITS: Final = {
    0xC0: ConformanceBit.BLOCK_TRANSFER_WITH_GET_OR_READ,
    0x05: ConformanceBit.BLOCK_TRANSFER_WITH_GET_OR_READ,
    0xC3: ConformanceBit.BLOCK_TRANSFER_WITH_ACTION,
}

NUMBER: Final = Sign(
    "reply-block-number-wrong",
    "A block of the reply has not the number that is due",
    "The blocks of each reply are numbered 1, 2, 3 and so on.",
    "The meter is at fault; a client that checks the numbers gives up here.",
)
ACKNOWLEDGED: Final = Sign(
    "block-acknowledged-otherwise",
    "The meter acknowledges another block than it got",
    "The answer to a block of a request carries the number of that block.",
    "The meter is at fault; a client that checks the numbers gives up here.",
)
EMPTY: Final = Sign(
    "reply-block-empty",
    "A block of the reply carries no data and is not the last",
    "Each block carries at least one octet; blocks without data may go on without end.",
    _AT_FAULT,
)
SERVED: Final = Sign(
    "wrong-block-served",
    "A block with a wrong number is taken",
    "The block that the client sends or asks for is not the one that is due, and the meter goes on as if it were.",
    "The meter is at fault: data that were lost on the way go unnoticed.",
)
NO_TRANSFER: Final = Sign(
    "block-of-no-transfer-served",
    "A block is served though no transfer is open",
    "None was begun in this association, or its last block has come.",
    _AT_FAULT,
)
NOT_PROPOSED: Final = Sign(
    "blocks-not-negotiated",
    "A reply comes in blocks though block transfer was not negotiated",
    "The conformance bits block-transfer-with-get-or-read, -set-or-write and -action allow blocks for each service.",
    "Propose block transfer in conformance; the meter is at fault.",
)


def explain(exchange: Exchange) -> Iterator[Statement]:
    """Every fault of the blocks of services in an exchange."""
    coming, going = 0, 0
    for turn in turns(exchange):
        asked, reply = turn.request.value, turn.reply
        sent = _sent(asked)
        following = _asks_on(asked)
        if following is not None:
            yield from _next(turn, following, coming)
        elif sent is not None:
            block, first = sent
            if first:
                going = 0
            yield from _given(turn, block, going, first)
            going = block.block_number if serves(reply) and not block.last_block else 0
        elif asked is not None:
            coming = going = 0
        came = None if reply is None else _came(reply.value)
        if reply is None or came is None:
            coming = 0
            continue
        number, octets, last = came
        if number <= 1:
            yield from _negotiated(exchange, turn.request, reply)
        due = 1 if following is None else following + 1
        if number != due and (following is None or following == coming):
            text = f"The block has number {number}; {due} is due."
            yield reply.state(NUMBER, "error", READ, "block-number", text, weight=8)
        if not octets and not last:
            text = f"Block {number} of the reply carries no data and is not the last."
            yield reply.state(EMPTY, "error", READ, "raw-data", text)
        coming = 0 if last else number


def _negotiated(exchange: Exchange, request: Step, reply: Step) -> Iterator[Statement]:
    bit = _BITS.get(request.plain[0] if request.plain else -1)
    settled = exchange.negotiated
    if settled is not None and bit is not None and bit not in settled.negotiated_conformance:
        text = f"The reply begins in blocks, and {bit.label} is not in the negotiated conformance."
        yield reply.state(NOT_PROPOSED, "warning", READ, "", text, weight=6)


def _asks_on(asked: Any) -> int | None:
    """The block that a request for the next one acknowledges; None for any other request."""
    match asked:
        case GetRequestNext(block_number=number) | ActionRequestNextPblock(block_number=number):
            return number
        case ReadRequest(items=(BlockNumberAccess(block_number=number),)):
            return number
    return None


def _sent(asked: Any) -> tuple[DataBlock, bool] | None:
    """The block that a request brings, and whether it begins a transfer."""
    match asked:
        case SetRequestWithFirstDatablock(datablock=block) | SetRequestWithListAndFirstDatablock(datablock=block):
            return block, True
        case ActionRequestWithFirstPblock(pblock=block) | ActionRequestWithListAndFirstPblock(pblock=block):
            return block, True
        case SetRequestWithDatablock(datablock=block) | ActionRequestWithPblock(pblock=block):
            return block, False
        case WriteRequest(items=(WriteDataBlockAccess(last_block=last, block_number=number),)):
            return DataBlock(last, number, b"?"), number == 1
        case ReadRequest(items=(ReadDataBlockAccess(last_block=last, block_number=number),)):
            return DataBlock(last, number, b"?"), number == 1
    return None


def _came(value: Any) -> tuple[int, bytes, bool] | None:
    """Number, data and last-block of a block of a reply."""
    match value:
        case GetResponseWithDatablock(result=bytes() as octets):
            return value.block_number, octets, value.last_block
        case ActionResponseWithPblock(pblock=block):
            return block.block_number, block.raw, block.last_block
        case ReadResponse(results=(DataBlockResult() as block,)):
            return block.block_number, block.raw, block.last_block
    return None


def _acknowledged(value: Any) -> int | None:
    match value:
        case SetResponseDatablock(block_number=number) | ActionResponseNextPblock(block_number=number):
            return number
        case SetResponseLastDatablock(block_number=number) | SetResponseLastDatablockWithList(block_number=number):
            return number
        case ReadResponse(results=(BlockNumber(block_number=number),)):
            return number
        case WriteResponse(results=(BlockNumber(block_number=number),)):
            return number
    return None


def _next(turn: Turn, acknowledged: int, coming: int) -> Iterator[Statement]:
    if turn.reply is None or not serves(turn.reply):
        return
    if not coming:
        text = f"Block {acknowledged + 1} is asked for, no transfer is open, and a block comes."
        yield _at(turn.reply, NO_TRANSFER, text)
    elif acknowledged != coming:
        text = (
            f"The client acknowledges block {acknowledged}, {coming} came last, and the next block comes all the same."
        )
        yield _at(turn.reply, SERVED, text)


def _given(turn: Turn, block: DataBlock, going: int, first: bool) -> Iterator[Statement]:
    reply = turn.reply
    if reply is None or not serves(reply):
        return
    told = _acknowledged(reply.value)
    if told is not None and told != block.block_number:
        text = f"Block {block.block_number} is acknowledged as {told}."
        yield reply.state(ACKNOWLEDGED, "error", READ, "block-number", text, weight=8)
    if not first and not going:
        yield _at(reply, NO_TRANSFER, f"Block {block.block_number} belongs to no transfer, and is taken.")
    elif block.block_number != going + 1:
        yield _at(reply, SERVED, f"Block {block.block_number} comes where {going + 1} is due, and is taken.")


def _at(step: Step, sign: Sign, text: str) -> Statement:
    return step.state(sign, "error", READ, "", text, weight=8)
