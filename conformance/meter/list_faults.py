"""Requests that name several attributes, methods or variables, as faulty meters serve them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Final, TypeVar

from conformance.dlms import apdu as apdus
from conformance.dlms.apdu import Apdu
from conformance.dlms.data.types import Data
from conformance.dlms.xdlms.action import ActionRequestWithList, ActionResponseWithList
from conformance.dlms.xdlms.enumerations import DataAccessResult
from conformance.dlms.xdlms.exception_response import ExceptionResponse, ExceptionServiceError, StateError
from conformance.dlms.xdlms.get import GetRequestWithList, GetResponseWithList
from conformance.dlms.xdlms.read import ReadRequest
from conformance.dlms.xdlms.set import (
    SetRequestWithDatablock,
    SetRequestWithList,
    SetRequestWithListAndFirstDatablock,
    SetResponseLastDatablockWithList,
    SetResponseWithList,
)
from conformance.dlms.xdlms.write import WriteRequest
from conformance.meter.crash import MeterCrashedError
from conformance.meter.service_call import Encodable, ServiceCall
from conformance.meter.short_name_list_faults import read_several, written_several

Serve = Callable[[Apdu, ServiceCall], Encodable | None]
"""What a sound meter does."""
_WIDE: Final = 0xFFFF
_NOWHERE: Final = b"\xff" * 6
_LEAST_OUTCOME: Final = 2
_ACTION_HEAD: Final = 4
_ROTATED: Final = 4

T = TypeVar("T")


def served(request: Apdu, call: ServiceCall, faults: frozenset[str], serve: Serve) -> Encodable | None:
    """The reply of a meter with these defects to a request of any kind."""
    match request:
        case GetRequestWithList():
            return _get(request, call, faults, serve)
        case SetRequestWithList():
            return _set(request, call, faults, serve)
        case SetRequestWithListAndFirstDatablock() | SetRequestWithDatablock():
            return _set_in_blocks(request, call, faults, serve)
        case ActionRequestWithList():
            return _action(request, call, faults, serve)
        case ReadRequest():
            return read_several(request, call, faults, serve)
        case WriteRequest():
            return written_several(request, call, faults, serve)
    return serve(request, call)


def _get(request: GetRequestWithList, call: ServiceCall, faults: frozenset[str], serve: Serve) -> Encodable | None:
    if not request.attributes and "empty-list-crashes" in faults:
        raise MeterCrashedError
    if len(request.attributes) == 1 and "get-list-of-one-refused" in faults:
        return ExceptionResponse(StateError.SERVICE_NOT_ALLOWED, ExceptionServiceError.OPERATION_NOT_POSSIBLE)
    if "get-list-served-without-multiple-references" in faults:
        call = replace(call, unrestricted=True)
    if "get-list-repeated-attribute-left-out" in faults:
        request = replace(request, attributes=tuple(dict.fromkeys(request.attributes)))
    whole = _decoded(serve(request, replace(call, room=_WIDE)))
    if not isinstance(whole, GetResponseWithList):
        return whole
    if len(whole.encode()) > call.room:
        if "get-list-cut-at-the-pdu" in faults:
            return replace(whole, results=_fitting(whole, call.room))
        if "get-list-in-blocks-result-missing" in faults:
            request = replace(request, attributes=request.attributes[:-1])
        if "get-list-in-blocks-backwards" in faults:
            request = replace(request, attributes=request.attributes[::-1])
        return serve(request, call)
    return replace(whole, results=_misordered(whole.results, faults))


def _misordered(results: tuple[Data | int, ...], faults: frozenset[str]) -> tuple[Data | int, ...]:
    errors = [result for result in results if isinstance(result, int)]
    if errors and "get-list-error-spoils-all" in faults:
        return (errors[0],) * len(results)
    if "get-list-errors-left-out" in faults:
        results = tuple(result for result in results if isinstance(result, Data))
    if "get-list-result-missing" in faults:
        results = results[:-1]
    if len(results) >= _ROTATED and "get-list-of-four-rotated" in faults:
        results = results[1:] + results[:1]
    return results[::-1] if "get-list-results-reversed" in faults else results


def _fitting(whole: GetResponseWithList, room: int) -> tuple[Data | int, ...]:
    results = whole.results
    while len(replace(whole, results=results).encode()) > room:
        results = results[:-1]
    return results


def _set(request: SetRequestWithList, call: ServiceCall, faults: frozenset[str], serve: Serve) -> Encodable | None:
    if "set-list-served-without-multiple-references" in faults:
        call = replace(call, unrestricted=True)
    if len(request.attributes) != len(request.values) and "set-list-counts-not-checked" in faults:
        attributes, values = common(request.attributes, request.values)
        request = replace(request, attributes=attributes, values=values)
    if len(request.attributes) != len(request.values):
        return serve(request, call)
    if "set-list-second-value-dropped" in faults:
        first = dict(zip(request.attributes[::-1], request.values[::-1], strict=True))
        request = replace(request, values=tuple(first[attribute] for attribute in request.attributes))
    if "set-list-stops-at-error" in faults:
        return _set_until_error(request, call, serve)
    response = serve(request, call)
    if isinstance(response, SetResponseWithList) and "set-list-one-result-for-all" in faults:
        return replace(response, results=response.results[:1])
    return response


def _set_until_error(request: SetRequestWithList, call: ServiceCall, serve: Serve) -> Encodable | None:
    results: list[int] = []
    for attribute, value in zip(request.attributes, request.values, strict=True):
        if any(results):
            results.append(DataAccessResult.OTHER_REASON)
            continue
        response = serve(replace(request, attributes=(attribute,), values=(value,)), call)
        if not isinstance(response, SetResponseWithList):
            return response
        results.extend(response.results)
    return SetResponseWithList(request.invoke_id_and_priority, tuple(results))


def _set_in_blocks(
    request: SetRequestWithListAndFirstDatablock | SetRequestWithDatablock,
    call: ServiceCall,
    faults: frozenset[str],
    serve: Serve,
) -> Encodable | None:
    unwritten = "set-list-in-blocks-confirmed-not-written" in faults
    if unwritten and isinstance(request, SetRequestWithListAndFirstDatablock):
        nowhere = tuple((replace(attribute, instance_id=_NOWHERE), access) for attribute, access in request.attributes)
        request = replace(request, attributes=nowhere)
    response = serve(request, call)
    if unwritten and isinstance(response, SetResponseLastDatablockWithList):
        return replace(response, results=(DataAccessResult.SUCCESS,) * len(response.results))
    return response


def _action(
    request: ActionRequestWithList, call: ServiceCall, faults: frozenset[str], serve: Serve
) -> Encodable | None:
    if "action-list-served-without-multiple-references" in faults:
        call = replace(call, unrestricted=True)
    if len(request.methods) != len(request.parameters) and "action-list-counts-not-checked" in faults:
        methods, parameters = common(request.methods, request.parameters)
        request = replace(request, methods=methods, parameters=parameters)
    count = len(request.methods)
    long = _ACTION_HEAD + _LEAST_OUTCOME * count > call.room
    if long and "action-list-in-blocks-result-missing" in faults:
        request = replace(request, methods=request.methods[:-1], parameters=request.parameters[:-1])
    if count != len(request.parameters) or "action-list-first-only" not in faults:
        return serve(request, call)
    response = serve(replace(request, methods=request.methods[:1], parameters=request.parameters[:1]), call)
    if isinstance(response, ActionResponseWithList):
        return replace(response, responses=response.responses * count)
    return response


def common(first: Sequence[T], second: Sequence[Data]) -> tuple[tuple[T, ...], tuple[Data, ...]]:
    """As much of two lists as there is of both."""
    count = min(len(first), len(second))
    return tuple(first[:count]), tuple(second[:count])


def _decoded(response: Encodable | None) -> Encodable | None:
    """What was encoded on the way, as a value again."""
    decoded = None if response is None else apdus.decode(response.encode())
    return decoded if isinstance(decoded, GetResponseWithList) else response
