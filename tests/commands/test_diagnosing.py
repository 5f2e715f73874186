"""`diagnose` and `explain-finding`: what is printed, for whom, and with which exit code."""

from __future__ import annotations

import ast
import json
import re
import tomllib
from pathlib import Path

import pytest

from conformance import cli
from conformance.device.content import find_device_config
from conformance.device.load import load
from conformance.diagnose.intake.reading import read
from conformance.diagnose.reasoning.catalogue import catalogue
from conformance.diagnose.reasoning.diagnosis import diagnose
from conformance.diagnose.reasoning.patch import patch

CAPTURES = Path(__file__).parent.parent / "diagnose" / "captures"
ROOMS = Path(cli.__file__).parent / "diagnose"


def run(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, str, str]:
    """Exit code, output and errors of a command."""
    code = 0
    try:
        cli.main([str(argument) for argument in arguments])
    except SystemExit as end:
        code = int(end.code or 0)
    captured = capsys.readouterr()
    return code, captured.out, captured.err


def test_a_fault_is_told_with_its_place_and_what_to_change(capsys):
    """Code, evidence, frame, field and suggestion stand in the output; the exit code is 1."""
    code, out, _ = run(capsys, "diagnose", CAPTURES / "genus_dedicated_key_pass3.json")
    assert code == 1
    assert re.search(r"error +pass3-under-dedicated-key +\(inferred\)\n +frame 3", out)
    assert 'pass3_key = "global"' in out
    assert "aare.responding-AP-title" in out


def test_a_healthy_exchange_ends_with_0(capsys):
    """And quiet leaves nothing to read."""
    code, out, _ = run(capsys, "diagnose", "--quiet", CAPTURES / "ctl_ded_key_session.json")
    assert code == 0
    assert "0 error, 0 warning, 0 info" in out


def test_json_has_the_fields_that_others_rely_on(capsys):
    """The contract: findings with code, severity, frame, field, octets, message, suggestion."""
    code, out, _ = run(capsys, "diagnose", "--json", CAPTURES / "wasion_hls_gmac_rejected.json")
    found = json.loads(out)
    assert code == 1
    assert found["healthy"] is False
    for finding in found["findings"]:
        assert {"code", "severity", "frame", "field", "octets", "message", "suggestion"} <= set(finding)
        assert finding["evidence"] in ("proven", "read", "inferred")
        assert finding["code"] in catalogue()
    control = next(item for item in found["findings"] if item["code"] == "request-without-tag")
    assert (control["frame"], control["octets"]) == (3, "20")
    assert control["changes"] == [{"table": "association", "key": "security_control", "value": "0x30"}]


def test_two_exchanges_are_compared_and_the_differences_come_first(capsys):
    """That one carries a client user and the other does not is what matters most."""
    _, out, _ = run(
        capsys,
        "diagnose",
        "--json",
        CAPTURES / "installer_user_id_rejected.json",
        "--against",
        CAPTURES / "installer_user_id_accepted.json",
    )
    first = json.loads(out)["findings"][0]
    assert first["code"] == "differs-from-other"
    assert "none here, 100 in the other" in first["message"]
    assert first["changes"] == [{"table": "association", "key": "client_user_id", "value": "100"}]


def test_a_lower_counter_of_the_other_exchange_is_not_suggested(capsys):
    """The counter of a key never goes back, whatever worked before."""
    refused, accepted = CAPTURES / "installer_user_id_rejected.json", CAPTURES / "installer_user_id_accepted.json"
    for one, other, wanted in ((refused, accepted, []), (accepted, refused, ["{ start = 4 }"])):
        _, out, _ = run(capsys, "diagnose", "--json", one, "--against", other)
        found = [item for item in json.loads(out)["findings"] if "client invocation counter" in item["message"]]
        assert [change["value"] for change in found[0]["changes"]] == wanted


def test_the_fix_prints_a_patch_and_writes_nothing(capsys, tmp_path):
    """The line of the config that has to change, and what has to be found out first."""
    config = tmp_path / "meter.toml"
    before = find_device_config("simulator").read_text(encoding="utf-8")
    line = 'pass3_key = "global"'
    assert before.count(line) >= 1
    at = before.index(line, before.index('name = "management"'))
    changed = before[:at] + 'pass3_key = "dedicated"' + before[at + len(line) :]
    config.write_text(changed, encoding="utf-8")
    capture = CAPTURES / "genus_dedicated_key_pass3.json"
    code, out, _ = run(capsys, "diagnose", "-q", capture, "--device", config, "--association", "management", "--fix")
    assert code == 1
    assert '-pass3_key = "dedicated"' in out
    assert '+pass3_key = "global"' in out
    assert config.read_text(encoding="utf-8") == changed


def test_what_has_to_be_found_out_is_said_and_not_invented():
    """A counter that only the meter knows."""
    source = find_device_config("simulator").read_text(encoding="utf-8")
    meter = load(find_device_config("simulator"))
    found = diagnose(read(CAPTURES / "wasion_hls_gmac_rejected.json"))
    suggested = patch("meter.toml", source, meter.association("management"), found.statements)
    assert any("invocation_counter of [[association]] management" in item for item in suggested.open)
    assert "invocation_counter" not in suggested.text


def test_the_patched_text_is_toml_with_the_value_in_its_association(tmp_path):
    """The key goes into the table of the association, not of another."""
    source = find_device_config("simulator").read_text(encoding="utf-8")
    meter = load(find_device_config("simulator"))
    found = diagnose(read(CAPTURES / "genus_dedicated_key_pass3.json"))
    made = patch("meter.toml", source, meter.association("reading"), found.statements).text
    added = [line[1:] for line in made.splitlines() if line.startswith("+") and not line.startswith("+++")]
    assert added == ['pass3_key = "global"']
    assert made.index('name = "reading"' if 'name = "reading"' in made else "client_sap = 2") < made.index("+pass3_key")
    assert tomllib.loads("\n".join(added)) == {"pass3_key": "global"}


def test_keys_can_be_given_and_are_not_shown(capsys, tmp_path):
    """A wrong key is proven wrong by the tag; neither it nor the right one is printed."""
    capture = json.loads((CAPTURES / "kaifa_wrong_keys_glo_cse.json").read_text(encoding="utf-8"))
    keys, capture["keys"] = capture["keys"], {}
    file = tmp_path / "capture.json"
    file.write_text(json.dumps(capture), encoding="utf-8")
    key = keys["global_unicast_encryption_key"]
    code, out, err = run(
        capsys,
        "diagnose",
        file,
        "--key",
        key,
        "--authentication-key",
        keys["authentication_key"],
        "--server-title",
        keys["server_system_title"],
    )
    assert code == 1
    assert "tag-under-no-known-key" in out
    assert key not in (out + err).replace(" ", "")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("no-such-file.json",), "no-such-file.json"),
        ((CAPTURES / "ctl_lls_right_password.json", "--key", "00"), "has 1 octets"),
        ((CAPTURES / "ctl_lls_right_password.json", "--fix"), "--fix needs --device"),
        (
            (CAPTURES / "ctl_lls_right_password.json", "--device", "simulator", "--association", "x"),
            "no association 'x'",
        ),
        ((CAPTURES / "ctl_lls_right_password.json", "--against", "none.pcap"), "none.pcap"),
    ],
)
def test_what_cannot_be_used_is_told_in_one_message(capsys, arguments, message):
    """Exit code 2, one line, no traceback."""
    code, out, err = run(capsys, "diagnose", *arguments)
    assert (code, out) == (2, "")
    assert message in err
    assert "Traceback" not in err


def test_a_finding_is_explained_and_a_misspelt_one_corrected(capsys):
    """explain-finding tells what it stands for and what to do."""
    code, out, _ = run(capsys, "explain-finding", "client-user-missing")
    assert code == 0
    assert "user_list" in out
    assert "client_user_id" in out
    code, _, err = run(capsys, "explain-finding", "client-user-mising")
    assert code == 2
    assert "did you mean client-user-missing?" in err
    _, out, _ = run(capsys, "explain-finding", "--json")
    assert {item["code"] for item in json.loads(out)} == set(catalogue())


def test_every_code_is_explained():
    """Each kind of statement has title and explanation, and is in kebab-case."""
    for code, sign in catalogue().items():
        assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", code), code
        assert sign.title, code
        assert sign.explanation, code


def test_every_code_that_the_rooms_may_state_is_in_the_catalogue():
    """Codes of the intake are strings where they are stated; none of them is forgotten."""
    known = catalogue()
    stated = set()
    for path in (ROOMS / "intake").glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Attribute)
                and node.func.attr in ("error", "warning", "info", "add")
                and len(node.args) > 2
                and isinstance(node.args[0], ast.Constant)
            ):
                stated.add(node.args[0].value)
    assert stated
    assert {code for code in stated if isinstance(code, str)} <= set(known)
