"""Two exchanges beside each other, one that works and one that fails: the differences that matter come first."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from conformance.device.association_toml import MECHANISMS
from conformance.diagnose.intake.conversation import Conversation, Layer, Unit
from conformance.diagnose.intake.frame_look import look
from conformance.diagnose.reasoning.acse import context_words, mechanism_words, reason
from conformance.diagnose.reasoning.counters import little_endian, reversed_octets
from conformance.diagnose.reasoning.diagnosis import Diagnosis, redacted
from conformance.diagnose.reasoning.exchange import Exchange
from conformance.diagnose.reasoning.initiate import block
from conformance.diagnose.reasoning.saps import saps
from conformance.diagnose.reasoning.statement import Change, Evidence, Sign, Statement
from conformance.diagnose.reasoning.step import Step
from conformance.dlms.acse.enumerations import ApplicationContext
from conformance.dlms.security.ciphered import NAMES
from conformance.dlms.security.secret import Secret

_CONTEXTS: Final = {1: '"ln"', 2: '"sn"', 3: '"ln-ciphered"', 4: '"sn-ciphered"'}
_FORMS: Final = {"in clear": "none", "glo-initiate-request": "glo", "general-glo-ciphering": "general-glo"}
_WORTH_CHANGING: Final = 45
"""Weight of a difference from which on a change of the device config is suggested."""
DIFFERS: Final = Sign(
    "differs-from-other",
    "A field differs between the two exchanges",
    "The first file fails where the one given with --against works, or the other way round: what is asked differently "
    "stands first, in the order in which such differences break an association.",
    "Make it as in the exchange that works.",
)
SAME: Final = Sign(
    "same-as-other",
    "The two exchanges ask for the same",
    "Nothing that was compared differs; the cause lies in what cannot be: keys, counters kept by the meter, time.",
)


@dataclass(frozen=True, slots=True)
class Trait:
    """One thing that an exchange asks for or says.

    Attributes:
        name: in messages; the same in both exchanges.
        value: in words.
        weight: how likely a difference breaks an association.
        step: that shows it; None where it is shown by what is missing.
        path: of the field.
        change: the key of the device config; empty where there is none.
        toml: its value there; empty where the user has to find it.
        table: of that key.
        number: of a value that may only grow; a lower one in the other exchange is no reason to change it.
    """

    name: str
    value: str
    weight: int
    step: Step | None = None
    path: str = ""
    change: str = ""
    toml: str = ""
    table: str = "association"
    number: int | None = None


def compare(one: Diagnosis, other: Diagnosis) -> tuple[Statement, ...]:
    """What the first asks for otherwise than the second; the heaviest difference first.

    Of the first the exchange that was refused is looked at where there is one, else the first with an AARQ; of the
    second that which is most like it. Where one has no AARQ, only who is addressed can be compared.
    """
    first = _chosen(one)
    second = None if first is None else _counterpart(other, one, first)
    if first is None or second is None:
        addressed = {item.name: item for item in _addressing(other.conversation)}
        return tuple(_differences(list(_addressing(one.conversation)), addressed))
    traits, others = _traits(one.conversation, first), {item.name: item for item in _traits(other.conversation, second)}
    found = sorted(_differences(traits, others), key=lambda item: (-item.weight, item.frame))
    if not found and first.request is not None:
        text = "The two exchanges ask for the same; only keys, counters of the meter or time can differ."
        return (first.request.state(SAME, "info", Evidence.INFERRED, "", text),)
    return tuple(redacted(one.redactor, item) for item in found)


def _differences(traits: Sequence[Trait], others: dict[str, Trait]) -> Iterator[Statement]:
    for trait in traits:
        counterpart = others.get(trait.name)
        if counterpart is None or counterpart.value == trait.value:
            continue
        text = f"{trait.name}: {trait.value} here, {counterpart.value} in the other exchange."
        answer = trait.weight == 0
        lower = trait.number is not None and counterpart.number is not None and counterpart.number < trait.number
        told = trait.change and trait.weight >= _WORTH_CHANGING and not lower
        changes = (Change(trait.table, trait.change, counterpart.toml),) if told else ()
        if trait.step is None:
            yield Statement(
                DIFFERS, "warning", Evidence.READ, 0, "", b"", text, DIFFERS.suggestion, changes, weight=trait.weight
            )
        else:
            yield trait.step.state(
                DIFFERS,
                "info" if answer else "warning",
                Evidence.READ,
                trait.path,
                text,
                "" if answer else None,
                changes=changes,
                weight=trait.weight,
            )


def _chosen(diagnosis: Diagnosis) -> Exchange | None:
    opened = [exchange for exchange in diagnosis.exchanges if exchange.request is not None]
    refused = [exchange for exchange in opened if exchange.aare is not None and not exchange.aare.accepted]
    return (refused or opened or [None])[0]  # type: ignore[list-item]


def _counterpart(other: Diagnosis, one: Diagnosis, first: Exchange) -> Exchange | None:
    """The exchange of `other` that asks for most of what `first` asks for; an accepted one of those that are alike."""
    wanted = _asked(one.conversation, first)

    def likeness(exchange: Exchange) -> tuple[int, bool]:
        asked = _asked(other.conversation, exchange)
        same = sum(mine == theirs for mine, theirs in zip(wanted, asked, strict=True))
        return same, exchange.aare is not None and exchange.aare.accepted

    return max((item for item in other.exchanges if item.request is not None), key=likeness, default=None)


def _asked(conversation: Conversation, exchange: Exchange) -> tuple[object, ...]:
    pair = None if exchange.request is None else saps(conversation, exchange.request.heard)
    client, server = pair or (None, None)
    return client, server, exchange.context, exchange.mechanism


def _addressing(conversation: Conversation) -> Iterator[Trait]:
    """Who speaks to whom in the first frame of the client."""
    unit = next((unit for unit in conversation.units if unit.direction == "C>S" and unit.whole), None)
    if unit is not None:
        yield from _addresses(unit, None)


def _traits(conversation: Conversation, exchange: Exchange) -> list[Trait]:
    step = exchange.request
    if step is None:
        return []
    return [
        *_carriage(conversation, step),
        *_of_aarq(exchange, step),
        *_of_protection(exchange, step),
        *_of_initiate(exchange, step),
        *_of_answer(exchange),
    ]


def _carriage(conversation: Conversation, step: Step) -> Iterator[Trait]:
    unit = conversation.units[step.heard.units[0]]
    yield from _addresses(unit, step)
    if unit.layer is Layer.HDLC:
        llc = step.heard.llc.hex(" ").upper() or "none"
        yield Trait("LLC header", llc, 94, step, "", "llc", "true" if step.heard.llc else "false", "hdlc")


def _addresses(unit: Unit, step: Step | None) -> Iterator[Trait]:
    if unit.layer is Layer.WRAPPER and len(unit.octets) >= 8:
        source, destination = int.from_bytes(unit.octets[2:4], "big"), int.from_bytes(unit.octets[4:6], "big")
        yield Trait(
            "destination wPort",
            f"{destination} (0x{destination:04X})",
            95,
            step,
            "",
            "logical_device",
            str(destination),
        )
        yield Trait("source wPort", f"{source} (0x{source:04X})", 90, step, "", "client_sap", str(source))
    elif unit.layer is Layer.HDLC and (view := look(unit.octets)) is not None:
        server = view.destination
        path = "hdlc-frame.destination"
        yield Trait("logical device", str(server.upper), 95, step, path, "logical_device", str(server.upper))
        if server.lower is not None:
            yield Trait("physical device", str(server.lower), 94, step, path, "server_lower", str(server.lower), "hdlc")
        octets = str(server.length)
        yield Trait("octets of the server address", octets, 93, step, path, "address_length", octets, "hdlc")
        yield Trait("client address", str(view.source), 90, step, "", "client_sap", str(view.source.upper))


def _of_aarq(exchange: Exchange, step: Step) -> Iterator[Trait]:
    aarq = exchange.aarq
    if aarq is None:
        return
    context = aarq.application_context
    toml = _CONTEXTS.get(context.value, "") if context is not None else ""
    yield Trait(
        "application context", context_words(context), 85, step, "aarq.application-context-name", "context", toml
    )
    mechanism = mechanism_words(aarq.mechanism) if aarq.mechanism_name is not None else "no mechanism"
    names = [name for name, value in MECHANISMS.items() if value is aarq.mechanism]
    toml = f'"{names[0]}"' if names else ""
    yield Trait("mechanism", mechanism, 80, step, "aarq.mechanism-name", "mechanism", toml)
    user = aarq.calling_ae_invocation_id
    shown = "none" if user is None else str(user)
    path = "aarq.calling-AE-invocation-id"
    yield Trait(
        "client user (calling-AE-invocation-id)", shown, 88, step, path, "client_user_id", "" if user is None else shown
    )
    title = "none" if aarq.calling_ap_title is None else aarq.calling_ap_title.hex().upper()
    toml = "" if aarq.calling_ap_title is None else f'"{title}"'
    yield Trait("calling-AP-title", title, 75, step, "aarq.calling-AP-title", "client_system_title", toml)
    bits = aarq.protocol_version or "left out"
    yield Trait("protocol-version", bits, 70, step, "aarq.protocol-version")
    value = aarq.calling_authentication_value
    if aarq.mechanism is not None and aarq.mechanism.high_level:
        octets = 0 if value is None else len(value)
        path = "aarq.calling-authentication-value"
        yield Trait("challenge octets", str(octets), 20, step, path, "challenge_octets", str(octets))
    elif aarq.mechanism is not None and value is not None:
        yield Trait(
            "password", f"sha256 {_fingerprint(value)}", 82, step, "aarq.calling-authentication-value.value", "secret"
        )


def _fingerprint(octets: bytes) -> str:
    return Secret(octets).fingerprint


def _of_protection(exchange: Exchange, step: Step) -> Iterator[Trait]:
    seal = step.seal
    ciphered = exchange.context in (ApplicationContext.LN_CIPHERED, ApplicationContext.SN_CIPHERED)
    form = "in clear" if seal is None else NAMES.get(seal.tag, "general-ciphering")
    # Both forms of global ciphering are legal; that one is used is hardly ever why a meter refuses.
    weight = 65 if seal is None and ciphered else 10
    toml = f'"{_FORMS[form]}"' if form in _FORMS else ""
    path = "aarq.user-information.value"
    yield Trait("form of the InitiateRequest", form, weight, step, path, "initiate_protection", toml)
    if seal is None:
        return
    control = seal.control
    path = "security-header.security-control"
    toml = f"0x{control.octet & 0xF0:02X}"
    yield Trait("security control", str(control), 78, step, path, "security_control", toml)
    path = "security-header.invocation-counter"
    start = f"{{ start = {seal.counter + 1} }}"
    value = _counter(seal.counter)
    yield Trait("client invocation counter", value, 60, step, path, "invocation_counter", start, number=seal.counter)


def _counter(counter: int) -> str:
    if little_endian((counter,)):
        return f"{reversed_octets(counter)} (little-endian {counter.to_bytes(4, 'big').hex(' ').upper()})"
    return f"{counter} (0x{counter:08X})"


def _of_initiate(exchange: Exchange, step: Step) -> Iterator[Trait]:
    said = exchange.proposed
    if said is None:
        return
    version = str(said.proposed_dlms_version_number)
    path = "initiate-request.proposed-dlms-version-number"
    yield Trait("DLMS version", version, 84, step, path, "dlms_version", version)
    key = "none" if said.dedicated_key is None else "one"
    toml = "" if said.dedicated_key is None else '"random"'
    path = "initiate-request.dedicated-key-present"
    yield Trait("dedicated key", key, 50, step, path, "dedicated_key", toml)
    path = "initiate-request.proposed-conformance"
    yield Trait("proposed conformance", block(said.proposed_conformance), 40, step, path, "conformance")
    tag = "5F" if said.short_conformance_tag else "5F 1F"
    yield Trait("tag of the Conformance block", tag, 35, step, path)
    size = str(said.client_max_receive_pdu_size)
    path = "initiate-request.client-max-receive-pdu-size"
    yield Trait("client-max-receive-pdu-size", size, 15, step, path, "max_receive_pdu_size", size)


def _of_answer(exchange: Exchange) -> Iterator[Trait]:
    aare, step = exchange.aare, exchange.response
    if aare is None or step is None:
        return
    result = "accepted" if aare.accepted else "rejected"
    yield Trait("answer", f"{result}, {reason(aare)}", 0, step, "aare.result")
    title = "none" if aare.responding_ap_title is None else aare.responding_ap_title.hex().upper()
    yield Trait("responding-AP-title", title, 0, step, "aare.responding-AP-title")
    if exchange.negotiated is not None:
        bits = block(exchange.negotiated.negotiated_conformance)
        yield Trait("negotiated conformance", bits, 0, step, "initiate-response.negotiated-conformance")
