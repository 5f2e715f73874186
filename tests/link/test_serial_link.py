"""Serial links over pseudo terminals: what comes, what goes, and what is said when it fails."""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Iterator

import pytest
from serial import SerialException

from conformance.link.link import LineFault, LinkClosed, LinkError
from conformance.link.make import Links
from conformance.link.serial_link import SerialLink
from conformance.link.url import parse_url
from tests.link.ports import Device, Wire

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no pseudo terminals")
LONG_S = 5.0


@pytest.fixture
def wire() -> Iterator[Wire]:
    made = Wire()
    yield made
    made.pull()


@pytest.fixture
def link(wire: Wire) -> Iterator[SerialLink]:
    made = SerialLink(parse_url(f"serial:{wire.path}"))
    made.open()
    yield made
    made.release()


def received(link: SerialLink, size: int) -> bytes:
    until = link.clock.now() + LONG_S
    octets = b""
    while len(octets) < size and link.clock.now() < until:
        octets += link.receive(until)
    return octets


def test_every_octet_value_goes_there_and_back_unchanged(wire: Wire, link: SerialLink) -> None:
    octets = bytes(range(256)) * 4
    with Device(wire, lambda heard: heard):
        link.send(octets)
        assert received(link, len(octets)) == octets


def test_nothing_in_time_is_nothing(link: SerialLink) -> None:
    before = link.clock.now()

    assert link.receive(before + 0.05) == b""
    assert 0.05 <= link.clock.now() - before < 1.0


def test_opened_again_it_drops_what_came_meanwhile(wire: Wire, link: SerialLink) -> None:
    wire.say(b"late")
    link.close()
    with pytest.raises(LinkClosed, match="not open"):
        link.send(b"x")
    link.open()

    assert link.receive(link.clock.now() + 0.05) == b""


def test_a_port_that_vanishes_is_a_fault_of_the_line(wire: Wire, link: SerialLink) -> None:
    wire.pull()

    with pytest.raises(LineFault, match=f"serial:{wire.path}: the port vanished; was the adapter pulled"):
        link.receive(link.clock.now() + LONG_S)
    with pytest.raises(LinkError, match="no such port"):
        link.open()


def test_sending_to_a_port_that_vanished_is_told_too(wire: Wire, link: SerialLink) -> None:
    wire.pull()

    with pytest.raises(LineFault, match="the port vanished"):
        link.send(b"x")


def test_a_port_in_use_is_said_with_what_to_do(wire: Wire, link: SerialLink) -> None:
    with pytest.raises(LinkError, match="in use; close the program that has it"):
        SerialLink(parse_url(f"serial:{wire.path}")).open()


def test_a_port_that_was_given_back_can_be_opened_by_another(wire: Wire, link: SerialLink) -> None:
    link.release()
    other = SerialLink(parse_url(f"serial:{wire.path}"))
    other.open()
    other.release()


@pytest.mark.parametrize(
    ("path", "words"),
    [("/dev/no-such-port", "no such port; this host has"), (os.devnull, "is no serial port that can be used")],
)
def test_what_is_no_port_is_said_with_what_to_do(path: str, words: str) -> None:
    with pytest.raises(LinkError, match=words):
        SerialLink(parse_url(f"serial:{path}")).open()


def test_a_port_that_does_not_take_the_settings_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        import termios

        raise termios.error(22, "Invalid argument")

    monkeypatch.setattr("conformance.link.serial_port.serial_for_url", refuse)
    with pytest.raises(LinkError, match="does not take 8E1 at 9600 baud"):
        SerialLink(parse_url("serial:/dev/ttyS9?parity=even")).open()


def test_without_permission_the_group_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise SerialException(errno.EACCES, "could not open port")

    monkeypatch.setattr("conformance.link.serial_port.serial_for_url", refuse)
    with pytest.raises(LinkError, match="no permission; let your user into the group"):
        SerialLink(parse_url("serial:/dev/ttyS9")).open()


def test_an_echoing_head_is_not_heard(wire: Wire) -> None:
    links = Links(parse_url(f"serial:{wire.path}?echo=true"))
    link = links.make()
    link.open()
    with Device(wire, lambda heard: heard + (b"reply" if heard.endswith(b"!") else b"")):
        link.send(b"request!")
        octets = b""
        while len(octets) < 5:
            octets += link.receive(link.clock.now() + LONG_S)
    links.release()

    assert octets == b"reply"
