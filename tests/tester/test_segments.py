"""PDUs cut into segments, and several laid into one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.tester.data_link.data_link import ApduReceived
from conformance.tester.segments import EACH_OCTET, WHOLE, Segments
from tests.tester.far_side import FarSide, wrapped, wrapper_link


def test_segments_are_cut_where_they_say() -> None:
    assert WHOLE.cut(b"abcdef") == [b"abcdef"]
    assert EACH_OCTET.cut(b"abc") == [b"a", b"b", b"c"]
    assert Segments((3, 2)).cut(b"abcdefgh") == [b"abc", b"de", b"fgh"]
    assert Segments((2, 1), repeated=True).cut(b"abcdefgh") == [b"ab", b"c", b"de", b"f", b"gh"]


@given(st.binary(max_size=64), st.lists(st.integers(1, 9), min_size=1, max_size=5).map(tuple), st.booleans())
def test_nothing_is_lost_between_segments(octets: bytes, sizes: tuple[int, ...], repeated: bool) -> None:
    cut = Segments(sizes, repeated).cut(octets)

    assert b"".join(cut) == octets
    assert all(cut)


@pytest.mark.parametrize("sizes", [(0,), (3, -1)])
def test_segment_without_octets_is_refused(sizes: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="at least one"):
        Segments(sizes)


def test_pdu_goes_out_in_its_segments_and_is_one_frame_on_the_tape() -> None:
    far_side = FarSide()
    link = wrapper_link(far_side)
    link.line.segments = Segments((8,))
    link.send(b"\xc0\x01")

    assert far_side.received == [bytes.fromhex("0001001000010002"), b"\xc0\x01"]
    (frame,) = link.line.tape.frames
    assert frame.octets == bytes.fromhex("0001001000010002C001")
    assert frame.note == "in segments of 8 octets, the rest in one"


def test_what_comes_between_two_segments_is_kept() -> None:
    link = wrapper_link(FarSide([wrapped(b"\xc4")]))
    link.line.segments = EACH_OCTET
    link.send(b"\xc0")

    received = link.receive(1.0)

    assert isinstance(received, ApduReceived)
    assert received.apdu == b"\xc4"


def test_pdus_sent_together_go_out_end_to_end_and_each_is_a_frame_on_the_tape() -> None:
    far_side = FarSide()
    link = wrapper_link(far_side)
    with link.line.together():
        link.send(b"\xc0")
        link.send(b"\xc1")
        assert far_side.received == []

    assert far_side.received == [bytes.fromhex("0001001000010001C0" + "0001001000010001C1")]
    assert [frame.octets[-1:] for frame in link.line.tape.frames] == [b"\xc0", b"\xc1"]
    assert {frame.note for frame in link.line.tape.frames} == {"2 PDUs in one segment"}
