"""What a run was asked to do, made of its options; every problem is one clear message."""

from __future__ import annotations

from dataclasses import dataclass, replace
from difflib import get_close_matches
from pathlib import Path
from random import SystemRandom
from typing import Literal

import pytest

from conformance.device.content import DEFAULT_DEVICE, find_device_config
from conformance.device.counters import default_state_directory
from conformance.device.load import load
from conformance.device.model import Acceptance, Device, EmbeddedMeter, Permission, Profile
from conformance.link.url import parse_url
from conformance.meter.defects import DEFECTS

EMBEDDED_SEED = 1
"""Seed for runs of embedded meters only: they are the same every time."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What a run was asked to do.

    Attributes:
        devices: the meters under test.
        out: directory of the evidence; None keeps none.
        seed: challenges, dedicated keys and mutations come from it.
        cases: identifiers that were selected; empty selects all.
        qualify: run each defect of the embedded meter against the cases that claim it.
        state: directory of the invocation counters.
    """

    devices: tuple[Device, ...]
    out: Path | None
    seed: int
    cases: tuple[str, ...]
    qualify: bool
    state: str

    def devices_for(self, case: str) -> tuple[Device, ...]:
        """The devices that a case runs on: when qualifying, the sound one and those whose defect the case claims."""
        if not self.qualify:
            return self.devices
        return tuple(device for device in self.devices if _claimed(device, case))


def settings_of(config: pytest.Config) -> Settings:
    """The settings that options and ini make.

    Raises:
        ConfigError: a device config is wrong.
        pytest.UsageError: options that do not go together.
    """
    names = config.getoption("--dlms-device") or config.getini("dlms_device") or [DEFAULT_DEVICE]
    devices = tuple(_overridden(load(find_device_config(name), secrets=_secrets(config)), config) for name in names)
    _distinct(devices)
    qualify = bool(config.getoption("--dlms-qualify"))
    if qualify:
        devices = _qualified(devices)
    embedded = all(device.embedded is not None for device in devices)
    given = config.getoption("--dlms-seed")
    shared = getattr(config, "workerinput", {}).get("dlms_seed")
    given = given if shared is None else shared
    seed = given if given is not None else EMBEDDED_SEED if embedded else SystemRandom().randrange(1 << 31)
    out = config.getoption("--dlms-resume") or config.getoption("--dlms-out")
    return Settings(
        devices,
        Path(out) if out else None,
        seed,
        tuple(config.getoption("--dlms-case") or ()),
        qualify,
        config.getoption("--dlms-state") or str(default_state_directory()),
    )


def _secrets(config: pytest.Config) -> Literal["resolve", "placeholder"]:
    return "placeholder" if config.getoption("--collect-only") else "resolve"


def _overridden(device: Device, config: pytest.Config) -> Device:
    link = config.getoption("--dlms-link")
    if link is not None:
        parse_url(link)
        device = replace(device, link=link)
    if config.getoption("--dlms-profile") is not None:
        device = replace(device, profile=Profile(config.getoption("--dlms-profile")))
    if config.getoption("--dlms-acceptance") is not None:
        device = replace(device, acceptance=Acceptance(config.getoption("--dlms-acceptance")))
    permitted = frozenset(Permission(item) for item in config.getoption("--dlms-permit") or ())
    device = replace(device, permissions=device.permissions | permitted)
    defects = config.getoption("--dlms-defect")
    return device if not defects else _with_defects(device, frozenset(defects))


def _with_defects(device: Device, defects: frozenset[str]) -> Device:
    for name in sorted(defects - DEFECTS.keys()):
        near = get_close_matches(name, DEFECTS, n=1)
        hint = f"; did you mean {near[0]}?" if near else ""
        raise pytest.UsageError(f"--dlms-defect {name}: the embedded meter has no such defect{hint}")
    if device.embedded is None:
        raise pytest.UsageError(
            f"--dlms-defect: {device.name} is not the embedded meter; only it has defects to switch on"
        )
    return replace(device, embedded=EmbeddedMeter(defects=device.embedded.defects | defects))


def _distinct(devices: tuple[Device, ...]) -> None:
    names = [device.name for device in devices]
    for name in names:
        if names.count(name) > 1:
            raise pytest.UsageError(
                f"--dlms-device: two device configs are named {name}; a run tells devices by their names"
            )


def _qualified(devices: tuple[Device, ...]) -> tuple[Device, ...]:
    """The sound embedded meter, then one with each defect, named after it."""
    if len(devices) != 1 or devices[0].embedded is None:
        raise pytest.UsageError("--dlms-qualify works with one embedded meter")
    sound = devices[0]
    return (
        sound,
        *(replace(_with_defects(sound, frozenset((name,))), name=f"defect:{name}") for name in sorted(DEFECTS)),
    )


def _claimed(device: Device, case: str) -> bool:
    defects = device.embedded.defects if device.embedded is not None else frozenset()
    return not defects or any(case in DEFECTS[name].cases for name in defects)
