"""Requests of which a segment was sent twice: a meter that puts it in twice cannot read them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final

from conformance.diagnose.intake.conversation import Conversation
from conformance.diagnose.intake.frame_look import look
from conformance.diagnose.reasoning.exchange import Exchange
from conformance.diagnose.reasoning.statement import Evidence, Sign, Statement
from conformance.diagnose.reasoning.step import Step
from conformance.diagnose.reasoning.turns import turns
from conformance.dlms import apdu as apdus
from conformance.dlms.acse.aare import Aare
from conformance.dlms.hdlc.control import FrameType
from conformance.dlms.xdlms.confirmed_service_error import ConfirmedServiceError
from conformance.dlms.xdlms.exception_response import ExceptionResponse

_NO_REASON: Final = 1
"""no-reason-given, of an acse-service-user and of an acse-service-provider alike."""
_MOST_SEGMENTS: Final = 512
_MOST_UNITS: Final = 4_096
"""Frames among which a repeated segment is looked for."""

JOINED_TWICE: Final = Sign(
    "repeated-segment-joined",
    "A repeated segment seems to stand twice in the request",
    "The request is right as it was sent, one segment of it came twice with the same N(S), and the meter refuses it as "
    "something that it cannot read; with that segment in it twice it cannot be read.",
    "The meter is at fault: a segment whose N(S) it has taken before is acknowledged and dropped.",
)


def explain(conversation: Conversation, exchanges: Sequence[Exchange]) -> Iterator[Statement]:
    """Every request with a repeated segment that is refused for no reason of its own."""
    for exchange in exchanges:
        for turn in turns(exchange):
            request, reply = turn.request, turn.reply
            if reply is None or len(request.heard.units) < 2 or not _readable(request) or not _refuses(reply.value):
                continue
            again = _twice(conversation, request)
            if again is not None:
                text = (
                    f"{conversation.units[again].place} repeats a segment of the {request.name}, which is right as it "
                    f"was sent; the {reply.name} refuses it without a reason that fits."
                )
                yield reply.state(JOINED_TWICE, "error", Evidence.INFERRED, "", text, weight=9)


def _readable(step: Step) -> bool:
    return step.whole and all(part.dissection.error is None for part in step.parts)


def _refuses(value: Any) -> bool:
    """Whether a reply says no more than that the request cannot be dealt with."""
    if isinstance(value, Aare):
        return not value.accepted and value.diagnostic == _NO_REASON
    return isinstance(value, ExceptionResponse | ConfirmedServiceError)


def _twice(conversation: Conversation, request: Step) -> int | None:
    """Index of the unit that repeats a segment of a request, where the request cannot be read with it in it twice."""
    units = request.heard.units
    taken = {index: look(conversation.units[index].octets) for index in units[:_MOST_SEGMENTS]}
    before: int | None = None
    for index in range(units[0], min(units[-1] + 1, units[0] + _MOST_UNITS)):
        unit = conversation.units[index]
        if index in taken:
            before = index
            continue
        view, first = look(unit.octets), None if before is None else taken[before]
        if unit.stream != request.heard.stream or unit.direction != "C>S" or view is None or first is None:
            continue
        same = view.control.send_number == first.control.send_number and view.information == first.information
        if view.control.type is FrameType.I and same:
            return index if _unreadable(conversation, units, before, request) else None
    return None


def _unreadable(conversation: Conversation, units: Sequence[int], doubled: int | None, request: Step) -> bool:
    """Whether the request cannot be read with one segment in it twice; a tag never verifies over more octets."""
    if request.seal is not None or request.signature is not None:
        return True
    joined = b""
    for index in units:
        view = look(conversation.units[index].octets)
        information = b"" if view is None else view.information
        joined += information * (2 if index == doubled else 1)
    return apdus.dissect(joined[len(request.heard.llc) :]).error is not None
