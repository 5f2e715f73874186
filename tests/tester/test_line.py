"""The line: whole PDUs out of octets, everything on the tape, and nothing that swallows the next exchange."""

from __future__ import annotations

from conformance.dlms.wrapper import WrapperDatagrams
from conformance.link.clock import VirtualClock
from conformance.link.loopback import LoopbackLink
from conformance.tester.line import LONGEST_PAUSE_S, MOST_STRAY_OCTETS, Line
from conformance.tester.segments import WHOLE, Segments
from conformance.tester.tape import Tape
from tests.tester.far_side import CLOSE, UA, FarSide, hdlc_line, wrapped, wrapper_line

TOO_LONG = bytes.fromhex("7EA01E2103730140")
"""The beginning of a frame whose length says 30 octets."""


def test_a_frame_in_pieces_is_one_frame() -> None:
    line = hdlc_line(FarSide([UA[:3], (0.5, UA[3:])]))
    line.send(b"x")

    frame = line.receive(1.0)

    assert frame is not None
    assert (frame.layer, frame.octets) == ("hdlc", UA)


def test_a_frame_that_has_begun_in_time_may_end_later() -> None:
    line = hdlc_line(FarSide([(0.9, UA[:3]), (1.4, UA[3:])]))
    line.send(b"x")

    frame = line.receive(1.0)

    assert frame is not None
    assert frame.octets == UA


def test_a_frame_that_states_too_long_a_length_is_told_and_does_not_swallow_the_next_one() -> None:
    line = hdlc_line(FarSide([TOO_LONG], [UA]))
    line.send(b"x")

    stuck = line.receive(5.0)
    line.send(b"y")
    following = line.receive(10.0)

    assert stuck is not None
    assert (stuck.layer, stuck.octets, stuck.direction) == ("octets", TOO_LONG, "S>C")
    assert "does not go on" in stuck.note
    assert following is not None
    assert following.octets == UA


def test_what_began_before_a_request_is_dropped_when_the_request_goes_out() -> None:
    line = hdlc_line(FarSide([UA + TOO_LONG], [UA]))
    line.send(b"x")
    line.receive(5.0)
    line.send(b"y")

    following = line.receive(6.0)

    assert following is not None
    assert following.octets == UA
    assert [frame.layer for frame in line.tape.frames] == ["hdlc", "hdlc", "octets", "hdlc", "hdlc"]


def test_a_wrapper_pdu_that_states_too_long_a_length_is_told_and_does_not_swallow_the_next_one() -> None:
    line = wrapper_line(FarSide([wrapped(b"abc")[:-1]], [wrapped(b"next")]))
    line.send(b"x")

    stuck = line.receive(5.0)
    line.send(b"y")
    following = line.receive(10.0)

    assert stuck is not None
    assert stuck.layer == "octets"
    assert following is not None
    assert following.octets == wrapped(b"next")


def test_octets_that_are_no_frame_are_no_silence() -> None:
    line = hdlc_line(FarSide([b"\x00\xff", (1.0, b"rubbish")]))
    line.send(b"x")

    stray = line.receive(5.0)

    assert stray is not None
    assert (stray.layer, stray.octets) == ("octets", b"\x00\xffrubbish")
    assert line.receive(10.0) is None


def test_octets_before_a_frame_are_noted_and_the_frame_is_given() -> None:
    line = hdlc_line(FarSide([b"\x00\xff" + UA + UA]))
    line.send(b"x")

    first, second = line.receive(5.0), line.receive(5.0)

    assert first is not None
    assert second is not None
    assert first.octets == second.octets == UA
    assert [frame.octets for frame in line.tape.frames if frame.layer == "octets"] == [b"\x00\xff"]


def test_a_lone_flag_behind_a_frame_is_nothing() -> None:
    line = hdlc_line(FarSide([UA + b"\x7e"]))
    line.send(b"x")

    assert line.receive(5.0) is not None
    assert line.receive(5.0) is None
    assert not line.begun


def test_a_pdu_that_began_before_the_meter_closed_is_told() -> None:
    line = hdlc_line(FarSide([TOO_LONG, CLOSE]))
    line.send(b"x")

    stuck = line.receive(5.0)

    assert stuck is not None
    assert stuck.layer == "octets"
    assert line.receive(5.0) is None
    assert line.closed is not None


def test_octets_that_trickle_without_end_are_cut_off() -> None:
    line = wrapper_line(FarSide([b"\x00\x01\x00\x01\x00\x10\xff\xff", *((step / 2, b"x") for step in range(1, 1000))]))
    line.send(b"x")

    stuck = line.receive(5.0)

    assert stuck is not None
    assert stuck.layer == "octets"
    assert line.clock.now() <= 120.0 + LONGEST_PAUSE_S


def test_a_flood_without_a_frame_is_cut_off_though_no_time_passes() -> None:
    line = hdlc_line(FarSide([b"\x55" * 65536] * 40))
    line.send(b"x")

    line.receive(5.0)

    assert line.closed is not None
    assert "cut off" in line.closed
    assert sum(len(frame.octets) for frame in line.tape.frames) < 2 * MOST_STRAY_OCTETS


def test_a_line_opened_again_knows_nothing_of_the_connection_before() -> None:
    line = hdlc_line(FarSide([UA + UA, CLOSE], [UA]))
    line.send(b"x")
    line.receive(5.0)
    line.receive(5.0)
    assert line.receive(5.0) is None
    assert line.closed is not None

    line.open()

    assert line.closed is None
    assert line.receive(line.clock.now() + 1) is None


def test_the_last_frame_of_a_connection_says_who_ended_it() -> None:
    far_side = FarSide([UA, CLOSE])
    line = hdlc_line(far_side)
    line.send(b"x")
    line.receive(5.0)
    assert line.receive(5.0) is None
    far_side.closed = False
    line.open()
    line.send(b"y")
    line.close()
    line.close()

    told = [(frame.octets, frame.connection, frame.ended_by) for frame in line.tape.frames]

    assert told == [(b"x", 1, None), (UA, 1, "server"), (b"y", 2, "client")]


def test_each_pdu_says_in_which_datagrams_it_passed() -> None:
    first, second = wrapped(b"one"), wrapped(b"two")
    far_side = FarSide([], [first + second, first])
    line = Line(LoopbackLink(lambda: far_side, VirtualClock()), WrapperDatagrams(), "wrapper", Tape())
    line.open()
    line.segments = Segments((12,))
    line.send(b"x" * 20)
    line.segments = WHOLE
    with line.together():
        line.send(first)
        line.send(second)
    line.wait(5.0)

    sent = [frame.datagrams for frame in line.tape.frames if frame.direction == "C>S"]

    assert sent == [(1, 2), (3, 3), (3, 3)]
    assert far_side.received[2] == first + second


def test_on_a_stream_no_datagrams_are_told() -> None:
    line = wrapper_line(FarSide([wrapped(b"abc")]))
    line.send(b"x")
    line.receive(5.0)

    assert {frame.datagrams for frame in line.tape.frames} == {None}
