"""What `pytest --alluredir` writes and what is drawn from the run record are one history in Allure."""

from __future__ import annotations

import json

import pytest

from conformance.record.assemble import load, load_frames
from conformance.reporting.allure import write

COMPARED = ("name", "fullName", "historyId", "testCaseId", "status", "titlePath", "links")


def results(directory):
    found = [json.loads(path.read_bytes()) for path in directory.glob("*-result.json")]
    by_history = {result["historyId"]: result for result in found}
    assert len(by_history) == len(found)
    return by_history


def named(entries, *without):
    return sorted((entry["name"], entry["value"]) for entry in entries if entry["name"] not in without)


@pytest.mark.parametrize("workers", [(), ("-n", "2")], ids=["alone", "distributed"])
def test_status_labels_and_identifiers_agree_for_every_verdict(run_suite, pytester, simulator_toml, workers):
    announced = (
        '\n[[expected_deviation]]\ncase = "X_SMALL_OPEN"\nsubtest = 2\nassociation = "public"\n'
        'reason = "known"\nowner = "lab"\n'
        '\n[[expected_deviation]]\ncase = "X_SMALL_OPEN"\nsubtest = 2\nassociation = "management"\n'
        'reason = "was known"\nowner = "lab"\nexpires = 2020-01-31\n'
        '\n[[expected_deviation]]\ncase = "X_SMALL_OPEN"\nsubtest = 1\nassociation = "public"\n'
        'reason = "wrong"\nowner = "lab"\n'
    )
    pytester.path.joinpath("meter.toml").write_text(simulator_toml + announced)
    # Whatever association is ciphered: subtest 3 applies to it.
    run = run_suite("--dlms-device=meter.toml", "--alluredir=allure", *workers)
    theirs = results(pytester.path / "allure")
    ours = results(write(pytester.path / "drawn", load(run.directory), load_frames(run.directory)))
    assert theirs.keys() == ours.keys()
    assert {result["status"] for result in ours.values()} == {"passed", "failed", "broken", "skipped"}
    for history, drawn in ours.items():
        written = theirs[history]
        assert {name: written.get(name) for name in COMPARED} == {name: drawn.get(name) for name in COMPARED}
        assert named(written["labels"]) == named(drawn["labels"])
        assert named(written.get("parameters", [])) == named(drawn["parameters"], "slowest response")
        if "statusDetails" in drawn:
            assert written["statusDetails"]["message"] == drawn["statusDetails"]["message"]
            assert written["statusDetails"].get("known") == drawn["statusDetails"].get("known")
    tags = {label["value"] for result in theirs.values() for label in result["labels"] if label["name"] == "tag"}
    assert {"expected-deviation", "expired-deviation", "announced-to-deviate"} <= tags


def test_what_a_lab_adds_to_its_own_cases_stays(run_suite, pytester):
    suite = '''
import allure
from conformance.harness.case import Subtest, case, subtests


@allure.tag("night")
@allure.label("owner", "lab 2")
@case("X_SMALL_MINE", title="mine", clause="house rule 12")
@subtests(Subtest(1, "as wanted", procedure="nothing", accepts="nothing"))
def test_mine(subtest):
    """A case of the lab's own."""
    subtest.inconclusive("too little data")
'''
    run_suite("--alluredir=allure", "-k", "public-1", suite=suite, out=None)
    for result in results(pytester.path / "allure").values():
        labels = named(result["labels"])
        assert ("tag", "night") in labels
        assert ("owner", "lab 2") in labels
        assert ("epic", "cases") in labels
        assert "links" not in result
        assert result["status"] == "broken"


def test_a_teardown_that_fails_is_not_hidden_by_a_verdict(run_suite, pytester):
    suite = '''
import pytest
from conformance.harness.case import Subtest, case, subtests
from conformance.tester.accepted_openings import accepted
from conformance.tester.stimulus import aarq


@pytest.fixture
def bench_lamp():
    yield
    raise OSError("the lamp is broken")


@case("X_SMALL_LAMP", title="lamp", clause="IEC 62056-5-3, AARQ")
@subtests(Subtest(1, "as declared", aarq(), accepted()))
def test_lamp(subtest, bench_lamp):
    """A meter opens."""
    subtest.judge(subtest.association.open(subtest.stimulus))
'''
    run = run_suite("--alluredir=allure", "-k", "public-1 and not sn", suite=suite)
    (result,) = results(pytester.path / "allure").values()
    assert run.record.cases[0].subtests[0].verdict == "PASSED"
    assert result["status"] == "broken"
    assert "the lamp is broken" in result["statusDetails"]["message"]


def test_tests_that_are_none_of_ours_keep_what_allure_pytest_gives_them(run_suite, pytester):
    pytester.makepyfile(test_other="def test_other():\n    assert True")
    run_suite("--alluredir=allure", "-k", "test_other or public-1", out=None)
    (other,) = [found for found in results(pytester.path / "allure").values() if found["name"] == "test_other"]
    assert other["fullName"] == "test_other#test_other"
    assert other["status"] == "passed"
