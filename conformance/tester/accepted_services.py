"""Accepted reactions to services inside an association, and to those that should not be served."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from conformance.dlms.data.types import Data, DataType
from conformance.dlms.xdlms.access import AccessResponse
from conformance.dlms.xdlms.action import (
    ActionResponseNextPblock,
    ActionResponseNormal,
    ActionResponseWithList,
    ActionResponseWithPblock,
)
from conformance.dlms.xdlms.confirmed_service_error import ConfirmedServiceError
from conformance.dlms.xdlms.enumerations import DataAccessResult
from conformance.dlms.xdlms.exception_response import ExceptionResponse, ExceptionServiceError, StateError
from conformance.dlms.xdlms.get import GetResponseNormal, GetResponseWithDatablock, GetResponseWithList
from conformance.dlms.xdlms.read import DataAccessError, DataBlockResult, ReadResponse
from conformance.dlms.xdlms.set import (
    SetResponseDatablock,
    SetResponseLastDatablock,
    SetResponseLastDatablockWithList,
    SetResponseNormal,
    SetResponseWithList,
)
from conformance.dlms.xdlms.write import WriteResponse
from conformance.tester.expectation import Expectation, Mismatch, Situation, expectation, no_apdu
from conformance.tester.reaction import DisconnectedMode, FrameRejected, LinkLost, Reaction, Reply, Silence
from conformance.tester.seen import access_result, seen


def data(value: Data | None = None) -> Expectation:
    """Data in a get-response or ReadResponse: any, or exactly `value`."""

    def match(reaction: Reaction, _: Situation) -> Mismatch | None:
        mismatch = no_apdu(reaction, "data")
        if mismatch is not None:
            return mismatch
        given = data_of(reaction)
        if given is None:
            return Mismatch(f"no data: {seen(reaction)}", _result_path(reaction), closeness=2)
        if value is not None and given != value:
            return Mismatch(f"other data than expected: {seen(reaction)}", _result_path(reaction), closeness=3)
        return None

    return expectation("data" if value is None else "the expected data", match, _result_path)


def access_error(*results: DataAccessResult) -> Expectation:
    """A data-access-result other than success, in the response of the service itself: one of `results`, or any."""
    names = ", ".join(access_result(result) for result in results) or "any error"

    def match(reaction: Reaction, _: Situation) -> Mismatch | None:
        mismatch = no_apdu(reaction, "a data-access-result")
        if mismatch is not None:
            return mismatch
        result = access_result_of(reaction)
        path = _result_path(reaction)
        if result is None:
            return Mismatch(f"no data-access-result: {seen(reaction)}", path, closeness=2)
        if result == DataAccessResult.SUCCESS:
            return Mismatch(f"the service succeeded: {seen(reaction)}", path, closeness=3)
        if results and result not in results:
            return Mismatch(f"data-access-result {access_result(result)}", path, closeness=4)
        return None

    return expectation(f"data-access-result {names}", match, _result_path)


def exception(
    *, state: StateError | None = None, service: Collection[ExceptionServiceError] | None = None
) -> Expectation:
    """An exception-response with this state-error and one of these service-errors; None stands for any."""
    words = "exception-response"
    if state is not None:
        words += f" {state.label} ({int(state)})"
    if service is not None:
        words += " / " + ", ".join(f"{error.label} ({int(error)})" for error in service)

    def match(reaction: Reaction, _: Situation) -> Mismatch | None:
        mismatch = no_apdu(reaction, "exception-response")
        if mismatch is not None:
            return mismatch
        value = reaction.value if isinstance(reaction, Reply) else None
        if not isinstance(value, ExceptionResponse):
            return Mismatch(f"no exception-response: {seen(reaction)}", closeness=2)
        if state is not None and value.state_error != state:
            return Mismatch(f"exception-response {value.describe()}", "exception-response.state-error", closeness=4)
        if service is not None and value.service_error not in service:
            return Mismatch(f"exception-response {value.describe()}", "exception-response.service-error", closeness=5)
        return None

    return expectation(words, match, "exception-response")


def service_error() -> Expectation:
    """A confirmedServiceError, whatever it says."""

    def match(reaction: Reaction, _: Situation) -> Mismatch | None:
        mismatch = no_apdu(reaction, "confirmed-service-error")
        if mismatch is not None:
            return mismatch
        if isinstance(reaction, Reply) and isinstance(reaction.value, ConfirmedServiceError):
            return None
        return Mismatch(f"no confirmedServiceError: {seen(reaction)}", closeness=2)

    return expectation("confirmedServiceError", match, "confirmed-service-error")


def silence() -> Expectation:
    """Nothing within the declared response timeout."""

    def match(reaction: Reaction, _: Situation) -> Mismatch | None:
        return None if isinstance(reaction, Silence) else Mismatch(f"silence expected; {seen(reaction)}")

    return expectation("silence", match)


def frame_reject() -> Expectation:
    """FRMR."""

    def match(reaction: Reaction, _: Situation) -> Mismatch | None:
        return None if isinstance(reaction, FrameRejected) else Mismatch(f"FRMR expected; {seen(reaction)}")

    return expectation("FRMR", match)


def link_released() -> Expectation:
    """DM, or the connection closed: the meter is no longer connected."""

    def match(reaction: Reaction, _: Situation) -> Mismatch | None:
        if isinstance(reaction, (DisconnectedMode, LinkLost)):
            return None
        return Mismatch(f"the link is still up: {seen(reaction)}")

    return expectation("link released (DM, connection closed)", match)


def refused() -> Expectation:
    """Any refusal that the standard has: an error in the service's own response, exception-response, service error."""
    return access_error() | exception() | service_error()


def data_of(reaction: Reaction) -> Data | None:
    """The data that a reaction serves: of a get-response or ReadResponse with one result, or raw data in a block."""
    if not isinstance(reaction, Reply):
        return None
    match reaction.value:
        case GetResponseNormal(result=Data() as result):
            return result
        case GetResponseWithList(results=(Data() as result, *_)):
            return result
        case ReadResponse(results=(Data() as result, *_)):
            return result
        case ActionResponseNormal(return_parameters=Data() as result):
            return result
    return None


def access_result_of(reaction: Reaction) -> int | None:
    """The data-access-result or action-result that a reaction reports; None when it reports none.

    0 stands for success, and for a block that tells no result yet; of a list, the first error counts.
    """
    if not isinstance(reaction, Reply):
        return None
    match reaction.value:
        case GetResponseNormal(result=result) | GetResponseWithDatablock(result=result):
            return result if isinstance(result, int) else 0
        case SetResponseNormal(result=result) | SetResponseLastDatablock(result=result):
            return result
        case ActionResponseNormal(result=result):
            return result
        case SetResponseWithList(results=codes) | SetResponseLastDatablockWithList(results=codes):
            return _first_error(codes)
        case ActionResponseWithList(responses=outcomes):
            return _first_error(outcome.result for outcome in outcomes)
        case GetResponseWithList(results=results):
            return _first_error(result for result in results if isinstance(result, int))
        case ReadResponse(results=reads):
            return _first_error(item.result for item in reads if isinstance(item, DataAccessError))
        case WriteResponse(results=writes):
            return _first_error(item.result for item in writes if isinstance(item, DataAccessError))
        case AccessResponse(results=elements):
            return _first_error(element.result for element in elements)
        case SetResponseDatablock() | ActionResponseNextPblock() | ActionResponseWithPblock():
            return 0
    return None


def serves_data(reaction: Reaction) -> bool:
    """Whether a reaction gives anything away: data, or a block of it, wherever in the reply."""
    if not isinstance(reaction, Reply):
        return False
    match reaction.value:
        case GetResponseWithDatablock(result=block):
            return isinstance(block, bytes)
        case GetResponseWithList(results=results):
            return any(isinstance(result, Data) for result in results)
        case ReadResponse(results=reads):
            return any(isinstance(item, (Data, DataBlockResult)) for item in reads)
        case ActionResponseWithList(responses=outcomes):
            return any(isinstance(outcome.return_parameters, Data) for outcome in outcomes)
        case ActionResponseWithPblock():
            return True
        case AccessResponse(data=values):
            return any(value.type is not DataType.NULL_DATA for value in values)
    return data_of(reaction) is not None


def _first_error(results: Iterable[int]) -> int:
    return next((result for result in results if result != DataAccessResult.SUCCESS), 0)


def _result_path(reaction: Reaction) -> str:
    match reaction.value if isinstance(reaction, Reply) else None:
        case GetResponseNormal() | GetResponseWithDatablock() | GetResponseWithList():
            return "get-response.result"
        case (
            SetResponseNormal()
            | SetResponseLastDatablock()
            | SetResponseWithList()
            | SetResponseLastDatablockWithList()
            | SetResponseDatablock()
        ):
            return "set-response.result"
        case (
            ActionResponseNormal() | ActionResponseWithList() | ActionResponseWithPblock() | ActionResponseNextPblock()
        ):
            return "action-response.result"
        case ReadResponse():
            return "read-response"
        case WriteResponse():
            return "write-response"
    return ""
