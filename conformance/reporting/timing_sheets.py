"""What the pages of the PDF show of response times: plain lists and texts, ready for the template."""

from __future__ import annotations

from typing import Any

from conformance.record.model import RunRecord
from conformance.reporting.distribution import Summary
from conformance.reporting.legible import brief
from conformance.reporting.printable import printable_line
from conformance.reporting.timing_view import TimedGroup, timed_groups

_MOST_CASES = 400


def timing_sheets(record: RunRecord) -> list[dict[str, Any]]:
    """One sheet for each group in which the meter replied; none for a record that holds no times."""
    several = len(record.devices) > 1
    return [_sheet(group, several=several) for group in timed_groups(record)]


def _sheet(group: TimedGroup, *, several: bool) -> dict[str, Any]:
    pauses = group.longest_gap_s is not None
    rows = [("all", group.summary, group.longest_gap_s)]
    rows += [(case.id, case.summary, case.longest_gap_s) for case in group.cases[:_MOST_CASES]]
    return {
        "title": printable_line(group.title, 80),
        "device": printable_line(group.device, 80) if several else "",
        "virtual": group.virtual,
        "shares": printable_line(group.shares),
        "count": group.summary.count,
        "kept": group.summary.kept,
        "bars": list(group.bars),
        "ticks": [[place, label] for place, label in group.axis.ticks],
        "logarithmic": group.axis.logarithmic,
        "limit": None if group.limit_s is None else group.axis.place(group.limit_s),
        "limit-label": "" if group.limit_s is None else f"limit {brief(group.limit_s)}",
        "pauses": pauses,
        "rows": [[printable_line(name, 80), *_cells(group, found, gap, pauses=pauses)] for name, found, gap in rows],
        "left": max(0, len(group.cases) - _MOST_CASES),
    }


def _cells(group: TimedGroup, found: Summary, gap: float | None, *, pauses: bool) -> list[list[Any]]:
    """Replies, shortest, median, 95 %, longest, longest pause: each as a text, and whether it is above its limit."""
    times = [_cell(value, group.limit_s) for value in (found.shortest, found.median, found.most, found.longest)]
    pause = [_cell(gap, group.gap_limit_s) if gap is not None else ["–", False]] if pauses else []
    return [[str(found.count), False], *times, *pause]


def _cell(value: float, limit: float | None) -> list[Any]:
    return [brief(value), limit is not None and value > limit]
