"""Refusals of an association that the request contradicts, and what in the request may stand behind a refusal."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from conformance.diagnose.reasoning.exchange import Exchange
from conformance.diagnose.reasoning.statement import Evidence, Sign, Statement
from conformance.diagnose.reasoning.step import Step, masked
from conformance.dlms.acse.aare import Aare
from conformance.dlms.acse.aarq import Aarq
from conformance.dlms.acse.enumerations import DiagnosticSource, Mechanism
from conformance.dlms.xdlms.confirmed_service_error import ConfirmedServiceError
from conformance.dlms.xdlms.initiate import InitiateRequest

READ: Final = Evidence.READ
_PATH: Final = "aare.result-source-diagnostic"
_INITIATE: Final = 6
_TOO_SHORT: Final = 3
_SMALLEST: Final = 12
_USUAL_CHALLENGE: Final = 16

CONTRADICTED: Final = Sign(
    "refusal-contradicted",
    "The reason that the meter gives does not hold for this request",
    "What the refusal complains about stands in the request as it should: the meter misreads it, or gives a wrong "
    "reason.",
    "The meter is at fault; leave the component out where it is optional.",
)
OPTION: Final = Sign(
    "refused-with-option",
    "The refused request carries an option that many meters do not expect",
    "The component is legal. Where the same request is accepted without it, the meter trips over it.",
    "Try the request without it.",
)
REASON_KEPT: Final = Sign(
    "initiate-error-not-told",
    "The refusal does not say what is wrong with the InitiateRequest",
    "A refusal because of version, conformance or PDU size carries a confirmedServiceError with the initiateError.",
    "The meter is at fault; what is wrong in the request is told besides.",
)
USER_REASON: Final = Sign(
    "no-common-version-by-user",
    "A protocol-version without version1 is refused by the service user",
    "no-common-acse-version (2) is a diagnostic of acse-service-provider; told by acse-service-user, 2 means that the "
    "application context is not supported.",
    "Read it as no-common-acse-version; the meter is at fault.",
)
USER_SUSPECTED: Final = Sign(
    "client-user-suspected",
    "Authentication fails, and a client user is named",
    "Some meters tell authentication-failure (13) where the client user is unknown, in place of diagnostic 6.",
    "Check client_user_id as well as secret.",
)


def explain(exchange: Exchange) -> Iterator[Statement]:
    """What a refusal says against its request."""
    step, aare, aarq, request = exchange.response, exchange.aare, exchange.aarq, exchange.request
    if step is None or aare is None or aarq is None or request is None or aare.accepted:
        return
    yield from _version(step, aarq, aare)
    proposed = exchange.proposed
    error = step.information
    if proposed is not None:
        yield from _size(step, proposed, error)
        yield from _not_told(step, aare, proposed, error)
        yield from _options(request, aarq, proposed, aare)
    provider = aare.diagnostic_source == DiagnosticSource.PROVIDER
    user, failed = aarq.calling_ae_invocation_id, not provider and aare.diagnostic == 13
    if failed and user is not None and aarq.mechanism is Mechanism.LLS and _declared(exchange, request, aarq):
        text = f"Authentication fails, and the AARQ names client user {user}: that may be what is not accepted."
        yield step.state(USER_SUSPECTED, "warning", Evidence.INFERRED, _PATH, text)


def _declared(exchange: Exchange, request: Step, aarq: Aarq) -> bool:
    """Whether the password is the declared one; a log that masks it thereby says that it is."""
    sent, known = aarq.calling_authentication_value, exchange.keys.password
    if not sent:
        return False
    return (known is not None and known.reveal() == sent) or masked(request, sent)


def _version(step: Step, aarq: Aarq, aare: Aare) -> Iterator[Statement]:
    bits = aarq.protocol_version
    provider = aare.diagnostic_source == DiagnosticSource.PROVIDER
    if provider and aare.diagnostic == 2 and (bits is None or bits[:1] == "1"):
        said = "is left out, which stands for version1" if bits is None else f"has the bits {bits}: version1 is offered"
        text = f"The meter tells no-common-acse-version, and protocol-version {said}."
        yield step.state(CONTRADICTED, "error", READ, _PATH, text, weight=10)
    if not provider and aare.diagnostic == 2 and bits is not None and bits[:1] != "1":
        text = (
            f"protocol-version has the bits {bits}, and acse-service-user refuses with 2, which speaks of the context."
        )
        yield step.state(USER_REASON, "error", Evidence.INFERRED, _PATH, text, weight=10)


def _size(step: Step, proposed: InitiateRequest, error: object) -> Iterator[Statement]:
    if not isinstance(error, ConfirmedServiceError) or (error.category, error.value) != (_INITIATE, _TOO_SHORT):
        return
    size = proposed.client_max_receive_pdu_size
    if size and size < _SMALLEST:
        return
    shown = "0, no limit" if not size else f"{size}"
    text = f"The meter tells pdu-size-too-short, and client-max-receive-pdu-size is {shown}."
    yield step.state(CONTRADICTED, "error", READ, "aare.user-information.value", text, weight=10)


def _not_told(step: Step, aare: Aare, proposed: InitiateRequest, error: object) -> Iterator[Statement]:
    size = proposed.client_max_receive_pdu_size
    wrong = [
        words
        for holds, words in (
            (proposed.proposed_dlms_version_number < 6, f"DLMS version {proposed.proposed_dlms_version_number}"),
            (0 < size < _SMALLEST, f"client-max-receive-pdu-size {size}"),
            (not proposed.proposed_conformance, "an empty conformance"),
        )
        if holds
    ]
    provider = aare.diagnostic_source == DiagnosticSource.PROVIDER
    vague = not provider and aare.diagnostic in (0, 1) and step.seal is None
    if wrong and vague and not isinstance(error, ConfirmedServiceError):
        text = f"The InitiateRequest has {' and '.join(wrong)}, and the refusal carries no confirmedServiceError."
        yield step.state(REASON_KEPT, "error", READ, "aare.user-information", text)


def _options(step: Step, aarq: Aarq, proposed: InitiateRequest, aare: Aare) -> Iterator[Statement]:
    """Legal components that a plain request does not have, where no reason or a vague one is given."""
    quality = proposed.proposed_quality_of_service
    challenge = aarq.calling_authentication_value
    high = aarq.mechanism is not None and aarq.mechanism.high_level
    for path, words in (
        (
            "initiate-request.proposed-quality-of-service",
            None if quality is None else f"proposed-quality-of-service {quality}",
        ),
        ("aarq.called-AP-title", None if aarq.called_ap_title is None else "a called-AP-title"),
        (
            "aarq.calling-authentication-value",
            f"a challenge of {len(challenge)} octets"
            if high and challenge is not None and _USUAL_CHALLENGE < len(challenge) <= 64
            else None,
        ),
    ):
        if words is not None and aare.diagnostic in (0, 1, 7, 13):
            text = f"The refused request carries {words}, which is legal; meters that do not expect it refuse it."
            yield step.state(OPTION, "warning", Evidence.INFERRED, path, text)
