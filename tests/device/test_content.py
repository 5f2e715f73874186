from __future__ import annotations

from pathlib import Path

import pytest

from conformance.device.content import ContentMissingError, content_directory, find_device_config
from conformance.device.problems import ConfigError


def test_content_of_a_checkout_lies_beside_the_package(tmp_path: Path) -> None:
    (tmp_path / "conformance").mkdir()
    (tmp_path / "suites").mkdir()

    assert content_directory("suites", package=tmp_path / "conformance") == tmp_path / "suites"


def test_content_of_an_installed_wheel_lies_inside_the_package(tmp_path: Path) -> None:
    inside = tmp_path / "conformance" / "content" / "suites"
    inside.mkdir(parents=True)
    (tmp_path / "suites").mkdir()  # of somebody else, in site-packages

    assert content_directory("suites", package=tmp_path / "conformance") == inside


def test_an_incomplete_installation_says_where_it_looked(tmp_path: Path) -> None:
    with pytest.raises(ContentMissingError, match="install dlms-conformance again"):
        content_directory("reports", package=tmp_path / "conformance")


def test_a_shipped_config_is_found_by_its_name() -> None:
    assert find_device_config().name == "simulator.toml"
    assert find_device_config("hexing") == find_device_config("hexing.toml")


def test_a_path_goes_before_a_shipped_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("hexing.toml").write_text("")

    assert find_device_config("hexing.toml") == Path("hexing.toml")


def test_an_unknown_name_gets_the_nearest() -> None:
    with pytest.raises(ConfigError) as caught:
        find_device_config("simulater")

    assert caught.value.problems[0].nearest == "simulator"
