"""The rows of a companion profile that count in one association, and the objects of its list that they speak of."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from conformance.cosem.companion import (
    CIPHERED,
    EVERY,
    LOGICAL_NAMES,
    MANAGEMENT_DEVICE,
    SHORT_NAMES,
    AssociationRow,
    Companion,
    ObjectRow,
)
from conformance.cosem.listed_objects import ListedObject
from conformance.device.model import AssociationSettings, Device
from conformance.harness.applicability import Condition
from conformance.harness.object_survey import ObjectSurvey

_MANAGEMENT_SAP: Final = 1
"""SAP of the management logical device (IEC 62056-46, IEC 62056-47)."""
_MOST_OF_A_ROW: Final = 256
"""Objects of one row's pattern that are looked at."""

profile_named: Final = Condition(
    "a companion profile: companion in the device config",
    lambda claim: claim.device.companion is not None,
    of_device=True,
)


def profile_of(device: Device) -> Companion:
    """The device's companion profile.

    Raises:
        LookupError: it names none; the cases have a condition against that.
    """
    if device.companion is None:
        raise LookupError(f"device {device.name} names no companion profile")
    return device.companion


@dataclass(frozen=True, slots=True)
class CompanionRows:
    """What the profile wants in one association.

    Attributes:
        profile: the profile.
        roles: what the association is to it.
        associations: the rows that speak of the association.
        objects: the rows of objects that count in it.
    """

    profile: Companion
    roles: frozenset[str]
    associations: tuple[AssociationRow, ...]
    objects: tuple[ObjectRow, ...]

    @classmethod
    def of(cls, device: Device, settings: AssociationSettings) -> CompanionRows:
        """The rows that count in an association of a device."""
        profile, options = profile_of(device), device.companion_options
        known = tuple(
            row for row in profile.associations_for(options) if row.knows(settings.client_sap, settings.logical_device)
        )
        roles = frozenset(row.role for row in known) | _by_what_it_is(settings)
        return cls(profile, roles, known, profile.objects_for(options, roles))


def told(profile: Companion, row: ObjectRow | AssociationRow) -> str:
    """A row with its profile and source, for findings."""
    name = f'association "{row.role}"' if isinstance(row, AssociationRow) else f'row "{row.name}", {row.instance}'
    return f"{profile.name}, {name} ({row.source})"


def named(row: ObjectRow, survey: ObjectSurvey) -> tuple[ListedObject, ...]:
    """The objects of the list whose logical name fits a row, of whatever class; each class and name once."""
    found = {(one.class_id, one.logical_name): one for one in survey.objects if row.codes.fits(one.logical_name)}
    return tuple(found.values())[:_MOST_OF_A_ROW]


def fitting(row: ObjectRow, survey: ObjectSurvey) -> Iterator[ListedObject]:
    """Those of them that are of the row's class and version."""
    return (one for one in named(row, survey) if row.fits(one.class_id, one.version))


def _by_what_it_is(settings: AssociationSettings) -> frozenset[str]:
    roles = {EVERY, SHORT_NAMES if settings.short_names else LOGICAL_NAMES}
    if settings.ciphered:
        roles.add(CIPHERED)
    if settings.logical_device == _MANAGEMENT_SAP:
        roles.add(MANAGEMENT_DEVICE)
    return frozenset(roles)
