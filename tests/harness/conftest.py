"""A small suite with one case for each way to end, and what runs it against the embedded meter."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter

import pytest

# Imported once for all runs in this process, each of which forgets what it was the first to import.
import conformance.harness.conductor
import conformance.harness.runner  # noqa: F401
from conformance.device.content import find_device_config
from conformance.record.assemble import assemble

SUITE = '''
from conformance.device.model import Permission
from conformance.harness.applicability import ciphered, logical_names
from conformance.harness.case import Subtest, case, subtests
from conformance.harness.judging import Inapplicable
from conformance.tester.accepted_openings import accepted, rejected
from conformance.tester.stimulus import aarq


@case("X_SMALL_OPEN", title="opening", clause="IEC 62056-5-3, AARQ", applies=logical_names)
@subtests(
    Subtest(1, "as declared", aarq(), accepted()),
    Subtest(2, "wrongly expected to be refused", aarq(), rejected()),
    Subtest(3, "for ciphered contexts", aarq(), accepted(), applies=ciphered),
    Subtest(4, "intrusive", aarq(), accepted(), permission=Permission.LEAVES_POLICY),
)
def test_opening(subtest):
    """A meter opens the association that it declares."""
    subtest.judge(subtest.association.open(subtest.stimulus))


@case("X_SMALL_ENDS", title="other ends", clause="IEC 62056-5-3, AARQ")
@subtests(
    Subtest(1, "cannot be judged", procedure="nothing", accepts="nothing"),
    Subtest(2, "a fault of the tester", procedure="nothing", accepts="nothing"),
    Subtest(3, "judges nothing", procedure="nothing", accepts="nothing"),
    Subtest(4, "ruled out by what was learnt", procedure="nothing", accepts="nothing"),
)
def test_ends(subtest):
    """A case ends in one of six ways."""
    match subtest.number:
        case 1:
            subtest.inconclusive("too little data in the meter")
        case 2:
            raise ZeroDivisionError("an accident")
        case 4:
            raise Inapplicable("the meter has no such object")
'''


BOUND_S = 120
"""No run of a small suite takes so long; what does is ended with all that it started."""


class Apart:
    """A process of its own, in a group of its own, with its output in files: nothing that it starts outlives a test."""

    def __init__(self, command, directory, kept):
        self._outputs = [kept / f"apart-{time.monotonic_ns()}.{name}" for name in ("out", "err")]
        self._files = [path.open("wb") for path in self._outputs]
        self._began = time.monotonic()
        self.process = subprocess.Popen(
            [str(word) for word in command],
            cwd=directory,
            stdin=subprocess.DEVNULL,
            stdout=self._files[0],
            stderr=self._files[1],
            start_new_session=True,
        )

    @property
    def pid(self):
        return self.process.pid

    def wait_for(self, happened, what):
        """Wait until `happened()`; the process must live until then."""
        while not happened():
            if self.process.poll() is not None or time.monotonic() - self._began > BOUND_S:
                result = self.finished()
                pytest.fail(f"{what} never came\n{result.stdout.str()}\n{result.stderr.str()}")
            time.sleep(0.005)

    def finished(self):
        """How it ended, as pytester tells it; it is killed when it does not end in time."""
        try:
            self.process.wait(max(0.1, BOUND_S - (time.monotonic() - self._began)))
        except subprocess.TimeoutExpired:
            self.end()
            said = "\n".join(path.read_text("utf-8", "replace")[-8000:] for path in self._outputs)
            pytest.fail(f"{self.process.args} did not end within {BOUND_S} s:\n{said}")
        self.end()
        lines = [path.read_text("utf-8", "replace").splitlines() for path in self._outputs]
        return pytest.RunResult(self.process.returncode, *lines, time.monotonic() - self._began)

    def end(self):
        """Kill whatever is left of the group, close what is open."""
        if sys.platform == "win32":
            self.process.kill()
        else:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        for file in self._files:
            file.close()


@pytest.fixture
def apart(tmp_path):
    """Starts commands in processes of their own: `apart(*words)`; whatever is left of them ends with the test."""
    started = []

    def start(*command, directory=tmp_path):
        started.append(Apart(command, directory, tmp_path))
        return started[-1]

    yield start
    for one in started:
        one.end()


class Run:
    """A finished run: its exit code, its record and its directory."""

    def __init__(self, result, directory):
        self.result = result
        self.code = int(result.ret)
        self.directory = directory
        self.record = assemble(directory) if (directory / "journal.jsonl").exists() else None

    def verdicts(self, association, case):
        (found,) = [item for item in self.record.cases if item.id == case and item.association == association]
        return {subtest.number: subtest.verdict.value for subtest in found.subtests}

    def subtest(self, association, case, number):
        (found,) = [item for item in self.record.cases if item.id == case and item.association == association]
        return next(subtest for subtest in found.subtests if subtest.number == number)

    @property
    def said(self):
        """All that it printed."""
        return self.result.stdout.str() + self.result.stderr.str()

    def frames_of_cases(self):
        """How many frames each subtest has in the log; the sanity associations of each process are beside."""
        frames = self.lines("frames.jsonl")
        return Counter((frame["case"], frame["association"], frame["subtest"]) for frame in frames if frame["case"])

    def lines(self, name):
        return [json.loads(line) for line in (self.directory / name).read_text().splitlines()]


@pytest.fixture
def run_suite(pytester, apart):
    """Runs a suite: `run_suite("--dlms-case=…", suite=SUITE)`; in this process, or in one of its own when `alone`."""

    def run(*arguments, suite=SUITE, out="out", alone=False):
        pytester.makepyfile(test_small=suite)
        pytester.makeini("[pytest]\naddopts = --import-mode=importlib -p no:cacheprovider -p no:hypothesispytest")
        resumes = any(str(argument).startswith("--dlms-resume") for argument in arguments)
        where = () if resumes or out is None else (f"--dlms-out={out}",)
        distributes = "-n" in arguments
        if alone or distributes:
            command = (sys.executable, "-m", "pytest", *where, *arguments)
            result = apart(*command, directory=pytester.path).finished()
        else:
            result = pytester.runpytest_inprocess(*where, *arguments)
        return Run(result, pytester.path / (out or "nowhere"))

    return run


@pytest.fixture
def simulator_toml():
    """The text of the embedded meter's device config."""
    return find_device_config("simulator").read_text(encoding="utf-8")
