"""Lists and units of meters that were not made to their companion profile."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from conformance.cosem.names import CLOCK, LOGICAL_DEVICE_NAME, ClassId
from conformance.cosem.obis import octets_of
from conformance.dlms.data.types import Data
from conformance.dlms.data.values import enum, structure
from conformance.dlms.xdlms.enumerations import DataAccessResult
from conformance.meter.model.access import AccessMode, AttributeRights
from conformance.meter.model.associations import PUBLIC_CLIENT_SAP, AssociationProfile
from conformance.meter.model.cosem_object import CosemObject

_ACTIVE_ENERGY: Final = octets_of("1-0:1.8.0.255")
_SCALER_UNIT: Final = 3
_VOLT_AMPERE_HOUR: Final = 31


def unlike_profile(
    objects: list[CosemObject], profile: AssociationProfile, faults: frozenset[str]
) -> list[CosemObject]:
    """The objects as a meter with these defects lists them to a client."""
    if not faults:
        return objects
    if "sap-assignment-not-listed" in faults:
        objects = [item for item in objects if item.class_id != ClassId.SAP_ASSIGNMENT]
    return [_row(item, profile, faults) for item in objects]


def miscounted(
    item: CosemObject, number: int, result: Data | DataAccessResult, faults: frozenset[str]
) -> Data | DataAccessResult:
    """What a meter with these defects reads in place of `result`."""
    if "active-energy-in-volt-ampere-hours" not in faults or not isinstance(result, Data):
        return result
    if item.logical_name != _ACTIVE_ENERGY or number != _SCALER_UNIT:
        return result
    return structure(result.value[0], enum(_VOLT_AMPERE_HOUR))


def _row(item: CosemObject, profile: AssociationProfile, faults: frozenset[str]) -> CosemObject:
    public = profile.client_sap == PUBLIC_CLIENT_SAP
    if item.logical_name == LOGICAL_DEVICE_NAME:
        if "logical-device-name-listed-as-register" in faults:
            return _as(item, class_id=ClassId.REGISTER)
        if public and "logical-device-name-denied-to-public-client" in faults:
            return _as(item, value=AccessMode.NO_ACCESS)
    if item.logical_name == CLOCK:
        if "clock-listed-as-version-1" in faults:
            return _as(item, version=1)
        if public and "clock-writeable-by-public-client" in faults:
            return _as(item, value=AccessMode.READ_AND_WRITE)
    return item


def _as(
    item: CosemObject, *, class_id: int | None = None, version: int | None = None, value: AccessMode | None = None
) -> CosemObject:
    """The object with another class or version, or another right to attribute 2."""
    attributes = list(item.attributes.values())
    if value is not None:
        attributes = [replace(one, rights=_always(value)) if one.number == 2 else one for one in attributes]
    return CosemObject(
        item.class_id if class_id is None else class_id,
        item.version if version is None else version,
        item.logical_name,
        attributes,
        item.methods.values(),
        visible=item.visible,
        base_name=item.base_name,
    )


def _always(mode: AccessMode) -> AttributeRights:
    return lambda _profile: mode
