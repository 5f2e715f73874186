"""One question asked of all objects of a class version in one association: what the questions of the objects share."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from conformance.cosem.access_rights import Demands
from conformance.cosem.interface_class import AttributeDefinition, ClassVersion
from conformance.cosem.listed_objects import ListedObject
from conformance.device.model import AssociationSettings, Protection
from conformance.harness.object_access import Reading, read_attribute, short_name
from conformance.harness.object_survey import ObjectSurvey
from conformance.harness.standing_association import StandingAssociation
from conformance.harness.trial import Trial

_AUTHENTICATED, _ENCRYPTED = 0x10, 0x20
BULKY = frozenset(((7, 2),))
"""Class and attribute of what may be so long that it is read in part only, and neither written nor compared."""


@dataclass(frozen=True, slots=True)
class Attribute:
    """An attribute of one object that can be asked for.

    Attributes:
        index: of the attribute.
        definition: of the class tables; None for an attribute of the manufacturer's, below 0.
        name: its short name; None with logical names.
    """

    index: int
    definition: AttributeDefinition | None
    name: int | None

    def __str__(self) -> str:
        return f"attribute {self.index}" + (f" {self.definition.name}" if self.definition is not None else "")


@dataclass(frozen=True, slots=True)
class Inquiry:
    """A question in one association.

    Attributes:
        subtest: the subtest that asks it.
        standing: its association.
        definition: the class version.
        survey: all objects of the association.
        objects: those of the class version.
        offered: what requests of this subtest carry.
    """

    subtest: Trial
    standing: StandingAssociation
    definition: ClassVersion
    survey: ObjectSurvey
    objects: tuple[ListedObject, ...]
    offered: Demands

    def attributes(self, listed: ListedObject) -> Iterator[Attribute]:
        """The attributes of an object that it has by the tables, in their order, then those of the manufacturer's."""
        by_short_name = listed.base_name is not None
        for definition in self.definition.attributes:
            name = short_name(listed, definition)
            if listed.rights_told and definition.index not in listed.attribute_rights:
                continue
            if not by_short_name or name is not None:
                yield Attribute(definition.index, definition, name)
        if not by_short_name:
            yield from (Attribute(index, None, None) for index in sorted(listed.attribute_rights) if index < 0)

    def may_read(self, listed: ListedObject, attribute: Attribute) -> bool | None:
        """Whether the list lets this client read it; None where it does not tell, or asks for another protection."""
        rights = listed.attribute_rights.get(attribute.index)
        if rights is None or not rights.read:
            return None if rights is None else False
        return True if rights.demands.met_by(self.offered) else None

    def may_write(self, listed: ListedObject, attribute: Attribute) -> bool | None:
        """Whether the list lets this client write it; None as for `may_read`."""
        rights = listed.attribute_rights.get(attribute.index)
        if rights is None or not rights.write:
            return None if rights is None else False
        return True if rights.demands.met_by(self.offered) else None

    def read(self, listed: ListedObject, attribute: Attribute) -> Reading:
        """What reading an attribute gives."""
        return read_attribute(self.standing, listed, attribute.index, attribute.name, None)

    def bulky(self, attribute: Attribute) -> bool:
        """Whether an attribute may be too long to be read whole."""
        return (self.definition.class_id, attribute.index) in BULKY


def offered_by(settings: AssociationSettings, protection: Protection) -> Demands:
    """What requests under a protection carry."""
    control = settings.security_control if protection.ciphered else 0
    return Demands(bool(control & _AUTHENTICATED), bool(control & _ENCRYPTED), protection.signed)


def nothing_to_ask(inquiry: Inquiry, what: str) -> None:
    """End the subtest where the question concerns none of the objects.

    Raises:
        Inapplicable: always.
    """
    number = len(inquiry.objects)
    of_them = "the only object" if number == 1 else f"any of {number} objects"
    inquiry.subtest.inapplicable(
        f"association {inquiry.survey.association}: {what} {of_them} of class {inquiry.definition.class_id} "
        f"version {inquiry.definition.version}"
    )
