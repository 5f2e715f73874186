"""`simulate`, started as a person starts it, and asked by a client."""

from __future__ import annotations

import json
import os
import select
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from conformance.cli import main
from conformance.dlms.wrapper import WrapperPdu

START_S = 20.0
LONG_S = 5.0
SNRM = bytes.fromhex("7EA0070321930F017E")
UA = 0x73
AARQ = WrapperPdu(16, 1, bytes.fromhex("601DA109060760857405080101BE10040E01000000065F1F040060FE9FFFFF")).encode()
AARE = 0x61
on_posix = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no pseudo terminals")


@contextmanager
def simulated(*arguments: str) -> Iterator[dict[str, str]]:
    """What a running `simulate --json` says of itself."""
    command = [sys.executable, "-m", "conformance.cli", "simulate", "--json", *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        impatience = threading.Timer(START_S, process.kill)
        impatience.start()
        try:
            assert process.stdout is not None
            yield json.loads(process.stdout.readline())
        finally:
            impatience.cancel()
            process.kill()


def refused(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    with pytest.raises(SystemExit) as left:
        main(["simulate", *arguments])
    told = capsys.readouterr()
    assert left.value.code == 2
    assert "Traceback" not in told.err
    return told.err


def exchanged(descriptor: int, octets: bytes, size: int) -> bytes:
    os.write(descriptor, octets)
    until = time.monotonic() + LONG_S
    received = b""
    while len(received) < size and select.select([descriptor], [], [], max(0.0, until - time.monotonic()))[0]:
        received += os.read(descriptor, 4096)
    return received


def test_meter_answers_over_udp() -> None:
    with (
        simulated("--listen", "udp://127.0.0.1:0") as told,
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client,
    ):
        client.settimeout(LONG_S)
        client.connect(("127.0.0.1", int(told["url"].rpartition(":")[2])))
        client.send(AARQ)

        assert client.recv(65536)[8] == AARE
    assert told["url"].startswith("udp://127.0.0.1:")
    assert told["profile"] == "wrapper"


@on_posix
def test_meter_answers_on_a_pseudo_terminal_and_says_how_to_reach_it() -> None:
    with simulated("--listen", "pty:?baud=19200", "--profile", "hdlc") as told:
        descriptor = os.open(told["path"], os.O_RDWR | os.O_NOCTTY)
        try:
            answer = exchanged(descriptor, SNRM, 9)
        finally:
            os.close(descriptor)

    assert told["url"] == f"serial:{told['path']}?baud=19200"
    assert answer[5] == UA


@on_posix
def test_meter_waits_for_the_opening_in_mode_e() -> None:
    with simulated("--listen", "pty:", "--profile", "hdlc", "--mode-e") as told:
        descriptor = os.open(told["path"], os.O_RDWR | os.O_NOCTTY)
        try:
            identification = exchanged(descriptor, SNRM + b"/?!\r\n", 17)
            confirmation = exchanged(descriptor, b"\x06252\r\n", 6)
            answer = exchanged(descriptor, SNRM, 9)
        finally:
            os.close(descriptor)

    assert told["url"] == f"serial:{told['path']}?opening=mode-e"
    assert identification == b"/XDC5\\2EMBEDDED\r\n"
    assert confirmation == b"\x06252\r\n"
    assert answer[5] == UA


def test_response_time_and_timeouts_are_the_meters() -> None:
    arguments = ("--profile", "hdlc", "--response-time", "0.2", "--inter-octet-timeout", "0.05")
    with (
        simulated("--listen", "tcp://127.0.0.1:0", *arguments) as told,
        socket.create_connection(("127.0.0.1", int(told["url"].rpartition(":")[2])), LONG_S) as client,
    ):
        client.settimeout(LONG_S)
        began = time.monotonic()
        client.sendall(SNRM)
        answer = client.recv(100)
        took = time.monotonic() - began
        client.sendall(SNRM[:4])
        time.sleep(0.2)
        client.sendall(SNRM[4:])
        client.settimeout(0.5)
        with pytest.raises(TimeoutError):
            client.recv(100)

    assert answer[5] == UA
    assert took >= 0.2


def test_inactivity_timeout_closes_an_idle_connection() -> None:
    with (
        simulated("--listen", "tcp://127.0.0.1:0", "--inactivity-timeout", "1") as told,
        socket.create_connection(("127.0.0.1", int(told["url"].rpartition(":")[2])), LONG_S) as client,
    ):
        client.settimeout(LONG_S)

        assert client.recv(100) == b""


@on_posix
def test_interruption_ends_it_without_a_word() -> None:
    command = [sys.executable, "-m", "conformance.cli", "simulate", "--listen", "pty:", "--profile", "hdlc"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline().startswith("embedded meter listens on serial:/dev/")
            process.send_signal(signal.SIGINT)
            _, said = process.communicate(timeout=LONG_S)
        finally:
            process.kill()

    assert process.returncode == 0
    assert said == ""


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--listen", "udp://127.0.0.1:0", "--profile", "hdlc"), "HDLC does not go over UDP"),
        (("--listen", "pty:"), "add --profile hdlc"),
        (("--mode-e",), "leads to HDLC"),
        (("--listen", "serial:/dev/ttyUSB0"), "expected tcp://HOST:PORT, udp://HOST:PORT or pty:"),
        (("--listen", "loopback:"), "expected tcp://HOST:PORT, udp://HOST:PORT or pty:"),
        (("--listen", "pty:?baud=fast", "--profile", "hdlc"), "baud"),
        (("--listen", "pty:?speed=9600", "--profile", "hdlc"), "speed"),
    ],
)
def test_what_does_not_go_together_is_told_with_what_does(
    capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], said: str
) -> None:
    assert said in refused(capsys, *arguments)


def test_udp_port_in_use_is_told_as_such(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        message = refused(capsys, "--listen", f"udp://127.0.0.1:{port}")

    assert str(port) in message
    assert "choose another" in message


def test_system_without_pseudo_terminals_is_told_what_to_do_instead(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "tty", None)

    assert "listen on tcp" in refused(capsys, "--listen", "pty:", "--profile", "hdlc")
