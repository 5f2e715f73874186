"""What a manager reads at the top of the report, and the table of clauses, say what the record says."""

from __future__ import annotations

from pathlib import Path

import pytest

from conformance.record.assemble import load
from conformance.record.model import RunRecord
from conformance.record.verdict import Verdict
from conformance.reporting.clause_coverage import AS_A_WHOLE, UNNAMED, clauses_of, coverage
from conformance.reporting.not_judged import not_judged
from conformance.reporting.outline import outline
from conformance.reporting.overview import UNTESTED, Overview, overview


def of(record: RunRecord) -> Overview:
    groups, _ = outline(record)
    return overview(record, groups, [(verdict, not_judged(record, verdict)) for verdict in UNTESTED])


def test_the_verdict_is_told_in_words_with_the_areas_that_failed(specimen: Path) -> None:
    told = of(load(specimen))
    assert told.sentences[:2] == (
        "9 subtests in 5 cases were tested.",
        "3 subtests FAILED in 3 cases: hdlc (1), application (1), security (1).",
    )
    assert any("expected deviation" in sentence for sentence in told.sentences)


def test_the_gravest_reasons_come_first_and_lead_to_their_subtests(specimen: Path) -> None:
    told = of(load(specimen))
    assert [reason.verdict for reason in told.reasons] == ["FAILED", "FAILED", "ERROR", "INCONCLUSIVE"]
    assert told.reasons[0].anchor == "T_APPL_OPEN_5-reader-any-1"
    assert "undefined" not in " ".join(reason.text for reason in told.reasons), "an expected deviation is no reason"


def test_a_sound_run_says_so_and_what_it_did_not_test(specimen: Path) -> None:
    record = load(specimen)
    cases = tuple(case for case in record.cases if not case.verdict.is_problem)
    told = of(RunRecord.of(record, cases, finished=record.finished, complete=True))
    assert told.sentences[1] == "All of them PASSED."
    assert told.reasons == ()
    assert [cause.text for cause in told.left] == ["no user_list declared", "needs permission writes"]


def test_a_run_that_tested_nothing_claims_nothing(specimen: Path) -> None:
    record = load(specimen)
    cases = tuple(case for case in record.cases if case.verdict in UNTESTED)
    told = of(RunRecord.of(record, cases, finished=record.finished, complete=True))
    assert told.sentences[0].startswith("Nothing was tested")
    assert not any("PASSED" in sentence for sentence in told.sentences)


@pytest.mark.parametrize(
    ("text", "clauses"),
    [
        ("IEC 62056-5-3, AARQ", [("IEC 62056-5-3", "AARQ")]),
        (
            "IEC 62056-46, 6.4.3 Command and response frames: FRMR; 6.4.5 State; ISO/IEC 13239, NDM",
            [
                ("IEC 62056-46", "6.4.3 Command and response frames"),
                ("IEC 62056-46", "6.4.5 State"),
                ("ISO/IEC 13239", "NDM"),
            ],
        ),
        ("IEC 62056-6-2, Register, class_id 3, version 0", [("IEC 62056-6-2", "Register")]),
        ("IEC 62056-46", [("IEC 62056-46", AS_A_WHOLE)]),
        ("own requirement", [(UNNAMED, "own requirement")]),
        (" ; ", []),
    ],
)
def test_a_clause_is_read_as_document_and_title(text: str, clauses: list[tuple[str, str]]) -> None:
    assert list(clauses_of(text)) == clauses


def test_every_subtest_of_a_clause_is_counted_once_for_its_document(specimen: Path) -> None:
    record = load(specimen)
    documents = {document.name: document for document in coverage(outline(record)[0])}
    assert list(documents) == ["IEC 62056-5-3", "IEC 62056-46"]
    assert documents["IEC 62056-46"].totals[Verdict.FAILED] == 1
    assert documents["IEC 62056-5-3"].cases == 2
    assert sum(documents["IEC 62056-5-3"].totals.values()) == 5
