"""ACCESS on the server's side: GET, SET and ACTION in one exchange, in the order in which they were asked for.

ACCESS has no blocks of its own: a long response goes in general blocks, or tells of what did not fit (IEC 62056-5-3).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from conformance.cosem.names import CLOCK, ClassId
from conformance.dlms.data import codec
from conformance.dlms.data.types import Data, DataType
from conformance.dlms.data.values import null
from conformance.dlms.xdlms.access import (
    REQUEST_TAG,
    AccessAction,
    AccessGet,
    AccessOutcome,
    AccessRequest,
    AccessResponse,
    AccessService,
    AccessSet,
    AccessSpecification,
)
from conformance.dlms.xdlms.attribute import AttributeDescriptor
from conformance.dlms.xdlms.conformance import ConformanceBit
from conformance.dlms.xdlms.enumerations import ActionResult, DataAccessResult
from conformance.dlms.xdlms.invoke_id import BREAK_ON_ERROR, SELF_DESCRIPTIVE
from conformance.meter import access_response_faults as response_faults
from conformance.meter.access_faults import misread, miswritten
from conformance.meter.model.meter_time import octets_at
from conformance.meter.refusal import Reason, refusal
from conformance.meter.service_call import Encodable, ServiceCall

_CLOCK: Final = AttributeDescriptor(ClassId.CLOCK, CLOCK, 2)
_NO_DATA: Final = null()
_SUCCESS: Final = 0


@dataclass(frozen=True, slots=True)
class _Answered:
    """What one specification came to."""

    data: Data
    outcome: AccessOutcome


class AccessServer:
    """ACCESS in one association."""

    def __init__(self, faults: frozenset[str]) -> None:
        self._faults = faults

    def serve(self, request: AccessRequest, call: ServiceCall) -> Encodable:
        """The response, or a refusal: not negotiated, not as many data as specifications, no room for the results."""
        faults = self._faults
        if not (call.negotiated(ConformanceBit.ACCESS) or response_faults.serves_unasked(faults)):
            return _refused(Reason.NOT_NEGOTIATED)
        if faults:
            request = response_faults.taken_for(request, faults)
        if len(request.specifications) != len(request.data):
            return _refused(Reason.UNREADABLE)
        date_time = self._date_time(call) if request.date_time else b""
        left = call.room - len(_empty(request, date_time).encode())
        if left < 0:
            # Nothing is carried out whose result the client could not be told.
            return _refused(Reason.TOO_LONG)
        answered = self._carried_out(request, call, left)
        response = AccessResponse(
            request.long_invoke_id_and_priority,
            date_time,
            _said_again(request),
            tuple(item.data for item in answered),
            tuple(item.outcome for item in answered),
        )
        return response_faults.distorted(response, request, call, faults) if faults else response

    def _carried_out(self, request: AccessRequest, call: ServiceCall, left: int) -> list[_Answered]:
        """One after the other; with break on error, none behind the first that failed.

        What was not tried is told as other-reason: a response has one result for each specification.
        """
        answered: list[_Answered] = []
        breaks, failed = self._breaks(request), False
        for specification, given in zip(request.specifications, request.data, strict=True):
            made = _not_tried(specification)
            if not (failed and breaks):
                made = self._one(specification, given, call)
            elif self._faults and response_faults.goes_on_unseen(self._faults):
                self._one(specification, given, call)
            size = len(codec.encode(made.data)) - 1
            if size > left:
                made, size = _without_data(made), 0
            left -= size
            failed = failed or made.outcome.result != _SUCCESS
            answered.append(made)
        return answered

    def _breaks(self, request: AccessRequest) -> bool:
        """Whether nothing is carried out behind the first element that failed."""
        told = bool(request.long_invoke_id_and_priority & BREAK_ON_ERROR)
        return told and not (self._faults and response_faults.never_breaks(self._faults))

    def _one(self, specification: AccessSpecification, given: Data, call: ServiceCall) -> _Answered:
        match specification:
            case AccessGet():
                return self._get(specification, call)
            case AccessSet():
                return self._set(specification, given, call)
            case AccessAction():
                return self._action(specification, given, call)

    def _get(self, asked: AccessGet, call: ServiceCall) -> _Answered:
        if asked.access is not None and not call.negotiated(ConformanceBit.SELECTIVE_ACCESS):
            return _Answered(_NO_DATA, _with_result(asked, DataAccessResult.SCOPE_OF_ACCESS_VIOLATED))
        result = call.device.read(asked.attribute, asked.access, call.session, call.now)
        if self._faults:
            result = misread(asked.attribute, result, call, self._faults)
        if isinstance(result, Data):
            return _Answered(result, AccessOutcome(AccessService.GET, _SUCCESS))
        return _Answered(response_faults.data_of_failed(self._faults), AccessOutcome(AccessService.GET, result))

    def _set(self, asked: AccessSet, value: Data, call: ServiceCall) -> _Answered:
        if self._faults and response_faults.confirms_unwritten(self._faults):
            return _Answered(_NO_DATA, AccessOutcome(AccessService.SET, _SUCCESS))
        result = call.device.write(asked.attribute, asked.access, value, call.session, call.now)
        if self._faults:
            result = miswritten(asked.attribute, value, result, call, self._faults)
        return _Answered(_NO_DATA, AccessOutcome(AccessService.SET, result))

    def _action(self, asked: AccessAction, given: Data, call: ServiceCall) -> _Answered:
        parameters = None if given.type is DataType.NULL_DATA else given
        if self._faults and response_faults.drops_parameters(self._faults):
            parameters = None
        outcome = call.device.invoke(asked.method, parameters, call.session, call.now)
        return _Answered(outcome.data or _NO_DATA, AccessOutcome(AccessService.ACTION, outcome.result))

    def _date_time(self, call: ServiceCall) -> bytes:
        """When the response is made, by the meter's own clock."""
        shown = call.device.read(_CLOCK, None, call.session, call.now)
        return shown.value if isinstance(shown, Data) else octets_at(call.now)


def _empty(request: AccessRequest, date_time: bytes) -> AccessResponse:
    """The shortest response that tells all results."""
    asked = request.specifications
    results = tuple(_with_result(item, ActionResult.OTHER_REASON) for item in asked)
    return AccessResponse(
        request.long_invoke_id_and_priority, date_time, _said_again(request), (_NO_DATA,) * len(asked), results
    )


def _said_again(request: AccessRequest) -> tuple[AccessSpecification, ...] | None:
    return request.specifications if request.long_invoke_id_and_priority & SELF_DESCRIPTIVE else None


def _without_data(made: _Answered) -> _Answered:
    """Of what does not fit: a value was not read, while a method stays invoked."""
    get = made.outcome.service is AccessService.GET
    unread = AccessOutcome(AccessService.GET, DataAccessResult.OTHER_REASON)
    return _Answered(_NO_DATA, unread if get else made.outcome)


def _not_tried(specification: AccessSpecification) -> _Answered:
    return _Answered(_NO_DATA, _with_result(specification, DataAccessResult.OTHER_REASON))


def _with_result(specification: AccessSpecification, result: int) -> AccessOutcome:
    match specification:
        case AccessGet():
            return AccessOutcome(AccessService.GET, result)
        case AccessSet():
            return AccessOutcome(AccessService.SET, result)
        case AccessAction():
            return AccessOutcome(AccessService.ACTION, result)


def _refused(reason: Reason) -> Encodable:
    return refusal(reason, short_names=False, tag=REQUEST_TAG)
