"""Listening for pushes: in memory and at a port of this host, always bounded."""

from __future__ import annotations

import socket

import pytest

from conformance.link import socket_listener
from conformance.link.clock import VirtualClock
from conformance.link.link import LinkError
from conformance.link.push_network import MOST_WAITING, VirtualNetwork
from conformance.link.push_sockets import SocketNetwork
from conformance.link.socket_listener import SocketListener
from conformance.link.url import parse_url


class Ticking:
    """Sends something at each of its moments."""

    def __init__(self, network: VirtualNetwork, *moments: float) -> None:
        self.network = network
        self.moments = list(moments)

    def next_timer(self) -> float | None:
        return self.moments[0] if self.moments else None

    def tick(self, now: float) -> None:
        self.network.send("tcp", "192.0.2.1:4059", f"{self.moments.pop(0):g}".encode())


def test_a_listener_in_memory_lets_the_meter_act_while_it_waits() -> None:
    network = VirtualNetwork(VirtualClock())
    network.driven = Ticking(network, 2.0, 5.0)
    listener = network.listener(parse_url("tcp://0.0.0.0:4059"))
    listener.open()
    first = listener.receive(10.0)
    assert first is not None
    assert (first.octets, network.clock.now()) == (b"2", 2.0)
    assert listener.receive(4.0) is None
    assert network.clock.now() == 4.0
    second = listener.receive(10.0)
    assert second is not None
    assert second.octets == b"5"


def test_what_is_sent_to_nobody_fails_over_tcp_and_is_lost_over_udp() -> None:
    network = VirtualNetwork(VirtualClock())
    listener = network.listener(parse_url("tcp://192.0.2.1:4059"))
    listener.open()
    assert network.send("tcp", "192.0.2.1:4060", b"x").failed
    assert network.send("tcp", "192.0.2.2:4059", b"x").failed
    assert not network.send("udp", "192.0.2.1:4059", b"x").failed
    assert listener.receive(1.0) is None


def test_an_answer_goes_back_to_who_sent_until_that_has_closed() -> None:
    network = VirtualNetwork(VirtualClock())
    listener = network.listener(parse_url("tcp://192.0.2.1:4059"))
    listener.open()
    exchange = network.send("tcp", "192.0.2.1:4059", b"x")
    arrival = listener.receive(0.0)
    assert arrival is not None
    listener.answer(arrival.peer, b"yes")
    assert (exchange.received(), exchange.received()) == (b"yes", b"")
    exchange.close()
    listener.answer(arrival.peer, b"more")
    assert exchange.received() == b""


def test_a_place_in_memory_is_listened_at_once_only_and_takes_a_bounded_number() -> None:
    network = VirtualNetwork(VirtualClock())
    listener = network.listener(parse_url("udp://192.0.2.1:4059"))
    listener.open()
    with pytest.raises(LinkError, match="listens there already"):
        network.listener(parse_url("udp://192.0.2.1:4059")).open()
    for _ in range(MOST_WAITING + 3):
        network.send("udp", "192.0.2.1:4059", b"x")
    assert listener.refused == 3


def test_a_timer_that_never_moves_on_is_told() -> None:
    class Stuck:
        def next_timer(self) -> float:
            return 0.0

        def tick(self, now: float) -> None:
            pass

    network = VirtualNetwork(VirtualClock())
    network.driven = Stuck()
    listener = network.listener(parse_url("udp://192.0.2.1:4059"))
    listener.open()
    with pytest.raises(LinkError, match="does not move on"):
        listener.receive(1.0)


@pytest.mark.parametrize("scheme", ["tcp", "udp"])
def test_octets_come_in_at_a_port_of_this_host_and_an_answer_goes_back(scheme: str) -> None:
    listener, network = SocketListener(parse_url(f"{scheme}://127.0.0.1:0")), SocketNetwork()
    listener.open()
    try:
        exchange = network.send("udp" if scheme == "udp" else "tcp", f"127.0.0.1:{listener.url.port}", b"push")
        arrival = listener.receive(listener.clock.now() + 5.0)
        assert arrival is not None
        assert arrival.octets == b"push"
        listener.answer(arrival.peer, b"confirm")
        until = listener.clock.now() + 5.0
        back = b""
        while not back and listener.clock.now() < until:
            listener.receive(listener.clock.now() + 0.01)
            back = exchange.received()
        assert back == b"confirm"
        assert exchange.delivered
    finally:
        network.close()
        listener.close()


def test_a_port_in_use_or_an_address_of_another_host_is_told() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        for url in (f"tcp://127.0.0.1:{taken.getsockname()[1]}", "tcp://192.0.2.1:4059"):
            with pytest.raises(LinkError, match="cannot listen"):
                SocketListener(parse_url(url)).open()


def test_a_listener_takes_no_more_octets_and_connections_than_its_bounds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket_listener, "MOST_OCTETS", 10)
    monkeypatch.setattr(socket_listener, "MOST_CONNECTIONS", 1)
    listener = SocketListener(parse_url("tcp://127.0.0.1:0"))
    listener.open()
    where = ("127.0.0.1", listener.url.port)
    try:
        with socket.create_connection(where, 2.0) as first, socket.create_connection(where, 2.0):
            first.sendall(b"12345678")
            arrival = listener.receive(listener.clock.now() + 5.0)
            assert arrival is not None
            first.sendall(b"12345678")
            assert listener.receive(listener.clock.now() + 0.2) is None
    finally:
        listener.close()
    assert listener.refused == 2


def test_a_destination_that_is_none_and_too_many_at_a_time_fail_at_once() -> None:
    network = SocketNetwork()
    assert "no HOST:PORT" in network.send("tcp", "nowhere", b"").failed
    assert "no HOST:PORT" in network.send("tcp", "127.0.0.1:99999", b"").failed
    network.close()
