"""Requests and replies behind the wrapper: which belong together, their wPorts, and silence."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from conformance.diagnose.intake.conversation import Unit
from conformance.diagnose.layers.seen import slow
from conformance.diagnose.layers.statements import Statements
from conformance.diagnose.layers.wrapper_unit import WrapperUnit
from conformance.diagnose.reasoning.statement import Change

_MANAGEMENT: Final = 1
"""wPort of the management logical device, which every meter has."""
_LARGEST_CLIENT: Final = 0x7F
_REQUESTS: Final = frozenset(b"\x60\x62\x05\x06\xc0\xc1\xc3\xc8\xc9\xcb\xd0\xd1\xd3\xd9\xdb\xdc\xdd\xdf\xe0")
_REFUSALS: Final = (b"\xd8", b"\x0e", b"\x61")
_ERRORS: Final = (b"\xd8", b"\x0e")
_AARE: Final = b"\x61"
_ACCEPTED: Final = b"\xa2\x03\x02\x01\x00"
"""The component result of an AARE that accepts."""
_MOST_PENDING: Final = 16
_MOST_PAIRS: Final = 256


@dataclass(frozen=True, slots=True)
class Answered:
    """wPorts of requests that were answered."""

    clients: frozenset[int]
    servers: frozenset[int]


def matched(pdus: Sequence[WrapperUnit], said: Statements) -> dict[int, WrapperUnit]:
    """The reply to each request, by the index of the request; wPorts decide, then the order."""
    found: dict[int, WrapperUnit] = {}
    sent: list[WrapperUnit] = []
    received: list[WrapperUnit] = []
    for pdu in pdus:
        if pdu.direction == "C>S":
            if received:
                _match(sent, received, found, said)
                sent, received = [], []
            sent = [*sent[-_MOST_PENDING:], pdu]
        elif pdu.direction == "S>C":
            received.append(pdu)
    _match(sent, received, found, said)
    return found


def _match(
    sent: list[WrapperUnit], received: list[WrapperUnit], found: dict[int, WrapperUnit], said: Statements
) -> None:
    """Match one run of requests with the run of replies behind it."""
    waiting = [pdu for pdu in sent if not pdu.unconfirmed]
    together = len({piece for pdu in waiting for piece in pdu.unit.pieces}) == 1
    if len(received) < len(waiting) and not together:
        # Who asks again after its time is up gets the reply to what it asked last.
        waiting.reverse()
    # What is wrong in itself is answered by fewer meters than what stands beside it.
    waiting.sort(key=lambda pdu: not pdu.sound)
    strange: list[WrapperUnit] = []
    for reply in received[: 2 * _MOST_PENDING]:
        ours = next((pdu for pdu in waiting if reply.answers(pdu)), None)
        if ours is None:
            strange.append(reply)
        else:
            waiting.remove(ours)
            found[ours.index] = reply
    for reply in strange:
        if not waiting:
            return
        if not reply.unconfirmed and reply.unit.octets != waiting[-1].unit.octets:
            found[waiting[-1].index] = reply
            _reply(reply, waiting.pop(), said)


def ports(pdus: Sequence[WrapperUnit], replies: dict[int, WrapperUnit], said: Statements) -> None:
    """What the wPorts of the requests say."""
    used: set[tuple[int, int]] = set()
    before: WrapperUnit | None = None
    for pdu in pdus:
        if pdu.direction != "C>S":
            continue
        if before is None:
            _summary(pdu, said)
        pair = (pdu.source, pdu.destination)
        if before is not None and pair not in used:
            _moved(pdu, before, replies.get(pdu.index), said)
        if len(used) < _MOST_PAIRS:
            used.add(pair)
        before = pdu


def _summary(pdu: WrapperUnit, said: Statements) -> None:
    text = f"Client wPort {pdu.source} ({pdu.source:#06x}) speaks with server wPort {pdu.destination} "
    said.info("wrapper-ports", pdu.index, "wrapper.destination-wport", f"{text}({pdu.destination:#06x}).")
    if pdu.source > _LARGEST_CLIENT and pdu.destination <= _LARGEST_CLIENT and pdu.source != pdu.destination:
        text = (
            f"Source wPort {pdu.source} is no client SAP (1 to 127), while destination {pdu.destination} could be one"
        )
        hint = "Look whether source and destination are exchanged: client_sap is the source, logical_device the other."
        said.info("wrapper-ports-doubtful", pdu.index, "wrapper.source-wport", f"{text}.", hint)


def _moved(pdu: WrapperUnit, before: WrapperUnit, reply: WrapperUnit | None, said: Statements) -> None:
    if (pdu.source, pdu.destination) == (before.destination, before.source):
        what = "are exchanged against those of the request before"
    else:
        what = f"are not those of the request before, {before.source} and {before.destination}"
    text = f"The wPorts {pdu.source} and {pdu.destination} of this request {what}: it belongs to another association."
    hint = "An association belongs to its pair of wPorts: keep client_sap and logical_device within it."
    opens = pdu.data[:1] == b"\x60"
    say = said.info if opens else said.warning
    say("wrapper-ports-changed", pdu.index, "wrapper.source-wport", text, hint)
    if not opens and reply is not None and reply.data[:1] not in _REFUSALS:
        text = f"The meter serves {pdu.name} from wPort {pdu.source}, which has opened no association in this log."
        hint = "The meter keeps the association by its connection, not by the wPorts; or the log lacks its beginning."
        said.warning("wrapper-ports-lent", reply.index, "wrapper.destination-wport", text, hint)


def _reply(pdu: WrapperUnit, request: WrapperUnit, said: Statements) -> None:
    is_ = f"The reply goes from wPort {pdu.source} to {pdu.destination}"
    if (pdu.source, pdu.destination) == (request.source, request.destination):
        text = f"{is_}, as the request did; a reply has the wPorts of its request swapped: {request.destination} to "
        text += f"{request.source}."
        hint = "The meter copies the header; or these octets are the client's own."
        said.error("wrapper-ports-not-swapped", pdu.index, "wrapper.source-wport", text, hint)
        return
    text = f"{is_}; {request.name} went from {request.source} to {request.destination}."
    hint = "Check logical_device and client_sap, which are the wPorts."
    field = "wrapper.source-wport" if pdu.source != request.destination else "wrapper.destination-wport"
    changes = (Change("association", "logical_device", str(pdu.source)),) if pdu.source != request.destination else ()
    said.error("wrapper-ports-wrong", pdu.index, field, text, hint, changes=changes)


def silence(
    units: Sequence[tuple[int, Unit]], pdus: Sequence[WrapperUnit], replies: dict[int, WrapperUnit], said: Statements
) -> None:
    """A request that nothing follows; over the wrapper a meter drops what it does not know without a word."""
    requests = [pdu for pdu in pdus if pdu.direction == "C>S"]
    answered = Answered(
        frozenset(pdu.source for pdu in requests if pdu.index in replies),
        frozenset(pdu.destination for pdu in requests if pdu.index in replies),
    )
    dropped: WrapperUnit | None = None
    before: WrapperUnit | None = None
    for pdu in requests:
        reply = replies.get(pdu.index)
        if reply is not None:
            slow(reply.index, pdu.unit, reply.unit, said)
            if not pdu.sound and _serves(reply):
                text = f"The meter answers {pdu.name}, whose header is wrong; a receiver must drop it."
                said.warning("wrapper-wrong-header-answered", reply.index, "wrapper.version", text)
        elif not pdu.sound:
            dropped = dropped or pdu
        elif not pdu.unconfirmed:
            if before is not None and before.index in replies and before.unit.pieces == pdu.unit.pieces:
                text = f"Of the two PDUs in one segment only the first is answered, not {pdu.name}."
                hint = "The meter takes one read for one PDU: send the next one after the reply."
                said.warning("second-pdu-unanswered", pdu.index, "", text, hint)
            else:
                _unanswered(pdu, answered, dropped, last=pdu.index == units[-1][0], said=said)
        before = pdu


def _unanswered(
    pdu: WrapperUnit, answered: Answered, dropped: WrapperUnit | None, *, last: bool, said: Statements
) -> None:
    where = f"wPort {pdu.destination} ({pdu.destination:#06x})"
    text = f"No reply to {pdu.name}, from wPort {pdu.source} to {where}."
    field = "wrapper.destination-wport"
    if not answered.servers and dropped is None:
        _never(pdu, text, where, said)
    elif dropped is not None:
        text += f" Since {dropped.name}, whose header is wrong, nothing is answered."
        hint = "The meter does not come back into step after a wrong header: connect anew."
        said.error("silent-after-wrong-header", pdu.index, field, text, hint)
    elif pdu.destination not in answered.servers:
        text += f" Requests to wPort {_listed(answered.servers)} are answered: this one may not exist."
        said.warning("wrapper-port-unanswered", pdu.index, field, text, "Check logical_device.")
    elif pdu.source not in answered.clients:
        text += f" Requests from wPort {_listed(answered.clients)} are answered: the meter may not know this client."
        said.warning("wrapper-client-unanswered", pdu.index, "wrapper.source-wport", text, "Check client_sap.")
    elif len(pdu.unit.pieces) > 1:
        text += f" It came in {len(pdu.unit.pieces)} pieces, and a meter that takes one read for one PDU loses it."
        said.warning("split-pdu-unanswered", pdu.index, "", text, "Send each PDU in one segment.")
    elif pdu.data[0] in _REQUESTS:
        text += " It is the last of the log, which may end before the reply." if last else " Others are answered."
        hint = "Compare it with a request that is answered: protection, invocation counter, length."
        said.warning("request-unanswered", pdu.index, "", text, hint)


def _serves(reply: WrapperUnit) -> bool:
    """Whether a reply grants what was asked; octets that make no sense by their length are refused rightly."""
    if reply.data[:1] == _AARE:
        return _ACCEPTED in reply.data
    return reply.data[:1] not in _ERRORS


def _never(pdu: WrapperUnit, text: str, where: str, said: Statements) -> None:
    """Nothing at all was answered."""
    text += " A meter drops what is addressed to a wPort that it does not have, without a word; silence is no refusal "
    text += "of the association."
    hint = "Check logical_device and client_sap, which are the wPorts."
    changes: tuple[Change, ...] = ()
    if pdu.destination != _MANAGEMENT:
        text += f" Every meter has its management logical device at wPort 1; {where} may not exist."
        hint = "Set logical_device = 1, or the wPort that the maker names; then check client_sap."
        changes = (Change("association", "logical_device", "1"),)
    said.error("no-reply", pdu.index, "wrapper.destination-wport", text, hint, changes=changes)


def _listed(ports: frozenset[int]) -> str:
    return ", ".join(str(port) for port in sorted(ports)[:4])
