"""A night for programs: what `lab show --json` prints and what a webhook is sent."""

from __future__ import annotations

from collections.abc import Iterable

from conformance.lab.night_view import CaseChange, DeviceView, NightView
from conformance.reporting.legible import line

SCHEMA = 1
MOST = 100
"""Entries of a list; its count is told beside it."""


def summary(view: NightView) -> dict[str, object]:
    """The night as JSON values, bounded whatever the meters said."""
    night = view.night
    took = (night.finished - night.started).total_seconds() if night.finished is not None else None
    return {
        "schema": SCHEMA,
        "lab": line(night.lab),
        "night": line(night.name),
        "verdict": night.verdict.value,
        "exit_code": night.exit_code,
        "complete": night.complete,
        "started": night.started.isoformat(),
        "finished": night.finished.isoformat() if night.finished is not None else None,
        "duration_s": took,
        "hosts": [line(host.name) for host in night.hosts[:MOST]],
        "devices": {verdict.value: count for verdict, count in night.totals.items()},
        "subtests": {verdict.value: count for verdict, count in night.subtest_totals.items()},
        "against": line(view.against.night.name) if view.against is not None else None,
        "regressions": {"count": len(view.regressions), "cases": _changes(view.regressions)},
        "fixes": {"count": len(view.fixes), "cases": _changes(view.fixes)},
        "regressed": {"count": len(view.regressed), "devices": [line(one.row.device) for one in view.regressed[:MOST]]},
        "untested": {"count": len(view.untested), "devices": _untested(view.untested)},
        "cases": {
            "count": len(view.cases),
            "worst": [
                {
                    "case": line(tally.case),
                    "title": line(tally.title),
                    "verdict": tally.verdict.value,
                    "devices": len(tally.devices),
                    "judged": tally.judged,
                }
                for tally in view.cases[:MOST]
            ],
        },
        "flaky": len(view.flaky) if view.flaky is not None else None,
        "notes": [line(note) for note in (*night.notes, *view.notes)[:MOST]],
    }


def device_json(one: DeviceView) -> dict[str, object]:
    """A device for programs."""
    row = one.row
    return {
        "device": row.device,
        "state": row.state.value,
        "verdict": row.verdict.value,
        "reason": line(row.reason, 1_000),
        "line": row.line,
        "bench": row.bench,
        "host": row.host,
        "profile": row.profile,
        "vendor": row.vendor,
        "model": row.model,
        "firmware": row.firmware,
        "directory": row.directory,
        "duration_s": row.duration_s,
        "budget_s": row.budget_s,
        "attempts": len(row.attempts),
        "subtests": {verdict.value: count for verdict, count in row.subtest_totals.items()},
        "worse": one.worse,
        "better": one.better,
    }


def _changes(changes: Iterable[CaseChange]) -> list[dict[str, object]]:
    return [
        {
            "case": line(change.case),
            "before": change.before.value,
            "after": change.after.value,
            "devices": len(change.devices),
            "on": [line(touched.device) for touched in change.devices[:MOST]],
            "reason": change.reason,
        }
        for change in list(changes)[:MOST]
    ]


def _untested(devices: Iterable[DeviceView]) -> list[dict[str, object]]:
    return [
        {"device": line(one.row.device), "state": one.row.state.value, "reason": line(one.row.reason)}
        for one in list(devices)[:MOST]
    ]
