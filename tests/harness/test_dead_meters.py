"""A meter that dies is told as what it is: the subtest that killed it fails, what follows cannot be judged."""

import json
import subprocess
import sys

import pytest

from conformance.record.assemble import assemble

BOUND_S = 120


def run(directory, *arguments):
    command = [sys.executable, "-m", "conformance.cli", "run", "--plain", "--no-pdf", "--out", str(directory)]
    result = subprocess.run([*command, *arguments], capture_output=True, text=True, timeout=BOUND_S, check=False)
    assert "Traceback" not in result.stderr
    return result, assemble(directory)


@pytest.fixture(scope="module")
def died(tmp_path_factory):
    directory = tmp_path_factory.mktemp("died") / "run"
    result, record = run(directory, "--defect", "unknown-attribute-crashes", "--case", "T_APPL_DATA_LN_N*")
    return result, record, directory


def test_the_subtest_that_kills_the_meter_fails_with_that_reason(died):
    _, record, _ = died
    failed = [(case.id, subtest) for case, subtest in record.subtests() if subtest.verdict == "FAILED"]
    assert failed
    assert failed[0][0] == "T_APPL_DATA_LN_N1"
    assert failed[0][1].number == 5


def test_what_follows_is_inconclusive_and_names_the_case_that_killed_it(died):
    _, record, _ = died
    rest = [subtest for _, subtest in record.subtests() if subtest.verdict == "INCONCLUSIVE"]
    assert len(rest) > 20
    assert all("T_APPL_DATA_LN_N1 subtest 5" in subtest.reason for subtest in rest)


def test_a_dead_meter_is_asked_once_a_case_and_not_at_every_subtest(died):
    _, record, directory = died
    frames = [json.loads(line) for line in (directory / "frames.jsonl").read_text().splitlines()]
    killer = max(index for index, frame in enumerate(frames) if frame["case"] == "T_APPL_DATA_LN_N1")
    asked = [frame for frame in frames[killer + 1 :] if frame["dir"] == "C>S"]
    inconclusive = sum(subtest.verdict == "INCONCLUSIVE" for _, subtest in record.subtests())
    assert len(asked) < 20 < inconclusive


def test_the_exit_code_says_failed(died):
    assert died[0].returncode == 1


def test_a_meter_that_sends_empty_blocks_without_end_does_not_hold_up_the_run(tmp_path):
    result, record = run(tmp_path / "run", "--defect", "blocks-without-end", "--case", "T_APPL_OPEN_14")
    assert result.returncode == 1
    assert record.complete
    assert record.verdict == "FAILED"
    assert {case.association for case in record.cases} == {"public", "reading", "management", "sn-public", "sn-reading"}


def test_the_terminal_gives_the_one_reason_once_while_it_runs_and_once_at_the_end(died):
    result, record, directory = died
    assert result.stdout.count("the meter does not answer since T_APPL_DATA_LN_N1 subtest 5") == 2
    unjudged = record.subtest_totals["INCONCLUSIVE"]
    assert f"INCONCLUSIVE  {unjudged} subtests of 3 cases" in result.stdout
    assert f"{unjudged} subtests could not be judged; dlms-conformance run --resume {directory}" in result.stderr


def test_the_failure_that_killed_the_meter_says_so(died):
    _, record, _ = died
    (killer,) = [subtest for _, subtest in record.subtests() if subtest.verdict == "FAILED"]
    assert "afterwards the meter serves no fresh link" in killer.reason
