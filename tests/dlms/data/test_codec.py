"""One tagged COSEM value, from octets and back."""

import struct

import pytest

from conformance.dlms.data import codec, values
from conformance.dlms.data.datetime import ClockStatus, CosemDate, CosemDateTime, CosemTime
from conformance.dlms.data.types import NESTING_LIMIT, Data, DataType
from conformance.dlms.errors import DecodeError, EncodeError
from conformance.dlms.fields import Deviation
from conformance.dlms.reader import Reader, dissect

E450_PUSH_BODY = bytes.fromhex(
    "020D010D020412002809060009190900FF0F021200000204120001090600002A0000FF0F02120000020412000109060000600101FF0F0212000002"
    "0412000109060000600E00FF0F02120000020412000309060100010801FF0F02120000020412000309060100010802FF0F0212000002041200030906"
    "0100020801FF0F02120000020412000309060100020802FF0F02120000020412000309060100010800FF0F02120000020412000309060100020800FF"
    "0F02120000020412000309060100030800FF0F02120000020412000309060100040800FF0F0212000002041200460906000060030AFF0F0312000009"
    "104C475A31303230373832353436333731090731323939363532090852415445320000000600361F58060036C67E0600018EB306002778D506006CE5"
    "D60600290788060004C70D06002714591601"
)

MOMENT = CosemDateTime(2024, 3, 31, 7, 2, 0, 0, 0, -60, ClockStatus.DAYLIGHT_SAVING_ACTIVE)

VECTORS = [
    ("00", values.null()),
    ("FF", values.dont_care()),
    ("0100", values.array()),
    ("0200", values.structure()),
    ("010211051106", values.array(values.unsigned(5), values.unsigned(6))),
    ("0202120008090600000100 00FF", values.structure(values.long_unsigned(8), values.octet_string(b"\0\0\1\0\0\xff"))),
    ("0300", values.boolean(False)),
    ("0301", values.boolean(True)),
    ("0400", values.bit_string("")),
    ("040480", values.bit_string("1000")),
    ("0408A5", values.bit_string("10100101")),
    ("0409A580", values.bit_string("101001011")),
    ("05FFFFFFFE", values.double_long(-2)),
    ("06FFFFFFFE", values.double_long_unsigned(4294967294)),
    ("0900", values.octet_string(b"")),
    ("0903010203", values.octet_string(b"\1\2\3")),
    ("0A0441424344", values.visible_string("ABCD")),
    ("0C0541C3A942 7A", values.utf8_string("AéBz")),
    ("0D99", values.bcd(-103)),
    ("0F80", values.integer(-128)),
    ("108000", values.long(-32768)),
    ("11FF", values.unsigned(255)),
    ("12FFFF", values.long_unsigned(65535)),
    ("14FFFFFFFFFFFFFFFF", values.long64(-1)),
    ("15FFFFFFFFFFFFFFFF", values.long64_unsigned(2**64 - 1)),
    ("1603", values.enum(3)),
    ("173FC00000", values.float32(1.5)),
    ("18C004000000000000", values.float64(-2.5)),
    ("1907E8031F0702000000FFC480", values.date_time(MOMENT)),
    ("1AFFFFFEFE07", values.date(CosemDate(None, 0xFE, 0xFE, 7))),
    ("1B173B3B63", values.time(CosemTime(23, 59, 59, 99))),
    ("1CFF", values.delta_integer(-1)),
    ("1DFFFF", values.delta_long(-1)),
    ("1EFFFFFFFF", values.delta_double_long(-1)),
    ("1FFF", values.delta_unsigned(255)),
    ("20FFFF", values.delta_long_unsigned(65535)),
    ("21FFFFFFFF", values.delta_double_long_unsigned(2**32 - 1)),
]


@pytest.mark.parametrize(("octets", "data"), VECTORS, ids=[data.type.label + " " + hex_ for hex_, data in VECTORS])
def test_every_type_decodes_and_encodes_to_the_same_octets(octets, data):
    raw = bytes.fromhex(octets)
    assert codec.decode(raw) == data
    assert codec.encode(data) == raw
    dissection = codec.dissect(raw)
    assert dissection.value == data
    assert not dissection.deviations


def test_every_type_but_compact_array_has_a_vector():
    assert {data.type for _, data in VECTORS} == set(DataType) - {DataType.COMPACT_ARRAY}


def test_the_push_of_a_real_meter_decodes_and_encodes_back():
    body = codec.decode(E450_PUSH_BODY)
    assert codec.encode(body) == E450_PUSH_BODY
    columns, device_id, *_, switch = body.value
    assert len(columns.value) == 13
    assert device_id == values.octet_string(b"LGZ1020782546371")
    assert switch == values.enum(1)


@pytest.mark.parametrize("tag", sorted(set(range(256)) - {int(type_) for type_ in DataType}))
def test_a_tag_that_no_type_has_is_an_error(tag):
    with pytest.raises(DecodeError, match="no data type") as caught:
        codec.decode(bytes((tag, 0, 0, 0, 0)))
    assert caught.value.offset == 0


def test_octets_after_the_value_are_an_error():
    with pytest.raises(DecodeError, match="1 octet left over"):
        codec.decode(bytes.fromhex("110500"))


def test_the_error_says_in_which_element_it_happened():
    with pytest.raises(DecodeError) as caught:
        codec.decode(bytes.fromhex("0203 1105 0202 1106 0800 1107"))
    assert caught.value.path == "data.element[1].element[1].tag"
    assert caught.value.offset == 8
    assert caught.value.octets[:1] == b"\x08"


def test_more_elements_than_octets_are_an_error_of_the_count():
    with pytest.raises(DecodeError, match="array of 65535 elements, 2 octets left") as caught:
        codec.decode(bytes.fromhex("0202 1105 01 82FFFF 0000"))
    assert caught.value.path == "data.element[1].count"
    assert caught.value.offset == 5


def tolerant(octets: str) -> tuple[Data, list[Deviation]]:
    deviations: list[Deviation] = []
    return codec.decode(bytes.fromhex(octets), deviations=deviations), deviations


@pytest.mark.parametrize(
    ("octets", "data", "code", "offset"),
    [
        ("0302", values.boolean(True), "boolean-value", 1),
        ("040481", values.bit_string("1000"), "bit-string-unused-bits", 2),
        ("0A034180 42", values.visible_string("A\x80B"), "visible-string-not-ascii", 3),
        ("0C0341FF42", values.utf8_string("A\udcffB"), "utf8-string-invalid", 3),
        ("09810155", values.octet_string(b"U"), "length-not-minimal", 1),
        ("1907E8020C0118000000FFC400", values.date_time(CosemDateTime(2024, 2, 12, 1, 24, 0, 0, 0, -60)),
         "date-time-out-of-range", 6),
        ("1A07E7021D03", values.date(CosemDate(2023, 2, 29, 3)), "date-time-out-of-range", 4),
        ("1B00003C00", values.time(CosemTime(0, 0, 60, 0)), "date-time-out-of-range", 3),
    ],
)  # fmt: skip
def test_what_is_illegal_but_readable_is_a_deviation_where_it_stands(octets, data, code, offset):
    value, deviations = tolerant(octets)
    assert value == data
    assert [(deviation.code, deviation.offset) for deviation in deviations] == [(code, offset)]
    with pytest.raises(DecodeError):
        codec.decode(bytes.fromhex(octets))


def test_strings_that_deviate_still_encode_to_the_octets_they_came_from():
    for octets in ("0A03418042", "0C0341FF42", "0C02EDA0"):
        value, _ = tolerant(octets)
        assert codec.encode(value) == bytes.fromhex(octets)


def test_a_boolean_of_ff_is_true_without_deviation():
    assert tolerant("03FF") == (values.boolean(True), [])


def test_a_quiet_nan_keeps_its_octets():
    raw = b"\x18" + struct.pack(">Q", 0x7FF8000000000123)
    assert codec.encode(codec.decode(raw)) == raw


@pytest.mark.parametrize("tag", ["01", "02", "09", "0A", "0C", "04"])
@pytest.mark.parametrize("length", ["84FFFFFFFF", "82FFFF", "7F", "85FFFFFFFFFF", "80"])
def test_a_length_beyond_the_message_is_an_error_before_anything_is_allocated(tag, length):
    with pytest.raises(DecodeError):
        codec.decode(bytes.fromhex(tag + length + "00"), deviations=[])


@pytest.mark.parametrize("level", ["0101", "0201"])
def test_values_may_nest_sixteen_deep_and_no_deeper(level):
    legal = bytes.fromhex(level) * NESTING_LIMIT + b"\x00"
    assert codec.encode(codec.decode(legal)) == legal
    with pytest.raises(DecodeError, match="nested more than 16 deep"):
        codec.decode(bytes.fromhex(level) * (NESTING_LIMIT + 1) + b"\x00")


def test_ten_thousand_levels_are_an_error_like_any_other():
    for level in (b"\x01\x01", b"\x02\x01", b"\x01\x7f", b"\x13\x02\x01", b"\x13\x01\x00\x01"):
        with pytest.raises(DecodeError):
            codec.decode(level * 10_000 + b"\x00")
        assert codec.dissect(level * 10_000 + b"\x00").error is not None


@pytest.mark.parametrize(
    "data",
    [
        values.unsigned(256),
        values.unsigned(-1),
        values.long(1.5),  # type: ignore[arg-type]
        values.double_long_unsigned("1"),  # type: ignore[arg-type]
        values.bit_string("012"),
        values.bit_string("+1"),
        values.octet_string("text"),  # type: ignore[arg-type]
        values.visible_string("€"),
        values.utf8_string("\ud800"),
        values.float32(1e300),
        values.float64("x"),  # type: ignore[arg-type]
        values.boolean(None),  # type: ignore[arg-type]
        values.array(1),  # type: ignore[arg-type]
        values.date_time(None),  # type: ignore[arg-type]
        values.date(CosemDate(70_000)),
        values.time(CosemTime(256)),
        values.date_time(CosemDateTime(deviation_minutes=40_000)),
        Data(DataType.NULL_DATA, 0),
        Data(DataType.STRUCTURE, 5),
        Data(DataType.COMPACT_ARRAY, ()),
        Data(7, 0),  # type: ignore[arg-type]
    ],
)
def test_a_value_that_its_type_cannot_hold_is_an_encode_error(data):
    with pytest.raises(EncodeError):
        codec.encode(data)


def test_nesting_too_deep_is_an_encode_error():
    data = values.null()
    for _ in range(5_000):
        data = values.structure(data)
    with pytest.raises(EncodeError, match="16"):
        codec.encode(data)


def test_read_opens_the_group_it_is_given():
    dissection = dissect(bytes.fromhex("1105"), lambda reader: codec.read(reader, "attribute-value"), "message")
    assert [path for path, _ in dissection.root.walk()] == [
        "message",
        "message.attribute-value",
        "message.attribute-value.tag",
        "message.attribute-value.value",
    ]


def test_read_takes_one_value_and_leaves_the_rest():
    reader = Reader(bytes.fromhex("11051106"))
    assert codec.read(reader) == values.unsigned(5)
    assert codec.read(reader) == values.unsigned(6)
    assert reader.remaining == 0
