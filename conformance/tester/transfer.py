"""Reading a whole attribute, in blocks where the meter sends blocks: get-next, or general ones where it begins so."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from conformance.dlms import apdu as apdus
from conformance.dlms.data import codec
from conformance.dlms.data.types import Data, DataType
from conformance.dlms.errors import DecodeError
from conformance.dlms.xdlms.attribute import AttributeDescriptor, SelectiveAccess
from conformance.dlms.xdlms.enumerations import DataAccessResult
from conformance.dlms.xdlms.get import (
    RESPONSE_TAG,
    GetRequestNext,
    GetRequestNormal,
    GetResponseNormal,
    GetResponseWithDatablock,
)
from conformance.dlms.xdlms.read import DataAccessError, DataBlockResult, ReadRequest, ReadResponse
from conformance.dlms.xdlms.variable_access import BlockNumberAccess, ParameterisedAccess, VariableName
from conformance.tester.association import Association
from conformance.tester.block_transfer.client import BlockOptions
from conformance.tester.block_transfer.exchange import request as request_in_blocks
from conformance.tester.block_transfer.faults import FaultKind
from conformance.tester.high_level import INVOKE_ID_AND_PRIORITY
from conformance.tester.reaction import Reaction, Reply
from conformance.tester.seen import seen
from conformance.tester.stimulus import Stimulus, apdu

LARGEST_VALUE = 16 * 1024 * 1024
"""Octets; a transfer that goes on beyond is cut off."""
MOST_BLOCKS = 100_000
"""A transfer in more blocks is cut off, however short they are."""
MOST_EMPTY_BLOCKS = 3
"""A transfer that makes no progress for more blocks in a row than this is cut off."""
_ARRAY = bytes((RESPONSE_TAG, 1, INVOKE_ID_AND_PRIORITY, 0, DataType.ARRAY))
"""How a get-response begins that carries an array: tag, get-response-normal, invoke-id-and-priority, data, array."""


class TransferFailed(Exception):
    """A transfer that gave neither a value nor an error: `reaction` is what ended it.

    Attributes:
        reaction: the meter's last.
        path: of the field that shows it; empty where none does.
    """

    def __init__(self, reason: str, reaction: Reaction, path: str = "") -> None:
        super().__init__(reason)
        self.reaction = reaction
        self.path = path


def get(
    association: Association,
    attribute: AttributeDescriptor,
    access: SelectiveAccess | None = None,
    *,
    options: BlockOptions | None = None,
    most_octets: int = LARGEST_VALUE,
) -> Data | DataAccessResult | int:
    """The value of an attribute, or the data-access-result.

    Args:
        association: with logical names.
        attribute: whose value is asked for.
        access: which part of it; None: all.
        options: how general blocks are used; None: where the meter begins with them.
        most_octets: a longer value is cut off.

    Raises:
        TransferFailed: no get-response, a wrong block number, no progress, a value that does not decode.
    """
    request = GetRequestNormal(INVOKE_ID_AND_PRIORITY, attribute, access)
    collected = bytearray()
    for part in parts(association, request, options=options, most_octets=most_octets):
        if not isinstance(part.content, bytes):
            return part.content
        collected += part.content
    return _decoded(bytes(collected), part.reply)


@dataclass(frozen=True, slots=True)
class Part:
    """What one reply brings of a value.

    Attributes:
        reply: the reply.
        content: raw octets of the value; or the whole value, or the data-access-result, which nothing follows.
    """

    reply: Reply
    content: bytes | Data | int


def parts(
    association: Association,
    request: GetRequestNormal,
    *,
    options: BlockOptions | None = None,
    most_octets: int = LARGEST_VALUE,
    bare: bool = False,
) -> Iterator[Part]:
    """A value as it comes, reply by reply; at least one part.

    Args:
        association: with logical names.
        request: the first request; each part but the last is followed by a request for the next block.
        options: how general blocks are used; None: where the meter begins with them.
        most_octets: a longer value is cut off.
        bare: an array that came in general blocks is not decoded: its octets are the content.

    Raises:
        TransferFailed: as for `get`.
    """
    reaction = _asked(association, apdu(request.encode(), "GET"), options, bare=bare)
    expected = 1
    size = empty = 0
    while True:
        if not isinstance(reaction, Reply):
            raise TransferFailed(f"no get-response: {seen(reaction)}", reaction)
        match reaction.value:
            case None if bare and reaction.plain.startswith(_ARRAY):
                yield Part(reaction, reaction.plain[len(_ARRAY) - 1 :])
                return
            case GetResponseNormal(result=result) if expected == 1:
                yield Part(reaction, result)
                return
            case GetResponseWithDatablock(result=int() as error):
                yield Part(reaction, error)
                return
            case GetResponseWithDatablock(last_block=last, block_number=number, result=bytes() as block):
                if number != expected:
                    reason = f"block number {number}, expected {expected}"
                    raise TransferFailed(reason, reaction, "get-response.result.block-number")
                size += len(block)
                empty = 0 if block else empty + 1
                _guard(size, expected, empty, reaction, most_octets)
            case _:
                raise TransferFailed(f"no get-response of this transfer: {seen(reaction)}", reaction)
        yield Part(reaction, block)
        if last:
            return
        reaction = association.request(
            apdu(GetRequestNext(INVOKE_ID_AND_PRIORITY, expected).encode(), f"GET next {expected}")
        )
        expected += 1


def read(
    association: Association, name: int, access: SelectiveAccess | None = None, *, most_octets: int = LARGEST_VALUE
) -> Data | int:
    """The value behind a short name, or the data-access-error; `access` and `most_octets` are as for `get`.

    Raises:
        TransferFailed: as for `get`.
    """
    item = VariableName(name) if access is None else ParameterisedAccess(name, access.selector, access.parameters)
    reaction = association.request(apdu(ReadRequest((item,)).encode(), "Read"))
    collected = bytearray()
    expected = 1
    empty = 0
    while True:
        if not isinstance(reaction, Reply) or not isinstance(reaction.value, ReadResponse):
            raise TransferFailed(f"no ReadResponse: {seen(reaction)}", reaction)
        match reaction.value.results:
            case (Data() as value,) if expected == 1:
                return value
            case (DataAccessError() as refused,):
                return refused.result
            case (DataBlockResult(last_block=last, block_number=number, raw=block),):
                if number != expected:
                    raise TransferFailed(f"block number {number}, expected {expected}", reaction, "read-response")
                collected += block
                empty = 0 if block else empty + 1
                _guard(len(collected), expected, empty, reaction, most_octets)
            case _:
                raise TransferFailed(f"no result of this transfer: {seen(reaction)}", reaction)
        if last:
            # The blocks carry the whole list of results; the count comes first.
            return _first_result(bytes(collected), reaction)
        request = ReadRequest((BlockNumberAccess(expected),))
        reaction = association.request(apdu(request.encode(), f"Read block {expected}"))
        expected += 1


def _asked(
    association: Association, stimulus: Stimulus, options: BlockOptions | None = None, *, bare: bool = False
) -> Reaction:
    """The reply to the first request; where the meter begins it in general blocks, it ends in them."""
    transferred = request_in_blocks(association, stimulus, options, bare=_ARRAY if bare else None)
    if transferred.replied_in_blocks or not transferred.faults:
        return transferred.reaction
    fault = transferred.faults[-1]
    if fault.kind in (FaultKind.SILENT, FaultKind.TOO_LONG, FaultKind.ANSWERED_OUTSIDE):
        return transferred.reaction
    raise TransferFailed(str(fault), transferred.reaction, fault.path)


def _guard(size: int, blocks: int, empty: int, reaction: Reaction, most_octets: int) -> None:
    if size > most_octets or blocks > MOST_BLOCKS:
        raise TransferFailed(f"{size} octets in {blocks} blocks and no last one", reaction)
    if empty > MOST_EMPTY_BLOCKS:
        raise TransferFailed(f"{empty} empty blocks in a row: the transfer makes no progress", reaction)


def _decoded(octets: bytes, reaction: Reaction) -> Data:
    try:
        return codec.decode(octets)
    except DecodeError as error:
        raise TransferFailed(f"the joined blocks do not decode: {error}", reaction) from None


def _first_result(octets: bytes, reaction: Reaction) -> Data | int:
    try:
        response = apdus.decode(b"\x0c" + octets, deviations=[])
    except DecodeError as error:
        raise TransferFailed(f"the joined blocks do not decode: {error}", reaction) from None
    match response:
        case ReadResponse(results=(Data() as value,)):
            return value
        case ReadResponse(results=(DataAccessError() as refused,)):
            return refused.result
    raise TransferFailed("the joined blocks hold other than one result", reaction)
