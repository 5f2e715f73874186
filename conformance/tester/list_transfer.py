"""Asking for several things at once: GET, SET and ACTION with list, Read and Write of several, in blocks as needed."""

from __future__ import annotations

from dataclasses import dataclass

from conformance.dlms import apdu as apdus
from conformance.dlms.data.types import Data
from conformance.dlms.errors import DecodeError
from conformance.dlms.xdlms.action import (
    ActionOutcome,
    ActionRequestNextPblock,
    ActionResponseWithList,
    ActionResponseWithPblock,
)
from conformance.dlms.xdlms.get import GetRequestNext, GetResponseWithDatablock, GetResponseWithList
from conformance.dlms.xdlms.read import DataAccessError, DataBlockResult, ReadRequest, ReadResponse
from conformance.dlms.xdlms.set import SetResponseLastDatablockWithList, SetResponseWithList
from conformance.dlms.xdlms.variable_access import BlockNumberAccess
from conformance.dlms.xdlms.write import WriteResponse, WriteSuccess
from conformance.tester.association import Association
from conformance.tester.block_transfer.client import BlockOptions
from conformance.tester.block_transfer.exchange import request as request_in_blocks
from conformance.tester.high_level import INVOKE_ID_AND_PRIORITY
from conformance.tester.reaction import Reaction, Reply
from conformance.tester.stimulus import Stimulus, apdu

_MOST_BLOCKS = 4096
_MOST_OCTETS = 1024 * 1024
_SUCCESS = 0

Result = Data | int
"""Of one element: its data, or a data-access-result or action-result; 0 stands for success without data."""


@dataclass(frozen=True, slots=True)
class Listed:
    """What came of a request with several elements.

    Attributes:
        reaction: the meter's last.
        results: one for each element, as far as there are any; None where no list of results came.
        fault: what was wrong with the blocks; empty where nothing was.
        blocks: how many blocks of the service's own transfer the reply came in; 0 outside of it.
        in_general_blocks: it came in general blocks.
        excess: by how many octets a reply was longer than the client takes.
    """

    reaction: Reaction
    results: tuple[Result, ...] | None = None
    fault: str = ""
    blocks: int = 0
    in_general_blocks: bool = False
    excess: int = 0


@dataclass(slots=True)
class _Joined:
    octets: bytes = b""
    blocks: int = 0
    excess: int = 0


@dataclass(frozen=True, slots=True)
class _Block:
    last: bool
    number: int
    raw: bytes


def ask(association: Association, stimulus: Stimulus, options: BlockOptions | None = None) -> Listed:
    """Send a request once and collect its list of results, block by block; what is wrong is in the answer.

    The number of blocks and of their octets is bounded.
    """
    transferred = request_in_blocks(association, stimulus, options)
    reaction, general = transferred.reaction, transferred.replied_in_blocks
    if transferred.faults:
        return Listed(reaction, None, str(transferred.faults[-1]), 0, general)
    joined = _Joined(excess=association.excess_of(reaction))
    while (block := _block_of(reaction)) is not None:
        joined.blocks += 1
        if block.number != joined.blocks:
            return _failed(reaction, joined, f"block number {block.number}, expected {joined.blocks}")
        joined.octets += block.raw
        if joined.blocks > _MOST_BLOCKS or len(joined.octets) > _MOST_OCTETS:
            return _failed(reaction, joined, f"{joined.blocks} blocks and no last one")
        if block.last:
            return _whole(reaction, joined)
        following = _next(reaction, block.number)
        reaction = association.request(following)
        joined.excess = max(joined.excess, association.excess_of(reaction))
    if joined.blocks:
        return _failed(reaction, joined, f"no block {joined.blocks + 1}")
    return Listed(reaction, results_of(reaction), "", 0, general, joined.excess)


def results_of(reaction: Reaction) -> tuple[Result, ...] | None:
    """The results in a reply that has a list of them; None in any other."""
    return _results(reaction.value) if isinstance(reaction, Reply) else None


def _results(value: object) -> tuple[Result, ...] | None:
    match value:
        case GetResponseWithList(results=results):
            return results
        case SetResponseWithList(results=codes) | SetResponseLastDatablockWithList(results=codes):
            return codes
        case ActionResponseWithList(responses=outcomes):
            return tuple(_outcome(outcome) for outcome in outcomes)
        case ReadResponse(results=reads) if not any(isinstance(item, DataBlockResult) for item in reads):
            return tuple(item if isinstance(item, Data) else getattr(item, "result", _SUCCESS) for item in reads)
        case WriteResponse(results=writes) if all(isinstance(item, (WriteSuccess, DataAccessError)) for item in writes):
            return tuple(item.result if isinstance(item, DataAccessError) else _SUCCESS for item in writes)
    return None


def _outcome(outcome: ActionOutcome) -> Result:
    given = outcome.return_parameters
    return given if isinstance(given, Data) and outcome.result == _SUCCESS else outcome.result


def _block_of(reaction: Reaction) -> _Block | None:
    """The block of a list that a reply carries; None where it carries none."""
    if not isinstance(reaction, Reply):
        return None
    match reaction.value:
        case GetResponseWithDatablock(last_block=last, block_number=number, result=bytes() as raw):
            return _Block(last, number, raw)
        case ActionResponseWithPblock(pblock=block):
            return _Block(block.last_block, block.block_number, block.raw)
        case ReadResponse(results=(DataBlockResult(last_block=last, block_number=number, raw=raw),)):
            return _Block(last, number, raw)
    return None


def _next(reaction: Reaction, number: int) -> Stimulus:
    """The request that acknowledges a block and asks for the next."""
    value = reaction.value if isinstance(reaction, Reply) else None
    if isinstance(value, GetResponseWithDatablock):
        return apdu(GetRequestNext(INVOKE_ID_AND_PRIORITY, number).encode(), f"GET next {number}")
    if isinstance(value, ActionResponseWithPblock):
        return apdu(ActionRequestNextPblock(INVOKE_ID_AND_PRIORITY, number).encode(), f"ACTION next {number}")
    return apdu(ReadRequest((BlockNumberAccess(number),)).encode(), f"Read block {number}")


def _whole(reaction: Reaction, joined: _Joined) -> Listed:
    """The list that the blocks make together: its number of elements comes first."""
    value = reaction.value if isinstance(reaction, Reply) else None
    head = b"\x0c"
    if isinstance(value, GetResponseWithDatablock):
        head = bytes((0xC4, 0x03, INVOKE_ID_AND_PRIORITY))
    elif isinstance(value, ActionResponseWithPblock):
        head = bytes((0xC7, 0x03, INVOKE_ID_AND_PRIORITY))
    try:
        results = _results(apdus.decode(head + joined.octets, deviations=[]))
    except DecodeError as error:
        return _failed(reaction, joined, f"the joined blocks do not decode: {error}")
    return Listed(reaction, results, "", joined.blocks, excess=joined.excess)


def _failed(reaction: Reaction, joined: _Joined, fault: str) -> Listed:
    return Listed(reaction, None, fault, joined.blocks, excess=joined.excess)
