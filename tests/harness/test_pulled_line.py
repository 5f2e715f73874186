"""A line that fails in the middle of a run: bounded time, INCONCLUSIVE with the reason, exit code 3, and resumption."""

import os
import socket
import subprocess
import sys
import threading
import time

import pytest

from conformance.meter.meter import build
from conformance.record.assemble import assemble
from tests.link.ports import Relay, Wire

TOML = """
name = "acme"
manufacturer = "XDC"

[link]
url = "{url}"
profile = "hdlc"

[timing]
response_timeout_s = 0.4
recovery_time_s = 0.5

[[logical_device]]
sap = 1

[[association]]
name = "public"
logical_device = 1
client_sap = 16
context = "ln"
mechanism = "none"
conformance = ["block-transfer-with-get-or-read", "get", "selective-access", "priority-mgmt-supported"]

[association.targets]
readable = {{ class_id = 3, instance_id = "1-0:1.8.0.255", attribute_id = 2 }}
"""
CASES = ("--case=T_APPL_OPEN_1", "--case=T_APPL_OPEN_3", "--case=T_APPL_DATA_LN_N1", "--case=T_APPL_REL_P1")
OCTETS_OF_A_FEW_ITEMS = 1500
BOUND_S = 90
needs_pty = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no pseudo terminals")


def run(*arguments):
    command = [sys.executable, "-m", "conformance.cli", "run", "--plain", "--no-pdf", *arguments]
    began = time.monotonic()
    result = subprocess.run(command, capture_output=True, text=True, timeout=BOUND_S, check=False)
    assert "Traceback" not in result.stderr, result.stderr
    assert time.monotonic() - began < BOUND_S
    return result


def verdicts(record):
    return [subtest.verdict.value for _, subtest in record.subtests()]


def assert_cut_short(result, directory, *words):
    record = assemble(directory)
    told = result.stdout + result.stderr
    assert result.returncode == 3, told
    assert "FAILED" not in verdicts(record), [(case.id, item.number, item.reason) for case, item in record.subtests()]
    assert "PASSED" in verdicts(record)
    reasons = [subtest.reason for _, subtest in record.subtests() if subtest.verdict == "INCONCLUSIVE"]
    assert len(reasons) > 3
    assert all(any(word in reason for word in words) for reason in reasons), reasons
    assert record.complete
    return record


@pytest.fixture
def config(tmp_path):
    """Writes the device config for a link and gives its path."""

    def write(url):
        path = tmp_path / "acme.toml"
        path.write_text(TOML.format(url=url), encoding="utf-8")
        return str(path)

    return write


@needs_pty
@pytest.mark.parametrize("within", [0, 20, 60])
def test_a_port_that_vanishes_leaves_the_rest_inconclusive_and_is_resumed_when_it_is_back(tmp_path, config, within):
    port, out = tmp_path / "port", tmp_path / "run"
    device = config(f"serial:{port}")
    wire = Wire()
    os.symlink(wire.path, port)
    with Relay(wire, build(profile="hdlc").endpoint(), pull_after=OCTETS_OF_A_FEW_ITEMS + within):
        result = run(device, *CASES, "--out", str(out))
    cut = assert_cut_short(result, out, "the port vanished", "no such port")
    (first,) = [item for _, item in cut.subtests() if "the port vanished; was the adapter pulled" in item.reason]
    assert first.findings[0].code == "line-failed"

    port.unlink()
    wire = Wire()
    os.symlink(wire.path, port)
    with Relay(wire, build(profile="hdlc").endpoint()):
        resumed = run("--resume", str(out))
    wire.pull()
    whole = assemble(out)
    assert resumed.returncode == 0, resumed.stdout + resumed.stderr
    assert whole.complete
    assert len(verdicts(whole)) == len(verdicts(cut))
    assert set(verdicts(whole)) <= {"PASSED", "INAPPLICABLE", "SKIPPED"}
    assert any("some subtests could not be judged; the run was resumed" in note for note in whole.notes)


class Gateway:
    """A TCP gateway to the embedded meter; after so many octets it goes `mute`, or `gone`: nothing listens any more."""

    def __init__(self, then, after=OCTETS_OF_A_FEW_ITEMS):
        self._meter = build(profile="hdlc")
        self._then, self._left = then, after
        self._stopping = threading.Event()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._listener.settimeout(0.05)
        self.port = self._listener.getsockname()[1]
        self._thread = threading.Thread(target=self._serve, daemon=True)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._stopping.set()
        self._thread.join(timeout=5)
        self._listener.close()

    @property
    def failed(self):
        return self._left < 0

    def _serve(self):
        while not self._stopping.is_set():
            if self.failed and self._then == "gone":
                self._listener.close()
                return
            try:
                connection, _ = self._listener.accept()
            except TimeoutError:
                continue
            with connection:
                self._relay(connection)

    def _relay(self, connection):
        endpoint = self._meter.endpoint()
        endpoint.connected(time.monotonic())
        connection.settimeout(0.05)
        while not self._stopping.is_set():
            try:
                octets = connection.recv(4096)
            except TimeoutError:
                continue
            except OSError:
                return
            self._left -= len(octets)
            if not octets or (self.failed and self._then == "gone"):
                return
            if not self.failed:
                endpoint.receive(octets, time.monotonic())
                connection.sendall(b"".join(answer for _, answer in endpoint.outgoing(time.monotonic())))


@pytest.mark.parametrize(
    ("then", "words"),
    [
        ("mute", ("silence", "does not answer")),
        ("gone", ("connection refused", "closed the connection", "connection broke")),
    ],
)
def test_a_gateway_that_goes_leaves_the_rest_inconclusive(tmp_path, config, then, words):
    out = tmp_path / "run"
    with Gateway(then) as gateway:
        device = config(f"tcp://127.0.0.1:{gateway.port}")
        result = run(device, *CASES, "--out", str(out))
        assert gateway.failed
    assert_cut_short(result, out, *words)


def test_a_gateway_that_is_mute_from_the_beginning_cannot_be_started_on(tmp_path, config):
    with Gateway("mute", after=-1) as gateway:
        result = run(config(f"tcp://127.0.0.1:{gateway.port}"), *CASES, "--out", str(tmp_path / "run"))
    assert result.returncode == 2
    assert "does not answer (data link set-up: silence" in " ".join(result.stderr.split())
