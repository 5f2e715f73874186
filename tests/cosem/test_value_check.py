"""A value that is not of its type is told where, what was expected and what was observed; and nothing else is."""

import pytest

from conformance.cosem.class_tables import class_version, shared_names
from conformance.cosem.type_language import parse
from conformance.cosem.value_check import faults_of
from conformance.dlms.data.compact_array import TypeDescription
from conformance.dlms.data.types import DataType
from conformance.dlms.data.values import (
    array,
    bit_string,
    boolean,
    compact_array,
    double_long_unsigned,
    enum,
    integer,
    long_unsigned,
    null,
    octet_string,
    structure,
    unsigned,
    visible_string,
)

SHARED = shared_names()
ENUMERATIONS = {"flag": {0: "low", 2: "high"}}
CLOCK = bytes.fromhex("0000010000FF")
NOON = bytes.fromhex("07EA0B1506 0C000000 FFC4 00".replace(" ", ""))


def faults(value, text, path=""):
    return [(fault.path, fault.expected, fault.observed) for fault in faults_of(value, parsed(text), path)]


def parsed(text):
    return parse(text, SHARED.types, {**SHARED.enumerations, **ENUMERATIONS})


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (unsigned(10), "unsigned(1..10)"),
        (null(), "null-data | unsigned"),
        (octet_string(NOON), "date_time"),
        (octet_string(CLOCK), "object_reference"),
        (structure(integer(-3), enum(30)), "scal_unit_type"),
        (array(), "array(unsigned)"),
        (bit_string("101"), "bit-string(flag)"),
        (structure(unsigned(1)), "structure"),
        (compact_array(TypeDescription(DataType.UNSIGNED), unsigned(1)), "array(unsigned) | compact-array(unsigned)"),
        (octet_string(b"Hello"), "octet-string as text"),
        (octet_string(bytes.fromhex("C001C1000F0000280000FF0100")), "octet-string as apdu"),
        (octet_string(bytes.fromhex("3003020105")), "octet-string as certificate"),
        (octet_string(bytes.fromhex("308180") + bytes(128)), "octet-string as certificate"),
        (octet_string(b"MMM" + bytes(5)), "octet-string(0) | octet-string as title"),
        (octet_string(b""), "octet-string(0) | octet-string as title"),
    ],
)
def test_a_value_of_its_type_has_no_faults(value, text):
    assert faults(value, text) == []


@pytest.mark.parametrize(
    ("value", "text", "expected", "observed"),
    [
        (unsigned(11), "unsigned(1..10)", "unsigned(1..10)", "unsigned 11"),
        (long_unsigned(1), "unsigned", "unsigned", "long-unsigned 1"),
        (octet_string(bytes(5)), "octet-string(6)", "octet-string of 6 octets", "(5 octets)"),
        (bit_string("101"), "bit-string(7)", "bit-string of 7 bits", "(3 bits)"),
        (bit_string("11"), "bit-string(flag)", "no meaning for bit 1", "bit-string 11"),
        (enum(1), "enum(flag)", "one of 0, 2", "enum 1"),
        (unsigned(2), "enum(flag)", "enum(flag)", "unsigned 2"),
        (boolean(True), "number", "number", "boolean TRUE"),
        (array(unsigned(1)), "array(unsigned, 2..)", "array of 2.. elements", "array[1]"),
        (structure(integer(0)), "scal_unit_type", "2 elements (scaler, unit)", "structure[1]"),
        (compact_array(TypeDescription(DataType.UNSIGNED), unsigned(1)), "array(unsigned)", "array(", "compact-array"),
        (null(), "unsigned | boolean", "unsigned or boolean", "null-data"),
        (visible_string("a\x00b"), "visible-string as text", "as text", "not printable"),
        (octet_string(b"\xff\xfe"), "octet-string as text", "as text", "no text"),
        (octet_string(b"\x99\x01"), "octet-string as apdu", "as apdu", "99 is the tag of no APDU"),
        (octet_string(bytes.fromhex("30030201")), "octet-string as certificate", "as certificate", "says 5"),
        (octet_string(NOON[:5]), "octet-string as date-time", "of 12 octets", "(5 octets)"),
        (octet_string(b"\x07\xea\x0d\x15\x06"), "calendar_date", "as date", "month 13"),
        (octet_string(b"\x18\x00\x00\x00"), "time_of_day", "as time", "hour 24"),
    ],
)
def test_a_value_of_another_type_is_told(value, text, expected, observed):
    ((path, told, seen),) = faults(value, text)
    assert path == ""
    assert expected in told
    assert observed in seen


def test_the_path_leads_to_the_element():
    definition = class_version(7, 1).attribute(3)
    column = structure(long_unsigned(8), octet_string(CLOCK), integer(2), long_unsigned(0))
    wrong = structure(long_unsigned(8), octet_string(CLOCK[:5]), unsigned(2), long_unsigned(0))
    found = faults_of(array(column, wrong), definition.type, definition.name)
    assert [fault.path for fault in found] == ["capture_objects[1].logical_name", "capture_objects[1].attribute_index"]
    assert str(found[1]) == "capture_objects[1].attribute_index: expected integer, observed unsigned 2"


def test_of_alternatives_with_one_tag_the_nearest_is_told():
    text = "structure(a: unsigned) | structure(a: unsigned, b: unsigned)"
    assert faults(structure(unsigned(1), enum(1)), text) == [("b", "unsigned", "enum 1")]


def test_faults_are_bounded_in_number_and_length():
    found = faults_of(array(*(octet_string(bytes(4000)) for _ in range(1000))), parsed("array(unsigned)"))
    assert len(found) == 20
    assert all(len(str(fault)) < 400 for fault in found)
    (huge,) = faults_of(octet_string(bytes(100_000)), parsed("octet-string(0..16)"))
    assert len(str(huge)) < 400


def test_what_a_meter_sends_is_escaped():
    ((_, _, observed),) = faults(visible_string("\x1b[2J\n"), "visible-string as text")
    assert "\x1b" not in observed
    assert "\n" not in observed


def test_double_long_unsigned_is_no_capture_period_of_another_type():
    capture_period = class_version(7, 1).attribute(4)
    assert faults_of(double_long_unsigned(900), capture_period.type) == ()
    assert faults_of(long_unsigned(900), capture_period.type) != ()
