"""Making a `Reply` of an APDU: opened, decoded, and for an AARE with its user-information opened and decoded too."""

from __future__ import annotations

from conformance.dlms import apdu as apdus
from conformance.dlms.acse.aare import Aare
from conformance.dlms.errors import CipherError, DecodeError
from conformance.dlms.fields import Deviation
from conformance.dlms.xdlms.confirmed_service_error import ConfirmedServiceError
from conformance.dlms.xdlms.initiate import InitiateResponse
from conformance.tester.data_link.data_link import ApduReceived
from conformance.tester.reaction import Reply
from conformance.tester.security import ClientSecurity


def read_reply(received: ApduReceived, security: ClientSecurity) -> Reply:
    """What the tester makes of a received APDU; whatever the octets, it never raises."""
    plain, protected = security.open(received.apdu)
    deviations: list[Deviation] = []
    value: apdus.Apdu | None = None
    error: DecodeError | None = None
    try:
        value = apdus.decode(plain, deviations=deviations)
    except DecodeError as failure:
        error = failure
    reply = Reply(received.frame, received.apdu, plain, value, error, tuple(deviations), protected)
    return _with_initiate(reply, value, security) if isinstance(value, Aare) else reply


def _with_initiate(reply: Reply, aare: Aare, security: ClientSecurity) -> Reply:
    if aare.user_information is None:
        return reply
    plain, protected = security.open(aare.user_information, title=aare.responding_ap_title or None)
    initiate: InitiateResponse | ConfirmedServiceError | None = None
    error: DecodeError | CipherError | None = protected.error if protected is not None else None
    if error is None:
        try:
            value = apdus.decode(plain, deviations=[])
        except DecodeError as failure:
            error = failure
        else:
            if isinstance(value, (InitiateResponse, ConfirmedServiceError)):
                initiate = value
    return Reply(
        reply.frame,
        reply.apdu,
        reply.plain,
        reply.value,
        reply.error,
        reply.deviations,
        reply.protected,
        initiate=initiate,
        initiate_protected=protected,
        initiate_plain=plain,
        initiate_error=error,
    )
