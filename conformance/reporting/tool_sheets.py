"""Tool qualification in the PDF: which tool ran, built of what, and what proves that its cases find what they say.

All of it is of the tool that ran, as the run record keeps it; nothing is of the machine that draws the report.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from conformance.record.model import RunRecord
from conformance.reporting.legible import moment
from conformance.reporting.printable import printable_line
from conformance.reporting.qualification import ClaimRow, Qualification

_MOST_LISTED: Final = 200
_MOST_DEPENDENCIES: Final = 500


def tool_sheets(record: RunRecord, qualification: Qualification | None) -> dict[str, Any]:
    """What the section on the tool shows.

    `suites` has rows of suite, cases, subtests, proven cases, defects, claims; `dependencies` rows of name, version,
    hash; `qualification` what a qualification run found, null where none was presented.
    """
    tool = record.tool
    return {
        "name": printable_line(f"{tool.name} {tool.version}", 120),
        "python": printable_line(tool.python, 60),
        "platform": printable_line(tool.platform, 120),
        "digest": printable_line(tool.digest, 80),
        "suites": [
            [printable_line(suite.group, 40), suite.cases, suite.subtests, suite.proven, suite.defects, suite.claims]
            for suite in tool.suites
        ],
        "dependencies": [
            [printable_line(item.name, 60), printable_line(item.version, 40), printable_line(item.record_sha256, 80)]
            for item in tool.dependencies[:_MOST_DEPENDENCIES]
        ],
        "plugins": [
            [printable_line(name, 60), printable_line(version, 60)] for name, version in record.plugins.items()
        ],
        "qualification": _qualified(record, qualification) if qualification is not None else None,
    }


def _qualified(record: RunRecord, found: Qualification) -> dict[str, Any]:
    return {
        "tool": printable_line(found.tool, 120),
        "platform": printable_line(f"Python {found.python}, {found.platform}", 120),
        "digest": printable_line(found.digest, 80),
        "same": bool(found.digest) and found.digest == record.tool.digest,
        "date": moment(found.started),
        "finished": found.finished is not None,
        "restricted": [printable_line(case, 80) for case in found.restricted[:_MOST_LISTED]],
        "passed": found.passed,
        "defects": found.defects,
        "cases": found.cases,
        "claims": len(found.rows),
        "missed": [[printable_line(row.defect, 80), printable_line(row.case, 80)] for row in _first(found.missed)],
        "missed-count": len(found.missed),
        "problems": [printable_line(problem, 400) for problem in found.problems[:_MOST_LISTED]],
        "problem-count": len(found.problems),
        "unproven": [printable_line(case, 80) for case in found.unproven[:_MOST_LISTED]],
        "suites": _by_suite(found.rows),
        "record": printable_line(found.record_sha256, 80),
    }


def _first(rows: tuple[ClaimRow, ...]) -> tuple[ClaimRow, ...]:
    return rows[:_MOST_LISTED]


def _by_suite(rows: Iterable[ClaimRow]) -> list[list[Any]]:
    """Suite, cases, defects, claims, missed claims, judged subtests."""
    grouped: dict[str, list[ClaimRow]] = {}
    for row in rows:
        grouped.setdefault(row.group, []).append(row)
    return [
        [
            printable_line(group or "not known", 40),
            len({row.case for row in found}),
            len({row.defect for row in found}),
            len(found),
            sum(not row.caught for row in found),
            sum(row.judged for row in found),
        ]
        for group, found in sorted(grouped.items())
    ]
