"""The history for programs."""

from __future__ import annotations

from collections.abc import Mapping

from conformance.record.verdict import Verdict
from conformance.reporting.history.adding import Added
from conformance.reporting.history.codes import counted
from conformance.reporting.history.flaky import Flaky, Standing, Turn
from conformance.reporting.history.marks import Mark
from conformance.reporting.history.night import Sitting, StoredRun, SubtestName
from conformance.reporting.history.nights import DeviceNight, Night
from conformance.reporting.history.trend import Trend

SCHEMA = 1


def added_json(added: Added) -> dict[str, object]:
    """What became of a run that was to be added."""
    outcome = "known" if added.known else "replaced" if added.replaced else "added"
    return {**_run(added.run), "outcome": outcome, "devices": list(added.devices), "subtests": added.subtests}


def sitting_json(sitting: Sitting) -> dict[str, object]:
    """A device in a run."""
    return {
        **_run(sitting.run),
        "device": sitting.device,
        "verdict": sitting.verdict.value,
        "counts": _counts(counted(sitting.verdicts)),
        "response_s": None if sitting.response_us is None else sitting.response_us / 1_000_000,
        "virtual": sitting.virtual,
        "identity": dict(sitting.circumstances.identity),
        "circumstances": dict(sitting.circumstances.around),
    }


def trend_json(made: Trend) -> dict[str, object]:
    """A trend; places of runs are numbers of runs here."""
    return {
        "schema": SCHEMA,
        "device": made.device,
        "case": made.case,
        "points": [
            {
                **sitting_json(point.sitting),
                "night": point.night.isoformat(),
                "counts": _counts(point.counts),
                "response_s": point.response_s,
                "changed": _mark(point.mark),
            }
            for point in made.points
        ],
        "standing": [_standing(made, one) for one in made.standing],
        "flaky": [_flaky(made, one) for one in made.flaky],
        "turns": [_turn(turn, made.names, made.points[turn.at].sitting.run.number) for turn in made.turns],
    }


def night_json(made: Night) -> dict[str, object]:
    """A night, or one run of it."""
    return {
        "schema": SCHEMA,
        "night": made.date.isoformat(),
        "verdict": made.verdict.value,
        "counts": _counts(made.counts),
        "devices": [_device_night(one) for one in made.devices],
    }


def _device_night(one: DeviceNight) -> dict[str, object]:
    def told(turns: tuple[Turn, ...]) -> list[dict[str, object]]:
        return [
            {**_turn(turn, one.names, one.sitting.run.number), "flaky": turn.subtest in one.flaky} for turn in turns
        ]

    return {
        **sitting_json(one.sitting),
        "first": one.first,
        "changed": _mark(one.mark),
        "worse": told(one.worse),
        "better": told(one.better),
        "other": told(one.other),
    }


def _standing(made: Trend, one: Standing) -> dict[str, object]:
    passed = one.last_passed
    without = made.without_pass(one)
    reason, findings = made.causes.get(one.subtest, ("", ""))
    return {
        **_name(made.names[one.subtest]),
        "verdict": one.verdict.value,
        "expected": one.announced,
        "first_run": made.points[one.since].sitting.run.number,
        "first_night": made.points[one.since].night.isoformat(),
        "judged_run": made.points[one.judged].sitting.run.number,
        "last_passed_run": None if passed is None else made.points[passed].sitting.run.number,
        "last_passed_night": None if passed is None else made.points[passed].night.isoformat(),
        "since_passed_s": None if without is None else without.total_seconds(),
        "reason": reason,
        "findings": findings.split(),
    }


def _flaky(made: Trend, one: Flaky) -> dict[str, object]:
    return {
        **_name(made.names[one.subtest]),
        "changes": one.changes,
        "comparisons": one.comparisons,
        "last_run": made.points[one.last].sitting.run.number,
        "verdicts": one.letters,
    }


def _turn(turn: Turn, names: Mapping[int, SubtestName], run: int) -> dict[str, object]:
    return {
        **_name(names[turn.subtest]),
        "run": run,
        "before": turn.before.value,
        "after": turn.after.value,
        "explained": turn.explained,
    }


def _name(name: SubtestName) -> dict[str, object]:
    return {
        "case": name.case,
        "association": name.association,
        "variant": name.variant,
        "number": name.number,
        "title": name.title,
    }


def _mark(mark: Mark | None) -> list[dict[str, str]]:
    if mark is None:
        return []
    return [{"what": one.what, "before": one.before, "after": one.after} for one in mark.differences]


def _run(run: StoredRun) -> dict[str, object]:
    return {
        "run": run.number,
        "digest": run.digest,
        "started": run.started.isoformat(),
        "finished": None if run.finished is None else run.finished.isoformat(),
        "complete": run.complete,
        "directory": run.directory,
        "tool": run.tool,
        "scope": run.scope,
    }


def _counts(counts: Mapping[Verdict, int]) -> dict[str, int]:
    return {verdict.value: count for verdict, count in counts.items()}
