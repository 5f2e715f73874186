"""Which objects an association tells of, read from the meter once in an association and a process."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from conformance.cosem.interface_class import ClassVersion
from conformance.cosem.listed_objects import (
    ListedObject,
    ObjectList,
    listed_by_logical_name,
    listed_by_short_name,
)
from conformance.cosem.names import CURRENT_ASSOCIATION
from conformance.dlms.data.types import Data
from conformance.dlms.xdlms.attribute import AttributeDescriptor
from conformance.dlms.xdlms.initiate import SN_VAA_NAME
from conformance.harness.standing_association import StandingAssociation
from conformance.harness.trial import Trial
from conformance.tester.association import Association
from conformance.tester.seen import access_result
from conformance.tester.transfer import TransferFailed, get, read

_OBJECT_LIST = AttributeDescriptor(15, CURRENT_ASSOCIATION, 2)
_OBJECT_LIST_NAME = SN_VAA_NAME + 0x08
_ACCESS_RIGHTS_LIST_NAME = SN_VAA_NAME + 0x10


@dataclass(frozen=True, slots=True)
class ObjectSurvey:
    """The objects of one association.

    Attributes:
        listed: its list, with what of it could not be read.
        association: its name in the device config.
        counts: how often the list has each class_id and logical_name.
    """

    listed: ObjectList
    association: str
    counts: Mapping[tuple[int, bytes], int] = field(default_factory=dict)
    _by_class: Mapping[tuple[int, int], tuple[ListedObject, ...]] = field(default_factory=dict)

    @classmethod
    def of(cls, listed: ObjectList, association: str) -> ObjectSurvey:
        """The survey of a list."""
        by_class: dict[tuple[int, int], list[ListedObject]] = {}
        for one in listed.objects:
            by_class.setdefault((one.class_id, one.version), []).append(one)
        counts = Counter((one.class_id, one.logical_name) for one in listed.objects)
        return cls(listed, association, counts, {key: tuple(found) for key, found in by_class.items()})

    @property
    def objects(self) -> tuple[ListedObject, ...]:
        """All objects, in the order of the list."""
        return self.listed.objects

    def instances(self, class_id: int, version: int) -> tuple[ListedObject, ...]:
        """The objects of one version of a class, each once."""
        return tuple({one.logical_name: one for one in self._by_class.get((class_id, version), ())}.values())


def surveyed(subtest: Trial, standing: StandingAssociation | None = None) -> ObjectSurvey:
    """The objects of the subtest's association.

    The first subtest of an association reads the list, the others of the same process have it from there.

    Args:
        subtest: whose association is asked.
        standing: its association, where it has one for a loop already.

    Raises:
        Inconclusive: the list is refused, or does not come whole.
        PreambleFailed: the association cannot be opened.
    """
    name = subtest.settings.name
    known = subtest.bench.surveys.get(name)
    if known is not None:
        return known
    standing = standing or StandingAssociation(subtest)
    association = standing.established()
    try:
        with subtest.step("the object_list"):
            listed = (
                _by_short_name(subtest, association) if subtest.settings.short_names else _read(subtest, association)
            )
    except TransferFailed as failed:
        subtest.inconclusive(f"the object_list does not come: {failed}")
    found = ObjectSurvey.of(listed, name)
    subtest.bench.surveys[name] = found
    return found


def instances(subtest: Trial, definition: ClassVersion, survey: ObjectSurvey) -> tuple[ListedObject, ...]:
    """The objects of one class version.

    Raises:
        Inapplicable: the list has none.
    """
    found = survey.instances(definition.class_id, definition.version)
    if not found:
        subtest.inapplicable(
            f"association {survey.association}: its object_list has no object of this class and version"
        )
    return found


def _read(subtest: Trial, association: Association) -> ObjectList:
    return listed_by_logical_name(_list(subtest, get(association, _OBJECT_LIST)))


def _by_short_name(subtest: Trial, association: Association) -> ObjectList:
    value = _list(subtest, read(association, _OBJECT_LIST_NAME))
    rights = read(association, _ACCESS_RIGHTS_LIST_NAME)
    # Version 0 has no access_rights_list, and others need not give it to everybody.
    return listed_by_short_name(value, rights if isinstance(rights, Data) else None)


def _list(subtest: Trial, answer: Data | int) -> Data:
    if not isinstance(answer, Data):
        subtest.inconclusive(f"the object_list is refused: {access_result(answer)}")
    return answer
