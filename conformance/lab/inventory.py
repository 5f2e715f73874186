"""What a lab is: benches, lines, devices and nightly profiles, as frozen values that have been checked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from conformance.device.model import Acceptance, Permission


@dataclass(frozen=True, slots=True, kw_only=True)
class Hooks:
    """A lab's own commands around the test of a device: program and arguments, no shell; empty: none.

    In each argument `{device}`, `{line}`, `{bench}`, `{link}`, `{reason}` and `{night}` stand for what they say.

    Attributes:
        before: run before the test of a device.
        after: run after it, however it ended.
        dead: run when the meter does not answer, once, before it is tried again.
        timeout_s: so long each may take; seconds.
    """

    before: tuple[str, ...] = ()
    after: tuple[str, ...] = ()
    dead: tuple[str, ...] = ()
    timeout_s: float = 60.0


@dataclass(frozen=True, slots=True)
class SettingText:
    """A text that may be a secret: written in the file, or in an environment variable that the file names.

    Attributes:
        literal: what the file says; None where it names a variable. Not shown by `repr`.
        env: name of the variable; None where the text is in the file.
    """

    literal: str | None = field(default=None, repr=False)
    env: str | None = None

    def resolve(self, environ: Mapping[str, str]) -> str | None:
        """The text itself; None when the variable is not set or empty."""
        return self.literal if self.env is None else environ.get(self.env) or None


@dataclass(frozen=True, slots=True, kw_only=True)
class Webhook:
    """Where the summary of a night is sent.

    Attributes:
        url: `http:` or `https:`.
        headers: of the request, by name.
    """

    url: SettingText
    headers: tuple[tuple[str, SettingText], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Labgrid:
    """How places of labgrid are acquired.

    Attributes:
        client: the program `labgrid-client` and what comes first.
        coordinator: `HOST:PORT`; None: the client's own default.
        wait_s: so long a line waits for its place; seconds.
    """

    client: tuple[str, ...] = ("labgrid-client",)
    coordinator: str | None = None
    wait_s: float = 1800.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Bench:
    """A place with lines.

    Attributes:
        name: unique; printable text, not always fit for a file name.
        host: name of the host that its lines are wired to; empty: not said.
        tags: tags, labels of the runners or agents that can reach it.
    """

    name: str
    host: str = ""
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """What only one test may use at a time: a serial port, a gateway; its meters are tested one after another.

    Attributes:
        name: unique; printable text, not always fit for a file name.
        bench: name of its bench; empty: it has none.
        labgrid_place: acquired before the line is used and released after; None: labgrid has no part in it.
        hooks: the lab's, with what the line has of its own in their place.
    """

    name: str
    bench: str = ""
    labgrid_place: str | None = None
    hooks: Hooks = Hooks()


@dataclass(frozen=True, slots=True, kw_only=True)
class NightProfile:
    """What is done with a device in a night.

    Attributes:
        name: key of the table.
        cases: identifiers with wildcards, as `run --case`; empty: all.
        permit: beside what the device config permits.
        acceptance: in place of the device config's; None: that of the device config.
        budget_s: what a device may take; what was not begun then is INCONCLUSIVE; None: without end; seconds.
    """

    name: str
    cases: tuple[str, ...] = ()
    permit: tuple[Permission, ...] = ()
    acceptance: Acceptance | None = None
    budget_s: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LabDevice:
    """A meter of the lab.

    Attributes:
        name: unique, upper and lower case alike; fit for a directory.
        config: the file of its device config; absolute.
        line: name of its line.
        profile: name of its nightly profile.
        link: in place of the device config's; None: that of the device config.
        hooks: its line's, with what the device has of its own in their place.
    """

    name: str
    config: Path
    line: str
    profile: str
    link: str | None = None
    hooks: Hooks = Hooks()


@dataclass(frozen=True, slots=True, kw_only=True)
class Lab:
    """A lab.

    Attributes:
        name: for people.
        path: its file, absolute.
        nights: directory of the nights, absolute.
        state: directory of what outlives a night (invocation counters, locks, times), absolute.
        workers: most meters tested at once on a host; None: as many as lines.
        history: store that each night is added to; None: none.
        fingerprint: SHA-256 of the file's octets, hexadecimal.
        benches, lines, devices, profiles: in the order of the file; every reference between them holds.
        hooks: of the whole lab; those that count for a device are in `LabDevice.hooks`.
        webhook: where the summary of each night is sent; None: nowhere.
        labgrid: how the places of lines are acquired; None: no line has one.
        pdf: whether each device gets a PDF report; the night has one in any case.
    """

    name: str
    path: Path
    nights: Path
    state: Path
    workers: int | None = None
    history: Path | None = None
    fingerprint: str = ""
    benches: tuple[Bench, ...] = ()
    lines: tuple[Line, ...] = ()
    devices: tuple[LabDevice, ...] = ()
    profiles: tuple[NightProfile, ...] = ()
    hooks: Hooks = Hooks()
    webhook: Webhook | None = None
    labgrid: Labgrid | None = None
    pdf: bool = True

    def bench(self, name: str) -> Bench:
        """The bench of that name.

        Raises:
            KeyError: there is none.
        """
        return _named(self.benches, name)

    def line(self, name: str) -> Line:
        """The line of that name.

        Raises:
            KeyError: there is none.
        """
        return _named(self.lines, name)

    def device(self, name: str) -> LabDevice:
        """The device of that name.

        Raises:
            KeyError: there is none.
        """
        return _named(self.devices, name)

    def profile(self, name: str) -> NightProfile:
        """The nightly profile of that name.

        Raises:
            KeyError: there is none.
        """
        return _named(self.profiles, name)

    def devices_on(self, line: str) -> tuple[LabDevice, ...]:
        """The devices of a line, in the order in which they are tested."""
        return tuple(device for device in self.devices if device.line == line)


Named = TypeVar("Named", Bench, Line, LabDevice, NightProfile)


def _named(entries: tuple[Named, ...], name: str) -> Named:
    for entry in entries:
        if entry.name == name:
            return entry
    raise KeyError(name)
