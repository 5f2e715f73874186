"""A lab from its file: read, validated with every problem at once, each reference in it followed, frozen."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from conformance.device.document import Document
from conformance.device.model import Acceptance, Permission
from conformance.device.problems import ConfigError, Problem, UnusableFileError
from conformance.device.table_problems import problems_of
from conformance.device.toml_file import parse, read
from conformance.lab.device_entries import DeviceEntry, device_entries
from conformance.lab.inventory import Bench, Hooks, Lab, LabDevice, Labgrid, Line, NightProfile, SettingText, Webhook
from conformance.lab.inventory_rules import broken_rules
from conformance.lab.lab_toml import (
    EnvToml,
    HooksToml,
    LabToml,
    LineToml,
    NightProfileToml,
    WebhookToml,
)
from conformance.record.duration import parse_duration


class LabError(UnusableFileError):
    """A lab file that cannot be used."""

    WHAT = "lab"


def load_lab(path: str | os.PathLike[str]) -> Lab:
    """Load a lab file. Device configs are not loaded, only looked for; `lab_checks` looks at the whole.

    Raises:
        LabError: with all problems at once.
    """
    found = read_lab(path)
    if found.problems:
        raise LabError(found.problems)
    return found.lab


@dataclass(frozen=True, slots=True)
class ReadLab:
    """A lab file for a look at the whole of it.

    Attributes:
        lab: the lab as far as it goes: with problems, references may lead nowhere, and devices may be missing.
        document: knows where each key stands.
        indices: of each device of the lab, its number in the file, from 0.
        problems: what breaks a rule.
    """

    lab: Lab
    document: Document
    indices: tuple[int, ...]
    problems: tuple[Problem, ...]


def read_lab(path: str | os.PathLike[str]) -> ReadLab:
    """Load a lab file, though it may break rules.

    Raises:
        LabError: the file cannot be read, or holds keys or values that no lab has.
    """
    file = os.fspath(path)
    try:
        octets = read(file, "lab")
        document = parse(file, octets)
        toml, problems = _validated(document)
        if toml is None:
            raise LabError(problems)
        entries, problems = device_entries(document, toml)
        problems += broken_rules(document, toml, entries)
    except ConfigError as error:
        raise LabError(error.problems) from None
    except RecursionError:
        raise LabError([Problem(file=file, message="nests tables or lists too deeply")]) from None
    lab = _built(Path(file).absolute(), toml, entries, hashlib.sha256(octets).hexdigest())
    return ReadLab(lab, document, tuple(entry.index for entry in entries), tuple(problems))


def _validated(document: Document) -> tuple[LabToml | None, list[Problem]]:
    try:
        return LabToml.model_validate(document.values), []
    except ValidationError as error:
        return None, problems_of(document, error, LabToml)[2]


def _built(path: Path, toml: LabToml, entries: tuple[DeviceEntry, ...], fingerprint: str) -> Lab:
    hooks = _hooks(toml.hooks, Hooks())
    lines = tuple(_line(line, hooks) for line in toml.line)
    of_line = {line.name: line.hooks for line in lines}
    table = toml.lab
    return Lab(
        name=table.name,
        path=path,
        nights=path.parent / table.nights,
        state=path.parent / table.state,
        workers=table.workers,
        history=None if table.history is None else path.parent / table.history,
        fingerprint=fingerprint,
        benches=tuple(Bench(name=it.name, host=it.host or "", tags=tuple(it.tags)) for it in toml.bench),
        lines=lines,
        devices=tuple(
            LabDevice(
                name=entry.name,
                config=entry.config,
                line=entry.toml.line,
                profile=entry.toml.profile,
                link=entry.toml.link,
                hooks=_hooks(entry.toml.hooks, of_line.get(entry.toml.line, hooks)),
            )
            for entry in entries
        ),
        profiles=tuple(_profile(name, profile) for name, profile in toml.profile.items()),
        hooks=hooks,
        webhook=None if toml.webhook is None else _webhook(toml.webhook),
        labgrid=_labgrid(toml),
        pdf=table.pdf,
    )


def _labgrid(toml: LabToml) -> Labgrid | None:
    """How places are acquired; with the client's own settings where a line has one and the file says no more."""
    given = toml.labgrid
    if given is None:
        return Labgrid() if any(line.labgrid_place for line in toml.line) else None
    usual = Labgrid()
    return Labgrid(
        client=usual.client if given.client is None else tuple(given.client),
        coordinator=given.coordinator,
        wait_s=usual.wait_s if given.wait is None else parse_duration(given.wait),
    )


def _line(line: LineToml, hooks: Hooks) -> Line:
    return Line(
        name=line.name,
        bench=line.bench or "",
        labgrid_place=line.labgrid_place,
        hooks=_hooks(line.hooks, hooks),
    )


def _hooks(given: HooksToml | None, around: Hooks) -> Hooks:
    """What counts: each key that is given, and for the others what is given around it."""
    if given is None:
        return around
    return Hooks(
        before=around.before if given.before is None else tuple(given.before),
        after=around.after if given.after is None else tuple(given.after),
        dead=around.dead if given.dead is None else tuple(given.dead),
        timeout_s=around.timeout_s if given.timeout is None else parse_duration(given.timeout),
    )


def _profile(name: str, profile: NightProfileToml) -> NightProfile:
    return NightProfile(
        name=name,
        cases=tuple(profile.cases),
        permit=tuple(Permission(permission) for permission in profile.permit),
        acceptance=None if profile.acceptance is None else Acceptance(profile.acceptance),
        budget_s=None if profile.budget is None else parse_duration(profile.budget),
    )


def _webhook(webhook: WebhookToml) -> Webhook:
    return Webhook(
        url=_text(webhook.url),
        headers=tuple((name, _text(value)) for name, value in webhook.headers.items()),
    )


def _text(given: str | EnvToml) -> SettingText:
    return SettingText(env=given.env) if isinstance(given, EnvToml) else SettingText(literal=given)
