"""The worst verdict of many is the one that somebody has to look at first."""

from __future__ import annotations

from itertools import permutations

import pytest

from conformance.record.verdict import Verdict, totals, worst

ORDER = ["FAILED", "ERROR", "INCONCLUSIVE", "PASSED", "INAPPLICABLE", "SKIPPED"]


def test_the_order_of_severity_is_the_catalogues() -> None:
    assert [str(verdict) for verdict in sorted(Verdict, key=lambda verdict: verdict.severity)] == ORDER


@pytest.mark.parametrize(("worse", "milder"), [(a, b) for i, a in enumerate(ORDER) for b in ORDER[i + 1 :]])
def test_a_worse_verdict_wins_wherever_it_stands(worse: str, milder: str) -> None:
    for pair in permutations((Verdict(worse), Verdict(milder), Verdict(milder))):
        assert worst(pair) is Verdict(worse)


def test_a_case_without_subtests_was_skipped() -> None:
    assert worst([]) is Verdict.SKIPPED


def test_totals_name_every_verdict_so_that_a_reader_needs_no_default() -> None:
    assert totals([Verdict.PASSED, Verdict.PASSED, Verdict.FAILED]) == {
        Verdict.FAILED: 1, Verdict.ERROR: 0, Verdict.INCONCLUSIVE: 0, Verdict.PASSED: 2,
        Verdict.INAPPLICABLE: 0, Verdict.SKIPPED: 0,
    }  # fmt: skip


def test_only_failed_error_and_inconclusive_are_problems() -> None:
    assert [verdict.value for verdict in Verdict if verdict.is_problem] == ["FAILED", "ERROR", "INCONCLUSIVE"]
