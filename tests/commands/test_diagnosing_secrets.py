"""`diagnose --device` where secrets are not at hand: what is missing is told, everything else is used."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from conformance import cli
from conformance.device.load import load
from conformance.device.problems import ConfigError

CAPTURES = Path(__file__).parent.parent / "diagnose" / "captures"
KAIFA = CAPTURES / "kaifa_wrong_keys_glo_cse.json"
KEY = "00112233445566778899AABBCCDDEEFF"


def config(folder: Path, encryption: str, *, secret: str = '{ env = "XDC_PASSWORD" }') -> Path:
    """A device config for the exchange of the Kaifa capture, with an encryption key from somewhere."""
    text = f"""name = "acme"
manufacturer = "XDC"

[link]
url = "tcp://192.0.2.1:4059"
profile = "wrapper"

[[logical_device]]
sap = 1

[[association]]
name = "management"
logical_device = 1
client_sap = 1
context = "ln-ciphered"
mechanism = "lls"
secret = {secret}
protections = ["glo"]
client_system_title = "4349520000000001"
server_system_title = "4B464D3434383831"
encryption_key = {encryption}
authentication_key = {{ env = "XDC_AK" }}
master_key = {{ env = "XDC_KEK" }}
conformance = ["get", "set", "action"]
"""
    path = folder / "acme.toml"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.fixture
def capture(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The exchange without its keys; no variable of the config is set."""
    for name in ("XDC_EK", "XDC_AK", "XDC_KEK", "XDC_PASSWORD"):
        monkeypatch.delenv(name, raising=False)
    content = json.loads(KAIFA.read_text(encoding="utf-8"))
    content["keys"] = {}
    path = tmp_path / "refused.json"
    path.write_text(json.dumps(content), encoding="utf-8")
    return path


def run(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, dict[str, dict[str, str]], str, str]:
    """Exit code, findings by code, the line about what is missing, and all output."""
    code = 0
    try:
        cli.main(["diagnose", "--json", *(str(argument) for argument in arguments)])
    except SystemExit as end:
        code = int(end.code or 0)
    captured = capsys.readouterr()
    told = json.loads(captured.out) if captured.out else {"findings": []}
    return code, {item["code"]: item for item in told["findings"]}, captured.err, captured.out + captured.err


def test_it_goes_on_without_the_keys_and_says_which_are_missing(capture, tmp_path, capsys):
    """One line: the field, the association, the reason, the consequence. The master key is not needed: not a word."""
    code, found, err, _ = run(capsys, capture, "--device", config(tmp_path, '{ file = "no-such.key" }'))
    assert code == 1
    assert "association-rejected" in found
    assert "tag-under-no-known-key" not in found
    lines = [line for line in err.splitlines() if line]
    assert len(lines) == 1
    assert "encryption_key of management (file" in lines[0]
    assert "authentication_key of management (environment variable XDC_AK is not set" in lines[0]
    assert "cannot be verified" in lines[0]
    assert "master_key" not in lines[0]


def test_those_at_hand_are_used_and_not_shown(capture, tmp_path, capsys, monkeypatch):
    """With both keys the tag is judged although the password is missing, which is told."""
    monkeypatch.setenv("XDC_EK", KEY)
    monkeypatch.setenv("XDC_AK", KEY)
    _, found, err, everything = run(capsys, capture, "--device", config(tmp_path, '{ env = "XDC_EK" }'))
    assert "tag-under-no-known-key" in found
    assert "secret of management" in err
    assert "encryption_key" not in err
    assert KEY not in everything


def test_a_key_given_on_the_command_line_is_not_missed(capture, tmp_path, capsys):
    """What is needed is at hand, wherever from."""
    arguments = ("--key", KEY, "--authentication-key", KEY, "--password", "JuS66BCZ")
    _, found, err, _ = run(capsys, capture, "--device", config(tmp_path, '{ env = "XDC_EK" }'), *arguments)
    assert "tag-under-no-known-key" in found
    assert err == ""


def test_a_command_is_run_only_where_its_key_is_needed(capture, tmp_path, capsys, monkeypatch):
    """A password store may ask a person: an exchange without protection asks for nothing, and misses nothing."""
    monkeypatch.setenv("XDC_AK", KEY)
    monkeypatch.setenv("XDC_PASSWORD", "JuS66BCZ")
    ran = tmp_path / "ran"
    program = f"open({str(ran)!r}, 'w').close(); print({KEY!r})"
    path = config(tmp_path, json.dumps([sys.executable, "-c", program]).join(("{ command = ", " }")))
    plain = tmp_path / "plain.json"
    frame = {"dir": "C>S", "hex": "7EA0070321930F017E"}
    plain.write_text(json.dumps({"id": "x", "transport": "hdlc", "frames": [frame]}), encoding="utf-8")
    code, _, err, _ = run(capsys, plain, "--device", path)
    assert code in (0, 1)
    assert err == ""
    assert not ran.exists()
    _, found, err, _ = run(capsys, capture, "--device", path)
    assert ran.exists()
    assert "tag-under-no-known-key" in found
    assert err == ""


def test_a_secret_of_the_wrong_length_is_told_and_left_out(capture, tmp_path, capsys, monkeypatch):
    """Its length, not what it is."""
    monkeypatch.setenv("XDC_EK", "0011")
    _, found, err, everything = run(capsys, capture, "--device", config(tmp_path, '{ env = "XDC_EK" }'))
    assert "association-rejected" in found
    assert "encryption_key of management (must be 16 octets for this security suite" in err
    assert "0011" not in everything.replace(str(tmp_path), "")


def test_other_faults_of_the_config_still_stop_it(capture, tmp_path, capsys):
    """A misspelt key is no missing secret."""
    path = config(tmp_path, '{ env = "XDC_EK" }')
    path.write_text(path.read_text(encoding="utf-8").replace("client_sap = 1\n", "client_sap = 1\nclient_sup = 1\n"))
    code, _, err, _ = run(capsys, capture, "--device", path)
    assert code == 2
    assert "client_sup" in err


def test_a_run_still_refuses_a_config_without_its_secrets(tmp_path, monkeypatch):
    """Only what looks at records goes on without."""
    for name in ("XDC_EK", "XDC_AK", "XDC_KEK", "XDC_PASSWORD"):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(ConfigError, match="XDC_EK is not set"):
        load(config(tmp_path, '{ env = "XDC_EK" }'))
