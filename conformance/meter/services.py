"""The xDLMS services of one association: which of them serves a request, and which long transfers it ends."""

from __future__ import annotations

from typing import Final

from conformance.cosem.names import CURRENT_ASSOCIATION, ClassId
from conformance.dlms.apdu import Apdu
from conformance.dlms.xdlms import access, action, get, read, write
from conformance.dlms.xdlms import set as set_service
from conformance.dlms.xdlms.access import AccessRequest
from conformance.dlms.xdlms.action import (
    ActionRequestNextPblock,
    ActionRequestNormal,
    ActionRequestWithFirstPblock,
    ActionRequestWithList,
    ActionRequestWithListAndFirstPblock,
    ActionRequestWithPblock,
)
from conformance.dlms.xdlms.get import GetRequestNext, GetRequestNormal, GetRequestWithList
from conformance.dlms.xdlms.invoke_id import LONG_SERVICE_CLASS, SERVICE_CLASS
from conformance.dlms.xdlms.read import ReadRequest
from conformance.dlms.xdlms.set import (
    SetRequestNormal,
    SetRequestWithDatablock,
    SetRequestWithFirstDatablock,
    SetRequestWithList,
    SetRequestWithListAndFirstDatablock,
)
from conformance.dlms.xdlms.write import UnconfirmedWriteRequest, WriteRequest
from conformance.meter import list_faults
from conformance.meter.access_server import AccessServer
from conformance.meter.action_server import ActionServer
from conformance.meter.get_server import GetServer
from conformance.meter.model.associations import AssociationProfile
from conformance.meter.service_block_faults import distorted
from conformance.meter.service_call import Encodable, ServiceCall
from conformance.meter.set_server import SetServer
from conformance.meter.short_name_server import ShortNameServer

LONG_NAME_TAGS: Final = frozenset((get.REQUEST_TAG, set_service.REQUEST_TAG, action.REQUEST_TAG, access.REQUEST_TAG))
"""Requests that an association with logical names knows."""
SHORT_NAME_TAGS: Final = frozenset((read.REQUEST_TAG, write.REQUEST_TAG, write.UNCONFIRMED_REQUEST_TAG))
"""Requests that an association with short names knows."""

_REPLY_TO_HLS_AUTHENTICATION: Final = 1
_LONG_ID_OCTETS: Final = 4


class Services:
    """GET, SET, ACTION, ACCESS, Read and Write of one association."""

    def __init__(self, faults: frozenset[str]) -> None:
        self._get = GetServer(faults)
        self._set = SetServer(faults)
        self._action = ActionServer(faults)
        self._access = AccessServer(faults)
        self._short_names = ShortNameServer(faults)
        self._faults = faults

    def abort(self) -> None:
        """End every long transfer."""
        self._get.abort()
        self._set.abort()
        self._action.abort()
        self._short_names.abort()

    def serve(self, request: Apdu, call: ServiceCall) -> Encodable | None:
        """The reply to a request; None for one that has none. A request of one service ends the others' transfers."""
        if not self._faults:
            return self._serve(request, call)
        return distorted(list_faults.served(request, call, self._faults, self._serve), self._faults)

    def _serve(self, request: Apdu, call: ServiceCall) -> Encodable | None:
        match request:
            case GetRequestNormal() | GetRequestNext() | GetRequestWithList():
                self._set.interrupt()
                self._action.interrupt()
                return self._get.serve(request, call)
            case (
                SetRequestNormal()
                | SetRequestWithFirstDatablock()
                | SetRequestWithDatablock()
                | SetRequestWithList()
                | SetRequestWithListAndFirstDatablock()
            ):
                self._get.interrupt()
                self._action.interrupt()
                return self._set.serve(request, call)
            case (
                ActionRequestNormal()
                | ActionRequestNextPblock()
                | ActionRequestWithList()
                | ActionRequestWithFirstPblock()
                | ActionRequestWithListAndFirstPblock()
                | ActionRequestWithPblock()
            ):
                self._get.interrupt()
                self._set.interrupt()
                return self._action.serve(request, call)
            case AccessRequest():
                self.abort()
                return self._access.serve(request, call)
            case ReadRequest():
                return self._short_names.read(request, call)
            case WriteRequest():
                return self._short_names.write(request, call)
            case UnconfirmedWriteRequest():
                self._short_names.write_unconfirmed(request, call)
        return None


def is_unconfirmed(octets: bytes) -> bool:
    """Whether the plain request wants no reply: by its service class, or by the service itself."""
    tag = octets[0]
    if tag == access.REQUEST_TAG:
        return len(octets) > _LONG_ID_OCTETS and not octets[1] & LONG_SERVICE_CLASS >> 24
    if tag in LONG_NAME_TAGS:
        return len(octets) > 2 and not octets[2] & SERVICE_CLASS
    return tag == write.UNCONFIRMED_REQUEST_TAG


def is_pass_3(request: Apdu | None, profile: AssociationProfile) -> bool:
    """Whether a request is reply_to_HLS_authentication of the association's own object."""
    if not isinstance(request, ActionRequestNormal) or not request.invoke_id_and_priority & SERVICE_CLASS:
        return False
    method, own = request.method, bytearray(CURRENT_ASSOCIATION)
    own[4] = profile.instance
    named = method.instance_id in (CURRENT_ASSOCIATION, bytes(own))
    return method.class_id == ClassId.ASSOCIATION_LN and method.method_id == _REPLY_TO_HLS_AUTHENTICATION and named
