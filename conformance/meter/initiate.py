"""Negotiation of the xDLMS context: what the server makes of an InitiateRequest (IEC 62056-5-3)."""

from __future__ import annotations

from typing import Final

from conformance.dlms.security.suite import suite_of
from conformance.dlms.xdlms.confirmed_service_error import (
    ConfirmedService,
    ConfirmedServiceError,
    InitiateError,
    ServiceError,
)
from conformance.dlms.xdlms.initiate import LN_VAA_NAME, SN_VAA_NAME, InitiateRequest, InitiateResponse
from conformance.meter.model.associations import AssociationProfile

DLMS_VERSION: Final = 6
SMALLEST_PDU: Final = 12
"""A client that takes less (0 means no limit) is refused."""


def negotiate(
    request: InitiateRequest, profile: AssociationProfile, faults: frozenset[str]
) -> InitiateResponse | ConfirmedServiceError:
    """What the association may use, or why it cannot be."""
    if request.proposed_quality_of_service is not None and "quality-of-service-refused" in faults:
        return initiate_error(InitiateError.OTHER)
    if request.proposed_quality_of_service == 1 and "quality-of-service-1-refused" in faults:
        return initiate_error(InitiateError.REFUSED_BY_THE_VDE_HANDLER)
    if request.proposed_dlms_version_number < DLMS_VERSION and "dlms-version-unchecked" not in faults:
        return initiate_error(InitiateError.DLMS_VERSION_TOO_LOW)
    conformance = request.proposed_conformance & profile.conformance
    if not conformance and "conformance-empty-accepted" not in faults:
        return initiate_error(InitiateError.INCOMPATIBLE_CONFORMANCE)
    if "conformance-never-proposed-negotiated" in faults:
        conformance = profile.conformance
    size = request.client_max_receive_pdu_size
    if 0 < size < SMALLEST_PDU and "pdu-size-unchecked" not in faults:
        return initiate_error(InitiateError.PDU_SIZE_TOO_SHORT)
    if size == 0 and "pdu-size-0-refused" in faults:
        return initiate_error(InitiateError.PDU_SIZE_TOO_SHORT)
    if not _fits(request.dedicated_key, profile) and "dedicated-key-length-unchecked" not in faults:
        return initiate_error(InitiateError.OTHER)
    vaa_name = SN_VAA_NAME if profile.context.short_names else LN_VAA_NAME
    version = request.proposed_dlms_version_number if "dlms-version-echoed" in faults else DLMS_VERSION
    return InitiateResponse(
        negotiated_conformance=conformance,
        server_max_receive_pdu_size=profile.server_max_receive_pdu_size,
        vaa_name=0 if "vaa-name-wrong" in faults else vaa_name,
        negotiated_dlms_version_number=version,
    )


def _fits(key: bytes | None, profile: AssociationProfile) -> bool:
    """Whether a dedicated key may be there, and has the length of the suite's keys."""
    return key is None or (profile.context.ciphered and len(key) == suite_of(profile.security_suite).key_octets)


def initiate_error(value: InitiateError) -> ConfirmedServiceError:
    """The error that the user-information of a rejecting AARE carries."""
    return ConfirmedServiceError(ConfirmedService.INITIATE_ERROR, ServiceError.INITIATE, value)
