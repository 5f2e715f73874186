"""Replies as faulty meters send them: fields not echoed, octets too many or too few, answers to what is not served."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from conformance.cosem.names import CURRENT_ASSOCIATION
from conformance.dlms.data.values import octet_string
from conformance.dlms.xdlms import action, confirmed_service_error, exception_response, get, read
from conformance.dlms.xdlms import set as set_service
from conformance.dlms.xdlms.get import GetResponseNormal
from conformance.dlms.xdlms.invoke_id import INVOKE_ID, PRIORITY
from conformance.dlms.xdlms.read import ReadResponse
from conformance.meter.model.associations import AssociationProfile
from conformance.meter.service_call import Encodable
from conformance.meter.services import LONG_NAME_TAGS, SHORT_NAME_TAGS

_WITH_INVOKE_ID: Final = frozenset((get.RESPONSE_TAG, set_service.RESPONSE_TAG, action.RESPONSE_TAG))
_GET_RESULT: Final = 3
"""Where the choice of Get-Data-Result stands in a get-response-normal."""
_RUBBISH: Final = bytes.fromhex("00000000")


@dataclass(frozen=True, slots=True)
class Octets:
    """A reply that is given as it is sent."""

    octets: bytes

    def encode(self) -> bytes:
        """The octets."""
        return self.octets


def distorted(answer: Encodable | None, faults: frozenset[str]) -> Encodable | None:
    """The reply of a meter with these defects, in place of `answer`."""
    if answer is None:
        return None
    octets = answer.encode()
    if octets[0] == exception_response.TAG and "exception-response-left-out" in faults:
        return None
    if octets[0] in _WITH_INVOKE_ID:
        octets = _misaddressed(octets, faults)
    normal_get = octets[:2] == b"\xc4\x01"
    if normal_get and octets[_GET_RESULT] == 1 and "get-error-of-three-octets" in faults:
        octets = octets[:_GET_RESULT]
    return Octets(octets)


def distorted_release(octets: bytes, faults: frozenset[str]) -> bytes | None:
    """The RLRE of a meter with these defects."""
    if "rlre-left-out" in faults:
        return None
    if "rlrq-answered-with-rubbish" in faults:
        return _RUBBISH
    if "rlre-length-wrong" in faults:
        return octets[:1] + bytes((octets[1] + 2,)) + octets[2:]
    return octets


def answer_to_unknown_service(octets: bytes, profile: AssociationProfile, faults: frozenset[str]) -> Encodable | None:
    """What a faulty meter says to an APDU that this association does not know; None for what a sound one says."""
    tag, short_names = octets[0], profile.context.short_names
    name = octet_string(CURRENT_ASSOCIATION)
    if not short_names and tag == read.REQUEST_TAG and "read-served-with-logical-names" in faults:
        return ReadResponse((name,))
    if short_names and tag == get.REQUEST_TAG and len(octets) > 2 and "get-served-with-short-names" in faults:
        return GetResponseNormal(octets[2], name)
    if tag not in LONG_NAME_TAGS | SHORT_NAME_TAGS and "unknown-apdu-echoed" in faults:
        return Octets(octets)
    return None


def is_error(octets: bytes) -> bool:
    """Whether a reply says that a request was not served, or one of its parts."""
    tag, kind = octets[0], octets[1] if len(octets) > 1 else 0
    if tag in (exception_response.TAG, confirmed_service_error.TAG):
        return True
    if kind != 1 or len(octets) <= _GET_RESULT:
        return False
    return tag in _WITH_INVOKE_ID and octets[_GET_RESULT] != 0


def _misaddressed(octets: bytes, faults: frozenset[str]) -> bytes:
    invoke = octets[2]
    if "invoke-id-not-echoed" in faults:
        invoke = invoke & ~INVOKE_ID | 1
    if "priority-not-echoed" in faults:
        invoke &= ~PRIORITY
    return octets[:2] + bytes((invoke,)) + octets[3:]
