"""The objects of every class: each version has one, its values are sound, its rights hold, its defects are real."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest

from conformance.cosem.class_tables import all_classes, class_version
from conformance.cosem.names import CURRENT_ASSOCIATION, SAP_ASSIGNMENT, ClassId
from conformance.cosem.obis import LogicalName
from conformance.cosem.obis_rules import classes_for, illegal_groups
from conformance.cosem.value_check import faults_of
from conformance.cosem.value_notation import value_of
from conformance.dlms.data.values import array, structure, visible_string
from conformance.dlms.xdlms.attribute import AttributeDescriptor, MethodDescriptor
from conformance.dlms.xdlms.enumerations import ActionResult, DataAccessResult
from conformance.meter.defects import DEFECTS
from conformance.meter.instance_defects import INSTANCE_DEFECTS
from conformance.meter.meter import build
from conformance.meter.model.cosem_object import CosemObject, readable
from conformance.meter.model.every_class import EVERY_CLASS_NAME, EVERY_CLASS_SAP, LIVE, PROFILES, every_class_device
from conformance.meter.model.instance_faults import instance_faults
from conformance.meter.model.instances import Instance, InstanceFileError, instances
from conformance.meter.model.logical_device import LogicalDevice
from conformance.meter.model.object_faults import mislisted
from conformance.meter.model.object_list import object_list_ln, object_list_sn
from conformance.meter.model.session import Session

PUBLIC, READING, MANAGEMENT, SHORT_NAMES = PROFILES
DENIED = DataAccessResult.READ_WRITE_DENIED
INSTANCES = instances()


def name(instance: Instance) -> str:
    return "_".join(map(str, instance.key))


every_instance = pytest.mark.parametrize("instance", INSTANCES, ids=name)


def device(*faults: str) -> LogicalDevice:
    made = every_class_device(
        CosemObject(17, 0, SAP_ASSIGNMENT, (readable(2, array()),), base_name=0xFC00), frozenset(faults)
    )
    made.faults = frozenset(faults)
    return made


def at(instance: Instance, index: int) -> AttributeDescriptor:
    return AttributeDescriptor(instance.key[0], instance.logical_name, index)


def instance_of(class_id: int, version: int) -> Instance:
    return next(instance for instance in INSTANCES if instance.key == (class_id, version))


def test_every_class_version_of_the_tables_has_an_object() -> None:
    """In the management association's list; the clock and the assignment of SAPs are live, all others are data."""
    listed = {(item.class_id, item.version) for item in device().objects(MANAGEMENT)}
    tables = {(one.class_id, one.version) for one in all_classes()}
    assert listed == tables
    assert tables - {instance.key for instance in INSTANCES} == LIVE


@every_instance
def test_every_value_is_what_its_class_says_and_the_name_is_one_of_its_class(instance: Instance) -> None:
    for index, value in instance.values.items():
        attribute = instance.definition.attribute(index)
        assert attribute is not None
        assert [str(fault) for fault in faults_of(value, attribute.type, attribute.name)] == []
    assert illegal_groups(instance.logical_name) is None
    allowed = classes_for(instance.logical_name)
    assert allowed is None or instance.key[0] in allowed, str(LogicalName(instance.logical_name))


@every_instance
def test_rights_hold_in_every_association(instance: Instance) -> None:
    """What is read by whom; denied and written only are refused; only management writes, and only what is writeable."""
    meter = device()
    for profile in (PUBLIC, READING, MANAGEMENT):
        session = Session(profile)
        for index, value in instance.values.items():
            hidden = index in instance.denied | instance.write_only
            assert meter.read(at(instance, index), None, session, 0.0) == (DENIED if hidden else value)
            written = meter.write(at(instance, index), None, value, session, 0.0)
            allowed = profile is MANAGEMENT and index in instance.writeable | instance.write_only
            assert written is (DataAccessResult.SUCCESS if allowed else DENIED), (profile.name, index)
        assert meter.write(at(instance, 1), None, value_of("os 000000000000"), session, 0.0) is DENIED


@every_instance
def test_a_write_of_a_wrong_type_is_refused_and_changes_nothing(instance: Instance) -> None:
    """Something that no type of the attribute can be; where any type may be, another than what it holds."""
    meter, session = device(), Session(MANAGEMENT)
    wrong = (array(structure()), visible_string("?"), structure(*[visible_string("?")] * 99))
    for index in sorted(instance.writeable | instance.write_only):
        attribute, held = instance.definition.attribute(index), instance.values[index]
        assert attribute is not None
        value = next(one for one in wrong if one.type is not held.type or faults_of(one, attribute.type))
        assert meter.write(at(instance, index), None, value, session, 0.0) is DataAccessResult.TYPE_UNMATCHED
        if index in instance.writeable:
            assert meter.read(at(instance, index), None, session, 0.0) == held


def test_what_is_written_is_held_and_seen_by_every_client() -> None:
    calendar = instance_of(20, 0)
    meter = device()
    assert meter.write(at(calendar, 6), None, value_of("text 2031"), Session(MANAGEMENT), 0.0) == 0
    assert meter.read(at(calendar, 6), None, Session(PUBLIC), 0.0) == value_of("text 2031")
    assert device().read(at(calendar, 6), None, Session(PUBLIC), 0.0) == calendar.values[6], "another meter is new"


def test_methods_do_what_the_data_says_for_management_and_nobody_else() -> None:
    meter, register = device(), instance_of(3, 0)
    reset = MethodDescriptor(3, register.logical_name, 1)
    for profile in (PUBLIC, READING):
        assert meter.invoke(reset, value_of("i8 0"), Session(profile), 0.0).result is ActionResult.READ_WRITE_DENIED
    management = Session(MANAGEMENT)
    assert meter.invoke(reset, value_of("u8 0"), management, 0.0).result is ActionResult.TYPE_UNMATCHED
    assert meter.read(at(register, 2), None, management, 0.0) == register.values[2]
    assert meter.invoke(reset, value_of("i8 0"), management, 0.0).result is ActionResult.SUCCESS
    assert meter.read(at(register, 2), None, management, 0.0) == value_of("u32 0")
    count = MethodDescriptor(123, instance_of(123, 0).logical_name, 1)
    assert meter.invoke(count, value_of("u8 1"), management, 0.0).data == value_of("u16 3")


def test_short_names_are_where_the_class_tables_say() -> None:
    meter, session = device(), Session(SHORT_NAMES)
    listed = {item.base_name: item for item in meter.objects(SHORT_NAMES) if item.base_name is not None}
    assert {item.class_id for item in listed.values()} >= {1, 3, 7, 12, 17, 70, 124}
    assert not any(item.class_id == ClassId.ASSOCIATION_LN for item in listed.values())
    for base, item in listed.items():
        definition = class_version(item.class_id, item.version)
        assert definition is not None
        for attribute in definition.attributes:
            if attribute.offset is not None:
                by_name = meter.read_short_name(base + attribute.offset, None, None, session, 0.0)
                descriptor = AttributeDescriptor(item.class_id, item.logical_name, attribute.index)
                assert by_name == meter.read(descriptor, None, session, 0.0)
    assert meter.read_short_name(0xFA00, None, None, session, 0.0) == value_of("ln 0-0:40.0.0.255")


def test_sap_assignment_lists_the_logical_device_in_each_of_them() -> None:
    for sap, found in build(every_class=True).server.devices.items():
        item = found.object(ClassId.SAP_ASSIGNMENT, SAP_ASSIGNMENT)
        assert item is not None
        read = item.attributes[2].read
        assert read is not None
        pairs = {one.value[0].value: one.value[1].value for one in read(Session(PUBLIC), 0.0).value}
        assert pairs[EVERY_CLASS_SAP] == EVERY_CLASS_NAME
        assert sap in pairs
    plain = build().server.devices
    assert EVERY_CLASS_SAP not in plain


def test_clients_with_short_names_see_their_association_and_others_not_theirs() -> None:
    meter = device()
    assert (12, CURRENT_ASSOCIATION) in {(item.class_id, item.logical_name) for item in meter.objects(SHORT_NAMES)}
    assert (12, CURRENT_ASSOCIATION) not in {(item.class_id, item.logical_name) for item in meter.objects(MANAGEMENT)}


def _shape(meter: LogicalDevice, fault_of: tuple[int, int]) -> list[object]:
    """Everything that clients can see of one object: the list, what is read, what becomes of writes, methods."""
    instance = instance_of(*fault_of)
    seen: list[object] = []
    for profile in (PUBLIC, MANAGEMENT):
        objects = [one for one in mislisted(meter.objects(profile), meter.faults) if one.class_id == fault_of[0]]
        seen += [object_list_ln(objects, profile), object_list_sn(objects)]
        session = Session(profile)
        for index in (1, *instance.values):
            seen.append(meter.read(at(instance, index), None, session, 0.0))
            held = value_of(f"ln {LogicalName(instance.logical_name)}") if index == 1 else instance.values[index]
            seen += [meter.write(at(instance, index), None, held, session, 0.0)]
            seen += [meter.read(at(instance, index), None, session, 0.0)]
        for method in instance.definition.methods:
            descriptor = MethodDescriptor(instance.key[0], instance.logical_name, method.index)
            seen.append(meter.invoke(descriptor, None, session, 0.0).result)
    return seen


@cache
def _sound_shape(class_version: tuple[int, int]) -> list[object]:
    return _shape(device(), class_version)


@pytest.mark.parametrize("defect", sorted(instance_faults()))
def test_each_defect_changes_what_clients_see_of_its_object_and_of_no_other(defect: str) -> None:
    fault = instance_faults()[defect]
    own = (fault.class_id, fault.version)
    faulty = device(defect)
    assert _shape(faulty, own) != _sound_shape(own)
    other = (63, 0) if own != (63, 0) else (74, 0)
    assert _shape(faulty, other) == _sound_shape(other)
    assert DEFECTS[defect].cases == (f"T_COSEM_{fault.class_id}_{fault.version}",)


def test_there_are_defects_of_many_kinds_for_every_class_version_that_is_data() -> None:
    claimed = {case for defect in DEFECTS.values() for case in defect.cases}
    assert {f"T_COSEM_{one.class_id}_{one.version}" for one in all_classes()} <= claimed
    assert len({fault.kind for fault in instance_faults().values()}) >= 10
    assert len(INSTANCE_DEFECTS) >= 100


def test_a_broken_instance_is_told_with_its_file_and_place(tmp_path: Path) -> None:
    row = '[[object]]\nclass_id = 3\nversion = 0\nlogical_name = "1-0:1.8.0.255"\nvalues = ["u9 1"]\n'
    (tmp_path / "x.toml").write_text(row)
    with pytest.raises(InstanceFileError, match=r"x\.toml, object 1: class 3 version 0 has 2 values, not 1"):
        instances(tmp_path)
    other = tmp_path / "other"
    other.mkdir()
    (other / "x.toml").write_text(row.replace('["u9 1"]', '["u9 1", "null"]'))
    with pytest.raises(InstanceFileError, match="'u9' is no word of the notation"):
        instances(other)
