"""`companion` in a device config: a name of the package or a file of the lab's own, with options, every slip told."""

from __future__ import annotations

from pathlib import Path

import pytest

from conformance.device.load import load
from conformance.device.problems import ConfigError

ROOT = Path(__file__).parents[2]
SOURCE = (ROOT / "device_configs" / "simulator.toml").read_text(encoding="utf-8")
LINES = 'companion = "generic"\ncompanion_options = ["time-stamps", "electricity"]\n'


def config(directory: Path, lines: str) -> Path:
    assert LINES in SOURCE
    path = directory / "device.toml"
    path.write_text(SOURCE.replace(LINES, lines), encoding="utf-8")
    return path


def told(directory: Path, lines: str) -> str:
    with pytest.raises(ConfigError) as raised:
        load(config(directory, lines))
    return str(raised.value)


def test_the_simulator_is_made_to_the_generic_profile() -> None:
    device = load(ROOT / "device_configs" / "simulator.toml")
    assert device.companion is not None
    assert device.companion.name == "generic"
    assert device.companion_options == {"time-stamps", "electricity"}


def test_without_the_key_there_is_no_profile(tmp_path: Path) -> None:
    assert load(config(tmp_path, "")).companion is None


def test_a_file_beside_the_device_config_is_found(tmp_path: Path) -> None:
    own = 'name = "own"\nedition = "1"\n[sources]\n[options]\ntwo-way = "it answers"\n'
    (tmp_path / "own.toml").write_text(own, encoding="utf-8")
    device = load(config(tmp_path, 'companion = "own.toml"\ncompanion_options = ["two-way"]\n'))
    assert device.companion is not None
    assert device.companion.name == "own"


def test_a_misspelt_name_is_told_with_the_nearest(tmp_path: Path) -> None:
    found = told(tmp_path, 'companion = "is-15559"\n')
    assert "no companion profile has this name" in found
    assert "did you mean: is-15959" in found


def test_a_misspelt_option_is_told_with_the_nearest(tmp_path: Path) -> None:
    found = told(tmp_path, 'companion = "is-15959"\ncompanion_options = ["tree-phase"]\n')
    assert "the profile IS 15959 has no such option" in found
    assert "did you mean: three-phase" in found


def test_options_without_a_profile_are_told(tmp_path: Path) -> None:
    assert "without companion" in told(tmp_path, 'companion_options = ["three-phase"]\n')


def test_a_file_that_is_not_there_is_told_at_the_key(tmp_path: Path) -> None:
    found = told(tmp_path, 'companion = "profiles/own.toml"\n')
    assert "cannot be read" in found
    assert "device.toml:" in found


def test_a_fault_in_the_file_is_told_with_its_own_line(tmp_path: Path) -> None:
    (tmp_path / "own.toml").write_text('name = "own"\nedition = "1"\nsuorces = {}\n', encoding="utf-8")
    found = told(tmp_path, 'companion = "own.toml"\n')
    assert "own.toml:3" in found
    assert "did you mean 'sources'?" in found
