"""Association requests that are not legal and are accepted all the same."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from conformance.diagnose.reasoning.exchange import Exchange
from conformance.diagnose.reasoning.statement import Evidence, Sign, Statement
from conformance.dlms.acse.aarq import Aarq
from conformance.dlms.acse.enumerations import Mechanism
from conformance.dlms.xdlms.initiate import InitiateRequest

_SMALLEST: Final = 12
_TITLE: Final = 8

ACCEPTED: Final = Sign(
    "illegal-association-accepted",
    "An association request that is not legal is accepted",
    "Something in the AARQ or its InitiateRequest is not what the standard allows, and the meter accepts it.",
    "The meter is at fault: it must refuse this request. A client that relies on it fails with other meters.",
)
PASSWORD: Final = Sign(
    "other-password-accepted",
    "A password that is not the declared one is accepted",
    "Under low level security the password is all that shows who calls.",
    "Look whether the declared secret is right; if it is, the meter takes any password.",
)


def explain(exchange: Exchange) -> Iterator[Statement]:
    """What an accepted AARQ should have been refused for."""
    step, aarq, aare = exchange.request, exchange.aarq, exchange.aare
    if step is None or aarq is None or aare is None or not aare.accepted:
        return
    for path, words in (*_acse(aarq), *_initiate(exchange.proposed), *_sealed(exchange)):
        yield step.state(ACCEPTED, "error", Evidence.READ, path, f"The meter accepts {words}.", weight=8)
    declared, sent = exchange.keys.password, aarq.calling_authentication_value
    known = aarq.mechanism is Mechanism.LLS and step.whole
    if known and declared is not None and sent is not None and sent != declared.reveal():
        text = f"The meter accepts a password of {len(sent)} octets; it is not the declared one."
        yield step.state(PASSWORD, "error", Evidence.READ, "aarq.calling-authentication-value.value", text)


def _acse(aarq: Aarq) -> Iterator[tuple[str, str]]:
    context, mechanism = aarq.application_context, aarq.mechanism
    if aarq.protocol_version is not None and aarq.protocol_version[:1] != "1":
        yield "aarq.protocol-version", f"protocol-version {aarq.protocol_version or 'without bits'}, without version1"
    if context is None:
        yield "aarq.application-context-name", "an application context that DLMS does not have"
    if aarq.mechanism_name is not None and mechanism is None:
        yield "aarq.mechanism-name", "a mechanism that DLMS does not have"
    title = aarq.calling_ap_title
    ciphered = context is not None and context.ciphered
    if title is None and ciphered:
        yield "aarq", "an AARQ without calling-AP-title in a context with ciphering"
    elif title is not None and ciphered and (len(title) != _TITLE or not any(title)):
        shown = "of zeros" if len(title) == _TITLE else f"of {len(title)} octets"
        yield "aarq.calling-AP-title.value", f"a calling-AP-title {shown}"
    challenge = aarq.calling_authentication_value
    if mechanism is not None and mechanism.high_level and challenge is not None and not 8 <= len(challenge) <= 64:
        yield "aarq.calling-authentication-value.value", f"a challenge of {len(challenge)} octets"


def _initiate(proposed: InitiateRequest | None) -> Iterator[tuple[str, str]]:
    if proposed is None:
        return
    version, size = proposed.proposed_dlms_version_number, proposed.client_max_receive_pdu_size
    if version < 6:
        yield "initiate-request.proposed-dlms-version-number", f"DLMS version {version}"
    if 0 < size < _SMALLEST:
        yield "initiate-request.client-max-receive-pdu-size", f"client-max-receive-pdu-size {size}"
    key = proposed.dedicated_key
    if key is not None and len(key) not in (16, 32):
        yield "initiate-request.dedicated-key", f"a dedicated key of {len(key)} octets"


def _sealed(exchange: Exchange) -> Iterator[tuple[str, str]]:
    seal = None if exchange.request is None else exchange.request.seal
    if seal is None or exchange.keys.encryption is None:
        return
    told = None if exchange.response is None else exchange.response.seal
    if told is not None and (told.opening is None or told.opening.differs):
        return
    opening = seal.opening
    wrong = opening is None or (opening.evidence is Evidence.READ and seal.control.authenticated)
    if seal.tried and seal.control.authenticated and (wrong or (opening is not None and opening.differs)):
        yield "authentication-tag", "an InitiateRequest whose tag does not verify with the declared keys and titles"
    if seal.control.compressed:
        yield "security-header.security-control", "an InitiateRequest that says to be compressed"
