"""What faulty meters do with protected requests beside opening them wrongly."""

from __future__ import annotations

from typing import Final

from conformance.dlms.apdu import Apdu
from conformance.dlms.xdlms.enumerations import DataAccessResult
from conformance.dlms.xdlms.set import SetRequestNormal, SetResponseNormal
from conformance.dlms.xdlms.write import WriteRequest
from conformance.meter.invocation_counters import UNCHECKED
from conformance.meter.lenient_opening import TAG_UNCHECKED
from conformance.meter.protection import Protection
from conformance.meter.service_call import Encodable

TAG_NOT_VERIFIED: Final = frozenset((TAG_UNCHECKED,))
_COUNTER_NOT_CHECKED: Final = frozenset((UNCHECKED,))
_NOTHING: Final = frozenset[str]()


def unchecked_in_initiate(faults: frozenset[str]) -> frozenset[str]:
    """What a meter with these defects does not check in the InitiateRequest, though it does in every service."""
    return _COUNTER_NOT_CHECKED if "initiate-counter-not-checked" in faults else _NOTHING


def writes(request: Apdu | None) -> bool:
    """Whether a request writes."""
    return isinstance(request, (SetRequestNormal, WriteRequest))


def confirmed_unseen(request: Apdu | None, protection: Protection | None, faults: frozenset[str]) -> Encodable | None:
    """The confirmation of a write that is not carried out; None where the request is served as it should be."""
    if "dedicated-write-confirmed-not-stored" not in faults or protection is None or not protection.dedicated:
        return None
    if not isinstance(request, SetRequestNormal):
        return None
    return SetResponseNormal(request.invoke_id_and_priority, DataAccessResult.SUCCESS)
