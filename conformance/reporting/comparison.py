"""Two runs side by side: what got worse, what got better, what is new, what is gone, and what took longer."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from conformance.record.model import CaseHead, RunRecord, SubtestRecord
from conformance.record.verdict import Verdict
from conformance.reporting.deviation_changes import DeviationChange, deviation_changes
from conformance.reporting.drift import Drift, drifts
from conformance.reporting.surroundings import Difference, differences

Key = tuple[str, str, str, str, int]
"""Device, case, association, variant and number of a subtest."""


class Change(StrEnum):
    """How a subtest differs between two runs; in the order in which a reader wants to know."""

    REGRESSION = "regression"
    """A worse verdict than before, and one that somebody must look at."""
    EXPOSED = "no longer announced"
    """FAILED as before, but no expected deviation covers it any more: it expired, or was withdrawn."""
    ANNOUNCED = "announced"
    """As a regression, but the device config of the second run announces it as an expected deviation."""
    FIX = "fix"
    """PASSED, where somebody had to look at it before."""
    MILDER = "milder"
    """A milder verdict than before, but still one that somebody must look at, or no verdict on the meter any more."""
    UNJUDGED = "no longer judged"
    """PASSED before, now INAPPLICABLE or SKIPPED: less is covered."""
    JUDGED = "judged now"
    """PASSED, where it was INAPPLICABLE or SKIPPED before."""
    NEW = "new"
    """Not in the first run."""
    GONE = "gone"
    """Not in the second run."""
    FINDINGS = "other findings"
    """The same verdict, for other causes."""


@dataclass(frozen=True, slots=True)
class Changed:
    """A subtest that differs.

    Attributes:
        change: how.
        head: its case.
        number: of the subtest.
        title: of the subtest.
        before: its verdict in the first run; None where it is new.
        after: its verdict in the second run; None where it is gone.
        reason: for the verdict of the second run, or of the first where it is gone.
        before_findings: codes, in order, each once.
        after_findings: likewise.
    """

    change: Change
    head: CaseHead
    number: int
    title: str
    before: Verdict | None
    after: Verdict | None
    reason: str
    before_findings: tuple[str, ...]
    after_findings: tuple[str, ...]

    @property
    def place(self) -> str:
        """Where it is, in words: `T_APPL_OPEN_1 management glo subtest 3`."""
        parts = (self.head.id, self.head.association, self.head.variant, f"subtest {self.number}")
        return " ".join(part for part in parts if part)


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two runs held against each other.

    Attributes:
        before: the first run.
        after: the second run.
        surroundings: what else differs between them and may explain the rest: firmware, config, tool.
        changes: subtests that differ, the gravest first.
        deviations: expected deviations whose state differs, those that make the second run fail first.
        unchanged: how many have the same verdict and the same findings.
        drifts: response times that moved.
        devices_renamed: the two runs know their one device by different names, and were matched all the same.
    """

    before: RunRecord
    after: RunRecord
    surroundings: tuple[Difference, ...]
    changes: tuple[Changed, ...]
    deviations: tuple[DeviationChange, ...]
    unchanged: int
    drifts: tuple[Drift, ...]
    devices_renamed: bool

    def of(self, change: Change) -> tuple[Changed, ...]:
        """All changes of one kind."""
        return tuple(changed for changed in self.changes if changed.change is change)

    @property
    def counts(self) -> dict[Change, int]:
        """How many changes there are of each kind; every kind is a key."""
        return {change: len(self.of(change)) for change in Change}

    @property
    def regressed(self) -> bool:
        """Whether anything got worse that nobody has announced, or an expected deviation makes the second run fail."""
        return bool(
            self.of(Change.REGRESSION) or self.of(Change.EXPOSED) or any(change.fails for change in self.deviations)
        )


def compare(before: RunRecord, after: RunRecord) -> Comparison:
    """Hold the second run against the first.

    Subtests are matched by device, case, association, variant and number. Two runs of one device each are matched
    whatever the devices are called: a lab compares two meters of a kind, or one whose config was renamed.
    """
    renamed = len(before.devices) == len(after.devices) == 1 and before.device.name != after.device.name
    earlier = dict(_keyed(before, renamed))
    later = dict(_keyed(after, renamed))
    changes = []
    unchanged = 0
    for key in [*later, *(key for key in earlier if key not in later)]:
        head, shown = later.get(key) or earlier[key]
        changed = _changed(head, shown, earlier.get(key), later.get(key))
        if changed is None:
            unchanged += 1
        else:
            changes.append(changed)
    order = {change: place for place, change in enumerate(Change)}
    changes.sort(key=lambda changed: (order[changed.change], (changed.after or Verdict.SKIPPED).severity))
    return Comparison(
        before,
        after,
        differences(before, after),
        tuple(changes),
        deviation_changes(before, after, any_device=renamed),
        unchanged,
        drifts(before, after, any_device=renamed),
        renamed,
    )


def _keyed(record: RunRecord, any_device: bool) -> Iterator[tuple[Key, tuple[CaseHead, SubtestRecord]]]:
    for case, subtest in record.subtests():
        device = "" if any_device else case.device
        yield (device, case.id, case.association, case.variant, subtest.number), (case, subtest)


def _changed(
    head: CaseHead,
    shown: SubtestRecord,
    earlier: tuple[CaseHead, SubtestRecord] | None,
    later: tuple[CaseHead, SubtestRecord] | None,
) -> Changed | None:
    before = earlier[1] if earlier is not None else None
    after = later[1] if later is not None else None
    codes = _codes(before), _codes(after)
    change = _kind(before, after)
    if change is None:
        return None
    return Changed(
        change,
        head,
        shown.number,
        shown.title,
        before.verdict if before is not None else None,
        after.verdict if after is not None else None,
        shown.reason,
        *codes,
    )


def _kind(before: SubtestRecord | None, after: SubtestRecord | None) -> Change | None:
    if before is None:
        return Change.NEW
    if after is None:
        return Change.GONE
    was, is_now = before.verdict, after.verdict
    if before.excused and is_now is Verdict.FAILED and not after.excused:
        return Change.EXPOSED
    if was is is_now:
        differs = is_now.is_problem and set(_codes(before)) != set(_codes(after))
        return Change.FINDINGS if differs else None
    if is_now.is_problem:
        if is_now.severity > was.severity:
            return Change.MILDER
        return Change.ANNOUNCED if after.excused else Change.REGRESSION
    if was.is_problem:
        return Change.FIX if is_now is Verdict.PASSED else Change.MILDER
    if was is Verdict.PASSED:
        return Change.UNJUDGED
    return Change.JUDGED if is_now is Verdict.PASSED else Change.UNJUDGED


def _codes(subtest: SubtestRecord | None) -> tuple[str, ...]:
    if subtest is None:
        return ()
    return tuple(dict.fromkeys(finding.code for finding in subtest.findings))
