"""The meter behind the wrapper: what is served, what is met with silence, and what a connection leaves behind."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.dlms.wrapper import WrapperPdu
from conformance.meter.meter import build
from conformance.meter.wrapper_server import WrapperServer
from tests.meter.hdlc_line import EchoApplication

REQUEST = WrapperPdu(16, 1, b"\xc0\x01")
REPLY = WrapperPdu(1, 16, b"\x01\xc0").encode()


class Connection:
    """A client's connection to a meter of its own."""

    def __init__(self, *defects: str, **settings: object) -> None:
        self.application = EchoApplication()
        self.now = 0.0
        self.server = WrapperServer(self.application, defects=frozenset(defects), **settings)  # type: ignore[arg-type]
        self.server.connected(self.now)

    def send(self, octets: bytes) -> list[bytes]:
        self.server.receive(octets, self.now)
        return [sent for _, sent in self.server.outgoing(self.now)]


def test_request_is_served_and_the_reply_has_the_ports_swapped() -> None:
    connection = Connection()

    assert connection.send(REQUEST.encode()) == [REPLY]
    assert connection.application.requests == [(16, 1, b"\xc0\x01")]


def test_request_without_a_reply_is_met_with_silence() -> None:
    assert Connection().send(WrapperPdu(16, 1, b"\x00").encode()) == []


def test_pdus_may_come_octet_by_octet_and_several_at_once() -> None:
    connection = Connection()
    answers: list[bytes] = []
    for octet in REQUEST.encode():
        answers += connection.send(bytes([octet]))
        connection.now += 0.5

    assert answers == [REPLY]
    assert connection.send(REQUEST.encode() * 3) == [REPLY] * 3


@pytest.mark.parametrize(
    "pdu",
    [
        WrapperPdu(16, 1, b"\xc0", version=0),
        WrapperPdu(16, 1, b"\xc0", version=2),
        WrapperPdu(16, 145, b"\xc0"),
        WrapperPdu(99, 1, b"\xc0"),
    ],
)
def test_wrong_version_and_unknown_wport_are_met_with_silence_and_the_next_is_served(pdu: WrapperPdu) -> None:
    connection = Connection(client_saps=(16,))

    assert connection.send(pdu.encode()) == []
    assert connection.application.requests == []
    assert connection.send(REQUEST.encode()) == [REPLY]


@pytest.mark.parametrize("length", [0, 1, 3, 0xFFFF])
def test_wrong_length_does_not_wedge_the_connection(length: int) -> None:
    connection = Connection()
    octets = REQUEST.encode()
    connection.send(octets[:6] + length.to_bytes(2, "big") + octets[8:])
    connection.now += 1.1

    assert connection.send(REQUEST.encode()) == [REPLY]


def test_pdu_that_stops_coming_is_dropped_in_time() -> None:
    connection = Connection(partial_pdu_timeout_s=1.0, inactivity_timeout_s=0.0)
    connection.send(REQUEST.encode()[:5])

    assert connection.server.next_timer() == 1.0
    connection.server.tick(1.0)
    assert connection.server.next_timer() is None


def test_associations_end_with_the_connection_that_carried_them() -> None:
    connection = Connection(logical_devices=(1, 17))
    connection.send(REQUEST.encode() + WrapperPdu(32, 17, b"\xc0").encode())
    connection.server.disconnected(1.0)
    connection.server.disconnected(2.0)

    assert connection.application.lost == [(16, 1), (32, 17)]


def test_idle_connection_is_closed_by_the_meter() -> None:
    connection = Connection(inactivity_timeout_s=180.0)
    connection.send(REQUEST.encode())

    assert connection.server.next_timer() == 180.0
    connection.server.tick(179.9)
    assert not connection.server.closed
    connection.server.tick(180.0)
    assert connection.server.closed
    assert connection.application.lost == [(16, 1)]
    assert connection.server.next_timer() is None
    assert connection.send(REQUEST.encode()) == []


def test_new_connection_to_the_same_endpoint_begins_clean() -> None:
    connection = Connection(inactivity_timeout_s=180.0)
    connection.send(REQUEST.encode()[:5])
    connection.server.tick(180.0)
    connection.server.connected(200.0)
    connection.now = 200.0

    assert connection.send(REQUEST.encode()) == [REPLY]


@given(st.lists(st.binary(max_size=30) | st.just(REQUEST.encode()), max_size=12))
def test_garbage_never_raises_and_the_meter_stays_reachable(pieces: list[bytes]) -> None:
    connection = Connection()
    for piece in pieces:
        connection.send(piece)
    connection.now += 1.0
    connection.server.tick(connection.now)

    assert connection.send(REQUEST.encode()) == [REPLY]


def test_defect_link_drop_keeps_association() -> None:
    connection = Connection("link-drop-keeps-association")
    connection.send(REQUEST.encode())
    connection.server.disconnected(1.0)

    assert connection.application.lost == []


def test_empty_pdu_has_no_effect() -> None:
    connection = Connection()

    assert connection.send(WrapperPdu(16, 1, b"").encode() + REQUEST.encode())[-1:] == [REPLY]


class Datagrams(Connection):
    """A client of the meter's UDP port."""

    def __init__(self, *defects: str, **settings: object) -> None:
        super().__init__(*defects, datagrams=True, **settings)


def test_each_datagram_is_answered_by_one_of_its_own() -> None:
    assert Datagrams().send(REQUEST.encode()) == [REPLY]
    assert Datagrams().send(REQUEST.encode() * 2) == [REPLY, REPLY]


@pytest.mark.parametrize("end", [0, 3, 8, 9])
def test_cut_datagram_has_nothing_to_do_with_the_next(end: int) -> None:
    client = Datagrams()

    assert client.send(REQUEST.encode()[:end]) == []
    assert client.send(REQUEST.encode()[end:]) == ([] if end else [REPLY])
    assert client.send(REQUEST.encode()) == [REPLY]


def test_octets_behind_the_pdu_of_a_datagram_are_dropped() -> None:
    client = Datagrams()

    assert client.send(REQUEST.encode() + b"\x00\x01\x00") == [REPLY]
    assert client.send(REQUEST.encode()) == [REPLY]


def test_client_that_is_not_heard_of_over_udp_loses_its_associations_and_may_come_back() -> None:
    client = Datagrams(inactivity_timeout_s=180.0)
    assert client.server.next_timer() is None
    client.send(REQUEST.encode())
    assert client.server.next_timer() == 180.0

    client.server.tick(180.0)

    assert client.application.lost == [(16, 1)]
    assert not client.server.closed
    assert client.server.next_timer() is None
    client.now = 181.0
    assert client.send(REQUEST.encode()) == [REPLY]


def test_meter_of_the_hdlc_profile_takes_no_datagrams() -> None:
    with pytest.raises(ValueError, match="'hdlc' does not go over UDP"):
        build(profile="hdlc").datagram_endpoint()


def garbled(**fields: bytes) -> bytes:
    """REQUEST with other octets in its header."""
    places = {"version": 0, "source": 2, "destination": 4, "length": 6}
    octets = bytearray(REQUEST.encode())
    for name, value in fields.items():
        octets[places[name] : places[name] + 2] = value
    return bytes(octets)


@pytest.mark.parametrize(
    ("defect", "sent", "answers"),
    [
        ("wrapper-second-pdu-of-a-segment-lost", [REQUEST.encode() * 2], [REPLY]),
        ("wrapper-wrong-version-wedges", [garbled(version=b"\0\2"), REQUEST.encode()], []),
        ("wrapper-version-ignored", [garbled(version=b"\0\2")], [REPLY]),
        ("wrapper-reply-version-zero", [REQUEST.encode()], [b"\0\0" + REPLY[2:]]),
        ("wrapper-ports-not-swapped", [REQUEST.encode()], [WrapperPdu(16, 1, b"\x01\xc0").encode()]),
        (
            "wrapper-unknown-destination-served",
            [garbled(destination=b"\0\x91")],
            [WrapperPdu(0x91, 16, b"\x01\xc0").encode()],
        ),
        ("wrapper-unknown-source-served", [garbled(source=b"\0\x63")], [WrapperPdu(1, 0x63, b"\x01\xc0").encode()]),
        ("wrapper-empty-pdu-kills", [WrapperPdu(16, 1, b"").encode(), REQUEST.encode()], []),
        ("wrapper-split-pdu-lost", [REQUEST.encode()[:8], REQUEST.encode()[8:], REQUEST.encode()], [REPLY]),
        (
            "wrapper-beginning-of-next-pdu-lost",
            [REQUEST.encode() + REQUEST.encode()[:5], REQUEST.encode()[5:]],
            [REPLY],
        ),
        ("wrapper-length-ignored", [garbled(length=b"\xff\xff")], [REPLY]),
        ("wrapper-reply-length-counts-the-header", [REQUEST.encode()], [REPLY[:7] + b"\x0a" + REPLY[8:]]),
    ],
)
def test_defects_of_header_and_length(defect: str, sent: list[bytes], answers: list[bytes]) -> None:
    """Each shows in what goes in and out, and the sound meter does otherwise."""
    faulty, sound = Connection(defect, client_saps=(16,)), Connection(client_saps=(16,))

    assert [answer for octets in sent for answer in faulty.send(octets)] == answers
    assert [answer for octets in sent for answer in sound.send(octets)] != answers


def test_defect_source_looked_at_once() -> None:
    connection = Connection("wrapper-source-looked-at-once")
    connection.send(REQUEST.encode())
    connection.send(WrapperPdu(32, 1, b"\xc0").encode())

    assert [client for client, _, _ in connection.application.requests] == [16, 16]


@pytest.mark.parametrize(
    ("defect", "datagrams"),
    [
        ("wrapper-udp-reply-in-two-datagrams", [REPLY[:8], REPLY[8:], REPLY[:8], REPLY[8:]]),
        ("wrapper-udp-replies-in-one-datagram", [REPLY + REPLY]),
    ],
)
def test_defects_of_datagrams_show_over_udp_only(defect: str, datagrams: list[bytes]) -> None:
    assert Datagrams(defect).send(REQUEST.encode() * 2) == datagrams
    assert Connection(defect).send(REQUEST.encode() * 2) == [REPLY, REPLY]


def test_defect_datagrams_joined() -> None:
    client = Datagrams("wrapper-udp-datagrams-joined")
    client.send(REQUEST.encode()[:9])

    assert client.send(REQUEST.encode()[9:]) == [REPLY]
