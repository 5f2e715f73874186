"""What a run did not judge, and why: a row for each reason in a case, neighbours with the same reason in one."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from conformance.record.model import CaseRecord, RunRecord
from conformance.record.verdict import Verdict
from conformance.reporting.outline import BARE_LINK

_WHO = re.compile(r"(association|device) [^:\s]{1,80}: ")
"""Begins a reason; the row says it already."""


@dataclass(frozen=True, slots=True)
class NotJudged:
    """Subtests that were not judged for one reason.

    Attributes:
        device: whose they are.
        first: identifier of the case.
        last: of the last of several neighbours; equal to `first` where there is one.
        cases: how many cases those are.
        places: associations and variants, in the order of the record.
        subtests: numbers within the case, or `all`.
        count: how many subtests in all.
        reason: in words, without the name of the association.
    """

    device: str
    first: str
    last: str
    cases: int
    places: tuple[str, ...]
    subtests: str
    count: int
    reason: str

    @property
    def named(self) -> str:
        """The cases: `T_COSEM_24_0 … T_COSEM_30_0 (12)`."""
        return self.first if self.cases == 1 else f"{self.first} … {self.last} ({self.cases})"


def not_judged(record: RunRecord, verdict: Verdict) -> tuple[NotJudged, ...]:
    """Every subtest with `verdict`, which is INAPPLICABLE or SKIPPED, in the order of the record."""
    rows: list[NotJudged] = []
    for row in _by_case(record, verdict):
        before = rows[-1] if rows else None
        if before is not None and before.subtests == "all" and _alike(before, row):
            rows[-1] = replace(before, last=row.first, cases=before.cases + 1, count=before.count + row.count)
        else:
            rows.append(row)
    return tuple(rows)


def _alike(one: NotJudged, other: NotJudged) -> bool:
    return (one.device, one.places, one.subtests, one.reason) == (
        other.device,
        other.places,
        other.subtests,
        other.reason,
    )


def _by_case(record: RunRecord, verdict: Verdict) -> Iterator[NotJudged]:
    grouped: dict[tuple[str, str], list[CaseRecord]] = {}
    for case in record.cases:
        grouped.setdefault((case.device, case.id), []).append(case)
    for (device, identifier), runs in grouped.items():
        found: dict[tuple[str, str], list[str]] = {}
        counts: dict[tuple[str, str], int] = {}
        for run in runs:
            for reason, numbers in _by_reason(run, verdict).items():
                key = (reason, _numbers(numbers, run))
                found.setdefault(key, []).append(_place(run))
                counts[key] = counts.get(key, 0) + len(numbers)
        for (reason, numbers_told), places in found.items():
            count = counts[reason, numbers_told]
            yield NotJudged(device, identifier, identifier, 1, tuple(places), numbers_told, count, reason)


def _by_reason(run: CaseRecord, verdict: Verdict) -> dict[str, list[int]]:
    reasons: dict[str, list[int]] = {}
    for subtest in run.subtests:
        if subtest.verdict is verdict:
            reasons.setdefault(without_name(subtest.reason), []).append(subtest.number)
    return reasons


def without_name(reason: str) -> str:
    """A reason without the name of the association or device that it begins with."""
    return _WHO.sub("", reason, count=1)


def _numbers(numbers: list[int], run: CaseRecord) -> str:
    return "all" if len(numbers) == len(run.subtests) else ", ".join(map(str, numbers))


def _place(case: CaseRecord) -> str:
    return ", ".join(part for part in (case.association or BARE_LINK, case.variant) if part)
