"""What a refusal means: the signs in the APDUs of an exchange, their likely causes, and what to change."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from conformance.diagnose.finding import Finding, Meaning
from conformance.diagnose.meanings import (
    ACCESS_RESULTS,
    INITIATE_ERRORS,
    INITIATE_RESPONSE_DESPITE_REJECTION,
    PENDING,
    PROTECTED_SERVICE_ERROR,
    PROVIDER_DIAGNOSTICS,
    SERVICE_ERRORS,
    STATE_ERRORS,
    USER_DIAGNOSTICS,
)
from conformance.dlms import apdu as apdus
from conformance.dlms.acse.aare import Aare
from conformance.dlms.acse.enumerations import DiagnosticSource, ServiceUserDiagnostic
from conformance.dlms.errors import DecodeError
from conformance.dlms.security.ciphered import NAMES
from conformance.dlms.xdlms.confirmed_service_error import ConfirmedServiceError
from conformance.dlms.xdlms.exception_response import ExceptionResponse
from conformance.dlms.xdlms.get import GetResponseNormal, GetResponseWithDatablock, GetResponseWithList
from conformance.dlms.xdlms.initiate import InitiateResponse
from conformance.dlms.xdlms.read import DataAccessError, ReadResponse

_APPLICATION_REFERENCE = 0
_DECIPHERING_ERROR = 6
_INITIATE = 6


def explain(replies: Sequence[bytes]) -> Iterator[Finding]:
    """What refusals among `replies` mean.

    Args:
        replies: APDUs from the meter, deciphered where they were protected, in the order of their arrival.
    """
    for index, octets in enumerate(replies):
        try:
            value = apdus.decode(octets, deviations=[])
        except DecodeError as error:
            yield _unreadable(index, octets, error)
            continue
        match value:
            case Aare() if not value.accepted:
                yield from _refused_opening(index, value)
            case Aare() if index == len(replies) - 1 and _pending(value):
                yield PENDING.finding(index, "aare.result-source-diagnostic", "info")
            case ExceptionResponse():
                yield from _exception(index, value)
            case ConfirmedServiceError():
                yield _service_error(index, value)
            case _:
                yield from _access_results(index, value)


def _refused_opening(index: int, aare: Aare) -> Iterator[Finding]:
    provider = aare.diagnostic_source == DiagnosticSource.PROVIDER
    meaning = (PROVIDER_DIAGNOSTICS if provider else USER_DIAGNOSTICS).get(aare.diagnostic)
    carried = _carried(aare.user_information)
    if carried is not None:
        yield carried.finding(index, "aare.user-information")
    if meaning is not None:
        yield meaning.finding(index, "aare.result-source-diagnostic")
    if aare.user_information is not None and _holds_initiate_response(aare.user_information):
        yield INITIATE_RESPONSE_DESPITE_REJECTION.finding(index, "aare.user-information", "warning")


def _carried(user_information: bytes | None) -> Meaning | None:
    """What the user-information of a refusal says itself."""
    if not user_information:
        return None
    if NAMES.get(user_information[0], "").endswith("confirmed-service-error"):
        return PROTECTED_SERVICE_ERROR
    try:
        value = apdus.decode(user_information, deviations=[])
    except DecodeError:
        return None
    if isinstance(value, ConfirmedServiceError) and value.category == _INITIATE:
        return INITIATE_ERRORS.get(value.value)
    return None


def _holds_initiate_response(user_information: bytes) -> bool:
    """Whether it is an InitiateResponse, in clear or ciphered."""
    if user_information and NAMES.get(user_information[0], "").endswith("initiate-response"):
        return True
    try:
        return isinstance(apdus.decode(user_information, deviations=[]), InitiateResponse)
    except DecodeError:
        return False


def _pending(aare: Aare) -> bool:
    user = aare.diagnostic_source == DiagnosticSource.USER
    return user and aare.diagnostic == ServiceUserDiagnostic.AUTHENTICATION_REQUIRED


def _exception(index: int, exception: ExceptionResponse) -> Iterator[Finding]:
    meaning = SERVICE_ERRORS.get(exception.service_error)
    if meaning is not None and exception.invocation_counter is not None:
        expected = exception.invocation_counter
        meaning = replace(
            meaning,
            message=f"{meaning.message} The meter expects at least {expected} (0x{expected:08X}).",
            suggestion=f"Set invocation_counter so that it is read from the meter, or to {{ start = {expected} }}.",
        )
    if meaning is not None:
        yield meaning.finding(index, "exception-response.service-error")
    state = STATE_ERRORS.get(exception.state_error)
    if state is not None:
        yield state.finding(index, "exception-response.state-error")


def _service_error(index: int, error: ConfirmedServiceError) -> Finding:
    meaning = Meaning(
        "confirmed-service-error",
        f"The service failed as a whole: {error.describe()}.",
        "Compare the request with what this association serves.",
    )
    if (error.category, error.value) == (_APPLICATION_REFERENCE, _DECIPHERING_ERROR):
        meaning = SERVICE_ERRORS[5]
    elif error.category == _INITIATE:
        meaning = INITIATE_ERRORS.get(error.value, meaning)
    return meaning.finding(index, "confirmed-service-error.value")


def _access_results(index: int, value: apdus.Apdu) -> Iterator[Finding]:
    results: tuple[object, ...] = ()
    field = "get-response.result"
    match value:
        case GetResponseNormal(result=result) | GetResponseWithDatablock(result=result):
            results = (result,)
        case GetResponseWithList(results=several):
            results = several
        case ReadResponse(results=several):
            results = tuple(item.result for item in several if isinstance(item, DataAccessError))
            field = "read-response.result"
    for result in sorted({result for result in results if isinstance(result, int)}):
        if result in ACCESS_RESULTS:
            yield ACCESS_RESULTS[result].finding(index, field)


def _unreadable(index: int, octets: bytes, error: DecodeError) -> Finding:
    name = apdus.name_of(octets[0]) if octets else "no octets"
    return Finding(
        "apdu-not-readable",
        "error",
        index,
        error.path,
        f"What the meter sends is no legal APDU ({name}): {error}",
        "Look at the octets: another layer may be missing or double (LLC, wrapper), or the meter is at fault.",
    )
