"""The plugin as a pytest user meets it."""

import json
from collections import Counter
from xml.etree import ElementTree

import pytest


def test_each_way_to_end_has_its_verdict_and_its_reason(run_suite):
    run = run_suite()
    assert run.verdicts("public", "X_SMALL_OPEN") == {1: "PASSED", 2: "FAILED", 3: "INAPPLICABLE", 4: "SKIPPED"}
    assert run.verdicts("public", "X_SMALL_ENDS") == {1: "INCONCLUSIVE", 2: "ERROR", 3: "ERROR", 4: "INAPPLICABLE"}
    assert "ciphering" in run.subtest("public", "X_SMALL_OPEN", 3).reason
    assert "leaves_policy" in run.subtest("public", "X_SMALL_OPEN", 4).reason
    assert "too little data" in run.subtest("public", "X_SMALL_ENDS", 1).reason
    assert "ZeroDivisionError" in run.subtest("public", "X_SMALL_ENDS", 2).reason
    assert "without having judged" in run.subtest("public", "X_SMALL_ENDS", 3).reason


def test_what_does_not_apply_to_an_association_is_one_row_with_its_reason(run_suite):
    run = run_suite("--dlms-case=X_SMALL_OPEN")
    assert run.verdicts("sn-public", "X_SMALL_OPEN") == {0: "INAPPLICABLE"}
    assert "logical name" in run.subtest("sn-public", "X_SMALL_OPEN", 0).reason


def test_a_failure_names_requirement_expected_observed_and_the_octets_that_decide(run_suite):
    run = run_suite("--dlms-case=X_SMALL_OPEN")
    failed = run.subtest("public", "X_SMALL_OPEN", 2)
    assert failed.requirement == "A meter opens the association that it declares."
    assert "rejected-permanent" in failed.expected
    assert failed.observed.startswith("AARE accepted")
    assert failed.deciding.path == "aare.result"
    assert failed.deciding.octets == "A203020100"
    shown = run.result.stdout.str()
    for part in ("requirement", "expected", "observed", "A203020100", "aare.result"):
        assert part in shown


@pytest.mark.parametrize(
    ("selection", "code"),
    [
        (("--dlms-case=X_SMALL_OPEN",), 1),
        (("--dlms-case=X_SMALL_ENDS",), 3),
        (("--dlms-case=X_SMALL_*", "-k", "public-1 and opening"), 0),
    ],
)
def test_the_exit_code_tells_failed_from_what_could_not_be_judged(run_suite, selection, code):
    assert run_suite(*selection).code == code


def test_two_runs_of_the_embedded_meter_are_the_same_to_the_octet(run_suite):
    first = run_suite("--dlms-case=X_SMALL_OPEN", out="first")
    second = run_suite("--dlms-case=X_SMALL_OPEN", out="second")
    assert [frame["hex"] for frame in first.lines("frames.jsonl")] == [
        frame["hex"] for frame in second.lines("frames.jsonl")
    ]


def test_an_announced_deviation_is_shown_as_such_and_does_not_fail_the_run(run_suite, pytester, simulator_toml):
    toml = simulator_toml + (
        '\n[[expected_deviation]]\ncase = "X_SMALL_OPEN"\nsubtest = 2\n'
        'reason = "known since firmware 1.2"\nowner = "lab"\n'
    )
    pytester.path.joinpath("meter.toml").write_text(toml)
    run = run_suite("--dlms-device=meter.toml", "--dlms-case=X_SMALL_OPEN")
    assert run.subtest("public", "X_SMALL_OPEN", 2).verdict == "FAILED"
    assert run.subtest("public", "X_SMALL_OPEN", 2).expected_deviation.reason == "known since firmware 1.2"
    assert run.code == 0


def test_an_announced_deviation_that_has_expired_counts_as_any_failure(run_suite, pytester, simulator_toml):
    toml = simulator_toml + (
        '\n[[expected_deviation]]\ncase = "X_SMALL_OPEN"\nsubtest = 2\nreason = "to be mended"\nowner = "lab"\n'
        "expires = 2020-01-01\n"
    )
    pytester.path.joinpath("meter.toml").write_text(toml)
    assert run_suite("--dlms-device=meter.toml", "--dlms-case=X_SMALL_OPEN").code == 1


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--dlms-device=nowhere.toml",), "nowhere.toml"),
        (("--dlms-device=simulatr",), "simulator"),
        (("--dlms-case=X_SMALL_OPENN",), "did you mean X_SMALL_OPEN"),
        (("--dlms-defect=no-such-defect",), "no such defect"),
        (("--dlms-link=telnet://x",), "telnet"),
        (("--dlms-resume=nowhere",), "nowhere"),
    ],
)
def test_wrong_arguments_get_one_message_and_exit_code_2_or_4(run_suite, arguments, said):
    run = run_suite(*arguments)
    text = run.result.stderr.str() + run.result.stdout.str()
    assert said in text
    assert "Traceback" not in text
    assert run.code == pytest.ExitCode.USAGE_ERROR


def test_the_evidence_of_another_run_is_never_overwritten(run_suite):
    run_suite("--dlms-case=X_SMALL_OPEN")
    again = run_suite("--dlms-case=X_SMALL_OPEN")
    assert again.code == pytest.ExitCode.USAGE_ERROR
    assert "evidence of another run" in again.result.stderr.str() + again.result.stdout.str()


def test_a_suite_that_is_not_ours_never_meets_a_meter(pytester):
    pytester.makepyfile("def test_nothing():\n    assert True")
    result = pytester.runpytest_subprocess("-p", "no:hypothesispytest", "-n", "2")
    result.assert_outcomes(passed=1)


def test_two_workers_come_to_the_same_record_as_one_and_tell_other_plugins_the_same(run_suite, pytester):
    """Allure knows four states and JUnit three: the verdict stands beside, whoever runs the item."""
    pytest.importorskip("allure_pytest")
    alone, shared = (
        run_suite(f"--alluredir={out}-allure", f"--junitxml={out}.xml", *workers, out=out)
        for out, workers in (("alone", ()), ("shared", ("-n", "2")))
    )
    assert shared.code == alone.code
    assert shared.record.subtest_totals == alone.record.subtest_totals
    assert shared.record.complete
    assert [case.key for case in shared.record.cases] == [case.key for case in alone.record.cases]
    assert shared.frames_of_cases() == alone.frames_of_cases()
    for run in (alone, shared):
        assert_other_plugins_tell_each_verdict(run, pytester.path)


def assert_other_plugins_tell_each_verdict(run, directory):
    out = run.directory.name
    results = [json.loads(path.read_text("utf-8")) for path in directory.glob(f"{out}-allure/*-result.json")]
    labels = [[label["value"] for label in result["labels"] if label["name"] == "verdict"] for result in results]
    assert all(len(found) == 1 for found in labels)
    totals = {verdict.value: count for verdict, count in run.record.subtest_totals.items() if count}
    assert Counter(found[0] for found in labels) == totals
    assert len(totals) == 6

    junit = list(ElementTree.parse(directory / f"{out}.xml").iter("testcase"))
    told = [problem.get("message") for case in junit for problem in case if problem.tag != "properties"]
    for verdict, count in totals.items():
        assert sum(message.startswith(f"{verdict}: ") for message in told) == (0 if verdict == "PASSED" else count)
    assert any(message.startswith("INCONCLUSIVE: too little data in the meter") for message in told)
    assert len(junit) == sum(totals.values())
