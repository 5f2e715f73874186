"""What the history holds: runs, the devices of a run, and the names of subtests."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo

from conformance.record.verdict import Verdict
from conformance.reporting.history.codes import counted
from conformance.reporting.history.errors import DamagedError

_NOON = timedelta(hours=12)


def night_of(started: datetime, zone: tzinfo | None = None) -> date:
    """The night to which a run belongs: from noon to noon, named by the day on which it begins.

    Args:
        started: when the run started.
        zone: whose noon; None is that of this machine.
    """
    return (started.astimezone(zone) - _NOON).date()


@dataclass(frozen=True, slots=True)
class StoredRun:
    """A run that was added.

    Attributes:
        number: in this history.
        digest: SHA-256 of its run.json.
        started: in UTC.
        finished: None where it was killed.
        complete: whether all that was planned was judged.
        directory: where it was when it was added.
        tool: version of the tool.
        scope: what was selected, in words.
    """

    number: int
    digest: str
    started: datetime
    finished: datetime | None
    complete: bool
    directory: str
    tool: str
    scope: str

    @property
    def state(self) -> str:
        """Nothing to say when complete; else how it ended."""
        if self.complete:
            return ""
        return "incomplete" if self.finished is not None else "killed"


@dataclass(frozen=True, slots=True)
class SubtestName:
    """A subtest, wherever it runs."""

    case: str
    association: str
    variant: str
    number: int
    title: str

    @property
    def place(self) -> str:
        """Where it is, in words: `T_APPL_OPEN_1 management glo subtest 3`."""
        parts = (self.case, self.association, self.variant, f"subtest {self.number}")
        return " ".join(part for part in parts if part)


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What may explain that a verdict differs.

    Attributes:
        identity: as read from the meter; what was not read is not there.
        around: config, link, tool and what was allowed.
    """

    identity: Mapping[str, str]
    around: Mapping[str, str]

    @classmethod
    def of(cls, text: str) -> Circumstances:
        """Read them as they are stored.

        Raises:
            DamagedError: they cannot have been stored so.
        """
        try:
            content = json.loads(text)
            identity, around = content["identity"], content["around"]
            return cls(
                {str(name): str(value) for name, value in identity.items()},
                {str(name): str(value) for name, value in around.items()},
            )
        except (AttributeError, KeyError, TypeError, ValueError):
            raise DamagedError("circumstances of a night are damaged") from None


@dataclass(frozen=True, slots=True)
class Sitting:
    """One device in one run.

    Attributes:
        run: the run.
        device: its name.
        circumstances: of the night.
        plan: which subtests stand at which place; the same number for the same subtests.
        verdicts: a letter for each subtest of the plan.
        response_us: median response time over its subtests in microseconds; None where the meter was never asked.
        virtual: the response time is by a clock that the tool moves on itself.
    """

    run: StoredRun
    device: str
    circumstances: Circumstances
    plan: int
    verdicts: str
    response_us: int | None
    virtual: bool

    @property
    def counts(self) -> dict[Verdict, int]:
        """How many subtests have each verdict."""
        return counted(self.verdicts)

    @property
    def verdict(self) -> Verdict:
        """The worst of its subtests; SKIPPED where there are none."""
        return next((verdict for verdict, count in self.counts.items() if count), Verdict.SKIPPED)
