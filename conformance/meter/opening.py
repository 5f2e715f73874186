"""From an AARQ to an AARE: judging, opening the InitiateRequest, negotiating, and what the AARE then says."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from conformance.dlms import reader as reading
from conformance.dlms.acse.aare import Aare
from conformance.dlms.acse.aarq import Aarq
from conformance.dlms.acse.enumerations import (
    AssociationResult,
    DiagnosticSource,
    Mechanism,
    ServiceProviderDiagnostic,
    ServiceUserDiagnostic,
)
from conformance.dlms.errors import DecodeError
from conformance.dlms.fields import Deviation
from conformance.dlms.xdlms import initiate as initiate_apdu
from conformance.dlms.xdlms.confirmed_service_error import ConfirmedServiceError, InitiateError
from conformance.dlms.xdlms.initiate import InitiateRequest, InitiateResponse
from conformance.meter.aare_encoding import encode_aare
from conformance.meter.acse_server import (
    TITLE_NOT_KEPT,
    TITLE_OCTETS,
    Expectation,
    Rejection,
    judge,
    needs_title,
    provider,
    read_aarq,
    user,
)
from conformance.meter.association_state import Outcome
from conformance.meter.authentication import Authentication
from conformance.meter.ciphering import Ciphering, is_ciphered
from conformance.meter.ciphering_errors import StaleCounterError, UndecipherableError
from conformance.meter.crash import MeterCrashedError
from conformance.meter.data_exchange_faults import unchecked_in_initiate
from conformance.meter.initiate import initiate_error, negotiate
from conformance.meter.key_of_step_faults import under_dedicated_key
from conformance.meter.lenient_opening import COMPRESSION_IGNORED
from conformance.meter.model.associations import PUBLIC_CLIENT_SAP, AssociationProfile
from conformance.meter.model.logical_device import LogicalDevice
from conformance.meter.model.session import AssociationStatus, Session
from conformance.meter.own_title import begin_with_title, own_title
from conformance.meter.protection import Protection
from conformance.meter.request_opener import POLICY_UNENFORCED

_DEFAULT_SENT: Final = "default-sent"
_NOBODY_KNOWS: Final = bytes(32)
"""What a faulty meter puts in place of a password that was missed once."""


@dataclass(frozen=True, slots=True)
class Opening:
    """What became of an AARQ.

    Attributes:
        aare: the answer; None for an unconfirmed association, which has none.
        outcome: ACCEPTED, CHALLENGED or REJECTED.
        session: the association as negotiated; None when it was rejected.
        response: what was negotiated.
    """

    aare: bytes | None
    outcome: Outcome
    session: Session | None = None
    response: InitiateResponse | None = None


@dataclass(frozen=True, slots=True)
class _UserInformation:
    """The InitiateRequest, and how its answer is to be protected."""

    request: InitiateRequest
    protection: Protection | None


class Opener:
    """Opens one association, as often as its client asks."""

    def __init__(
        self,
        profile: AssociationProfile,
        device: LogicalDevice,
        ciphering: Ciphering | None,
        authentication: Authentication,
        faults: frozenset[str],
        *,
        short_conformance_tag: bool = True,
    ) -> None:
        self._profile = profile
        self._device = device
        self._ciphering = ciphering
        self._authentication = authentication
        self._faults = faults
        self._short_conformance_tag = short_conformance_tag

    def open(self, octets: bytes) -> Opening:
        """Judge the octets of an AARQ and make the AARE."""
        aarq = read_aarq(octets)
        if aarq is None:
            return self._rejected(provider(ServiceProviderDiagnostic.NO_REASON_GIVEN))
        rejection = judge(aarq, self._expectation())
        if self._profile.client_sap == PUBLIC_CLIENT_SAP and "public-client-rejected" in self._faults:
            rejection = user(ServiceUserDiagnostic.NO_REASON_GIVEN)
        if rejection is None and aarq.called_ap_title and "called-title-refused" in self._faults:
            rejection = user(ServiceUserDiagnostic.CALLED_AP_TITLE_NOT_RECOGNIZED)
        if rejection is not None:
            if self._kept_silent(rejection):
                return Opening(None, Outcome.REJECTED)
            return Opening(None, Outcome.REJECTED) if _unconfirmed(aarq) else self._rejected(rejection)
        information = self._user_information(aarq)
        if isinstance(information, Rejection):
            return self._rejected(information)
        if information is None:
            error = initiate_error(InitiateError.OTHER)
            if "unreadable-user-information-crashes" in self._faults:
                raise MeterCrashedError
            return self._rejected(user(ServiceUserDiagnostic.NO_REASON_GIVEN), error)
        return self._negotiated(aarq, information)

    def _kept_silent(self, rejection: Rejection) -> bool:
        """What faulty meters do about a wrong password: whether they do not even answer."""
        failed = rejection.diagnostic == ServiceUserDiagnostic.AUTHENTICATION_FAILURE
        if not failed or self._profile.mechanism is not Mechanism.LLS:
            return False
        if "lls-wrong-password-locks-out" in self._faults:
            self._device.change_secret(self._profile, _NOBODY_KNOWS)
        return "lls-wrong-password-unanswered" in self._faults

    def _client_title(self, aarq: Aarq) -> bytes:
        title, registered = aarq.calling_ap_title or b"", self._profile.client_system_title
        if len(title) != TITLE_OCTETS and registered is not None:
            # Only a faulty meter lets such a title come so far; it goes on with the one that it knows.
            return registered
        return title

    def _expectation(self) -> Expectation:
        ciphering, profile = self._ciphering, self._profile
        registered = profile.client_system_title
        if registered is not None and ciphering is not None:
            registered = ciphering.security.client_system_title
        return Expectation(profile, self._device.secret(profile), registered, self._faults)

    def _user_information(self, aarq: Aarq) -> _UserInformation | Rejection | None:
        """The InitiateRequest; a Rejection when its protection is not as it must be, None when it is not readable."""
        octets, protection = aarq.user_information, None
        if not octets:
            return None
        ciphering = self._ciphering
        if ciphering is not None and self._profile.context.ciphered:
            ciphering.begin(self._client_title(aarq))
            unenforced = "initiate-request-policy-not-enforced" in self._faults
            if not is_ciphered(octets[0]):
                if ciphering.security.required_of_requests and not unenforced:
                    return user(ServiceUserDiagnostic.AUTHENTICATION_FAILURE)
                planned = ciphering.reply_protection(Protection())
                protection = planned if planned.layers else None
            else:
                try:
                    overlooking = unchecked_in_initiate(self._faults)
                    if unenforced:
                        overlooking |= {POLICY_UNENFORCED}
                    if "compressed-initiate-request-accepted" in self._faults:
                        overlooking |= {COMPRESSION_IGNORED}
                    opened = ciphering.unprotect(octets, overlooking=overlooking)
                except (DecodeError, UndecipherableError, StaleCounterError):
                    return user(ServiceUserDiagnostic.AUTHENTICATION_FAILURE)
                octets, protection = opened.plain, opened.reply
        request = read_initiate(octets)
        if request is None or (request.short_conformance_tag and not self._short_conformance_tag):
            return None
        return _UserInformation(request, protection)

    def _negotiated(self, aarq: Aarq, information: _UserInformation) -> Opening:
        request, protection = information.request, information.protection
        response = negotiate(request, self._profile, self._faults)
        if isinstance(response, ConfirmedServiceError):
            if not request.response_allowed:
                return Opening(None, Outcome.REJECTED)
            error = None if "initiate-error-not-told" in self._faults else response
            return self._rejected(user(ServiceUserDiagnostic.NO_REASON_GIVEN), error, protection)
        if not request.response_allowed and self._profile.hls:
            # Passes 3 and 4 are confirmed services, and an unconfirmed association has none.
            return Opening(None, Outcome.REJECTED)
        if self._ciphering is not None:
            self._ciphering.use_dedicated_key(request.dedicated_key)
            if TITLE_NOT_KEPT in self._faults:
                self._ciphering.take_client_for(self._ciphering.security.client_system_title)
            if "initiate-response-under-dedicated-key" in self._faults:
                protection = under_dedicated_key(protection, request.dedicated_key)
        session = self._session(aarq, request, response)
        outcome = Outcome.CHALLENGED if self._profile.hls else Outcome.ACCEPTED
        if not request.response_allowed and "unconfirmed-association-answered" not in self._faults:
            return Opening(None, outcome, session, response)
        return Opening(self._accepted(aarq, response, protection), outcome, session, response)

    def _session(self, aarq: Aarq, request: InitiateRequest, response: InitiateResponse) -> Session:
        profile = self._profile
        return Session(
            profile,
            status=AssociationStatus.ASSOCIATION_PENDING if profile.hls else AssociationStatus.ASSOCIATED,
            conformance=response.negotiated_conformance,
            client_max_receive_pdu_size=request.client_max_receive_pdu_size,
            dlms_version_number=response.negotiated_dlms_version_number,
            current_user=aarq.calling_ae_invocation_id if profile.users else None,
            client_system_title=aarq.calling_ap_title,
            hooks=self._authentication,
        )

    def _accepted(self, aarq: Aarq, response: InitiateResponse, protection: Protection | None) -> bytes:
        profile, hls = self._profile, self._profile.hls
        diagnostic = ServiceUserDiagnostic.AUTHENTICATION_REQUIRED if hls else ServiceUserDiagnostic.NULL
        challenge = self._authentication.challenge(aarq.calling_authentication_value or b"") if hls else None
        if self._ciphering is not None:
            begin_with_title(profile, self._ciphering.security, aarq.calling_ap_title, self._faults)
        aare = Aare(
            application_context_name=profile.context.oid,
            result=AssociationResult.ACCEPTED,
            diagnostic_source=DiagnosticSource.USER,
            diagnostic=diagnostic,
            responding_ap_title=self._title(),
            responder_acse_requirements="1" if hls else None,
            mechanism_name=profile.mechanism.oid if hls else None,
            responding_authentication_value=challenge,
            user_information=self._protected(response.encode(), protection),
        )
        if "responding-title-is-that-of-client" in self._faults:
            aare = replace(aare, responding_ap_title=aarq.calling_ap_title)
        if "calling-identifiers-echoed" in self._faults:
            aare = replace(
                aare,
                responding_ap_title=aare.responding_ap_title or aarq.calling_ap_title,
                responding_ae_qualifier=aarq.calling_ae_qualifier,
                responding_ap_invocation_id=aarq.calling_ap_invocation_id,
                responding_ae_invocation_id=aarq.calling_ae_invocation_id,
            )
        return encode_aare(aare, self._faults)

    def _rejected(
        self, rejection: Rejection, error: ConfirmedServiceError | None = None, protection: Protection | None = None
    ) -> Opening:
        aare = Aare(
            application_context_name=self._profile.context.oid,
            result=AssociationResult.REJECTED_PERMANENT,
            diagnostic_source=rejection.source,
            diagnostic=rejection.diagnostic,
            responding_ap_title=self._title(),
            user_information=None if error is None else self._protected(error.encode(), protection),
        )
        return Opening(encode_aare(aare, self._faults), Outcome.REJECTED)

    def _title(self) -> bytes | None:
        profile = self._profile
        if "responding-title-missing" in self._faults:
            return None
        # What a manufacturer computes with is unknown here, so his mechanism is told both titles.
        if needs_title(profile.context, profile.mechanism) or profile.mechanism is Mechanism.HLS:
            security = None if self._ciphering is None else self._ciphering.security
            return own_title(profile, security, self._faults)
        return None

    def _protected(self, plain: bytes, protection: Protection | None) -> bytes:
        if protection is None or self._ciphering is None or "initiate-response-in-clear" in self._faults:
            return plain
        return self._ciphering.protect(plain, protection)


def read_initiate(octets: bytes) -> InitiateRequest | None:
    """The InitiateRequest, or None when it is no legal one."""
    deviations: list[Deviation] = []
    try:
        request = reading.decode(octets, initiate_apdu.read_request, "initiate-request", deviations=deviations)
    except DecodeError:
        return None
    return request if all(deviation.code == _DEFAULT_SENT for deviation in deviations) else None


def _unconfirmed(aarq: Aarq) -> bool:
    """Whether the client wants no answer, as far as that can be read without a key."""
    request = read_initiate(aarq.user_information or b"")
    return request is not None and not request.response_allowed
