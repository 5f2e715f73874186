"""What a pytest item is made of: a case, a device, one of its associations, a variant and a subtest."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from conformance.device.model import AssociationSettings, Device, Permission, Protection
from conformance.harness.applicability import Claim
from conformance.harness.case import Case, Scope, Subtest, Variants

AT = "@"
"""Stands before the name of the device in the names of items; no name of a device holds it."""


@dataclass(frozen=True, slots=True, repr=False)
class Slot:
    """One item before it runs.

    Attributes:
        device: the device config.
        association: of the device.
        protection: the variant.
        variant: its name in reports; empty for cases that run once in an association.
        subtest: what is judged; None when the whole case is ruled out.
        inapplicable: why it is ruled out; None when it applies.
        withheld: the permission that it needs and the lab did not give; None when it may run.
    """

    device: Device
    association: AssociationSettings
    protection: Protection
    variant: str
    subtest: Subtest | None
    inapplicable: str | None = None
    withheld: Permission | None = None

    @property
    def number(self) -> int:
        """Of the subtest; 0 stands for the whole case."""
        return self.subtest.number if self.subtest is not None else 0

    def id(self, several_devices: bool) -> str:
        """What the pytest item is called: `management-glo-3`, or `management-glo-3@acme` among several devices."""
        parts = [self.association.name, self.variant, str(self.number) if self.subtest is not None else "all"]
        name = "-".join(part for part in parts if part)
        return f"{name}{AT}{self.device.name}" if several_devices else name

    def __repr__(self) -> str:
        return self.id(True)


def slots(case: Case, devices: Iterable[Device]) -> Iterator[Slot]:
    """Every item of a case; nothing is left out: what does not apply is an item with its reason."""
    for device in devices:
        for association in _in_scope(case.scope, device):
            yield from _in_association(case, device, association)


def _in_scope(scope: Scope, device: Device) -> list[AssociationSettings]:
    """The associations that a case runs in, in the order of the device config."""
    if scope is Scope.ASSOCIATION:
        return list(device.associations)
    chosen: dict[int, AssociationSettings] = {}
    for association in sorted(device.associations, key=lambda item: (item.ciphered, item.mechanism)):
        chosen.setdefault(0 if scope is Scope.DEVICE else association.logical_device, association)
    return [association for association in device.associations if association in chosen.values()]


def _in_association(case: Case, device: Device, association: AssociationSettings) -> Iterator[Slot]:
    each = case.variants is Variants.EACH_PROTECTION
    protections = association.protections if each else association.protections[:1]
    reason = case.applies.reason_against(Claim(device, association, protections[0]))
    if reason is not None:
        yield Slot(device, association, protections[0], "", None, inapplicable=reason)
        return
    for protection in protections:
        variant = protection.value if len(protections) > 1 else ""
        for subtest in case.subtests:
            claim = Claim(device, association, protection)
            against = subtest.applies.reason_against(claim)
            withheld = None if subtest.permission in device.permissions else subtest.permission
            yield Slot(device, association, protection, variant, subtest, against, withheld)
