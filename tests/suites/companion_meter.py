"""A meter whose management logical device is made of the rows of a companion profile, and its device config."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Final

from conformance.cosem.class_tables import class_version
from conformance.cosem.companion import Companion, ObjectRow, Wish
from conformance.cosem.names import INVOCATION_COUNTER
from conformance.device.model import AssociationSettings, Device, EmbeddedMeter, Profile
from conformance.dlms.acse.enumerations import ApplicationContext, Mechanism
from conformance.dlms.data.types import Data
from conformance.dlms.data.values import enum, integer, null, structure
from conformance.dlms.security.secret import Secret
from conformance.harness.bench import Bench
from conformance.meter.meter import Meter, build
from conformance.meter.model.access import AccessMode
from conformance.meter.model.associations import (
    HLS_MANUFACTURER,
    MANAGEMENT,
    MANAGEMENT_SAP,
    PUBLIC,
    READING,
    AccessLevel,
    AssociationProfile,
)
from conformance.meter.model.cosem_object import Attribute, CosemObject, constant
from tests.suites.transfer_cases import SIMULATOR

Change = Callable[[CosemObject], CosemObject | None]


@dataclass(frozen=True)
class Clients:
    """The associations of a profile's meter: the roles by client SAP, the meter's side and the device config's."""

    roles: Mapping[int, str]
    profiles: tuple[AssociationProfile, ...]
    settings: tuple[AssociationSettings, ...]


def _settings(profile: AssociationProfile) -> AssociationSettings:
    return AssociationSettings(
        name=profile.name,
        logical_device=MANAGEMENT_SAP,
        client_sap=profile.client_sap,
        context=ApplicationContext.LN,
        mechanism=Mechanism(profile.mechanism),
        conformance=profile.conformance,
        secret=None if profile.secret is None else Secret(profile.secret),
        manufacturer_mechanism=profile.manufacturer_mechanism,
    )


_INDIAN: Final = (
    PUBLIC,
    replace(READING, name="meter-reader", client_sap=32, users=()),
    replace(HLS_MANUFACTURER, name="utility-settings", client_sap=48, access_level=AccessLevel.MANAGEMENT),
)
CLIENTS: Final[Mapping[str, Clients]] = {
    "is-15959.toml": Clients(
        {16: "public-client", 32: "meter-reader", 48: "utility-settings"}, _INDIAN, tuple(map(_settings, _INDIAN))
    ),
    "idis-package-2.toml": Clients(
        {16: "public-client", 1: "management-client"},
        (PUBLIC, MANAGEMENT),
        (SIMULATOR.association("public"), SIMULATOR.association("management")),
    ),
}
"""By the file of the profile."""
_MODES: Final[Mapping[Wish, AccessMode]] = {
    Wish.READ: AccessMode.READ_ONLY,
    Wish.READ_ONLY: AccessMode.READ_ONLY,
    Wish.WRITE: AccessMode.WRITE_ONLY,
    Wish.WRITE_ONLY: AccessMode.WRITE_ONLY,
    Wish.READ_WRITE: AccessMode.READ_AND_WRITE,
    Wish.NONE: AccessMode.NO_ACCESS,
}
_KEPT: Final = frozenset((15, 17, 64))
"""Classes whose objects the meter has anyway, and keeps, as it does the invocation counter."""
_BY_WHAT_THEY_ARE: Final = frozenset(("every", "logical-names", "management-logical-device"))


@dataclass(frozen=True)
class _Rights:
    """Access modes of one attribute, by client SAP."""

    row: ObjectRow
    index: int
    clients: Clients

    def __call__(self, asking: AssociationProfile) -> AccessMode:
        roles = {self.clients.roles.get(asking.client_sap, ""), *_BY_WHAT_THEY_ARE}
        wish = self.row.wishes(roles).get(self.index)
        return AccessMode.READ_ONLY if wish is None else _MODES[wish[1]]


def device(profile: Companion, options: frozenset[str]) -> Device:
    """The device config of that meter."""
    return replace(
        SIMULATOR,
        name="companion",
        profile=Profile.WRAPPER,
        associations=CLIENTS[profile.file].settings,
        companion=profile,
        companion_options=options,
        embedded=EmbeddedMeter(profile_rows=4),
    )


def bench(meter: Device, change: Change = lambda item: item) -> Bench:
    """A bench with the meter, each of the objects of its profile as `change` gives it back; None leaves it out."""
    made = Bench(meter, seed=1, keep_secret=lambda _: None)
    made._meter = _made(meter, change)
    return made


def _made(meter: Device, change: Change) -> Meter:
    assert meter.companion is not None
    clients = CLIENTS[meter.companion.file]
    built = build(profile="wrapper", profiles=clients.profiles, profile_rows=4)
    holder = built.server.devices[MANAGEMENT_SAP]
    kept = {key: item for key, item in holder._objects.items() if key[0] in _KEPT or key[1] == INVOCATION_COUNTER}
    holder._objects.clear()
    holder._objects.update(kept)
    roles = frozenset(clients.roles.values()) | _BY_WHAT_THEY_ARE
    for row in meter.companion.objects_for(meter.companion_options, roles):
        name = bytes(min(group) for group in row.codes.groups)
        if holder.object(row.classes[0], name) is None:
            item = change(_object(row, name, clients))
            holder.add(() if item is None else (item,))
    return built


def _object(row: ObjectRow, name: bytes, clients: Clients) -> CosemObject:
    version = min(row.versions, default=0)
    definition = class_version(row.classes[0], version)
    assert definition is not None
    attributes = (
        Attribute(one.index, constant(_value(row, one.index)), _Rights(row, one.index, clients))
        for one in definition.attributes
        if one.index > 1
    )
    return CosemObject(
        row.classes[0],
        version,
        name,
        attributes,
        visible=lambda asking: bool(row.roles & {clients.roles.get(asking.client_sap, ""), "every"}),
    )


def _value(row: ObjectRow, index: int) -> Data:
    return structure(integer(0), enum(min(row.units))) if row.units and index == 3 else null()
