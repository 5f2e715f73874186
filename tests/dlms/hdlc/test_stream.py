"""Frames are found in a stream of octets, whatever else is in it, without ever keeping more than one frame."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from conformance.dlms.hdlc.address import HdlcAddress
from conformance.dlms.hdlc.control import Control, FrameType
from conformance.dlms.hdlc.frame import LONGEST, Frame
from conformance.dlms.hdlc.stream import FrameStream

SNRM = bytes.fromhex("7EA0070321930F017E")
DISC = bytes.fromhex("7EA00703215303C77E")
FLAGS_INSIDE = Frame(HdlcAddress(1), HdlcAddress(16), Control(FrameType.I, True), b"\x7e\x7e\xa0\x07\x7e").encode()


def test_flags_inside_a_frame_do_not_end_it() -> None:
    assert FrameStream().feed(FLAGS_INSIDE) == [FLAGS_INSIDE]


def test_one_flag_between_two_frames_closes_one_and_opens_the_other() -> None:
    assert FrameStream().feed(SNRM[:-1] + DISC) == [SNRM, DISC]


def test_octets_before_a_flag_and_idle_flags_are_dropped() -> None:
    assert FrameStream().feed(b"/?!\r\n" + b"~~~" + SNRM + b"~~" + DISC) == [SNRM, DISC]


def test_frame_whose_length_leads_nowhere_is_handed_out_as_it_stands() -> None:
    wrong = bytes.fromhex("7EA0060321930F017E")

    assert FrameStream().feed(wrong + SNRM) == [wrong, SNRM]


def test_frame_that_stopped_coming_does_not_swallow_the_next_once_discarded() -> None:
    stream = FrameStream()

    assert stream.feed(SNRM[:5]) == []
    assert stream.discard() == SNRM[:5]
    assert stream.feed(SNRM) == [SNRM]


def test_noise_without_an_end_is_not_kept() -> None:
    stream = FrameStream()
    for _ in range(20):
        stream.feed(b"~" + b"\x00" * 1000)
        stream.feed(b"\x01" * 4000)

        assert len(stream.pending) <= LONGEST + 2


@given(st.lists(st.sampled_from([SNRM, DISC, FLAGS_INSIDE]), min_size=1, max_size=6), st.data())
def test_pieces_give_the_same_frames_as_the_whole(frames: list[bytes], data: st.DataObject) -> None:
    line = b"".join(frames)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(line)), max_size=8)))
    stream = FrameStream()
    found: list[bytes] = []
    for start, end in zip([0, *cuts], [*cuts, len(line)], strict=True):
        found += stream.feed(line[start:end])

    assert found == frames


@given(st.lists(st.binary(max_size=40) | st.just(b"~"), max_size=20))
def test_whatever_comes_candidates_stand_between_flags(pieces: list[bytes]) -> None:
    stream = FrameStream()
    for piece in pieces:
        for candidate in stream.feed(piece):
            assert len(candidate) > 2
            assert candidate.startswith(b"~")
            assert candidate.endswith(b"~")
