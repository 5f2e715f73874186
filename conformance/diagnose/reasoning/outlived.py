"""Associations that live on when what carried them is over, or that lend themselves to another connection."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from conformance.diagnose.intake.conversation import Conversation, Layer
from conformance.diagnose.intake.frame_look import FrameLook, look
from conformance.diagnose.reasoning.exchange import Exchange
from conformance.diagnose.reasoning.serving import serves
from conformance.diagnose.reasoning.statement import Evidence, Sign, Statement
from conformance.diagnose.reasoning.turns import Turn, turns
from conformance.dlms.acse.release import Rlrq
from conformance.dlms.hdlc.control import FrameType

_Place = tuple[int, tuple[int, int] | None]
"""A group of connections, and the SAPs of client and server."""
_SERVICES: Final = frozenset((0x05, 0x06, 0xC0, 0xC1, 0xC3, 0xD9))
_MOST_UNITS: Final = 4_096
"""Frames behind an AARE among which the end of its link is looked for."""

CONNECTION: Final = Sign(
    "association-lent-to-connection",
    "An association is served on another connection",
    "The client opened it on one connection and asks on another one, without an AARQ there; the meter serves. An "
    "association ends with its connection, and belongs to that one alone.",
    "The meter is at fault: it keeps associations by their addresses, and looks neither at the end of a connection nor "
    "at which one a request comes on.",
)
LINK: Final = Sign(
    "association-outlives-link",
    "An association lives on after its data link",
    "The HDLC link was set up anew or disconnected, and no AARQ followed; the meter serves all the same. An "
    "association ends with the data link that carries it.",
    "The meter is at fault: its application layer is to be told that the link was lost.",
)


def explain(conversation: Conversation, exchanges: Sequence[Exchange]) -> Iterator[Statement]:
    """The first request of each exchange that an association of the past, or of another connection, serves."""
    opened: dict[_Place, Exchange] = {}
    for exchange in exchanges:
        group = conversation.streams[exchange.stream].group
        place = group, exchange.saps
        if exchange.request is None:
            before = opened.get(place)
            if group and before is not None and not _released(before):
                yield from _lent(conversation, exchange, before)
        elif exchange.aare is not None and exchange.aare.accepted:
            opened[place] = exchange
            yield from _after_reset(conversation, exchange)


def _lent(conversation: Conversation, exchange: Exchange, opened: Exchange) -> Iterator[Statement]:
    own, there = conversation.streams[exchange.stream], conversation.streams[opened.stream]
    turn = next((turn for turn in turns(exchange) if _served(turn)), None)
    if own.connection == there.connection or turn is None or exchange.saps is None:
        return
    if opened.response is None or opened.response.frame > turn.request.frame:
        return
    goes_on = any(step.frame > turn.request.frame for step in opened.steps)
    text = (
        f"The {turn.request.name} on connection {own.connection} is served, and no AARQ came on it: the association is "
        f"that of connection {there.connection}{', which is still in use' if goes_on else ', and was not released'}."
    )
    yield turn.request.state(CONNECTION, "error", Evidence.INFERRED, "", text, weight=9)


def _after_reset(conversation: Conversation, exchange: Exchange) -> Iterator[Statement]:
    stream, response = conversation.streams[exchange.stream], exchange.response
    if stream.layer is not Layer.HDLC or exchange.saps is None or response is None:
        return
    asked = [turn for turn in turns(exchange) if turn.request.frame > response.frame]
    released = next((turn.request.frame for turn in asked if isinstance(turn.request.value, Rlrq)), None)
    if not asked:
        return
    reset = _reset(conversation, exchange, response.frame, asked[-1].request.frame)
    if reset is None:
        return
    number, how = reset
    for turn in asked:
        if turn.request.frame > number and (released is None or released > turn.request.frame) and _served(turn):
            at = conversation.units[number - 1].place
            text = f"The {turn.request.name} is served, although the link was {how} by {at} and no AARQ came since."
            yield turn.request.state(LINK, "error", Evidence.INFERRED, "", text, weight=9)
            return


def _reset(conversation: Conversation, exchange: Exchange, first: int, last: int) -> tuple[int, str] | None:
    """The first UA to SNRM or DISC on the link of an exchange between two frames, and what it did."""
    asked: FrameLook | None = None
    for number, unit in enumerate(conversation.units[first : min(last, first + _MOST_UNITS)], first + 1):
        view = look(unit.octets) if unit.stream == exchange.stream and unit.whole else None
        if view is None:
            continue
        if unit.direction == "C>S":
            asked = view
        elif asked is not None and view.control.type is FrameType.UA:
            pair = asked.source.upper, asked.destination.upper
            if pair == exchange.saps and asked.control.type is FrameType.SNRM:
                return number, "set up anew"
            if pair == exchange.saps and asked.control.type is FrameType.DISC:
                return number, "disconnected"
    return None


def _released(exchange: Exchange) -> bool:
    return any(isinstance(turn.request.value, Rlrq) and serves(turn.reply) for turn in turns(exchange))


def _served(turn: Turn) -> bool:
    return bool(turn.request.plain) and turn.request.plain[0] in _SERVICES and serves(turn.reply)
