"""The values and refusals that a reply of any service carries."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from conformance.dlms.data.types import Data
from conformance.dlms.xdlms.access import AccessResponse
from conformance.dlms.xdlms.action import ActionResponseNormal, ActionResponseWithList
from conformance.dlms.xdlms.get import GetResponseNormal, GetResponseWithDatablock, GetResponseWithList
from conformance.dlms.xdlms.read import DataAccessError, ReadResponse
from conformance.dlms.xdlms.set import (
    SetResponseLastDatablock,
    SetResponseLastDatablockWithList,
    SetResponseNormal,
    SetResponseWithList,
)
from conformance.dlms.xdlms.write import WriteResponse


def refusals(value: Any) -> Iterator[int]:
    """The results of a reply that are not success, each once."""
    yield from dict.fromkeys(result for result in _results(value) if result)


def values(value: Any) -> Iterator[Data]:
    """The data in a reply."""
    match value:
        case GetResponseNormal(result=Data() as data) | ActionResponseNormal(return_parameters=Data() as data):
            yield data
        case GetResponseWithList(results=several) | ReadResponse(results=several):
            yield from (item for item in several if isinstance(item, Data))
        case ActionResponseWithList(responses=outcomes):
            yield from (item.return_parameters for item in outcomes if isinstance(item.return_parameters, Data))


def _results(value: Any) -> Iterator[int]:
    match value:
        case GetResponseNormal(result=int(result)) | GetResponseWithDatablock(result=int(result)):
            yield result
        case GetResponseWithList(results=several):
            yield from (item for item in several if isinstance(item, int))
        case SetResponseNormal(result=result) | SetResponseLastDatablock(result=result):
            yield result
        case SetResponseWithList(results=several) | SetResponseLastDatablockWithList(results=several):
            yield from several
        case ActionResponseNormal(result=result, return_parameters=given):
            yield result
            if isinstance(given, int):
                yield given
        case ActionResponseWithList(responses=outcomes):
            for outcome in outcomes:
                yield outcome.result
        case ReadResponse(results=several) | WriteResponse(results=several):
            yield from (item.result for item in several if isinstance(item, DataAccessError))
        case AccessResponse(results=outcomes):
            yield from (outcome.result for outcome in outcomes)
