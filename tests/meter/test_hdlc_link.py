"""One data link of the meter: each frame in each state, sequence, segments, windows."""

from __future__ import annotations

import pytest

from conformance.dlms.hdlc import frmr
from conformance.dlms.hdlc.control import Control, FrameType
from conformance.dlms.hdlc.frame import Frame
from conformance.dlms.hdlc.frmr import FrameReject
from conformance.dlms.hdlc.llc import COMMAND_HEADER, RESPONSE_HEADER
from conformance.dlms.hdlc.parameters import LinkParameters
from conformance.dlms.reader import decode
from conformance.meter.hdlc_transitions import TRANSITIONS, Action, LinkState
from tests.meter.hdlc_line import CLIENT, SERVER, Client

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


def test_frame_lost_from_a_window_of_requests_is_asked_for_by_its_number() -> None:
    client = Client(abilities=LinkParameters(128, 128, 7, 7))
    client.connect(LinkParameters(128, 128, 7, 7))
    client.send(FrameType.I, COMMAND_HEADER + b"\xc0", ns=0, poll=False, segmented=True)

    assert client.send(FrameType.I, b"\xc2", ns=2)[0].control == Control(FrameType.RR, True, 1)
    client.send(FrameType.I, b"\xc1", ns=1, poll=False, segmented=True)
    assert client.send(FrameType.I, b"\xc2", ns=2)[0].information == RESPONSE_HEADER + b"\xc2\xc1\xc0"
    assert client.application.requests == [(16, 1, b"\xc0\xc1\xc2")]


def test_second_snrm_drops_what_waits_to_be_sent() -> None:
    client = Client()
    client.connect(LinkParameters(128, 32))
    client.apdu(b"\xc0" * 60)
    client.connect()

    assert client.send(FrameType.RR)[0].control == Control(FrameType.RR, True, 0)


def duplicate(*defects: str) -> tuple[list[Frame], list[Frame], int]:
    """The answers to a request and to its repetition, and how often it was served."""
    client = Client(defects=defects)
    client.connect()
    return client.apdu(b"\xc0"), client.apdu(b"\xc0"), len(client.application.requests)


def test_faults_of_duplicates() -> None:
    assert duplicate("hdlc-duplicate-served-again")[2] == 2
    assert duplicate("hdlc-duplicate-counted")[1][0].control.receive_number == 2
    assert duplicate("hdlc-duplicate-unanswered")[1] == []


def test_fault_of_joining_a_repeated_segment() -> None:
    client = Client(defects=("hdlc-duplicate-segment-joined",))
    client.connect()
    for _ in range(2):
        client.send(FrameType.I, COMMAND_HEADER + b"\xc0", segmented=True)
    client.send(FrameType.I, b"\xc1", ns=1)

    assert client.application.requests == [(16, 1, b"\xc0" + COMMAND_HEADER + b"\xc0\xc1")]


@pytest.mark.parametrize(
    ("defect", "information", "served"),
    [
        ("hdlc-apdu-without-llc-served", b"\xc0\x01", b"\xc0\x01"),
        ("hdlc-llc-of-a-response-served", RESPONSE_HEADER + b"\xc0\x01", b"\xc0\x01"),
    ],
)
def test_faults_of_the_llc_header(defect: str, information: bytes, served: bytes) -> None:
    client = Client(defects=(defect,))
    client.connect()
    client.send(FrameType.I, information)

    assert client.application.requests == [(16, 1, served)]


def test_faults_of_unnumbered_information() -> None:
    served = Client(defects=("hdlc-ui-in-ndm-served",))
    assert kinds(served.send(FrameType.UI, COMMAND_HEADER + b"\xc0")) == [FrameType.UI]
    hasty = Client(defects=("hdlc-ui-answered-without-poll",))
    hasty.connect()
    assert kinds(hasty.send(FrameType.UI, COMMAND_HEADER + b"\xc0", poll=False)) == [FrameType.UI]
    counting = Client(defects=("hdlc-ui-counted",))
    counting.connect()
    counting.send(FrameType.UI, COMMAND_HEADER + b"\xc0")
    assert counting.send(FrameType.RR)[0].control.receive_number == 1
