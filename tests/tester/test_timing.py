"""Time on the tape: when a frame began, how long the meter took, where it paused, how long was waited in vain."""

from __future__ import annotations

import pytest

from conformance.dlms.hdlc.stream import FrameStream
from conformance.link.clock import VirtualClock
from conformance.link.loopback import LoopbackLink
from conformance.link.pace import Pace
from conformance.tester.line import Line
from conformance.tester.tape import Tape
from conformance.tester.timing import longest_gap, responses, wire_s
from tests.tester.far_side import UA, FarSide

AT_9600 = Pace(character_s=10 / 9600)
CHARACTER_S = 10 / 9600


def line_with(far_side: FarSide, pace: Pace | None = None) -> Line:
    line = Line(LoopbackLink(lambda: far_side, VirtualClock()), FrameStream(), "hdlc", Tape(), pace)
    line.open()
    return line


def test_a_response_time_ends_at_the_first_octet_of_the_reply() -> None:
    line = line_with(FarSide([(0.3, UA[:2]), (0.7, UA[2:])]))
    line.send(b"x")
    line.receive(2.0)

    (response,) = responses(line.tape.frames)

    assert (response.request, response.reply) == (0, 1)
    assert response.seconds == pytest.approx(0.3)
    assert line.tape.frames[1].time_s == pytest.approx(0.7)


def test_on_a_line_of_known_speed_it_begins_when_the_last_octet_sent_has_left() -> None:
    line = line_with(FarSide([(0.3, UA)]), AT_9600)
    sent = line.send(b"x" * 48)
    line.receive(2.0)

    (response,) = responses(line.tape.frames)

    assert sent.time_s - sent.began_s == pytest.approx(0.05)
    # What came in one piece at 0.3 s began as many characters earlier.
    assert response.seconds == pytest.approx(0.3 - 0.05 - (len(UA) - 1) * CHARACTER_S)


def test_two_frames_sent_at_once_leave_one_after_the_other() -> None:
    line = line_with(FarSide(), AT_9600)
    first, second = line.send(b"x" * 96), line.send(b"y" * 96)

    assert (first.time_s, second.time_s) == (pytest.approx(0.1), pytest.approx(0.2))


def test_a_baud_rate_that_is_stated_too_low_gives_no_negative_time() -> None:
    line = line_with(FarSide([(0.001, UA)]), Pace(character_s=10 / 300))
    line.send(b"x" * 20)
    line.receive(5.0)

    assert [response.seconds for response in responses(line.tape.frames)] == [0.0]


def test_what_is_no_frame_is_no_reply_and_a_second_frame_answers_nothing() -> None:
    line = line_with(FarSide([(0.1, b"\xff\xff"), (0.2, UA), (0.5, UA)]))
    line.send(b"x")
    line.wait(2.0)

    assert [response.seconds for response in responses(line.tape.frames)] == [pytest.approx(0.2)]


def test_the_longest_pause_of_a_frame_is_told_with_its_frame() -> None:
    line = line_with(FarSide([(0.1, UA[:3]), (0.14, UA[3:5]), (0.15, UA[5:]), (0.5, UA)]))
    line.send(b"x")
    line.wait(2.0)

    frame = longest_gap(line.tape.frames)

    assert frame is line.tape.frames[1]
    assert frame.longest_gap_s == pytest.approx(0.04)


def test_the_time_of_the_octets_themselves_is_no_pause() -> None:
    moments = [(0.1 + number * CHARACTER_S, bytes((octet,))) for number, octet in enumerate(UA)]
    line = line_with(FarSide(moments), AT_9600)
    line.send(b"x")

    frame = line.receive(2.0)

    assert frame is not None
    assert frame.longest_gap_s == pytest.approx(0.0, abs=1e-9)
    assert frame.began_s == pytest.approx(0.1)


def test_a_frame_in_one_piece_and_one_through_a_network_tell_no_pause() -> None:
    whole = line_with(FarSide([(0.1, UA)]))
    network = line_with(FarSide([(0.1, UA[:3]), (0.2, UA[3:])]), Pace(sees_pauses=False))
    for line in (whole, network):
        line.send(b"x")
        frame = line.receive(2.0)
        assert frame is not None
        assert frame.longest_gap_s is None
        assert longest_gap(line.tape.frames) is None


def test_the_time_between_two_frames_that_share_a_flag_is_no_pause_of_the_second() -> None:
    line = line_with(FarSide([(0.1, UA), (0.9, UA[1:4]), (0.91, UA[4:])]))
    line.send(b"x")
    line.wait(2.0)

    _, first, second = line.tape.frames

    assert first.octets == second.octets == UA
    assert second.longest_gap_s == pytest.approx(0.01)
    assert second.began_s == pytest.approx(0.9)


def test_silence_counts_as_waited_and_an_answer_does_not() -> None:
    line = line_with(FarSide([], [(0.4, UA)]))
    line.send(b"x")
    line.receive(line.clock.now() + 5.0)
    assert line.tape.waited_s == pytest.approx(5.0)

    line.send(b"y")
    line.receive(line.clock.now() + 5.0)
    assert line.tape.waited_s == pytest.approx(5.0)


def test_what_is_still_on_the_wire_is_not_waited_for_twice() -> None:
    line = line_with(FarSide(), AT_9600)
    line.send(b"x" * 96)
    line.receive(1.0)

    assert line.tape.waited_s == pytest.approx(0.9)
    assert wire_s(line.tape.frames, CHARACTER_S) == pytest.approx(0.1)


def test_a_wait_for_a_meter_that_hangs_up_is_none() -> None:
    line = line_with(FarSide([b""]))
    line.send(b"x")
    line.receive(5.0)

    assert line.closed is not None
    assert line.tape.waited_s == 0.0
