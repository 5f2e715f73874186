"""The tables of classes 12 to 48: what sound meters send has no fault, and one wrong thing has one fault, there."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from conformance.cosem.class_checks import problems
from conformance.cosem.class_tables import class_version, versions_of
from conformance.cosem.value_check import faults_of
from conformance.dlms.data.codec import decode
from conformance.dlms.data.types import Data
from conformance.meter.meter import build
from conformance.meter.model.session import AssociationStatus, Session
from tests.cosem.class_values_b import SOUND, WRONG

VERSIONS = {
    12: (0, 1, 2, 3, 4),
    15: (0, 1, 2, 3),
    17: (0,),
    18: (0,),
    19: (0, 1),
    20: (0,),
    21: (0,),
    22: (0,),
    23: (0, 1),
    24: (0, 1),
    25: (0,),
    26: (0,),
    27: (0, 1),
    28: (0, 2),
    29: (0, 1, 2),
    30: (0,),
    40: (0, 1, 2),
    41: (0,),
    42: (0,),
    43: (0,),
    44: (0,),
    45: (0,),
    46: (0,),
    47: (0, 1, 2),
    48: (0,),
}
LISTS = tomllib.loads((Path(__file__).parent / "object_lists.toml").read_text(encoding="utf-8"))["lists"]


def faults(class_id: int, version: int, index: int, value: Data) -> tuple[str, list[str]]:
    """The attribute's name, and where the value is not of its type."""
    definition = class_version(class_id, version).attribute(index)
    return definition.name, [fault.path for fault in faults_of(value, definition.type, definition.name)]


def listed_objects():
    for number, one in enumerate(LISTS):
        for element in decode(bytes.fromhex(one["octets"])).value:
            class_id, version, name, rights = (part.value for part in element.value)
            attributes, methods = ([item.value[0].value for item in part.value] for part in rights)
            if class_id in VERSIONS and version in VERSIONS[class_id]:
                yield pytest.param(class_id, version, attributes, methods, id=f"{number}-{class_id}-{name.hex()}")


def test_every_version_of_the_classes_is_there_and_no_table_has_a_problem():
    """A version that is left out, or a table that contradicts itself, is seen here before a meter sees it."""
    assert {class_id: versions_of(class_id) for class_id in VERSIONS} == VERSIONS
    mine = {f"{class_id:03d}" for class_id in VERSIONS}
    assert [str(one) for one in problems() if one.file[:3] in mine] == []


def test_every_value_of_the_embedded_meter_has_its_type_in_every_association():
    """The sound meter's objects of these classes are read by each client, before and after it is associated."""
    read = set()
    for device in build().server.devices.values():
        for profile in device.profiles:
            for status in (AssociationStatus.NON_ASSOCIATED, AssociationStatus.ASSOCIATED):
                session = Session(profile, status=status, request_authenticated=True)
                for item in device.objects(profile):
                    if item.class_id not in VERSIONS:
                        continue
                    definition = class_version(item.class_id, item.version)
                    assert set(item.methods) <= {method.index for method in definition.methods}
                    for number, attribute in item.attributes.items():
                        value = attribute.read(session, 0.0)
                        assert faults(item.class_id, item.version, number, value)[1] == []
                        read.add((int(item.class_id), item.version))
    assert read >= {(12, 2), (15, 2), (17, 0), (23, 1), (40, 0), (40, 1), (40, 2), (41, 0), (42, 0), (43, 0)}


@pytest.mark.parametrize("one", LISTS, ids=lambda one: one["source"].partition(":")[2])
def test_object_lists_of_public_meters_have_the_type_of_their_version(one):
    """A list of version 0 has booleans for methods, and is therefore none of version 1; and the other way round."""
    value = decode(bytes.fromhex(one["octets"]))
    assert faults(15, one["version"], 2, value) == ("object_list", [])
    other = faults(15, 1 - one["version"], 2, value)[1]
    assert other
    assert all(".method_access[" in path for path in other)


@pytest.mark.parametrize(("class_id", "version", "attributes", "methods"), tuple(listed_objects()))
def test_public_meters_list_the_attributes_and_methods_of_the_tables(class_id, version, attributes, methods):
    """What meters of other makers list is an independent witness of how many attributes and methods there are."""
    definition = class_version(class_id, version)
    assert attributes == [attribute.index for attribute in definition.attributes]
    assert set(methods) <= {method.index for method in definition.methods}


@pytest.mark.parametrize(("class_id", "version", "index", "value"), SOUND)
def test_a_sound_value_has_no_fault(class_id, version, index, value):
    """Every CHOICE, window, structure and manufacturer specific range of the tables is taken."""
    assert faults(class_id, version, index, value)[1] == []


@pytest.mark.parametrize(("class_id", "version", "index", "value", "place"), WRONG)
def test_one_wrong_thing_has_one_fault_at_its_place(class_id, version, index, value, place):
    """Wrong type, missing element, wrong enumeration, out of range: one fault each, where it is."""
    name, found = faults(class_id, version, index, value)
    assert found == [f"{name}{place}" if not place or place.startswith("[") else f"{name}.{place}"]


def test_every_class_has_a_sound_and_a_wrong_value():
    """No class is in the tables only to be there."""
    assert {one[0] for one in SOUND} == {one[0] for one in WRONG} == set(VERSIONS)
