"""An endpoint on a pseudo terminal: octets as they are, in the time they take, and no connection to lose."""

from __future__ import annotations

import os
import select
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from conformance.link.line_model import LineModel
from conformance.link.link import LinkError
from conformance.link.pty_server import PtyServer
from conformance.meter.meter import build
from tests.link.scripted import ScriptedEndpoint

WINDOWS = sys.platform == "win32"
on_posix = pytest.mark.skipif(WINDOWS, reason="Windows has no pseudo terminals")
LONG_S = 5.0
SNRM = bytes.fromhex("7EA0070321930F017E")
RR = bytes.fromhex("7EA00703211115A67E")
RR_ANSWERED = bytes.fromhex("7EA00721031115007E")
UA, DM = 0x73, 0x1F


@contextmanager
def port(server: PtyServer) -> Iterator[int]:
    descriptor = os.open(server.path, os.O_RDWR | os.O_NOCTTY)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def received(descriptor: int, size: int) -> bytes:
    until = time.monotonic() + LONG_S
    octets = b""
    while len(octets) < size and select.select([descriptor], [], [], max(0.0, until - time.monotonic()))[0]:
        octets += os.read(descriptor, 4096)
    return octets


def arrivals(descriptor: int, size: int) -> list[tuple[float, int]]:
    """When parts of the next `size` octets arrived, and of how many octets."""
    parts = []
    while sum(count for _, count in parts) < size:
        octets = received(descriptor, 1)
        assert octets, parts
        parts.append((time.monotonic(), len(octets)))
    return parts


@on_posix
def test_every_octet_goes_there_and_back_as_it_is() -> None:
    octets = bytes(range(256)) * 8
    with PtyServer(ScriptedEndpoint()) as server, port(server) as client:
        os.write(client, octets)

        assert received(client, len(octets)) == octets


@on_posix
def test_embedded_meter_answers_on_its_port() -> None:
    with PtyServer(build().endpoint()) as server, port(server) as client:
        os.write(client, SNRM)

        assert received(client, 9)[5] == UA


@on_posix
def test_data_link_outlives_a_client_that_closes_the_port_and_comes_again() -> None:
    endpoint = build().endpoint()
    with PtyServer(endpoint) as server:
        with port(server) as client:
            os.write(client, SNRM)
            assert received(client, 9).startswith(b"\x7e")
            time.sleep(0.05)
        with port(server) as client:
            while select.select([client], [], [], 0.05)[0]:
                os.read(client, 4096)
            os.write(client, RR)

            assert received(client, len(RR_ANSWERED)) == RR_ANSWERED


@on_posix
def test_inactivity_timeout_ends_the_data_link_of_a_client_that_went() -> None:
    with PtyServer(build(inactivity_timeout_s=1).endpoint()) as server:
        with port(server) as client:
            os.write(client, SNRM)
            received(client, 9)
        time.sleep(1.1)
        with port(server) as client:
            while select.select([client], [], [], 0.02)[0]:
                os.read(client, 4096)
            os.write(client, RR)

            assert received(client, 9)[5] == DM


@on_posix
def test_server_without_a_client_rests() -> None:
    with PtyServer(build().endpoint(), model=LineModel(baud=9600)) as server:
        with port(server) as client:
            os.write(client, SNRM)
            received(client, 9)
        before = time.process_time()
        time.sleep(0.4)

        assert time.process_time() - before < 0.1


@on_posix
def test_octets_that_nobody_fetches_do_not_hold_the_server_up() -> None:
    flood = [b"x" * 4096] * 100
    endpoint = ScriptedEndpoint(
        lambda octets, now: [(now, part) for part in flood] if octets == b"go" else [(now, b"!")]
    )
    with PtyServer(endpoint) as server, port(server) as client:
        os.write(client, b"go")
        time.sleep(0.1)
        while select.select([client], [], [], 0.05)[0]:
            os.read(client, 65536)
        os.write(client, b"?")

        assert received(client, 1) == b"!"


@on_posix
def test_paced_octets_take_the_time_of_the_baud_rate_both_ways() -> None:
    octets = bytes(120)
    wire_s = 120 * 10 / 9600
    with PtyServer(ScriptedEndpoint(), model=LineModel(baud=9600)) as server, port(server) as client:
        began = time.monotonic()
        os.write(client, octets)
        parts = arrivals(client, len(octets))

    first, last = parts[0][0] - began, parts[-1][0] - began
    # Each octet is echoed once it has passed; both directions run at once, so the echo ends one octet later.
    assert first >= 10 / 9600
    assert wire_s <= last < wire_s + 1.0
    assert len(parts) >= 3


@on_posix
def test_reply_waits_for_the_wire_time_of_the_command() -> None:
    with (
        PtyServer(build(response_time_s=0.02).endpoint(), model=LineModel(baud=1200)) as server,
        port(server) as client,
    ):
        began = time.monotonic()
        os.write(client, SNRM)
        received(client, 1)
        waited = time.monotonic() - began

    assert waited >= 9 * 10 / 1200 + 0.02 + 10 / 1200


@on_posix
def test_client_sees_the_port_vanish_when_the_server_stops() -> None:
    server = PtyServer(ScriptedEndpoint())
    server.start()
    with port(server) as client:
        server.stop()
        try:
            vanished = os.read(client, 1) == b""
        except OSError:
            vanished = True

    assert vanished


@pytest.mark.skipif(not WINDOWS, reason="this system has pseudo terminals")
def test_system_without_pseudo_terminals_is_told_what_to_do_instead() -> None:
    with pytest.raises(LinkError, match="listen on tcp"):
        PtyServer(ScriptedEndpoint())


@on_posix
def test_missing_pseudo_terminals_are_told_with_what_to_do_instead(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "tty", None)

    with pytest.raises(LinkError, match="listen on tcp"):
        PtyServer(ScriptedEndpoint())
