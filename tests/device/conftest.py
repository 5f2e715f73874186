from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from conformance.device.load import load
from conformance.device.model import Device
from conformance.device.problems import ConfigError, Problem

METER = """\
name = "acme-1"
manufacturer = "ACM"

[link]
url = "tcp://192.0.2.9:4059"
profile = "hdlc"

[[logical_device]]
sap = 1
"""

ASSOCIATION = """
[[association]]
name = "reader"
logical_device = 1
client_sap = 2
context = "ln"
mechanism = "none"
conformance = ["get"]
"""

CIPHERED = """
[[association]]
name = "management"
logical_device = 1
client_sap = 1
context = "ln-ciphered"
mechanism = "hls-gmac"
protections = ["glo"]
conformance = ["get", "general-protection"]
client_system_title = "4142434445464748"
encryption_key = { env = "GUEK" }
authentication_key = { env = "GAK" }
"""

KEYS = {"GUEK": "000102030405060708090A0B0C0D0E0F", "GAK": "D0D1D2D3D4D5D6D7D8D9DADBDCDDDEDF"}


class Bench:
    """A directory with one device config in it."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.path = directory / "meter.toml"

    def load(self, text: str, **options: object) -> Device:
        self.path.write_text(text, encoding="utf-8")
        return load(self.path, **{"environ": KEYS, **options})  # type: ignore[arg-type]

    def problems(self, text: str, **options: object) -> list[Problem]:
        with pytest.raises(ConfigError) as caught:
            self.load(text, **options)
        return caught.value.problems

    def problem(self, text: str, **options: object) -> Problem:
        problems = self.problems(text, **options)
        assert len(problems) == 1, "\n".join(map(str, problems))
        return problems[0]


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


Edit = Callable[[str], str]
