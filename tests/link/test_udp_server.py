"""Endpoints on a UDP port: a datagram in, datagrams out, one endpoint for each peer, and never too many."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from conformance.dlms.wrapper import WrapperPdu
from conformance.link.link import LinkError
from conformance.link.udp_server import UdpServer
from conformance.meter.meter import build
from tests.link.scripted import ScriptedEndpoint

LONG_S = 5.0
AARQ = bytes.fromhex("601DA109060760857405080101BE10040E01000000065F1F040060FE9FFFFF")
GET = bytes.fromhex("C001C1000F0000280000FF0100")
ACCEPTED, GET_RESPONSE, REFUSED = 0x61, 0xC4, 0xD8


@contextmanager
def client(server: UdpServer) -> Iterator[socket.socket]:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as opened:
        opened.settimeout(LONG_S)
        opened.connect(("127.0.0.1", server.port))
        yield opened


def asked(peer: socket.socket, datagram: bytes) -> bytes:
    peer.send(datagram)
    return peer.recv(65536)


@pytest.fixture
def endpoints() -> list[ScriptedEndpoint]:
    return []


@pytest.fixture
def make(endpoints):
    def made() -> ScriptedEndpoint:
        endpoints.append(ScriptedEndpoint())
        return endpoints[-1]

    return made


def test_datagram_in_and_a_datagram_for_each_transmission_out() -> None:
    with (
        UdpServer(lambda: ScriptedEndpoint(lambda octets, now: [(now, b"one"), (now, octets)])) as server,
        client(server) as peer,
    ):
        assert asked(peer, b"two") == b"one"
        assert peer.recv(100) == b"two"


def test_each_peer_has_an_endpoint_of_its_own(make, endpoints) -> None:
    with UdpServer(make) as server, client(server) as first, client(server) as second:
        assert asked(first, b"one") == b"one"
        assert asked(second, b"two") == b"two"
        assert asked(first, b"three") == b"three"

    assert [endpoint.received for endpoint in endpoints] == [b"onethree", b"two"]


def test_endpoints_are_told_when_the_server_stops(make, endpoints) -> None:
    with UdpServer(make) as server, client(server) as peer:
        asked(peer, b"x")

    assert [name for name, _ in endpoints[0].events] == ["connected", "disconnected"]


def test_idle_peer_is_forgotten(make, endpoints) -> None:
    with UdpServer(make, idle_s=0.02) as server, client(server) as peer:
        asked(peer, b"x")
        until = time.monotonic() + LONG_S
        while server.peers and time.monotonic() < until:
            time.sleep(0.01)
        asked(peer, b"y")

    assert [endpoint.received for endpoint in endpoints] == [b"x", b"y"]


def test_peer_whose_endpoint_closed_begins_anew(make, endpoints) -> None:
    with UdpServer(make) as server, client(server) as peer:
        asked(peer, b"bye")
        asked(peer, b"again")

    assert [endpoint.received for endpoint in endpoints] == [b"bye", b"again"]


def test_newcomer_takes_the_place_of_who_was_unheard_longest(make, endpoints) -> None:
    with UdpServer(make, most_peers=2) as server, client(server) as one, client(server) as two, client(server) as three:
        asked(one, b"1")
        asked(two, b"2")
        asked(one, b"1")
        asked(three, b"3")
        asked(one, b"1")

        assert server.peers == 2
    assert [endpoint.received for endpoint in endpoints] == [b"111", b"2", b"3"]


def test_reply_longer_than_a_datagram_is_lost_and_the_server_goes_on() -> None:
    long_then_short = iter((bytes(70_000), b"short"))
    with (
        UdpServer(lambda: ScriptedEndpoint(lambda octets, now: [(now, next(long_then_short))])) as server,
        client(server) as peer,
    ):
        peer.send(b"long")
        assert asked(peer, b"short") == b"short"


def test_port_in_use_is_said_with_what_to_do(make) -> None:
    with UdpServer(make) as server, pytest.raises(LinkError) as caught:
        UdpServer(make, port=server.port)

    assert f"udp://127.0.0.1:{server.port}" in str(caught.value)
    assert "choose another" in str(caught.value)


def wrapped(apdu: bytes) -> bytes:
    return WrapperPdu(16, 1, apdu).encode()


def test_association_lasts_from_datagram_to_datagram_and_is_the_peers_own() -> None:
    meter = build(profile="wrapper")
    with (
        UdpServer(meter.datagram_endpoint) as server,
        client(server) as peer,
        client(server) as other,
    ):
        assert asked(peer, wrapped(AARQ))[8] == ACCEPTED
        assert asked(peer, wrapped(GET))[8] == GET_RESPONSE
        assert asked(other, wrapped(GET))[8] == REFUSED


def test_cut_datagram_does_not_swallow_the_next_one() -> None:
    meter = build(profile="wrapper")
    with UdpServer(meter.datagram_endpoint) as server, client(server) as peer:
        peer.send(wrapped(AARQ)[:-3])

        assert asked(peer, wrapped(AARQ))[8] == ACCEPTED
