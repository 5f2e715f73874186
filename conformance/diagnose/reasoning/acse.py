"""What AARQ, AARE and release say: what was asked for, what was answered, and why it was refused."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from conformance.diagnose.reasoning import signs_opening as signs
from conformance.diagnose.reasoning.exchange import Exchange
from conformance.diagnose.reasoning.meanings import INITIATE_ERRORS, PROVIDER_DIAGNOSTICS, USER_DIAGNOSTICS
from conformance.diagnose.reasoning.signs_protection import PROTECTED_ERROR
from conformance.diagnose.reasoning.signs_services import SERVICE_ERROR
from conformance.diagnose.reasoning.statement import Change, Evidence, Severity, Sign, Statement
from conformance.diagnose.reasoning.step import Step, masked
from conformance.dlms import apdu as apdus
from conformance.dlms.acse.aare import Aare
from conformance.dlms.acse.aarq import Aarq
from conformance.dlms.acse.enumerations import (
    ApplicationContext,
    AssociationResult,
    DiagnosticSource,
    Mechanism,
    ServiceProviderDiagnostic,
    ServiceUserDiagnostic,
    named,
)
from conformance.dlms.acse.release import Rlre, Rlrq
from conformance.dlms.security.ciphered import NAMES
from conformance.dlms.xdlms.confirmed_service_error import ConfirmedServiceError
from conformance.dlms.xdlms.initiate import InitiateResponse

READ = Evidence.READ
_TITLED = (Mechanism.HLS_GMAC, Mechanism.HLS_SHA256, Mechanism.HLS_ECDSA)
_INITIATE = 6
_LLS_REFUSED = "The meter does not accept the password."
RELEASED = Sign("released", "The association is released", "RLRQ and RLRE with their reasons.")


def explain(exchange: Exchange) -> Iterator[Statement]:
    """Every statement about the ACSE APDUs of an exchange."""
    for step in exchange.steps:
        value = step.carried
        yield from _coding(step, value)
        match value:
            case Aarq():
                yield from _request(exchange, step, value)
            case Aare():
                yield from _response(exchange, step, value)
            case Rlrq() | Rlre():
                yield _release(step, value)
    yield from _not_answered_by_aare(exchange)


def _coding(step: Step, value: object) -> Iterator[Statement]:
    """Deviations of AARQ and AARE, which are read all the same."""
    if not isinstance(value, Aarq | Aare | Rlrq | Rlre):
        return
    for deviation in step.parts[0].dissection.deviations:
        order = deviation.code == "component-order"
        sign = signs.ORDER if order else signs.DEVIATION
        path = deviation.path
        text = _out_of_order(step, path) if order else f"{step.name.upper()}: {_last(path)}: {deviation.message}."
        stated = step.state(sign, "warning", READ, path, text)
        yield replace(stated, octets=deviation.octets)
        if order and step.direction == "S>C":
            break


def _out_of_order(step: Step, path: str) -> str:
    """Such as: responding-AP-title (A4) follows responding-authentication-value (AA)."""
    components = [field for field in step.parts[0].dissection.root.children if field.children]
    names = [f"{field.name} ({step.octets[field.start]:02X})" for field in components]
    at = next((index for index, field in enumerate(components) if field.name == _last(path)), 0)
    if not at:
        return f"{step.name.upper()}: {_last(path)} is out of order."
    return f"{step.name.upper()} components out of order: {names[at]} follows {names[at - 1]}."


def _last(path: str) -> str:
    return path.partition(".")[2].partition(".")[0] or path


def _request(exchange: Exchange, step: Step, aarq: Aarq) -> Iterator[Statement]:
    yield step.state(signs.REQUESTED, "info", READ, "aarq.application-context-name", _asked(aarq))
    yield from _names(step, aarq)
    yield from _title(step, aarq)
    if aarq.protocol_version is not None:
        yield from _version(step, aarq.protocol_version)
    if aarq.calling_ae_invocation_id is not None:
        text = f"calling-AE-invocation-id {aarq.calling_ae_invocation_id}: client user {aarq.calling_ae_invocation_id}."
        yield step.state(signs.USER, "info", READ, "aarq.calling-AE-invocation-id", text)
    secret = aarq.calling_authentication_value
    if secret is not None and aarq.mechanism is Mechanism.LLS:
        declared = exchange.keys.password
        same = "" if declared is None else _same(declared.reveal() == secret or masked(step, secret))
        text = f"A password of {len(secret)} octets passes in clear{same}."
        path = "aarq.calling-authentication-value.value"
        yield step.state(signs.PASSWORD, "info", READ, path, text)
    elif secret is not None and aarq.mechanism is not None and aarq.mechanism.high_level:
        yield from _challenge(step, secret, aarq.mechanism, "aarq.calling-authentication-value", "The client's")


def _same(same: bool) -> str:
    return "; it is the declared one" if same else "; it is not the declared one"


def _asked(aarq: Aarq) -> str:
    words = [f"The AARQ asks for {context_words(aarq.application_context)}"]
    words.append("no mechanism" if aarq.mechanism_name is None else mechanism_words(aarq.mechanism))
    if aarq.mechanism is not None and aarq.mechanism.high_level and aarq.calling_authentication_value is not None:
        words.append(f"challenge of {len(aarq.calling_authentication_value)} octets")
    if aarq.calling_ae_invocation_id is None:
        words.append("no calling-AE-invocation-id")
    return ", ".join(words) + "."


def context_words(context: ApplicationContext | None) -> str:
    """Such as `LN referencing with ciphering (3)`."""
    if context is None:
        return "a context that DLMS does not have"
    return f"{'SN' if context.short_names else 'LN'} referencing {'with' if context.ciphered else 'without'} " + (
        f"ciphering ({context.value})"
    )


def mechanism_words(mechanism: Mechanism | None) -> str:
    """Such as `mechanism HLS-GMAC (5)`."""
    if mechanism is None:
        return "a mechanism that DLMS does not have"
    return f"mechanism {mechanism.name.replace('_', '-')} ({mechanism.value})"


def _names(step: Step, apdu: Aarq | Aare) -> Iterator[Statement]:
    """Object identifiers that name nothing."""
    name = step.parts[0].dissection.root.name
    if apdu.application_context is None:
        text = f"The application-context-name {apdu.application_context_name.hex(' ').upper()} is none of DLMS/COSEM."
        yield step.state(signs.OBJECT_IDENTIFIER, "error", READ, f"{name}.application-context-name", text)
    if apdu.mechanism_name is not None and apdu.mechanism is None:
        text = f"The mechanism-name {apdu.mechanism_name.hex(' ').upper()} is none of DLMS/COSEM."
        yield step.state(signs.OBJECT_IDENTIFIER, "error", READ, f"{name}.mechanism-name", text)


def _title(step: Step, aarq: Aarq) -> Iterator[Statement]:
    ciphered = aarq.application_context is not None and aarq.application_context.ciphered
    needed = ciphered or aarq.mechanism in _TITLED
    title = aarq.calling_ap_title
    change = (Change("association", "client_system_title"),)
    if title is None and needed:
        why = "the context has ciphering" if ciphered else f"{mechanism_words(aarq.mechanism)} hashes it"
        text = f"The AARQ has no calling-AP-title, and {why}."
        yield step.state(signs.TITLE_MISSING, "warning", READ, "aarq", text, changes=change, weight=5)
    elif title is not None and len(title) != 8:
        text = f"The calling-AP-title has {len(title)} octets; a system title has 8."
        yield step.state(signs.TITLE_LENGTH, "warning", READ, "aarq.calling-AP-title.value", text, changes=change)
    elif title is not None and not ciphered and aarq.mechanism in _TITLED:
        needs = mechanism_words(aarq.mechanism)
        text = f"The calling-AP-title is there although APDUs are not ciphered: {needs} needs it."
        yield step.state(signs.TITLE_FOR_MECHANISM, "info", READ, "aarq.calling-AP-title.value", text)


def _version(step: Step, bits: str) -> Iterator[Statement]:
    if bits[:1] == "1":
        text = f"protocol-version is sent, bits {bits}: version1 is offered."
        yield step.state(signs.VERSION_PRESENT, "info", READ, "aarq.protocol-version", text)
        return
    text = f"protocol-version has the bits {bits or 'none'}: the first, version1, is not set, so it is not offered."
    yield step.state(signs.VERSION_BITS, "error", READ, "aarq.protocol-version", text)


def _challenge(step: Step, octets: bytes, mechanism: Mechanism, path: str, whose: str) -> Iterator[Statement]:
    if len(set(octets)) == 1 and len(octets) > 1:
        text = f"{whose} challenge of {len(octets)} octets is {octets[0]:02X} throughout: it never changes."
        yield step.state(signs.CHALLENGE_CONSTANT, "warning", READ, f"{path}.value", text)
    least = 32 if mechanism is Mechanism.HLS_ECDSA else 8
    if not least <= len(octets) <= 64:
        text = f"{whose} challenge has {len(octets)} octets; {least} to 64 are legal."
        change = (Change("association", "challenge_octets", str(least)),) if whose == "The client's" else ()
        yield step.state(signs.CHALLENGE_LENGTH, "warning", READ, f"{path}.value", text, changes=change)


def _response(exchange: Exchange, step: Step, aare: Aare) -> Iterator[Statement]:
    yield from _names(step, aare)
    path = "aare.result-source-diagnostic"
    context = context_words(aare.application_context)
    said = f"{named(AssociationResult, aare.result)}, {reason(aare)}; {context}"
    if aare.accepted:
        yield step.state(signs.ACCEPTED, "info", READ, "aare.result", f"The AARE accepts: {said}.")
        yield from _accepted(exchange, step, aare)
    else:
        yield step.state(signs.REJECTED, "error", READ, "aare.result", f"The AARE rejects: {said}.", weight=-10)
        yield from _refused(exchange, step, aare, path)
    yield from _responding_title(exchange, step, aare)
    value = aare.responding_authentication_value
    if value is None:
        return
    mechanism = aare.mechanism or exchange.mechanism
    if mechanism is not None and mechanism.high_level:
        yield from _challenge(step, value, mechanism, "aare.responding-authentication-value", "The meter's")
    missing = [
        name
        for name, component in (
            ("responder-acse-requirements (88)", aare.responder_acse_requirements),
            ("mechanism-name (89)", aare.mechanism_name),
        )
        if component is None
    ]
    if missing and aare.accepted:
        text = f"The AARE carries a responding-authentication-value without {' and '.join(missing)}."
        yield step.state(signs.NO_MECHANISM_IN_AARE, "warning", READ, "aare.responding-authentication-value", text)


def reason(aare: Aare) -> str:
    """Source and diagnostic in the standard's words."""
    provider = aare.diagnostic_source == DiagnosticSource.PROVIDER
    enumeration = ServiceProviderDiagnostic if provider else ServiceUserDiagnostic
    source = DiagnosticSource.PROVIDER if provider else DiagnosticSource.USER
    return f"{source.label} {named(enumeration, aare.diagnostic)}"


def _accepted(exchange: Exchange, step: Step, aare: Aare) -> Iterator[Statement]:
    mechanism = exchange.mechanism or aare.mechanism
    if mechanism is None or not mechanism.high_level:
        return
    path = "aare.result-source-diagnostic"
    if aare.diagnostic == ServiceUserDiagnostic.NULL:
        text = f"The diagnostic is null (0), where authentication-required (14) goes with {mechanism_words(mechanism)}."
        yield step.state(signs.NULL_DIAGNOSTIC, "warning", READ, path, text)
    position = step.position
    later = next((step for step in exchange.steps[position + 1 :] if step.direction == "C>S"), None)
    if later is not None and _uses_services(exchange, later):
        text = (
            f"The meter has accepted and waits for pass 3 of {mechanism_words(mechanism)}: passes 3 and 4 are "
            f"outstanding, and the client goes on with {later.name} in place of reply_to_HLS_authentication."
        )
        yield step.state(signs.PENDING, "warning", READ, path, text, weight=10)
    if later is None:
        text = (
            f"The meter has accepted and waits for pass 3 of {mechanism_words(mechanism)}: passes 3 and 4 are "
            "outstanding, and no action-request reply_to_HLS_authentication (class 15 method 1) follows here; "
            "the AARE is no refusal."
        )
        if aare.diagnostic == ServiceUserDiagnostic.AUTHENTICATION_REQUIRED:
            text = text.replace("the AARE is no refusal.", "authentication-required (14) is no error.")
        yield step.state(signs.PENDING, "info", READ, path, text, weight=10)


def _uses_services(exchange: Exchange, step: Step) -> bool:
    """Whether an APDU of the client is a service other than pass 3, as far as it can be read."""
    value = step.value
    short_names = exchange.context is not None and exchange.context.short_names
    if value is None or isinstance(value, Aarq | Rlrq) or short_names:
        return False
    method = getattr(value, "method", None)
    return method is None or (method.class_id, method.method_id) != (15, 1)


def _refused(exchange: Exchange, step: Step, aare: Aare, path: str) -> Iterator[Statement]:
    provider = aare.diagnostic_source == DiagnosticSource.PROVIDER
    meaning = (PROVIDER_DIAGNOSTICS if provider else USER_DIAGNOSTICS).get(aare.diagnostic)
    if meaning is not None:
        lls = not provider and aare.diagnostic == 13 and exchange.mechanism is Mechanism.LLS
        text = f"{reason(aare)}: {_LLS_REFUSED if lls else meaning.message}"
        yield step.state(meaning.sign, "error", READ, path, text, meaning.suggestion, weight=-5)
    if not provider and aare.diagnostic == 6:
        yield _user(exchange, step, path)
    if not provider and aare.diagnostic == 13 and exchange.mechanism is Mechanism.LLS:
        yield _password(exchange, step, path)
    told = aare.user_information and NAMES.get(aare.user_information[0], "").endswith("confirmed-service-error")
    if not provider and aare.diagnostic in (1, 2) and exchange.context is not None and not told:
        yield _context(exchange.context, step)
    yield from _carried(step, aare)


def _user(exchange: Exchange, step: Step, path: str) -> Statement:
    change = (Change("association", "client_user_id"),)
    user = None if exchange.aarq is None else exchange.aarq.calling_ae_invocation_id
    if user is None:
        text = (
            "The AARQ has no calling-AE-invocation-id, the field that identifies the client user; the meter wants one."
        )
        return step.state(signs.USER_MISSING, "error", READ, path, text, changes=change, weight=20)
    text = f"The meter does not know client user {user}, which the calling-AE-invocation-id names."
    return step.state(signs.USER_UNKNOWN, "error", READ, path, text, changes=change, weight=20)


def _password(exchange: Exchange, step: Step, path: str) -> Statement:
    sent = None if exchange.aarq is None else exchange.aarq.calling_authentication_value
    declared = exchange.keys.password
    text = "Under low level security the password is all that is authenticated: it is not the one of this client."
    if sent is not None and declared is not None:
        text += (
            " The request carries the password that is declared, so the meter has another one."
            if declared.reveal() == sent or (exchange.request is not None and masked(exchange.request, sent))
            else " The request does not carry the password that is declared."
        )
    change = (Change("association", "secret"),)
    return step.state(signs.SECRET_WRONG, "error", Evidence.INFERRED, path, text, changes=change, weight=20)


def _context(context: ApplicationContext, step: Step) -> Statement:
    other = ApplicationContext({1: 3, 2: 1, 3: 1, 4: 1}[context.value])
    text = (
        f"The request asks for {context_words(context)}. Of what a refusal without reason comes from, the context is "
        f"the first to try: most meters serve LN referencing; try {context_words(other)}."
    )
    value = '"ln-ciphered"' if other is ApplicationContext.LN_CIPHERED else '"ln"'
    change = (Change("association", "context", value),)
    path = "aare.application-context-name"
    weight = 10 if context.short_names else 0
    severity: Severity = "error" if context.short_names else "warning"
    return step.state(signs.CONTEXT_SUSPECTED, severity, Evidence.INFERRED, path, text, changes=change, weight=weight)


def _carried(step: Step, aare: Aare) -> Iterator[Statement]:
    """What the user-information of a refusal says itself."""
    octets = aare.user_information
    if not octets:
        return
    path = "aare.user-information.value"
    said = step.information
    name = NAMES.get(octets[0], "")
    seal = step.seal
    if isinstance(said, ConfirmedServiceError):
        meaning = INITIATE_ERRORS.get(said.value) if said.category == _INITIATE else None
        text = f"The user-information is a confirmedServiceError: {said.describe()} ({said.encode().hex(' ').upper()})."
        sign = meaning.sign if meaning is not None else SERVICE_ERROR
        yield step.state(sign, "error", READ, path, text, "" if meaning is None else meaning.suggestion)
    elif name.endswith("confirmed-service-error") and seal is not None:
        text = (
            f"The user-information has the tag {octets[0]:02X}, {name}: why the meter refuses stands inside, security "
            f"control {seal.control}, invocation counter {seal.counter}."
        )
        yield step.state(PROTECTED_ERROR, "error", READ, path, text)
    elif isinstance(said, InitiateResponse) or name.endswith("initiate-response"):
        text = f"The refusal carries a complete InitiateResponse ({octets[0]:02X}); it is a refusal all the same."
        yield step.state(signs.RESPONSE_DESPITE_REJECTION, "warning", READ, path, text)


def _responding_title(exchange: Exchange, step: Step, aare: Aare) -> Iterator[Statement]:
    title = aare.responding_ap_title
    path = "aare.responding-AP-title.value"
    client = None if exchange.aarq is None else exchange.aarq.calling_ap_title
    mechanism = aare.mechanism or exchange.mechanism
    ciphered = step.seal is not None and step.seal.needs_key and not step.seal.carried_title
    if title is None:
        if (ciphered or (aare.accepted and mechanism in _TITLED)) and exchange.keys.server_title is None:
            text = "The AARE has no responding-AP-title: what the meter protects cannot be verified without it."
            change = (Change("association", "server_system_title"),)
            yield step.state(signs.RESPONDING_TITLE_MISSING, "warning", READ, "aare", text, changes=change)
    elif len(title) != 8:
        text = f"The responding-AP-title has {len(title)} octets; a system title has 8."
        yield step.state(signs.TITLE_LENGTH, "warning", READ, path, text, "")
    elif not any(title):
        text = "The responding-AP-title is all zero: the meter does not name itself."
        yield step.state(signs.RESPONDING_TITLE_ZERO, "warning", READ, path, text)
    elif title == client:
        text = (
            f"The responding-AP-title equals the calling-AP-title ({title.hex().upper()}): client and server share one "
            "nonce space."
        )
        yield step.state(signs.TITLE_ECHOED, "warning", READ, path, text)


def _release(step: Step, value: Rlrq | Rlre) -> Statement:
    name = "rlrq" if isinstance(value, Rlrq) else "rlre"
    words = {0: "normal (0)", 1: "urgent (1)" if name == "rlrq" else "not-finished (1)", 30: "user-defined (30)"}
    said = "no reason" if value.reason is None else f"reason {words.get(value.reason, str(value.reason))}"
    return step.state(RELEASED, "info", READ, f"{name}.reason", f"{name.upper()}, {said}.")


def _not_answered_by_aare(exchange: Exchange) -> Iterator[Statement]:
    """The first reply to the AARQ, where it is something else."""
    if exchange.request is None or exchange.response is not None:
        return
    position = exchange.request.position
    for step in exchange.steps[position + 1 :]:
        if step.direction != "S>C":
            return
        if step.tag in (0x0E, 0xD8):
            continue
        shown = step.octets[:8].hex(" ").upper()
        text = f"The answer to the AARQ, {shown}, is no AARE: the meter did not recognise an AARQ."
        if step.tag in apdus.TAGS:
            text += f" Its first octet is that of {step.name}."
        yield step.state(signs.NO_AARE, "error", READ, "", text, weight=10)
        return
