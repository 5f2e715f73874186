"""What was not tested is told by its reasons, and nothing of it is lost in the telling."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from conformance.record.assemble import load
from conformance.record.model import CaseHead, CaseRecord, RunRecord, SubtestRecord
from conformance.record.verdict import Verdict
from conformance.reporting.not_judged import not_judged

NO_OBJECT = "its object_list has no object of this class and version"


def case(identifier: str, association: str, *verdicts: tuple[Verdict, str]) -> CaseRecord:
    """A case with one subtest for each verdict and reason."""
    head = CaseHead(id=identifier, title="Objects", group="objects", device="acme", association=association)
    return CaseRecord.of(
        head,
        tuple(
            SubtestRecord(number=number, title="…", verdict=verdict, reason=reason)
            for number, (verdict, reason) in enumerate(verdicts, 1)
        ),
    )


@pytest.fixture
def run(specimen):
    def of(cases: Iterable[CaseRecord]) -> RunRecord:
        record = load(specimen)
        return RunRecord.of(record, tuple(cases), finished=record.finished, complete=True)

    return of


def left(association: str) -> tuple[Verdict, str]:
    return Verdict.INAPPLICABLE, f"association {association}: {NO_OBJECT}"


def test_neighbours_with_the_same_reason_share_a_row(run):
    """Three classes that no association holds are one line, not eighteen."""
    names = ("public", "reading")
    cases = [case(f"T_COSEM_{n}_0", name, *[left(name)] * 3) for n in (24, 25, 26) for name in names]
    (row,) = not_judged(run(cases), Verdict.INAPPLICABLE)
    assert row.named == "T_COSEM_24_0 … T_COSEM_26_0 (3)"
    assert (row.places, row.subtests, row.count, row.reason) == (names, "all", 18, NO_OBJECT)


def test_a_case_that_is_tested_somewhere_stands_alone(run):
    """So does one of which only some subtests are left out: their numbers are told."""
    cases = [
        case("T_COSEM_1_0", "public", (Verdict.PASSED, ""), left("public")),
        case("T_COSEM_3_0", "public", left("public"), left("public")),
        case("T_COSEM_4_0", "public", (Verdict.PASSED, "")),
        case("T_COSEM_5_0", "public", left("public"), (Verdict.INAPPLICABLE, "device acme: needs the wrapper profile")),
    ]
    rows = not_judged(run(cases), Verdict.INAPPLICABLE)
    assert [(row.named, row.subtests, row.reason) for row in rows] == [
        ("T_COSEM_1_0", "2", NO_OBJECT),
        ("T_COSEM_3_0", "all", NO_OBJECT),
        ("T_COSEM_5_0", "1", NO_OBJECT),
        ("T_COSEM_5_0", "2", "needs the wrapper profile"),
    ]


def test_every_subtest_is_counted_once(specimen):
    """Whatever is told together."""
    record = load(specimen)
    for verdict in (Verdict.INAPPLICABLE, Verdict.SKIPPED):
        rows = not_judged(record, verdict)
        assert sum(row.count for row in rows) == record.subtest_totals[verdict] > 0
