"""The beginning of a night, or of its next part: which devices are due, and where their evidence goes."""

from __future__ import annotations

import socket
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from difflib import get_close_matches
from importlib import metadata
from pathlib import Path

from conformance.device.load import load
from conformance.device.problems import ConfigError
from conformance.lab.device_directory import device_directory
from conformance.lab.device_turn import Due
from conformance.lab.inventory import Lab, LabDevice
from conformance.lab.night_journal import (
    NIGHT_JOURNAL,
    Began,
    DeviceBegan,
    DeviceEnded,
    Ended,
    NightEvent,
    PlannedDevice,
    read_events,
)
from conformance.lab.night_record import RowState
from conformance.lab.run_outcome import STOPPED
from conformance.record.errors import RecordError


class NightError(Exception):
    """A night that cannot begin or go on; the message says why, and what would do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """Which devices of a lab a night tests: those that all that is given names; nothing given: all.

    Attributes:
        lines: names of lines.
        devices: names of devices.
        profiles: names of nightly profiles.
    """

    lines: tuple[str, ...] = ()
    devices: tuple[str, ...] = ()
    profiles: tuple[str, ...] = ()

    def of(self, lab: Lab) -> tuple[LabDevice, ...]:
        """The devices, in the order of the lab.

        Raises:
            NightError: a name is not in the lab, or no device is left.
        """
        _known("--line", self.lines, [line.name for line in lab.lines])
        _known("--device", self.devices, [device.name for device in lab.devices])
        _known("--profile", self.profiles, [profile.name for profile in lab.profiles])
        chosen = tuple(
            device
            for device in lab.devices
            if (not self.lines or device.line in self.lines)
            and (not self.devices or device.name in self.devices)
            and (not self.profiles or device.profile in self.profiles)
        )
        if not chosen:
            raise NightError("no device of the lab is on those lines, of those names and with those profiles at once")
        return chosen


@dataclass(frozen=True, slots=True)
class NightStart:
    """What a night, or its next part, begins with.

    Attributes:
        directory: of the night.
        began: first event of this part.
        due: devices to be tested.
        gone: devices of the night that the lab no longer has and that were never done with.
    """

    directory: Path
    began: Began
    due: tuple[Due, ...]
    gone: tuple[str, ...] = ()


def host_name() -> str:
    """What this host is called in the record of a night."""
    return socket.gethostname() or "this host"


def new_night(lab: Lab, choice: Choice, out: Path | None, now: datetime) -> NightStart:
    """A night of the chosen devices; its directory is not made yet.

    Args:
        lab: the lab.
        choice: of its devices.
        out: directory of the night; None: one named after `now` in the lab's directory of nights.
        now: local time.

    Raises:
        NightError: nothing was chosen, or the directory holds something.
    """
    devices = choice.of(lab)
    directory = out.absolute() if out is not None else _fresh(lab.nights / now.strftime("%Y-%m-%dT%H%M%S"))
    try:
        if directory.exists() and (not directory.is_dir() or any(directory.iterdir())):
            what = "holds another night" if (directory / NIGHT_JOURNAL).exists() else "is there already"
            raise NightError(f"{directory} {what}; name a new directory, or go on with a night by --resume")
    except OSError as error:
        raise NightError(f"{directory}: {error.strerror or error}; name another directory") from None
    planned = _planned(lab, devices)
    due = tuple(Due(device, plan) for device, plan in zip(devices, planned, strict=True))
    return NightStart(directory, _began(lab, directory.name, planned, now, resumed=False), due)


def resumed_night(lab: Lab, directory: Path, now: datetime) -> NightStart:
    """What is left of the night in `directory`: its unfinished devices, those that were lost, and those never begun.

    Raises:
        NightError: nothing is left, or it is a night of another lab.
        RecordError: it is no night, or its journal is damaged.
    """
    directory = directory.absolute()
    events = read_events(directory)
    first = events.events[0] if events.events else None
    if not isinstance(first, Began):
        raise RecordError(
            events.path, "does not begin with a night", line=1, remedy="It was killed before it began: start a new one"
        )
    if first.lab != lab.name:
        raise NightError(f"{directory} is a night of the lab {first.lab!r}, not of {lab.name!r}")
    pasts: dict[str, _Past] = {}
    over: Ended | None = None
    for event in events:
        over = event if isinstance(event, Ended) else None
        _take(pasts, event)
    known = {device.name: device for device in lab.devices}
    left = {name: past for name, past in pasts.items() if not past.finished}
    if not left and over is not None:
        raise NightError(f"{directory}: every device of this night has been tested; nothing is left to resume")
    devices = [known[name] for name in pasts if name in known]
    fresh = dict(zip((device.name for device in devices), _planned(lab, devices), strict=True))
    # A device stays where its evidence is, whatever the lab file says now.
    planned = [
        fresh[name].model_copy(update={"directory": past.planned.directory}) if name in fresh else past.planned
        for name, past in pasts.items()
    ]
    by_name = {plan.device: plan for plan in planned}
    due = tuple(
        Due(known[name], by_name[name], past.attempts, past.spent_s, past.began is not None)
        for name, past in left.items()
        if name in known
    )
    gone = tuple(name for name in left if name not in known)
    return NightStart(directory, _began(lab, first.night, planned, now, resumed=True), due, gone)


@dataclass(slots=True)
class _Past:
    """What the journal says of a device so far."""

    planned: PlannedDevice
    attempts: int = 0
    spent_s: float = 0.0
    began: datetime | None = None
    """Of an attempt of whose end nothing is known."""
    last: DeviceEnded | None = None

    @property
    def finished(self) -> bool:
        """Whether it had its turn; what was lost, crashed or stopped has another one in a resumed night."""
        if self.began is not None or self.last is None:
            return False
        if self.last.state is RowState.OUT_OF_TIME:
            return not self.last.reason.startswith(STOPPED)
        return self.last.state is RowState.DONE


def _take(pasts: dict[str, _Past], event: NightEvent) -> None:
    match event:
        case Began():
            for planned in event.devices:
                pasts.setdefault(planned.device, _Past(planned))
        case DeviceBegan() if event.device in pasts:
            past = pasts[event.device]
            past.attempts = max(past.attempts, event.attempt)
            past.began = event.at
        case DeviceEnded() if event.device in pasts:
            past = pasts[event.device]
            if past.began is not None:
                past.spent_s += max(0.0, (event.at - past.began).total_seconds())
            past.began, past.last = None, event


def _began(lab: Lab, night: str, planned: Sequence[PlannedDevice], now: datetime, *, resumed: bool) -> Began:
    return Began(
        at=now.astimezone(UTC),
        night=night,
        lab=lab.name,
        lab_fingerprint=lab.fingerprint,
        host=host_name(),
        tool=metadata.version("dlms-conformance"),
        resumed=resumed,
        devices=tuple(planned),
    )


def _planned(lab: Lab, devices: Iterable[LabDevice]) -> list[PlannedDevice]:
    links: dict[Path, str] = {}
    planned = []
    for device in devices:
        if device.link is None and device.config not in links:
            links[device.config] = _declared_link(device.config)
        planned.append(
            PlannedDevice(
                device=device.name,
                line=device.line,
                bench=lab.line(device.line).bench,
                profile=device.profile,
                link=device.link or links[device.config],
                directory=device_directory(device.name),
                budget_s=lab.profile(device.profile).budget_s,
            )
        )
    return planned


def _declared_link(config: Path) -> str:
    """The link of a device config; empty where it cannot be read: its run will say why."""
    try:
        return load(config, secrets="placeholder").link
    except (ConfigError, OSError):
        return ""


def _fresh(directory: Path) -> Path:
    """A directory that is not there yet: two nights may begin in one second."""
    number, fresh = 1, directory
    while fresh.exists():
        number += 1
        fresh = directory.with_name(f"{directory.name}-{number}")
    return fresh


def _known(option: str, names: Iterable[str], known: Sequence[str]) -> None:
    for name in names:
        if name not in known:
            near = get_close_matches(name, known, n=1)
            hint = (
                f"did you mean {near[0]}?"
                if near
                else f"it has {', '.join(known[:10])}{' …' if len(known) > 10 else ''}"
            )
            raise NightError(f"{option} {name}: the lab has none of this name; {hint}")
