"""What a night was: one row for each device of the lab, whatever became of it. Every view of a night is drawn from it.

`NightRecord` is the schema of `night.json`. A device that has no verdicts of its own is a row all the same,
INCONCLUSIVE with a reason: never a gap. Verdicts, frames and findings stay in the run records of the devices.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path, PurePosixPath
from typing import Literal, Self

from pydantic import AwareDatetime, Field, NonNegativeFloat, NonNegativeInt, ValidationError, model_validator

from conformance.record.deviation import DeviationRecord
from conformance.record.errors import RecordError
from conformance.record.frames import first_problem
from conformance.record.lines import write_whole
from conformance.record.part import Record
from conformance.record.text import Text
from conformance.record.verdict import Verdict, totals, worst

NIGHT = "night.json"
DEVICES = "devices"
"""Directory within a night that holds one run directory for each device."""
SCHEMA = 1

FAILED = 1
UNJUDGED = 3


class RowState(StrEnum):
    """How the test of a device came to its end."""

    DONE = "done"
    """Everything that was planned was judged."""
    OUT_OF_TIME = "out-of-time"
    """Its budget, or the night, was over before everything was judged."""
    NO_LINK = "no-link"
    """It could not be reached, or was lost."""
    CRASHED = "crashed"
    """The process that tested it was killed, or could not start."""
    NOT_RUN = "not-run"
    """Its turn never came."""


class AttemptRecord(Record):
    """One try at a device."""

    number: NonNegativeInt
    """1 for the first."""
    began: AwareDatetime
    ended: AwareDatetime | None = None
    """Null when nobody was there to see it."""
    state: RowState
    reason: Text = ""
    exit_code: int | None = None
    """Of the process that tested it."""
    resumed: bool = False
    """It went on with what an earlier attempt had judged."""


class HookRecord(Record):
    """A command of the lab that was run: a relay, a power switch."""

    hook: Text
    """`before`, `after` or `dead`."""
    at: AwareDatetime
    command: tuple[Text, ...]
    exit_code: int | None = None
    """Null when it could not be started or did not end in time."""
    duration_s: NonNegativeFloat = 0.0
    output: Text = ""


class NightRow(Record):
    """A device in a night."""

    device: Text
    """Its name in the lab."""
    line: Text = ""
    bench: Text = ""
    host: Text = ""
    profile: Text = ""
    """What of: name of a profile of the lab."""
    link: Text = ""
    state: RowState
    verdict: Verdict
    """The worst of its cases; at the best INCONCLUSIVE where not everything was judged."""
    reason: Text = ""
    """Why it is not done, or has no verdicts."""
    directory: Text | None = None
    """Of its run, relative to the night, with slashes; null when there is none."""
    started: AwareDatetime | None = None
    finished: AwareDatetime | None = None
    budget_s: NonNegativeFloat | None = None
    attempts: tuple[AttemptRecord, ...] = ()
    hooks: tuple[HookRecord, ...] = ()
    totals: dict[Verdict, NonNegativeInt] = Field(default_factory=lambda: totals(()))
    """Number of cases by verdict."""
    subtest_totals: dict[Verdict, NonNegativeInt] = Field(default_factory=lambda: totals(()))
    """Number of subtests by verdict."""
    announced: NonNegativeInt = 0
    """How many of the FAILED subtests the device config announces as expected deviations."""
    deviations: tuple[DeviationRecord, ...] = ()
    """Announced deviations that have to be renewed or withdrawn: expired, lapsed, or not shown any more."""
    vendor: Text = ""
    model: Text = ""
    firmware: Text = ""
    config_fingerprint: Text = ""
    tool: Text = ""
    """Version of the tool that ran."""
    notes: tuple[Text, ...] = ()

    @property
    def duration_s(self) -> float | None:
        """From its begin to its end; None where one of them is not known."""
        if self.started is None or self.finished is None:
            return None
        return max(0.0, (self.finished - self.started).total_seconds())

    @property
    def problems(self) -> int:
        """How many subtests somebody has to look at."""
        return sum(count for verdict, count in self.subtest_totals.items() if verdict.is_problem)

    @property
    def fails(self) -> bool:
        """Whether anything FAILED that no expected deviation announces, or an announced one did not show."""
        failing = any(deviation.state.fails for deviation in self.deviations)
        return failing or self.subtest_totals.get(Verdict.FAILED, 0) > self.announced

    @property
    def unjudged(self) -> bool:
        """Whether anything of it was not judged."""
        problems = self.subtest_totals.get(Verdict.ERROR, 0) + self.subtest_totals.get(Verdict.INCONCLUSIVE, 0)
        return bool(problems) or self.state is not RowState.DONE

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.directory is not None and not lies_within(self.directory):
            raise ValueError(f"the directory of {self.device[:80]!r} lies outside the night")
        if self.state is not RowState.DONE and not self.reason:
            raise ValueError(f"{self.device[:80]!r} is {self.state} without a reason")
        if self.announced > self.subtest_totals.get(Verdict.FAILED, 0):
            raise ValueError(f"more deviations of {self.device[:80]!r} are announced than FAILED")
        return self


class HostRecord(Record):
    """A host, or a job of a CI engine, that tested a part of the night."""

    name: Text
    started: AwareDatetime
    finished: AwareDatetime | None = None
    complete: bool = False
    devices: NonNegativeInt = 0
    tool: Text = ""
    lab_fingerprint: Text = ""
    """Of the lab file that it worked by; empty when not known."""


class NightRecord(Record):
    """A whole night."""

    schema_version: Literal[1] = Field(default=1, validation_alias="schema", serialization_alias="schema")
    name: Text
    """Of the night: when it began, as its directory is called."""
    lab: Text
    lab_fingerprint: Text = ""
    started: AwareDatetime
    finished: AwareDatetime | None = None
    """Null when it was killed."""
    complete: bool
    """False when it ended before every device had had its turn."""
    hosts: tuple[HostRecord, ...] = ()
    rows: tuple[NightRow, ...]
    """One for each device, in the order of the lab."""
    notes: tuple[Text, ...] = ()
    """What befell the night as a whole."""

    @property
    def verdict(self) -> Verdict:
        """The worst of its devices."""
        return worst(row.verdict for row in self.rows)

    @property
    def totals(self) -> dict[Verdict, int]:
        """Number of devices by verdict."""
        return totals(row.verdict for row in self.rows)

    @property
    def subtest_totals(self) -> dict[Verdict, int]:
        """Number of subtests by verdict."""
        return {verdict: sum(row.subtest_totals.get(verdict, 0) for row in self.rows) for verdict in Verdict}

    @property
    def exit_code(self) -> int:
        """0 when all is well, 1 when something FAILED that nobody announced, 3 when something was not judged."""
        if any(row.fails for row in self.rows):
            return FAILED
        return UNJUDGED if not self.complete or not self.rows or any(row.unjudged for row in self.rows) else 0

    @model_validator(mode="after")
    def _each_device_once(self) -> Self:
        seen: set[str] = set()
        places: set[str] = set()
        for row in self.rows:
            if row.device in seen:
                raise ValueError(f"{row.device[:80]!r} has two rows")
            if row.directory is not None and row.directory in places:
                raise ValueError(f"{row.device[:80]!r} shares its directory with another device")
            seen.add(row.device)
            places.add(row.directory or "")
        return self

    @classmethod
    def from_json(cls, content: Mapping[str, object], path: Path) -> NightRecord:
        """The record that stands in a file.

        Args:
            content: of the file.
            path: of the file, for the error.

        Raises:
            RecordError: it is none, or of another schema.
        """
        schema = content.get("schema")
        if schema != SCHEMA or isinstance(schema, bool):
            told = "names no schema" if schema is None else f"has schema {str(schema)[:40]}"
            raise RecordError(path, f"{told}, this version reads schema {SCHEMA} of nights", remedy=_REMEDY)
        try:
            return cls.model_validate(content)
        except ValidationError as error:
            raise RecordError(path, f"is no record of a night ({first_problem(error)})", remedy=_REMEDY) from None


_REMEDY = "Give the directory of a night as `lab run` or `lab merge` made it, or restore the file from its archive"


def lies_within(name: str) -> bool:
    """Whether a relative path with slashes names something within its directory, on any system."""
    path = PurePosixPath(name)
    bad = "\\" in name or ":" in name or "\0" in name
    return bool(path.parts) and not bad and not path.is_absolute() and ".." not in path.parts


def load_night(directory: Path) -> NightRecord:
    """Read the record of the night in `directory`.

    Raises:
        RecordError: there is none, or it is damaged or of another schema.
    """
    path = directory / NIGHT
    try:
        content = json.loads(path.read_bytes())
    except FileNotFoundError:
        raise RecordError(directory, f"holds no night: there is no {NIGHT}", remedy=_REMEDY) from None
    except OSError as error:
        raise RecordError(path, f"cannot be read ({error.strerror})", remedy="Check its permissions") from None
    except (ValueError, RecursionError):
        raise RecordError(path, "is no JSON", remedy=_REMEDY) from None
    if not isinstance(content, dict):
        raise RecordError(path, "is no JSON object", remedy=_REMEDY)
    return NightRecord.from_json(content, path)


def save_night(directory: Path, night: NightRecord) -> Path:
    """Write the record of a night into its directory, whole, and give its path.

    Raises:
        OSError: it cannot be written.
    """
    path = directory / NIGHT
    content = json.dumps(night.to_json(), indent=1, ensure_ascii=False).encode("utf-8", "backslashreplace")
    write_whole(path, content + b"\n")
    return path
