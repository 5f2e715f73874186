"""Requests that are not legal and are served all the same: what the meter should have refused."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from conformance.diagnose.reasoning.exchange import Exchange
from conformance.diagnose.reasoning.seal import Seal
from conformance.diagnose.reasoning.serving import serves
from conformance.diagnose.reasoning.statement import Evidence, Sign, Statement
from conformance.diagnose.reasoning.step import Step
from conformance.diagnose.reasoning.turns import Turn, turns
from conformance.dlms.acse.aarq import Aarq
from conformance.dlms.acse.release import Rlrq
from conformance.dlms.security.control import SUITES
from conformance.dlms.xdlms.access import AccessRequest
from conformance.dlms.xdlms.action import ActionRequestNormal, ActionRequestWithList
from conformance.dlms.xdlms.attribute import MethodDescriptor
from conformance.dlms.xdlms.conformance import ConformanceBit
from conformance.dlms.xdlms.get import GetRequestWithList
from conformance.dlms.xdlms.read import ReadRequest
from conformance.dlms.xdlms.set import SetRequestWithList
from conformance.dlms.xdlms.write import WriteRequest

READ, PROVEN = Evidence.READ, Evidence.PROVEN
_AT_FAULT: Final = "The meter is at fault: it must refuse this request."
_BITS: Final = {
    0xC0: ConformanceBit.GET,
    0xC1: ConformanceBit.SET,
    0xC3: ConformanceBit.ACTION,
    0xD9: ConformanceBit.ACCESS,
    0x05: ConformanceBit.READ,
    0x06: ConformanceBit.WRITE,
}
_SERVICES: Final = frozenset(_BITS)

MALFORMED: Final = Sign(
    "malformed-request-served",
    "A request that is no legal APDU is served",
    "Octets are missing or left over, or a choice is not defined: what the meter carried out was not asked for.",
    _AT_FAULT,
)
NOT_NEGOTIATED: Final = Sign(
    "unnegotiated-service-served",
    "A service is served that was not negotiated",
    "Its bit is not in the negotiated conformance; the client may use it by mistake and find another meter refuse it.",
    _AT_FAULT,
)
TAG: Final = Sign(
    "unauthenticated-request-served",
    "A request whose tag does not verify is served",
    "The tag of the request is not made with the keys and titles of this association.",
    "The meter is at fault: anybody can send such a request.",
)
COUNTER: Final = Sign(
    "stale-counter-served",
    "A request with a used invocation counter is served",
    "Its counter is not above the last one that was accepted under the same key: it can be a recording.",
    "The meter is at fault: anybody can play a recorded request again.",
)
CLEAR: Final = Sign(
    "clear-request-served",
    "A request in clear is served in a ciphered association",
    "The association was opened with ciphering, and the request is not protected at all.",
    "The meter is at fault, unless its security policy asks for no protection.",
)
SUITE: Final = Sign(
    "other-suite-served",
    "A request of another security suite is served",
    "The security control names another suite than the association was opened with, or one that does not exist.",
    _AT_FAULT,
)
TITLE: Final = Sign(
    "other-title-served",
    "A request in the name of another system title is served",
    "The system title in the APDU is not that of the client, or has not 8 octets.",
    _AT_FAULT,
)
BEFORE_PASS_3: Final = Sign(
    "served-before-pass-3",
    "A request is served before the client has authenticated",
    "With high level security nothing but reply_to_HLS_authentication is served before pass 3 is accepted.",
    "The meter is at fault: whoever knows the address can use it.",
)
NO_ASSOCIATION: Final = Sign(
    "served-without-association",
    "A request is served though no association is open",
    "None was opened on this connection, or it was released.",
    "The meter is at fault, unless the association is a pre-established one.",
)
COUNTS: Final = Sign(
    "mismatched-counts-served",
    "A list with more items than values is served",
    "A request with list has one value for each item; where the numbers differ nothing tells which belongs to which.",
    _AT_FAULT,
)
LIST: Final = Sign(
    "unnegotiated-list-served",
    "A list is served though multiple-references was not negotiated",
    "Requests for several attributes, methods or names need the conformance bit multiple-references.",
    _AT_FAULT,
)


def explain(exchange: Exchange) -> Iterator[Statement]:
    """Every request of an exchange that is served and should not be."""
    proved = exchange.mechanism is None or not exchange.mechanism.high_level
    released = False
    accepted: dict[tuple[bool, bool], int] = {}
    opened = exchange.aare is not None and exchange.aare.accepted
    for turn in turns(exchange):
        request, served = turn.request, serves(turn.reply)
        value = request.value
        if _about_pass_3(value):
            proved |= served
        elif served and _is_service(request) and not proved and opened:
            text = f"The {request.name} is served, and pass 3 has not been accepted yet."
            yield _stated(turn, BEFORE_PASS_3, "", text)
        if served and not isinstance(value, Aarq):
            yield from _against(exchange, turn, accepted)
            if _is_service(request) and (released or exchange.request is None):
                why = "after the association was released" if released else "and no AARQ came before it"
                yield _stated(turn, NO_ASSOCIATION, "", f"The {request.name} is served, {why}.", Evidence.INFERRED)
        released |= isinstance(value, Rlrq) and served
        if served and request.seal is not None:
            key = request.seal.dedicated, request.seal.control.broadcast_key
            accepted[key] = max(request.seal.counter, accepted.get(key, -1))


def _stated(turn: Turn, sign: Sign, path: str, text: str, evidence: Evidence = READ) -> Statement:
    return turn.request.state(sign, "error", evidence, path, text, weight=8)


def _is_service(step: Step) -> bool:
    return bool(step.plain) and step.plain[0] in _SERVICES


def _about_pass_3(value: Any) -> bool:
    """Whether a request is pass 3, or its first block."""
    method = getattr(value, "method", None)
    return isinstance(method, MethodDescriptor) and (method.class_id, method.method_id) == (15, 1)


def _is_pass_3(value: ActionRequestNormal) -> bool:
    return (value.method.class_id, value.method.method_id) == (15, 1)


def _against(exchange: Exchange, turn: Turn, accepted: dict[tuple[bool, bool], int]) -> Iterator[Statement]:
    request = turn.request
    error = request.parts[-1].dissection.error
    if error is not None and request.whole and not isinstance(request.carried, Aarq):
        yield _stated(turn, MALFORMED, error.path, f"The {request.name} is no legal APDU ({error}), and it is served.")
    yield from _negotiation(exchange, turn)
    yield from _counts(turn, request.value)
    seal = request.seal
    ciphered = exchange.context is not None and exchange.context.ciphered
    if seal is None and request.signature is None and ciphered and (_is_service(request) or request.tag == 0x62):
        yield _stated(turn, CLEAR, "", f"The {request.name} is in clear, and it is served.")
    if seal is not None:
        yield from _protection(exchange, turn, seal, accepted)


def _negotiation(exchange: Exchange, turn: Turn) -> Iterator[Statement]:
    settled, request = exchange.negotiated, turn.request
    if settled is None or not request.plain:
        return
    bits, value = settled.negotiated_conformance, request.value
    bit = _BITS.get(request.plain[0])
    if bit is not None and bit not in bits and not (isinstance(value, ActionRequestNormal) and _is_pass_3(value)):
        text = f"The {request.name} is served, and {bit.label} is not in the negotiated conformance."
        yield _stated(turn, NOT_NEGOTIATED, "", text)
    several = isinstance(value, GetRequestWithList | SetRequestWithList | ActionRequestWithList)
    several |= isinstance(value, ReadRequest | WriteRequest) and len(value.items) > 1
    if several and ConformanceBit.MULTIPLE_REFERENCES not in bits:
        text = f"The {request.name} names several items, and multiple-references is not in the negotiated conformance."
        yield _stated(turn, LIST, "", text)


def _counts(turn: Turn, value: Any) -> Iterator[Statement]:
    pair: tuple[int, int] | None = None
    match value:
        case SetRequestWithList(attributes=items, values=given) | WriteRequest(items=items, values=given):
            pair = len(items), len(given)
        case ActionRequestWithList(methods=items, parameters=given):
            pair = len(items), len(given)
        case AccessRequest(specifications=items, data=given):
            pair = len(items), len(given)
    if pair is not None and pair[0] != pair[1]:
        text = f"The {turn.request.name} names {pair[0]} items with {pair[1]} values, and it is served."
        yield _stated(turn, COUNTS, "", text)


def _protection(
    exchange: Exchange, turn: Turn, seal: Seal, accepted: dict[tuple[bool, bool], int]
) -> Iterator[Statement]:
    opening = seal.opening
    wrong = opening is None or (opening.evidence is READ and seal.control.authenticated)
    reply = None if turn.reply is None else turn.reply.seal
    other_keys = reply is not None and (reply.opening is None or bool(reply.opening.differs))
    differs = wrong or (opening is not None and bool(opening.differs))
    if seal.tried and seal.control.authenticated and differs and not other_keys:
        how = (
            "under no key that is known"
            if opening is None or wrong
            else f"with another {', '.join(opening.differs)} only"
        )
        text = f"The tag of the {turn.request.name} verifies {how}, and the request is served."
        yield _stated(turn, TAG, "authentication-tag", text, PROVEN)
    highest = accepted.get((seal.dedicated, seal.control.broadcast_key))
    if highest is not None and seal.counter <= highest and not seal.brings_key and seal.needs_key:
        text = f"The invocation counter {seal.counter} is served, and {highest} was accepted before."
        yield _stated(turn, COUNTER, "security-header.invocation-counter", text)
    opened = None if exchange.request is None else exchange.request.seal
    suite = None if opened is None else opened.control.suite
    if seal.control.suite not in SUITES or (suite is not None and seal.control.suite != suite):
        text = f"The {turn.request.name} says security suite {seal.control.suite}, and it is served."
        yield _stated(turn, SUITE, "security-header.security-control", text)
    title, client = seal.carried_title, exchange.client_title
    if title and client and title != client:
        told, own = title.hex().upper(), client.hex().upper()
        text = f"The {turn.request.name} carries the system title {told}, the client's is {own}."
        yield _stated(turn, TITLE, "system-title", text)
