"""The commands as a person at a terminal meets them."""

import json
import os
import socket

import pytest
from typer.testing import CliRunner

from conformance.cli import app, main

APDU = "6129A109060760857405080101A203020100A305A103020100BE10040E0800065F1F0400001010007C0007"


def call(*arguments):
    return CliRunner().invoke(app, list(arguments))


def refused(capsys, *arguments):
    with pytest.raises(SystemExit) as left:
        main(list(arguments))
    told = capsys.readouterr()
    assert left.value.code == 2
    assert "Traceback" not in told.err
    return told.err


def test_every_command_of_the_contract_is_there_and_explains_itself():
    for command in ("run", "list", "explain", "simulate", "decode", "report", "qualify", "schema"):
        result = call(command, "--help")
        assert result.exit_code == 0
        assert "Usage" in result.stdout


def test_list_counts_what_applies():
    rows = json.loads(call("list", "--json").stdout)
    by_id = {row["id"]: row for row in rows}
    assert by_id["T_APPL_OPEN_4"]["applying"] == 20
    assert by_id["T_APPL_OPEN_2"]["inapplicable"] > 0


def test_list_needs_no_secrets_of_the_device():
    assert call("list", "genus").exit_code == 0


def test_explain_gives_stimulus_octets_and_accepted_reactions():
    explained = json.loads(call("explain", "T_APPL_OPEN_4", "--json").stdout)
    fourth = explained["subtests"][3]
    assert "80020244" in fourth["octets"]
    assert "no-common-acse-version (2)" in fourth["accepts"]
    assert "protocol-version-ignored" in explained["defects"]


def test_decode_names_every_field():
    result = call("decode", APDU)
    assert result.exit_code == 0
    assert "result-source-diagnostic" in result.stdout


def test_decode_says_where_octets_are_illegal_and_leaves_with_1():
    result = call("decode", APDU[:-2])
    assert result.exit_code == 1
    assert "octet" in result.stdout


def test_decode_opens_a_protected_apdu():
    result = call(
        "decode",
        "C81E3001234567411312FF935A47566827C467BC7D825C3BE4A77C3FCC056B6B",
        *("--key", "000102030405060708090A0B0C0D0E0F"),
        *("--authentication-key", "D0D1D2D3D4D5D6D7D8D9DADBDCDDDEDF", "--title", "4D4D4D0000BC614E"),
    )
    assert result.exit_code == 0
    assert "get-request" in result.stdout


def test_schemas_are_json():
    for name in ("device", "lab", "run", "frame"):
        assert json.loads(call("schema", name).stdout)["$schema"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("decode", "61 2x"), "'x' at digit 4"),
        (("decode", "612"), "half an octet"),
        (("explain", "T_APPL_OPEN_44"), "did you mean"),
        (("schema", "meter"), "device, lab, run and frame"),
        (("list", "nowhere"), "nowhere"),
        (("report", "nowhere"), "nowhere"),
        (("simulate", "--listen", "udp://127.0.0.1:1", "--profile", "hdlc"), "over UDP"),
        (("simulate", "--defect", "none-such"), "none-such"),
        (("run", "--out", "a", "--resume", "b"), "exclude each other"),
    ],
)
def test_what_cannot_be_used_gets_one_message_and_exit_code_2(capsys, arguments, said):
    assert said in refused(capsys, *arguments)


def test_a_port_in_use_is_told_as_such(capsys):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        message = refused(capsys, "simulate", "--listen", f"tcp://127.0.0.1:{port}")
    assert str(port) in message
    assert "choose another" in message


def test_a_damaged_record_is_told_with_its_file_and_what_to_do(capsys, tmp_path):
    (tmp_path / "run.json").write_text('{"schema": 1, "tool": ')
    message = refused(capsys, "report", str(tmp_path))
    assert "run.json" in message


def test_an_unreachable_meter_is_told_before_anything_is_written(tmp_path, capsys):
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
    message = refused(capsys, "run", "--link", f"tcp://127.0.0.1:{port}", "--out", str(tmp_path / "out"))
    assert "connection refused" in message
    assert not (tmp_path / "out").exists()


def test_options_of_the_surroundings_neither_bend_a_run_nor_get_lost(tmp_path, monkeypatch, capsys):
    """What is run stands in the record; PYTEST_ADDOPTS does not, and is there again for whoever comes after."""
    monkeypatch.setenv("PYTEST_ADDOPTS", "-k nothing_of_this_name")
    with pytest.raises(SystemExit) as ended:
        main(["run", "--plain", "--no-pdf", "-c", "T_APPL_OPEN_1", "--out", str(tmp_path / "run")])
    assert ended.value.code == 0, capsys.readouterr().err
    record = json.loads((tmp_path / "run" / "run.json").read_text(encoding="utf-8"))
    assert {case["id"] for case in record["cases"]} == {"T_APPL_OPEN_1"}
    assert record["complete"]
    assert os.environ["PYTEST_ADDOPTS"] == "-k nothing_of_this_name"
