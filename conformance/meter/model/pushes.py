"""The pushes that the embedded meter leaves the factory with: over TCP, over UDP, and on the line of an association.

Destinations are in the range of addresses reserved for documentation.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from conformance.cosem.names import CLOCK, LOGICAL_DEVICE_NAME, ClassId
from conformance.cosem.obis import octets_of
from conformance.cosem.push_setup import TransportService
from conformance.dlms.xdlms.attribute import AttributeDescriptor
from conformance.meter.model.associations import AccessLevel
from conformance.meter.model.cosem_object import CosemObject
from conformance.meter.model.logical_device import LogicalDevice
from conformance.meter.model.push_order import PushProtection
from conformance.meter.model.push_setup import PushPlan, PushSetup

OVER_TCP: Final = octets_of("0-0:25.9.0.255")
"""Version 0, to the management client, protected."""
OVER_UDP: Final = octets_of("0-1:25.9.0.255")
"""Version 2, to the reading client, in clear, confirmed."""
ON_THE_LINE: Final = octets_of("0-2:25.9.0.255")
"""Version 1, to the management client on the line of its association, protected."""

_MANAGEMENT_CLIENT: Final = 1
_READING_CLIENT: Final = 2
_NAME: Final = AttributeDescriptor(ClassId.DATA, LOGICAL_DEVICE_NAME, 2)
_TIME: Final = AttributeDescriptor(ClassId.CLOCK, CLOCK, 2)
_ENERGY: Final = AttributeDescriptor(ClassId.REGISTER, octets_of("1-0:1.8.0.255"), 2)
_UNIT: Final = AttributeDescriptor(ClassId.REGISTER, octets_of("1-0:1.8.0.255"), 3)


def push_setups(device: LogicalDevice) -> Iterator[CosemObject]:
    """The Push setup objects of the management logical device."""
    suite = 0 if device.security is None else device.security.security_suite
    protected = PushProtection.GENERAL_GLO if suite == 0 else PushProtection.GENERAL_CIPHERING
    objects = (_NAME, _TIME, _ENERGY, _UNIT)
    over_tcp = PushPlan(0, objects, TransportService.TCP, "192.0.2.1:4059", _MANAGEMENT_CLIENT, protected)
    over_udp = PushPlan(
        2,
        objects,
        TransportService.UDP,
        "192.0.2.1:4060",
        _READING_CLIENT,
        PushProtection.NONE,
        levels=frozenset((AccessLevel.READING, AccessLevel.MANAGEMENT)),
        confirmed=True,
    )
    on_the_line = PushPlan(1, objects, TransportService.HDLC, "", _MANAGEMENT_CLIENT, protected)
    for instance, plan in ((OVER_TCP, over_tcp), (OVER_UDP, over_udp), (ON_THE_LINE, on_the_line)):
        yield PushSetup(device, instance, plan).build()
