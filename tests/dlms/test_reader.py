"""The reader: what it takes, what it refuses and where, and the tree it leaves."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conformance.dlms import axdr
from conformance.dlms.errors import DecodeError, EncodeError
from conformance.dlms.fields import Deviation, FieldKind, Recorder
from conformance.dlms.reader import Reader, decode, dissect


def read_letter(reader: Reader) -> tuple[int, list[bytes]]:
    """A little message: version, then a counted list of sized octet strings in a group of their own."""
    version = reader.u8("version")
    if version != 1:
        reader.fail(f"version {version}", back=1, expected="01")
    reader.enter("pages")
    count = reader.length("count", kind=FieldKind.COUNT)
    pages = [reader.sized("page") for _ in range(count)]
    reader.leave()
    return version, pages


LETTER = bytes.fromhex("01 02 03 414243 00")


def error_of(octets: str, *, deviations: list[Deviation] | None = None) -> DecodeError:
    with pytest.raises(DecodeError) as caught:
        decode(bytes.fromhex(octets), read_letter, "letter", deviations=deviations)
    return caught.value


def test_a_message_is_read_the_same_with_and_without_a_recorder() -> None:
    assert decode(LETTER, read_letter, "letter") == (1, [b"ABC", b""])
    assert dissect(LETTER, read_letter, "letter").value == (1, [b"ABC", b""])


def test_the_tree_holds_every_field_with_its_place_kind_and_value() -> None:
    root = dissect(LETTER, read_letter, "letter").root

    assert [(path, field.start, field.end) for path, field in root.walk()] == [
        ("letter", 0, 7),
        ("letter.version", 0, 1),
        ("letter.pages", 1, 7),
        ("letter.pages.count", 1, 2),
        ("letter.pages.page", 2, 6),
        ("letter.pages.page.length", 2, 3),
        ("letter.pages.page.value", 3, 6),
        ("letter.pages.page[1]", 6, 7),
        ("letter.pages.page[1].length", 6, 7),
        ("letter.pages.page[1].value", 7, 7),
    ]
    count = root.find("letter.pages.count")
    assert count is not None
    assert (count.kind, count.value) == (FieldKind.COUNT, 2)
    assert root.at(4) == "letter.pages.page.value"
    assert root.find("letter.pages.leaf") is None
    assert root.find("envelope") is None


@pytest.mark.parametrize(
    ("octets", "path", "offset", "seen", "message"),
    [
        ("", "letter.version", 0, "", "version wants 1 octet, 0 left"),
        ("02", "letter.version", 0, "02", "version 2"),
        ("01", "letter.pages.count", 1, "", "count wants 1 octet, 0 left"),
        ("0101", "letter.pages.page.length", 2, "", "length wants 1 octet, 0 left"),
        ("01010541", "letter.pages.page.value", 3, "41", "value wants 5 octets, 1 left"),
        ("010200", "letter.pages.page[1].length", 3, "", "length wants 1 octet, 0 left"),
        ("010180", "letter.pages.page.length", 2, "80", "length on 0 octets"),
        ("010185", "letter.pages.page.length", 2, "85", "length on 5 octets"),
        ("01018201", "letter.pages.page.length", 2, "8201", "length wants 3 octets, 2 left"),
        ("01018105", "letter.pages.page.length", 2, "8105", "length 5 coded on 2 octets"),
        ("0182000100", "letter.pages.count", 1, "82000100", "length 1 coded on 3 octets"),
        ("0100FFFF", "letter", 2, "FFFF", "2 octets left over"),
    ],
)
def test_an_error_says_in_which_field_at_which_octet_and_why(
    octets: str, path: str, offset: int, seen: str, message: str
) -> None:
    error = error_of(octets)

    assert (error.path, error.offset, error.octets.hex().upper(), error.message) == (path, offset, seen, message)


def test_an_error_reads_as_one_line() -> None:
    assert str(error_of("02")) == "letter.version, octet 0 [02]: version 2; expected 01"
    assert str(DecodeError("nothing")) == "message, octet 0: nothing"


def test_what_was_read_before_an_error_stays_in_the_tree() -> None:
    dissection = dissect(bytes.fromhex("01020141"), read_letter, "letter")

    assert dissection.value is None
    assert dissection.error is not None
    assert dissection.error.path == "letter.pages.page[1].length"
    assert dissection.root.find("letter.pages.page.value") is not None
    assert dissection.root.end == 4


def test_a_length_that_is_not_minimal_is_noted_where_it_stands() -> None:
    found: list[Deviation] = []

    assert decode(bytes.fromhex("0101810141"), read_letter, "letter", deviations=found) == (1, [b"A"])
    assert [(item.code, item.path, item.offset, item.octets.hex()) for item in found] == [
        ("length-not-minimal", "letter.pages.page.length", 2, "810141")
    ]
    assert str(found[0]) == "letter.pages.page.length, octet 2: length 1 coded on 2 octets"


def test_deviations_found_before_an_error_have_their_paths_too() -> None:
    found = [Deviation("earlier", "of another message", "other", 0, b"")]

    error_of("01028101410541", deviations=found)

    assert [item.path for item in found] == ["other", "letter.pages.page.length"]


def test_repeated_and_renamed_groups_stay_apart() -> None:
    def read(reader: Reader) -> None:
        for name in ("get", "set", "get"):
            reader.enter("request")
            reader.u8("id")
            if reader.recorder is not None:
                reader.recorder.rename(name)
            reader.leave()
        reader.enter("request")
        reader.u8("id")
        reader.leave()

    root = dissect(bytes(4), read, "list").root

    assert [child.name for child in root.children] == ["get", "set", "get[1]", "request"]


def test_the_root_can_be_renamed() -> None:
    recorder = Recorder("apdu")
    recorder.rename("aarq")
    recorder.leaf("tag", 0, 1, 0x60)

    assert recorder.root.find("aarq.tag") is not None


def test_bounds_keep_fields_inside_and_must_be_filled() -> None:
    def read(reader: Reader) -> bytes:
        outer = reader.bound(reader.length(), "body")
        body = reader.take("body", 2)
        reader.unbound(outer)
        return body + reader.rest("rest")

    assert decode(bytes.fromhex("02AABBCC"), read, "box") == bytes.fromhex("AABBCC")
    with pytest.raises(DecodeError, match=r"body wants 2 octets, 1 left"):
        decode(bytes.fromhex("01AABBCC"), read, "box")
    with pytest.raises(DecodeError, match=r"1 octet left over"):
        decode(bytes.fromhex("03AABBCC"), read, "box")
    with pytest.raises(DecodeError, match=r"body wants 4 octets, 3 left"):
        decode(bytes.fromhex("04AABBCC"), read, "box")


def test_a_negative_size_never_moves_the_reader_back() -> None:
    for take in (
        lambda reader: reader.take("tag", -1),
        lambda reader: reader.unsigned("tag", -1),
        lambda reader: reader.bound(-1),
    ):
        reader = Reader(b"abc")
        reader.u8("first")
        with pytest.raises(DecodeError):
            take(reader)


@pytest.mark.parametrize("recorded", [False, True])
def test_numbers_are_big_endian_and_signed_where_asked(recorded: bool) -> None:
    reader = Reader(bytes.fromhex("FF00FFFEFF"), recorder=Recorder("numbers") if recorded else None)

    assert reader.peek() == 0xFF
    assert reader.remaining == 5
    assert reader.unsigned("a", 2) == 0xFF00
    assert reader.signed("b", 2) == -2
    assert reader.signed("c", 1) == -1
    assert reader.peek() is None


def test_meanings_and_kinds_go_to_the_field_taken_last() -> None:
    def read(reader: Reader) -> None:
        reader.u8("result")
        reader.meaning("success")
        reader.take("fcs", 2)
        reader.mark(FieldKind.CHECK_SEQUENCE)

    root = dissect(bytes(3), read, "frame").root

    assert [(child.value, child.kind) for child in root.children] == [
        ("success", FieldKind.OCTETS),
        (bytes(2), FieldKind.CHECK_SEQUENCE),
    ]


def test_an_error_before_the_innermost_group_names_the_field_that_is_wrong() -> None:
    def read(reader: Reader) -> None:
        reader.u8("choice")
        reader.enter("body")
        reader.u8("flag")
        reader.fail("choice does not go with flag", back=2)

    error = dissect(bytes(2), read, "apdu").error

    assert error is not None
    assert (error.path, error.offset) == ("apdu.choice", 0)


@given(st.integers(0, 0xFFFF_FFFF))
def test_lengths_are_read_as_they_are_written(size: int) -> None:
    octets = axdr.length(size)

    assert decode(octets, lambda reader: reader.length(), "length") == size
    assert len(octets) == (1 if size < 0x80 else 1 + (size.bit_length() + 7) // 8)


def test_lengths_beyond_four_octets_have_no_encoding() -> None:
    for size in (-1, 1 << 32):
        with pytest.raises(EncodeError):
            axdr.length(size)


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=40))
def test_garbage_is_read_or_refused_the_same_way_looked_at_or_not(octets: bytes) -> None:
    dissection = dissect(octets, read_letter, "letter", strict=True)
    try:
        value = decode(octets, read_letter, "letter")
    except DecodeError:
        assert dissection.error is not None
        assert 0 <= dissection.error.offset <= len(octets)
    else:
        assert value == dissection.value
    assert dissection.root.end <= len(octets)
