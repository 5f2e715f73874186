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
from conformance.meter.model.associations import AssociationProfile

TITLE_OCTETS: Final = 8
CHALLENGE_OCTETS: Final = range(8, 65)
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


def _protocol_version(aarq: Aarq, _expected: Expectation) -> Rejection | None:
    bits = aarq.protocol_version
    if bits is not None and not bits.startswith("1"):
        return provider(ServiceProviderDiagnostic.NO_COMMON_ACSE_VERSION)
    return None


def _application_context(aarq: Aarq, expected: Expectation) -> Rejection | None:
    if aarq.application_context is not expected.profile.context:
        return user(ServiceUserDiagnostic.APPLICATION_CONTEXT_NAME_NOT_SUPPORTED)
    return None


def _calling_title(aarq: Aarq, expected: Expectation) -> Rejection | None:
    profile, title = expected.profile, aarq.calling_ap_title
    if not needs_title(profile.context, profile.mechanism):
        return None
    wanted = expected.client_title
    if title is None or len(title) != TITLE_OCTETS or (wanted is not None and title != wanted):
        return user(ServiceUserDiagnostic.CALLING_AP_TITLE_NOT_RECOGNIZED)
    return None


def _client_user(aarq: Aarq, expected: Expectation) -> Rejection | None:
    users = expected.profile.users
    if users and all(user.id != aarq.calling_ae_invocation_id for user in users):
        return user(ServiceUserDiagnostic.CALLING_AE_INVOCATION_IDENTIFIER_NOT_RECOGNIZED)
    return None


def _authentication(aarq: Aarq, expected: Expectation) -> Rejection | None:
    required = expected.profile.mechanism
    selected = (aarq.sender_acse_requirements or "").startswith("1")
    if required is Mechanism.LOWEST:
        return _no_authentication(aarq)
    if not selected:
        return user(ServiceUserDiagnostic.AUTHENTICATION_REQUIRED)
    if aarq.mechanism_name is None:
        return user(ServiceUserDiagnostic.AUTHENTICATION_MECHANISM_NAME_REQUIRED)
    mechanism = MECHANISMS.get(aarq.mechanism_name)
    if mechanism is None or mechanism > required:
        return user(ServiceUserDiagnostic.AUTHENTICATION_MECHANISM_NAME_NOT_RECOGNISED)
    value = aarq.calling_authentication_value
    if mechanism is not required or value is None or aarq.authentication_choice != AuthenticationChoice.CHARSTRING:
        return user(ServiceUserDiagnostic.AUTHENTICATION_FAILURE)
    return _password(value, expected) if required is Mechanism.LLS else _challenge(value)


def _no_authentication(aarq: Aarq) -> Rejection | None:
    if aarq.mechanism_name is not None and aarq.mechanism is not Mechanism.LOWEST:
        return user(ServiceUserDiagnostic.AUTHENTICATION_MECHANISM_NAME_NOT_RECOGNISED)
    return None


def _password(value: bytes, expected: Expectation) -> Rejection | None:
    if not hmac.compare_digest(value, expected.secret or b""):
        return user(ServiceUserDiagnostic.AUTHENTICATION_FAILURE)
    return None


def _challenge(value: bytes) -> Rejection | None:
    return None if len(value) in CHALLENGE_OCTETS else user(ServiceUserDiagnostic.AUTHENTICATION_FAILURE)


_CHECKS: Final[tuple[Callable[[Aarq, Expectation], Rejection | None], ...]] = (
    _protocol_version,
    _application_context,
    _calling_title,
    _client_user,
    _authentication,
)
