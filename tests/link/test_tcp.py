"""TCP links and the server that puts an endpoint on a port."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest

from conformance.link.link import LinkClosed, LinkError
from conformance.link.server import TcpServer
from conformance.link.tcp import TcpLink
from tests.link.scripted import ScriptedEndpoint

LONG_S = 5.0


@pytest.fixture
def endpoints() -> list[ScriptedEndpoint]:
    return []


@pytest.fixture
def server(endpoints: list[ScriptedEndpoint]) -> Iterator[TcpServer]:
    def make() -> ScriptedEndpoint:
        endpoints.append(ScriptedEndpoint())
        return endpoints[-1]

    with TcpServer(make) as serving:
        yield serving


def opened(server: TcpServer) -> TcpLink:
    link = TcpLink("127.0.0.1", server.port)
    link.open()
    return link


def received(link: TcpLink, size: int) -> bytes:
    until = link.clock.now() + LONG_S
    octets = b""
    while len(octets) < size and link.clock.now() < until:
        octets += link.receive(until)
    return octets


def test_octets_go_there_and_back(server: TcpServer) -> None:
    link = opened(server)
    link.send(b"0123456789" * 1000)

    assert received(link, 10_000) == b"0123456789" * 1000
    link.close()


def test_each_connection_has_an_endpoint_of_its_own(server: TcpServer, endpoints: list[ScriptedEndpoint]) -> None:
    first, second = opened(server), opened(server)
    first.send(b"one")
    second.send(b"two")

    assert (received(first, 3), received(second, 3)) == (b"one", b"two")
    assert sorted(endpoint.received for endpoint in endpoints) == [b"one", b"two"]
    first.close()
    second.close()


def test_octets_due_later_are_sent_later(endpoints: list[ScriptedEndpoint]) -> None:
    with TcpServer(lambda: ScriptedEndpoint(lambda octets, now: [(now + 0.05, octets)])) as server:
        link = opened(server)
        before = link.clock.now()
        link.send(b"x")

        assert received(link, 1) == b"x"
        assert link.clock.now() - before >= 0.05
        link.close()


def test_nothing_in_time_is_nothing(server: TcpServer) -> None:
    link = opened(server)

    assert link.receive(link.clock.now() + 0.01) == b""
    link.close()


def test_endpoint_that_closes_is_told_as_closed(server: TcpServer) -> None:
    link = opened(server)
    link.send(b"bye")

    assert received(link, 3) == b"bye"
    with pytest.raises(LinkClosed, match="closed"):
        link.receive(link.clock.now() + LONG_S)
    link.close()


def test_endpoints_are_told_when_the_server_stops(endpoints: list[ScriptedEndpoint]) -> None:
    endpoint = ScriptedEndpoint()
    with TcpServer(lambda: endpoint) as server:
        link = opened(server)
        link.send(b"x")
        received(link, 1)

    assert [name for name, _ in endpoint.events] == ["connected", "disconnected"]
    link.close()


def test_port_in_use_is_said_with_what_to_do(server: TcpServer) -> None:
    with pytest.raises(LinkError) as caught:
        TcpServer(ScriptedEndpoint, port=server.port)

    assert f"127.0.0.1:{server.port}" in str(caught.value)
    assert "in use" in str(caught.value)
    assert "choose another" in str(caught.value)


def test_nobody_listening_is_said_with_what_to_do() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]

        with pytest.raises(LinkError, match=f"tcp://127.0.0.1:{port}: connection refused.+check the port"):
            TcpLink("127.0.0.1", port).open()


def test_unknown_host_is_said_with_what_to_do() -> None:
    with pytest.raises(LinkError, match=r"tcp://no-such-host\.invalid:4059: .*check"):
        TcpLink("no-such-host.invalid", 4059).open()


def test_link_that_is_not_open_says_so() -> None:
    with pytest.raises(LinkClosed, match="not open"):
        TcpLink("127.0.0.1", 4059).send(b"early")
