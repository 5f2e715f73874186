"""Whether a reply serves: gives a value, carries something out, opens or releases."""

from __future__ import annotations

from typing import Any

from conformance.diagnose.reasoning.results import values
from conformance.diagnose.reasoning.step import Step
from conformance.dlms.acse.aare import Aare
from conformance.dlms.acse.release import Rlre
from conformance.dlms.xdlms.access import AccessResponse
from conformance.dlms.xdlms.action import (
    ActionResponseNextPblock,
    ActionResponseNormal,
    ActionResponseWithList,
    ActionResponseWithPblock,
)
from conformance.dlms.xdlms.get import GetResponseWithDatablock
from conformance.dlms.xdlms.read import BlockNumber, DataBlockResult, ReadResponse
from conformance.dlms.xdlms.set import (
    SetResponseDatablock,
    SetResponseLastDatablock,
    SetResponseLastDatablockWithList,
    SetResponseNormal,
    SetResponseWithList,
)
from conformance.dlms.xdlms.write import WriteResponse, WriteSuccess


def serves(step: Step | None) -> bool:
    """Whether a reply serves its request, at least in part; a protected one that cannot be opened does."""
    if step is None:
        return False
    value = step.value
    if value is None:
        return (
            step.seal is not None
            and step.whole
            and step.seal.opening is None
            and step.parts[0].dissection.error is None
        )
    if isinstance(value, Aare):
        return value.accepted
    return isinstance(value, Rlre) or _serves(value)


def _serves(value: Any) -> bool:
    match value:
        case GetResponseWithDatablock(result=bytes()) | ActionResponseWithPblock():
            return True
        case SetResponseDatablock() | ActionResponseNextPblock():
            return True
        case SetResponseNormal(result=result) | SetResponseLastDatablock(result=result):
            return result == 0
        case ActionResponseNormal(result=result):
            return result == 0
        case SetResponseWithList(results=results) | SetResponseLastDatablockWithList(results=results):
            return 0 in results
        case ActionResponseWithList(responses=outcomes):
            return any(outcome.result == 0 for outcome in outcomes)
        case AccessResponse(results=outcomes):
            return any(outcome.result == 0 for outcome in outcomes)
        case WriteResponse(results=results):
            return any(isinstance(item, WriteSuccess | BlockNumber) for item in results)
        case ReadResponse(results=results) if any(isinstance(item, DataBlockResult | BlockNumber) for item in results):
            return True
    return any(True for _ in values(value))
