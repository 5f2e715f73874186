"""What an AARE must be where its AARQ is known: echoes, names, and what it settles."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from conformance.diagnose.reasoning.acse import mechanism_words
from conformance.diagnose.reasoning.exchange import Exchange
from conformance.diagnose.reasoning.statement import Evidence, Sign, Statement
from conformance.diagnose.reasoning.step import Step
from conformance.dlms.acse.aare import Aare
from conformance.dlms.acse.aarq import Aarq
from conformance.dlms.acse.enumerations import Mechanism
from conformance.dlms.xdlms.initiate import InitiateResponse

READ: Final = Evidence.READ
LN_NAME, SN_NAME = 0x0007, 0xFA00
_VERSION: Final = 6
_TITLED: Final = (Mechanism.HLS_GMAC, Mechanism.HLS_SHA256, Mechanism.HLS_ECDSA)

VAA_NAME: Final = Sign(
    "vaa-name-wrong",
    "The vaa-name is not that of the context",
    "InitiateResponse carries 0007 with logical names, and FA00, the base name of the association, with short names.",
    "The meter is at fault; a client that checks it refuses the association.",
)
VERSION_ABOVE: Final = Sign(
    "negotiated-version-wrong",
    "The negotiated DLMS version is not 6",
    "The meter answers with its own version, 6, and not with the one that was proposed.",
    "The meter is at fault.",
)
MECHANISM_OTHER: Final = Sign(
    "aare-mechanism-differs",
    "The AARE names another mechanism than the AARQ",
    "mechanism-name of an AARE that accepts is that of the AARQ.",
    "Set mechanism to what the meter names, or have the meter looked at.",
)
CONTEXT_OTHER: Final = Sign(
    "aare-context-differs",
    "The AARE accepts another context than was asked for",
    "An AARE that accepts names the application context of the AARQ.",
    "Set context to what the meter names.",
)
ECHOED: Final = Sign(
    "aare-echoes-client",
    "The AARE gives the client its own qualifiers back",
    "responding-AE-qualifier, responding-AP-invocation-id and responding-AE-invocation-id are the meter's own.",
    "The meter is at fault; a client must not take them for names of the meter.",
)
TITLE_WANTING: Final = Sign(
    "responding-title-not-sent",
    "The AARE does not tell the meter's system title",
    "With ciphering, GMAC, SHA-256 and ECDSA the client needs responding-AP-title; without it only a title that is "
    "known beforehand helps.",
    "Declare server_system_title; the meter is at fault.",
)
TITLE_CHANGES: Final = Sign(
    "responding-title-changes",
    "The meter's system title is another than before",
    "A logical device has one system title; all its nonces and answers are made with it.",
    "The meter is at fault, unless the exchanges are of several meters.",
)
RESPONSE_WEAKER: Final = Sign(
    "initiate-response-protected-less",
    "The InitiateResponse is protected less than its request",
    "What the InitiateRequest was authenticated or encrypted with is missing in the security control of the answer.",
    "The meter is at fault.",
)
RESPONSE_DEDICATED: Final = Sign(
    "initiate-response-under-dedicated-key",
    "The InitiateResponse is under the dedicated key",
    "InitiateRequest and InitiateResponse are protected with the global key; the dedicated key serves after them.",
    "The meter is at fault.",
)


def explain(exchange: Exchange) -> Iterator[Statement]:
    """Every fault of the AARE of an exchange against its AARQ."""
    step, aare, aarq = exchange.response, exchange.aare, exchange.aarq
    if step is None or aare is None or not aare.accepted:
        return
    if aarq is not None:
        yield from _echoes(step, aarq, aare)
        yield from _title(exchange, step, aarq, aare)
        yield from _protection(exchange, step)
    if exchange.negotiated is not None:
        yield from _settled(exchange, step, exchange.negotiated)


def changes(exchanges: list[Exchange]) -> Iterator[Statement]:
    """Titles that change from exchange to exchange with one logical device."""
    told: dict[object, tuple[bytes, Step]] = {}
    for exchange in exchanges:
        step, aare = exchange.response, exchange.aare
        title = None if aare is None else aare.responding_ap_title
        if step is None or not title or aare is None or not aare.accepted:
            continue
        device = exchange.saps[1] if exchange.saps is not None else None
        before, where = told.setdefault(device, (title, step))
        if before != title:
            text = f"The responding-AP-title is {title.hex().upper()}; it was {before.hex().upper()} in frame "
            text += f"{where.frame}."
            yield step.state(TITLE_CHANGES, "error", READ, "aare.responding-AP-title.value", text, weight=5)


def _settled(exchange: Exchange, step: Step, said: InitiateResponse) -> Iterator[Statement]:
    context = exchange.context
    due = None if context is None else SN_NAME if context.short_names else LN_NAME
    if due is not None and said.vaa_name != due:
        text = f"vaa-name is {said.vaa_name:04X}; with this context it is {due:04X}."
        yield step.state(VAA_NAME, "error", READ, "initiate-response.vaa-name", text)
    version = said.negotiated_dlms_version_number
    if version != _VERSION:
        asked = exchange.proposed
        echoed = asked is not None and asked.proposed_dlms_version_number == version
        text = f"negotiated-dlms-version-number is {version}{', what was proposed' if echoed else ''}; it is 6."
        yield step.state(VERSION_ABOVE, "error", READ, "initiate-response.negotiated-dlms-version-number", text)


def _echoes(step: Step, aarq: Aarq, aare: Aare) -> Iterator[Statement]:
    if aare.application_context_name != aarq.application_context_name:
        told, asked = aare.application_context_name.hex(" ").upper(), aarq.application_context_name.hex(" ").upper()
        text = f"The AARE accepts the context {told}; the AARQ asked for {asked}."
        yield step.state(CONTEXT_OTHER, "error", READ, "aare.application-context-name", text, weight=5)
    if aare.mechanism_name is not None and aarq.mechanism_name not in (None, aare.mechanism_name):
        text = (
            f"The AARE names {mechanism_words(aare.mechanism)}; the AARQ asked for {mechanism_words(aarq.mechanism)}."
        )
        yield step.state(MECHANISM_OTHER, "error", READ, "aare.mechanism-name", text, weight=5)
    for name, sent, came in (
        ("responding-AE-qualifier", aarq.calling_ae_qualifier, aare.responding_ae_qualifier),
        ("responding-AP-invocation-id", aarq.calling_ap_invocation_id, aare.responding_ap_invocation_id),
        ("responding-AE-invocation-id", aarq.calling_ae_invocation_id, aare.responding_ae_invocation_id),
    ):
        if sent is not None and sent == came:
            text = f"{name} is what the AARQ carries as {name.replace('responding', 'calling')}."
            yield step.state(ECHOED, "warning", READ, f"aare.{name}", text)


def _title(exchange: Exchange, step: Step, aarq: Aarq, aare: Aare) -> Iterator[Statement]:
    ciphered = aarq.application_context is not None and aarq.application_context.ciphered
    if aare.responding_ap_title is None and (ciphered or aarq.mechanism in _TITLED):
        text = "The AARE has no responding-AP-title, which the client needs here"
        known = "; the declared one is used" if exchange.keys.server_title is not None else ""
        yield step.state(TITLE_WANTING, "warning", READ, "aare", f"{text}{known}.")


def _protection(exchange: Exchange, step: Step) -> Iterator[Statement]:
    request = exchange.request
    asked = None if request is None else request.seal
    told = step.seal
    if asked is None or told is None:
        return
    if asked.control.octet & 0x30 & ~told.control.octet:
        text = f"The InitiateRequest has security control {asked.control}, the InitiateResponse {told.control}."
        yield step.state(RESPONSE_WEAKER, "warning", READ, "security-header.security-control", text)
    opening = told.opening
    dedicated = exchange.dedicated
    key = None if opening is None else opening.key
    if not told.dedicated and key is not None and dedicated is not None and key.octets == dedicated.octets:
        text = "The InitiateResponse opens with the dedicated key."
        yield step.state(RESPONSE_DEDICATED, "error", Evidence.PROVEN, "ciphertext", text, weight=10)
    elif told.dedicated:
        text = "The InitiateResponse says that it is under the dedicated key."
        yield step.state(RESPONSE_DEDICATED, "error", READ, "", text, weight=10)
