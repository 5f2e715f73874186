"""Values that are written in place of others: they differ, and are refused for nothing but what the case is about."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.dlms.data import codec
from conformance.dlms.data.types import Data, DataType
from conformance.dlms.data.values import (
    array,
    bit_string,
    boolean,
    double_long,
    double_long_unsigned,
    enum,
    float32,
    float64,
    integer,
    long64,
    long_unsigned,
    null,
    octet_string,
    structure,
    unsigned,
    visible_string,
)
from conformance.tester.other_value import other_value, value_of_other_type

scalars = st.one_of(
    st.booleans().map(boolean),
    st.integers(-(2**31), 2**31 - 1).map(double_long),
    st.integers(0, 2**32 - 1).map(double_long_unsigned),
    st.integers(-128, 127).map(integer),
    st.integers(0, 255).map(unsigned),
    st.integers(0, 255).map(enum),
    st.integers(0, 2**16 - 1).map(long_unsigned),
    st.integers(-(2**63), 2**63 - 1).map(long64),
    st.binary(min_size=1, max_size=60).map(octet_string),
    st.text("01", min_size=1, max_size=40).map(bit_string),
    st.text(st.characters(min_codepoint=32, max_codepoint=126), min_size=1, max_size=40).map(visible_string),
    st.floats(width=32, allow_nan=False).map(float32),
    st.floats(allow_nan=False).map(float64),
)
values = st.recursive(
    scalars, lambda inner: st.lists(inner, min_size=1, max_size=4).map(lambda items: structure(*items)), max_leaves=8
)


@given(values)
def test_another_value_has_the_same_type_and_length_and_differs(value: Data) -> None:
    other = other_value(value)
    assert other is not None
    assert other.type is value.type
    assert other != value
    assert len(codec.encode(other)) == len(codec.encode(value))


@given(values)
def test_a_value_of_another_type_has_another_type(value: Data) -> None:
    other = value_of_other_type(value)
    assert other.type is not value.type
    codec.encode(other)


@pytest.mark.parametrize(
    "value", [null(), octet_string(b""), visible_string(""), bit_string(""), array(), structure(null())]
)
def test_nothing_can_be_written_in_place_of_what_leaves_no_choice(value: Data) -> None:
    assert other_value(value) is None


def test_of_a_structure_the_last_element_that_can_differs() -> None:
    assert other_value(structure(unsigned(6), null())) == structure(unsigned(7), null())


def test_a_boolean_is_not_replaced_by_a_boolean() -> None:
    assert value_of_other_type(boolean(False)).type is DataType.OCTET_STRING
