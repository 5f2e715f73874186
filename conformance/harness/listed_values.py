"""Single attributes of listed objects, asked for by class and number under the rights that a list tells."""

from __future__ import annotations

from dataclasses import dataclass

from conformance.cosem.access_rights import Demands
from conformance.cosem.class_tables import class_version
from conformance.cosem.interface_class import AttributeDefinition, MethodDefinition
from conformance.cosem.listed_objects import ListedObject
from conformance.dlms.data.text import describe
from conformance.dlms.data.types import Data
from conformance.dlms.xdlms.attribute import SelectiveAccess
from conformance.harness.inquiry import offered_by
from conformance.harness.object_access import Reading, read_attribute, short_name
from conformance.harness.object_survey import ObjectSurvey, surveyed
from conformance.harness.standing_association import StandingAssociation
from conformance.harness.trial import Trial
from conformance.tester.seen import access_result


@dataclass(frozen=True, slots=True)
class Served:
    """A value that was read.

    Attributes:
        data: the value.
        frame: number on the tape of the meter's last frame.
        path: of the value in the reply.
    """

    data: Data
    frame: int | None
    path: str


@dataclass(frozen=True, slots=True)
class ListedValues:
    """The objects of one association, and their values.

    Attributes:
        subtest: the subtest that asks.
        standing: its association.
        survey: what the object_list tells.
    """

    subtest: Trial
    standing: StandingAssociation
    survey: ObjectSurvey

    @classmethod
    def of(cls, subtest: Trial) -> ListedValues:
        """Those of a subtest's association; the object_list is read where that was not done yet.

        Raises:
            Inconclusive, PreambleFailed: it cannot be read.
        """
        standing = StandingAssociation(subtest)
        return cls(subtest, standing, surveyed(subtest, standing))

    def of_class(self, *class_ids: int) -> tuple[ListedObject, ...]:
        """The objects of these classes, of whatever version, each once."""
        found = (one for one in self.survey.objects if one.class_id in class_ids)
        return tuple({(one.class_id, one.logical_name): one for one in found}.values())

    def needed(self, class_id: int, what: str) -> tuple[ListedObject, ...]:
        """The objects of a class.

        Raises:
            Inapplicable: there is none.
        """
        found = self.of_class(class_id)
        if not found:
            self.subtest.inapplicable(f"association {self.survey.association}: the object_list has no {what}")
        return found

    def named(self, class_id: int, logical_name: bytes) -> ListedObject | None:
        """One object; None where the list has it not."""
        return next((one for one in self.of_class(class_id) if one.logical_name == logical_name), None)

    def name_of(self, listed: ListedObject, member: AttributeDefinition | MethodDefinition | None) -> int | None:
        """The short name of an attribute or method; None with logical names, or where the tables know none."""
        return None if member is None else short_name(listed, member)

    def reachable(self, listed: ListedObject, index: int) -> bool:
        """Whether the list lets this client read an attribute, or does not tell, and it has a name to ask by."""
        rights = listed.attribute_rights.get(index)
        told = listed.rights_told
        if told and (rights is None or not rights.read or not rights.demands.met_by(self._offered())):
            return False
        return listed.base_name is None or self._name(listed, index) is not None

    def read(self, listed: ListedObject, index: int, access: SelectiveAccess | None = None) -> Reading:
        """What reading an attribute gives, whatever its right."""
        return read_attribute(self.standing, listed, index, self._name(listed, index), access)

    def served(self, listed: ListedObject, index: int, access: SelectiveAccess | None = None) -> Served | None:
        """The value of an attribute; None where the list does not let this client read it.

        Raises:
            Failed: it may be read, and is not served.
        """
        if not self.reachable(listed, index):
            return None
        reading = self.read(listed, index, access)
        if isinstance(reading.result, Data):
            return Served(reading.result, reading.frame, reading.path)
        if not listed.rights_told:
            return None
        told = reading.failure if reading.result is None else access_result(reading.result)
        what = f"{listed} attribute {index}"
        self.subtest.check(
            False, expected=f"{what} is served", observed=f"{what}: {told}", frame=reading.frame, path=reading.path
        )
        return None

    def check(self, fact: bool, served: Served, expected: str, observed: str | None = None, path: str = "") -> None:
        """Judge a value that was read; the octets that decide are its own.

        Args:
            fact: whether all is well.
            served: the value.
            expected: in words.
            observed: in words; None: the value itself.
            path: within the value, such as `.element[1]`.

        Raises:
            Failed: it is not so.
        """
        shown = describe(served.data) if observed is None else observed
        self.subtest.check(fact, expected=expected, observed=shown, frame=served.frame, path=f"{served.path}{path}")

    def may_write(self, listed: ListedObject, index: int) -> bool:
        """Whether the list lets this client write an attribute."""
        rights = listed.attribute_rights.get(index)
        return rights is not None and rights.write and rights.demands.met_by(self._offered())

    def may_invoke(self, listed: ListedObject, index: int) -> bool:
        """Whether the list lets this client invoke a method."""
        rights = listed.method_rights.get(index)
        return rights is not None and rights.access and rights.demands.met_by(self._offered())

    def _name(self, listed: ListedObject, index: int) -> int | None:
        if listed.base_name is None:
            return None
        version = class_version(listed.class_id, listed.version)
        definition = None if version is None else version.attribute(index)
        return self.name_of(listed, definition)

    def _offered(self) -> Demands:
        return offered_by(self.subtest.settings, self.subtest.protection)
