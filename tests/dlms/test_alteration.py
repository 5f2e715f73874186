"""Alterations: one field broken, the rest of the message consistent with it."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conformance.dlms import axdr
from conformance.dlms.alteration import (
    Alteration,
    AlterationError,
    Change,
    Operation,
    Trailer,
    Truncation,
    alter,
)
from conformance.dlms.fields import Field, FieldKind
from conformance.dlms.reader import Reader, dissect


def read_message(reader: Reader) -> None:
    """A group with a BER length over a counted list of sized items and a flat inner length."""
    reader.u8("tag")
    outer = reader.bound(reader.length())
    reader.enter("list")
    count = reader.length("count", kind=FieldKind.COUNT)
    for _ in range(count):
        reader.sized("item")
    reader.leave()
    reader.enter("name")
    reader.u8("tag")
    inner = reader.bound(reader.length())
    reader.u8("inner-tag")
    reader.take("value", reader.length("inner-length"))
    reader.unbound(inner)
    reader.leave()
    reader.unbound(outer)


MESSAGE = bytes.fromhex("60 0C 02 02AAAB 01CC A6 04 04 02 5859")


def tree(octets: bytes = MESSAGE) -> Field:
    dissection = dissect(octets, read_message, "m")
    assert dissection.error is None
    return dissection.root


def altered(*changes: Change) -> str:
    return alter(MESSAGE, tree(), changes).hex().upper()


def replace(path: str, octets: str) -> Alteration:
    return Alteration(path, Operation.REPLACE, bytes.fromhex(octets))


def test_without_changes_the_message_stays_the_same() -> None:
    assert altered() == "600C0202AAAB01CCA60404025859"


def test_every_operation_recomputes_the_lengths_around_it() -> None:
    cases = {
        replace("m.name.value", "414243"): "600D0202AAAB01CCA6050403414243",
        Alteration("m.name.value", Operation.CUT, number=1): "600B0202AAAB01CCA603040158",
        Alteration("m.name.value", Operation.DROP): "600A0202AAAB01CCA6020400",
        Alteration("m.name.value", Operation.REPEAT, number=2): "600E0202AAAB01CCA606040458595859",
        Alteration("m.name.value", Operation.INSERT_BEFORE, b"\x01"): "600D0202AAAB01CCA6050403015859",
        Alteration("m.name.value", Operation.INSERT_AFTER, b"\x01"): "600D0202AAAB01CCA6050403585901",
        Alteration("m.name.value", Operation.FLIP, b"\x01"): "600C0202AAAB01CCA60404025858",
        Alteration("m.name", Operation.DROP): "60060202AAAB01CC",
        Alteration("m.name", Operation.REPEAT, number=2): "60120202AAAB01CCA60404025859A60404025859",
        replace("m.name", ""): "60060202AAAB01CC",
    }
    for change, expected in cases.items():
        assert altered(change) == expected, str(change)


def test_counts_follow_the_elements() -> None:
    assert altered(Alteration("m.list.item", Operation.DROP)) == "60090101CCA60404025859"
    assert altered(Alteration("m.list.item[1]", Operation.REPEAT, number=3)) == "60100402AAAB01CC01CC01CCA60404025859"
    assert altered(Alteration("m.list.item", Operation.INSERT_BEFORE, b"\0")) == "600D030002AAAB01CCA60404025859"
    assert altered(replace("m.list.item.value", "")) == "600A020001CCA60404025859"


def test_lengths_grow_to_the_long_form_all_the_way_up() -> None:
    octets = alter(MESSAGE, tree(), [replace("m.name.value", "58" * 130)])

    assert octets[:3].hex().upper() == "60818E"
    assert octets[9:15].hex().upper() == "A68185048182"
    assert tree(octets).find("m.name.value") is not None


def test_a_length_altered_on_purpose_stays_as_altered() -> None:
    assert altered(replace("m.length", "FF")) == "60FF0202AAAB01CCA60404025859"
    assert altered(replace("m.name.inner-length", "80")) == "600C0202AAAB01CCA60404805859"
    assert altered(replace("m.name.inner-length", "8102")) == "600D0202AAAB01CCA6050481025859"
    assert altered(replace("m.list.count", "03")) == "600C0302AAAB01CCA60404025859"
    assert altered(Alteration("m.length", Operation.DROP)) == "600202AAAB01CCA60404025859"
    assert altered(Alteration("m.length", Operation.CUT, number=0)) == "600202AAAB01CCA60404025859"


def test_a_pinned_length_stays_while_the_content_changes() -> None:
    changes = (replace("m.name.inner-length", "02"), replace("m.name.value", "41424344"))

    assert altered(*changes) == "600E0202AAAB01CCA606040241424344"


def test_lengths_and_counts_can_be_made_wrong_by_a_difference() -> None:
    assert altered(Alteration("m.length", Operation.ADD, number=1)).startswith("600D")
    assert altered(Alteration("m.length", Operation.ADD, number=-1)).startswith("600B")
    assert altered(Alteration("m.list.count", Operation.ADD, number=1)) == "600C0302AAAB01CCA60404025859"
    assert altered(Alteration("m.length", Operation.ADD, number=-99)).startswith("6000")
    both = (replace("m.name.value", ""), Alteration("m.length", Operation.ADD, number=1))
    assert altered(*both) == "600B0202AAAB01CCA6020400"


def test_a_flipped_length_is_flipped_after_it_was_recomputed() -> None:
    changes = (replace("m.name.value", ""), Alteration("m.length", Operation.FLIP, b"\x80"))

    assert altered(*changes) == "608A0202AAAB01CCA6020400"


def test_a_length_that_was_not_minimal_stays_so_until_its_content_changes() -> None:
    octets = bytes.fromhex("60810C0202AAAB01CCA60404025859")
    root = tree(octets)

    assert alter(octets, root, []) == octets
    assert alter(octets, root, [replace("m.name.value", "4142")])[:3] == bytes.fromhex("60810C")
    assert alter(octets, root, [replace("m.name.value", "41")])[:2] == bytes.fromhex("600B")


def test_the_whole_message_can_be_cut_and_followed() -> None:
    assert altered(Truncation(3)) == "600C02"
    assert altered(Truncation(-2)) == "600C0202AAAB01CCA6040402"
    assert altered(Trailer(b"\xff")) == "600C0202AAAB01CCA60404025859FF"
    assert altered(Truncation(0)) == ""
    assert altered(Trailer(b"\xff"), replace("m.tag", "61")) == "610C0202AAAB01CCA60404025859FF"


def test_the_root_itself_is_a_field() -> None:
    assert altered(Alteration("m", Operation.REPEAT, number=2)) == "600C0202AAAB01CCA60404025859" * 2
    assert altered(replace("m", "00")) == "00"


def test_several_changes_of_one_field_are_made_in_their_order() -> None:
    changes = (
        replace("m.name.value", "414243"),
        Alteration("m.name.value", Operation.CUT, number=2),
        Alteration("m.name.value", Operation.FLIP, b"\xff\xff"),
    )

    assert altered(*changes) == "600C0202AAAB01CCA6040402BEBD"


def test_an_unknown_path_is_refused_and_the_near_ones_are_named() -> None:
    with pytest.raises(AlterationError, match=r"no field 'm.name.valeu' in m; it has m\.name\.value"):
        altered(replace("m.name.valeu", "00"))
    with pytest.raises(AlterationError, match=r"m\.list\.count"):
        altered(replace("quite something else", "00"))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ([Alteration("m.name.value", Operation.ADD, number=1)], "neither length nor count"),
        ([Alteration("m.name", Operation.ADD, number=1)], "neither length nor count"),
        ([Alteration("m.name.value", Operation.CUT, number=-1)], "no number of octets"),
        ([Alteration("m.name", Operation.REPEAT, number=-1)], "no number of octets or copies"),
        ([replace("m.length", "05"), Alteration("m.length", Operation.ADD, number=1)], "would be lost"),
        ([Alteration("m.length", Operation.FLIP, b"\x01"), replace("m.length", "05")], "would be lost"),
    ],
)
def test_a_change_that_could_only_be_ignored_is_refused(changes: list[Alteration], message: str) -> None:
    with pytest.raises(AlterationError, match=message):
        altered(*changes)


def test_changes_read_as_words() -> None:
    assert str(replace("m.tag", "61")) == "m.tag replaced by 61"
    assert str(replace("m.tag", "")) == "m.tag replaced by nothing"
    assert str(Alteration("m.name", Operation.DROP)) == "m.name dropped"
    assert str(Alteration("m.name", Operation.REPEAT, number=2)) == "m.name sent 2 times"
    assert str(Alteration("m.name.value", Operation.CUT, number=1)) == "m.name.value cut to 1 octets"
    assert str(Alteration("m.length", Operation.ADD, number=-1)) == "m.length -1"
    assert str(Truncation(3)) == "cut after octet 3"
    assert str(Truncation(-3)) == "last 3 octets cut off"
    assert str(Trailer(b"\x00")) == "followed by 00"


def read_frame(reader: Reader) -> None:
    """An HDLC-like frame: format with length, header, its check sequence, information, check sequence of all."""
    reader.enter("content")
    reader.unsigned("format", 2)
    reader.mark(FieldKind.HDLC_FORMAT)
    reader.take("header", 3)
    reader.take("hcs", 2)
    reader.mark(FieldKind.CHECK_SEQUENCE)
    reader.take("information", reader.remaining - 2)
    reader.take("fcs", 2)
    reader.mark(FieldKind.CHECK_SEQUENCE)
    reader.leave()


def total(octets: bytes) -> bytes:
    return (sum(octets) & 0xFFFF).to_bytes(2, "big")


def frame(information: bytes) -> bytes:
    head = (0xA000 | 9 + len(information)).to_bytes(2, "big") + b"\x03\x21\x10"
    head += total(head)
    return head + information + total(head + information)


def altered_frame(*changes: Change, information: bytes = b"abc") -> bytes:
    octets = frame(information)
    return alter(octets, dissect(octets, read_frame, "f").root, changes, check_sequence=total)


def test_frame_length_and_both_check_sequences_follow_the_content() -> None:
    assert altered_frame() == frame(b"abc")
    assert altered_frame(replace("f.content.information", "6162636465")) == frame(b"abcde")
    assert altered_frame(Alteration("f.content.information", Operation.DROP)) == frame(b"")


def test_a_stale_header_check_sequence_is_inside_the_frame_check_sequence() -> None:
    octets = altered_frame(replace("f.content.hcs", "0000"))

    assert octets[5:7] == b"\0\0"
    assert octets[-2:] == total(octets[:-2])


def test_a_check_sequence_can_be_flipped_dropped_and_pinned() -> None:
    flipped = altered_frame(Alteration("f.content.fcs", Operation.FLIP, b"\xff\xff"))
    assert flipped[:-2] == frame(b"abc")[:-2]
    assert bytes(octet ^ 0xFF for octet in flipped[-2:]) == frame(b"abc")[-2:]
    assert len(altered_frame(Alteration("f.content.fcs", Operation.DROP))) == len(frame(b"abc")) - 2
    assert altered_frame(replace("f.content.fcs", "BEEF"))[-2:].hex() == "beef"


def test_the_frame_length_can_be_wrong_with_check_sequences_right() -> None:
    octets = altered_frame(Alteration("f.content.format", Operation.ADD, number=1))

    assert octets[:2] == (0xA000 | 13).to_bytes(2, "big")
    assert octets[-2:] == total(octets[:-2])


def test_a_check_sequence_needs_its_function() -> None:
    octets = frame(b"")
    with pytest.raises(AlterationError, match="cannot be recomputed"):
        alter(octets, dissect(octets, read_frame, "f").root, [])
    with pytest.raises(AlterationError, match="neither length nor count"):
        altered_frame(Alteration("f.content.fcs", Operation.ADD, number=1))


def test_flipping_a_field_without_octets_changes_nothing() -> None:
    assert altered_frame(Alteration("f.content.information", Operation.FLIP, b"\xff"), information=b"") == frame(b"")


@pytest.mark.parametrize(("kind", "size"), [(FieldKind.LENGTH_U8, 1), (FieldKind.LENGTH_U16, 2)])
def test_fixed_lengths_keep_their_width(kind: FieldKind, size: int) -> None:
    def read(reader: Reader) -> None:
        reader.unsigned("version", 2)
        length = reader.unsigned("length", size)
        reader.mark(kind)
        reader.take("data", length)

    octets = b"\0\x01" + (3).to_bytes(size, "big") + b"abc"
    root = dissect(octets, read, "w").root

    changed = alter(octets, root, [replace("w.data", "61")])
    assert changed == b"\0\x01" + (1).to_bytes(size, "big") + b"a"
    short = alter(octets, root, [Alteration("w.length", Operation.ADD, number=-4)])
    assert short[2 : 2 + size] == b"\xff" * size


@settings(max_examples=200, deadline=None)
@given(st.lists(st.binary(max_size=140), max_size=5), st.binary(max_size=300), st.binary(max_size=300), st.data())
def test_any_replacement_leaves_a_message_that_reads(
    items: list[bytes], value: bytes, replacement: bytes, data: st.DataObject
) -> None:
    listed = axdr.length(len(items)) + b"".join(axdr.sized(item) for item in items)
    name = b"\xa6" + axdr.sized(b"\x04" + axdr.sized(value))
    octets = b"\x60" + axdr.sized(listed + name)
    root = tree(octets)
    assert alter(octets, root, []) == octets

    paths = [path for path, _ in root.walk() if path.endswith("value")]
    path = data.draw(st.sampled_from(paths))
    changed = alter(octets, root, [Alteration(path, Operation.REPLACE, replacement)])

    field = tree(changed).find(path)
    assert field is not None
    assert field.value == replacement
