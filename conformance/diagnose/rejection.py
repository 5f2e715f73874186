"""What a refusal means: the signs in an exchange, their likely causes in the order of evidence, and what to change."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from conformance.dlms import apdu as apdus
from conformance.dlms.acse.aare import Aare
from conformance.dlms.acse.enumerations import DiagnosticSource
from conformance.dlms.errors import DecodeError
from conformance.dlms.xdlms.confirmed_service_error import ConfirmedServiceError
from conformance.dlms.xdlms.exception_response import ExceptionResponse


@dataclass(frozen=True, slots=True)
class Finding:
    """One statement about an exchange.

    Attributes:
        code: stable, kebab-case.
        severity: `error`, `warning` or `info`.
        apdu: index of the APDU that shows it, in the sequence that was given.
        field: dotted path of the field that shows it.
        message: what it means.
        suggestion: what to change.
    """

    code: str
    severity: str
    apdu: int
    field: str
    message: str
    suggestion: str


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a sign stands for."""

    code: str
    message: str
    suggestion: str


USER_DIAGNOSTICS = {
    1: Meaning(
        "association-refused-without-reason",
        "The meter gives no reason. Context, mechanism or user-information differ from what this SAP expects.",
        "Compare context, mechanism, conformance and max_receive_pdu_size with the maker's documents for this client.",
    ),
    2: Meaning(
        "application-context-not-supported",
        "The meter does not serve the proposed application context to this client.",
        "Set context to the other of ln and sn, or to the same with or without -ciphered.",
    ),
    3: Meaning(
        "calling-ap-title-not-recognized",
        "The client's system title is absent, not of 8 octets, or not the one that the meter knows.",
        "Set client_system_title to the one registered in the meter.",
    ),
    6: Meaning(
        "calling-ae-invocation-id-not-recognized",
        "The client user is missing or not in the meter's user_list.",
        "Set client_user_id to a user of the meter.",
    ),
    11: Meaning(
        "mechanism-not-recognized",
        "The meter does not know the proposed authentication mechanism for this client.",
        "Set mechanism to the one that the meter declares for this client_sap.",
    ),
    12: Meaning(
        "mechanism-name-required",
        "The meter wants the mechanism to be named.",
        "Set mechanism; none leaves the name out.",
    ),
    13: Meaning(
        "authentication-failure",
        "Secret or key is wrong, the security control does not fit the meter's policy, the invocation counter is too "
        "low, a system title is wrong, or a dedicated key is missing.",
        "Check secret, encryption_key, authentication_key, security_control, client_system_title, invocation_counter.",
    ),
    14: Meaning(
        "authentication-required",
        "The meter wants authentication and the request carried none.",
        "Set mechanism and secret.",
    ),
}
PROVIDER_DIAGNOSTICS = {
    1: Meaning(
        "provider-refused-without-reason",
        "The ACSE provider of the meter refuses without a reason.",
        "Look at the components of the AARQ one by one against an accepted exchange.",
    ),
    2: Meaning(
        "no-common-acse-version",
        "The meter shares no ACSE version with the request: the protocol-version does not offer version1, or the SAP "
        "speaks another context.",
        "Leave protocol-version out, or offer version1 (its first bit).",
    ),
}
INITIATE_ERRORS = {
    0: Meaning(
        "initiate-error-other",
        "The meter refuses the xDLMS context for a reason of its own.",
        "Compare context and conformance.",
    ),
    1: Meaning("dlms-version-too-low", "The proposed DLMS version is below the meter's.", "Propose version 6."),
    2: Meaning(
        "incompatible-conformance",
        "Nothing of the proposed conformance is served in this association.",
        "Set conformance to what the meter declares for this client_sap.",
    ),
    3: Meaning(
        "pdu-size-too-short",
        "The client's maximum receive PDU size is below what the meter can work with.",
        "Raise max_receive_pdu_size.",
    ),
    4: Meaning(
        "refused-by-vde-handler",
        "The meter's VDE handler refuses the association.",
        "Ask the maker what it depends on.",
    ),
}
SERVICE_ERRORS = {
    1: Meaning(
        "operation-not-possible", "The operation is not possible in the present state.", "Look at what precedes it."
    ),
    2: Meaning("service-not-supported", "The meter does not serve this service here.", "Leave it out of conformance."),
    3: Meaning("other-reason", "The meter could not make sense of the request.", "Look at the octets of the request."),
    4: Meaning(
        "pdu-too-long", "The request is longer than the meter takes.", "Use block transfer, or shorter requests."
    ),
    5: Meaning(
        "deciphering-error",
        "The meter could not open the request: wrong key for the service (global or dedicated), wrong system title, or "
        "wrong counter.",
        "Check encryption_key, authentication_key, client_system_title, and whether pass3_key should be the other one.",
    ),
    6: Meaning(
        "invocation-counter-error",
        "The invocation counter of the request was not above the last one accepted.",
        "Set invocation_counter so that it is read from the meter, or start above the expected value.",
    ),
}
_DECIPHERING = (0, 6)
"""ServiceError application-reference, value deciphering-error."""


def explain(replies: Sequence[bytes]) -> Iterator[Finding]:
    """What refusals among `replies` mean.

    Args:
        replies: APDUs from the meter, deciphered where they were protected, in the order of their arrival.
    """
    for index, octets in enumerate(replies):
        try:
            value = apdus.decode(octets, deviations=[])
        except DecodeError:
            continue
        match value:
            case Aare() if not value.accepted:
                yield from _refused_opening(index, value)
            case ExceptionResponse(service_error=error) if error in SERVICE_ERRORS:
                yield _finding(index, "exception-response.service-error", SERVICE_ERRORS[error])
            case ConfirmedServiceError(category=category, value=reason) if (category, reason) == _DECIPHERING:
                yield _finding(index, "confirmed-service-error.value", SERVICE_ERRORS[5])


def _refused_opening(index: int, aare: Aare) -> Iterator[Finding]:
    provider = aare.diagnostic_source == DiagnosticSource.PROVIDER
    meaning = (PROVIDER_DIAGNOSTICS if provider else USER_DIAGNOSTICS).get(aare.diagnostic)
    error = _initiate_error(aare.user_information)
    if error is not None:
        yield _finding(index, "aare.user-information", error)
    if meaning is not None:
        yield _finding(index, "aare.result-source-diagnostic", meaning)


def _initiate_error(user_information: bytes | None) -> Meaning | None:
    if user_information is None:
        return None
    try:
        value = apdus.decode(user_information, deviations=[])
    except DecodeError:
        return None
    if isinstance(value, ConfirmedServiceError) and value.category == 6:
        return INITIATE_ERRORS.get(value.value)
    return None


def _finding(index: int, field: str, meaning: Meaning) -> Finding:
    return Finding(meaning.code, "error", index, field, meaning.message, meaning.suggestion)
