"""A worker that ends without a word takes nothing with it: each item has a verdict, and the exit code is not 0."""

import pytest

SUITE = '''
import os

from conformance.harness.case import Subtest, case, subtests
from conformance.tester.accepted_openings import accepted
from conformance.tester.stimulus import aarq


@case("X_SMALL_CRASH", title="crash", clause="IEC 62056-5-3, AARQ")
@subtests(
    Subtest(1, "well", aarq(), accepted()),
    Subtest(2, "ends the process", aarq(), accepted()),
    Subtest(3, "well again", aarq(), accepted()),
)
def test_crash(subtest):
    """A meter opens the association that it declares."""
    if subtest.number == 2 and subtest.settings.name == "reading":
        os._exit(7)
    subtest.judge(subtest.association.open(subtest.stimulus))


@case("X_SMALL_WELL", title="well", clause="IEC 62056-5-3, AARQ")
@subtests(Subtest(1, "well", aarq(), accepted()))
def test_well(subtest):
    """A meter opens the association that it declares."""
    subtest.judge(subtest.association.open(subtest.stimulus))
'''


@pytest.mark.parametrize("workers", ["1", "2"])
def test_the_item_is_an_error_the_others_are_judged_once(run_suite, workers):
    run = run_suite("-n", workers, suite=SUITE)
    assert run.verdicts("reading", "X_SMALL_CRASH") == {1: "PASSED", 2: "ERROR", 3: "PASSED"}
    assert "ended without a word" in run.subtest("reading", "X_SMALL_CRASH", 2).reason
    assert run.record.subtest_totals["PASSED"] == 5 * 4 - 1
    assert run.record.complete
    assert any("test_crash[reading-2]" in note for note in run.record.notes)
    assert run.code == 3


def test_when_no_worker_may_be_replaced_the_record_says_that_it_is_not_complete(run_suite):
    run = run_suite("-n", "1", "--max-worker-restart=0", suite=SUITE)
    assert run.verdicts("reading", "X_SMALL_CRASH") == {1: "PASSED", 2: "ERROR"}
    assert not run.record.complete
    assert any("subtests were not judged" in note for note in run.record.notes)
    assert run.code != 0


def test_the_rest_can_be_finished_later(run_suite):
    run_suite("-n", "1", "--max-worker-restart=0", suite=SUITE)
    run = run_suite("--dlms-resume=out", suite=SUITE)
    assert run.record.complete
    assert run.record.subtest_totals["PASSED"] == 5 * 4 - 1
    assert run.record.subtest_totals["ERROR"] == 1
    assert run.code == 3
