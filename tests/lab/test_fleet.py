"""Many embedded meters at once: each on its own port, with its own serial number and defects, counting its clients."""

from __future__ import annotations

import fnmatch
import json
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from conformance.cli import main
from conformance.device.content import content_directory
from conformance.device.load import load
from conformance.device.model import Profile
from conformance.dlms.wrapper import WrapperPdu
from conformance.harness.catalogue import cases
from conformance.lab.child_environment import child_environment
from conformance.lab.fleet import Fleet, FleetError, FleetMeter, defects_by_meter, meters_of, numbered_meters
from conformance.lab.inventory_loading import load_lab
from conformance.lab.trial_lab import write_trial_lab
from conformance.link.link import LinkError
from conformance.link.url import parse_url
from conformance.meter.defects import UnknownDefectError

ANY_PORT = parse_url("tcp://127.0.0.1:0")
AARQ = WrapperPdu(16, 1, bytes.fromhex("601DA109060760857405080101BE10040E01000000065F1F040060FE9FFFFF")).encode()
GET_SERIAL_NUMBER = WrapperPdu(16, 1, bytes.fromhex("C001C100010000600100FF0200")).encode()
DEFECT = "dlms-version-echoed"
SOON_S = 60.0
NONE: dict[str, frozenset[str]] = {}


def meters(count: int, defects: dict[str, frozenset[str]] = NONE) -> tuple[FleetMeter, ...]:
    return numbered_meters(count, ANY_PORT, Profile.WRAPPER, seed=1, defects=defects)


@contextmanager
def client(port: int) -> Iterator[socket.socket]:
    with socket.create_connection(("127.0.0.1", port), timeout=5.0) as connection:
        connection.sendall(AARQ)
        assert connection.recv(4096)[8] == 0x61
        yield connection


def serial_number_at(port: int) -> bytes:
    with client(port) as connection:
        connection.sendall(GET_SERIAL_NUMBER)
        reply = connection.recv(4096)[8:]
    assert reply[:4] == bytes.fromhex("C401C100")
    return reply[6:]


def lab_file(directory: Path, *links: str) -> Path:
    lines = ['[lab]\nname = "Lab"\n[profile.core]\ncases = ["T_APPL_OPEN_12"]\n[[line]]\nname = "a"\n']
    for number, link in enumerate(links, start=1):
        lines.append(f'[[device]]\nname = "m{number}"\nconfig = "simulator"\nline = "a"\nprofile = "core"\n')
        lines.append(f'link = "{link}"\n')
    path = directory / "lab.toml"
    path.write_text("".join(lines), encoding="utf-8")
    return path


def test_each_meter_answers_on_its_port_with_its_serial_number() -> None:
    with Fleet(meters(3)) as fleet:
        ports = [entry.url.port for entry in fleet.meters]
        told = [entry.serial_number.encode() for entry in fleet.meters]

        assert [serial_number_at(port) for port in ports] == told == [b"00000001", b"00000002", b"00000003"]
    assert len(set(ports)) == 3


def test_meters_count_their_clients_and_those_at_the_same_time() -> None:
    with Fleet(meters(2)) as fleet:
        first, second = (entry.url.port for entry in fleet.meters)
        with client(first), client(first):
            pass
        with client(second):
            pass
        with client(second):
            pass
        seen = {entry.name: (entry.connections, entry.most_at_once) for entry in fleet.served()}

    assert seen["1"] == (2, 2)
    assert seen["2"][0] == 2


def test_a_port_in_use_serves_nothing_at_all() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        taken = other.getsockname()[1]
        wanted = numbered_meters(2, parse_url(f"tcp://127.0.0.1:{taken - 1}"), Profile.WRAPPER, seed=1, defects=NONE)
        with pytest.raises(LinkError), Fleet(wanted):
            pytest.fail("it listens")
        with pytest.raises(ConnectionRefusedError), socket.create_connection(("127.0.0.1", taken - 1), timeout=2.0):
            pytest.fail("the first meter listens")


def test_a_defect_is_for_the_meter_it_names_or_for_all() -> None:
    assert defects_by_meter([f"2:{DEFECT}"], ["1", "2"]) == {"2": frozenset({DEFECT})}
    assert defects_by_meter([DEFECT], ["1", "2"]) == {"1": frozenset({DEFECT}), "2": frozenset({DEFECT})}
    assert [sorted(entry.meter.defects) for entry in meters(2, {"2": frozenset({DEFECT})})] == [[], [DEFECT]]
    with pytest.raises(FleetError, match="no meter '3'"):
        defects_by_meter([f"3:{DEFECT}"], ["1", "2"])
    with pytest.raises(UnknownDefectError):
        meters(1, {"1": frozenset({"no-such-defect"})})


def test_meters_must_fit_behind_the_first_port() -> None:
    with pytest.raises(FleetError, match="65535"):
        numbered_meters(3, parse_url("tcp://127.0.0.1:65534"), Profile.WRAPPER, seed=1, defects=NONE)


def test_the_meters_of_a_lab_are_those_reached_by_tcp(tmp_path: Path) -> None:
    path = lab_file(tmp_path, "tcp://127.0.0.1:4501", "serial:/dev/ttyUSB0?baud=9600", "loopback:")

    (only,) = meters_of(load_lab(path), seed=1, defects={"m1": frozenset({DEFECT})})

    assert (only.name, only.url.port, sorted(only.meter.defects)) == ("m1", 4501, [DEFECT])


def test_two_devices_of_a_lab_on_one_port_are_refused(tmp_path: Path) -> None:
    lab = load_lab(lab_file(tmp_path, "tcp://127.0.0.1:4501", "tcp://127.0.0.1:4501"))

    with pytest.raises(FleetError, match="m2 and m1"):
        meters_of(lab, seed=1, defects=NONE)


def test_a_lab_without_tcp_has_no_fleet(tmp_path: Path) -> None:
    with pytest.raises(FleetError, match="no device"):
        meters_of(load_lab(lab_file(tmp_path, "loopback:")), seed=1, defects=NONE)


def test_a_trial_lab_can_be_used_as_it_is_written(tmp_path: Path) -> None:
    with Fleet(meters(3)) as fleet:
        lab = load_lab(write_trial_lab(tmp_path / "lab", fleet.meters, lines=2))

        assert [device.link for device in lab.devices] == [str(entry.url) for entry in fleet.meters]
    assert [device.line for device in lab.devices] == ["line-1", "line-1", "line-2"]
    assert lab.state.parent == lab.nights.parent == tmp_path / "lab"
    device = load(lab.devices[0].config)
    assert device.embedded is None, "a trial treats its meters as real ones"
    assert not device.placeholders


def test_a_trial_lab_never_lands_among_other_files(tmp_path: Path) -> None:
    (tmp_path / "lab.toml").write_text("mine", encoding="utf-8")

    with pytest.raises(FleetError, match="something in it"):
        write_trial_lab(tmp_path, meters(1))

    assert (tmp_path / "lab.toml").read_text(encoding="utf-8") == "mine"


def test_every_entry_of_the_core_profile_names_cases_and_asks_for_no_permission() -> None:
    sample = load_lab(content_directory("device_configs") / "labs" / "sample-lab.toml")
    core = sample.profile("core")

    assert core.permit == ()
    for pattern in core.cases:
        assert any(fnmatch.fnmatchcase(case, pattern) for case in cases()), pattern


def refused(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    with pytest.raises(SystemExit) as left:
        main(["simulate", *arguments])
    told = capsys.readouterr()
    assert left.value.code == 2
    assert "Traceback" not in told.err
    return told.err


def test_what_cannot_be_served_is_refused_with_what_would_do(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    lab = str(lab_file(tmp_path, "tcp://127.0.0.1:4501"))

    assert "exclude each other" in refused(capsys, "--meters", "2", "--fleet", lab)
    assert "goes with --meters" in refused(capsys, "--write-lab", str(tmp_path / "new"))
    assert "tcp://HOST:PORT" in refused(capsys, "--meters", "2", "--listen", "udp://127.0.0.1:4501")
    assert "for one meter" in refused(capsys, "--meters", "2", "--mode-e", "--profile", "hdlc")
    assert "no such file" in refused(capsys, "--fleet", str(tmp_path / "missing.toml"))
    assert "no meter '9'" in refused(capsys, "--meters", "2", "--defect", f"9:{DEFECT}")
    assert "wrapper" in refused(
        capsys,
        "--meters",
        "1",
        "--listen",
        "tcp://127.0.0.1:0",
        "--profile",
        "hdlc",
        "--write-lab",
        str(tmp_path / "n"),
    )


@pytest.mark.skipif(sys.platform == "win32", reason="signals cannot be sent to one process there")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_simulate_serves_many_writes_their_lab_and_tells_at_the_end_what_they_have_seen(
    tmp_path: Path, number: signal.Signals
) -> None:
    command = [
        sys.executable,
        "-m",
        "conformance.cli",
        "simulate",
        "--json",
        "--meters",
        "2",
        "--defect",
        f"2:{DEFECT}",
    ]
    command += ["--listen", "tcp://127.0.0.1:0", "--write-lab", str(tmp_path / "lab")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        impatience = threading.Timer(SOON_S, process.kill)
        impatience.start()
        try:
            assert process.stdout is not None
            told = json.loads(process.stdout.readline())
            ports = [int(entry["url"].rpartition(":")[2]) for entry in told["meters"]]
            assert serial_number_at(ports[1]) == b"00000002"
            process.send_signal(number)
            seen = json.loads(process.stdout.readline())
        finally:
            impatience.cancel()
            process.kill()
    assert [entry["defects"] for entry in told["meters"]] == [[], [DEFECT]]
    assert [entry["connections"] for entry in seen["served"]] == [0, 1]
    assert [device.link for device in load_lab(told["lab"]).devices] == [entry["url"] for entry in told["meters"]]


def test_a_trial_lab_runs_a_night_and_only_the_meter_with_a_defect_fails(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with Fleet(meters(2, {"2": frozenset({DEFECT})})) as fleet:
        lab = write_trial_lab(tmp_path / "lab", fleet.meters)
        text = lab.read_text(encoding="utf-8")
        head, tail = text.index("cases = ["), text.index("]\nbudget")
        lab.write_text(f'{text[:head]}cases = ["T_APPL_OPEN_12"{text[tail:]}', encoding="utf-8")
        with pytest.raises(SystemExit) as left:
            main(["lab", "run", str(lab), "--out", str(tmp_path / "night"), "--plain", "--no-pdf"])
        capsys.readouterr()
        seen = fleet.served()

    night = json.loads((tmp_path / "night" / "night.json").read_text(encoding="utf-8"))
    assert left.value.code == 1
    assert {row["device"]: row["verdict"] for row in night["rows"]} == {"meter-1": "PASSED", "meter-2": "FAILED"}
    assert all(entry.connections > 0 for entry in seen)
    assert all(entry.most_at_once == 1 for entry in seen), "two clients on one meter"


def test_where_python_keeps_no_bytecode_a_night_keeps_it_for_all_its_processes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    monkeypatch.setattr(sys, "pycache_prefix", None)
    program = "import sys; print(sys.dont_write_bytecode, sys.pycache_prefix)"
    environment = child_environment(tmp_path)
    told = subprocess.run(
        [sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=True, timeout=SOON_S
    )

    assert told.stdout.split() == ["False", str(tmp_path / "bytecode")]
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    assert "PYTHONPYCACHEPREFIX" not in {*child_environment(tmp_path)} - {*os.environ}
