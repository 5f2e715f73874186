"""Compact arrays: one description, elements without tags."""

import pytest

from conformance.dlms.data import codec, values
from conformance.dlms.data.compact_array import CompactArray, TypeDescription
from conformance.dlms.data.types import DataType
from conformance.dlms.errors import DecodeError, EncodeError

UNSIGNED = TypeDescription(DataType.UNSIGNED)
LONG_UNSIGNED = TypeDescription(DataType.LONG_UNSIGNED)
TEXT = TypeDescription(DataType.OCTET_STRING)
NOTHING = TypeDescription(DataType.NULL_DATA)


def of(*parts: TypeDescription) -> TypeDescription:
    return TypeDescription(DataType.STRUCTURE, parts)


def repeated(part: TypeDescription, count: int) -> TypeDescription:
    return TypeDescription(DataType.ARRAY, (part,), count)


@pytest.mark.parametrize(
    ("octets", "data"),
    [
        ("13 12 06 0001 0002 0003", values.compact_array(LONG_UNSIGNED, *map(values.long_unsigned, (1, 2, 3)))),
        ("13 12 00", values.compact_array(LONG_UNSIGNED)),
        ("13 00 00", values.compact_array(NOTHING)),
        ("13 0200 00", values.compact_array(of())),
        (
            "13 0202 1112 06 050001 060002",
            values.compact_array(
                of(UNSIGNED, LONG_UNSIGNED),
                values.structure(values.unsigned(5), values.long_unsigned(1)),
                values.structure(values.unsigned(6), values.long_unsigned(2)),
            ),
        ),
        (
            "13 01 0002 11 04 01020304",
            values.compact_array(
                repeated(UNSIGNED, 2),
                values.array(values.unsigned(1), values.unsigned(2)),
                values.array(values.unsigned(3), values.unsigned(4)),
            ),
        ),
        (
            "13 0203 09 01 0002 12 00 07 01AA 0001 0002 00",
            None,
        ),
        (
            "13 0203 09 010002 12 00 06 01AA 0001 0002",
            values.compact_array(
                of(TEXT, repeated(LONG_UNSIGNED, 2), NOTHING),
                values.structure(
                    values.octet_string(b"\xaa"),
                    values.array(values.long_unsigned(1), values.long_unsigned(2)),
                    values.null(),
                ),
            ),
        ),
        ("13 04 02 03A0", values.compact_array(TypeDescription(DataType.BIT_STRING), values.bit_string("101"))),
    ],
)
def test_the_number_of_elements_follows_from_their_octets(octets, data):
    raw = bytes.fromhex(octets)
    if data is None:
        with pytest.raises(DecodeError):
            codec.decode(raw)
        assert codec.dissect(raw).error is not None
        return
    assert codec.decode(raw) == data
    assert codec.dissect(raw).value == data
    assert codec.encode(data) == raw


def test_many_elements_of_one_size_read_alike_with_and_without_the_tree():
    rows = [
        values.structure(values.unsigned(n % 256), values.array(values.long_unsigned(n), values.long_unsigned(1)))
        for n in range(3000)
    ]
    data = values.compact_array(of(UNSIGNED, repeated(LONG_UNSIGNED, 2)), *rows)
    octets = codec.encode(data)
    assert codec.decode(octets) == data
    assert codec.dissect(octets).value == data


@pytest.mark.parametrize("description", ["00", "FF", "0200", "01000011", "01FFFF00", "0101 01FFFF 0200"])
def test_contents_for_elements_without_octets_are_an_error_and_no_loop(description):
    with pytest.raises(DecodeError):
        codec.decode(bytes.fromhex("13" + description + "02 0000"))


@pytest.mark.parametrize(
    "octets",
    [
        "13 0202 11 01FFFF 01FFFF 00 01 00",
        "13 0202 11 01FFFF 01FFFF 01FFFF 01FFFF 0200 01 00",
        "13 0202 09 01FFFF 01FFFF FF 02 0000",
        "13 0202 11 01FFFF 00 01 05",
    ],
)
def test_few_octets_cannot_unfold_into_billions_of_values(octets):
    with pytest.raises(DecodeError, match="values"):
        codec.decode(bytes.fromhex(octets))


def test_a_description_wider_than_the_contents_is_bounded():
    description = b"\x02\x82\x40\x00" + b"\x11" + b"\x00" * 0x3FFF
    with pytest.raises(DecodeError, match="values"):
        codec.decode(b"\x13" + description + b"\x82\x40\x00" + b"\x01" * 0x4000)


@pytest.mark.parametrize(
    ("octets", "path"),
    [
        ("13 12 03 000102", "data.array-contents.element[1].value"),
        ("13 12 84FFFFFFFF 0001", "data.array-contents"),
        ("13 12 04 0001", "data.array-contents"),
        ("13 07 00", "data.contents-description.tag"),
        ("13 13 11 00 00", "data.contents-description.tag"),
        ("13 02 7F 11 00", "data.contents-description.count"),
        ("13 0201 0201 08 00", "data.contents-description.type-description.type-description.tag"),
    ],
)
def test_an_illegal_compact_array_is_an_error_where_it_stands(octets, path):
    with pytest.raises(DecodeError) as caught:
        codec.decode(bytes.fromhex(octets))
    assert caught.value.path == path


def test_a_description_counts_towards_the_nesting_limit():
    def nested(levels: int) -> bytes:
        return b"\x13" + b"\x02\x01" * levels + b"\x11\x01\x05"

    assert codec.encode(codec.decode(nested(15))) == nested(15)
    with pytest.raises(DecodeError, match="16"):
        codec.decode(nested(16))


@pytest.mark.parametrize(
    "value",
    [
        CompactArray(UNSIGNED, (values.long_unsigned(1),)),
        CompactArray(UNSIGNED, (values.unsigned(256),)),
        CompactArray(of(UNSIGNED), (values.structure(),)),
        CompactArray(of(UNSIGNED), (values.structure(values.long(1)),)),
        CompactArray(repeated(UNSIGNED, 2), (values.array(values.unsigned(1)),)),
        CompactArray(TypeDescription(DataType.ARRAY), ()),
        CompactArray(TypeDescription(DataType.COMPACT_ARRAY), ()),
        CompactArray(repeated(UNSIGNED, 65_536), ()),
        CompactArray(UNSIGNED, (1,)),  # type: ignore[arg-type]
    ],
)
def test_elements_that_are_not_as_described_are_an_encode_error(value):
    with pytest.raises(EncodeError):
        codec.encode(values.Data(DataType.COMPACT_ARRAY, value))


def test_a_description_reads_as_text():
    assert str(of(UNSIGNED, repeated(LONG_UNSIGNED, 2))) == "structure {unsigned, array of 2 long-unsigned}"
