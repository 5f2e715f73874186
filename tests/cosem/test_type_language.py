"""Types are written in one line; what is wrong in a line is told with its column."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.cosem.type_language import (
    ANY,
    NUMBER,
    SIMPLE,
    ArrayType,
    Bounds,
    ChoiceType,
    EnumeratedType,
    Format,
    SimpleType,
    StructureType,
    TypeLanguageError,
    parse,
)
from conformance.dlms.data.types import DataType

NAMES = {"point": StructureType((("x", SimpleType(DataType.LONG)), ("y", SimpleType(DataType.LONG))))}
ENUMERATIONS = {"colour": {0: "red", 3: "blue"}}


def read(text):
    return parse(text, NAMES, ENUMERATIONS)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("long-unsigned", SimpleType(DataType.LONG_UNSIGNED)),
        ("unsigned(1..10)", SimpleType(DataType.UNSIGNED, Bounds(((1, 10),)))),
        ("unsigned(0, 1, 5)", SimpleType(DataType.UNSIGNED, Bounds(((0, 0), (1, 1), (5, 5))))),
        ("integer(-120..120)", SimpleType(DataType.INTEGER, Bounds(((-120, 120),)))),
        ("octet-string(8..)", SimpleType(DataType.OCTET_STRING, Bounds(((8, None),)))),
        ("octet-string as title", SimpleType(DataType.OCTET_STRING, Bounds(((8, 8),)), Format.TITLE)),
        ("enum(colour)", EnumeratedType(DataType.ENUM, "colour", {0: "red", 3: "blue"})),
        ("array(point, 1..3)", ArrayType(NAMES["point"], Bounds(((1, 3),)))),
        ("any", ANY),
        ("simple", SIMPLE),
        ("number", NUMBER),
    ],
)
def test_a_line_gives_the_type_that_it_says(text, expected):
    assert read(text) == expected


def test_alternatives_are_flat_and_structures_nest():
    type_ = read("null-data | array(structure(a: point, b: any | null-data)) | bcd")
    assert isinstance(type_, ChoiceType)
    assert [str(one) for one in type_.alternatives][::2] == ["null-data", "bcd"]
    assert str(type_.alternatives[1]) == "array(structure(a: structure(x: long, y: long), b: any | null-data))"


def test_any_simple_and_number_take_what_their_names_say():
    assert DataType.COMPACT_ARRAY in ANY.types
    assert not SIMPLE.types & {DataType.ARRAY, DataType.STRUCTURE, DataType.COMPACT_ARRAY}
    assert {DataType.NULL_DATA, DataType.OCTET_STRING, DataType.ENUM} <= SIMPLE.types
    assert {DataType.BCD, DataType.ENUM, DataType.FLOAT32, DataType.DELTA_LONG} <= NUMBER.types
    assert not NUMBER.types & {DataType.BOOLEAN, DataType.OCTET_STRING, DataType.DATE_TIME, DataType.NULL_DATA}


@pytest.mark.parametrize(
    ("text", "column", "fault"),
    [
        ("long-unsinged", 1, "did you mean long-unsigned"),
        ("array(pont)", 7, "did you mean point"),
        ("enum(color)", 6, "did you mean colour"),
        ("array(point", 12, "')' is missing"),
        ("unsigned(10..1)", 14, "runs backwards"),
        ("boolean(3)", 1, "takes nothing in parentheses"),
        ("octet-string as titel", 17, "there are logical-name"),
        ("unsigned as text", 10, "has no format"),
        ("octet-string(4) as date-time", 20, "has 12 octets"),
        ("structure(a: long, a: long)", 20, "two elements"),
        ("long long", 6, "does not belong here"),
        ("long & long", 6, "is no part of a type"),
        ("", 1, "missing at the end"),
        ("octet-string(colour)", 14, "cannot be an enumeration"),
        ("array(" * 40 + "long" + ")" * 40, 97, "nested more than"),
    ],
)
def test_what_is_wrong_is_told_with_its_column(text, column, fault):
    with pytest.raises(TypeLanguageError) as raised:
        read(text)
    assert fault in raised.value.fault
    assert raised.value.column == column


@given(st.text(alphabet="aeglnory-_(),.|: 0123456789", max_size=40))
def test_any_text_is_a_type_or_a_type_language_error(text):
    try:
        again = read(str(read(text)))
    except TypeLanguageError as error:
        column = error.column
    else:
        assert again == read(text)
        column = 1
    assert 1 <= column <= len(text) + 1
