"""What the protection of APDUs shows: which keys and titles made the tags, and whether both sides agree."""

from __future__ import annotations

from collections.abc import Iterator

from conformance.diagnose.reasoning import signs_protection as signs
from conformance.diagnose.reasoning.established import meant
from conformance.diagnose.reasoning.exchange import Exchange
from conformance.diagnose.reasoning.key_ring import Key
from conformance.diagnose.reasoning.replies import refuses, reply_to
from conformance.diagnose.reasoning.seal import Opening, Seal, Title
from conformance.diagnose.reasoning.signs_opening import RESPONDING_TITLE_ZERO
from conformance.diagnose.reasoning.statement import Change, Evidence, Severity, Sign, Statement
from conformance.diagnose.reasoning.step import Step
from conformance.dlms.acse.aare import Aare
from conformance.dlms.acse.release import Rlre
from conformance.dlms.security.ciphered import GENERAL_GLO_CIPHERING, NAMES
from conformance.dlms.security.control import SUITES
from conformance.dlms.security.general_ciphering import GeneralCiphering
from conformance.dlms.security.header import TAG_OCTETS
from conformance.dlms.security.tag_length import other_tag_length

PROVEN, READ, INFERRED = Evidence.PROVEN, Evidence.READ, Evidence.INFERRED
_TAG = "authentication-tag"
_CONTROL = "security-header.security-control"
_WITH_DATA = range(0xC4, 0xC8)
_KEYS = (Change("association", "encryption_key"), Change("association", "authentication_key"))
_WORDS = {"key": "encryption key", "authentication-key": "authentication key", "title": "system title"}


def explain(exchange: Exchange) -> Iterator[Statement]:
    """Every statement about the protection of the APDUs of an exchange."""
    yield from _summary(exchange)
    for step in exchange.steps:
        if step.seal is not None:
            yield from _one(exchange, step, step.seal)
    yield from _agreement(exchange)
    yield from _replies(exchange)
    yield from _clear_request(exchange)


def as_prescribed(seal: Seal) -> bool:
    """Whether its tag verifies under exactly what the exchange prescribes, all of it declared."""
    opening = seal.opening
    return seal.tried and opening is not None and opening.evidence is PROVEN and not opening.differs


def _summary(exchange: Exchange) -> Iterator[Statement]:
    """How many tags verify, and how many could not be tried."""
    sealed = [(step, step.seal) for step in exchange.steps if step.seal is not None and step.seal.needs_key]
    tagged = [(step, seal) for step, seal in sealed if seal.control.authenticated]
    right = [step for step, seal in tagged if as_prescribed(seal)]
    if right:
        frames = ", ".join(str(step.frame) for step in right[:20])
        every = "all " if len(right) == len(tagged) else ""
        text = f"The authentication tags verify: {every}{len(right)} of {len(tagged)} (frames {frames})."
        yield right[0].state(signs.VERIFIED, "info", PROVEN, _TAG, text)
    closed = [step for step, seal in sealed if not seal.tried and seal.opening is None]
    if closed:
        frames = ", ".join(str(step.frame) for step in closed[:20])
        what = ", ".join(_missing(exchange, closed[0]))
        text = f"{len(closed)} protected APDUs (frames {frames}) could not be opened; not known: {what}."
        yield closed[0].state(signs.NOT_TRIED, "info", READ, _CONTROL, text)


def _missing(exchange: Exchange, step: Step) -> Iterator[str]:
    seal = step.seal
    if seal is None:
        return
    if seal.unknown_key:
        told = f": {meant(seal.apdu)}" if isinstance(seal.apdu, GeneralCiphering) else ""
        yield f"the key, which was wrapped or agreed{told}"
    prescribed = exchange.prescribed(seal, step.direction)
    if not prescribed.key_known:
        yield "the dedicated key" if seal.dedicated else "the encryption key"
    if not prescribed.authentication_key_known:
        yield "the authentication key"
    if not prescribed.title_known:
        yield "the system title of the " + ("client" if step.direction == "C>S" else "server")
    if not step.whole:
        yield "all octets of the APDU"


def _one(exchange: Exchange, step: Step, seal: Seal) -> Iterator[Statement]:
    yield from _control(exchange, step, seal)
    opening = seal.opening
    if step in (exchange.request, exchange.response):
        yield _initiate(step, seal)
    if seal.tag == GENERAL_GLO_CIPHERING and step in (exchange.request, exchange.response):
        title = f"system title {seal.carried_title.hex().upper()}" if seal.carried_title else "an empty system title"
        text = f"The user-information holds general-glo-ciphering (DB) with {title}; that form is legal."
        yield step.state(signs.GENERAL_USED, "info", READ, "system-title", text)
    unverified = opening is None or (opening.evidence is READ and seal.control.authenticated)
    if seal.needs_key and seal.tried and unverified:
        yield _under_no_key(exchange, step, seal)
    elif opening is not None:
        yield from _otherwise(exchange, step, seal, opening)
        if opening.evidence is PROVEN and step.parts[-1].dissection.error is not None:
            why = step.parts[-1].dissection.error
            text = f"{step.name}: the tag verifies, and what it protects is no legal APDU: {why}"
            yield step.state(signs.NO_REASONABLE_CONTENT, "error", PROVEN, "ciphertext", text)
        if opening.evidence is PROVEN and opening.title is not None and not any(opening.title.octets):
            text = f"The tag of the {_inner(seal)} is valid only with the all-zero system title in the nonce."
            yield step.state(RESPONDING_TITLE_ZERO, "warning", PROVEN, _TAG, text)


def _initiate(step: Step, seal: Seal) -> Statement:
    opening = seal.opening
    text = (
        f"{_inner(seal)} of {len(seal.apdu.content) + 5} octets: security control {seal.control}, invocation counter "
        f"{seal.counter} (0x{seal.counter:08X})"
    )
    evidence = READ
    if opening is not None and opening.evidence is PROVEN and opening.title is not None:
        evidence = PROVEN
        order = "reversed" if opening.reversed_counter else "as sent"
        text += (
            f"; the tag is valid with nonce = {opening.title.name} ({opening.title.octets.hex().upper()}) ‖ counter "
        )
        text += f"octets {order}"
    elif opening is not None and opening.evidence is INFERRED:
        text += "; there is no tag, and it deciphers to a legible APDU"
    return step.state(signs.INITIATE, "info", evidence, "security-header", text + ".")


def _inner(seal: Seal) -> str:
    return NAMES.get(seal.tag, "general-ciphering")


def _control(exchange: Exchange, step: Step, seal: Seal) -> Iterator[Statement]:
    control = seal.control
    if control.suite not in SUITES:
        text = f"Security control {control}: suites 0, 1 and 2 are defined."
        yield step.state(signs.SUITE_RESERVED, "error", READ, _CONTROL, text)
        return
    known = exchange.keys.encryption
    if known is not None and not seal.dedicated and len(known.octets) != control.encryption_key_octets:
        text = (
            f"Security control {control} takes keys of {control.encryption_key_octets} octets, and {known.name} has "
            f"{len(known.octets)}."
        )
        change = (Change("association", "security_suite", str(control.suite)),)
        yield step.state(signs.KEY_LENGTH, "error", READ, _CONTROL, text, changes=change)
    if not seal.needs_key:
        text = f"{_inner(seal)} with security control {control}: it is not protected at all."
        yield step.state(signs.NOT_PROTECTED, "warning", READ, _CONTROL, text)


def _under_no_key(exchange: Exchange, step: Step, seal: Seal) -> Statement:
    octets = _tag_length(exchange, step, seal)
    if octets is not None:
        text = f"The tag of the {_inner(seal)} has {octets} octets and verifies as such; it must have {TAG_OCTETS}."
        return step.state(signs.TAG_LENGTH, "error", PROVEN, _TAG, text, weight=15)
    prescribed = seal.prescribed or exchange.prescribed(seal, step.direction)
    tried = f"{len(prescribed.keys)} keys and {len(prescribed.titles)} system titles were tried"
    subject = f"The tag of the {_inner(seal)} (security control 0x{seal.control.octet:02X}, counter {seal.counter})"
    if not seal.control.authenticated:
        subject = f"The {_inner(seal)} (security control 0x{seal.control.octet:02X}, counter {seal.counter})"
    opens = "does not verify" if seal.control.authenticated else "gives nothing legible"
    request = None if exchange.request is None else exchange.request.seal
    if step.direction == "S>C" and request is not None and as_prescribed(request):
        why = "that of the client does: the meter uses different keys"
    elif step.direction == "S>C":
        why = "the meter uses different keys, or the declared ones are not those of this meter"
    else:
        why = "the client uses other keys than the declared ones"
    text = f"{subject} {opens} with the declared keys, and with no other that could have been meant ({tried}); {why}."
    evidence = PROVEN if seal.control.authenticated else INFERRED
    path = _TAG if seal.control.authenticated else "ciphertext"
    return step.state(signs.UNDER_NO_KEY, "error", evidence, path, text, changes=_KEYS, weight=15)


def _otherwise(exchange: Exchange, step: Step, seal: Seal, opening: Opening) -> Iterator[Statement]:
    """What the APDU was made with, where that is not what the exchange prescribes."""
    if opening.key is not None and not opening.differs and not opening.key.declared:
        other = opening.authentication_key
        also = "" if other is None or other.octets == opening.key.octets else f" and {other.name}"
        text = f"{_inner(seal)} opens with {opening.key.name}{also}."
        yield step.state(PUBLISHED_KEY, "info", opening.evidence, _TAG, text)
    refused: Severity = "error" if step.direction == "C>S" and refuses(reply_to(exchange, step)) else "warning"
    severity: Severity = "error" if step.direction == "S>C" and "title" not in opening.differs else refused
    if opening.key is not None and ("key" in opening.differs or "authentication-key" in opening.differs):
        sign, text, changes = _key_words(exchange, seal, opening, opening.key)
        yield step.state(
            sign, "error" if changes else severity, opening.evidence, _TAG, text, changes=changes, weight=15
        )
    if "title" in opening.differs and opening.title is not None:
        yield _title_words(exchange, step, seal, opening.title)
    if "counter-order" in opening.differs:
        text = (
            f"The tag of the {_inner(seal)} verifies with the octets of counter {seal.counter} reversed in the nonce."
        )
        yield step.state(signs.NONCE_ORDER, "error", PROVEN, "security-header.invocation-counter", text, weight=10)


PUBLISHED_KEY = Sign(
    "key-published",
    "An APDU opens with a key that is published",
    "It was made with the example keys of public documents, or with zeros: anybody can open and forge it.",
    "Have keys of its own brought into the meter.",
)


def _key_words(exchange: Exchange, seal: Seal, opening: Opening, key: Key) -> tuple[Sign, str, tuple[Change, ...]]:
    keys, inner = exchange.keys, _inner(seal)
    other = opening.authentication_key
    swapped = _is(key, keys.authentication) and (other is None or _is(other, keys.encryption))
    if swapped and "key" in opening.differs:
        text = f"{inner} opens when encryption key and authentication key change places."
        return signs.KEYS_SWAPPED, text, _KEYS
    if "authentication-key" not in opening.differs and seal.dedicated and _is(key, keys.encryption):
        text = f"{inner} names the dedicated key, and opens with the global encryption key."
        return signs.GLOBAL_FOR_DEDICATED, text, ()
    if "authentication-key" not in opening.differs and not seal.dedicated and _is(key, exchange.dedicated):
        text = f"{inner} names the global key, and opens with the dedicated key."
        return signs.DEDICATED_FOR_GLOBAL, text, ()
    told = []
    if "key" in opening.differs:
        told.append(f"{key.name} as encryption key")
    if "authentication-key" in opening.differs:
        told.append("no authentication key" if other is None else f"{other.name} as authentication key")
    text = f"{inner} opens with {' and '.join(told)}."
    changes = tuple(
        Change("association", name)
        for name, sign in (("encryption_key", "key"), ("authentication_key", "authentication-key"))
        if sign in opening.differs
    )
    return signs.OTHER_KEY, text, changes


def _is(key: Key | None, other: Key | None) -> bool:
    return key is not None and other is not None and key.octets == other.octets


def _title_words(exchange: Exchange, step: Step, seal: Seal, title: Title) -> Statement:
    other = exchange.server_title if step.direction == "C>S" else exchange.client_title
    swapped = title.octets == other
    text = f"The tag of the {_inner(seal)} verifies with {title.name} ({title.octets.hex().upper()}) in the nonce"
    own = "client" if step.direction == "C>S" else "meter"
    text += f", not with that of the {own}, who sent it."
    name = "client_system_title" if step.direction == "C>S" else "server_system_title"
    change = (Change("association", name, f'"{title.octets.hex().upper()}"'),)
    sign = signs.TITLES_SWAPPED if swapped else signs.OTHER_TITLE
    return step.state(sign, "error", PROVEN, _TAG, text, changes=change, weight=12)


def _agreement(exchange: Exchange) -> Iterator[Statement]:
    """What request and answer of the opening say of the policy and the keys."""
    request, response = exchange.request, exchange.response
    if request is None or response is None or exchange.aare is None:
        return
    refused = not exchange.aare.accepted
    asked, told = request.seal, response.seal
    if asked is not None and told is not None:
        yield from _controls(request, asked, told, refused)
    if refused and told is not None and as_prescribed(told):
        text = "The refusal itself verifies under the declared keys: both sides work with the same keys."
        yield response.state(signs.KEYS_AGREE, "info", PROVEN, _TAG, text)


def _controls(request: Step, asked: Seal, told: Seal, refused: bool) -> Iterator[Statement]:
    change = (Change("association", "security_control", f"0x{told.control.octet & 0xF0:02X}"),)
    if asked.control.suite != told.control.suite:
        text = f"The request is of security suite {asked.control.suite}, the answer of suite {told.control.suite}."
        suite = (Change("association", "security_suite", str(told.control.suite)),)
        severity: Severity = "error" if refused else "warning"
        yield request.state(signs.SUITE_DIFFERS, severity, READ, _CONTROL, text, changes=suite, weight=10)
    elif refused and asked.control.octet != told.control.octet:
        text = (
            f"The request has security control {asked.control}, the answer {told.control}: the meter's security policy "
            "wants what its own answer has."
        )
        yield request.state(signs.CONTROL_DIFFERS, "error", INFERRED, _CONTROL, text, changes=change, weight=20)
    if asked.control.encrypted and not asked.control.authenticated:
        text = f"The {_inner(asked)} has security control 0x{asked.control.octet:02X}: encryption only, no tag."
        yield request.state(signs.NO_TAG, "warning", READ, _CONTROL, text, changes=change)


def _replies(exchange: Exchange) -> Iterator[Statement]:
    """Each reply against its request: protected at all, and with a key of the same kind."""
    for step in exchange.steps:
        if step.direction != "C>S" or step.seal is None or step.carried is exchange.aarq:
            continue
        reply = reply_to(exchange, step)
        if reply is None or refuses(reply) or isinstance(reply.carried, Aare | Rlre):
            continue
        if reply.seal is None and reply.tag in _WITH_DATA:
            text = f"The {step.name} of frame {step.frame} is answered in clear, by {reply.name}."
            yield reply.state(signs.REPLY_CLEAR, "warning", READ, "", text)
        elif reply.seal is not None and reply.seal.dedicated is not step.seal.dedicated:
            kinds = ("dedicated", "global") if step.seal.dedicated else ("global", "dedicated")
            text = f"The {step.name} is under the {kinds[0]} key, its answer {reply.name} under the {kinds[1]} one."
            change = (Change("association", "reply_key", f'"{kinds[1]}"'),)
            yield reply.state(signs.REPLY_KEY, "warning", READ, "", text, changes=change)
        if reply.seal is not None and step.seal.control.octet & 0x30 & ~reply.seal.control.octet:
            text = f"Security control {reply.seal.control} answers {step.seal.control}."
            yield reply.state(signs.REPLY_CONTROL, "warning", READ, _CONTROL, text)


def _tag_length(exchange: Exchange, step: Step, seal: Seal) -> int | None:
    """The length of the tag, where it is not 12 and everything else is as prescribed."""
    prescribed = seal.prescribed or exchange.prescribed(seal, step.direction)
    other = prescribed.authentication_keys[0]
    return other_tag_length(
        seal.control,
        prescribed.titles[0].octets,
        seal.counter,
        prescribed.keys[0].octets,
        b"" if other is None else other.octets,
        seal.apdu.content,
        additional=seal.additional,
    )


def _clear_request(exchange: Exchange) -> Iterator[Statement]:
    """Clear where the context has ciphering: the InitiateRequest, or a request that is refused."""
    if exchange.context is None or not exchange.context.ciphered:
        return
    request = exchange.request
    if request is not None and request.seal is None and exchange.proposed is not None:
        text = "The InitiateRequest is in clear although the context has ciphering."
        severity: Severity = "error" if exchange.aare is not None and not exchange.aare.accepted else "warning"
        change = (Change("association", "initiate_protection", '"glo"'),)
        path = "aarq.user-information.value"
        yield request.state(signs.REQUEST_CLEAR, severity, READ, path, text, changes=change)
    for step in exchange.steps:
        plain = step.direction == "C>S" and step.seal is None and 0xC0 <= step.tag <= 0xC3
        if plain and refuses(reply_to(exchange, step)):
            text = f"The {step.name} is in clear although the context has ciphering, and the meter refuses it."
            change = (Change("association", "protections", '["glo"]'),)
            yield step.state(signs.PLAIN_REQUEST, "error", INFERRED, "", text, changes=change)
            return
