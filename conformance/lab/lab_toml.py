"""The lab file as it is written: every table and key with its meaning."""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Discriminator, Field, Tag, WithJsonSchema
from pydantic_core import PydanticCustomError

from conformance.device.device_toml import PermissionName
from conformance.device.toml_types import REFERENCE_TAG, TEXT_TAG, Name, Table
from conformance.record.duration import parse_duration

_LONGEST_S = 7 * 86400
_WRITTEN = r"^(?=\d)(\d+h)?(\d+m)?(\d+(\.\d+)?s)?$"
_RESERVED = re.compile(r"(?:con|prn|aux|nul|com\d|lpt\d)(?:\.|$)", re.IGNORECASE)


def _wrong(message: str) -> PydanticCustomError:
    return PydanticCustomError("device_config", "{message}", {"message": message, "allowed": []})


def _duration(text: str) -> str:
    try:
        span = parse_duration(text)
    except ValueError as error:
        raise _wrong(str(error)) from None
    if span > _LONGEST_S:
        raise _wrong("is longer than 7 days, which is no night")
    return text


def _label(text: str) -> str:
    if not text.isprintable() or text != text.strip():
        raise _wrong("may hold printable characters, and no space at its beginning or end")
    return text


def _directory_name(text: str) -> str:
    if text.endswith((".", " ")) or _RESERVED.match(text):
        raise _wrong("names a directory of the night too, and cannot on every system; choose another")
    return text


def _argument(text: str) -> str:
    if "\0" in text:
        raise _wrong("may not hold the character NUL")
    return text


def _directory(text: str) -> str:
    if not text.strip() or "\0" in text:
        raise _wrong("must be a path")
    return text


Duration = Annotated[
    str,
    AfterValidator(_duration),
    WithJsonSchema(
        {"type": "string", "pattern": "^(?=\\d)(\\d+h)?(\\d+m)?(\\d+(\\.\\d+)?s)?$", "examples": ["45m", "1h30m"]}
    ),
]
RunnerTag = Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9][A-Za-z0-9._:+/-]*$")]
Label = Annotated[str, Field(min_length=1, max_length=64), AfterValidator(_label)]
DeviceName = Annotated[Name, AfterValidator(_directory_name)]
FilePath = Annotated[str, Field(min_length=1, max_length=4096), AfterValidator(_directory)]
Command = Annotated[list[Annotated[str, AfterValidator(_argument)]], Field(max_length=64)]
Identifier = Annotated[str, Field(min_length=1, max_length=128)]


class EnvToml(Table):
    """A text that is in an environment variable."""

    env: Annotated[str, Field(min_length=1)]
    """Name of the variable."""


def _written_as(value: Any) -> str:
    return TEXT_TAG if isinstance(value, str) else REFERENCE_TAG


TextToml = Annotated[
    Annotated[str, Field(min_length=1, max_length=8192), Tag(TEXT_TAG)] | Annotated[EnvToml, Tag(REFERENCE_TAG)],
    Discriminator(_written_as),
]


class LabTableToml(Table):
    """What holds for all of the lab."""

    name: Label
    """For people: on the night's page."""
    nights: FilePath = "nights"
    """Directory of the nights, from this file's folder."""
    state: FilePath = "state"
    """Directory of what outlives a night: invocation counters, locks, times; from this file's folder."""
    workers: Annotated[int, Field(ge=1, le=1024)] | None = None
    """Most meters tested at once on this host; left out: as many as lines."""
    history: FilePath | None = None
    """Store of the command `history` that each night is added to; left out: none."""
    pdf: bool = True
    """Whether each device gets a PDF report; the night has one in any case."""


class HooksToml(Table):
    """The lab's own commands: program and arguments, in which {device}, {line}, {bench}, {link}, … are replaced."""

    before: Command | None = None
    """Before the test of a device."""
    after: Command | None = None
    """After it, however it ended."""
    dead: Command | None = None
    """When the meter does not answer; then it is tried once more."""
    timeout: Duration | None = None
    """So long each may take; left out: 60s."""


class WebhookToml(Table):
    """Where the summary of each night is sent, as JSON."""

    url: TextToml
    """An http or https URL, or { env = "NAME" }."""
    headers: dict[Annotated[str, Field(pattern=r"^[!#$%&'*+.^_`|~0-9A-Za-z-]+$")], TextToml] = Field(default={})
    """Headers of the request, each a text or { env = "NAME" }."""


class LabgridToml(Table):
    """How the places of labgrid are acquired that lines name."""

    client: Annotated[Command, Field(min_length=1)] | None = None
    """The program labgrid-client and what comes first; left out: ["labgrid-client"]."""
    coordinator: Annotated[str, Field(min_length=1, max_length=255, pattern=r"^[^\s-]\S*$")] | None = None
    """HOST:PORT; left out: LG_COORDINATOR, or this host."""
    wait: Duration | None = None
    """So long a line waits for its place; left out: 30m."""


class BenchToml(Table):
    """A place with lines."""

    name: Label
    """Unique."""
    host: Label | None = None
    """Name of the host that its lines are wired to; `lab plan --host` chooses by it."""
    tags: Annotated[list[RunnerTag], Field(max_length=32)] = Field(default=[])
    """Tags of the runners (GitLab), labels (GitHub, Jenkins) that reach it."""


class LineToml(Table):
    """A serial port, a gateway: one meter at a time is tested on it."""

    name: Label
    """Unique."""
    bench: str | None = None
    """Name of its bench."""
    labgrid_place: Label | None = None
    """Place of labgrid that is acquired before the line is used, and released after."""
    hooks: HooksToml | None = None
    """Commands in place of the lab's."""


class LabDeviceToml(Table):
    """A meter."""

    name: DeviceName | None = None
    """Unique; left out: the name in its device config."""
    config: Annotated[str, Field(min_length=1, max_length=4096)]
    """Its device config: a file, from this file's folder, or the name of a shipped one."""
    line: str
    """Name of its line."""
    profile: str
    """Name of its nightly profile."""
    link: Annotated[str, Field(min_length=1, max_length=1024)] | None = None
    """Link in place of the device config's."""
    hooks: HooksToml | None = None
    """Commands in place of the line's and the lab's."""


class NightProfileToml(Table):
    """What is done with a device in a night."""

    cases: list[Identifier] = Field(default=[])
    """Identifiers of cases; * and ? are wildcards; left out: all."""
    permit: list[PermissionName] = Field(default=[])
    """What may be done to the meter beside what its device config permits."""
    acceptance: Literal["strict", "tolerant"] | None = None
    """In place of the device config's."""
    budget: Duration | None = None
    """What a device may take, as "45m"; what was not begun then is INCONCLUSIVE; left out: without end."""


class LabToml(Table):
    """A lab: benches, lines, devices, and what is done with them each night."""

    lab: LabTableToml
    """The lab as a whole."""
    hooks: HooksToml | None = None
    """The lab's own commands."""
    webhook: WebhookToml | None = None
    """Where the summary of each night is sent."""
    labgrid: LabgridToml | None = None
    """How places of labgrid are acquired."""
    bench: list[BenchToml] = Field(default=[])
    """The benches."""
    line: Annotated[list[LineToml], Field(min_length=1)]
    """The lines."""
    device: Annotated[list[LabDeviceToml], Field(min_length=1)]
    """The devices; those of a line are tested in this order."""
    profile: Annotated[dict[Name, NightProfileToml], Field(min_length=1)]
    """The nightly profiles, by name."""
