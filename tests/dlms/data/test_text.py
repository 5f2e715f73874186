"""Values in one readable line."""

import pytest

from conformance.dlms.data import values
from conformance.dlms.data.compact_array import TypeDescription
from conformance.dlms.data.datetime import CosemDateTime
from conformance.dlms.data.text import describe
from conformance.dlms.data.types import DataType


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (values.null(), "null-data"),
        (values.double_long(-5), "double-long -5"),
        (values.boolean(True), "boolean TRUE"),
        (values.bit_string("0101"), "bit-string 0101"),
        (values.octet_string(b""), "octet-string of no octets"),
        (values.visible_string('a"b\x00\xff'), 'visible-string "a\\"b\\x00ÿ"'),
        (values.utf8_string("é\udcff\n"), 'utf8-string "é\\udcff\\n"'),
        (values.float64(0.5), "float64 0.5"),
        (values.date_time(CosemDateTime(2024, 1, 1, 1, 0, 0, 0)), "date-time 2024-01-01 Mon 00:00:00"),
        (
            values.structure(values.long_unsigned(8), values.octet_string(b"\0\0\1\0\0\xff"), values.array()),
            "structure[3] {long-unsigned 8, octet-string 0000010000FF, array[0] {}}",
        ),
        (
            values.compact_array(TypeDescription(DataType.UNSIGNED), values.unsigned(1)),
            "compact-array[1] of unsigned {unsigned 1}",
        ),
    ],
)
def test_each_type_reads_as_its_name_and_value(data, text):
    assert describe(data) == text


def test_a_long_text_is_cut_and_says_so():
    text = describe(values.array(*[values.double_long_unsigned(n) for n in range(100_000)]), 60)
    assert len(text) == 60
    assert text.startswith("array[100000] {double-long-unsigned 0, ")
    assert text.endswith("…")


@pytest.mark.parametrize("limit", [0, 1, 2, 30])
def test_the_limit_holds_for_strings_too(limit):
    for data in (
        values.octet_string(b"\xaa" * 1000),
        values.visible_string("\0" * 1000),
        values.bit_string("1" * 1000),
    ):
        assert len(describe(data, limit)) <= max(limit, 1)


def test_what_a_meter_sent_cannot_break_the_line():
    assert describe(values.visible_string("a\r\n\x1b[31m")).isprintable()
