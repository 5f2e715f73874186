"""A run that is killed or interrupted keeps every verdict it had, says where it was, and can be finished."""

import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter

import pytest

from conformance.record.assemble import assemble, load_frames
from conformance.record.replay import read_journal

COMMAND = [sys.executable, "-m", "conformance.cli", "run", "--plain", "--no-pdf"]
SELECTED = ["--case", "T_APPL_OPEN_*"]
BOUND_S = 120
ENOUGH = 40
posix = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no signal that cannot be caught, and no SIGINT")


def keys(record):
    return Counter((*case.key, subtest.number) for case, subtest in record.subtests())


def items(directory):
    journal = directory / "journal.jsonl"
    return journal.read_bytes().count(b'"kind":"item"') if journal.exists() else 0


def stopped(directory, workers, stop):
    """A run that `stop` ends when it has judged enough."""
    process = subprocess.Popen(
        [*COMMAND, *SELECTED, "-n", workers, "--out", str(directory)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    limit = time.monotonic() + BOUND_S
    while items(directory) < ENOUGH and process.poll() is None and time.monotonic() < limit:
        time.sleep(0.005)
    stop(process.pid)
    _, said = process.communicate(timeout=BOUND_S)
    return process.returncode, said


def resumed(directory, *arguments):
    command = [*COMMAND, *arguments, "--resume", str(directory)]
    return subprocess.run(command, capture_output=True, text=True, timeout=BOUND_S, check=False)


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """The same run, never stopped."""
    directory = tmp_path_factory.mktemp("whole") / "run"
    subprocess.run([*COMMAND, *SELECTED, "--out", str(directory)], check=True, capture_output=True, timeout=BOUND_S)
    return assemble(directory)


def assert_finished(directory, whole):
    record = assemble(directory)
    assert record.complete
    assert keys(record) == keys(whole)
    assert record.subtest_totals == whole.subtest_totals
    frames = load_frames(directory)
    for case, subtest in record.subtests():
        first, last = subtest.frames or (1, 0)
        places = {(frame.case, frame.association, frame.subtest) for frame in frames[first - 1 : last]}
        assert places <= {(case.id, case.association, subtest.number)}
    taken = [number for _, subtest in record.subtests() if subtest.frames for number in range(*subtest.frames)]
    assert len(taken) == len(set(taken))


@posix
@pytest.mark.parametrize("workers", ["0", "2"])
def test_a_killed_run_has_every_verdict_it_had_and_resume_judges_just_the_rest(tmp_path, whole, workers):
    directory = tmp_path / "run"
    stopped(directory, workers, lambda group: os.killpg(group, signal.SIGKILL))

    judged = keys(assemble(directory))
    assert ENOUGH <= sum(judged.values()) < sum(keys(whole).values())
    assert keys(whole) >= judged
    notes = assemble(directory).notes
    assert any("the run was killed while" in note and "test_open" in note for note in notes), notes

    finished = resumed(directory, "-n", workers)
    assert finished.returncode == 0, finished.stdout + finished.stderr
    assert_finished(directory, whole)


@posix
def test_a_run_whose_controller_is_killed_alone_is_finished_by_one_process(tmp_path, whole):
    """Its workers, orphans now, end by themselves and do no harm."""
    directory = tmp_path / "run"
    stopped(directory, "2", lambda pid: os.kill(pid, signal.SIGKILL))
    finished = resumed(directory)
    assert finished.returncode == 0, finished.stdout + finished.stderr
    assert_finished(directory, whole)


@posix
@pytest.mark.parametrize("workers", ["0", "2"])
def test_an_interrupted_run_says_how_to_finish_it(tmp_path, whole, workers):
    directory = tmp_path / "run"
    code, said = stopped(directory, workers, lambda group: os.killpg(group, signal.SIGINT))
    assert code == 130
    assert f"run --resume {directory} finishes it" in said
    assert "Traceback" not in said
    assert (directory / "report.html").exists()
    assert not read_journal(directory / "journal.jsonl").complete

    assert resumed(directory, "-n", workers).returncode == 0
    assert_finished(directory, whole)


def test_resume_needs_none_of_the_options_that_the_run_began_with(tmp_path):
    directory = tmp_path / "run"
    begun = [*COMMAND, "--case", "T_APPL_OPEN_12", "--acceptance", "strict", "--seed", "7", "--out", str(directory)]
    subprocess.run([*begun, "simulator"], capture_output=True, timeout=BOUND_S, check=False)
    journal = directory / "journal.jsonl"
    lines = journal.read_text().splitlines(keepends=True)
    kept = [line for line in lines if json.loads(line)["kind"] in ("run", "planned", "item")][:8]
    journal.write_text("".join(kept))

    finished = resumed(directory)
    assert finished.returncode in (0, 1), finished.stderr
    record = assemble(directory)
    assert record.complete
    assert (record.acceptance, record.seeds["run"], record.scope) == ("strict", 7, "T_APPL_OPEN_12")
    assert len(keys(record)) == sum(keys(record).values()) == record.planned


def test_a_failure_before_the_interruption_counts_in_the_exit_code(tmp_path):
    directory = tmp_path / "run"
    defect = ["--defect", "dlms-version-unchecked"]
    begun = [*COMMAND, "--case", "T_APPL_OPEN_12", *defect, "--out", str(directory)]
    first = subprocess.run(begun, capture_output=True, text=True, timeout=BOUND_S, check=False)
    assert first.returncode == 1, first.stdout + first.stderr
    journal = directory / "journal.jsonl"
    journal.write_bytes(journal.read_bytes().rpartition(b'{"kind":"finished"')[0])
    assert resumed(directory).returncode == 1


def test_a_complete_run_has_nothing_to_resume(tmp_path):
    directory = tmp_path / "run"
    one = [*COMMAND, "--case", "T_APPL_OPEN_12"]
    subprocess.run([*one, "--out", str(directory)], check=True, capture_output=True, timeout=BOUND_S)
    again = resumed(directory)
    assert again.returncode == 2
    assert again.stderr.startswith("dlms-conformance: ")
    assert "complete" in again.stderr


@pytest.mark.parametrize(
    ("name", "damage"),
    [
        ("journal.jsonl", b"no JSON\n"),
        ("invocation.json", b'{"schema": 1, "devices": 5}'),
        ("invocation.json", b"[]"),
    ],
)
def test_a_damaged_run_gets_one_message(tmp_path, name, damage):
    directory = tmp_path / "run"
    one = [*COMMAND, "--case", "T_APPL_OPEN_12"]
    subprocess.run([*one, "--out", str(directory)], check=True, capture_output=True, timeout=BOUND_S)
    (directory / name).write_bytes(damage)
    again = resumed(directory)
    assert again.returncode == 2
    assert name in again.stderr
    assert "Traceback" not in again.stderr
