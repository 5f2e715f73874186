"""Read and Write of several variables, as faulty meters serve them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Final

from conformance.dlms.apdu import Apdu
from conformance.dlms.xdlms.enumerations import DataAccessResult
from conformance.dlms.xdlms.read import DataAccessError, ReadRequest, ReadResponse
from conformance.dlms.xdlms.variable_access import VariableName
from conformance.dlms.xdlms.write import WriteRequest, WriteResponse, WriteResult
from conformance.meter.crash import MeterCrashedError
from conformance.meter.service_call import Encodable, ServiceCall

Serve = Callable[[Apdu, ServiceCall], Encodable | None]
"""What a sound meter does."""
_WIDE: Final = 0xFFFF


def read_several(request: ReadRequest, call: ServiceCall, faults: frozenset[str], serve: Serve) -> Encodable | None:
    """The reply of a meter with these defects to a Read."""
    if not request.items and "empty-read-crashes" in faults:
        raise MeterCrashedError
    names = [item for item in request.items if isinstance(item, VariableName)]
    if len(names) < 2 or len(names) != len(request.items):
        return serve(request, call)
    if "read-list-served-without-multiple-references" in faults:
        call = replace(call, unrestricted=True)
    if "read-list-repeated-name-left-out" in faults:
        request = replace(request, items=tuple(dict.fromkeys(request.items)))
    if "read-list-cut-at-the-pdu" in faults:
        whole = serve(request, replace(call, room=_WIDE))
        while isinstance(whole, ReadResponse) and len(whole.encode()) > call.room:
            whole = replace(whole, results=whole.results[:-1])
        return whole
    response = serve(request, call)
    if isinstance(response, ReadResponse) and "read-list-results-reversed" in faults:
        return replace(response, results=response.results[::-1])
    return response


def written_several(request: WriteRequest, call: ServiceCall, faults: frozenset[str], serve: Serve) -> Encodable | None:
    """The reply of a meter with these defects to a Write."""
    count = min(len(request.items), len(request.values))
    if len(request.items) < 2:
        return serve(request, call)
    if "write-list-served-without-multiple-references" in faults:
        call = replace(call, unrestricted=True)
    if len(request.items) != len(request.values) and "write-list-counts-not-checked" in faults:
        request = WriteRequest(request.items[:count], request.values[:count])
    if "write-list-stops-at-error" not in faults or len(request.items) != len(request.values):
        return serve(request, call)
    results: list[WriteResult] = []
    for item, value in zip(request.items, request.values, strict=True):
        if any(isinstance(result, DataAccessError) for result in results):
            results.append(DataAccessError(DataAccessResult.OTHER_REASON))
            continue
        response = serve(WriteRequest((item,), (value,)), call)
        if not isinstance(response, WriteResponse):
            return response
        results.extend(response.results)
    return WriteResponse(tuple(results))
