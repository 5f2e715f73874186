"""`profile`: the companion profiles are listed, shown row by row, and a file of the lab's own is checked."""

from __future__ import annotations

from pathlib import Path

from typer.testing import CliRunner

from conformance.cli import app
from conformance.commands.problems import UsageProblem

RUNNER = CliRunner()


def test_list_names_the_profiles_with_their_size() -> None:
    found = RUNNER.invoke(app, ["profile", "list"])
    assert found.exit_code == 0
    assert [line.partition(":")[0] for line in found.stdout.splitlines()] == ["generic", "idis-package-2", "is-15959"]
    assert "4 associations" in found.stdout


def test_show_gives_each_row_with_rights_condition_and_source() -> None:
    found = RUNNER.invoke(app, ["profile", "show", "is-15959"])
    assert found.exit_code == 0
    assert "meter-reader: client SAP 32" in found.stdout
    assert "1-0:31.7.0.255 Current, L1: class 3 version 0, unit 33" in found.stdout
    assert "[three-phase]" in found.stdout
    assert "utility-settings: 2 read-write" in found.stdout
    assert "Renesas" in found.stdout


def test_show_of_an_unknown_name_tells_the_nearest() -> None:
    found = RUNNER.invoke(app, ["profile", "show", "is15959"])
    assert isinstance(found.exception, UsageProblem)
    assert "did you mean is-15959?" in str(found.exception)


def test_check_tells_every_fault_with_its_line_and_exits_with_1(tmp_path: Path) -> None:
    path = tmp_path / "own.toml"
    path.write_text('name = "own"\nedition = "1"\nsuorces = {}\nobjects = 1\n', encoding="utf-8")
    found = RUNNER.invoke(app, ["profile", "check", str(path)])
    assert found.exit_code == 1
    assert "own.toml:3" in found.stdout
    assert "own.toml:4" in found.stdout
    assert "2 found" in found.stdout


def test_check_of_a_sound_file_exits_with_0(tmp_path: Path) -> None:
    path = tmp_path / "own.toml"
    path.write_text('name = "own"\nedition = "1"\n', encoding="utf-8")
    found = RUNNER.invoke(app, ["profile", "check", str(path)])
    assert found.exit_code == 0
    assert "0 found" in found.stdout
