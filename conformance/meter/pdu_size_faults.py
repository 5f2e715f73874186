"""How faulty meters miscount the length of a reply: what each of them forgets, in octets."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from conformance.dlms.apdu import Apdu
from conformance.dlms.xdlms.action import (
    ActionRequestNextPblock,
    ActionRequestNormal,
    ActionRequestWithFirstPblock,
    ActionRequestWithList,
    ActionRequestWithPblock,
)
from conformance.dlms.xdlms.get import GetRequestNext, GetRequestNormal, GetRequestWithList
from conformance.dlms.xdlms.read import ReadRequest
from conformance.meter.protection import CipheringLayer, Protection

_TITLE_OCTETS: Final = 8
_ACTIONS: Final = (
    ActionRequestNormal,
    ActionRequestNextPblock,
    ActionRequestWithFirstPblock,
    ActionRequestWithPblock,
    ActionRequestWithList,
)


@dataclass(frozen=True, slots=True)
class Miscount:
    """What a meter with these defects takes for the limit of a reply.

    Attributes:
        faults: that are switched on.
    """

    faults: frozenset[str]

    def limit(self, limit: int, request: Apdu | None, protection: Protection | None) -> int:
        """The limit as this meter counts; the same one where none of its faults touches the reply.

        Args:
            limit: octets that the client takes; not 0.
            request: that is answered; None where it did not decode.
            protection: of the reply; None for one in clear.
        """
        if protection is None:
            return limit + self._forgotten(request)
        if protection.service_specific and "reply-size-counted-before-ciphering" in self.faults:
            return protection.size(limit)
        outer = protection.layers[0] if protection.layers else None
        titled = isinstance(outer, CipheringLayer) and outer.general and outer.titled
        if titled and "system-title-not-counted-in-reply-size" in self.faults:
            return limit + _TITLE_OCTETS
        return limit

    def _forgotten(self, request: Apdu | None) -> int:
        """Octets that are left out of the count of a reply in clear."""
        match request:
            case GetRequestNormal() | GetRequestNext():
                return int("get-response-one-octet-too-long" in self.faults)
            case GetRequestWithList():
                return int("get-list-response-one-octet-too-long" in self.faults)
            case ReadRequest():
                return int("read-response-one-octet-too-long" in self.faults)
        return int(isinstance(request, _ACTIONS) and "action-response-one-octet-too-long" in self.faults)
