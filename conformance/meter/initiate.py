"""Negotiation of the xDLMS context: what the server makes of an InitiateRequest (IEC 62056-5-3)."""

from __future__ import annotations

from typing import Final

from conformance.dlms.xdlms.confirmed_service_error import (
    ConfirmedService,
    ConfirmedServiceError,
    InitiateError,
    ServiceError,
)
from conformance.dlms.xdlms.initiate import LN_VAA_NAME, SN_VAA_NAME, InitiateRequest, InitiateResponse
from conformance.meter.ciphering import legal_dedicated_key
from conformance.meter.model.associations import AssociationProfile

DLMS_VERSION: Final = 6
SMALLEST_PDU: Final = 12
"""A client that takes less (0 means no limit) is refused."""


def negotiate(
    request: InitiateRequest, profile: AssociationProfile, faults: frozenset[str]
) -> InitiateResponse | ConfirmedServiceError:
    """What the association may use, or why it cannot be."""
    if request.proposed_dlms_version_number < DLMS_VERSION:
        return initiate_error(InitiateError.DLMS_VERSION_TOO_LOW)
    conformance = request.proposed_conformance & profile.conformance
    if not conformance:
        return initiate_error(InitiateError.INCOMPATIBLE_CONFORMANCE)
    if 0 < request.client_max_receive_pdu_size < SMALLEST_PDU:
        return initiate_error(InitiateError.PDU_SIZE_TOO_SHORT)
    key = request.dedicated_key
    if key is not None and not (profile.context.ciphered and legal_dedicated_key(key)):
        return initiate_error(InitiateError.OTHER)
    return InitiateResponse(
        negotiated_conformance=conformance,
        server_max_receive_pdu_size=profile.server_max_receive_pdu_size,
        vaa_name=SN_VAA_NAME if profile.context.short_names else LN_VAA_NAME,
        negotiated_dlms_version_number=DLMS_VERSION,
    )


def initiate_error(value: InitiateError) -> ConfirmedServiceError:
    """The error that the user-information of a rejecting AARE carries."""
    return ConfirmedServiceError(ConfirmedService.INITIATE_ERROR, ServiceError.INITIATE, value)
