"""The client's own recovery: what a line loses is asked for and sent again, bounded, noted, and never unasked."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conformance.dlms.alteration import Alteration, Operation
from conformance.dlms.hdlc.control import FrameType
from conformance.dlms.hdlc.stream import FrameStream
from conformance.link.clock import VirtualClock
from conformance.link.line_model import LineModel
from conformance.link.loopback import LoopbackLink
from conformance.meter.application import NothingUnasked
from conformance.meter.hdlc_server import HdlcServer
from conformance.tester.data_link.data_link import ApduReceived, LinkReaction, SetUpFailed
from conformance.tester.data_link.hdlc import HdlcDataLink
from conformance.tester.data_link.hdlc_recovery import MOST_ATTEMPTS
from conformance.tester.line import Line
from conformance.tester.reaction import DisconnectedMode, FrameRejected, Silence, Unreadable
from conformance.tester.tape import Tape
from tests.tester.far_side import (
    CLIENT,
    DM,
    SERVER,
    TIMEOUT_S,
    UA,
    FarSide,
    answer,
    frames,
    from_meter,
    hdlc_link,
    ready,
    sent_controls,
)

LOST: list[bytes] = []
I0, I1, I2 = (f"I N(S)={number} N(R)=0 P/F" for number in range(3))
ENQUIRY = "RR N(R)=0 P/F"
WINDOW_OF_3 = bytes.fromhex("818012050180060180070400000003080400000003")


def damaged(octets: bytes) -> bytes:
    """A frame whose check sequence is wrong by one bit."""
    return octets[:-2] + bytes((octets[-2] ^ 1, octets[-1]))


def exchanged(far_side: FarSide, request: bytes = b"\xc0") -> tuple[HdlcDataLink, ApduReceived | LinkReaction]:
    """A recovering link set up, one request sent, one answer waited for."""
    link = hdlc_link(far_side, recovers=True)
    link.set_up()
    link.send(request)
    return link, link.receive(TIMEOUT_S)


def notes(link: HdlcDataLink) -> str:
    return " | ".join(frame.note for frame in link.line.tape.frames)


# What is lost


def test_a_lost_reply_is_asked_for_and_the_request_is_not_sent_again() -> None:
    far_side = FarSide([UA], LOST, [answer(b"\xc4", nr=1)])

    link, received = exchanged(far_side)

    assert isinstance(received, ApduReceived)
    assert received.apdu == b"\xc4"
    assert sent_controls(far_side)[1:] == [I0, ENQUIRY]
    assert link.recoveries == 1
    assert "enquiry, attempt 1 of 4: no answer" in notes(link)


def test_a_lost_request_is_sent_again_under_the_same_number() -> None:
    far_side = FarSide([UA], LOST, [ready(0)], [answer(b"\xc4", nr=1)])

    link, received = exchanged(far_side)

    assert isinstance(received, ApduReceived)
    assert sent_controls(far_side)[1:] == [I0, ENQUIRY, I0]
    assert far_side.received[1] == far_side.received[3]
    assert "sent again, attempt 2 of 4" in notes(link)


def test_a_damaged_reply_is_lost() -> None:
    far_side = FarSide([UA], [damaged(answer(b"\xc4", nr=1))], [answer(b"\xc4", nr=1)])

    link, received = exchanged(far_side)

    assert isinstance(received, ApduReceived)
    assert "damaged, taken for lost" in notes(link)
    assert link.recoveries == 2


def test_stray_octets_before_a_reply_hide_nothing() -> None:
    far_side = FarSide([UA], [b"\x11\x22", answer(b"\xc4", nr=1)])

    _, received = exchanged(far_side)

    assert isinstance(received, ApduReceived)
    assert sent_controls(far_side)[1:] == [I0]


def test_a_reply_that_is_only_cut_short_is_asked_for_again() -> None:
    far_side = FarSide([UA], [answer(b"\xc4\x01\x02", nr=1)[:9]], [answer(b"\xc4", nr=1)])

    assert isinstance(exchanged(far_side)[1], ApduReceived)


def test_segments_that_the_meter_missed_are_sent_again_and_no_others() -> None:
    far_side = FarSide([from_meter(FrameType.UA, WINDOW_OF_3)], LOST, LOST, [ready(1)], LOST, [answer(b"\xc4", nr=3)])

    _, received = exchanged(far_side, bytes(300))

    sent = frames(far_side)[1:]
    assert isinstance(received, ApduReceived)
    assert [(frame.control.send_number, frame.control.poll_final) for frame in sent] == [
        (0, False),
        (1, False),
        (2, True),
        (1, False),
        (2, True),
    ]
    assert sent[1].information == sent[3].information
    assert [frame.segmented for frame in sent] == [True, True, False, True, False]


def test_a_lost_acknowledgement_of_a_segment_is_asked_for() -> None:
    far_side = FarSide([UA], LOST, [ready(1)], [answer(b"\xc4", nr=2)])

    assert isinstance(exchanged(far_side, bytes(200))[1], ApduReceived)
    assert sent_controls(far_side)[1:] == [I0, ENQUIRY, I1]


def test_a_segment_of_the_reply_that_was_lost_is_asked_for_and_what_followed_it_is_dropped() -> None:
    second = from_meter(FrameType.I, b"cd", nr=1, ns=1)
    far_side = FarSide([UA], [second], [answer(b"ab", nr=1, segmented=True, final=False), second])

    link, received = exchanged(far_side)

    assert isinstance(received, ApduReceived)
    assert received.apdu == b"abcd"
    assert sent_controls(far_side)[1:] == [I0, ENQUIRY]
    assert "out of sequence, N(S) 0 expected: dropped" in notes(link)


def test_a_lost_final_frame_is_asked_for() -> None:
    far_side = FarSide([UA], [answer(b"\xc4", nr=1, final=False)], [ready(1)])

    _, received = exchanged(far_side)

    assert isinstance(received, ApduReceived)
    assert sent_controls(far_side)[2] == "RR N(R)=1 P/F"


def test_a_busy_meter_is_not_sent_again_what_it_misses_until_it_is_ready() -> None:
    busy = from_meter(FrameType.RNR, nr=0)
    far_side = FarSide([UA], LOST, [busy], [busy], [ready(0)], [answer(b"\xc4", nr=1)])

    assert isinstance(exchanged(far_side)[1], ApduReceived)
    assert sent_controls(far_side)[1:] == [I0, ENQUIRY, ENQUIRY, ENQUIRY, I0]


def test_set_up_and_release_are_repeated() -> None:
    far_side = FarSide(LOST, [damaged(UA)], [UA], LOST, [DM])
    link = hdlc_link(far_side, recovers=True)

    link.set_up()

    assert link.release() is None
    assert sent_controls(far_side) == ["SNRM P/F"] * 3 + ["DISC P/F"] * 2


# What comes twice


def test_a_repeated_reply_is_dropped_and_gives_no_turn_back() -> None:
    first, second = answer(b"\xc4\x01", nr=1), answer(b"\xc4\x02", nr=2, ns=1)
    far_side = FarSide([UA], [first, first], [(0.1, second)])
    link, received = exchanged(far_side)
    link.send(b"\xc1")

    again = link.receive(TIMEOUT_S)

    assert isinstance(received, ApduReceived)
    assert isinstance(again, ApduReceived)
    assert (received.apdu, again.apdu) == (b"\xc4\x01", b"\xc4\x02")
    assert "repeated, dropped" in notes(link)


def test_a_repeated_acknowledgement_does_not_make_the_next_segment_go_twice() -> None:
    far_side = FarSide([UA], [ready(1), ready(1)], [(0.1, ready(2))], [answer(b"\xc4", nr=3)])

    assert isinstance(exchanged(far_side, bytes(300))[1], ApduReceived)
    assert sent_controls(far_side)[1:] == [I0, I1, I2]


def test_a_repeated_confirmation_of_the_set_up_is_no_answer() -> None:
    far_side = FarSide([UA, UA], [(0.1, answer(b"\xc4", nr=1))])

    assert isinstance(exchanged(far_side)[1], ApduReceived)


def test_a_late_answer_and_the_one_that_was_asked_for_are_one() -> None:
    late = answer(b"\xc4", nr=1)
    far_side = FarSide([UA], [(TIMEOUT_S + 0.5, late)], [(1.0, late)], [answer(b"\xc5", nr=2, ns=1)])
    link, received = exchanged(far_side)
    link.send(b"\xc1")

    again = link.receive(TIMEOUT_S)

    assert isinstance(received, ApduReceived)
    assert isinstance(again, ApduReceived)
    assert (received.apdu, again.apdu) == (b"\xc4", b"\xc5")


# Bounds


def test_enquiries_are_bounded_and_what_is_left_is_silence() -> None:
    far_side = FarSide([UA])

    link, received = exchanged(far_side)

    assert received == Silence(TIMEOUT_S)
    assert sent_controls(far_side)[1:] == [I0] + [ENQUIRY] * MOST_ATTEMPTS
    assert link.line.clock.now() == pytest.approx(TIMEOUT_S * (1 + MOST_ATTEMPTS))


def test_a_meter_that_has_let_all_attempts_pass_gets_no_more_of_them() -> None:
    far_side = FarSide([UA])
    link, _ = exchanged(far_side)
    before = len(far_side.received)

    link.release()

    assert sent_controls(far_side)[before:] == ["DISC P/F"]


def test_set_up_is_repeated_so_often_and_no_more() -> None:
    far_side = FarSide()

    with pytest.raises(SetUpFailed):
        hdlc_link(far_side, recovers=True).set_up()

    assert len(far_side.received) == 1 + MOST_ATTEMPTS


def test_a_meter_that_never_takes_a_frame_is_told_with_its_n_r() -> None:
    far_side = FarSide([UA], LOST, then=lambda _: [ready(0)])

    _, received = exchanged(far_side)

    assert isinstance(received, Unreadable)
    assert received.reason == "RR N(R)=0 P/F as before, and nothing new"
    assert len(far_side.received) < 3 + 2 * MOST_ATTEMPTS


def test_damage_that_does_not_end_is_the_reaction_and_not_silence() -> None:
    far_side = FarSide([UA], then=lambda _: [damaged(answer(b"\xc4", nr=1))])

    _, received = exchanged(far_side)

    assert isinstance(received, Unreadable)
    assert "fcs" in received.reason


def test_damage_before_an_honest_silence_is_forgotten() -> None:
    far_side = FarSide([UA], [damaged(answer(b"\xc4", nr=1))], then=lambda _: [ready(1)])

    assert exchanged(far_side)[1] == Silence(TIMEOUT_S, acknowledged=True)


def test_a_meter_that_sends_frames_out_of_sequence_for_ever_is_told() -> None:
    far_side = FarSide([UA], then=lambda _: [answer(b"\xc4", nr=1, ns=3)])

    _, received = exchanged(far_side)

    assert isinstance(received, Unreadable)
    assert received.reason == "I N(S)=3 N(R)=1 P/F as before, and nothing new"


@pytest.mark.parametrize(
    ("reply", "kind"),
    [
        (DM, DisconnectedMode),
        (from_meter(FrameType.FRMR, bytes.fromhex("100001")), FrameRejected),
        (ready(5), Unreadable),
        (from_meter(FrameType.REJ, nr=0), Unreadable),
        (answer(b"\xc4", nr=1, source=CLIENT), Unreadable),
        (from_meter(FrameType.DM, final=False), Unreadable),
    ],
)
def test_what_a_meter_says_wrong_is_not_taken_for_the_line(reply: bytes, kind: type[object]) -> None:
    far_side = FarSide([UA], [reply])

    assert isinstance(exchanged(far_side)[1], kind)
    assert len(far_side.received) == 2


# Where nothing is ever sent again


@pytest.mark.parametrize(
    "script",
    [
        ([UA],),
        ([UA], [damaged(answer(b"\xc4", nr=1))]),
        ([UA], [ready(0)]),
        ([UA], [answer(b"\xc4", nr=1, ns=1)]),
        ([UA], [from_meter(FrameType.I, b"cd", nr=1, ns=1)]),
    ],
)
def test_a_link_that_does_not_recover_sends_a_request_once_and_asks_for_nothing(
    script: tuple[list[bytes], ...],
) -> None:
    far_side = FarSide(*script)
    link = hdlc_link(far_side)
    link.set_up()
    link.send(b"\xc0")

    link.receive(TIMEOUT_S)

    assert sent_controls(far_side) == ["SNRM P/F", I0]
    assert link.recoveries == 0


def test_a_request_that_was_altered_on_the_link_is_sent_once_even_by_a_link_that_recovers() -> None:
    far_side = FarSide([UA])
    link = hdlc_link(far_side, recovers=True)
    link.set_up()
    link.send(b"\xc0", [Alteration("hdlc-frame.content.fcs", Operation.FLIP, b"\x01")])

    assert link.receive(TIMEOUT_S) == Silence(TIMEOUT_S)
    assert len(far_side.received) == 2


def test_after_an_altered_request_the_next_one_recovers_again() -> None:
    far_side = FarSide([UA], LOST, [ready(0)], LOST, [answer(b"\xc4", nr=1)])
    link = hdlc_link(far_side, recovers=True)
    link.set_up()
    link.send(b"\xc0", [Alteration("hdlc-frame.content.fcs", Operation.FLIP, b"\x01")])
    link.receive(TIMEOUT_S)
    link.send(b"\xc1")

    assert isinstance(link.receive(TIMEOUT_S), ApduReceived)
    assert [octets[5] for octets in far_side.received[2:]] == [0x11, 0x10, 0x11], "RR, then N(S) 0 once more, RR"


# Inactivity


def test_a_link_is_not_kept_alive_and_a_pause_beyond_the_inactivity_timeout_is_told() -> None:
    far_side = FarSide([UA], [answer(b"\xc4", nr=1)], [DM])
    link = hdlc_link(far_side, recovers=True, inactivity_timeout_s=120.0)
    link.set_up()
    link.send(b"\xc0")
    link.receive(TIMEOUT_S)
    link.line.wait(130.0)
    link.send(b"\xc0")

    assert isinstance(link.receive(TIMEOUT_S), DisconnectedMode)
    assert len(far_side.received) == 3
    assert "the link was idle for 130 s, the declared inactivity timeout is 120 s" in notes(link)


def test_a_shorter_pause_is_not_told() -> None:
    far_side = FarSide([UA], [answer(b"\xc4", nr=1)])
    link = hdlc_link(far_side, inactivity_timeout_s=120.0)
    link.set_up()
    link.line.wait(100.0)
    link.send(b"\xc0")

    assert "idle" not in notes(link)


# Against the embedded meter


class Counting(NothingUnasked):
    """An application that answers every request with it, and remembers what it was asked."""

    def __init__(self) -> None:
        self.requests: list[bytes] = []

    def request(self, client_sap: int, server_sap: int, apdu: bytes, now: float) -> bytes | None:
        self.requests.append(apdu)
        return b"\xc4" + apdu

    def link_lost(self, client_sap: int, server_sap: int) -> None:
        pass


FAULTS = st.builds(
    LineModel,
    octet_loss=st.sampled_from((0.0, 0.003, 0.01)),
    bit_errors=st.sampled_from((0.0, 0.0005)),
    duplicates=st.sampled_from((0.0, 0.05, 0.3)),
    noise=st.sampled_from((0.0, 0.1)),
    seed=st.integers(0, 1 << 16),
)


@settings(derandomize=True)
@given(model=FAULTS, requests=st.lists(st.binary(min_size=1, max_size=300), min_size=1, max_size=4))
def test_whatever_a_line_does_an_answer_is_the_right_one_and_each_request_is_served_once(
    model: LineModel, requests: list[bytes]
) -> None:
    application = Counting()
    server = HdlcServer(application, inactivity_timeout_s=0)
    line = Line(LoopbackLink(lambda: server, VirtualClock(), model), FrameStream(), "hdlc", Tape())
    line.open()
    link = HdlcDataLink(line, client=CLIENT, server=SERVER, proposed=None, response_timeout_s=TIMEOUT_S, recovers=True)
    try:
        link.set_up()
    except SetUpFailed:
        return
    served = 0
    for request in requests:
        link.send(request)
        received = link.receive(TIMEOUT_S)
        if not isinstance(received, ApduReceived):
            break
        served += 1
        assert received.apdu == b"\xc4" + request
    assert application.requests[:served] == requests[:served]
    assert len(application.requests) <= served + 1
