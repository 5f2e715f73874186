"""Judging an AARQ: what the server looks at before it looks at the InitiateRequest (IEC 62056-5-3)."""

from __future__ import annotations

import hmac
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from conformance.dlms import reader as reading
from conformance.dlms.acse import aarq as aarq_apdu
from conformance.dlms.acse.aarq import Aarq
from conformance.dlms.acse.enumerations import (
    MECHANISMS,
    ApplicationContext,
    AuthenticationChoice,
    DiagnosticSource,
    Mechanism,
    ServiceProviderDiagnostic,
    ServiceUserDiagnostic,
)
from conformance.dlms.errors import DecodeError
from conformance.dlms.fields import Deviation
from conformance.meter.crash import MeterCrashedError
from conformance.meter.model.associations import AssociationProfile

TITLE_OCTETS: Final = 8
TITLE_NOT_KEPT: Final = "unregistered-title-accepted-not-used"
CHALLENGE_OCTETS: Final = range(8, 65)
_SHORT_CHALLENGE: Final = 16
_LONGEST_PASSWORD: Final = 64
_TITLED_MECHANISMS: Final = frozenset((Mechanism.HLS_GMAC, Mechanism.HLS_SHA256, Mechanism.HLS_ECDSA))
# BER, which ACSE is coded in, allows longer lengths than needed, and a default value that is sent all the same.
_TOLERATED: Final = frozenset(("length-not-minimal", "integer-not-minimal", "default-sent"))


@dataclass(frozen=True, slots=True)
class Rejection:
    """Why an association is rejected: the Associate-source-diagnostic of the AARE."""

    source: DiagnosticSource
    diagnostic: int


@dataclass(frozen=True, slots=True)
class Expectation:
    """What an AARQ is held against.

    Attributes:
        profile: the association between the client and the logical device.
        secret: LLS password in force; None where none is used.
        client_title: the client's system title, as registered; None where any will do.
        faults: the defects of this meter.
    """

    profile: AssociationProfile
    secret: bytes | None
    client_title: bytes | None
    faults: frozenset[str]


def user(diagnostic: ServiceUserDiagnostic) -> Rejection:
    """A rejection by the service user."""
    return Rejection(DiagnosticSource.USER, diagnostic)


def provider(diagnostic: ServiceProviderDiagnostic) -> Rejection:
    """A rejection by the service provider."""
    return Rejection(DiagnosticSource.PROVIDER, diagnostic)


def read_aarq(octets: bytes) -> Aarq | None:
    """The AARQ, or None when it is no legal one."""
    deviations: list[Deviation] = []
    try:
        aarq = reading.decode(octets, aarq_apdu.read, "aarq", deviations=deviations)
    except DecodeError:
        return None
    return aarq if all(deviation.code in _TOLERATED for deviation in deviations) else None


def judge(aarq: Aarq, expected: Expectation) -> Rejection | None:
    """The first reason to reject the association; None when there is none."""
    for check in _CHECKS:
        rejection = check(aarq, expected)
        if rejection is not None:
            return rejection
    return None


def needs_title(context: ApplicationContext, mechanism: Mechanism) -> bool:
    """Whether the client must say its system title: for ciphering, or for the mechanism to compute with."""
    return context.ciphered or mechanism in _TITLED_MECHANISMS


def _protocol_version(aarq: Aarq, expected: Expectation) -> Rejection | None:
    bits, faults = aarq.protocol_version, expected.faults
    if bits is None or "protocol-version-ignored" in faults:
        return None
    if bits.startswith("1") and "protocol-version-refused-when-present" not in faults:
        return None
    if "protocol-version-refused-by-service-user" in faults:
        return Rejection(DiagnosticSource.USER, ServiceProviderDiagnostic.NO_COMMON_ACSE_VERSION)
    return provider(ServiceProviderDiagnostic.NO_COMMON_ACSE_VERSION)


def _application_context(aarq: Aarq, expected: Expectation) -> Rejection | None:
    if aarq.application_context is not expected.profile.context:
        if "application-context-ignored" in expected.faults:
            return None
        same_end = aarq.application_context_name[-1] == expected.profile.context
        if same_end and "application-context-known-by-last-octet" in expected.faults:
            return None
        return user(ServiceUserDiagnostic.APPLICATION_CONTEXT_NAME_NOT_SUPPORTED)
    return None


def _calling_title(aarq: Aarq, expected: Expectation) -> Rejection | None:
    profile, title, faults = expected.profile, aarq.calling_ap_title, expected.faults
    if not needs_title(profile.context, profile.mechanism):
        return None
    wanted = expected.client_title
    if title is not None and title == profile.server_system_title and "server-title-accepted-from-client" in faults:
        return None
    if title is not None and not any(title) and "zero-title-accepted" in faults:
        return None
    if title is not None and len(title) == TITLE_OCTETS and TITLE_NOT_KEPT in faults:
        return None
    if title is None and "calling-title-not-required" in faults:
        return None
    if title is not None and len(title) != TITLE_OCTETS and "calling-title-length-unchecked" in faults:
        return None
    if title is None or len(title) != TITLE_OCTETS or (wanted is not None and title != wanted):
        return user(ServiceUserDiagnostic.CALLING_AP_TITLE_NOT_RECOGNIZED)
    if title == profile.server_system_title or not any(title):
        # A title names one party: not the meter, and not nobody.
        return user(ServiceUserDiagnostic.CALLING_AP_TITLE_NOT_RECOGNIZED)
    return None


def _client_user(aarq: Aarq, expected: Expectation) -> Rejection | None:
    users, given, faults = expected.profile.users, aarq.calling_ae_invocation_id, expected.faults
    if not users and given is not None and "client-user-refused-without-user-list" in faults:
        return user(ServiceUserDiagnostic.CALLING_AE_INVOCATION_IDENTIFIER_NOT_RECOGNIZED)
    if users and all(user.id != given for user in users):
        if "user-list-ignored" in faults or (given is None and "client-user-not-required" in faults):
            return None
        if "client-user-refused-as-authentication-failure" in faults:
            return user(ServiceUserDiagnostic.AUTHENTICATION_FAILURE)
        return user(ServiceUserDiagnostic.CALLING_AE_INVOCATION_IDENTIFIER_NOT_RECOGNIZED)
    return None


def _authentication(aarq: Aarq, expected: Expectation) -> Rejection | None:
    required, faults = expected.profile.mechanism, expected.faults
    selected = (aarq.sender_acse_requirements or "").startswith("1")
    if required is Mechanism.LOWEST:
        return _no_authentication(aarq)
    if not selected:
        if aarq.mechanism_name is None and "authentication-not-required" in faults:
            return None
        return user(ServiceUserDiagnostic.AUTHENTICATION_REQUIRED)
    if aarq.mechanism_name is None:
        return user(ServiceUserDiagnostic.AUTHENTICATION_MECHANISM_NAME_REQUIRED)
    mechanism = MECHANISMS.get(aarq.mechanism_name)
    if mechanism is None and "mechanism-unknown-accepted" in faults:
        mechanism = required
    if mechanism is not None and mechanism < required and "mechanism-downgrade-accepted" in faults:
        return None
    if mechanism is None or mechanism > required:
        return user(ServiceUserDiagnostic.AUTHENTICATION_MECHANISM_NAME_NOT_RECOGNISED)
    value = aarq.calling_authentication_value
    if mechanism is not required or value is None or aarq.authentication_choice != AuthenticationChoice.CHARSTRING:
        return user(ServiceUserDiagnostic.AUTHENTICATION_FAILURE)
    return _password(value, expected) if required is Mechanism.LLS else _challenge(value, faults)


def _no_authentication(aarq: Aarq) -> Rejection | None:
    if aarq.mechanism_name is not None and aarq.mechanism is not Mechanism.LOWEST:
        return user(ServiceUserDiagnostic.AUTHENTICATION_MECHANISM_NAME_NOT_RECOGNISED)
    return None


def _password(value: bytes, expected: Expectation) -> Rejection | None:
    secret, faults = expected.secret or b"", expected.faults
    if "lls-password-not-checked" in faults:
        return None
    if "lls-password-compared-as-far-as-sent" in faults:
        secret = secret[: len(value)]
    if len(value) > _LONGEST_PASSWORD and "lls-long-password-crashes" in faults:
        raise MeterCrashedError
    if hmac.compare_digest(value, secret):
        return None
    return user(ServiceUserDiagnostic.AUTHENTICATION_FAILURE)


def _challenge(value: bytes, faults: frozenset[str]) -> Rejection | None:
    legal = len(value) in CHALLENGE_OCTETS or "challenge-length-unchecked" in faults
    if len(value) > _SHORT_CHALLENGE and "challenge-above-16-octets-refused" in faults:
        legal = False
    return None if legal else user(ServiceUserDiagnostic.AUTHENTICATION_FAILURE)


_CHECKS: Final[tuple[Callable[[Aarq, Expectation], Rejection | None], ...]] = (
    _protocol_version,
    _application_context,
    _calling_title,
    _client_user,
    _authentication,
)
