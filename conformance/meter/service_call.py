"""What a service needs to know of the request that it serves."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from conformance.dlms.xdlms.conformance import ConformanceBit
from conformance.meter.model.logical_device import LogicalDevice
from conformance.meter.model.session import Session


class Encodable(Protocol):
    """An APDU."""

    def encode(self) -> bytes:
        """Its octets."""
        ...


@dataclass(frozen=True, slots=True)
class ServiceCall:
    """One request in an open association.

    Attributes:
        device: the logical device that is asked.
        session: the association.
        now: seconds since the meter was switched on.
        room: octets of the longest plain reply that the client takes.
        unrestricted: a defect: services are served whether or not they were negotiated.
    """

    device: LogicalDevice
    session: Session
    now: float
    room: int
    unrestricted: bool = False

    def negotiated(self, *bits: ConformanceBit) -> bool:
        """Whether all of these services and features were negotiated."""
        return self.unrestricted or self.session.conformance.issuperset(bits)
