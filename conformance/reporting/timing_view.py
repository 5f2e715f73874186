"""What the reports show of response times: for each group and each of its cases the numbers and a histogram."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from conformance.record.model import CaseRecord, DeviceRecord, RunRecord
from conformance.record.timing import GroupTimingRecord, TimingRecord
from conformance.reporting.distribution import Axis, Summary, axis_of, bars_of, summary_of
from conformance.reporting.shares import share_sentence

_LONGEST_LIMIT_S = 86400


@dataclass(frozen=True, slots=True)
class TimedCase:
    """A case over all its associations and variants.

    Attributes:
        id: of the case.
        summary: of its response times.
        bars: of its histogram, on the axis of its group.
        longest_gap_s: within a frame from the meter; None where the link cannot tell.
    """

    id: str
    summary: Summary
    bars: tuple[int, ...]
    longest_gap_s: float | None


@dataclass(frozen=True, slots=True)
class TimedGroup:
    """A group on one device.

    Attributes:
        title: of the group.
        device: its name.
        virtual: whether the times are of a clock that the tool moves on.
        shares: where its wall time went, in a sentence; empty where that cannot be said.
        summary: of its response times.
        axis: of its histogram and of those of its cases.
        bars: of its histogram.
        limit_s: declared longest response time; None: none is declared.
        gap_limit_s: declared longest pause within a frame; None: none is declared.
        longest_gap_s: within a frame from the meter; None where the link cannot tell.
        cases: that the meter replied in.
    """

    title: str
    device: str
    virtual: bool
    shares: str
    summary: Summary
    axis: Axis
    bars: tuple[int, ...]
    limit_s: float | None
    gap_limit_s: float | None
    longest_gap_s: float | None
    cases: tuple[TimedCase, ...]


def timed_groups(record: RunRecord) -> tuple[TimedGroup, ...]:
    """The groups in which the meter replied at all; none for a record that holds no times."""
    devices = {device.name: device for device in record.devices}
    found = []
    for sums in record.timing:
        cases = [case for case in record.cases if (case.device, case.group) == (sums.device, sums.group)]
        group = _group(sums, cases, devices.get(sums.device))
        if group is not None:
            found.append(group)
    return tuple(found)


def _group(sums: GroupTimingRecord, cases: Sequence[CaseRecord], device: DeviceRecord | None) -> TimedGroup | None:
    by_case: dict[str, list[TimingRecord]] = {}
    for case in cases:
        timings = [subtest.timing for subtest in case.subtests if subtest.timing is not None]
        by_case.setdefault(case.id, []).extend(timings)
    every = [timing for timings in by_case.values() for timing in timings]
    summary = _summary(every)
    if summary is None:
        return None
    limit_s = _limit(device, "max_response_time_s")
    axis = axis_of(_times(every), limit_s)
    rows = ((identifier, timings, _summary(timings)) for identifier, timings in by_case.items())
    return TimedGroup(
        title=sums.group or "cases",
        device=sums.device,
        virtual=sums.virtual,
        shares=share_sentence(sums),
        summary=summary,
        axis=axis,
        bars=bars_of(_times(every), axis),
        limit_s=limit_s,
        gap_limit_s=_limit(device, "max_inter_octet_gap_s"),
        longest_gap_s=_longest_gap(every),
        cases=tuple(
            TimedCase(identifier, found, bars_of(_times(timings), axis), _longest_gap(timings))
            for identifier, timings, found in rows
            if found is not None
        ),
    )


def _times(timings: Iterable[TimingRecord]) -> list[float]:
    return [seconds for timing in timings for seconds in timing.response_times_s]


def _summary(timings: Sequence[TimingRecord]) -> Summary | None:
    return summary_of(_times(timings), sum(timing.responses for timing in timings))


def _longest_gap(timings: Iterable[TimingRecord]) -> float | None:
    return max((timing.longest_gap_s for timing in timings if timing.longest_gap_s is not None), default=None)


def _limit(device: DeviceRecord | None, name: str) -> float | None:
    """A limit that the device config declares, as the record holds it."""
    declared = device.config.get("timing") if device is not None else None
    limit = declared.get(name) if isinstance(declared, dict) else None
    return float(limit) if isinstance(limit, int | float) and 0 < limit <= _LONGEST_LIMIT_S else None
