"""Making a `Reply` of an APDU: opened and decoded, of an AARE or RLRE the user-information too."""

from __future__ import annotations

from dataclasses import replace

from conformance.dlms import apdu as apdus
from conformance.dlms.acse.aare import Aare
from conformance.dlms.acse.release import Rlre
from conformance.dlms.errors import CipherError, DecodeError
from conformance.dlms.fields import Deviation
from conformance.dlms.xdlms.confirmed_service_error import ConfirmedServiceError
from conformance.dlms.xdlms.initiate import InitiateResponse
from conformance.tester.data_link.data_link import ApduReceived
from conformance.tester.reaction import Reply
from conformance.tester.security import ClientSecurity


def read_reply(received: ApduReceived, security: ClientSecurity, *, bare: bytes | None = None) -> Reply:
    """What the tester makes of a received APDU; whatever the octets, it never raises.

    One that begins with `bare`, once it is opened, is left undecoded: it has neither value nor error.
    """
    clear = bare is not None and received.apdu.startswith(bare)
    plain, protected = (received.apdu, None) if clear else security.open(received.apdu)
    if bare is not None and plain.startswith(bare):
        return Reply(received.frame, received.apdu, plain, None, protected=protected)
    deviations: list[Deviation] = []
    value: apdus.Apdu | None = None
    error: DecodeError | None = None
    try:
        value = apdus.decode(plain, deviations=deviations)
    except DecodeError as failure:
        error = failure
    reply = Reply(received.frame, received.apdu, plain, value, error, tuple(deviations), protected)
    return _with_initiate(reply, value, security) if isinstance(value, (Aare, Rlre)) else reply


def _with_initiate(reply: Reply, value: Aare | Rlre, security: ClientSecurity) -> Reply:
    if value.user_information is None:
        return reply
    title = value.responding_ap_title if isinstance(value, Aare) else None
    plain, protected = security.open(value.user_information, title=title or None)
    initiate: InitiateResponse | ConfirmedServiceError | None = None
    error: DecodeError | CipherError | None = protected.error if protected is not None else None
    if error is None:
        try:
            carried = apdus.decode(plain, deviations=[])
        except DecodeError as failure:
            error = failure
        else:
            if isinstance(carried, (InitiateResponse, ConfirmedServiceError)):
                initiate = carried
    return replace(reply, initiate=initiate, initiate_protected=protected, initiate_plain=plain, initiate_error=error)
