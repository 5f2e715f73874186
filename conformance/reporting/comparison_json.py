"""A comparison of two runs for programs."""

from __future__ import annotations

from conformance.record.model import RunRecord
from conformance.record.verdict import Verdict
from conformance.reporting.comparison import Changed, Comparison
from conformance.reporting.deviation_changes import DeviationChange
from conformance.reporting.drift import Drift

SCHEMA = 1


def to_json(made: Comparison) -> dict[str, object]:
    """The comparison as JSON values; `changes` in the order of gravity, `change` being one of the words of `Change`."""
    return {
        "schema": SCHEMA,
        "regressed": made.regressed,
        "before": _run(made.before),
        "after": _run(made.after),
        "counts": {change.value: count for change, count in made.counts.items()},
        "unchanged": made.unchanged,
        "surroundings": [
            {"what": difference.what, "before": difference.before, "after": difference.after}
            for difference in made.surroundings
        ],
        "changes": [_changed(changed) for changed in made.changes],
        "deviations": [_deviation(change) for change in made.deviations],
        "drifts": [_drift(drift) for drift in made.drifts],
    }


def _run(record: RunRecord) -> dict[str, object]:
    return {
        "devices": [device.name for device in record.devices],
        "started": record.started.isoformat(),
        "complete": record.complete,
        "verdict": record.verdict.value,
        "subtests": {verdict.value: count for verdict, count in record.subtest_totals.items()},
    }


def _changed(changed: Changed) -> dict[str, object]:
    def word(verdict: Verdict | None) -> str | None:
        return verdict.value if verdict is not None else None

    return {
        "change": changed.change.value,
        "device": changed.head.device,
        "case": changed.head.id,
        "association": changed.head.association,
        "variant": changed.head.variant,
        "number": changed.number,
        "title": changed.title,
        "before": word(changed.before),
        "after": word(changed.after),
        "reason": changed.reason,
        "findings": {"before": list(changed.before_findings), "after": list(changed.after_findings)},
    }


def _deviation(change: DeviationChange) -> dict[str, object]:
    told = change.deviation
    return {
        "device": told.device,
        "case": told.case,
        "subtest": told.subtest,
        "association": told.association,
        "variant": told.variant,
        "reason": told.reason,
        "owner": told.owner,
        "expires": told.expires or None,
        "before": change.before.value if change.before is not None else None,
        "after": change.after.value if change.after is not None else None,
        "fails": change.fails,
    }


def _drift(drift: Drift) -> dict[str, object]:
    return {
        "device": drift.device,
        "case": drift.case,
        "before_s": drift.before_s,
        "after_s": drift.after_s,
        "responses": {"before": drift.responses[0], "after": drift.responses[1]},
    }
