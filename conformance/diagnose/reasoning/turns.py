"""Requests with what answers them, in the order of an exchange."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from conformance.diagnose.reasoning.exchange import Exchange
from conformance.diagnose.reasoning.replies import is_notification
from conformance.diagnose.reasoning.step import Step
from conformance.dlms.xdlms.access import AccessRequest
from conformance.dlms.xdlms.event_notification import EventNotificationRequest
from conformance.dlms.xdlms.initiate import InitiateRequest
from conformance.dlms.xdlms.invoke_id import LONG_SERVICE_CLASS, SERVICE_CLASS
from conformance.dlms.xdlms.notification import DataNotificationConfirm
from conformance.dlms.xdlms.write import UnconfirmedWriteRequest


@dataclass(frozen=True, slots=True)
class Turn:
    """One APDU of the client, and what the meter sends before the next one.

    Attributes:
        request: of the client.
        replies: of the meter, in order; what it sends of its own accord is left out.
    """

    request: Step
    replies: tuple[Step, ...]

    @property
    def reply(self) -> Step | None:
        """The first reply."""
        return self.replies[0] if self.replies else None


def turns(exchange: Exchange) -> Iterator[Turn]:
    """Every APDU of the client with its replies; the confirmation of a notification asks for nothing."""
    request: Step | None = None
    replies: list[Step] = []
    for step in exchange.steps:
        if step.direction == "C>S" and not isinstance(step.value, DataNotificationConfirm):
            if request is not None:
                yield Turn(request, tuple(replies))
            request, replies = step, []
        elif step.direction == "S>C" and request is not None and not of_own_accord(step.value):
            replies.append(step)
    if request is not None:
        yield Turn(request, tuple(replies))


def of_own_accord(value: Any) -> bool:
    """Whether the meter sends it without having been asked."""
    return is_notification(value) or isinstance(value, EventNotificationRequest)


def unconfirmed(step: Step) -> bool:
    """Whether a request says that it wants no answer."""
    value = step.value
    information = step.information
    if isinstance(information, InitiateRequest):
        return not information.response_allowed
    if isinstance(value, UnconfirmedWriteRequest):
        return True
    if isinstance(value, AccessRequest):
        return not value.long_invoke_id_and_priority & LONG_SERVICE_CLASS
    sent = getattr(value, "invoke_id_and_priority", None)
    return sent is not None and not sent & SERVICE_CLASS
