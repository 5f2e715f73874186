"""The meter's end of an HDLC line: addresses, what is no frame, the times it keeps."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conformance.dlms.hdlc.address import HdlcAddress
from conformance.dlms.hdlc.control import Control, FrameType
from conformance.dlms.hdlc.frame import Frame
from conformance.dlms.hdlc.llc import COMMAND_HEADER
from conformance.dlms.hdlc.parameters import LinkParameters
from conformance.meter.hdlc_server import HdlcServer
from tests.meter.hdlc_line import CLIENT, SERVER, Client, EchoApplication

SNRM = "7EA0070321930F017E"
DISC = "7EA00703215303C77E"
UA = "7EA00721037301407E"
RR = "7EA00703211115A67E"


def kinds(frames: list[Frame]) -> list[FrameType]:
    return [frame.control.type for frame in frames]


@pytest.mark.parametrize(
    ("server", "client"),
    [
        (HdlcAddress(2), CLIENT),
        (HdlcAddress(0), CLIENT),
        (HdlcAddress(0x7F), CLIENT),
        (HdlcAddress(1, 17, 2), CLIENT),
        (HdlcAddress(1, 0x3FFF, 4), CLIENT),
        (HdlcAddress(0x3FFF, 16, 4), CLIENT),
        (HdlcAddress(1, 0, 2), CLIENT),
        (SERVER, HdlcAddress(0)),
        (SERVER, HdlcAddress(0x7F)),
        (SERVER, HdlcAddress(0, 16, 2)),
    ],
)
def test_foreign_and_special_addresses_are_met_with_silence(server: HdlcAddress, client: HdlcAddress) -> None:
    line = Client()
    line.connect()

    for kind in (FrameType.SNRM, FrameType.DISC, FrameType.RR):
        assert line.send(kind, server=server, client=client) == []
    assert line.mode() == "NRM"


@pytest.mark.parametrize("server", [HdlcAddress(1), HdlcAddress(1, 16, 2), HdlcAddress(1, 16, 4)])
def test_each_form_of_the_address_is_answered_in_that_form(server: HdlcAddress) -> None:
    (answer,) = Client().send(FrameType.SNRM, server=server)

    assert (answer.destination, answer.source) == (CLIENT, server)


def test_form_of_the_address_that_is_not_served_is_met_with_silence() -> None:
    assert Client(address_lengths=(4,)).send(FrameType.SNRM) == []


def test_each_pair_of_client_and_logical_device_has_a_link_of_its_own() -> None:
    line = Client(logical_devices=(1, 17))
    pairs = list(itertools.product((HdlcAddress(1), HdlcAddress(17)), (HdlcAddress(16), HdlcAddress(32))))
    for server, client in pairs:
        assert kinds(line.send(FrameType.SNRM, server=server, client=client)) == [FrameType.UA]
        line.apdu(b"\xc0", server=server, client=client)
    line.send(FrameType.DISC, server=pairs[0][0], client=pairs[0][1])

    assert line.application.lost == [(16, 1)]
    assert [kinds(line.send(FrameType.RR, nr=1, server=server, client=client)) for server, client in pairs] == [
        [FrameType.DM],
        [FrameType.RR],
        [FrameType.RR],
        [FrameType.RR],
    ]


@pytest.mark.parametrize(
    "octets",
    [
        "7EA0070321930F007E",  # FCS
        "7E00070321930F017E",  # format type
        "7EA0080321930F017E",  # length
        "A0070321930F017E",  # no opening flag
        "7EA01E032193724F818012050180060180070400000001080400000001533B7E",  # HCS
        "7EA0032193E7",
    ],
)
def test_frames_that_are_none_are_met_with_silence_and_leave_nothing_behind(octets: str) -> None:
    client = Client()

    assert client.octets(bytes.fromhex(octets)) == []
    client.now += 1.0
    assert client.mode() == "NDM"
    assert kinds(client.octets(bytes.fromhex(SNRM))) == [FrameType.UA]


def test_closing_flag_opens_no_frame_after_an_answer() -> None:
    client = Client()
    client.octets(bytes.fromhex(SNRM))

    assert client.octets(bytes.fromhex(DISC)[1:]) == []
    assert client.mode() == "NRM"


def test_frame_that_stops_coming_is_dropped_after_the_inter_octet_timeout() -> None:
    client = Client(inter_octet_timeout_s=0.025)
    client.connect()
    client.octets(bytes.fromhex(DISC)[:-1])

    assert client.server.next_timer() == pytest.approx(0.025)
    client.now += 0.0275
    assert client.octets(b"~") == []
    assert client.mode() == "NRM"


def test_slow_octets_within_the_inter_octet_timeout_make_a_frame() -> None:
    client = Client(inter_octet_timeout_s=0.025)
    answers: list[Frame] = []
    for octet in bytes.fromhex(SNRM):
        client.now += 0.02
        answers += client.octets(bytes([octet]))

    assert kinds(answers) == [FrameType.UA]


def test_link_without_frames_ends_after_the_inactivity_timeout() -> None:
    client = Client(inactivity_timeout_s=120.0)
    client.connect()
    client.now = 96.0
    assert client.mode() == "NRM"
    client.now = 96.0 + 119.9
    assert client.server.next_timer() == 216.0
    client.server.tick(client.now)
    assert client.application.lost == []
    client.server.tick(216.0)

    assert client.application.lost == [(16, 1)]
    assert client.server.next_timer() is None
    client.now = 216.0
    assert client.mode() == "NDM"


def test_inactivity_timeout_of_zero_never_ends_a_link() -> None:
    client = Client(inactivity_timeout_s=0.0)
    client.connect()

    assert client.server.next_timer() is None
    client.now = 1e9
    assert client.mode() == "NRM"


def test_lost_physical_link_ends_all_links() -> None:
    client = Client()
    client.connect()
    client.server.disconnected(1.0)
    client.server.connected(2.0)

    assert client.application.lost == [(16, 1)]
    assert client.mode() == "NDM"


def test_answer_is_due_after_the_response_time() -> None:
    server = HdlcServer(EchoApplication(), response_time_s=0.2)
    server.receive(bytes.fromhex(SNRM), 5.0)

    assert server.outgoing(5.0) == [(5.2, bytes.fromhex(UA))]
    assert server.outgoing(5.0) == []


@pytest.mark.parametrize("abilities", [LinkParameters(2031), LinkParameters(window_receive=8)])
def test_abilities_beyond_the_standard_are_refused(abilities: LinkParameters) -> None:
    with pytest.raises(ValueError, match="at most"):
        HdlcServer(EchoApplication(), abilities=abilities)


COMMANDS = st.tuples(
    st.sampled_from(list(FrameType)),
    st.sampled_from([b"", COMMAND_HEADER + b"\xc0", COMMAND_HEADER + bytes(200), b"\xe6", LinkParameters().encode()]),
    st.integers(0, 7),
    st.integers(0, 7),
    st.booleans(),
    st.booleans(),
    st.sampled_from([0x0B, 0xFF]),
)


@settings(max_examples=100)
@given(st.lists(COMMANDS, max_size=25), st.sampled_from([1, 3, 7]))
def test_no_sequence_of_frames_breaks_the_station(commands: list[tuple], window: int) -> None:
    client = Client(abilities=LinkParameters(64, 64, window, window))
    client.send(FrameType.SNRM, LinkParameters(64, 64, window, window).encode())
    for kind, information, ns, nr, poll, segmented, undefined in commands:
        octet = undefined if kind is FrameType.UNKNOWN else 0
        answers = client.send(kind, information, ns=ns, nr=nr, poll=poll, segmented=segmented, undefined=octet)
        polls = Control(kind, poll, undefined=octet).encode() & 0x10

        assert len(answers) <= window
        assert polls or answers == []
        assert [answer.control.poll_final for answer in answers] == [False] * (len(answers) - 1) + [True] * bool(
            answers
        )
        assert all(len(answer.information) <= 64 for answer in answers)
        assert all((answer.destination, answer.source) == (CLIENT, SERVER) for answer in answers)
    assert kinds(client.send(FrameType.SNRM)) == [FrameType.UA]


@settings(max_examples=100)
@given(st.lists(st.binary(max_size=40) | st.sampled_from([bytes.fromhex(SNRM), bytes.fromhex(RR)[:6]]), max_size=15))
def test_garbage_never_raises_and_the_meter_stays_reachable(pieces: list[bytes]) -> None:
    client = Client()
    for piece in pieces:
        client.octets(piece)
        client.now += 0.01
    client.now += 1.0

    assert kinds(client.octets(bytes.fromhex(SNRM))) == [FrameType.UA]


def defective(defect: str) -> Client:
    return Client(defects=(defect,))


def test_defect_disc_in_ndm_answered_ua() -> None:
    assert kinds(defective("hdlc-disc-in-ndm-answered-ua").send(FrameType.DISC)) == [FrameType.UA]


def test_defect_second_snrm_unanswered() -> None:
    client = defective("hdlc-second-snrm-unanswered")
    client.connect()

    assert client.send(FrameType.SNRM) == []


def test_defect_llc_of_the_command_in_replies() -> None:
    client = defective("hdlc-llc-of-the-command-in-replies")
    client.connect()

    assert client.apdu(b"\xc0")[0].information == COMMAND_HEADER + b"\xc0"


def test_defect_i_frame_before_snrm_answered() -> None:
    client = defective("hdlc-i-frame-before-snrm-answered")

    assert kinds(client.apdu(b"\xc0")) == [FrameType.I]


def test_defect_link_drop_keeps_association() -> None:
    client = defective("link-drop-keeps-association")
    client.connect()
    client.send(FrameType.DISC)
    client.connect()
    client.server.disconnected(1.0)

    assert client.application.lost == []


def test_defect_wrong_fcs_accepted() -> None:
    assert kinds(defective("hdlc-wrong-fcs-accepted").octets(bytes.fromhex("7EA0070321930F007E"))) == [FrameType.UA]


def test_defects_of_a_wrong_hcs() -> None:
    wrong = "7EA01E032193724F818012050180060180070400000001080400000001533B7E"
    dead = defective("hdlc-dead-after-wrong-hcs")
    dead.octets(bytes.fromhex(wrong))

    assert dead.octets(bytes.fromhex(SNRM)) == []
    assert kinds(defective("hdlc-wrong-hcs-accepted").octets(bytes.fromhex(wrong))) == [FrameType.UA]


def test_defects_of_sequence_and_length() -> None:
    after_rr = defective("hdlc-receive-number-wrong-after-rr")
    after_rr.connect()
    any_number = defective("hdlc-invalid-receive-number-ignored")
    any_number.connect()
    any_length = defective("hdlc-too-long-information-accepted")
    any_length.connect()

    assert after_rr.send(FrameType.RR)[0].control.receive_number == 1
    assert kinds(any_number.send(FrameType.RR, nr=1)) == [FrameType.RR]
    assert kinds(any_length.apdu(b"\x00" * 200)) == [FrameType.RR]


def test_faults_of_special_addresses() -> None:
    everyone, nobody = HdlcAddress(0x7F), HdlcAddress(0)

    assert Client(defects=("hdlc-all-station-answered",)).send(FrameType.SNRM, server=everyone) != []
    assert Client(defects=("hdlc-all-station-answered",)).send(FrameType.SNRM, server=nobody) == []
    assert Client(defects=("hdlc-no-station-answered",)).send(FrameType.SNRM, server=nobody) != []


def test_faults_of_time_delay_the_reply_or_stop_amid_it() -> None:
    late = Client(defects=("hdlc-reply-late",)).server
    late.receive(bytes.fromhex(SNRM), 1.0)
    assert [due for due, _ in late.outgoing(1.0)] == [3.5]
    halting = Client(defects=("hdlc-gap-within-reply",)).server
    halting.receive(bytes.fromhex(SNRM), 1.0)
    (first, begins), (second, goes_on) = halting.outgoing(1.0)
    assert second - first == pytest.approx(0.12)
    assert begins + goes_on == bytes.fromhex(UA)
