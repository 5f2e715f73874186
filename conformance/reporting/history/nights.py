"""A night: every device that was tested in it, and what turned on it since its run before."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from conformance.record.verdict import Verdict, totals
from conformance.reporting.history.flaky import Turn
from conformance.reporting.history.marks import Mark
from conformance.reporting.history.night import Sitting, SubtestName
from conformance.reporting.history.trend import Trend


@dataclass(frozen=True, slots=True)
class DeviceNight:
    """A device in one run of the night.

    Attributes:
        sitting: the device in the run.
        mark: what changed before it; None: nothing, or there was no run before.
        first: the history holds no earlier run of it.
        worse: subtests that somebody has to look at now and had not before, the gravest first.
        better: subtests that PASSED now and had to be looked at before.
        other: every other change of a verdict.
        names: of the subtests that these speak of.
        flaky: subtests among them whose verdict has changed for no known cause more than once.
    """

    sitting: Sitting
    mark: Mark | None
    first: bool
    worse: tuple[Turn, ...]
    better: tuple[Turn, ...]
    other: tuple[Turn, ...]
    names: Mapping[int, SubtestName]
    flaky: frozenset[int]


@dataclass(frozen=True, slots=True)
class Night:
    """A night.

    Attributes:
        date: the day on which it begins.
        devices: every device in every run of it, those with new problems first.
    """

    date: date
    devices: tuple[DeviceNight, ...]

    @property
    def counts(self) -> dict[Verdict, int]:
        """Verdicts of all subtests of all devices."""
        summed = totals(())
        for one in self.devices:
            for verdict, count in one.sitting.counts.items():
                summed[verdict] += count
        return summed

    @property
    def verdict(self) -> Verdict:
        """The worst of all."""
        return next((verdict for verdict, count in self.counts.items() if count), Verdict.SKIPPED)


def nights(trends: Sequence[Trend], only: frozenset[int] | None = None) -> tuple[Night, ...]:
    """The nights of some devices, the newest first.

    Args:
        trends: of the devices, each with the runs before the nights that are asked for.
        only: runs by their number; None: all.
    """
    found: dict[date, list[DeviceNight]] = {}
    for one in trends:
        by_run: dict[int, list[Turn]] = {}
        for turn in one.turns:
            by_run.setdefault(turn.at, []).append(turn)
        restless = frozenset(unsteady.subtest for unsteady in one.flaky if unsteady.went_back)
        for at, point in enumerate(one.points):
            if only is None or point.sitting.run.number in only:
                device = _device_night(one, at, by_run.get(at, []), restless)
                found.setdefault(point.night, []).append(device)
    return tuple(
        Night(night, tuple(sorted(devices, key=lambda device: (-len(device.worse), device.sitting.device))))
        for night, devices in sorted(found.items(), reverse=True)
    )


def _device_night(trend: Trend, at: int, turned: list[Turn], restless: frozenset[int]) -> DeviceNight:
    worse = tuple(turn for turn in turned if turn.after.is_problem and turn.after.severity < turn.before.severity)
    better = tuple(turn for turn in turned if turn.before.is_problem and turn.after is Verdict.PASSED)
    told = {*worse, *better}
    return DeviceNight(
        trend.points[at].sitting,
        trend.points[at].mark,
        at == 0,
        worse,
        better,
        tuple(turn for turn in turned if turn not in told),
        trend.names,
        restless & {turn.subtest for turn in turned},
    )
