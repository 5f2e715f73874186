"""Which reply belongs to a request, and whether it refuses."""

from __future__ import annotations

from typing import Any

from conformance.diagnose.reasoning.exchange import Exchange
from conformance.diagnose.reasoning.step import Step
from conformance.dlms.acse.aare import Aare
from conformance.dlms.xdlms.action import ActionResponseNormal
from conformance.dlms.xdlms.confirmed_service_error import ConfirmedServiceError
from conformance.dlms.xdlms.exception_response import ExceptionResponse
from conformance.dlms.xdlms.notification import DataNotification

APPLICATION_REFERENCE, DECIPHERING_ERROR = 0, 6


def is_notification(value: Any) -> bool:
    """Whether the meter sends it of its own accord."""
    return isinstance(value, DataNotification)


def reply_to(exchange: Exchange, step: Step) -> Step | None:
    """The first APDU of the meter behind a request, notifications left out; None where none came before the next."""
    position = step.position
    for later in exchange.steps[position + 1 :]:
        if later.direction == "C>S":
            return None
        if later.direction == "S>C" and not is_notification(later.value):
            return later
    return None


def refuses(step: Step | None) -> bool:
    """Whether a reply says that the request as a whole was not served."""
    value = None if step is None else step.value
    if isinstance(value, Aare):
        return not value.accepted
    if isinstance(value, ActionResponseNormal):
        return value.result != 0
    return isinstance(value, ExceptionResponse | ConfirmedServiceError)


def says_deciphering_error(step: Step | None) -> bool:
    """Whether a reply says that the request could not be opened."""
    value = None if step is None else step.value
    if isinstance(value, ExceptionResponse):
        return value.service_error in (5, 6)
    if isinstance(value, ConfirmedServiceError):
        return (value.category, value.value) == (APPLICATION_REFERENCE, DECIPHERING_ERROR)
    return False
