"""Connections beside and behind one another: a meter that mixes them up, or is held up by one of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Final

from conformance.diagnose.intake.conversation import Conversation, Layer, Stream, Unit
from conformance.diagnose.layers.statements import Statements
from conformance.diagnose.layers.wrapper_turns import matched
from conformance.diagnose.layers.wrapper_unit import WrapperUnit, read_unit

_DESTINATION: Final = "wrapper.destination-wport"
_MOST: Final = 64
"""Connections of one subtest that are compared."""
_MOST_REQUESTS: Final = 16
"""Requests without a reply that are looked at on each of them."""


@dataclass(slots=True)
class _Connection:
    """A TCP connection, or a UDP port of the client, within one subtest."""

    stream: Stream
    pdus: list[WrapperUnit] = field(default_factory=list)
    replies: dict[int, WrapperUnit] = field(default_factory=dict)

    @property
    def first(self) -> int:
        return self.pdus[0].index

    @property
    def name(self) -> str:
        return f"connection {self.stream.connection}"

    def answered_before(self, index: int) -> int | None:
        """Index of the last reply before a unit; None where there is none."""
        return max((reply.index for reply in self.replies.values() if reply.index < index), default=None)

    def unanswered(self) -> Iterator[WrapperUnit]:
        """Requests that a receiver takes, ask for an answer, and get none."""
        for pdu in self.pdus:
            if pdu.direction == "C>S" and pdu.sound and not pdu.unconfirmed and pdu.index not in self.replies:
                yield pdu


def explain(conversation: Conversation, units: Sequence[Sequence[tuple[int, Unit]]], said: Statements) -> None:
    """What becomes of requests on one connection because of another one of the same subtest.

    Args:
        conversation: whose streams are looked at.
        units: of each stream, with their indices.
        said: takes what is found.
    """
    groups: dict[int, list[_Connection]] = {}
    for stream, own in zip(conversation.streams, units, strict=True):
        if stream.group and stream.layer is Layer.WRAPPER:
            pdus = [pdu for index, unit in own if (pdu := read_unit(index, unit)) is not None]
            members = groups.setdefault(stream.group, [])
            if pdus and len(members) < _MOST:
                members.append(_Connection(stream, pdus, matched(pdus, said.aside())))
    for members in groups.values():
        if len(members) > 1:
            _explain(members, said)


def _explain(members: Sequence[_Connection], said: Statements) -> None:
    for own in members:
        others = [other for other in members if other.stream.connection != own.stream.connection]
        for request in islice(own.unanswered(), _MOST_REQUESTS):
            partial = _partial(others, request.index)
            newer = _newer(own, others, request.index)
            if _misdirected(own, others, request, said):
                pass
            elif partial is not None:
                _blocked(own, request, partial, said)
            elif newer is not None:
                _superseded(own, newer, request, said)
            elif own.answered_before(request.index) is None:
                _held_back(own, others, request, said)


def _partial(others: Sequence[_Connection], index: int) -> tuple[_Connection, WrapperUnit] | None:
    """A PDU on another connection that was not whole when a request came, and of which no more came."""
    for other in others:
        sent = [pdu for pdu in other.pdus if pdu.direction == "C>S" and pdu.index < index]
        if sent and sent[-1].length > len(sent[-1].data):
            return other, sent[-1]
    return None


def _newer(own: _Connection, others: Sequence[_Connection], index: int) -> _Connection | None:
    """A connection that was opened between the last reply on this one and a request."""
    answered = own.answered_before(index)
    if answered is None:
        return None
    return next((other for other in others if answered < other.first < index), None)


def _misdirected(own: _Connection, others: Sequence[_Connection], request: WrapperUnit, said: Statements) -> bool:
    """Whether the reply came on another connection, on which nobody uses its wPorts."""
    for other in others:
        used = {(pdu.source, pdu.destination) for pdu in other.pdus if pdu.direction == "C>S"}
        if (request.source, request.destination) in used:
            continue
        reply = next((pdu for pdu in other.pdus if pdu.index > request.index and pdu.answers(request)), None)
        if reply is not None and reply.direction == "S>C":
            text = f"{reply.name} answers {request.name} on {other.name}; the request came on {own.name}."
            hint = "The meter keeps one socket to answer on: it must answer on the connection of the request."
            said.error("reply-on-another-connection", reply.index, _DESTINATION, text, hint)
            return True
    return False


def _blocked(
    own: _Connection, request: WrapperUnit, partial: tuple[_Connection, WrapperUnit], said: Statements
) -> None:
    other, cut = partial
    text = (
        f"{request.name} on {own.name} gets no reply while {cut.name} on {other.name} is not whole: "
        f"{len(cut.data)} of its {cut.length} octets came."
    )
    hint = "The meter has one receive buffer for all connections: what is not whole on one spoils the others."
    said.error("silent-since-partial-pdu", request.index, _DESTINATION, text, hint)


def _superseded(own: _Connection, newer: _Connection, request: WrapperUnit, said: Statements) -> None:
    text = f"{request.name} on {own.name} gets no reply since {newer.name} was opened; before that it was served"
    if own.stream.ended_by == "server":
        text += ", and the meter has closed it."
        hint = "The meter takes one connection at a time, and ends the old one: it may refuse the new one instead."
        said.warning("connection-ended-by-another", request.index, _DESTINATION, text, hint)
        return
    text += ", and the meter has not closed it."
    hint = "The meter answers on the connection that was opened last, or on none: each has its own replies."
    said.error("silent-since-another-connection", request.index, _DESTINATION, text, hint)


def _held_back(own: _Connection, others: Sequence[_Connection], request: WrapperUnit, said: Statements) -> None:
    before = [other for other in others if other.replies and other.pdus[-1].index < own.first]
    if not before:
        return
    served = before[-1]
    text = f"{request.name} on {own.name} gets no reply, though {served.name} was served before it in the same test."
    hint = "The meter has not noticed that the earlier connection is over, or has no room for another: wait, or close."
    said.warning("new-connection-unanswered", request.index, _DESTINATION, text, hint)
