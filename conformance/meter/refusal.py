"""How the server says that it cannot serve a request at all: by ExceptionResponse or ConfirmedServiceError."""

from __future__ import annotations

from enum import Enum
from typing import Final

from conformance.dlms.xdlms import write
from conformance.dlms.xdlms.confirmed_service_error import (
    ApplicationReferenceError,
    ConfirmedService,
    ConfirmedServiceError,
    ServiceError,
    ServiceHandlingError,
    VdeStateError,
)
from conformance.dlms.xdlms.exception_response import ExceptionResponse, ExceptionServiceError, StateError

Refusal = ExceptionResponse | ConfirmedServiceError

_LARGEST_COUNTER: Final = 0xFFFF_FFFF


class Reason(Enum):
    """Why a request is not served: the ExceptionResponse, then category and value of the ConfirmedServiceError."""

    NO_ASSOCIATION = (
        StateError.SERVICE_NOT_ALLOWED,
        ExceptionServiceError.OPERATION_NOT_POSSIBLE,
        ServiceError.VDE_STATE_ERROR,
        VdeStateError.NO_DLMS_CONTEXT,
    )
    UNKNOWN_SERVICE = (
        StateError.SERVICE_UNKNOWN,
        ExceptionServiceError.SERVICE_NOT_SUPPORTED,
        ServiceError.SERVICE,
        ServiceHandlingError.SERVICE_UNSUPPORTED,
    )
    NOT_NEGOTIATED = (
        StateError.SERVICE_NOT_ALLOWED,
        ExceptionServiceError.SERVICE_NOT_SUPPORTED,
        ServiceError.SERVICE,
        ServiceHandlingError.SERVICE_UNSUPPORTED,
    )
    UNREADABLE = (
        StateError.SERVICE_UNKNOWN,
        ExceptionServiceError.OTHER_REASON,
        ServiceError.SERVICE,
        ServiceHandlingError.OTHER,
    )
    TOO_LONG = (
        StateError.SERVICE_NOT_ALLOWED,
        ExceptionServiceError.PDU_TOO_LONG,
        ServiceError.SERVICE,
        ServiceHandlingError.PDU_SIZE,
    )
    PROTECTION_REQUIRED = (
        StateError.SERVICE_NOT_ALLOWED,
        ExceptionServiceError.OPERATION_NOT_POSSIBLE,
        ServiceError.APPLICATION_REFERENCE,
        ApplicationReferenceError.OTHER,
    )
    UNDECIPHERABLE = (
        StateError.SERVICE_NOT_ALLOWED,
        ExceptionServiceError.DECIPHERING_ERROR,
        ServiceError.APPLICATION_REFERENCE,
        ApplicationReferenceError.DECIPHERING_ERROR,
    )


def refusal(reason: Reason, *, short_names: bool, tag: int) -> Refusal:
    """The refusal of an APDU in an association with short names or with logical names.

    Args:
        reason: why.
        short_names: whether ConfirmedServiceError is the form to use.
        tag: of the plain request; tells a write from everything else, which passes for a read.
    """
    state_error, service_error, category, value = reason.value
    if not short_names:
        return ExceptionResponse(state_error, service_error)
    service = ConfirmedService.WRITE if tag == write.REQUEST_TAG else ConfirmedService.READ
    return ConfirmedServiceError(service, category, value)


def counter_refusal(expected: int, *, short_names: bool, tag: int) -> Refusal:
    """The refusal of an APDU whose invocation counter is too low; `expected` is the lowest that would be taken."""
    if short_names:
        return refusal(Reason.UNDECIPHERABLE, short_names=True, tag=tag)
    return ExceptionResponse(
        StateError.SERVICE_NOT_ALLOWED, ExceptionServiceError.INVOCATION_COUNTER_ERROR, min(expected, _LARGEST_COUNTER)
    )
