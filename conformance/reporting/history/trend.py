"""A device over its nights: counts, marks, flaky subtests, what does not pass now and since when, response times."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from fnmatch import fnmatchcase
from itertools import compress
from statistics import median

from conformance.record.verdict import Verdict
from conformance.reporting.history.codes import counted
from conformance.reporting.history.errors import HistoryError
from conformance.reporting.history.flaky import Flaky, Standing, Turn, flaky, standing, turns
from conformance.reporting.history.intake import Cause
from conformance.reporting.history.marks import Mark, epochs, marks
from conformance.reporting.history.night import Sitting, SubtestName, night_of
from conformance.reporting.history.rows import rows
from conformance.reporting.history.store import History
from conformance.reporting.legible import line


@dataclass(frozen=True, slots=True)
class Point:
    """A run in the trend.

    Attributes:
        sitting: the device in the run.
        night: to which it belongs.
        counts: verdicts of the subtests that were asked for.
        response_s: median response time over them, in seconds; None where the meter was not asked.
        mark: what changed before it; None: nothing.
    """

    sitting: Sitting
    night: date
    counts: Mapping[Verdict, int]
    response_s: float | None
    mark: Mark | None


@dataclass(frozen=True, slots=True)
class Trend:
    """A device over its nights.

    Attributes:
        device: its name.
        case: pattern of the cases looked at; empty: all.
        points: its runs, the oldest first.
        flaky: subtests whose verdict changed for no known cause, the most restless first.
        standing: subtests that do not pass now, the ones that began to fail last first.
        turns: every change of a verdict, the latest first.
        names: of the subtests that any of these speaks of.
        causes: why a subtest in `standing` has its verdict.
    """

    device: str
    case: str
    points: tuple[Point, ...]
    flaky: tuple[Flaky, ...]
    standing: tuple[Standing, ...]
    turns: tuple[Turn, ...]
    names: Mapping[int, SubtestName]
    causes: Mapping[int, Cause]

    @property
    def nights(self) -> tuple[date, ...]:
        """In which it was tested."""
        return tuple(dict.fromkeys(point.night for point in self.points))

    def without_pass(self, one: Standing) -> timedelta | None:
        """Time since a subtest last passed, up to the newest run; None where it passed in none of these runs."""
        if one.last_passed is None:
            return None
        return self.points[-1].sitting.run.started - self.points[one.last_passed].sitting.run.started


def trend(
    store: History,
    device: str,
    *,
    case: str = "",
    nights: int | None = None,
    until: datetime | None = None,
    zone: tzinfo | None = None,
) -> Trend:
    """The trend of a device.

    Args:
        store: the history.
        device: its name.
        case: pattern of case identifiers, as of file names; empty: all.
        nights: the last ones only.
        until: as it was then, runs that started later left out.
        zone: whose nights.

    Raises:
        HistoryError: no such device, or no such case.
    """
    sittings = store.sittings(device, nights=nights, until=until, zone=zone)
    if not sittings:
        known = line(", ".join(store.devices()), 400) or "none"
        raise HistoryError(store.path, f"holds no device {device!r}", remedy=f"It holds: {known}")
    plans = {number: store.plan(number) for number in {sitting.plan for sitting in sittings}}
    chosen = _chosen(store, plans, case)
    found = marks([sitting.circumstances for sitting in sittings])
    same = epochs(len(sittings), found)
    restless: list[Flaky] = []
    problems: list[Standing] = []
    turned: list[Turn] = []
    for row in rows(sittings, plans.__getitem__, None if chosen is None else chosen.__contains__):
        its_turns = turns(row, same)
        turned += its_turns
        unsteady = flaky(row, its_turns, same)
        if unsteady is not None:
            restless.append(unsteady)
        problem = standing(row)
        if problem is not None:
            problems.append(problem)
    restless.sort(key=lambda one: (-one.changes, -one.last, one.subtest))
    problems.sort(key=lambda one: (-one.since, one.verdict.severity, one.subtest))
    turned.sort(key=lambda one: (-one.at, one.after.severity, one.subtest))
    spoken = {one.subtest for one in restless} | {one.subtest for one in problems} | {one.subtest for one in turned}
    points = _points(store, sittings, found, plans, chosen, zone)
    return Trend(
        device,
        case,
        points,
        tuple(restless),
        tuple(problems),
        tuple(turned),
        store.names(spoken),
        _causes(store, sittings, problems),
    )


def _chosen(store: History, plans: Mapping[int, list[int]], case: str) -> frozenset[int] | None:
    if not case:
        return None
    names = store.names({subtest for plan in plans.values() for subtest in plan})
    chosen = frozenset(subtest for subtest, name in names.items() if fnmatchcase(name.case, case))
    if not chosen:
        raise HistoryError(
            store.path, f"holds no case {case!r} of this device", remedy="Give a pattern such as 'T_HDLC_*', in quotes"
        )
    return chosen


def _points(
    store: History,
    sittings: tuple[Sitting, ...],
    found: tuple[Mark, ...],
    plans: Mapping[int, list[int]],
    chosen: frozenset[int] | None,
    zone: tzinfo | None,
) -> tuple[Point, ...]:
    by_place = {mark.at: mark for mark in found}
    masks = {} if chosen is None else {number: [one in chosen for one in plan] for number, plan in plans.items()}
    points = []
    for at, sitting in enumerate(sittings):
        counts: Mapping[Verdict, int]
        if chosen is None:
            counts = sitting.counts
            response_us: float | None = sitting.response_us
        else:
            mask = masks[sitting.plan]
            counts = counted("".join(compress(sitting.verdicts, mask)))
            asked = [value for value in compress(store.responses(sitting), mask) if value]
            response_us = median(asked) if asked else None
        response_s = None if response_us is None else response_us / 1_000_000
        points.append(Point(sitting, night_of(sitting.run.started, zone), counts, response_s, by_place.get(at)))
    return tuple(points)


def _causes(store: History, sittings: tuple[Sitting, ...], problems: list[Standing]) -> dict[int, Cause]:
    causes = {}
    for at in {one.judged for one in problems}:
        known = store.causes(sittings[at])
        causes.update(
            {one.subtest: known[one.subtest] for one in problems if one.judged == at and one.subtest in known}
        )
    return causes
