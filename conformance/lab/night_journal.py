"""The journal of a night: what happens, event by event, on the disk before anybody acts on it.

`night.jsonl` is appended to only, one JSON object a line, each synced; a night that is resumed goes on in the same file
behind another `began`. A last line that its writer did not finish is left out when it is read, and cut off before more
is written.
"""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Annotated, Literal, Self

from pydantic import AwareDatetime, Field, NonNegativeFloat, PositiveInt, TypeAdapter, ValidationError

from conformance.lab.night_record import RowState
from conformance.record.frames import first_problem
from conformance.record.lines import LineReader
from conformance.record.part import Record
from conformance.record.text import Text

NIGHT_JOURNAL = "night.jsonl"


class PlannedDevice(Record):
    """A device that the night is to test."""

    device: Text
    line: Text = ""
    bench: Text = ""
    profile: Text = ""
    link: Text = ""
    """In words, without secrets."""
    directory: Text
    """Of its run, relative to the night: `device_directory`."""
    budget_s: NonNegativeFloat | None = None


class Began(Record):
    """A night begins, or goes on."""

    event: Literal["began"] = "began"
    at: AwareDatetime
    night: Text
    lab: Text
    lab_fingerprint: Text = ""
    """`Lab.fingerprint`."""
    host: Text = ""
    tool: Text = ""
    """Version of the tool."""
    resumed: bool = False
    devices: tuple[PlannedDevice, ...]
    """In the order of the lab; every one of the night, also those that an earlier part has done."""


class DeviceBegan(Record):
    """An attempt at a device begins."""

    event: Literal["device-began"] = "device-began"
    at: AwareDatetime
    device: Text
    attempt: PositiveInt = 1
    """Counted over all parts of the night."""
    resumed: bool = False
    """It goes on with what an earlier attempt judged."""


class DeviceEnded(Record):
    """An attempt at a device is over, or the device is given up without one."""

    event: Literal["device-ended"] = "device-ended"
    at: AwareDatetime
    device: Text
    attempt: PositiveInt | None = None
    """Null when there was none: `not-run`."""
    state: RowState
    reason: Text = ""
    exit_code: int | None = None


class HookRan(Record):
    """A command of the lab was run."""

    event: Literal["hook"] = "hook"
    at: AwareDatetime
    hook: Literal["before", "after", "dead"]
    device: Text
    line: Text = ""
    command: tuple[Text, ...]
    exit_code: int | None = None
    duration_s: NonNegativeFloat = 0.0
    output: Text = ""


class LineEvent(Record):
    """Something befell a line: taken, released, gone, held by somebody else."""

    event: Literal["line"] = "line"
    at: AwareDatetime
    line: Text
    state: Text
    detail: Text = ""


class Noted(Record):
    """Anything else that a reader of the night should know."""

    event: Literal["note"] = "note"
    at: AwareDatetime
    text: Text
    device: Text = ""
    """Whom it is about; empty: the night."""


class Ended(Record):
    """A night is over, or was stopped."""

    event: Literal["ended"] = "ended"
    at: AwareDatetime
    complete: bool
    """Every device has had its turn."""
    reason: Text = ""
    """Why not."""


NightEvent = Annotated[
    Began | DeviceBegan | DeviceEnded | HookRan | LineEvent | Noted | Ended, Field(discriminator="event")
]
_EVENT: TypeAdapter[NightEvent] = TypeAdapter(NightEvent)


class NightJournal:
    """Appends events to the journal of a night; any thread may.

    Args:
        directory: of the night; made where it is not there.

    Raises:
        OSError: it cannot be written, now or later: a full disk.
    """

    __slots__ = ("_file", "_lock", "path")

    def __init__(self, directory: Path) -> None:
        directory.mkdir(parents=True, exist_ok=True)
        self.path = directory / NIGHT_JOURNAL
        self._lock = threading.Lock()
        if self.path.exists():
            with self.path.open("r+b") as file:
                file.truncate(file.read().rfind(b"\n") + 1)
        # Unbuffered: a line that a full disk refuses must not come out by itself later.
        self._file = self.path.open("ab", buffering=0)

    def write(self, event: NightEvent) -> None:
        """Append an event; when this returns, it is on the disk.

        A line of which a full disk takes a part only is taken back, so that the next one does not go on in it.
        """
        octets = json.dumps(event.to_json(), separators=(",", ":")).encode("ascii") + b"\n"
        with self._lock:
            before = os.fstat(self._file.fileno()).st_size
            try:
                written = self._file.write(octets)
                if written != len(octets):
                    raise OSError(f"only {written} of {len(octets)} octets could be written to {self.path}")
                os.fsync(self._file.fileno())
            except OSError:
                self._file.truncate(before)
                raise

    def close(self) -> None:
        """Close it; a second call does nothing."""
        self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()


@dataclass(frozen=True, slots=True)
class NightEvents:
    """What a journal says.

    Attributes:
        path: of the journal.
        events: in their order.
        torn: number of a last line that its writer did not finish, else None.
    """

    path: Path
    events: tuple[NightEvent, ...]
    torn: int | None

    def __iter__(self) -> Iterator[NightEvent]:
        return iter(self.events)


def read_events(directory: Path) -> NightEvents:
    """Read the journal of the night in `directory`, also one whose writer was killed.

    Raises:
        RecordError: it is missing or damaged.
    """
    reader = LineReader(directory / NIGHT_JOURNAL)
    events = []
    for line in reader:
        try:
            events.append(_EVENT.validate_python(line.content))
        except ValidationError as error:
            raise reader.damaged(line, f"is no event of a night ({first_problem(error)})") from None
    return NightEvents(reader.path, tuple(events), reader.torn)
