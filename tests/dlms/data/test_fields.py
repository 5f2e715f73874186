"""The tree of fields of a value: what reports show and what stimuli alter."""

import pytest

from conformance.dlms.alteration import Alteration, Operation, alter
from conformance.dlms.data import codec, values
from conformance.dlms.data.compact_array import TypeDescription
from conformance.dlms.data.datetime import CosemDateTime
from conformance.dlms.data.types import DataType
from conformance.dlms.fields import FieldKind

ROW = values.structure(values.octet_string(b"\1\2"), values.unsigned(7), values.visible_string("ab"))
COMPACT = values.compact_array(
    TypeDescription(
        DataType.STRUCTURE, (TypeDescription(DataType.LONG_UNSIGNED), TypeDescription(DataType.OCTET_STRING))
    ),
    values.structure(values.long_unsigned(1), values.octet_string(b"\xaa")),
    values.structure(values.long_unsigned(2), values.octet_string(b"")),
)


def altered(data, *changes):
    octets = codec.encode(data)
    return alter(octets, codec.dissect(octets).root, changes)


@pytest.mark.parametrize(
    "data",
    [
        values.array(ROW, ROW),
        COMPACT,
        values.structure(values.null(), values.bit_string("0101"), values.float32(1.0), values.boolean(True)),
        values.date_time(CosemDateTime(2024, 2, 29, 4, 0, 0, 0, 0, 0)),
    ],
)
def test_every_octet_lies_in_exactly_one_leaf(data):
    octets = codec.encode(data)
    root = codec.dissect(octets).root
    leaves = [field for _, field in root.walk() if not field.children and field.start != field.end]
    covered = [index for leaf in leaves for index in range(leaf.start, leaf.end)]
    assert covered == list(range(len(octets)))


def test_the_fields_of_an_array_are_tag_count_and_elements():
    root = codec.dissect(codec.encode(values.array(values.unsigned(1), values.octet_string(b"\2")))).root
    shown = [(path, str(field.value)) for path, field in root.walk() if not field.children]
    assert shown == [
        ("data.tag", "array"),
        ("data.count", "2"),
        ("data.element.tag", "unsigned"),
        ("data.element.value", "1"),
        ("data.element[1].tag", "octet-string"),
        ("data.element[1].length", "1"),
        ("data.element[1].value", "b'\\x02'"),
    ]
    count = root.find("data.count")
    assert count is not None
    assert count.kind is FieldKind.COUNT


def test_the_parts_of_a_date_time_are_fields():
    root = codec.dissect(codec.encode(values.date_time(CosemDateTime(2024, 2, 29, None, 13)))).root
    day = root.find("data.value.day-of-month")
    weekday = root.find("data.value.day-of-week")
    assert day is not None
    assert weekday is not None
    assert day.value == 29
    assert weekday.value == "not specified"
    assert altered(values.date_time(CosemDateTime()), Alteration("data.value.month", Operation.REPLACE, b"\x0d")) == (
        bytes.fromhex("19FFFF0DFFFFFFFFFFFF800000")
    )


def test_a_dropped_element_is_not_counted():
    result = altered(values.array(ROW, ROW, ROW), Alteration("data.element[1]", Operation.DROP))
    assert codec.decode(result) == values.array(ROW, ROW)


def test_a_repeated_element_is_counted():
    result = altered(ROW, Alteration("data.element[1]", Operation.REPEAT, number=3))
    assert len(codec.decode(result).value) == 5


def test_an_element_beyond_127_makes_the_count_longer():
    result = altered(values.array(values.unsigned(1)), Alteration("data.element", Operation.REPEAT, number=200))
    assert codec.decode(result) == values.array(*[values.unsigned(1)] * 200)


def test_a_longer_value_makes_its_length_follow():
    result = altered(values.array(ROW, ROW), Alteration("data.element[1].element.value", Operation.REPLACE, b"x" * 300))
    assert codec.decode(result).value[1].value[0] == values.octet_string(b"x" * 300)


def test_a_count_made_wrong_stays_wrong():
    result = altered(ROW, Alteration("data.count", Operation.ADD, number=1))
    assert result[1] == 4
    assert codec.dissect(result).error is not None


def test_the_contents_of_a_compact_array_follow_a_dropped_element():
    result = altered(COMPACT, Alteration("data.array-contents.element", Operation.DROP))
    assert codec.decode(result).value.elements == COMPACT.value.elements[1:]


def test_the_count_of_a_described_structure_follows():
    result = altered(
        COMPACT,
        Alteration("data.contents-description.type-description[1]", Operation.DROP),
        Alteration("data.array-contents.element.element[1]", Operation.DROP),
        Alteration("data.array-contents.element[1].element[1]", Operation.DROP),
    )
    assert [element.value for element in codec.decode(result).value.elements] == [
        (values.long_unsigned(1),),
        (values.long_unsigned(2),),
    ]
