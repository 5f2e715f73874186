"""The meter behind the wrapper: what is served, what is met with silence, and what a connection leaves behind."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.dlms.wrapper import WrapperPdu
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


def test_defect_second_pdu_of_a_segment_lost() -> None:
    assert Connection("wrapper-second-pdu-of-a-segment-lost").send(REQUEST.encode() * 2) == [REPLY]


def test_defect_wrong_version_wedges() -> None:
    connection = Connection("wrapper-wrong-version-wedges")
    connection.send(WrapperPdu(16, 1, b"\xc0", version=2).encode())

    assert connection.send(REQUEST.encode()) == []
