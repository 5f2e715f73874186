"""ACCESS as faulty meters take it and answer it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from conformance.dlms.data.types import Data
from conformance.dlms.data.values import null, octet_string
from conformance.dlms.xdlms import access
from conformance.dlms.xdlms.access import AccessRequest, AccessResponse
from conformance.dlms.xdlms.enumerations import DataAccessResult
from conformance.dlms.xdlms.exception_response import ExceptionResponse, ExceptionServiceError, StateError
from conformance.dlms.xdlms.invoke_id import BREAK_ON_ERROR, SELF_DESCRIPTIVE
from conformance.meter.service_call import Encodable, ServiceCall

_LEFT_OVER: Final = octet_string(b"last value")
_CHOICE: Final = 7
"""Where the choice of the first specification stands in a request without date-time."""
_GET: Final = b"\x01"
_LARGEST_CHOICE: Final = 5


@dataclass(frozen=True, slots=True)
class _Octets:
    octets: bytes

    def encode(self) -> bytes:
        """The octets."""
        return self.octets


def mended(octets: bytes, faults: frozenset[str]) -> bytes:
    """The access-request that a meter with these defects takes `octets` for."""
    choice = octets[_CHOICE : _CHOICE + 1]
    if octets[5:6] == b"\x00" and choice > bytes((_LARGEST_CHOICE,)) and "access-unknown-choice-taken-as-get" in faults:
        return octets[:_CHOICE] + _GET + octets[_CHOICE + 1 :]
    if octets[-2:] == b"\x00\x00" and "access-trailing-octets-ignored" in faults:
        return octets.rstrip(b"\x00") + b"\x00"
    return octets


def serves_unasked(faults: frozenset[str]) -> bool:
    """Whether ACCESS is served although it was not negotiated."""
    return "access-served-without-its-bit" in faults


def answers_unconfirmed(faults: frozenset[str]) -> bool:
    """Whether an ACCESS of service-class unconfirmed is answered."""
    return "access-unconfirmed-answered" in faults


def never_breaks(faults: frozenset[str]) -> bool:
    """Whether everything is carried out, whatever the processing option says."""
    return "access-break-on-error-ignored" in faults


def goes_on_unseen(faults: frozenset[str]) -> bool:
    """Whether what is told as not tried is carried out all the same."""
    return "access-break-on-error-tells-only" in faults


def confirms_unwritten(faults: frozenset[str]) -> bool:
    """Whether a set succeeds without being done."""
    return "access-set-confirmed-not-done" in faults


def drops_parameters(faults: frozenset[str]) -> bool:
    """Whether methods are invoked without their parameters."""
    return "access-action-parameters-lost" in faults


def data_of_failed(faults: frozenset[str]) -> Data:
    """What stands among the data for a get that failed."""
    return _LEFT_OVER if "access-data-for-failed-get" in faults else null()


def taken_for(request: AccessRequest, faults: frozenset[str]) -> AccessRequest:
    """The request that a meter with these defects serves."""
    missing = len(request.specifications) - len(request.data)
    if missing and "access-counts-not-checked" in faults:
        common = min(len(request.specifications), len(request.data))
        request = replace(request, specifications=request.specifications[:common], data=request.data[:common])
    return request


def distorted(response: AccessResponse, request: AccessRequest, call: ServiceCall, faults: frozenset[str]) -> Encodable:
    """The response that a meter with these defects gives in place of `response`."""
    failed = any(outcome.result for outcome in response.results)
    if failed and "access-error-refuses-all" in faults:
        return ExceptionResponse(StateError.SERVICE_NOT_ALLOWED, ExceptionServiceError.OPERATION_NOT_POSSIBLE)
    if request.date_time and "access-date-time-refused" in faults:
        return ExceptionResponse(StateError.SERVICE_UNKNOWN, ExceptionServiceError.OTHER_REASON)
    if request.long_invoke_id_and_priority & BREAK_ON_ERROR and "access-break-leaves-results-out" in faults:
        response = _broken_off(response)
    elif failed and "access-what-does-not-fit-left-out" in faults:
        response = _fitting(response)
    if "access-results-reversed" in faults:
        response = replace(response, data=response.data[::-1], results=response.results[::-1])
    if "access-data-of-sets-left-out" in faults:
        response = _without_data_of_sets(response)
    return _coded(_headed(response, request, faults), call, faults)


def _headed(response: AccessResponse, request: AccessRequest, faults: frozenset[str]) -> AccessResponse:
    invoke = response.long_invoke_id_and_priority
    if "access-invoke-id-not-echoed" in faults:
        response = replace(response, long_invoke_id_and_priority=invoke & 0xFF00_0000 | invoke & 0xFF)
    if invoke & SELF_DESCRIPTIVE and "access-not-self-descriptive" in faults:
        response = replace(response, specifications=None)
    if response.specifications is not None and "access-specification-said-again-in-part" in faults:
        response = replace(response, specifications=request.specifications[:1])
    return response


def _coded(response: AccessResponse, call: ServiceCall, faults: frozenset[str]) -> Encodable:
    octets, limit = response.encode(), call.session.client_max_receive_pdu_size
    if limit and len(octets) > limit and "access-long-reply-cut" in faults:
        # One PDU, and no more: in the middle of a value.
        return _Octets(octets[:limit])
    return response


def _broken_off(response: AccessResponse) -> AccessResponse:
    """Lists that end with the element that failed."""
    errors = [number for number, outcome in enumerate(response.results) if outcome.result != DataAccessResult.SUCCESS]
    tried = errors[0] + 1 if errors else len(response.results)
    return replace(response, data=response.data[:tried], results=response.results[:tried])


def _fitting(response: AccessResponse) -> AccessResponse:
    """Lists without what was told as other-reason: values for which there was no room."""
    both = zip(response.data, response.results, strict=True)
    kept = [(data, made) for data, made in both if made.result != DataAccessResult.OTHER_REASON]
    return replace(response, data=tuple(data for data, _ in kept), results=tuple(made for _, made in kept))


def _without_data_of_sets(response: AccessResponse) -> AccessResponse:
    kept = zip(response.data, response.results, strict=True)
    return replace(response, data=tuple(data for data, made in kept if made.service is not access.AccessService.SET))
