"""What faulty meters answer to blocks of a long request, and to blocks that belong to no transfer."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from conformance.dlms.xdlms.action import ActionResponseNextPblock, ActionResponseNormal
from conformance.dlms.xdlms.enumerations import ActionResult, DataAccessResult
from conformance.dlms.xdlms.get import GetResponseWithDatablock
from conformance.dlms.xdlms.read import BlockNumber, DataAccessError, ReadResponse
from conformance.dlms.xdlms.set import SetResponseDatablock, SetResponseLastDatablock
from conformance.dlms.xdlms.write import WriteResponse
from conformance.meter.crash import MeterCrashedError
from conformance.meter.service_call import Encodable

_NO_TRANSFER: Final = frozenset((DataAccessResult.NO_LONG_GET_IN_PROGRESS, DataAccessResult.NO_LONG_SET_IN_PROGRESS))


def distorted(reply: Encodable | None, faults: frozenset[str]) -> Encodable | None:
    """What a meter with these defects answers in place of `reply`."""
    if "stray-block-unanswered" in faults and _tells_no_transfer(reply):
        return None
    if "wrong-block-number-crashes" in faults and _tells_wrong_number(reply):
        raise MeterCrashedError
    if "block-acknowledged-with-next-number" in faults:
        return _counted_on(reply)
    return reply


def _tells_no_transfer(reply: Encodable | None) -> bool:
    match reply:
        case ActionResponseNormal(result=result):
            return result == ActionResult.NO_LONG_ACTION_IN_PROGRESS
    return _error(reply) in _NO_TRANSFER


def _tells_wrong_number(reply: Encodable | None) -> bool:
    match reply:
        case ActionResponseNormal(result=result):
            return result == ActionResult.LONG_ACTION_ABORTED
    return _error(reply) == DataAccessResult.DATA_BLOCK_NUMBER_INVALID


def _error(reply: Encodable | None) -> int | None:
    """The data-access-result of a reply that holds nothing but one."""
    match reply:
        case GetResponseWithDatablock(result=int() as result) | SetResponseLastDatablock(result=result):
            return result
        case ReadResponse(results=(DataAccessError(result=result),)):
            return result
        case WriteResponse(results=(DataAccessError(result=result),)):
            return result
    return None


def _counted_on(reply: Encodable | None) -> Encodable | None:
    """The acknowledgement of a block of the request with the number of the block that is awaited."""
    match reply:
        case SetResponseDatablock(block_number=number) | ActionResponseNextPblock(block_number=number):
            return replace(reply, block_number=number + 1)
        case ReadResponse(results=(BlockNumber(block_number=number),)):
            return ReadResponse((BlockNumber(number + 1),))
        case WriteResponse(results=(BlockNumber(block_number=number),)):
            return WriteResponse((BlockNumber(number + 1),))
    return reply
