"""Rows of a profile: what repeats is filled in, what has an order is put in order, and what is no row is told."""

import pytest

from conformance.cosem.names import CLOCK
from conformance.dlms.data.compact_array import TypeDescription
from conformance.dlms.data.datetime import CosemDateTime
from conformance.dlms.data.types import Data, DataType
from conformance.dlms.data.values import (
    array,
    compact_array,
    date_time,
    integer,
    long_unsigned,
    null,
    octet_string,
    structure,
    unsigned,
    visible_string,
)
from conformance.tester.profile_rows import Buffer, NoRows, beyond, columns_of, difference, key_of, rows_of


def capture(class_id: int, name: bytes) -> Data:
    return structure(long_unsigned(class_id), octet_string(name), integer(2), long_unsigned(0))


COLUMNS = columns_of(array(capture(8, CLOCK), capture(1, b"\x00\x00\x60\x0a\x01\xff")))


def at(minute: int) -> Data:
    return octet_string(CosemDateTime(2026, 3, 29, 7, 1, minute, 0, 0, -60).encode())


def rows(*given: tuple[Data, Data]) -> Data:
    return array(*(structure(*cells) for cells in given))


def test_null_data_repeats_the_value_above_and_counts_the_time_on() -> None:
    """So the first row after it can be compared with one that is written out."""
    sparse = rows_of(rows((at(0), unsigned(5)), (null(), null()), (null(), unsigned(6))), COLUMNS, 900)
    full = rows_of(rows((at(0), unsigned(5)), (at(15), unsigned(5)), (at(30), unsigned(6))), COLUMNS, 900)

    assert difference(sparse, full) is None
    assert difference(sparse[1:], full[1:]) is None


def test_null_data_that_is_the_value_itself_is_not_a_difference() -> None:
    """Whether it repeats the row above cannot be told where that row was not selected."""
    buffer = rows_of(rows((at(0), unsigned(5)), (at(15), null())), COLUMNS, 900)
    selected = rows_of(rows((at(15), null())), COLUMNS, 900)

    assert difference(selected, buffer[1:]) is None


def test_a_difference_names_row_and_value() -> None:
    """What a reader of the report needs first."""
    right = rows_of(rows((at(0), unsigned(5)), (at(15), unsigned(6))), COLUMNS, 900)
    wrong = rows_of(rows((at(0), unsigned(5)), (at(15), unsigned(7))), COLUMNS, 900)

    assert difference(wrong, right) == "row 2 of 2 has another value 2 than the buffer"
    assert difference(right[:1], right) == "1 row, expected are 2"


def test_a_compact_array_holds_rows_too() -> None:
    """Later versions of the class send buffers so."""
    kinds = (TypeDescription(DataType.UNSIGNED), TypeDescription(DataType.UNSIGNED))
    value = compact_array(TypeDescription(DataType.STRUCTURE, kinds), structure(unsigned(1), unsigned(2)))

    assert difference(rows_of(value, COLUMNS, 0), rows_of(array(*value.value.elements), COLUMNS, 0)) is None


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (unsigned(1), "unsigned in place of an array"),
        (array(unsigned(1)), "row 1 of 1 has unsigned, expected are 2 values"),
        (array(structure(at(0), unsigned(1)), structure(at(1))), "row 2 of 2 has 1 values"),
    ],
)
def test_what_is_no_row_is_told(value: Data, reason: str) -> None:
    """By its number."""
    with pytest.raises(NoRows, match=reason):
        rows_of(value, COLUMNS, 0)


@pytest.mark.parametrize("objects", [array(), unsigned(1), array(unsigned(1)), array(structure(unsigned(1)))])
def test_capture_objects_must_be_capture_objects(objects: Data) -> None:
    """Nothing else can name a column."""
    with pytest.raises(NoRows):
        columns_of(objects)


def test_moments_are_put_in_order_by_the_time_that_they_mean() -> None:
    """Not by their octets: an hour is lost or won where daylight saving begins or ends."""
    winter = date_time(CosemDateTime(2026, 3, 29, 7, 1, 59, 0, 0, -60))
    summer = date_time(CosemDateTime(2026, 3, 29, 7, 3, 0, 0, 0, -120))
    one, other = key_of(winter), key_of(summer)

    assert one is not None
    assert other is not None
    assert other - one == 60 * 100
    assert key_of(visible_string("2026-03-29")) is None


def test_the_clock_restricts_a_range_and_else_a_column_that_has_an_order() -> None:
    """A clock that cannot be put in order is no end of a range."""
    given = rows((at(0), unsigned(5)), (at(15), unsigned(6)))
    unset = rows((octet_string(b"\xff" * 12), unsigned(5)), (octet_string(b"\xff" * 12), unsigned(6)))
    mixed = rows((at(0), unsigned(5)), (unsigned(1), visible_string("x")))

    found = [Buffer(COLUMNS, 900, 2, 1, rows_of(value, COLUMNS, 900)).restricting for value in (given, unset, mixed)]

    assert found == [0, 1, None]


def test_a_value_beyond_all_others_is_found_where_there_is_one() -> None:
    """Of the same type, so that nothing else is wrong with it."""
    later = beyond([at(0), at(15)])
    assert later is not None
    assert later.value[:2] == (2034).to_bytes(2, "big")
    assert beyond([unsigned(3), unsigned(9)]) == unsigned(10)
    assert beyond([unsigned(3), unsigned(255)]) == unsigned(2)
    assert beyond([integer(-128), integer(127)]) is None
