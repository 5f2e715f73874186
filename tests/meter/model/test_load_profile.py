"""The load profile gives the rows that selective access asks for, and the same rows every time."""

import pytest

from conformance.cosem.names import CLOCK, LOAD_PROFILE
from conformance.dlms.data.datetime import CosemDateTime
from conformance.dlms.data.types import DataType
from conformance.dlms.data.values import (
    array,
    date_time,
    double_long_unsigned,
    integer,
    long_unsigned,
    null,
    octet_string,
    structure,
)
from conformance.dlms.xdlms.attribute import AttributeDescriptor, MethodDescriptor, SelectiveAccess
from conformance.dlms.xdlms.enumerations import ActionResult, DataAccessResult
from conformance.meter.model.associations import MANAGEMENT, READING
from conformance.meter.model.meter_time import octets_at
from conformance.meter.model.populate import ACTIVE_ENERGY_IMPORT, ACTIVE_POWER_IMPORT, logical_devices
from conformance.meter.model.session import Session

NOW = 1000.0
BUFFER = AttributeDescriptor(7, LOAD_PROFILE, 2)


def column(class_id, name, attribute=2):
    return structure(long_unsigned(class_id), octet_string(name), integer(attribute), long_unsigned(0))


CLOCK_COLUMN = column(8, CLOCK)


@pytest.fixture(scope="module")
def device():
    return logical_devices()[1]


def select(device, selector, parameters):
    return device.read(BUFFER, SelectiveAccess(selector, parameters), Session(READING), NOW)


def by_range(device, first, last, *columns, restricting=CLOCK_COLUMN):
    return select(device, 1, structure(restricting, first, last, array(*columns)))


def by_entry(device, first, last, from_column=1, to_column=0):
    ends = (double_long_unsigned(first), double_long_unsigned(last))
    return select(device, 2, structure(*ends, long_unsigned(from_column), long_unsigned(to_column)))


def at(quarter):
    return octet_string(octets_at(quarter * 900))


@pytest.fixture(scope="module")
def rows(device):
    return device.read(BUFFER, None, Session(READING), NOW).value


def test_thirty_days_are_in_order_and_agree_with_the_other_attributes(device, rows):
    def attribute(number):
        return device.read(AttributeDescriptor(7, LOAD_PROFILE, number), None, Session(READING), NOW)

    assert len(rows) == 2880 == attribute(7).value == attribute(8).value
    assert attribute(4) == double_long_unsigned(900)
    times = [row.value[0].value for row in rows]
    assert times == sorted(times)
    assert times[-1] == octets_at(900)
    assert {len(row.value) for row in rows} == {len(attribute(3).value)} == {6}
    assert attribute(6) in attribute(3).value
    energies = [row.value[2].value for row in rows]
    assert energies == sorted(energies)
    assert rows[-1].value[2] == device.read(
        AttributeDescriptor(3, ACTIVE_ENERGY_IMPORT, 2), None, Session(READING), NOW
    )


def test_the_buffer_slides_with_time(device, rows):
    later = device.read(BUFFER, None, Session(READING), NOW + 900).value
    assert later[:-1] == rows[1:]


def test_a_range_includes_both_ends(device, rows):
    assert by_range(device, at(-10), at(0)).value == rows[-12:-1]
    assert by_range(device, at(-10), at(-10)).value == (rows[-12],)


def test_ends_between_rows_take_only_the_rows_between(device, rows):
    first, last = octet_string(octets_at(-1799.5)), octet_string(octets_at(-1.0))
    assert by_range(device, first, last).value == (rows[-3],)


def test_a_range_wider_than_the_buffer_is_the_whole_buffer(device, rows):
    assert by_range(device, at(-100_000), at(100_000)).value == rows


@pytest.mark.parametrize(("first", "last"), [(2, 100), (-9000, -8000), (0, -10)])
def test_a_range_outside_or_reversed_is_empty(device, first, last):
    assert by_range(device, at(first), at(last)) == array()


def test_a_range_may_be_given_as_date_time_without_zone_or_seconds(device, rows):
    first = date_time(CosemDateTime(2025, 12, 31, None, 23, 0))
    assert by_range(device, first, at(0)).value == rows[-6:-1]


def test_columns_come_in_the_order_asked_for(device, rows):
    found = by_range(device, at(-1), at(0), column(3, ACTIVE_POWER_IMPORT), CLOCK_COLUMN).value
    assert [row.value for row in found] == [(row.value[5], row.value[0]) for row in rows[-3:-1]]


def test_a_register_may_restrict_the_range(device, rows):
    low, high = rows[5].value[2], rows[7].value[2]
    found = by_range(device, low, high, restricting=column(3, ACTIVE_ENERGY_IMPORT))
    assert found.value == rows[5:8]


def test_what_is_not_captured_cannot_restrict_nor_be_selected(device):
    other = column(3, bytes(6))
    assert by_range(device, at(0), at(0), restricting=other) is DataAccessResult.SCOPE_OF_ACCESS_VIOLATED
    assert by_range(device, at(0), at(0), other) is DataAccessResult.SCOPE_OF_ACCESS_VIOLATED


@pytest.mark.parametrize(
    ("first", "last", "expected"),
    [
        (1, 5, slice(0, 5)),
        (3, 3, slice(2, 3)),
        (2876, 0, slice(2875, None)),
        (1, 0, slice(None)),
        (2880, 9999, slice(2879, None)),
        (2881, 0, slice(0, 0)),
        (5, 4, slice(0, 0)),
        (0xFFFFFFFF, 0xFFFFFFFF, slice(0, 0)),
    ],
)
def test_entries_count_from_1_and_0_is_the_last(device, rows, first, last, expected):
    assert by_entry(device, first, last).value == rows[expected]


def test_entries_with_some_columns(device, rows):
    assert [row.value for row in by_entry(device, 1, 2, 2, 3).value] == [row.value[1:3] for row in rows[:2]]


@pytest.mark.parametrize(("first", "from_column", "to_column"), [(0, 1, 0), (1, 0, 0), (1, 7, 0), (1, 1, 7), (1, 3, 2)])
def test_entries_and_columns_that_do_not_exist_are_refused(device, first, from_column, to_column):
    assert by_entry(device, first, 1, from_column, to_column) is DataAccessResult.SCOPE_OF_ACCESS_VIOLATED


@pytest.mark.parametrize(
    ("selector", "parameters"),
    [
        (1, null()),
        (1, structure(CLOCK_COLUMN, at(0), at(0))),
        (1, structure(null(), at(0), at(0), array())),
        (1, structure(CLOCK_COLUMN, at(0), at(0), array(null()))),
        (1, structure(CLOCK_COLUMN, null(), at(0), array())),
        (1, structure(CLOCK_COLUMN, octet_string(b"late"), at(0), array())),
        (1, structure(column(3, ACTIVE_POWER_IMPORT), at(0), at(0), array())),
        (2, structure(long_unsigned(1), long_unsigned(1), long_unsigned(1), long_unsigned(0))),
    ],
)
def test_malformed_parameters_are_of_the_wrong_type(device, selector, parameters):
    assert select(device, selector, parameters) is DataAccessResult.TYPE_UNMATCHED


def test_an_unknown_selector_is_refused(device):
    assert select(device, 3, null()) is DataAccessResult.SCOPE_OF_ACCESS_VIOLATED


def test_reset_empties_the_buffer_and_it_fills_again():
    device = logical_devices()[1]
    reset = MethodDescriptor(7, LOAD_PROFILE, 1)
    assert device.invoke(reset, integer(0), Session(READING), NOW).result is ActionResult.READ_WRITE_DENIED
    assert device.invoke(reset, integer(0), Session(MANAGEMENT), NOW).result is ActionResult.SUCCESS
    assert device.read(BUFFER, None, Session(READING), NOW) == array()
    assert by_entry(device, 1, 0) == array()
    assert len(device.read(BUFFER, None, Session(READING), NOW + 1800).value) == 2


def test_rows_hold_times_as_octet_strings(rows):
    assert rows[0].value[0].type is DataType.OCTET_STRING
