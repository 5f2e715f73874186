"""A logical device with an object of every class version, for whoever wants to see how one looks or is judged."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from conformance.cosem.names import LOGICAL_DEVICE_NAME
from conformance.dlms.acse.enumerations import ApplicationContext
from conformance.dlms.data.values import octet_string
from conformance.meter.model.association_ln import AssociationLn
from conformance.meter.model.association_sn import association_sn
from conformance.meter.model.associations import (
    HLS_SHA256,
    PUBLIC,
    PUBLIC_CONFORMANCE,
    READING,
    READING_CONFORMANCE,
    SN_READING,
    AccessLevel,
    AssociationProfile,
)
from conformance.meter.model.clock import MeterClock
from conformance.meter.model.cosem_object import CosemObject
from conformance.meter.model.instance_faults import InstanceFault, instance_faults
from conformance.meter.model.instance_object import InstanceObject, size_of
from conformance.meter.model.instances import instances
from conformance.meter.model.logical_device import LogicalDevice
from conformance.meter.model.registers import constant_data
from conformance.meter.model.short_names import LOGICAL_DEVICE_NAME_BASE_NAME

EVERY_CLASS_SAP: Final = 33
EVERY_CLASS_NAME: Final = b"XDC0000000000033"

LIVE: Final = frozenset(((8, 0), (17, 0)))
"""Class versions that are no data: the clock runs, and the assignment of SAPs follows from the logical devices."""

PROFILES: Final[tuple[AssociationProfile, ...]] = (
    replace(PUBLIC, name="objects-public", server_sap=EVERY_CLASS_SAP, conformance=PUBLIC_CONFORMANCE),
    replace(READING, name="objects-reading", server_sap=EVERY_CLASS_SAP, conformance=READING_CONFORMANCE, users=()),
    replace(
        HLS_SHA256,
        name="objects-management",
        server_sap=EVERY_CLASS_SAP,
        client_sap=1,
        instance=3,
        access_level=AccessLevel.MANAGEMENT,
    ),
    replace(
        SN_READING,
        name="objects-sn",
        server_sap=EVERY_CLASS_SAP,
        client_sap=3,
        instance=4,
        access_level=AccessLevel.MANAGEMENT,
    ),
)
"""Its associations: three with logical names, and one with short names, which may do what the management client may."""

_CLOCK_BASE_NAME: Final = 0x0100
_FIRST_BASE_NAME: Final = 0x0400
_ALIGNED: Final = 0x10


def every_class_device(sap_assignment: CosemObject, faults: frozenset[str]) -> LogicalDevice:
    """The logical device.

    Args:
        sap_assignment: the object that lists the logical devices, with its reserved base name.
        faults: the defects of the meter.
    """
    device = LogicalDevice(EVERY_CLASS_SAP, EVERY_CLASS_NAME, PROFILES)
    by_logical_name = tuple(profile for profile in PROFILES if profile.context is ApplicationContext.LN)
    device.add(_by_logical_name(AssociationLn(device, profile).build()) for profile in (None, *by_logical_name))
    current = association_sn(device)
    current.visible = _short_names
    device.add((current, sap_assignment))
    device.add(
        (
            constant_data(LOGICAL_DEVICE_NAME, octet_string(EVERY_CLASS_NAME), base_name=LOGICAL_DEVICE_NAME_BASE_NAME),
            MeterClock().build(base_name=_CLOCK_BASE_NAME),
        )
    )
    device.add(_objects([fault for name, fault in instance_faults().items() if name in faults]))
    return device


def _objects(faults: list[InstanceFault]) -> Iterator[CosemObject]:
    """The objects of `instances.py`, with short names one behind the other where their classes have such names."""
    base_name = _FIRST_BASE_NAME
    for instance in instances():
        own = [fault for fault in faults if (fault.class_id, fault.version) == instance.key]
        size = size_of(instance.definition)
        yield InstanceObject(instance).build(None if size is None else base_name, own)
        if size is not None:
            # A gap behind each object: a short name there is nobody's.
            base_name += (size // _ALIGNED + 2) * _ALIGNED


def _by_logical_name(item: CosemObject) -> CosemObject:
    """An association object, which clients with short names do not see; nor is it any of its own."""
    visible = item.visible
    item.visible = lambda asking: not _short_names(asking) and visible(asking)
    return item


def _short_names(asking: AssociationProfile) -> bool:
    return asking.context.short_names
