"""Classes 50 to 151: values written by hand are sound, and one thing wrong in a value is exactly one fault there."""

import tomllib
from pathlib import Path

import pytest

from conformance.cosem.class_tables import class_ids, class_version, versions_of
from conformance.cosem.names import ClassId
from conformance.cosem.value_check import faults_of
from conformance.cosem.value_notation import value_of
from conformance.dlms.data.values import double_long_unsigned, octet_string
from conformance.meter.model.instances import instances
from conformance.meter.model.populate import logical_devices
from conformance.meter.model.session import Session
from conformance.meter.model.suite_profiles import profiles_of

CLASSES = tomllib.loads((Path(__file__).parent / "values_c.toml").read_text(encoding="utf-8"))["classes"]
DEVICE_SAP = 1
NEEDED = frozenset(
    (*range(50, 54), *range(55, 60), 61, 62, 63, 64, 65, 67, 68, 70, 71, 72, 73, 74, 76, 77, *range(80, 87))
) | frozenset((90, 91, 92, 95, 96, 97, *range(101, 106), 111, 112, 113, 115, 122, 123, 124, 151))


def _name(entry):
    return f"{entry['class_id']}v{entry['version']}"


def _version_of(entry):
    version = class_version(entry["class_id"], entry["version"])
    assert version is not None, f"the tables do not hold class {_name(entry)}"
    return version


WRONG = [
    pytest.param(entry, wrong, id=f"{_name(entry)}-{wrong['attribute']}-{number}")
    for entry in CLASSES
    for number, wrong in enumerate(entry["wrong"])
]


def test_the_tables_hold_every_class_of_payment_plc_m_bus_and_the_rest():
    assert NEEDED - set(class_ids()) == set()


def test_every_version_of_these_classes_has_values_written_by_hand():
    held = {(one, version) for one in NEEDED for version in versions_of(one)}
    assert held == {(entry["class_id"], entry["version"]) for entry in CLASSES}


@pytest.mark.parametrize("entry", CLASSES, ids=_name)
def test_a_sound_value_of_every_attribute_has_no_fault(entry):
    """The values are those of the embedded meter's object of the class version."""
    version = _version_of(entry)
    of_version = (entry["class_id"], entry["version"])
    definitions = ((one, one.definition) for one in instances())
    values = next(one.values for one, its in definitions if (its.class_id, its.version) == of_version)
    assert set(values) == {attribute.index for attribute in version.attributes[1:]}
    for attribute in version.attributes[1:]:
        faults = faults_of(values[attribute.index], attribute.type, attribute.name)
        assert not faults, [str(fault) for fault in faults]


@pytest.mark.parametrize(("entry", "wrong"), WRONG)
def test_one_thing_wrong_is_one_fault_in_its_place(entry, wrong):
    attribute = _version_of(entry).attribute(wrong["attribute"])
    (fault,) = faults_of(value_of(wrong["value"]), attribute.type, attribute.name)
    assert fault.path == attribute.name + wrong["at"]
    assert fault.expected.startswith(wrong["expected"])


@pytest.mark.parametrize("entry", CLASSES, ids=_name)
def test_a_logical_name_of_five_octets_is_a_fault_in_every_class(entry):
    attribute = _version_of(entry).attribute(1)
    assert not faults_of(octet_string(bytes(6)), attribute.type)
    (fault,) = faults_of(octet_string(bytes(5)), attribute.type)
    assert "6" in fault.expected


@pytest.mark.parametrize("entry", CLASSES, ids=_name)
def test_a_value_of_a_type_that_no_attribute_has_is_a_fault_unless_any_type_is_allowed(entry):
    """Every attribute but those that take any or any simple type refuses a visible-string."""
    text = value_of("vis ?")
    for attribute in _version_of(entry).attributes:
        taken = any(word in attribute.type_text.split() for word in ("any", "simple", "visible-string"))
        assert bool(faults_of(text, attribute.type)) is not taken, attribute.name


@pytest.mark.parametrize(
    ("class_id", "version", "method", "sound", "wrong", "at"),
    [
        (64, 0, 2, "[{enum 0, os 00112233}]", "[{enum 4, os 00112233}]", "[0].key_id"),
        (64, 1, 2, "[{enum 3, os 00112233}]", "{enum 3, os 00112233}", ""),
        (64, 1, 3, "[{enum 2, os 0011}]", "[{enum 3, os 0011}]", "[0].key_id"),
        (
            64,
            1,
            7,
            "{enum 0, {enum 0, enum 1, os 5844430000000001}}",
            "{enum 2, {os 01, os 02}}",
            "certificate_identification_type",
        ),
        (64, 1, 8, "{enum 1, {os 01, os 3000}}", "{enum 1, {os 01}}", "certification_identification_options"),
        (68, 0, 1, "{u8 0, bits 100}", "{u8 0, u8 4}", "request_action_list"),
        (70, 0, 1, "i8 0", "i8 1", ""),
        (72, 1, 6, "[{os 04, os 13, u32 5}]", "[{os 04, os 13, [u32 5]}]", "[0].data"),
        (113, 0, 1, "[{os 01, i16 5}]", "[{os 01, i32 5}]", "[0].charge_per_unit"),
        (115, 0, 1, "os 0102", "u32 1", ""),
        (
            122,
            0,
            2,
            "{os 66, [{u16 1, ln 0-0:1.0.0.255}]}",
            "{os 66, [{u16 1, os 01}]}",
            "function_specifications[0].logical_name",
        ),
        (123, 0, 2, "{u8 1, {u16 1, u16 2}}", "{u8 1, {u16 1}}", "range"),
    ],
)
def test_the_parameter_of_a_method_is_judged_like_a_value(class_id, version, method, sound, wrong, at):
    parameter = class_version(class_id, version).method(method).parameter
    assert not faults_of(value_of(sound), parameter)
    (fault,) = faults_of(value_of(wrong), parameter)
    assert fault.path == at


@pytest.mark.parametrize("suite", [0, 1, 2])
def test_the_security_setup_of_the_embedded_meter_has_no_fault(suite):
    """Its objects of these classes, in the version of each suite, say what their tables define."""
    profiles = profiles_of(suite)
    management = next(profile for profile in profiles if profile.name == "management")
    device, session = logical_devices(profiles)[DEVICE_SAP], Session(management)
    objects = [one for one in device.objects(management) if one.class_id in NEEDED]
    assert ClassId.SECURITY_SETUP in {one.class_id for one in objects}
    for one in objects:
        version = class_version(one.class_id, one.version)
        assert set(one.attributes) == {attribute.index for attribute in version.attributes}
        assert set(one.methods) <= {method.index for method in version.methods}
        for number, attribute in one.attributes.items():
            defined = version.attribute(number)
            faults = faults_of(attribute.read(session, 0.0), defined.type, defined.name)
            assert not faults, [str(fault) for fault in faults]


def test_the_security_policy_of_version_1_has_every_sum_of_its_six_bits_and_no_other():
    policy = class_version(64, 1).attribute(2).type
    assert sorted(policy.meanings) == [number for number in range(256) if not number & 0x03]
    assert policy.meanings[0x24] == "authenticated request, authenticated response"


def test_of_a_date_time_the_octets_and_the_type_are_both_taken_where_the_standard_says_date_time():
    capture_time = class_version(65, 1).attribute(3).type
    assert not faults_of(value_of("dt"), capture_time)
    assert faults_of(double_long_unsigned(0), capture_time)
