"""What passed, in the PDF: a row for subtests of a case that passed alike in several associations and variants."""

from __future__ import annotations

from typing import Any

from conformance.record.model import CaseRecord, RunRecord
from conformance.record.verdict import Verdict
from conformance.reporting.outline import BARE_LINK
from conformance.reporting.printable import printable_line

_Passed = tuple[tuple[int, str, str], ...]


def passed_sheets(record: RunRecord) -> list[dict[str, Any]]:
    """Case, its title, associations and variants, and each subtest with what was observed in short."""
    grouped: dict[tuple[str, str], dict[_Passed, list[CaseRecord]]] = {}
    for case in record.cases:
        passed = tuple(
            (subtest.number, subtest.title, subtest.reason)
            for subtest in case.subtests
            if subtest.verdict is Verdict.PASSED
        )
        if passed:
            grouped.setdefault((case.device, case.id), {}).setdefault(passed, []).append(case)
    several = len(record.devices) > 1
    return [
        {
            "id": printable_line(identifier, 80),
            "title": printable_line(runs[0].title, 160),
            "device": printable_line(device, 80) if several else "",
            "places": printable_line("; ".join(_place(run) for run in runs), 600),
            "subtests": [
                [number, printable_line(title, 160), printable_line(reason, 240)] for number, title, reason in passed
            ],
        }
        for (device, identifier), found in grouped.items()
        for passed, runs in found.items()
    ]


def _place(case: CaseRecord) -> str:
    return ", ".join(part for part in (case.association or BARE_LINK, case.variant) if part)
