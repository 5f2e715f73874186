"""Goes over the devices of a night one after another, each with its run record and that of the night before.

No record is kept: a lab of hundreds of meters needs the memory of one of them and of what is told of all.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

from conformance.lab.device_result import result_of
from conformance.lab.night_record import NightRecord, NightRow
from conformance.lab.night_view import (
    Against,
    CaseChange,
    CaseTally,
    DeviceView,
    FlakySubtest,
    NightView,
    Touched,
    shares,
)
from conformance.record.model import CaseHead, CaseRecord, RunRecord, SubtestRecord
from conformance.record.verdict import Verdict, worst
from conformance.reporting.comparison import Change, Changed, Comparison, compare
from conformance.reporting.html import REPORT
from conformance.reporting.legible import line
from conformance.reporting.outline import BARE_LINK, ONLY_VARIANT, anchor

_MOST_EXPLAINED = 8
_LONGEST_REASON = 400


@dataclass(frozen=True, slots=True)
class Visited:
    """A device with its run.

    Attributes:
        row: of the night.
        directory: of the run; None where there is none.
        record: of the run; None where there is none.
        earlier: record of its run in the night before; None where there is none.
    """

    row: NightRow
    directory: Path | None
    record: RunRecord | None
    earlier: RunRecord | None


@dataclass(slots=True)
class _Case:
    title: str
    judged: int = 0
    announced: int = 0
    devices: list[Touched] = field(default_factory=list)
    reasons: Counter[str] = field(default_factory=Counter)


@dataclass(slots=True)
class _Change:
    title: str
    reason: str
    devices: list[Touched] = field(default_factory=list)


@dataclass(slots=True)
class Survey:
    """Takes device by device, and gives the view of the night.

    Attributes:
        directory: of the night.
        night: its record.
        earlier: directory and record of the night before; None: there is none.
    """

    directory: Path
    night: NightRecord
    earlier: tuple[Path, NightRecord] | None = None
    _devices: list[DeviceView] = field(default_factory=list)
    _cases: dict[str, _Case] = field(default_factory=dict)
    _changes: dict[tuple[Change, str, Verdict, Verdict], _Change] = field(default_factory=dict)
    _unmatched: list[str] = field(default_factory=list)

    def visits(self, prepared: Callable[[Path], None] = lambda _: None) -> Iterator[Visited]:
        """Every device of the night, taken into account before it is handed out.

        Args:
            prepared: is called with the directory of each run before it is read.
        """
        before = {row.device: row for row in self.earlier[1].rows} if self.earlier is not None else {}
        for number, row in enumerate(self.night.rows, 1):
            directory = self.directory / row.directory if row.directory is not None else None
            record = earlier = None
            if directory is not None:
                prepared(directory)
                record = result_of(directory, row.device).record
            was = before.get(row.device)
            if was is not None and was.directory is not None and self.earlier is not None and record is not None:
                earlier = result_of(self.earlier[0] / was.directory, row.device).record
            if was is not None and (record is None or earlier is None):
                self._unmatched.append(row.device)
            visited = Visited(row, directory, record, earlier)
            self._take(visited, f"device-{number}")
            yield visited

    def view(self, flaky: tuple[FlakySubtest, ...] | None, notes: tuple[str, ...] = ()) -> NightView:
        """What the visits told.

        Args:
            flaky: from the history; None: none is kept.
            notes: what befell the drawing.
        """
        cases = tuple(
            CaseTally(
                identifier,
                case.title,
                case.judged,
                case.announced,
                _gravest(case.devices),
                *(case.reasons.most_common(1)[0] if case.reasons else ("", 0)),
            )
            for identifier, case in self._cases.items()
            if case.devices
        )
        cases = tuple(sorted(cases, key=lambda case: (-len(case.devices), case.verdict.severity, case.case)))
        return NightView(
            self.night,
            tuple(self._devices),
            self._against(),
            self._changed(Change.REGRESSION),
            self._changed(Change.FIX),
            cases,
            shares(self._devices, "model", cases),
            shares(self._devices, "line"),
            flaky,
            notes,
        )

    def _take(self, visited: Visited, place: str) -> None:
        row, record = visited.row, visited.record
        report = None
        if visited.directory is not None and (visited.directory / REPORT).is_file():
            report = quote(f"{row.directory}/{REPORT}")
        if record is None:
            self._devices.append(DeviceView(row, place, report))
            return
        self._tally(row.device, record, report)
        if visited.earlier is None:
            self._devices.append(DeviceView(row, place, report))
            return
        made = compare(visited.earlier, record)
        self._compared(made, row.device, report)
        counts = made.counts
        self._devices.append(
            DeviceView(row, place, report, counts[Change.REGRESSION], counts[Change.FIX], _explained(made))
        )

    def _tally(self, device: str, record: RunRecord, report: str | None) -> None:
        by_case: dict[str, list[CaseRecord]] = {}
        for case in record.cases:
            by_case.setdefault(case.id, []).append(case)
        for identifier, cases in by_case.items():
            tally = self._cases.setdefault(identifier, _Case(cases[0].title))
            found = [(case, subtest) for case in cases for subtest in case.subtests if subtest.verdict.is_problem]
            if not found:
                tally.judged += any(case.verdict is Verdict.PASSED for case in cases)
                continue
            tally.judged += 1
            verdict = worst(subtest.verdict for _, subtest in found)
            tally.announced += all(subtest.expected_deviation is not None for _, subtest in found)
            first, subtest = next(pair for pair in found if pair[1].verdict is verdict)
            tally.devices.append(Touched(device, len(found), _link(report, first, subtest.number), verdict))
            tally.reasons[line(_reason(subtest), _LONGEST_REASON)] += 1

    def _compared(self, made: Comparison, device: str, report: str | None) -> None:
        grouped: dict[tuple[Change, str, Verdict, Verdict], list[Changed]] = {}
        for changed in made.changes:
            if changed.change in (Change.REGRESSION, Change.FIX) and changed.before and changed.after:
                key = (changed.change, changed.head.id, changed.before, changed.after)
                grouped.setdefault(key, []).append(changed)
        for place, found in grouped.items():
            first = found[0]
            change = self._changes.setdefault(place, _Change(first.head.title, line(first.reason, _LONGEST_REASON)))
            change.devices.append(Touched(device, len(found), _link(report, first.head, first.number), place[3]))

    def _changed(self, kind: Change) -> tuple[CaseChange, ...]:
        found = [
            CaseChange(case, change.title, before, after, change.reason, _gravest(change.devices))
            for (of, case, before, after), change in self._changes.items()
            if of is kind
        ]
        return tuple(sorted(found, key=lambda one: (-len(one.devices), one.after.severity, one.case)))

    def _against(self) -> Against | None:
        if self.earlier is None:
            return None
        night = self.earlier[1]
        then, now = [row.device for row in night.rows], [row.device for row in self.night.rows]
        gone = tuple(device for device in then if device not in set(now))
        new = tuple(device for device in now if device not in set(then))
        return Against(night, gone, new, tuple(self._unmatched))


def _gravest(devices: list[Touched]) -> tuple[Touched, ...]:
    return tuple(sorted(devices, key=lambda one: (one.verdict.severity, -one.subtests, one.device)))


def _link(report: str | None, case: CaseHead, number: int) -> str | None:
    """To a subtest in the report of its device."""
    if report is None:
        return None
    return f"{report}#{anchor(case.id, case.association or BARE_LINK, case.variant or ONLY_VARIANT, str(number))}"


def _reason(subtest: SubtestRecord) -> str:
    return subtest.reason or subtest.observed or "no reason recorded"


def _explained(made: Comparison) -> tuple[str, ...]:
    return tuple(
        f"{line(difference.what, 80)}: {line(difference.before, 80)} → {line(difference.after, 80)}"
        for difference in made.surroundings[:_MOST_EXPLAINED]
    )
