"""The meter's side of the opening in mode E: sign-on in text, HDLC afterwards, and nothing else in between."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.dlms.hdlc.stream import FrameStream
from conformance.link.line_model import LineModel
from conformance.link.link import LinkError
from conformance.link.loopback import LoopbackLink
from conformance.link.opening import ModeELink
from conformance.meter.hdlc_server import HdlcServer
from conformance.meter.meter import build
from conformance.meter.mode_e import TRANSITIONS, Effect, Event, ModeE, SignOn
from tests.meter.hdlc_line import EchoApplication

REQUEST = b"/?!\r\n"
SELECT = b"\x06252\r\n"
IDENTIFICATION = b"/XDC5\\2EMBEDDED\r\n"
SNRM = bytes.fromhex("7EA0070321930F017E")
DISC = bytes.fromhex("7EA00703215303C77E")
RR = bytes.fromhex("7EA00703211115A67E")
UA, DM = 0x73, 0x1F


class Reader:
    """Speaks to a meter of its own, in time that it makes itself."""

    def __init__(self, *defects: str, inactivity_timeout_s: float = 120.0, **settings: object) -> None:
        self.now = 0.0
        station = HdlcServer(EchoApplication(), inactivity_timeout_s=inactivity_timeout_s)
        self.meter = ModeE(station, defects=frozenset(defects), **settings)  # type: ignore[arg-type]
        self.meter.connected(self.now)
        self.due: list[tuple[float, bytes]] = []

    def send(self, octets: bytes) -> bytes:
        self.meter.receive(octets, self.now)
        self.due = self.meter.outgoing(self.now)
        return b"".join(octets for _, octets in self.due)

    def wait(self, seconds: float) -> None:
        until = self.now + seconds
        while (timer := self.meter.next_timer()) is not None and timer <= until:
            assert timer >= self.now, "a timer that does not move on"
            self.now = timer
            self.meter.tick(self.now)
        self.now = until

    def opened(self) -> Reader:
        assert self.send(REQUEST) == IDENTIFICATION
        assert self.send(SELECT) == SELECT
        return self

    def mode(self) -> str:
        """HDLC and its mode, as RR tells it, or nothing."""
        frames = FrameStream().feed(self.send(RR))
        return "silent" if not frames else "NDM" if frames[0][5] == DM else "NRM"


def even(text: bytes) -> bytes:
    return bytes(octet | (octet.bit_count() % 2) << 7 for octet in text)


def controls(octets: bytes) -> list[int]:
    return [frame[5] for frame in FrameStream().feed(octets)]


def test_meter_identifies_itself_with_the_mark_of_mode_e_and_confirms_the_selection() -> None:
    reader = Reader()

    assert reader.send(REQUEST) == IDENTIFICATION
    assert reader.send(SELECT) == SELECT
    assert controls(reader.send(SNRM)) == [UA]


def test_answers_keep_the_reaction_time() -> None:
    reader = Reader(reaction_time_s=0.3)
    reader.send(REQUEST)

    assert [due for due, _ in reader.due] == [0.3]


def test_frames_before_the_opening_are_not_served() -> None:
    assert Reader().send(SNRM) == b""


def test_messages_in_parts_and_with_parity_bits_are_understood() -> None:
    reader = Reader()

    assert b"".join(reader.send(bytes((octet,))) for octet in even(REQUEST)) == even(IDENTIFICATION)
    assert b"".join(reader.send(bytes((octet,))) for octet in REQUEST) == IDENTIFICATION
    assert reader.send(SELECT[:3]) == b""
    assert reader.send(SELECT[3:]) == SELECT


def test_message_that_came_to_a_stop_is_dropped() -> None:
    reader = Reader()
    reader.send(REQUEST[:3])
    reader.wait(1.6)

    assert reader.send(REQUEST[3:]) == b""
    assert reader.send(REQUEST) == IDENTIFICATION


def test_lower_rate_may_be_selected_and_is_confirmed_as_selected() -> None:
    reader = Reader()
    reader.send(REQUEST)

    assert reader.send(b"\x06232\r\n") == b"\x06232\r\n"


@pytest.mark.parametrize(
    "selection",
    [b"\x06050\r\n", b"\x06051\r\n", b"\x06250\r\n", b"\x06052\r\n", b"\x06262\r\n", b"\x062x2\r\n"],
    ids=["readout", "programming", "no-binary-mode", "no-hdlc", "rate-not-offered", "no-rate"],
)
def test_anything_but_hdlc_at_an_offered_rate_leads_back_to_the_sign_on(selection: bytes) -> None:
    reader = Reader()
    reader.send(REQUEST)

    assert reader.send(selection) == b""
    assert reader.mode() == "silent"
    reader.opened()


def test_selection_that_does_not_come_leads_back_to_the_sign_on() -> None:
    reader = Reader()
    reader.send(REQUEST)
    reader.wait(3.0)

    assert reader.send(SELECT) == b""


@pytest.mark.parametrize(("asked", "answered"), [("", True), ("4711", True), ("004711", True), ("4712", False)])
def test_request_for_another_meter_is_left_to_it(asked: str, answered: bool) -> None:
    assert bool(Reader(address="4711").send(f"/?{asked}!\r\n".encode())) is answered


def test_link_survives_disc_and_a_new_one_needs_no_new_opening() -> None:
    reader = Reader().opened()
    reader.send(SNRM)

    assert controls(reader.send(DISC)) == [UA]
    assert controls(reader.send(DISC)) == [DM]
    assert controls(reader.send(SNRM)) == [UA]


def test_line_without_a_link_goes_back_to_the_sign_on_after_a_while() -> None:
    reader = Reader(quiet_s=30.0).opened()
    reader.send(SNRM)
    reader.send(DISC)
    reader.wait(29.0)
    assert reader.mode() == "NDM"
    reader.wait(31.0)

    assert reader.mode() == "silent"
    reader.opened()


def test_inactivity_timeout_ends_the_link_first_and_the_sign_on_later() -> None:
    reader = Reader(inactivity_timeout_s=60.0, quiet_s=30.0).opened()
    reader.send(SNRM)
    reader.wait(59.0)
    assert reader.mode() == "NRM"
    reader.wait(61.0)
    assert reader.mode() == "NDM"
    reader.wait(31.0)

    assert reader.mode() == "silent"


def test_request_amid_a_link_is_none_but_without_one_it_signs_on_again() -> None:
    reader = Reader().opened()
    reader.send(SNRM)
    assert reader.send(REQUEST) == b""
    assert reader.mode() == "NRM"
    reader.send(DISC)

    reader.opened()


def test_new_connection_begins_with_the_sign_on() -> None:
    reader = Reader().opened()
    reader.meter.disconnected(reader.now)
    reader.meter.connected(reader.now)

    assert reader.mode() == "silent"
    reader.opened()


def test_every_way_through_the_table_ends_in_a_state_that_a_request_leaves() -> None:
    for state, event in itertools.product(SignOn, Event):
        _, following = TRANSITIONS.get((state, event), (Effect.NOTHING, state))
        assert TRANSITIONS[following, Event.REQUEST] == (Effect.IDENTIFY, SignOn.OFFERED)


@given(st.lists(st.sampled_from([REQUEST, SELECT, SNRM, DISC, RR]) | st.binary(max_size=80), max_size=20))
def test_no_octets_bring_the_meter_out_of_step_for_good(sent: list[bytes]) -> None:
    reader = Reader(inactivity_timeout_s=10.0, quiet_s=10.0)
    for octets in sent:
        reader.send(octets)
        reader.wait(0.1)
    reader.wait(30.0)

    reader.opened()
    assert controls(reader.send(SNRM)) == [UA]


def test_whole_meter_is_built_with_the_opening() -> None:
    endpoint = build(mode_e=True).endpoint()
    endpoint.connected(0.0)
    endpoint.receive(REQUEST, 0.0)

    assert [octets for _, octets in endpoint.outgoing(0.0)] == [IDENTIFICATION]
    with pytest.raises(ValueError, match="leads to HDLC"):
        build(mode_e=True, profile="wrapper")


def test_defect_wrong_baud_confirmed() -> None:
    reader = Reader("mode-e-wrong-baud-confirmed")
    reader.send(REQUEST)

    assert reader.send(SELECT) == b"\x06242\r\n"
    assert reader.send(REQUEST) == IDENTIFICATION
    assert reader.send(b"\x06242\r\n") == b"\x06252\r\n"


def test_defect_hdlc_without_opening() -> None:
    reader = Reader("mode-e-hdlc-without-opening")

    assert controls(reader.send(SNRM)) == [UA]
    assert controls(reader.send(DISC)) == [UA]
    reader.opened()


def test_defect_not_identified() -> None:
    reader = Reader("mode-e-not-identified")

    assert reader.send(REQUEST) == b"/XDC5EMBEDDED\r\n"
    assert reader.send(SELECT) == SELECT


@pytest.mark.parametrize("model", [None, LineModel(baud=600), LineModel(baud=9600, turnaround_s=0.05)])
def test_client_side_of_the_opening_and_this_one_understand_each_other(model: LineModel | None) -> None:
    bauds: list[int] = []
    link = ModeELink(LoopbackLink(build(mode_e=True).endpoint, line=model), bauds.append, where="loopback:")
    link.open()
    link.send(SNRM)
    until = link.clock.now() + 3.0
    answer = b""
    while octets := link.receive(until):
        answer += octets

    assert bauds == [300, 9600]
    assert link.last.identification == IDENTIFICATION.decode().strip()
    assert controls(answer) == [UA]


@pytest.mark.parametrize(
    ("defect", "said"), [("mode-e-wrong-baud-confirmed", "confirms"), ("mode-e-not-identified", "offers no mode E")]
)
def test_client_side_of_the_opening_notices_what_is_wrong(defect: str, said: str) -> None:
    link = ModeELink(LoopbackLink(build(mode_e=True, defects=[defect]).endpoint), lambda baud: None, where="loopback:")

    with pytest.raises(LinkError, match=said):
        link.open()
