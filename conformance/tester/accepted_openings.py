"""Accepted reactions to an AARQ and to an RLRQ."""

from __future__ import annotations

from conformance.dlms.acse.aare import Aare
from conformance.dlms.acse.enumerations import (
    AssociationResult,
    DiagnosticSource,
    Mechanism,
    ServiceProviderDiagnostic,
    ServiceUserDiagnostic,
)
from conformance.dlms.acse.release import Rlre
from conformance.dlms.xdlms.confirmed_service_error import ConfirmedServiceError
from conformance.dlms.xdlms.conformance import Conformance
from conformance.dlms.xdlms.initiate import LN_VAA_NAME, SN_VAA_NAME, InitiateResponse
from conformance.tester.expectation import Expectation, Mismatch, Situation, expectation, no_apdu
from conformance.tester.reaction import Reaction, Reply
from conformance.tester.seen import diagnostic, hexadecimal, seen

_INITIATE_ERROR = 1
_INITIATE_CATEGORY = 6
INITIATE_ERRORS = {
    0: "other",
    1: "dlms-version-too-low",
    2: "incompatible-conformance",
    3: "pdu-size-too-short",
    4: "refused-by-the-VDE-Handler",
}
"""ServiceError, choice initiate (IEC 62056-5-3)."""


def accepted(*, conformance: Conformance | None = None, dlms_version: int = 6) -> Expectation:
    """An AARE that accepts, consistent in itself and with what was proposed.

    Args:
        conformance: exactly what must be negotiated; None asks only that nothing be negotiated that was not proposed.
        dlms_version: the version that the meter must answer.
    """

    def match(reaction: Reaction, situation: Situation) -> Mismatch | None:
        mismatch = _no_aare(reaction)
        if mismatch is not None:
            return mismatch
        assert isinstance(reaction, Reply)  # noqa: S101 - `_no_aare` has seen to it
        aare = reaction.value
        assert isinstance(aare, Aare)  # noqa: S101 - likewise
        return (
            _acse_mismatch(aare, situation)
            or _initiate_mismatch(reaction, situation, dlms_version)
            or _conformance_mismatch(reaction, situation, conformance)
        )

    words = "AARE accepted"
    if conformance is not None:
        words += f", conformance {{{', '.join(sorted(bit.label for bit in conformance))}}}"
    return expectation(words, match, "aare.result")


def rejected(
    *,
    result: AssociationResult | None = AssociationResult.REJECTED_PERMANENT,
    user: ServiceUserDiagnostic | None = None,
    provider: ServiceProviderDiagnostic | None = None,
    initiate_error: int | None = None,
) -> Expectation:
    """An AARE that rejects with this result, source and diagnostic, and where asked with this initiate error.

    Args:
        result: None accepts rejected-permanent and rejected-transient.
        user: diagnostic of the acse-service-user.
        provider: diagnostic of the acse-service-provider; neither accepts any diagnostic of either.
        initiate_error: value of the ServiceError in the user-information; see `INITIATE_ERRORS`.

    An InitiateResponse in the user-information is no fault where the xDLMS context was not what the AARE rejects: the
    standard's own example of an unsupported application context has one (IEC 62056-5-3, AARE encoding examples).
    """
    wanted = user if user is not None else provider
    source = DiagnosticSource.USER if user is not None else DiagnosticSource.PROVIDER
    words = f"AARE {result.label}" if result is not None else "AARE rejected"
    if wanted is not None:
        words += f", {source.label} {wanted.label} ({int(wanted)})"
    if initiate_error is not None:
        words += f", initiate error {INITIATE_ERRORS[initiate_error]} (0E 01 06 {initiate_error:02X})"

    def match(reaction: Reaction, situation: Situation) -> Mismatch | None:
        mismatch = _no_aare(reaction)
        if mismatch is not None:
            return mismatch
        assert isinstance(reaction, Reply)  # noqa: S101 - `_no_aare` has seen to it
        aare = reaction.value
        assert isinstance(aare, Aare)  # noqa: S101 - likewise
        if aare.result == AssociationResult.ACCEPTED:
            return Mismatch("the meter accepts the association", "aare.result", closeness=2)
        if result is not None and aare.result != result:
            return Mismatch(f"the result is {diagnostic(aare)}", "aare.result", closeness=3)
        if wanted is not None and (aare.diagnostic_source, aare.diagnostic) != (source, wanted):
            return Mismatch(f"the diagnostic is {diagnostic(aare)}", "aare.result-source-diagnostic", closeness=4)
        if initiate_error is not None:
            return _error_mismatch(reaction, initiate_error)
        return None

    return expectation(words, match, "aare.result-source-diagnostic")


def released() -> Expectation:
    """An RLRE."""

    def match(reaction: Reaction, _: Situation) -> Mismatch | None:
        mismatch = no_apdu(reaction, "RLRE")
        if mismatch is not None:
            return mismatch
        if not isinstance(reaction, Reply) or not isinstance(reaction.value, Rlre):
            return Mismatch(f"the reply is no RLRE: {seen(reaction)}", closeness=2)
        return None

    return expectation("RLRE", match, "rlre")


def _no_aare(reaction: Reaction) -> Mismatch | None:
    mismatch = no_apdu(reaction, "AARE")
    if mismatch is not None:
        return mismatch
    if not isinstance(reaction, Reply) or not isinstance(reaction.value, Aare):
        return Mismatch(f"the reply is no AARE: {seen(reaction)}", closeness=1)
    return None


def _acse_mismatch(aare: Aare, situation: Situation) -> Mismatch | None:
    settings = situation.settings
    if aare.result != AssociationResult.ACCEPTED:
        return Mismatch(f"the meter rejects: {diagnostic(aare)}", "aare.result", closeness=2)
    proposed = situation.aarq.application_context_name if situation.aarq else settings.context.oid
    if aare.application_context_name != proposed:
        return Mismatch("the application context is not the proposed one", "aare.application-context-name", 3)
    pending = settings.mechanism >= Mechanism.HLS
    wanted = ServiceUserDiagnostic.AUTHENTICATION_REQUIRED if pending else ServiceUserDiagnostic.NULL
    if (aare.diagnostic_source, aare.diagnostic) != (DiagnosticSource.USER, wanted):
        reason = f"accepted with {diagnostic(aare)}; {wanted.label} ({int(wanted)}) of the acse-service-user expected"
        return Mismatch(reason, "aare.result-source-diagnostic", closeness=4)
    if settings.title_required and len(aare.responding_ap_title or b"") != 8:
        return Mismatch("no responding-AP-title of 8 octets", "aare.responding-AP-title", closeness=4)
    declared = settings.server_system_title
    if declared is not None and aare.responding_ap_title not in (None, declared):
        told = hexadecimal(aare.responding_ap_title or b"")
        reason = f"responding-AP-title {told}, {hexadecimal(declared)} declared"
        return Mismatch(reason, "aare.responding-AP-title", closeness=4)
    if pending:
        return _hls_mismatch(aare, settings.mechanism)
    return None


def _hls_mismatch(aare: Aare, mechanism: Mechanism) -> Mismatch | None:
    if aare.responder_acse_requirements is None or not aare.responder_acse_requirements.startswith("1"):
        return Mismatch("responder-acse-requirements without authentication", "aare.responder-acse-requirements", 5)
    if aare.mechanism_name != mechanism.oid:
        return Mismatch("mechanism-name is not the proposed one", "aare.mechanism-name", closeness=5)
    if not 8 <= len(aare.responding_authentication_value or b"") <= 64:
        return Mismatch("no server challenge of 8 to 64 octets", "aare.responding-authentication-value", closeness=5)
    return None


def _initiate_mismatch(reply: Reply, situation: Situation, dlms_version: int) -> Mismatch | None:
    if reply.initiate_error is not None:
        return Mismatch(f"user-information is not readable: {reply.initiate_error}", "aare.user-information", 5)
    response = reply.initiate
    if not isinstance(response, InitiateResponse):
        return Mismatch("user-information holds no InitiateResponse", "aare.user-information", closeness=5)
    if situation.settings.ciphered and reply.initiate_protected is None:
        return Mismatch("InitiateResponse is not ciphered in a ciphered context", "aare.user-information", closeness=5)
    if response.negotiated_dlms_version_number != dlms_version:
        version = response.negotiated_dlms_version_number
        path = "initiate-response.negotiated-dlms-version-number"
        return Mismatch(f"negotiated DLMS version {version}, expected {dlms_version}", path, closeness=6)
    vaa = SN_VAA_NAME if situation.settings.short_names else LN_VAA_NAME
    if response.vaa_name != vaa:
        return Mismatch(f"vaa-name {response.vaa_name:04X}, expected {vaa:04X}", "initiate-response.vaa-name", 6)
    return None


def _conformance_mismatch(reply: Reply, situation: Situation, wanted: Conformance | None) -> Mismatch | None:
    response = reply.initiate
    assert isinstance(response, InitiateResponse)  # noqa: S101 - `_initiate_mismatch` has seen to it
    path = "initiate-response.negotiated-conformance"
    proposed = situation.initiate.proposed_conformance if situation.initiate else situation.settings.conformance
    excess = response.negotiated_conformance - proposed
    if excess:
        names = ", ".join(sorted(bit.label for bit in excess))
        return Mismatch(f"negotiated conformance has {names}, which was not proposed", path, closeness=7)
    if wanted is not None and response.negotiated_conformance != wanted:
        difference = ", ".join(sorted(bit.label for bit in response.negotiated_conformance ^ wanted))
        return Mismatch(f"negotiated conformance differs from the expected one in {difference}", path, closeness=8)
    return None


def _error_mismatch(reply: Reply, wanted: int) -> Mismatch | None:
    error = reply.initiate
    if not isinstance(error, ConfirmedServiceError):
        return Mismatch("user-information holds no confirmedServiceError", "aare.user-information", closeness=5)
    if (error.confirmed_service, error.category, error.value) != (_INITIATE_ERROR, _INITIATE_CATEGORY, wanted):
        return Mismatch(f"user-information says {error.describe()}", "aare.user-information", closeness=6)
    return None
