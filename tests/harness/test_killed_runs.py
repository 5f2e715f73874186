"""A run that is killed keeps every verdict it had, and can be finished."""

import os
import signal
import subprocess
import sys
import time
from collections import Counter

import pytest

from conformance.record.assemble import assemble

COMMAND = [sys.executable, "-m", "conformance.cli", "run", "--plain", "--no-pdf", "--case", "T_APPL_OPEN_[1-7]"]
BOUND_S = 120
CAPTURED = {"capture_output": True, "text": True, "timeout": BOUND_S}


def keys(record):
    return Counter((*case.key, subtest.number) for case, subtest in record.subtests())


def items(directory):
    journal = directory / "journal.jsonl"
    return journal.read_bytes().count(b'"kind":"item"') if journal.exists() else 0


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """The same run, never killed."""
    directory = tmp_path_factory.mktemp("whole") / "run"
    subprocess.run([*COMMAND, "--out", str(directory)], check=True, capture_output=True, timeout=BOUND_S)
    return assemble(directory)


@pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL is POSIX's; Windows has no signal that cannot be caught")
@pytest.mark.parametrize("workers", ["0", "2"])
def test_a_killed_run_has_every_verdict_it_had_and_resume_judges_just_the_rest(tmp_path, whole, workers):
    directory = tmp_path / "run"
    process = subprocess.Popen(
        [*COMMAND, "-n", workers, "--out", str(directory)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    limit = time.monotonic() + BOUND_S
    while items(directory) < 40 and process.poll() is None and time.monotonic() < limit:
        time.sleep(0.005)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()

    killed = assemble(directory)
    judged = keys(killed)
    assert not killed.complete
    assert 40 <= sum(judged.values()) < sum(keys(whole).values())
    assert any("killed" in note for note in killed.notes)
    assert keys(whole) >= judged

    finished = subprocess.run([*COMMAND, "-n", workers, "--resume", str(directory)], check=False, **CAPTURED)
    assert finished.returncode == 0, finished.stdout + finished.stderr
    record = assemble(directory)
    assert record.complete
    assert keys(record) == keys(whole)
    assert record.subtest_totals == whole.subtest_totals


def test_a_complete_run_has_nothing_to_resume(tmp_path, whole):
    directory = tmp_path / "run"
    one = [*COMMAND[:-1], "T_APPL_OPEN_12"]
    subprocess.run([*one, "--out", str(directory)], check=True, capture_output=True, timeout=BOUND_S)
    again = subprocess.run([*one, "--resume", str(directory)], check=False, **CAPTURED)
    assert again.returncode == 2
    assert "complete" in again.stderr
    assert "Traceback" not in again.stderr
