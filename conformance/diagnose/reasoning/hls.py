"""Passes 3 and 4 of high level security, recomputed with everything that could have been meant."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from typing import Final, NamedTuple

from conformance.diagnose.reasoning import signed_passes
from conformance.diagnose.reasoning import signs_opening as signs
from conformance.diagnose.reasoning.exchange import Exchange
from conformance.diagnose.reasoning.replies import refuses, reply_to, says_deciphering_error
from conformance.diagnose.reasoning.serving import serves
from conformance.diagnose.reasoning.signs_protection import NONCE_SHARED
from conformance.diagnose.reasoning.statement import Change, Evidence, Severity, Statement
from conformance.diagnose.reasoning.step import Step
from conformance.dlms.acse.enumerations import Mechanism
from conformance.dlms.data.types import Data, DataType
from conformance.dlms.errors import CipherError, DlmsError
from conformance.dlms.security import gmac_reply
from conformance.dlms.security.mechanisms import verify_reply
from conformance.dlms.xdlms.action import ActionRequestNormal, ActionResponseNormal
from conformance.dlms.xdlms.read import ReadRequest, ReadResponse
from conformance.dlms.xdlms.variable_access import ParameterisedAccess, VariableName
from conformance.dlms.xdlms.write import WriteRequest

_ASSOCIATION_LN: Final = 15
_REPLY_TO_HLS: Final = 1
_REPLY_BY_NAME: Final = 0xFA58
_ACTION_TAGS: Final = (0xC3, 0xCB, 0xD3)
_MOST: Final = 2_000
_MANUFACTURER: Final = "aes-ecb"


@dataclass(frozen=True, slots=True)
class Pass:
    """Pass 3 or 4.

    Attributes:
        number: 3 or 4.
        step: that carries it.
        answer: f(challenge) as sent.
        path: of it.
    """

    number: int
    step: Step
    answer: bytes
    path: str


class _Try(NamedTuple):
    """One way to compute f(challenge), and what of it is not as it should be."""

    challenge: tuple[str, bytes]
    own: tuple[str, bytes]
    peer: tuple[str, bytes]
    secret: tuple[str, bytes]
    other: tuple[str, bytes]
    unanswered: bytes
    differs: int


def explain(exchange: Exchange) -> Iterator[Statement]:
    """Every statement about the passes of an exchange."""
    for one in passes(exchange):
        if not one.answer and one.number == 4:
            text = "Pass 4 says success, and carries no f(CtoS): the meter does not prove itself."
            yield one.step.state(signs.PASS4_EMPTY, "error", Evidence.READ, one.path, text, weight=10)
            continue
        yield from _judged(exchange, one)
        yield from _nonce(exchange, one)
    yield from _refused(exchange)


def passes(exchange: Exchange) -> Iterator[Pass]:
    """The passes that can be read."""
    asked: Step | None = None
    for step in exchange.steps:
        value = step.value
        short = short_name_pass(value)
        if short is not None and step.direction == "C>S":
            asked = step
            yield Pass(3, step, short, "variable-access-specification")
        elif short is not None and asked is not None:
            asked = None
            yield Pass(4, step, short, "result")
        elif isinstance(value, ActionRequestNormal) and _is_pass_3(value):
            asked = step
            parameters = value.parameters
            if parameters is not None and parameters.type is DataType.OCTET_STRING:
                yield Pass(3, step, parameters.value, "action-request.method-invocation-parameters")
        elif isinstance(value, ActionResponseNormal) and asked is not None:
            asked = None
            given = value.return_parameters
            if given is None and value.result == 0:
                yield Pass(4, step, b"", "action-response.single-response.return-parameters-present")
            if given is not None and not isinstance(given, int) and given.type is DataType.OCTET_STRING:
                yield Pass(4, step, given.value, "action-response.single-response.return-parameters")


def short_name_pass(value: object) -> bytes | None:
    """f(challenge) in a Read of reply_to_HLS_authentication by short name (FA58), or in its answer."""
    match value:
        case ReadRequest(items=(ParameterisedAccess(name=name, parameter=data),)) if name == _REPLY_BY_NAME:
            return bytes(data.value) if data.type is DataType.OCTET_STRING else None
        case ReadResponse(results=(Data(type=DataType.OCTET_STRING, value=octets),)):
            return bytes(octets)
        case WriteRequest(items=(VariableName(name=name),), values=(data,)) if name == _REPLY_BY_NAME:
            return bytes(data.value) if data.type is DataType.OCTET_STRING else None
    return None


def _is_pass_3(value: ActionRequestNormal) -> bool:
    return (value.method.class_id, value.method.method_id) == (_ASSOCIATION_LN, _REPLY_TO_HLS)


def _judged(exchange: Exchange, one: Pass) -> Iterator[Statement]:
    mechanism = exchange.mechanism
    if mechanism is None or not mechanism.high_level:
        return
    if mechanism is Mechanism.HLS_ECDSA:
        yield from signed_passes.explain(exchange, one.number, one.step, one.answer, one.path)
        return
    challenges = _challenges(exchange, one)
    if challenges is None:
        return
    found = next((way for way in _ways(exchange, one, mechanism, challenges) if _verifies(one, mechanism, way)), None)
    name = f"Pass {one.number}: f({'StoC' if one.number == 3 else 'CtoS'})"
    how = f"under {mechanism.name.replace('_', '-')} ({mechanism.value})"
    severity: Severity = "error" if one.number == 4 or refuses(reply_to(exchange, one.step)) else "warning"
    wrong = found.differs > 0 if found is not None else _known(exchange, mechanism)
    if one.number == 3 and wrong and _accepted(exchange, one.step):
        text = f"{name} {how} is wrong, and the meter accepts it."
        yield one.step.state(signs.PASS3_ACCEPTED, "error", Evidence.PROVEN, one.path, text, weight=15)
    if found is None:
        if _known(exchange, mechanism):
            text = f"{name} {how} is wrong: no key, secret, title or challenge that is known gives these octets."
            yield one.step.state(
                signs.HLS_WRONG, "error", Evidence.PROVEN, one.path, text, changes=_changes(mechanism), weight=15
            )
    elif found.differs:
        told = ", ".join(
            item[0] for item in (found.challenge, found.own, found.peer, found.secret, found.other) if item[0]
        )
        text = f"{name} {how} was computed otherwise than it should be: with {told}."
        yield one.step.state(signs.HLS_OTHERWISE, severity, Evidence.PROVEN, one.path, text, weight=15)
    else:
        yield one.step.state(signs.HLS_VERIFIED, "info", Evidence.PROVEN, one.path, f"{name} {how} is right.")


def _accepted(exchange: Exchange, step: Step) -> bool:
    """Whether the meter says success to pass 3, in an answer that opens as it should."""
    reply = reply_to(exchange, step)
    if reply is None or not serves(reply) or reply.value is None:
        return False
    opening = None if reply.seal is None else reply.seal.opening
    return opening is None or not opening.differs


def _changes(mechanism: Mechanism) -> tuple[Change, ...]:
    if mechanism is Mechanism.HLS_GMAC:
        return Change("association", "encryption_key"), Change("association", "authentication_key")
    return (Change("association", "secret"),)


def _known(exchange: Exchange, mechanism: Mechanism) -> bool:
    """Whether everything that the computation needs was declared."""
    keys = exchange.keys
    if mechanism is Mechanism.HLS_GMAC:
        return keys.encryption is not None and keys.authentication is not None and bool(exchange.client_title)
    return keys.password is not None and mechanism is not Mechanism.HLS


def _challenges(exchange: Exchange, one: Pass) -> tuple[tuple[str, bytes], ...] | None:
    """The challenge that is answered, then the other one."""
    aarq, aare = exchange.aarq, exchange.aare
    if aarq is None or aare is None:
        return None
    client, server = aarq.calling_authentication_value or b"", aare.responding_authentication_value or b""
    if not client or not server:
        return None
    if one.number == 3:
        return ("", server), ("the client's own challenge in place of the meter's", client)
    return ("", client), ("the meter's own challenge in place of the client's", server)


def _ways(
    exchange: Exchange, one: Pass, mechanism: Mechanism, challenges: tuple[tuple[str, bytes], ...]
) -> Iterator[_Try]:
    """Every way to compute it, the right one first."""
    client, server = exchange.client_title, exchange.server_title
    own, peer = (client, server) if one.number == 3 else (server, client)
    titles = [(("", own), ("", peer)), (("both titles swapped", peer), ("", own))]
    titles.append((("a system title of zeros", bytes(8)), ("", peer)))
    candidates = [(key.name, key.octets) for key in exchange.keys.candidates()]
    if mechanism is Mechanism.HLS_GMAC:
        right, other = exchange.keys.encryption, exchange.keys.authentication
        secrets = _first(candidates, None if right is None else right.octets, " as encryption key")
        others = _first(candidates, None if other is None else other.octets, " as authentication key")
        others = [*others, ("no authentication key" if other is not None else "", b"")]
    else:
        password = exchange.keys.password
        secrets = _first(candidates, None if password is None else password.reveal(), " as secret")
        others = [("", b"")]
    ways = []
    for at in product(*(range(len(choice)) for choice in (challenges, titles, secrets, others))):
        challenge, title, unanswered = challenges[at[0]], titles[at[1]], challenges[1 - at[0]][1]
        named = (challenge[0], title[0][0], secrets[at[2]][0], others[at[3]][0])
        differs = sum(1 for name in named if name)
        ways.append(_Try(challenge, *title, secrets[at[2]], others[at[3]], unanswered, differs))
    ways.sort(key=lambda way: way.differs)
    yield from ways[:_MOST]


def _first(candidates: list[tuple[str, bytes]], right: bytes | None, role: str) -> list[tuple[str, bytes]]:
    """The declared key or secret, then the others by name; where none is declared, none is another one."""
    if right is None:
        return [("", octets) for _, octets in candidates]
    return [("", right), *((f"{name}{role}", octets) for name, octets in candidates if octets != right)]


def _verifies(one: Pass, mechanism: Mechanism, way: _Try) -> bool:
    try:
        if mechanism is Mechanism.HLS_GMAC:
            gmac_reply.verify(
                one.answer,
                way.challenge[1],
                system_title=way.own[1],
                encryption_key=way.secret[1],
                authentication_key=way.other[1],
            )
            return True
        verify_reply(
            _MANUFACTURER if mechanism is Mechanism.HLS else mechanism,
            one.answer,
            challenge=way.challenge[1],
            peer_challenge=way.unanswered,
            secret=way.secret[1],
            own_title=way.peer[1],
            peer_title=way.own[1],
            encryption_key=b"",
            authentication_key=b"",
        )
    except (CipherError, DlmsError):
        return False
    return True


def _nonce(exchange: Exchange, one: Pass) -> Iterator[Statement]:
    """The counter of the answer against that of the APDU around it."""
    seal = one.step.seal
    gmac = exchange.mechanism is Mechanism.HLS_GMAC and len(one.answer) == gmac_reply.OCTETS
    if seal is None or seal.dedicated or not gmac or not seal.needs_key:
        return
    counter = int.from_bytes(one.answer[1:5], "big")
    if counter == seal.counter:
        text = f"Pass {one.number}: the tag over the challenge and the APDU around it use the same counter, {counter}."
        yield one.step.state(NONCE_SHARED, "info", Evidence.READ, one.path, text)


def _refused(exchange: Exchange) -> Iterator[Statement]:
    """The first request behind an AARE of high level security, where the meter refuses it."""
    if exchange.response is None or exchange.mechanism is None or not exchange.mechanism.high_level:
        return
    position = exchange.response.position
    step = next((later for later in exchange.steps[position + 1 :] if later.direction == "C>S"), None)
    if step is None or (step.tag not in _ACTION_TAGS and not isinstance(step.value, ActionRequestNormal)):
        return
    if isinstance(step.value, ActionRequestNormal) and not _is_pass_3(step.value):
        return
    reply = reply_to(exchange, step)
    if reply is None or not refuses(reply):
        return
    said = reply.value.describe() if hasattr(reply.value, "describe") else f"action-result {reply.value.result}"
    text = f"Pass 3 ({step.name}) is refused: {said} ({reply.octets[:8].hex(' ').upper()})."
    yield reply.state(signs.HLS_REFUSED, "error", Evidence.READ, "", text, weight=5)
    if step.seal is not None and step.seal.dedicated and says_deciphering_error(reply):
        text = (
            f"Pass 3 is sent as {step.name} ({step.tag:02X}), under the dedicated key. The meter expects it under the "
            "global key (glo-action-request, CB), and the dedicated key only once the association is established."
        )
        change = (Change("association", "pass3_key", '"global"'),)
        yield step.state(signs.PASS3_DEDICATED, "error", Evidence.INFERRED, "", text, changes=change, weight=20)
