"""An array that is decoded while it comes: the same values, the same errors, and never more than a little in hand."""

import gc
import tracemalloc

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from conformance.dlms.data import codec, values
from conformance.dlms.data.collector import paused_collector
from conformance.dlms.data.row_stream import BATCH_OCTETS, LONGEST_ROW, RowStream
from conformance.dlms.errors import DecodeError
from tests.dlms.data.test_properties import SCALARS


def fed(octets, size):
    """The rows that come of octets fed in parts of a size."""
    stream = RowStream()
    rows = []
    for start in range(0, len(octets), size):
        rows += stream.feed(octets[start : start + size])
    rows += stream.finish()
    assert (stream.count, stream.taken, stream.octets) == (len(rows), len(rows), len(octets))
    return tuple(rows)


def row(number):
    return values.structure(
        values.octet_string(number.to_bytes(12, "big")), values.unsigned(number % 256), values.long_unsigned(number)
    )


@pytest.mark.parametrize("size", [1, 7, 100, 5000, 10**6])
@pytest.mark.parametrize("count", [0, 1, 7, 300, 3000])
def test_parts_of_any_size_give_the_same_rows(count, size):
    data = values.array(*map(row, range(count)))
    assert fed(codec.encode(data), size) == data.value


@settings(suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large], deadline=None, max_examples=60)
@given(
    st.lists(SCALARS, min_size=1, max_size=4).flatmap(
        lambda kinds: st.lists(st.sampled_from(kinds).map(values.structure), max_size=400)
    ),
    st.integers(1, 3000),
    st.integers(1, 12),
)
def test_rows_of_any_kinds_read_the_same_as_all_at_once(items, size, times):
    octets = codec.encode(values.array(*items * times))
    try:
        whole = codec.decode(octets)
    except DecodeError:
        with pytest.raises(DecodeError):
            fed(octets, size)
        return
    assert fed(octets, size) == whole.value


def test_rows_of_another_shape_amid_the_others_read_the_same():
    items = [row(number) for number in range(4000)]
    items[17] = values.null()
    items[2500] = values.structure(values.visible_string("x" * 300))
    data = values.array(*items)
    assert fed(codec.encode(data), 1000) == data.value


@pytest.mark.parametrize("rows", [3, 3000])
def test_an_array_cut_off_is_an_error_in_its_row(rows):
    octets = codec.encode(values.array(*map(row, range(rows))))
    with pytest.raises(DecodeError) as caught:
        fed(octets[:-1], 900)
    assert caught.value.path.startswith(f"data.element[{rows - 1}].element[2]")
    assert caught.value.offset >= len(octets) - 3


def test_an_array_that_lacks_whole_rows_is_an_error():
    octets = codec.encode(values.array(*map(row, range(10))))
    with pytest.raises(DecodeError) as caught:
        fed(octets[: -len(codec.encode(row(9)))], 50)
    assert caught.value.path == "data.element[9].tag"


def test_octets_behind_the_last_row_are_an_error():
    with pytest.raises(DecodeError, match="left over"):
        fed(codec.encode(values.array(*map(row, range(2000)))) + b"\x00", 900)


def test_what_is_no_array_is_told():
    with pytest.raises(DecodeError, match="expected an array"):
        fed(codec.encode(values.structure(row(1))), 10)


def test_a_row_that_is_not_legal_ends_the_reading_long_before_the_end_of_it():
    """A meter that goes on for ever behind a damaged row must not be listened to for ever."""
    good = codec.encode(row(1))
    stream = RowStream()
    stream.feed(b"\x01\x84\x7f\xff\xff\xff" + good * 10 + b"\x63")
    with pytest.raises(DecodeError) as caught:
        list(map(stream.feed, [good] * 2 * LONGEST_ROW))
    assert caught.value.path.startswith("data.element[10]")
    assert stream.octets < LONGEST_ROW + 2 * BATCH_OCTETS


def test_an_endless_array_is_taken_in_bounded_memory():
    """What was handed on and dropped is gone; only a batch is held."""
    good = codec.encode(values.array(*map(row, range(50))))[2:]
    stream = RowStream()
    stream.feed(b"\x01\x84\x7f\xff\xff\xff")
    for _ in range(50):
        stream.feed(good)
    tracemalloc.start()
    try:
        taken = sum(len(stream.feed(good)) for _ in range(300))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert taken > 14_000
    assert peak < 3_000_000


@pytest.mark.parametrize("collecting", [True, False])
def test_the_collector_is_left_as_it_was_found(collecting):
    """Even where decoding fails."""
    (gc.enable if collecting else gc.disable)()
    try:
        with pytest.raises(DecodeError):
            codec.decode(codec.encode(values.array(*map(row, range(2000))))[:-1])
        with paused_collector():
            assert not gc.isenabled()
        assert gc.isenabled() is collecting
    finally:
        gc.enable()
