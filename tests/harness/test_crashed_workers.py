"""A worker that ends without a word takes nothing with it: each item has a verdict, and the exit code is not 0."""

from conformance.record.assemble import assemble
from conformance.record.replay import read_journal

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
    association = subtest.association
    reaction = association.open(subtest.stimulus)
    if subtest.number == 2 and subtest.settings.name == "reading":
        {end}
    subtest.judge(reaction)


@case("X_SMALL_WELL", title="well", clause="IEC 62056-5-3, AARQ")
@subtests(Subtest(1, "well", aarq(), accepted()))
def test_well(subtest):
    """A meter opens the association that it declares."""
    subtest.judge(subtest.association.open(subtest.stimulus))
'''
EXIT = SUITE.replace("{end}", "os._exit(7)")
KILL = SUITE.replace("{end}", "os.kill(os.getpid(), 9)")
SOUND = SUITE.replace("{end}", "pass")
ITEMS = 5 * 4
"""Five associations, four subtests."""
CRASHES = """
import os


def {hook}:
    if os.environ.get("PYTEST_XDIST_WORKER") in {workers}:
        os._exit(9)
"""
EVERYONE = [f"gw{number}" for number in range(99)]


def crash_in(pytester, hook, workers):
    pytester.makeconftest(CRASHES.format(hook=hook, workers=workers))


def assert_each_judged_once(run):
    items = read_journal(run.directory / "journal.jsonl").items
    keys = [(*item.case.key, item.subtest.number) for item in items]
    assert len(keys) == len(set(keys)) == ITEMS


def test_the_item_is_an_error_with_its_reason_and_the_others_are_judged_once(run_suite):
    run = run_suite("-n", "2", suite=KILL)
    assert run.verdicts("reading", "X_SMALL_CRASH") == {1: "PASSED", 2: "ERROR", 3: "PASSED"}
    reason = run.subtest("reading", "X_SMALL_CRASH", 2).reason
    assert "ended without a word" in reason
    assert "worker gw" in reason
    assert run.record.subtest_totals["PASSED"] == ITEMS - 1
    assert run.record.complete
    assert any("test_crash[reading-2]" in note for note in run.record.notes)
    assert {case.group for case in run.record.cases} == {""}
    assert run.code == 3
    assert_each_judged_once(run)


def test_what_was_not_judged_is_counted_and_can_be_finished(run_suite):
    run = run_suite("-n", "2", "--max-worker-restart=0", suite=EXIT.replace('"reading"', '"public"'))
    assert run.verdicts("public", "X_SMALL_CRASH") == {1: "PASSED", 2: "ERROR"}
    judged = sum(run.record.subtest_totals.values())
    assert not run.record.complete
    assert f"{ITEMS - judged} of {ITEMS} subtests were not judged" in run.record.notes
    assert run.code == 3

    finished = run_suite("--dlms-resume=out", suite=SOUND)
    assert finished.record.complete
    assert finished.record.subtest_totals["PASSED"] == ITEMS - 1
    assert finished.record.subtest_totals["ERROR"] == 1
    assert_each_judged_once(finished)
    assert finished.code == 3


def test_when_every_worker_crashes_the_run_ends_and_says_what_is_missing(run_suite, pytester):
    crash_in(pytester, "pytest_runtest_call(item)", EVERYONE)
    run = run_suite("-n", "2", "--max-worker-restart=2", suite=SOUND)
    errors = run.record.subtest_totals["ERROR"]
    assert 3 <= errors == sum(run.record.subtest_totals.values())
    assert not run.record.complete
    assert f"{ITEMS - errors} of {ITEMS} subtests were not judged" in run.record.notes
    assert "INTERNALERROR" not in run.said
    assert run.code == 3


def test_a_worker_that_is_lost_before_it_runs_anything_is_replaced_and_noted(run_suite, pytester):
    crash_in(pytester, "pytest_collection_modifyitems(items)", ["gw0"])
    run = run_suite("-n", "1", suite=SOUND)
    assert run.record.subtest_totals["PASSED"] == ITEMS
    assert run.record.complete
    assert "ended without a word while no subtest ran there: worker gw0" in run.record.notes
    assert run.code == 0


def test_when_no_worker_gets_as_far_as_to_run_anything_the_run_is_not_complete(run_suite, pytester):
    crash_in(pytester, "pytest_configure(config)", EVERYONE)
    run = run_suite("-n", "2", "--max-worker-restart=1", suite=SOUND)
    if run.record is None:
        # The workers were lost before the first contact was over: nothing was begun, and nothing looks as if it was.
        assert run.code != 0
        return
    assert not run.record.complete
    assert any("no subtest was judged" in note for note in run.record.notes)
    assert run.code == 3

    (pytester.path / "conftest.py").unlink()
    assert run_suite("--dlms-resume=out", suite=SOUND).code == 0
    record = assemble(run.directory)
    assert record.complete
    assert record.subtest_totals["PASSED"] == ITEMS
