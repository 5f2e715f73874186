"""UDP links: one datagram each way at a time, from nobody but the peer."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest

from conformance.link.link import LineFault, LinkClosed, LinkError
from conformance.link.udp import UdpLink

LONG_S = 5.0


@pytest.fixture
def peer() -> Iterator[socket.socket]:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as made:
        made.bind(("127.0.0.1", 0))
        made.settimeout(LONG_S)
        yield made


@pytest.fixture
def link(peer: socket.socket) -> Iterator[UdpLink]:
    made = UdpLink("127.0.0.1", peer.getsockname()[1])
    made.open()
    yield made
    made.close()


def test_what_is_sent_at_a_time_is_one_datagram(peer: socket.socket, link: UdpLink) -> None:
    link.send(b"one")
    link.send(b"two")

    assert [peer.recv(100), peer.recv(100)] == [b"one", b"two"]


def test_datagrams_come_one_by_one_and_empty_ones_are_nothing(peer: socket.socket, link: UdpLink) -> None:
    link.send(b"?")
    _, address = peer.recvfrom(100)
    for datagram in (b"first", b"", b"second"):
        peer.sendto(datagram, address)
    until = link.clock.now() + LONG_S

    assert [link.receive(until), link.receive(until)] == [b"first", b"second"]
    assert link.receive(link.clock.now() + 0.02) == b""


def test_what_somebody_else_sends_is_not_heard(peer: socket.socket, link: UdpLink) -> None:
    link.send(b"?")
    _, address = peer.recvfrom(100)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger:
        stranger.sendto(b"forged", address)
        peer.sendto(b"true", address)

        assert link.receive(link.clock.now() + LONG_S) == b"true"


def test_nobody_listening_is_a_fault_of_the_line(peer: socket.socket, link: UdpLink) -> None:
    port = peer.getsockname()[1]
    peer.close()
    link.send(b"?")

    with pytest.raises(LineFault, match=f"udp://127.0.0.1:{port}: nobody listens there.+check the port"):
        link.receive(link.clock.now() + LONG_S)


def test_what_does_not_fit_into_a_datagram_is_told(link: UdpLink) -> None:
    with pytest.raises(LineFault, match="the network failed"):
        link.send(bytes(70_000))


def test_unknown_host_is_said_with_what_to_do() -> None:
    with pytest.raises(LinkError, match=r"udp://no-such-host\.invalid:4059: .*check"):
        UdpLink("no-such-host.invalid", 4059).open()


def test_link_that_is_not_open_says_so() -> None:
    with pytest.raises(LinkClosed, match="not open"):
        UdpLink("127.0.0.1", 4059).send(b"early")
