"""A huge buffer is made while it is sent, and is the same as one that is made at once."""

import tracemalloc

import pytest

from conformance.cosem.names import LOAD_PROFILE
from conformance.dlms.data import codec
from conformance.dlms.data.types import Data, DataType
from conformance.dlms.data.values import array, octet_string, structure, unsigned
from conformance.dlms.xdlms.attribute import AttributeDescriptor, SelectiveAccess
from conformance.harness.profile_buffer import entries_access
from conformance.meter.model.associations import READING
from conformance.meter.model.populate import logical_devices
from conformance.meter.model.rows_on_demand import RowsOnDemand
from conformance.meter.model.session import Session

BUFFER = AttributeDescriptor(7, LOAD_PROFILE, 2)


def row(number):
    return structure(unsigned(number % 256), octet_string(number.to_bytes(4, "big")))


def buffer(rows, access=None):
    device = logical_devices(profile_rows=rows)[1]
    return device.read(BUFFER, access, Session(READING), 1000.0)


@pytest.mark.parametrize("count", [1, 2, 127, 128, 300])
def test_every_part_is_the_part_of_the_whole(count):
    lazy = RowsOnDemand(range(count), row).encoded()
    whole = codec.encode(array(*map(row, range(count))))
    assert len(lazy) == len(whole)
    assert lazy[:] == whole
    for start in (0, 1, 2, 3, 5, 40, len(whole) - 1, len(whole)):
        for stop in (start, start + 1, start + 9, start + 300, len(whole)):
            assert lazy[start:stop] == whole[start:stop]


def test_no_rows_are_an_empty_array():
    assert RowsOnDemand(range(0), row).encoded()[:] == codec.encode(array())


def test_rows_of_different_lengths_are_not_sent_wrongly():
    lazy = RowsOnDemand(range(3), lambda number: octet_string(b"x" * number)).encoded()
    with pytest.raises(ValueError, match="not all of 2 octets"):
        lazy[:]


def test_a_huge_buffer_has_the_rows_of_a_small_one():
    huge, small = buffer(5000), buffer(2880)
    assert isinstance(huge.value, RowsOnDemand)
    assert len(huge.value) == 5000
    assert tuple(huge.value[-2880:]) == small.value
    assert codec.encode(huge) == huge.value.encoded()[:]
    selected = buffer(5000, SelectiveAccess(2, entries_access(5000, 0)))
    assert selected == array(small.value[-1])


def test_its_rows_are_a_clock_a_status_and_four_double_long_unsigned():
    first = buffer(100_000).value[0]
    four = [DataType.DOUBLE_LONG_UNSIGNED] * 4
    assert [cell.type for cell in first.value] == [DataType.OCTET_STRING, DataType.UNSIGNED, *four]


def test_a_hundred_thousand_rows_are_sent_in_bounded_memory():
    """Block by block, as get-next fetches them: of 3.8 MB no more than a little is ever there."""
    value = buffer(100_000)
    tracemalloc.start()
    try:
        octets = value.value.encoded()
        assert len(octets) == 3_800_005
        for start in range(0, 3_800_005, 190_001):
            assert len(octets[start : start + 1000]) == 1000 or start > 3_799_005
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 500_000


def test_a_text_is_still_no_array():
    with pytest.raises(codec.EncodeError):
        codec.encode(Data(DataType.ARRAY, "abc"))
