"""Windows and segments in both directions: as many frames as were negotiated, the P bit on the last, nothing twice."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conformance.dlms.alteration import Alteration, Operation
from conformance.dlms.hdlc.control import FrameType
from conformance.dlms.hdlc.frame import Frame, read
from conformance.dlms.hdlc.parameters import LinkParameters
from conformance.dlms.hdlc.stream import FrameStream
from conformance.dlms.reader import decode
from conformance.link.clock import VirtualClock
from conformance.link.loopback import LoopbackLink
from conformance.meter.application import NothingUnasked
from conformance.meter.hdlc_server import HdlcServer
from conformance.tester.data_link.data_link import ApduReceived
from conformance.tester.data_link.hdlc import HdlcDataLink
from conformance.tester.line import Line
from conformance.tester.reaction import Silence, Unreadable
from conformance.tester.tape import Tape
from tests.tester.far_side import (
    CLIENT,
    SERVER,
    TIMEOUT_S,
    FarSide,
    answer,
    frames,
    from_meter,
    hdlc_link,
    ready,
)

SIZES = st.integers(16, 2030)
WINDOWS = st.integers(1, 7)
PARAMETERS = st.builds(LinkParameters, SIZES, SIZES, WINDOWS, WINDOWS)


class Echoing(NothingUnasked):
    """An application whose replies are as long as a test wants."""

    def __init__(self, reply: bytes) -> None:
        self.requests: list[bytes] = []
        self._reply = reply

    def request(self, client_sap: int, server_sap: int, apdu: bytes, now: float) -> bytes | None:
        self.requests.append(apdu)
        return self._reply

    def link_lost(self, client_sap: int | None, server_sap: int | None) -> None:
        pass


def link_to(server: HdlcServer, proposed: LinkParameters | None, *, recovers: bool) -> HdlcDataLink:
    line = Line(LoopbackLink(lambda: server, VirtualClock()), FrameStream(), "hdlc", Tape())
    line.open()
    return HdlcDataLink(
        line, client=CLIENT, server=SERVER, proposed=proposed, response_timeout_s=TIMEOUT_S, recovers=recovers
    )


def ua(window_receive: int, size: int = 128) -> bytes:
    """A UA of a meter that takes so many frames of so many octets."""
    return from_meter(FrameType.UA, LinkParameters(128, size, 1, window_receive).encode())


def information_frames(link: HdlcDataLink, direction: str) -> list[list[Frame]]:
    """The I-frames that went one way, each list up to the frame that gives the turn to the other side."""
    runs: list[list[Frame]] = [[]]
    for taped in link.line.tape.frames:
        frame = decode(taped.octets, read, "hdlc-frame")
        if taped.direction == direction and frame.control.type is FrameType.I:
            runs[-1].append(frame)
        elif runs[-1]:
            runs.append([])
    return [run for run in runs if run]


@settings(derandomize=True, max_examples=150, deadline=None)
@given(
    abilities=PARAMETERS,
    proposed=st.none() | PARAMETERS,
    request=st.binary(min_size=1, max_size=3000),
    reply=st.binary(min_size=1, max_size=3000),
    recovers=st.booleans(),
)
def test_every_window_and_every_size_carries_requests_and_replies_whole(
    abilities: LinkParameters, proposed: LinkParameters | None, request: bytes, reply: bytes, recovers: bool
) -> None:
    application = Echoing(reply)
    link = link_to(HdlcServer(application, abilities=abilities), proposed, recovers=recovers)
    link.set_up()

    link.send(request)
    received = link.receive(TIMEOUT_S)

    assert isinstance(received, ApduReceived)
    assert received.apdu == reply
    assert application.requests == [request]
    assert link.recoveries == 0
    assert link.excesses == []
    settled = link.negotiated
    for run in information_frames(link, "C>S"):
        assert len(run) <= settled.window_receive
        assert [frame.control.poll_final for frame in run] == [False] * (len(run) - 1) + [True]
        assert all(len(frame.information) <= settled.max_information_receive for frame in run)
    sent = [frame for run in information_frames(link, "C>S") for frame in run]
    assert [frame.control.send_number for frame in sent] == [place % 8 for place in range(len(sent))]
    assert [frame.segmented for frame in sent] == [True] * (len(sent) - 1) + [False]


@pytest.mark.parametrize("window", range(1, 8))
def test_a_window_is_filled_before_the_meter_is_polled(window: int) -> None:
    link = link_to(
        HdlcServer(Echoing(b"\xc4"), abilities=LinkParameters(128, 128, 1, window)),
        LinkParameters(128, 128, 7, 7),
        recovers=False,
    )
    link.set_up()

    link.send(bytes(128 * 15 - 3))

    assert isinstance(link.receive(TIMEOUT_S), ApduReceived)
    runs = [len(run) for run in information_frames(link, "C>S")]
    assert runs[:-1] == [window] * (15 // window - (15 % window == 0))
    assert sum(runs) == 15


def test_sequence_numbers_go_through_modulo_8_with_the_largest_window() -> None:
    application = Echoing(bytes(5000))
    abilities = LinkParameters(128, 128, 7, 7)
    link = link_to(HdlcServer(application, abilities=abilities), abilities, recovers=False)
    link.set_up()
    for _ in range(3):
        link.send(bytes(5000))
        received = link.receive(TIMEOUT_S)
        assert isinstance(received, ApduReceived)
        assert len(received.apdu) == 5000
    assert application.requests == [bytes(5000)] * 3


def test_a_window_that_the_meter_took_only_in_part_is_told_and_nothing_is_sent_again() -> None:
    far_side = FarSide([ua(3)], [], [], [ready(2)])
    link = hdlc_link(far_side)
    link.set_up()

    link.send(bytes(600))

    received = link.receive(TIMEOUT_S)
    assert isinstance(received, Unreadable)
    assert received.reason == "RR with N(R) 2, expected 3"
    assert len(far_side.received) == 4


def test_a_window_whose_acknowledgement_never_comes_ends_in_silence() -> None:
    far_side = FarSide([ua(3)])
    link = hdlc_link(far_side)
    link.set_up()

    link.send(bytes(600))

    assert link.receive(TIMEOUT_S) == Silence(TIMEOUT_S)
    assert len(far_side.received) == 4


def test_a_busy_meter_holds_the_next_window_back_and_is_polled_until_it_is_ready() -> None:
    busy = from_meter(FrameType.RNR, nr=2)
    far_side = FarSide([ua(2)], [], [busy], [busy], [ready(2)], [answer(b"\xc4", nr=3)])
    link = hdlc_link(far_side)
    link.set_up()

    link.send(bytes(300))

    assert isinstance(link.receive(TIMEOUT_S), ApduReceived)
    assert [str(frame.control) for frame in frames(far_side)[1:]] == [
        "I N(S)=0 N(R)=0",
        "I N(S)=1 N(R)=0 P/F",
        "RR N(R)=0 P/F",
        "RR N(R)=0 P/F",
        "I N(S)=2 N(R)=0 P/F",
    ]


def test_an_altered_first_frame_stands_alone_whatever_the_window() -> None:
    far_side = FarSide([ua(7)])
    link = hdlc_link(far_side)
    link.set_up()

    link.send(bytes(600), [Alteration("hdlc-frame.content.fcs", Operation.FLIP, b"\x01")])

    assert link.receive(TIMEOUT_S) == Silence(TIMEOUT_S)
    assert len(far_side.received) == 2


def test_an_answer_amid_the_windows_of_a_request_ends_it() -> None:
    far_side = FarSide([ua(2)], [], [answer(b"\xd8\x01\x01", nr=2)])
    link = hdlc_link(far_side)
    link.set_up()

    link.send(bytes(900))

    received = link.receive(TIMEOUT_S)
    assert isinstance(received, ApduReceived)
    assert received.apdu == b"\xd8\x01\x01"
    assert len(far_side.received) == 3


def test_rej_is_not_in_the_repertoire_and_answers_nothing() -> None:
    far_side = FarSide([ua(3)], [], [], [from_meter(FrameType.REJ, nr=1)])
    link = hdlc_link(far_side)
    link.set_up()

    link.send(bytes(600))

    received = link.receive(TIMEOUT_S)
    assert isinstance(received, Unreadable)
    assert "REJ in place of an answer" in received.reason


@pytest.mark.parametrize("window", [0, 8, 200])
def test_an_impossible_window_of_the_meter_does_not_stop_the_tester(window: int) -> None:
    far_side = FarSide([ua(window)], then=lambda _: [ready(min(max(1, window), 7))])
    link = hdlc_link(far_side)
    link.set_up()

    link.send(bytes(1000))

    assert len([frame for frame in frames(far_side)[1:] if frame.control.type is FrameType.I]) >= min(max(1, window), 7)
