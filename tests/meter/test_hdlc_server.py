"""The meter as a secondary HDLC station: each frame in each state, and the times it keeps."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conformance.dlms.hdlc import frmr
from conformance.dlms.hdlc.address import HdlcAddress
from conformance.dlms.hdlc.control import Control, FrameType
from conformance.dlms.hdlc.frame import Frame
from conformance.dlms.hdlc.frmr import FrameReject
from conformance.dlms.hdlc.llc import COMMAND_HEADER, RESPONSE_HEADER
from conformance.dlms.hdlc.parameters import LinkParameters
from conformance.dlms.reader import decode
from conformance.meter.hdlc_server import HdlcServer
from conformance.meter.hdlc_transitions import TRANSITIONS, Action, LinkState
from tests.meter.hdlc_line import CLIENT, SERVER, Client, EchoApplication

SNRM = "7EA0070321930F017E"
DISC = "7EA00703215303C77E"
UA = "7EA00721037301407E"
DM = "7EA00721031F6BE97E"
RR = "7EA00703211115A67E"
RR_ANSWER = "7EA00721031115007E"


def kinds(frames: list[Frame]) -> list[FrameType]:
    return [frame.control.type for frame in frames]


def reject_of(frames: list[Frame]) -> FrameReject:
    (frame,) = frames
    assert frame.control.type is FrameType.FRMR
    return decode(frame.information, frmr.read, "frmr")


def test_link_is_set_up_checked_and_released_octet_for_octet() -> None:
    client = Client()
    answers = []
    for command in (RR, SNRM, RR, DISC, DISC, RR):
        answers += [frame.encode().hex().upper() for frame in client.octets(bytes.fromhex(command))]

    assert answers == [DM, UA, RR_ANSWER, UA, DM, DM]


def test_ua_after_parameters_never_exceeds_what_was_proposed_or_is_possible() -> None:
    client = Client(abilities=LinkParameters(512, 256, 7, 3))

    assert client.connect(LinkParameters(1024, 200, 1, 4)) == LinkParameters(200, 256, 4, 1)
    assert client.connect() == LinkParameters(128, 128, 1, 1)


@pytest.mark.parametrize(
    "information", ["FF", "818013050180060180070400000001080400000001", "8180030501", "8180030501" + "00"]
)
def test_snrm_with_unreadable_parameters_is_met_with_silence(information: str) -> None:
    client = Client()

    assert client.send(FrameType.SNRM, bytes.fromhex(information)) == []
    assert client.mode() == "NDM"


def test_apdu_is_served_with_its_saps_and_the_reply_has_the_llc_of_a_response() -> None:
    client = Client()
    client.connect()
    (answer,) = client.apdu(b"\xc0\x01")

    assert client.application.requests == [(16, 1, b"\xc0\x01")]
    assert answer.information == RESPONSE_HEADER + b"\x01\xc0"
    assert answer.control == Control(FrameType.I, True, receive_number=1, send_number=0)


def test_sequence_numbers_go_through_modulo_8() -> None:
    client = Client()
    client.connect()
    for index in range(20):
        (answer,) = client.apdu(bytes([0xC0, index]), ns=index % 8, nr=index % 8)

        assert (answer.control.send_number, answer.control.receive_number) == (index % 8, (index + 1) % 8)


def test_request_without_a_reply_is_acknowledged() -> None:
    client = Client()
    client.connect()

    assert client.apdu(b"\x00")[0].control == Control(FrameType.RR, True, 1)


@pytest.mark.parametrize(("window", "size"), [(1, 32), (3, 32), (7, 128), (1, 2030)])
def test_long_apdus_go_both_ways_in_segments_that_obey_sizes_and_window(window: int, size: int) -> None:
    client = Client(abilities=LinkParameters(size, size, window, window))
    client.connect(LinkParameters(size, size, window, window))
    apdu = bytes(range(1, 256)) * 6
    message = COMMAND_HEADER + apdu
    answers: list[Frame] = []
    segments = [message[start : start + size] for start in range(0, len(message), size)]
    for index, segment in enumerate(segments):
        answers = client.send(FrameType.I, segment, ns=index % 8, segmented=index < len(segments) - 1)
        if index < len(segments) - 1:
            assert answers[0].control == Control(FrameType.RR, True, (index + 1) % 8)
    collected, number = bytearray(), 0
    while answers:
        assert len(answers) <= window
        assert [frame.control.poll_final for frame in answers] == [False] * (len(answers) - 1) + [True]
        for frame in answers:
            assert frame.control.send_number == number
            assert len(frame.information) <= size
            collected += frame.information
            number = (number + 1) % 8
        answers = client.send(FrameType.RR, nr=number) if answers[-1].segmented else []

    assert bytes(collected) == RESPONSE_HEADER + apdu[::-1]


def test_windowed_request_is_acknowledged_only_where_it_polls() -> None:
    client = Client(abilities=LinkParameters(128, 128, 4, 4))
    client.connect(LinkParameters(128, 128, 4, 4))

    assert client.send(FrameType.I, COMMAND_HEADER + b"\xc0", ns=0, poll=False, segmented=True) == []
    assert client.send(FrameType.I, b"\xc1", ns=1, poll=False, segmented=True) == []
    assert client.send(FrameType.I, b"\xc2", ns=2)[0].information == RESPONSE_HEADER + b"\xc2\xc1\xc0"


def test_repeated_request_is_served_once_and_its_reply_sent_again() -> None:
    client = Client()
    client.connect()

    assert client.apdu(b"\xc0") == client.apdu(b"\xc0")
    assert client.application.requests == [(16, 1, b"\xc0")]


def test_lost_reply_is_sent_again_when_polled() -> None:
    client = Client()
    client.connect()
    reply = client.apdu(b"\xc0")

    assert client.send(FrameType.RR, nr=0) == reply
    assert client.send(FrameType.RR, nr=1)[0].control == Control(FrameType.RR, True, 1)


def test_busy_client_gets_no_information_until_it_is_ready() -> None:
    client = Client()
    client.connect(LinkParameters(128, 32))
    client.apdu(b"\xc0" * 20)
    more = client.apdu(b"\xc0" * 60, ns=1, nr=1)

    assert kinds(client.send(FrameType.RNR, nr=2)) == [FrameType.RR]
    assert kinds(more) == kinds(client.send(FrameType.RR, nr=2)) == [FrameType.I]


def test_wrong_send_number_is_not_delivered_and_the_right_one_still_is() -> None:
    client = Client()
    client.connect()

    assert client.apdu(b"\xc0", ns=1)[0].control == Control(FrameType.RR, True, 0)
    assert client.application.requests == []
    assert kinds(client.apdu(b"\xc0", ns=0)) == [FrameType.I]


@pytest.mark.parametrize(
    ("kind", "information", "numbers", "reason"),
    [
        (FrameType.UNKNOWN, b"", {"undefined": 0xFF}, "w"),
        (FrameType.REJ, b"", {}, "w"),
        (FrameType.RR, b"\x01", {}, "x"),
        (FrameType.I, bytes(129), {}, "y"),
        (FrameType.RR, b"", {"nr": 1}, "z"),
        (FrameType.I, COMMAND_HEADER + b"\xc0", {"nr": 3}, "z"),
    ],
)
def test_frame_is_rejected_with_its_reason_until_the_link_is_set_up_again(
    kind: FrameType, information: bytes, numbers: dict, reason: str
) -> None:
    client = Client()
    client.connect()
    answer = client.send(kind, information, **numbers)
    reject = reject_of(answer)
    expected = {"w", "x"} if reason == "x" else {reason}

    assert {name for name in "wxyz" if getattr(reject, name)} == expected
    assert reject.rejected_control == Control(kind, True, numbers.get("nr", 0), 0, numbers.get("undefined", 0)).encode()
    assert client.application.requests == []
    assert client.send(FrameType.RR) == answer
    assert kinds(client.send(FrameType.SNRM)) == [FrameType.UA]
    assert client.mode() == "NRM"


@pytest.mark.parametrize("information", [b"\xc0\x01", b"\xe6\xe7\x00\xc0", b""])
def test_information_without_the_llc_of_a_command_is_dropped(information: bytes) -> None:
    client = Client()
    client.connect()

    assert client.send(FrameType.I, information)[0].control == Control(FrameType.RR, True, 1)
    assert client.application.requests == []


def test_second_snrm_begins_anew_and_the_application_learns_of_it() -> None:
    client = Client()
    client.connect()
    client.apdu(b"\xc0")

    assert client.application.lost == []
    client.connect()
    assert client.application.lost == [(16, 1)]
    assert client.apdu(b"\xc0")[0].control == Control(FrameType.I, True, 1, 0)


def test_unnumbered_information_is_served_without_moving_the_sequence() -> None:
    client = Client()

    assert client.send(FrameType.UI, COMMAND_HEADER + b"\xc0") == []
    assert client.application.requests == []
    client.connect()
    assert client.send(FrameType.UI, COMMAND_HEADER + b"\xc0", poll=False) == []
    (answer,) = client.send(FrameType.UI, COMMAND_HEADER + b"\xc1\xc0")
    assert (answer.control.type, answer.information) == (FrameType.UI, RESPONSE_HEADER + b"\xc0\xc1")
    assert client.apdu(b"\xc0")[0].control == Control(FrameType.I, True, 1, 0)


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


EXPECTED = {
    Action.SET_UP: {FrameType.UA},
    Action.RELEASE: {FrameType.UA},
    Action.ANSWER_DM: {FrameType.DM},
    Action.TAKE_INFORMATION: {FrameType.I, FrameType.RR},
    Action.GO_ON: {FrameType.I, FrameType.RR},
    Action.WAIT: {FrameType.RR},
    Action.TAKE_UNNUMBERED: {FrameType.UI, FrameType.RR, None},
    Action.REJECT_CONTROL: {FrameType.FRMR},
    Action.REPEAT_REJECT: {FrameType.FRMR},
    Action.IGNORE: {None},
}


@pytest.mark.parametrize("state", LinkState)
def test_every_control_field_in_every_state_gets_what_the_table_says(state: LinkState) -> None:
    for octet in range(256):
        client = Client()
        if state is not LinkState.NDM:
            client.connect()
        if state is LinkState.FRAME_REJECT:
            client.send(FrameType.UNKNOWN, undefined=0xFF)
        control = Control.decode(octet)
        answers = client.octets(Frame(SERVER, CLIENT, control).encode())
        action = TRANSITIONS.get((state, control.type), Action.IGNORE)

        if not control.poll_final:
            assert answers == [], control
        elif control.receive_number and action in (Action.TAKE_INFORMATION, Action.GO_ON, Action.WAIT):
            assert reject_of(answers).z, control
        else:
            assert {answers[0].control.type if answers else None} <= EXPECTED[action], control
            assert all(answer.control.poll_final for answer in answers)


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
