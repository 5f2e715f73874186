"""The order in which a report tells a run: matrix, cases, subtests, each with the anchor by which it is linked to."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from conformance.record.model import CaseRecord, RunRecord, SubtestRecord
from conformance.record.verdict import Verdict, worst

LABELS = {
    Verdict.FAILED: "FAIL",
    Verdict.ERROR: "ERR",
    Verdict.INCONCLUSIVE: "INC",
    Verdict.PASSED: "PASS",
    Verdict.INAPPLICABLE: "N/A",
    Verdict.SKIPPED: "SKIP",
}
"""Verdicts where there is little room."""

BARE_LINK = "link"
"""What stands for the association in cases of the bare link."""
ONLY_VARIANT = "any"
"""What stands for the variant where a case has one only."""


@dataclass(frozen=True, slots=True)
class Subtest:
    """A subtest with its anchor."""

    anchor: str
    record: SubtestRecord


@dataclass(frozen=True, slots=True)
class Run:
    """A case in one association and one variant."""

    anchor: str
    record: CaseRecord
    subtests: tuple[Subtest, ...]


@dataclass(frozen=True, slots=True)
class Case:
    """A case on one device, with its runs in every association and variant."""

    anchor: str
    runs: tuple[Run, ...]

    @property
    def head(self) -> CaseRecord:
        """The first run, which says what the case is."""
        return self.runs[0].record

    @property
    def verdict(self) -> Verdict:
        """The worst of its runs."""
        return worst(run.record.verdict for run in self.runs)


@dataclass(frozen=True, slots=True)
class Group:
    """The cases of one suite on one device."""

    title: str
    device: str
    cases: tuple[Case, ...]


@dataclass(frozen=True, slots=True)
class Column:
    """One association in one variant."""

    association: str
    variant: str


@dataclass(frozen=True, slots=True)
class MatrixRow:
    """A case with its run in each column; None where it has none."""

    case: Case
    cells: tuple[Run | None, ...]


@dataclass(frozen=True, slots=True)
class Matrix:
    """Case by association and variant, on one device.

    `associations` are the upper headings: a name and how many columns it spans.
    """

    device: str
    associations: tuple[tuple[str, int], ...]
    columns: tuple[Column, ...]
    groups: tuple[tuple[str, tuple[MatrixRow, ...]], ...]


def outline(record: RunRecord) -> tuple[tuple[Group, ...], tuple[Matrix, ...]]:
    """The groups of a run, and one matrix for each device that it has cases of."""
    anchors = _Anchors(several_devices=len({case.device for case in record.cases}) > 1)
    grouped: dict[tuple[str, str], dict[str, list[CaseRecord]]] = {}
    for case in record.cases:
        grouped.setdefault((case.device, case.group), {}).setdefault(case.id, []).append(case)
    groups = tuple(
        Group(group or "cases", device, tuple(_case(runs, anchors) for runs in cases.values()))
        for (device, group), cases in grouped.items()
    )
    devices = dict.fromkeys(group.device for group in groups)
    return groups, tuple(_matrix(device, [group for group in groups if group.device == device]) for device in devices)


def anchor(*parts: str) -> str:
    """A fragment identifier from names: `case-association-variant-subtest`."""
    return "-".join(re.sub(r"[^A-Za-z0-9_.]+", "_", part)[:80] for part in parts)


_TAKEN = (
    "summary", "deviations", "attention", "coverage", "matrix", "transfer", "timing", "subtests", "evidence", "filter",
    "search", "problems", "everything", "open", "close", "shown", "keys", "said", "nothing", "packed",
)  # fmt: skip
"""Identifiers that the page has without a case."""


class _Anchors:
    """Gives every anchor once; a second claim gets a number."""

    def __init__(self, *, several_devices: bool) -> None:
        self._several_devices = several_devices
        self._given = dict.fromkeys(_TAKEN, 1)

    def of(self, case: CaseRecord, *parts: str) -> str:
        """The anchor of a case, or of what `parts` name within it."""
        named = anchor(*((case.device,) if self._several_devices else ()), case.id, *parts)
        count = self._given[named] = self._given.get(named, 0) + 1
        return named if count == 1 else f"{named}~{count}"


def _case(runs: Iterable[CaseRecord], anchors: _Anchors) -> Case:
    built = []
    for run in runs:
        place = (run.association or BARE_LINK, run.variant or ONLY_VARIANT)
        subtests = tuple(Subtest(anchors.of(run, *place, str(subtest.number)), subtest) for subtest in run.subtests)
        built.append(Run(anchors.of(run, *place), run, subtests))
    return Case(anchors.of(built[0].record), tuple(built))


def _matrix(device: str, groups: Sequence[Group]) -> Matrix:
    variants: dict[str, dict[str, None]] = {}
    for group in groups:
        for case in group.cases:
            for run in case.runs:
                variants.setdefault(run.record.association, {})[run.record.variant] = None
    columns = tuple(Column(association, variant) for association, names in variants.items() for variant in names)
    rows = tuple((group.title, tuple(_row(case, columns) for case in group.cases)) for group in groups)
    return Matrix(device, tuple((name or BARE_LINK, len(names)) for name, names in variants.items()), columns, rows)


def _row(case: Case, columns: Iterable[Column]) -> MatrixRow:
    runs = {(run.record.association, run.record.variant): run for run in reversed(case.runs)}
    return MatrixRow(case, tuple(runs.get((column.association, column.variant)) for column in columns))
