"""What a run works with, made of its options: devices loaded, overridden, told apart; each problem is one message."""

from __future__ import annotations

from dataclasses import dataclass, replace
from difflib import get_close_matches
from pathlib import Path
from random import SystemRandom

import pytest

from conformance.device.content import DEFAULT_DEVICE, find_device_config
from conformance.device.counters import default_state_directory
from conformance.device.load import load
from conformance.device.model import Acceptance, Device, EmbeddedMeter, Permission, Profile
from conformance.harness.invocation import Invocation, invocation_of, kept
from conformance.link.url import parse_url
from conformance.meter.defects import DEFECTS

EMBEDDED_SEED = 1
"""Seed for runs of embedded meters only: they are the same every time."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What a run works with.

    Attributes:
        devices: the meters under test.
        out: directory of the evidence; None keeps none.
        resumed: whether `out` holds an earlier part of this run.
        seed: challenges, dedicated keys and mutations come from it.
        cases: identifiers that were selected; empty selects all.
        qualify: run each defect of the embedded meter against the cases that claim it.
        state: directory of what outlives a run: invocation counters, locks of lines.
        invocation: the options that all this was made of, with the seed.
    """

    devices: tuple[Device, ...]
    out: Path | None
    resumed: bool
    seed: int
    cases: tuple[str, ...]
    qualify: bool
    state: str
    invocation: Invocation

    def devices_for(self, case: str) -> tuple[Device, ...]:
        """The devices that a case runs on: when qualifying, the sound one and those whose defect the case claims."""
        if not self.qualify:
            return self.devices
        return tuple(device for device in self.devices if _claimed(device, case))


def settings_of(config: pytest.Config) -> Settings:
    """The settings that options and ini make; in a worker, those that the controller hands over.

    Raises:
        ConfigError: a device config is wrong.
        LinkUrlError: a link is.
        RecordError: there is no run to resume.
        pytest.UsageError: options that do not go together.
    """
    resume, out = config.getoption("--dlms-resume"), config.getoption("--dlms-out")
    if resume and out:
        raise pytest.UsageError("--dlms-out and --dlms-resume exclude each other: a resumed run stays where it is")
    handed_over = getattr(config, "workerinput", {}).get("dlms_invocation")
    if handed_over is not None:
        invocation = Invocation.from_json(handed_over)
    else:
        invocation = invocation_of(config)
        if resume:
            invocation = invocation.completed_by(kept(Path(resume)))
    placeholders = bool(config.getoption("--collect-only"))
    devices = _devices(invocation, placeholders=placeholders)
    seed = invocation.seed
    if seed is None:
        embedded = all(device.embedded is not None for device in devices)
        seed = EMBEDDED_SEED if embedded else SystemRandom().randrange(1 << 31)
    return Settings(
        devices=devices,
        # Whoever lists what would run leaves nothing behind.
        out=Path(resume or out) if (resume or out) and not placeholders else None,
        resumed=bool(resume),
        seed=seed,
        cases=invocation.cases,
        qualify=invocation.qualify,
        state=invocation.state or str(default_state_directory()),
        invocation=replace(invocation, seed=seed),
    )


def _devices(invocation: Invocation, *, placeholders: bool) -> tuple[Device, ...]:
    paths = [find_device_config(name) for name in invocation.devices or (DEFAULT_DEVICE,)]
    loaded = [load(path, secrets="placeholder" if placeholders else "resolve") for path in paths]
    devices = tuple(_overridden(device, invocation) for device in loaded)
    _distinct(devices)
    return _qualified(devices) if invocation.qualify else devices


def _overridden(device: Device, invocation: Invocation) -> Device:
    if invocation.link is not None:
        device = _reached(device, invocation.link)
    if invocation.profile is not None:
        device = replace(device, profile=Profile(invocation.profile))
    if invocation.acceptance is not None:
        device = replace(device, acceptance=Acceptance(invocation.acceptance))
    permitted = frozenset(Permission(item) for item in invocation.permissions)
    device = replace(device, permissions=device.permissions | permitted)
    return device if not invocation.defects else _with_defects(device, frozenset(invocation.defects))


def _reached(device: Device, link: str) -> Device:
    """The device at another link; behind any but the loopback there is a meter of its own."""
    loopback = parse_url(link).scheme == "loopback"
    if loopback and device.embedded is None:
        raise pytest.UsageError(f"--dlms-link {link}: {device.name} is not the embedded meter, which alone is there")
    return replace(device, link=link, embedded=device.embedded if loopback else None)


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
