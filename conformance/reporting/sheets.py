"""What the pages of the PDF show: the record as plain lists and texts, ready for the template.

The template decides how it looks, this module what is said. Everything here is made of JSON's types, and every text is
`printable`.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from conformance.record.frames import Frame
from conformance.record.model import CaseRecord, DeviceRecord, RunRecord, SubtestRecord
from conformance.record.verdict import Verdict
from conformance.reporting.branding import NO_BRANDING, Branding
from conformance.reporting.branding_sheets import branding_sheets
from conformance.reporting.deviation_sheets import deviation_sheets
from conformance.reporting.enclosures import Enclosure
from conformance.reporting.finding_words import standing
from conformance.reporting.legible import moment, seconds
from conformance.reporting.method_sheets import method_sheets
from conformance.reporting.not_judged import not_judged
from conformance.reporting.outline import BARE_LINK, LABELS, Case, Group, Matrix, MatrixRow, outline
from conformance.reporting.passed_sheets import passed_sheets
from conformance.reporting.printable import printable, printable_line
from conformance.reporting.printed_exchange import printed_exchange
from conformance.reporting.qualification import Qualification
from conformance.reporting.timing_sheets import timing_sheets
from conformance.reporting.tool_sheets import tool_sheets
from conformance.reporting.transfer_sheets import transfer_sheets

_COLUMNS = 9
"""Columns of a matrix that a page holds beside the case."""
_MOST_NOTES = 50
_MOST_FINDINGS = 20
_MOST_STEPS = 100
_LONGEST_CONFIG = 16_000

Sheet = dict[str, Any]
"""JSON's types only."""


def sheets(
    record: RunRecord,
    frames: Sequence[Frame],
    evidence: Mapping[str, str],
    *,
    branding: Branding = NO_BRANDING,
    qualification: Qualification | None = None,
    enclosed: Sequence[Enclosure] = (),
) -> Sheet:
    """Everything that the template needs.

    Args:
        record: the run.
        frames: its frame log, numbered from 1 without gaps.
        evidence: SHA-256 of the files that the report is a view of, by name.
        branding: of the laboratory.
        qualification: what qualifying the tool has shown; None where that was not presented.
        enclosed: the files that the document carries.
    """
    groups, matrices = outline(record)
    judged = sum(record.subtest_totals.values())
    return {
        "title": printable_line(branding.title or f"DLMS/COSEM conformance test report: {record.device.name}", 200),
        "heading": printable_line(branding.title or "DLMS/COSEM conformance test report", 200),
        "laboratory": branding_sheets(branding),
        "method": method_sheets(record),
        "deviations": deviation_sheets(record),
        "qualified": tool_sheets(record, qualification),
        "enclosed": [[item.name, item.relationship, item.media_type, item.description] for item in enclosed],
        "device": printable_line(record.device.name, 80),
        "product": printable_line(f"{record.device.manufacturer} {record.device.model}", 120),
        "description": printable_line(record.device.description),
        "date": moment(record.started)[:10],
        "verdict": record.verdict.value,
        "complete": record.complete,
        "judged": judged,
        "planned": record.planned,
        "tool": printable_line(f"{record.tool.name} {record.tool.version}", 120),
        "schema": record.schema_version,
        "facts": _facts(record),
        "verdicts": [verdict.value for verdict in Verdict],
        "labels": {verdict.value: label for verdict, label in LABELS.items()},
        "totals": {verdict.value: count for verdict, count in record.totals.items()},
        "subtest-totals": {verdict.value: count for verdict, count in record.subtest_totals.items()},
        "notes": _notes(record),
        "matrices": [part for matrix in matrices for part in _matrices(matrix, several=len(matrices) > 1)],
        "timing": timing_sheets(record),
        "transfer": transfer_sheets(record),
        "problems": _problems(groups, frames, several=len(matrices) > 1),
        "passed": passed_sheets(record),
        "inapplicable": _not_judged(record, Verdict.INAPPLICABLE),
        "skipped": _not_judged(record, Verdict.SKIPPED),
        "config": [_config(device) for device in record.devices if device.config],
        "evidence": [[name, digest] for name, digest in evidence.items()],
    }


def _pairs(facts: Mapping[str, object]) -> list[list[str]]:
    return [[printable_line(name, 60), printable_line(value)] for name, value in facts.items() if value]


def _facts(record: RunRecord) -> list[Sheet]:
    """The tables of the title page."""
    tables = []
    for device in record.devices:
        told: dict[str, object] = {
            "Manufacturer": device.manufacturer,
            "Model": device.model,
            "Profile": device.profile,
            "Link": device.link,
            "Config fingerprint": device.fingerprint,
        }
        heading = f"Device {device.name}" if record.further_devices else "Device"
        identity = _pairs(device.identity)
        read = identity or [["Identity", "not read from the meter"]]
        tables.append({"heading": printable_line(heading, 80), "rows": _pairs(told) + read})
    run: dict[str, object] = {
        "Started": moment(record.started),
        "Finished": moment(record.finished) if record.finished is not None else "never: the run was killed",
        "Duration": seconds((record.finished - record.started).total_seconds()) if record.finished else "",
        "Scope": record.scope or "everything that applies",
        "Acceptance": record.acceptance,
        "Permissions": ", ".join(record.permissions) or "none recorded",
        **{f"Seed {name}": str(seed) for name, seed in record.seeds.items()},
    }
    tables.append({"heading": "Run", "rows": _pairs(run)})
    tool = record.tool
    ran = {"Name": tool.name, "Version": tool.version, "Python": tool.python, "Platform": tool.platform}
    tables.append({"heading": "Tool", "rows": _pairs(ran)})
    return tables


def _notes(record: RunRecord) -> list[str]:
    notes = [printable_line(note) for note in record.notes[:_MOST_NOTES]]
    left = len(record.notes) - len(notes)
    return [*notes, f"and {left} more, in run.json"] if left else notes


def _matrices(matrix: Matrix, *, several: bool) -> list[Sheet]:
    """The matrix of a device in parts that are narrow enough for a page."""
    parts = []
    for start in range(0, len(matrix.columns), _COLUMNS):
        columns = matrix.columns[start : start + _COLUMNS]
        end = start + len(columns)
        groups = [
            [printable_line(title, 80), rows]
            for title, found in matrix.groups
            if (rows := [_matrix_row(row, start, end) for row in found if any(row.cells[start:end])])
        ]
        parts.append(
            {
                "device": printable_line(matrix.device, 80) if several else "",
                "columns": [
                    [printable_line(column.association or BARE_LINK, 40), printable_line(column.variant or "–", 40)]
                    for column in columns
                ],
                "groups": groups,
            }
        )
    return parts


def _matrix_row(row: MatrixRow, start: int, end: int) -> list[Any]:
    head = row.case.head
    cells = [run.record.verdict.value if run is not None else "" for run in row.cells[start:end]]
    return [printable_line(head.id, 80), printable_line(head.title, 160), cells]


def _problems(groups: Iterable[Group], frames: Sequence[Frame], *, several: bool) -> list[Sheet]:
    """Every case with something that somebody has to look at, and all that is known of it."""
    found = []
    for group in groups:
        for case in group.cases:
            subtests = [
                _subtest(run.record, subtest.record, frames)
                for run in case.runs
                for subtest in run.subtests
                if subtest.record.verdict.is_problem
            ]
            if subtests:
                found.append(_case(case, subtests, device=group.device if several else ""))
    return found


def _case(case: Case, subtests: list[Sheet], *, device: str) -> Sheet:
    head = case.head
    return {
        "id": printable_line(head.id, 80),
        "title": printable_line(head.title, 160),
        "device": printable_line(device, 80),
        "purpose": printable_line(head.purpose, 1_000),
        "clause": printable_line(head.clause),
        "subtests": subtests,
    }


def _subtest(case: CaseRecord, subtest: SubtestRecord, frames: Sequence[Frame]) -> Sheet:
    said = {
        "Requirement": subtest.requirement,
        "Stimulus": subtest.stimulus,
        "Expected": subtest.expected,
        "Observed": subtest.observed,
        "Reason": subtest.reason,
    }
    deviation = subtest.expected_deviation
    announced = ""
    if deviation is not None:
        parts = (
            deviation.reason,
            f"owner {deviation.owner}" if deviation.owner else "",
            f"expires {deviation.expires}" if deviation.expires else "",
        )
        announced = printable_line("; ".join(part for part in parts if part))
    return {
        "number": subtest.number,
        "title": printable_line(subtest.title, 160),
        "verdict": subtest.verdict.value,
        "place": _place(case),
        "when": f"{moment(subtest.started)}, {seconds(subtest.duration_s)}" if subtest.started is not None else "",
        "said": [[name, printable(text)] for name, text in said.items() if text],
        "announced": announced,
        "deciding": _deciding(subtest),
        "findings": _findings(subtest),
        "steps": [
            [step.verdict.value if step.verdict else "", printable_line(step.title), printable(step.detail, 1_000)]
            for step in subtest.steps[:_MOST_STEPS]
        ],
        "exchange": printed_exchange(subtest, frames),
    }


def _deciding(subtest: SubtestRecord) -> Sheet | None:
    deciding = subtest.deciding
    if deciding is None:
        return None
    last = deciding.end - 1
    where = f"octets {deciding.start} to {last}" if last > deciding.start else f"octet {deciding.start}"
    pairs = [deciding.octets[start : start + 2] for start in range(0, min(len(deciding.octets), 400), 2)]
    return {
        "path": printable_line(deciding.path),
        "where": f"frame {deciding.frame}, {where}",
        "octets": printable_line(" ".join(pairs), 700) or "none",
    }


def _findings(subtest: SubtestRecord) -> list[list[str]]:
    found = []
    for finding in subtest.findings[:_MOST_FINDINGS]:
        where = [f"frame {finding.frame}"] if finding.frame is not None else []
        where += [printable_line(part, 160) for part in (finding.field, finding.octets) if part]
        code = printable_line(f"{standing(finding)}: {finding.code}", 120)
        said = (printable(finding.message, 2_000), printable(finding.suggestion, 2_000))
        found.append([code, *said, ", ".join(where)])
    return found


def _not_judged(record: RunRecord, verdict: Verdict) -> list[list[str]]:
    """Cases, associations and variants, subtests, reason: one row for each reason in a case."""
    several = len(record.devices) > 1
    return [
        [
            printable_line(f"{row.named} on {row.device}" if several else row.named, 120),
            printable_line("; ".join(row.places), 400),
            row.subtests,
            printable_line(row.reason, 400),
        ]
        for row in not_judged(record, verdict)
    ]


def _place(case: CaseRecord) -> str:
    return printable_line(", ".join(part for part in (case.association or BARE_LINK, case.variant) if part), 120)


def _config(device: DeviceRecord) -> list[str]:
    text = json.dumps(device.config, indent=2, ensure_ascii=False)
    return [printable_line(device.name, 80), printable(text, _LONGEST_CONFIG)]
