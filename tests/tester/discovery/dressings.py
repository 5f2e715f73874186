"""The embedded meter in each of its dressings, discovered: with all that its hand-written config knows of secrets."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from conformance.device.content import find_device_config
from conformance.device.counters import MemoryCounters
from conformance.device.load import load
from conformance.device.model import Device, Profile
from conformance.harness.embedded import embedded_meter
from conformance.link.make import Links
from conformance.link.url import parse_url
from conformance.tester.discovery.findings import Findings
from conformance.tester.discovery.plan import Given, Plan
from conformance.tester.discovery.survey import discover
from conformance.tester.discovery.written import config_of

DRESSINGS = (
    ("simulator", Profile.HDLC),
    ("simulator", Profile.WRAPPER),
    ("simulator-mechanisms", Profile.HDLC),
    ("simulator-suite1", Profile.WRAPPER),
    ("simulator-suite2", Profile.HDLC),
)
KEYS = ("secret", "encryption_key", "authentication_key")


@dataclass(frozen=True)
class Dressing:
    """A meter as it is declared by hand, and as it was discovered.

    Attributes:
        text: the config that was written.
        environ: the variables that it names.
        told: every line of progress.
    """

    declared: Device
    findings: Findings
    text: str
    environ: dict[str, str]
    told: tuple[str, ...]


def declared(name: str, profile: Profile) -> Device:
    return replace(load(find_device_config(name)), profile=profile)


def given(device: Device, environ: dict[str, str]) -> dict[tuple[int | None, int], Given]:
    """What a config knows of each client, as options would have said it."""
    known = {}
    for item in device.associations:
        secrets = {key: value for key in KEYS if (value := getattr(item, key)) is not None}
        references = {}
        for key, value in secrets.items():
            variable = f"TEST_{device.name}_{item.name}_{key}".upper().replace("-", "_")
            octets = value.reveal()
            environ[variable] = octets.decode() if key == "secret" else octets.hex()
            references[key] = ("env", variable)
        known[item.logical_device, item.client_sap] = Given(
            secrets=secrets, references=references, user_id=item.client_user_id
        )
    return known


@cache
def dressed(name: str, profile: Profile, *, knowing: bool = True) -> Dressing:
    """Discover one; `knowing`: with the secrets of its config."""
    device, environ, told = declared(name, profile), {}, []
    meter = embedded_meter(device, 1)
    plan = Plan(
        name=f"found-{name}-{profile.value}",
        profile=profile,
        given=given(device, environ) if knowing else {},
        security_suite=device.embedded.security_suite if device.embedded else 0,
    )
    links = Links(parse_url("loopback:"), meter.endpoint)
    findings = discover(plan, links, MemoryCounters(), lambda _number, words: told.append(words))
    return Dressing(device, findings, config_of(findings, plan, device.embedded), environ, tuple(told))


def handwritten(name: str, profile: Profile, directory: Path) -> Path:
    """A copy of a hand-written config with another profile and a name of its own."""
    text = find_device_config(name).read_text(encoding="utf-8")
    text = text.replace(f'name = "{name}"', f'name = "by-hand-{name}-{profile.value}"', 1)
    text = text.replace('profile = "hdlc"', f'profile = "{profile.value}"', 1)
    path = directory / f"by-hand-{name}-{profile.value}.toml"
    path.write_text(text, encoding="utf-8")
    return path
