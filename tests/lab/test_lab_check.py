"""`lab check`: the whole lab is looked at before a night, and all that is wrong is told at once."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from typer.testing import CliRunner

from conformance.cli import app
from conformance.device.content import content_directory
from conformance.harness.catalogue import cases
from conformance.lab.lab_checks import Checked, check_lab
from tests.lab.written_labs import HOSTILE, device, line, profile, write_halls, write_lab

CONFIGS = content_directory("device_configs")
CASES = list(cases())
RUNNER = CliRunner()


def checked(directory: Path, *tables: str, head: str = 'name = "Night lab"', **environ: str) -> Checked:
    return check_lab(write_lab(directory, *tables, head=head), CASES, {"PATH": os.defpath, **environ})


def told(checked: Checked, level: str) -> str:
    return "\n".join(str(finding.problem) for finding in checked.findings if finding.level == level)


def meter_config(directory: Path, name: str, *, link: str, secret: str | None = None) -> None:
    """A device config of a real meter, by name."""
    text = (CONFIGS / "hexing.toml").read_text(encoding="utf-8")
    text = text.replace('name = "hexing"', f'name = "{name}"').replace("tcp://192.0.2.3:4059", link)
    if secret is not None:
        text = text.replace(
            'encryption_key = { hex = "00000000000000000000000000000000" }', f"encryption_key = {secret}"
        )
    (directory / f"{name}.toml").write_text(text, encoding="utf-8")


def test_a_sound_lab_has_nothing_to_tell(tmp_path: Path) -> None:
    found = checked(tmp_path, line(), device(), profile())

    assert found.findings == ()
    assert found.lab is not None


def test_two_lines_must_not_be_one_physical_line(tmp_path: Path) -> None:
    for name in ("acme", "other"):
        meter_config(tmp_path, name, link="tcp://192.0.2.9:4059")
    found = checked(
        tmp_path,
        line("a"),
        line("b"),
        device("m-1", "a", "acme.toml"),
        device("m-2", "b", "other.toml", 'link = "TCP://192.0.2.9:4059"\n'),
        profile(),
    )

    assert 'device[m-2].line = "b": is reached by tcp://192.0.2.9:4059, as m-1 on line a' in told(found, "error")


def test_the_same_meter_twice_is_told_and_two_meters_of_a_gateway_are_not(tmp_path: Path) -> None:
    meter_config(tmp_path, "acme", link="tcp://192.0.2.9:4059")
    meter_config(tmp_path, "other", link="tcp://192.0.2.9:4059")
    second = tmp_path / "other.toml"
    tables = (line(), device("m-1", config="acme.toml"), device("m-2", config="other.toml"), profile())
    twice = checked(tmp_path, *tables)
    second.write_text(second.read_text(encoding="utf-8").replace("0x3FFF", "0x1234"), encoding="utf-8")
    neighbours = checked(tmp_path, *tables)

    assert "device[m-2].config" in told(twice, "error")
    assert "is the same meter as m-1" in told(twice, "error")
    assert neighbours.findings == ()


def test_a_line_of_several_physical_lines_is_told_as_lost_time(tmp_path: Path) -> None:
    links = [f'link = "tcp://192.0.2.{number}:4059"\n' for number in (1, 2)]
    meter_config(tmp_path, "acme", link="tcp://192.0.2.9:4059")
    found = checked(
        tmp_path, line(), *(device(f"m-{i}", config="acme.toml", more=link) for i, link in enumerate(links)), profile()
    )

    assert found.errors == 0
    assert "line rs485-a has 2 physical lines, such as tcp://192.0.2.1:4059 and" in told(found, "warning")


def test_a_misspelt_reference_hides_nothing_else_that_is_wrong(tmp_path: Path) -> None:
    meter_config(tmp_path, "acme", link="tcp://192.0.2.9:4059")
    found = told(
        checked(
            tmp_path,
            line(),
            device("m-1", config="simulatr"),
            device("m-2", "rs485-aa", "acme.toml"),
            device("m-3", config="acme.toml", more='link = "udp://192.0.2.9:1"\n'),
            device("m-4", config="simulator", more='link = "tcp://nowhere"\n'),
            '[profile.core]\nbudget = "1h"\ncases = ["T_NONE"]\n',
        ),
        "error",
    )

    assert all(key in found for key in ("device[m-1].config", "device[m-2].line", "device[m-4].link", "T_NONE"))
    assert "device[m-3].link" in found
    assert "does not fit its device config" in found


def test_embedded_meters_are_never_the_same(tmp_path: Path) -> None:
    assert checked(tmp_path, line(), device("m-1"), device("m-2"), profile()).findings == ()


def test_a_device_config_is_loaded_and_its_own_problems_are_told_with_the_entry_that_names_it(tmp_path: Path) -> None:
    meter_config(tmp_path, "acme", link="tcp://192.0.2.9")
    found = told(checked(tmp_path, line(), device(config="acme.toml"), profile()), "error")

    assert f"{tmp_path / 'acme.toml'}:12:1: link.url" in found
    assert "device[m-1].config" in found
    assert "this device config cannot be used" in found


@pytest.mark.parametrize("link", ["udp://192.0.2.9:4059", "loopback:"])
def test_a_link_must_fit_the_device_config(tmp_path: Path, link: str) -> None:
    meter_config(tmp_path, "acme", link="tcp://192.0.2.9:4059")
    found = checked(tmp_path, line(), device(config="acme.toml", more=f'link = "{link}"\n'), profile())

    assert "device[m-1].link" in told(found, "error")
    assert "does not fit its device config" in told(found, "error")


def test_the_config_of_the_embedded_meter_serves_for_one_that_listens_elsewhere(tmp_path: Path) -> None:
    found = checked(tmp_path, line(), device(more='link = "tcp://127.0.0.1:4059"\n'), profile())

    assert found.findings == ()


def test_secrets_that_are_not_there_are_warnings_and_no_command_is_run_for_one(tmp_path: Path) -> None:
    meter_config(tmp_path, "acme", link="tcp://192.0.2.9:4059", secret='{ env = "ACME_KEY" }')
    meter_config(tmp_path, "other", link="tcp://192.0.2.8:4059", secret='{ command = ["touch", "ran"] }')
    tables = (
        line("a"),
        line("b"),
        device("m-1", "a", "acme.toml"),
        device("m-2", "b", "other.toml"),
        profile(),
        '[webhook]\nurl = { env = "LAB_WEBHOOK" }\n',
    )
    without = checked(tmp_path, *tables)
    with_them = checked(tmp_path, *tables, ACME_KEY="00" * 16, LAB_WEBHOOK="https://example.org/hook")

    assert without.errors == 0
    assert "management.encryption_key: environment variable ACME_KEY is not set" in told(without, "warning")
    assert "environment variable LAB_WEBHOOK is not set" in told(without, "warning")
    assert with_them.findings == ()
    assert not (tmp_path / "ran").exists()


def test_a_webhook_variable_that_holds_no_url_is_an_error_that_does_not_show_it(tmp_path: Path) -> None:
    tables = (line(), device(), profile(), '[webhook]\nurl = { env = "LAB_WEBHOOK" }\n')
    found = told(checked(tmp_path, *tables, LAB_WEBHOOK="hunter2"), "error")

    assert "LAB_WEBHOOK holds no URL" in found
    assert "hunter2" not in found


def test_a_case_that_no_suite_has_is_an_error_with_the_nearest(tmp_path: Path) -> None:
    cases = '[profile.core]\nbudget = "45m"\ncases = ["T_APPL_OPEN_1", "T_APLL_OPEN_*", "T_HDLC_*"]\n'
    found = told(checked(tmp_path, line(), device(), cases), "error")

    assert 'profile.core.cases[2] = "T_APLL_OPEN_*": there is no such case' in found
    assert "did you mean: T_APPL_OPEN_" in found
    assert found.count("there is no such case") == 1


def test_grave_permissions_for_real_meters_and_missing_budgets_are_warnings(tmp_path: Path) -> None:
    meter_config(tmp_path, "acme", link="tcp://192.0.2.9:4059")
    found = checked(tmp_path, line(), device(config="acme.toml"), profile('permit = ["may_lock_out"]'))

    assert found.errors == 0
    assert "permits may_lock_out every night to 1 meter, such as m-1" in told(found, "warning")
    assert "profile.core: has no budget" in told(found, "warning")


def test_what_is_not_used_is_a_warning(tmp_path: Path) -> None:
    tables = (
        line(),
        line("b"),
        '[[bench]]\nname = "hall"\n',
        device(),
        profile(),
        "[profile.other]\n" + 'budget = "1h"\n',
    )
    found = told(checked(tmp_path, *tables), "warning")

    assert "line[b].name" in found
    assert "bench[hall].name" in found
    assert "profile.other: is the profile of no device" in found


def test_hooks_whose_program_is_not_there_are_warnings_once_each(tmp_path: Path) -> None:
    script = tmp_path / "relay.sh"
    script.write_text("#!/bin/sh\n", encoding="utf-8")
    hooks = '[hooks]\nbefore = ["no-such-relay", "on"]\nafter = ["./relay.sh"]\ndead = ["no-such-relay", "{bench}"]\n'
    found = told(checked(tmp_path, hooks, line(), device(), profile()), "warning")

    assert found.count("program no-such-relay is not found here") == 1
    assert "relay.sh" not in found


def test_directories_that_cannot_be_written_are_errors(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    found = told(checked(tmp_path, line(), device(), profile(), head='name = "x"\nnights = "file/nights"'), "error")

    assert "lab.nights" in found
    assert "is no directory" in found


def test_a_directory_without_the_right_to_write_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The right is asked for, not tried: whoever runs the tests may have them all."""
    closed = tmp_path / "closed"
    closed.mkdir()
    monkeypatch.setattr(os, "access", lambda path, *_, **__: Path(path) != closed)
    found = told(checked(tmp_path, line(), device(), profile(), head='name = "x"\nstate = "closed/state"'), "error")

    assert "lab.state" in found
    assert f"{closed} cannot be written" in found


def test_the_command_tells_each_finding_counts_them_and_exits_with_1_for_errors(tmp_path: Path) -> None:
    path = write_lab(tmp_path, line(), device(), "[profile.core]\n" + 'cases = ["T_NONE"]\n')
    found = RUNNER.invoke(app, ["lab", "check", str(path)])

    assert found.exit_code == 1
    assert f"error: {path}:13:10: profile.core.cases[1]" in found.stdout
    assert "Night lab: 1 line, 1 device, 1 device config" in found.stdout
    assert found.stdout.endswith("1 error, 1 warning\n")


def test_for_programs_it_is_json_with_file_line_key_and_message(tmp_path: Path) -> None:
    path = write_lab(tmp_path, line(), device(line="rs485-b"), profile())
    found = RUNNER.invoke(app, ["lab", "check", "--json", str(path)])
    document = json.loads(found.stdout)

    assert (found.exit_code, document["errors"], document["lab"]) == (1, 1, "Night lab")
    finding = document["findings"][0]
    assert (finding["level"], finding["line"], finding["key"]) == ("error", 9, "device[m-1].line")
    assert finding["nearest"] == "rs485-a"


def test_a_lab_of_many_lines_with_hostile_names_is_checked_whole(tmp_path: Path) -> None:
    found = check_lab(write_halls(tmp_path, 40, meters=5, names=HOSTILE), CASES, {})

    assert found.lab is not None
    assert len(found.lab.devices) == 200
    assert found.errors == 0


def test_the_sample_lab_has_no_errors() -> None:
    assert check_lab(CONFIGS / "labs" / "sample-lab.toml", CASES).errors == 0
