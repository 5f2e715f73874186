"""What a run works with, made of its options: devices loaded, overridden, told apart; each problem is one message."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from difflib import get_close_matches
from functools import cache, partial
from pathlib import Path
from random import SystemRandom

import pytest

from conformance.device.content import DEFAULT_DEVICE, find_device_config
from conformance.device.counters import default_state_directory
from conformance.device.load import load
from conformance.device.model import Acceptance, Device, EmbeddedMeter, Permission, Profile
from conformance.harness.invocation import Invocation, invocation_of, kept
from conformance.link.url import parse_url, unreachable
from conformance.meter.defects import DEFECTS
from conformance.meter.model.communication_setup import LinkFacts

UDP_LOOPBACK = "loopback:?transport=udp"
MODE_E_LOOPBACK = "loopback:?opening=mode-e"
WAYS = {
    "hdlc": (Profile.HDLC, "loopback:"),
    "wrapper": (Profile.WRAPPER, "loopback:"),
    "udp": (Profile.WRAPPER, UDP_LOOPBACK),
    "mode-e": (Profile.HDLC, MODE_E_LOOPBACK),
}
"""The ways in which a sound meter is qualified, by the names that its devices get from them."""
DEFECTIVE = "defect:"
"""What the name of a device with a defect begins with, when the tool is qualified."""
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
        """The devices that a case runs on: when qualifying, the sound ones and those whose defect the case claims."""
        if not self.qualify:
            return self.devices
        return tuple(device for device in self.devices if _runs_on(device, case))


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
    return qualified(devices) if invocation.qualify else devices


def _overridden(device: Device, invocation: Invocation) -> Device:
    if invocation.link is not None:
        device = _reached(device, invocation.link)
    if invocation.profile is not None:
        device = replace(device, profile=Profile(invocation.profile))
    why = unreachable(parse_url(device.link), device.profile.value)
    if why is not None:
        raise pytest.UsageError(f"{device.name}: link {device.link}: {why}")
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
    for name in sorted(defects):
        if DEFECTS[name].device_config and device.embedded.classes != "every":
            raise pytest.UsageError(
                f"--dlms-defect {name}: {device.name} has no object to show it; the device config "
                f"{DEFECTS[name].device_config} has one"
            )
    faulty = replace(device, embedded=replace(device.embedded, defects=device.embedded.defects | defects))
    for name in sorted(defects):
        faulty = _addressed(faulty, DEFECTS[name].addressing)
    return faulty


def _addressed(device: Device, octets: tuple[int, ...]) -> Device:
    """The device declared with these forms of its HDLC address, the first one in use; as it is where there are none."""
    if not octets:
        return device
    lower = device.hdlc.server_lower or LinkFacts().hdlc_device_address
    hdlc = replace(device.hdlc, addressing=octets, address_length=octets[0], server_lower=lower)
    return replace(device, hdlc=hdlc)


def _distinct(devices: tuple[Device, ...]) -> None:
    names = [device.name for device in devices]
    for name in names:
        if names.count(name) > 1:
            raise pytest.UsageError(
                f"--dlms-device: two device configs are named {name}; a run tells devices by their names"
            )


def qualified(devices: tuple[Device, ...]) -> tuple[Device, ...]:
    """The sound embedded meter in each profile, then one with each defect where it shows, named after it."""
    if len(devices) != 1 or devices[0].embedded is None:
        raise pytest.UsageError("--dlms-qualify works with one embedded meter")
    sound = devices[0]
    ways = {device.name: device for device in map(partial(_by_way, sound), ("", *WAYS))}
    suites = {suite for defect in DEFECTS.values() for suite in defect.security_suites}
    others = {device.name: device for device in (_in_suite(sound, (suite,)) for suite in sorted(suites))}
    configs = sorted({defect.device_config for defect in DEFECTS.values()} - {""})
    others |= {device.name: device for device in (_by_config(sound, name) for name in configs)}
    return (*(ways | others).values(), *(faulty for name in sorted(DEFECTS) for faulty in _defective(sound, name)))


def _in_suite(sound: Device, suites: tuple[int, ...]) -> Device:
    """The sound meter of the first of these security suites; the same device where it is of one of them already."""
    if not suites or sound.embedded is None or sound.embedded.security_suite in suites:
        return sound
    return _by_config(sound, f"{DEFAULT_DEVICE}-suite{suites[0]}")


def _by_config(sound: Device, name: str, association: str = "") -> Device:
    """The meter of a shipped device config, reached and judged as the sound one; with one association of it, or all."""
    other = _shipped(name)
    return replace(
        other,
        profile=sound.profile,
        link=sound.link,
        acceptance=sound.acceptance,
        permissions=sound.permissions,
        associations=tuple(one for one in other.associations if association in ("", one.name)),
    )


@cache
def _shipped(name: str) -> Device:
    """A shipped device config; a hundred defects are judged with the same one."""
    return load(find_device_config(name))


def _by_way(sound: Device, way: str) -> Device:
    """The sound meter reached in another way; the same device where it is that one already."""
    if not way:
        return sound
    profile, link = WAYS[way]
    way_url, own = parse_url(link), parse_url(sound.link)
    if profile is sound.profile and way_url.datagrams == own.datagrams and way_url.serial == own.serial:
        return sound
    return replace(sound, profile=profile, link=link, name=f"{sound.name}:{way}")


def _defective(sound: Device, name: str) -> Iterator[Device]:
    """The meter with a defect, once in each security suite that it shows in."""
    defect = DEFECTS[name]
    profile = sound.profile if defect.profile is None else Profile(defect.profile)
    link = UDP_LOOPBACK if defect.datagrams else MODE_E_LOOPBACK if defect.mode_e else sound.link
    if defect.device_config:
        sound = _by_config(sound, defect.device_config, defect.association)
    for suite in defect.security_suites or (None,):
        faulty = _with_defects(_in_suite(sound, () if suite is None else (suite,)), frozenset((name,)))
        further = "" if suite is None or suite == defect.security_suites[0] else f":suite{suite}"
        yield replace(faulty, name=f"{DEFECTIVE}{name}{further}", profile=profile, link=link)


def _runs_on(device: Device, case: str) -> bool:
    """Whether qualifying runs a case on a device.

    A faulty meter meets the cases that claim its defects. A sound one meets them all; over UDP, where associations and
    services are those of any connection, those that are about the wrapper; behind an opening in mode E, where only the
    opening differs, those that are about it; in a security suite, or by a device config, that some defects show in
    only, those that claim them.
    """
    embedded = device.embedded or EmbeddedMeter()
    if embedded.defects:
        return any(case in DEFECTS[name].cases for name in embedded.defects)
    if device.name.startswith(f"{DEFAULT_DEVICE}-suite"):
        suite = embedded.security_suite
        return any(case in defect.cases for defect in DEFECTS.values() if suite in defect.security_suites)
    claims = [case in defect.cases for defect in DEFECTS.values() if defect.device_config == device.name]
    if claims:
        return any(claims)
    url = parse_url(device.link)
    if url.serial is not None:
        return any(case in defect.cases for defect in DEFECTS.values() if defect.mode_e)
    if not url.datagrams:
        return True
    return any(case in defect.cases for defect in DEFECTS.values() if defect.profile == "wrapper")
