"""Requests that get no answer, and whether anything is answered behind them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from conformance.diagnose.reasoning.ciphering import as_prescribed
from conformance.diagnose.reasoning.exchange import Exchange
from conformance.diagnose.reasoning.serving import serves
from conformance.diagnose.reasoning.statement import Evidence, Severity, Sign, Statement
from conformance.diagnose.reasoning.step import Step
from conformance.diagnose.reasoning.turns import Turn, turns, unconfirmed
from conformance.dlms.acse.aarq import Aarq
from conformance.dlms.xdlms.action import ActionRequestNormal
from conformance.dlms.xdlms.conformance import ConformanceBit
from conformance.dlms.xdlms.exception_response import ExceptionResponse
from conformance.dlms.xdlms.general_block_transfer import GeneralBlockTransfer
from conformance.dlms.xdlms.get import GetRequestNormal

_NOT_ALLOWED: Final = 1
_ACSE: Final = (0x60, 0x62)

SILENT: Final = Sign(
    "request-without-reply",
    "A confirmed request gets no reply",
    "The request asks for an answer, and none came before the next request, or before the record ends. What is special "
    "about the request is told: meters fall silent over what they do not expect.",
    "Look at what the request has that answered ones have not; a meter must answer every confirmed request, if only "
    "with an error.",
)
ANSWERED: Final = Sign(
    "unconfirmed-request-answered",
    "A request that wants no answer gets one",
    "Service class unconfirmed, response-allowed FALSE and UnconfirmedWriteRequest ask for silence. The client takes "
    "the answer for that to its next request.",
    "The meter is at fault; a client can compare invoke-ids.",
)
ECHO: Final = Sign(
    "request-echoed",
    "The reply is the request itself",
    "What the meter sends is octet for octet what it was sent: it does not know the APDU, or the line echoes.",
    "Look whether other requests are echoed too; then it is the line.",
)
LOST: Final = Sign(
    "association-lost",
    "The association is gone, and nobody released it",
    "The meter refuses as outside of an association what it served in this one before. Another client, a time-out, a "
    "connection that was closed, or an APDU that the meter did not like may have ended it.",
    "Look what came between; open the association again.",
)


def explain(exchange: Exchange) -> Iterator[Statement]:
    """Every request without an answer, every answer without a request for one, and an association that is lost."""
    listed = list(turns(exchange))
    for index, turn in enumerate(listed):
        request = turn.request
        proposed = exchange.proposed
        if proposed is not None and not proposed.response_allowed and request is not exchange.request:
            continue
        if unconfirmed(request):
            if turn.replies and not _streamed(listed, index) and not _to_be_proved(exchange, turn):
                text = (
                    f"The {request.name} of frame {request.frame} asks for no answer, and gets {turn.replies[0].name}."
                )
                yield turn.replies[0].state(ANSWERED, "error", Evidence.READ, "", text, weight=8)
        elif turn.reply is not None and turn.reply.octets == request.octets:
            text = f"The reply is the {request.name} itself, octet for octet: the meter or the line echoes."
            yield turn.reply.state(ECHO, "error", Evidence.READ, "", text, weight=8)
        elif not turn.replies and _wants(exchange, turn):
            yield _silent(listed, index)
    yield from _lost(exchange, listed)


def _streamed(listed: Sequence[Turn], index: int) -> bool:
    """Whether the answer may be one to an earlier request that was still open."""
    return index > 0 and not listed[index - 1].replies and not unconfirmed(listed[index - 1].request)


def _to_be_proved(exchange: Exchange, turn: Turn) -> bool:
    """Whether it is an AARQ of high level security, which cannot do without the challenge in the AARE."""
    mechanism = exchange.mechanism
    return turn.request is exchange.request and mechanism is not None and mechanism.high_level


def _wants(exchange: Exchange, turn: Turn) -> bool:
    block = turn.request.carried
    if isinstance(block, GeneralBlockTransfer):
        return not block.streaming and turn.request.joined is not None
    return turn.request is not exchange.request or not isinstance(block, Aarq)


def _silent(listed: Sequence[Turn], index: int) -> Statement:
    request = listed[index].request
    later = listed[index + 1 :]
    severity: Severity = "warning"
    if not later:
        then = "it is the last request of the exchange"
    elif any(turn.replies for turn in later):
        then, severity = "later requests are answered", "error"
    else:
        then, severity = f"nor are the {len(later)} behind it", "error"
    special = _special(request)
    text = f"The {request.name} of frame {request.frame}{special} gets no reply; {then}."
    return request.state(SILENT, severity, Evidence.READ, "", text)


def _special(request: Step) -> str:
    error = request.parts[-1].dissection.error
    if error is not None:
        return f", which is no legal APDU ({error}),"
    if request.seal is not None and request.seal.tried and request.seal.opening is None:
        return ", which opens with no key that is known,"
    return ""


def _lost(exchange: Exchange, listed: Sequence[Turn]) -> Iterator[Statement]:
    served: dict[bytes, Step] = {}
    opened = _opened(exchange)
    for turn in listed:
        key, reply = turn.request.plain, turn.reply
        if turn.request.tag in _ACSE or turn.request.carried is None:
            served.clear()
            opened = opened if turn.request is exchange.request else None
        opened = _proved(exchange, turn) or opened
        if not key or reply is None:
            continue
        value = reply.value
        if isinstance(value, ExceptionResponse):
            before = served.get(key[:2] + key[3:]) or (opened if _plain_get(exchange, turn) else None)
            if before is not None and value.state_error == _NOT_ALLOWED and value.service_error == _NOT_ALLOWED:
                text = (
                    f"The {turn.request.name} is refused as not allowed in this state; frame {before.frame} shows the "
                )
                text += "association open."
                yield reply.state(LOST, "warning", Evidence.INFERRED, "exception-response.state-error", text, weight=8)
                return
        elif value is not None and serves(reply):
            served.setdefault(key[:2] + key[3:], reply)


def _opened(exchange: Exchange) -> Step | None:
    """The AARE that opens the association by itself: no pass 3 is to follow."""
    aare, mechanism = exchange.aare, exchange.mechanism
    if aare is None or not aare.accepted or (mechanism is not None and mechanism.high_level):
        return None
    return exchange.response


def _proved(exchange: Exchange, turn: Turn) -> Step | None:
    """The reply that accepts pass 3."""
    value, mechanism = turn.request.value, exchange.mechanism
    if not isinstance(value, ActionRequestNormal) or mechanism is None or not mechanism.high_level:
        return None
    pass_3 = (value.method.class_id, value.method.method_id) == (15, 1)
    return turn.reply if pass_3 and serves(turn.reply) else None


def _plain_get(exchange: Exchange, turn: Turn) -> bool:
    """A get-request for one attribute that was negotiated and is protected as the association is."""
    settled, seal = exchange.negotiated, turn.request.seal
    ciphered = exchange.context is not None and exchange.context.ciphered
    right = seal is None if not ciphered else seal is not None and as_prescribed(seal)
    negotiated = settled is not None and ConformanceBit.GET in settled.negotiated_conformance
    return isinstance(turn.request.value, GetRequestNormal) and right and negotiated
