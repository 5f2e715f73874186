"""HDLC frames: as on the line, octet for octet, or refused with the reason."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.dlms.alteration import Alteration, Operation, alter
from conformance.dlms.errors import DecodeError, EncodeError
from conformance.dlms.hdlc.address import HdlcAddress
from conformance.dlms.hdlc.control import Control, FrameType
from conformance.dlms.hdlc.fcs import fcs16, remainder
from conformance.dlms.hdlc.frame import Frame, read
from conformance.dlms.reader import decode, dissect

CLIENT = HdlcAddress(16)
SERVER = HdlcAddress(1)
SNRM = bytes.fromhex("7EA0070321930F017E")
WITH_INFORMATION = bytes.fromhex("7EA00C2103973E211000016B5B7E")


def frame_of(octets: bytes) -> Frame:
    return decode(octets, read, "hdlc-frame")


def error_of(octets: bytes) -> DecodeError:
    with pytest.raises(DecodeError) as caught:
        frame_of(octets)
    return caught.value


def with_good_check_sequence(content: str) -> bytes:
    octets = bytes.fromhex(content)
    return b"~" + octets + fcs16(octets) + b"~"


def test_check_value_is_that_of_the_standard() -> None:
    assert remainder(b"123456789") == 0x906E
    assert fcs16(b"123456789") == bytes.fromhex("6E90")


@pytest.mark.parametrize(
    ("octets", "control", "source", "destination"),
    [
        ("7EA0070321930F017E", Control(FrameType.SNRM, True), CLIENT, SERVER),
        ("7EA00703215303C77E", Control(FrameType.DISC, True), CLIENT, SERVER),
        ("7EA00721037301407E", Control(FrameType.UA, True), SERVER, CLIENT),
        ("7EA00721031F6BE97E", Control(FrameType.DM, True), SERVER, CLIENT),
        ("7EA00703211115A67E", Control(FrameType.RR, True), CLIENT, SERVER),
        ("7EA0082100411F4D097E", Control(FrameType.DM, True), HdlcAddress(0, 32, 2), CLIENT),
        ("7EA00A0002FEFF035352547E", Control(FrameType.DISC, True), HdlcAddress(1), HdlcAddress(1, 0x3FFF, 4)),
    ],
)
def test_known_frames_decode_and_are_encoded_again(
    octets: str, control: Control, source: HdlcAddress, destination: HdlcAddress
) -> None:
    frame = Frame(destination, source, control)

    assert frame_of(bytes.fromhex(octets)) == frame
    assert frame.encode().hex().upper() == octets


def test_frame_with_information_has_an_hcs_and_one_without_has_none() -> None:
    with_information = dissect(WITH_INFORMATION, read, "hdlc-frame").root
    without = dissect(SNRM, read, "hdlc-frame").root

    assert with_information.find("hdlc-frame.content.hcs") is not None
    assert without.find("hdlc-frame.content.hcs") is None


def test_hcs_without_information_is_noted_and_refused_when_strict() -> None:
    header = bytes.fromhex("A009032193")
    content = header + fcs16(header)
    octets = b"~" + content + fcs16(content) + b"~"

    assert [deviation.code for deviation in dissect(octets, read, "hdlc-frame").deviations] == [
        "hcs-without-information"
    ]
    assert error_of(octets).path == "hdlc-frame.content.hcs"


def test_segmentation_bit_is_kept() -> None:
    frame = Frame(SERVER, CLIENT, Control(FrameType.I, True, 3, 5), b"\xe6\xe6\x00\x7e", segmented=True)

    assert frame.encode()[1:3] == bytes.fromhex("A80D")
    assert frame_of(frame.encode()) == frame


@pytest.mark.parametrize(
    ("octets", "path", "words"),
    [
        ("A0070321930F017E", "hdlc-frame.opening-flag", "no opening flag"),
        ("7EA0070321930F01", "hdlc-frame.closing-flag", "0 left"),
        ("7EB0070321930F017E", "hdlc-frame.content.format", "frame format type B"),
        ("7EA0080321930F017E", "hdlc-frame.content.format", "length subfield 8, but 7 octets"),
        ("7EA0060321930F017E", "hdlc-frame.content.format", "length subfield 6, but 7 octets"),
        ("7EA0070321930F007E", "hdlc-frame.content.fcs", "is 0F00, should be 0F01"),
        ("7EA00C2103973E201000016B5B7E", "hdlc-frame.content.hcs", "is 3E20, should be 3E21; the fcs is 6B5B"),
        ("7EA00521037E", "hdlc-frame.content.format", "length subfield 5, but 4 octets"),
    ],
)
def test_error_names_the_field_and_the_reason(octets: str, path: str, words: str) -> None:
    error = error_of(bytes.fromhex(octets))

    assert error.path == path
    assert words in error.message


@pytest.mark.parametrize("destination", ["000003", "0000000003"])
def test_addresses_on_three_or_five_octets_are_illegal(destination: str) -> None:
    size = 2 + len(destination) // 2 + 1 + 1 + 2
    octets = with_good_check_sequence(f"A0{size:02X}{destination}2193")

    assert error_of(octets).path == "hdlc-frame.content.destination-address"


def test_frame_that_fails_only_in_its_check_sequence_still_shows_all_fields() -> None:
    octets = bytes.fromhex("7EA01E032193724F818012050180060180070400000001080400000001533B7E")

    dissection = dissect(octets, read, "hdlc-frame")

    assert dissection.error is not None
    assert "is 724F, should be CD3B" in dissection.error.message
    assert dissection.root.find("hdlc-frame.content.information") is not None
    assert dissection.root.find("hdlc-frame.closing-flag") is not None


def test_broken_field_leaves_length_and_check_sequences_right() -> None:
    root = dissect(WITH_INFORMATION, read, "hdlc-frame").root
    change = Alteration("hdlc-frame.content.information", Operation.REPLACE, b"\xff" * 40)

    altered = alter(WITH_INFORMATION, root, [change], check_sequence=fcs16)

    assert frame_of(altered).information == b"\xff" * 40


@pytest.mark.parametrize(
    "frame",
    [
        Frame(HdlcAddress(128), CLIENT, Control(FrameType.SNRM, True)),
        Frame(HdlcAddress(1, None, 2), CLIENT, Control(FrameType.SNRM, True)),
        Frame(HdlcAddress(1, 2, 3), CLIENT, Control(FrameType.SNRM, True)),
        Frame(HdlcAddress(1, 0x4000, 4), CLIENT, Control(FrameType.SNRM, True)),
        Frame(SERVER, CLIENT, Control(FrameType.I, True, 8)),
        Frame(SERVER, CLIENT, Control(FrameType.I, True), bytes(2041)),
    ],
)
def test_what_has_no_encoding_is_refused(frame: Frame) -> None:
    with pytest.raises(EncodeError):
        frame.encode()


ADDRESSES = st.one_of(
    st.builds(HdlcAddress, st.integers(0, 127)),
    st.builds(HdlcAddress, st.integers(0, 127), st.integers(0, 127), st.just(2)),
    st.builds(HdlcAddress, st.integers(0, 0x3FFF), st.integers(0, 0x3FFF), st.just(4)),
)
FRAMES = st.builds(
    Frame, ADDRESSES, ADDRESSES, st.integers(0, 255).map(Control.decode), st.binary(max_size=300), st.booleans()
)


@given(FRAMES)
def test_every_frame_comes_back_and_every_octet_is_in_one_field(frame: Frame) -> None:
    octets = frame.encode()
    dissection = dissect(octets, read, "hdlc-frame")
    leaves = [field for _, field in dissection.root.walk() if not field.children]

    assert frame_of(octets) == frame == dissection.value
    assert b"".join(octets[leaf.start : leaf.end] for leaf in leaves) == octets


@given(FRAMES, st.data())
def test_one_flipped_bit_is_never_taken_for_the_same_kind_of_good(frame: Frame, data: st.DataObject) -> None:
    octets = bytearray(frame.encode())
    position = data.draw(st.integers(0, len(octets) - 1))
    octets[position] ^= 1 << data.draw(st.integers(0, 7))

    error_of(bytes(octets))


@given(st.one_of(st.binary(max_size=64), st.binary(max_size=40).map(lambda octets: b"~\xa0" + octets + b"~")))
def test_garbage_raises_nothing_but_decode_errors(octets: bytes) -> None:
    try:
        frame = frame_of(octets)
    except DecodeError:
        return
    assert frame.encode() == octets


@pytest.mark.parametrize("octet", range(256))
def test_every_control_octet_is_encoded_as_it_was(octet: int) -> None:
    assert Control.decode(octet).encode() == octet
