"""`discover` and `device import`, as a person calls them."""

from __future__ import annotations

import json
import socket
import threading
import tomllib
from pathlib import Path

import pytest

from conformance.cli import main
from conformance.device.load import load
from conformance.device.model import Profile
from conformance.link.server import TcpServer
from conformance.meter.meter import build


def called(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    """Exit code, standard output and standard error of a call."""
    with pytest.raises(SystemExit) as left:
        main(list(arguments))
    told = capsys.readouterr()
    assert "Traceback" not in told.err
    return int(left.value.code or 0), told.out, told.err


def test_the_config_goes_to_standard_output_and_the_progress_to_standard_error(
    capsys: pytest.CaptureFixture[str],
) -> None:
    code, out, err = called(capsys, "discover", "simulator", "--client", "16", "--server", "1")

    assert code == 0
    assert [item["client_sap"] for item in tomllib.loads(out)["association"]] == [16]
    assert "SNRM" in err
    assert "AARQ" in err


def test_a_file_is_written_and_never_overwritten_without_force(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    out = tmp_path / "meter.toml"
    arguments = ("discover", "simulator", "--client", "16", "--server", "1", "--out", str(out))

    assert called(capsys, *arguments)[0] == 0
    assert load(out).profile is Profile.HDLC
    out.write_text("mine")
    code, _, err = called(capsys, *arguments)
    assert (code, out.read_text()) == (2, "mine")
    assert "--force" in err
    assert called(capsys, *arguments, "--force")[0] == 0
    assert out.read_text() != "mine"


def test_findings_in_json_hold_no_secret(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("METER_PASSWORD", "Conform1")
    options = ("--client", "2", "--server", "17", "--secret", "17/2=env:METER_PASSWORD", "--json")
    code, out, err = called(capsys, "discover", "simulator", *options)
    found = json.loads(out)

    assert code == 0
    assert found["associations"][0]["opened"]["logical_device_name"] == b"XDC0000000000017".hex().upper()
    assert tomllib.loads(found["config"])["association"][0]["secret"] == {"env": "METER_PASSWORD"}
    assert "Conform1" not in out + err


def test_a_dry_run_prints_what_would_be_sent_and_opens_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = called(capsys, "discover", "tcp://192.0.2.1:4059", "--dry-run", "--server", "1")

    assert code == 0
    assert "7EA0070321930F017E" in out
    assert out.count("6085740508") > 20
    assert "192.0.2.1" in out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("pty:",), "serial:"),
        (("udp://192.0.2.1:1", "--profile", "hdlc"), "datagrams"),
        (("nowhere",), "no scheme"),
        (("simulator-nine",), "shipped device config"),
        (("hexing.toml",), "name that link"),
        (("simulator", "--context", "latin"), "ln-ciphered"),
        (("simulator", "--client-title", "00"), "16 hexadecimal digits"),
        (("simulator", "--secret", "2=Conform1"), "never the secret itself"),
        (("simulator", "--secret", "Conform1"), "say whose it is"),
        (("simulator", "--key", "1=env:DLMS_NOT_THERE"), "DLMS_NOT_THERE is not set"),
        (("simulator", "--user", "2=300"), "from 0 to 255"),
    ],
)
def test_what_cannot_be_used_is_told_in_one_message(
    capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], message: str
) -> None:
    code, _, err = called(capsys, "discover", *arguments)

    assert code == 2
    assert message in err
    assert "Conform1" not in err


def test_nobody_listening_is_told_in_one_message(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    code, _, err = called(capsys, "discover", f"tcp://127.0.0.1:{port}", "--state", str(tmp_path))

    assert code == 2
    assert err.count("dlms-conformance:") == 1


def test_a_mute_peer_is_told_in_one_message(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as mute:
        options = ("--timeout", "0.05", "--server", "1", "--client", "16", "--per-minute", "0", "--lower", "16")
        url = f"tcp://127.0.0.1:{mute.getsockname()[1]}"
        code, out, err = called(capsys, "discover", url, *options, "--state", str(tmp_path))

    assert (code, out) == (1, "")
    assert "nothing answered" in err.splitlines()[-1]


@pytest.mark.parametrize("profile", list(Profile))
def test_a_meter_on_a_port_is_discovered_without_being_told_its_profile(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, profile: Profile
) -> None:
    meter = build(profile=profile.value)
    server = TcpServer(meter.endpoint, "127.0.0.1", 0)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        out = tmp_path / "meter.toml"
        options = ("--timeout", "0.15", "--client", "16", "--server", "1", "--server", "17", "--per-minute", "0")
        url = f"tcp://127.0.0.1:{server.port}"
        code, _, err = called(capsys, "discover", url, *options, "--out", str(out), "--state", str(tmp_path / "s"))
    finally:
        server.stop()
        thread.join(timeout=10)
    device = load(out)

    assert code == 0, err
    assert (device.link, device.profile) == (url, profile)
    assert [(item.logical_device, item.short_names) for item in device.associations] == [(1, False), (17, True)]


def test_an_information_file_is_imported_and_what_did_not_map_is_told(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    file = tmp_path / "meter.cti"
    file.write_text('FlagId = "\\"EXM"\nOdd = 1\nLD = { SAP = 1 AA = { ClientSAP = 16 Context = ln } }\n')
    code, out, err = called(capsys, "device", "import", str(file))

    assert code == 0
    assert tomllib.loads(out)["manufacturer"] == "EXM"
    assert "line 2: Odd" in err


def test_a_malformed_information_file_is_told_with_its_place(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    file = tmp_path / "meter.cti"
    file.write_text("A = 1\nB = {\n")
    code, out, err = called(capsys, "device", "import", str(file))

    assert (code, out) == (2, "")
    assert "line 3, column 1" in err
    assert "expected }" in err
