"""Rows of one shape are decoded by one layout, with the same result as one by one."""

import pytest

from conformance.dlms.data import codec, rows, values
from conformance.dlms.data.types import NESTING_LIMIT, Data
from conformance.dlms.errors import DecodeError
from conformance.dlms.reader import Reader


def row(number: int) -> Data:
    return values.structure(
        values.octet_string(number.to_bytes(12, "big")),
        values.unsigned(number % 256),
        values.structure(values.double_long(-number), values.null(), values.array(), values.float32(number)),
        values.array(values.long64_unsigned(number), values.long64_unsigned(number + 1)),
        values.enum(number % 7),
    )


def both_ways(data: Data) -> None:
    octets = codec.encode(data)
    assert codec.decode(octets) == data
    assert codec.dissect(octets).value == data


@pytest.mark.parametrize("count", [0, 1, 7, 8, 9, 127, 128, 1023, 1024, 1025, 3000])
def test_any_number_of_rows_reads_the_same(count):
    data = values.array(*map(row, range(count)))
    assert codec.decode(codec.encode(data)) == data


def test_rows_of_one_shape_do_take_the_fast_way():
    octets = codec.encode(values.array(*map(row, range(50))))
    reader = Reader(octets)
    reader.position = 2
    assert rows.read_rows(reader, 50, 1) == [row(number) for number in range(50)]
    assert reader.remaining == 0


@pytest.mark.parametrize("odd", [0, 1, 5, 20, 39])
@pytest.mark.parametrize(
    "stranger",
    [values.null(), values.structure(), values.octet_string(b"x" * 200), values.boolean(True), row(3).value[2]],
)
def test_a_row_of_another_shape_amid_the_others_reads_the_same(odd, stranger):
    items = [row(number) for number in range(40)]
    items[odd] = stranger
    both_ways(values.array(*items))


def test_shapes_that_alternate_read_the_same():
    both_ways(values.array(*[row(n) if n % 2 else values.long(n) for n in range(100)]))
    both_ways(values.array(*[row(n) if n // 20 % 2 else values.long(n) for n in range(200)]))


@pytest.mark.parametrize("item", [values.null(), values.dont_care(), values.structure(), values.array(values.null())])
def test_rows_without_any_column_read_the_same(item):
    both_ways(values.array(*[item] * 100))


@pytest.mark.parametrize(
    "item", [values.visible_string("abc"), values.utf8_string("é"), values.bit_string("101"), values.boolean(False)]
)
def test_rows_that_might_deviate_are_read_one_by_one(item):
    reader = Reader(codec.encode(item) * 20)
    assert rows.read_rows(reader, 20, 1) == []
    assert reader.position == 0
    both_ways(values.array(*[item] * 20))


def test_an_array_cut_off_amid_its_rows_is_an_error_in_its_row():
    octets = codec.encode(values.array(*[values.structure(values.long(n), values.long(n)) for n in range(100)]))
    with pytest.raises(DecodeError) as caught:
        codec.decode(octets[:-1])
    assert caught.value.path == "data.element[99].element[1].value"


def test_the_nesting_limit_holds_inside_rows():
    item = values.unsigned(1)
    for _ in range(NESTING_LIMIT - 1):
        item = values.structure(item)
    legal = codec.encode(item) * 20
    assert len(codec.decode(b"\x01\x14" + legal).value) == 20
    with pytest.raises(DecodeError, match="16"):
        codec.decode(b"\x01\x01\x01\x14" + legal)


def test_rows_end_at_the_bound_of_the_reader():
    reader = Reader(bytes.fromhex("0109") + b"\x11\x05" * 9)
    reader.bound(2 + 2 * 8)
    with pytest.raises(DecodeError):
        codec.read(reader)
