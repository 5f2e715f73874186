"""A small suite with one case for each way to end, and what runs it against the embedded meter."""

import json
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
    Subtest(4, "intrusive", aarq(), accepted(), permission=Permission.UPDATES_FIRMWARE),
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
def run_suite(pytester):
    """Runs a suite: `run_suite("--dlms-case=…", suite=SUITE)`; in this process, or in one of its own when `apart`."""

    def run(*arguments, suite=SUITE, out="out", apart=False):
        pytester.makepyfile(test_small=suite)
        pytester.makeini("[pytest]\naddopts = --import-mode=importlib -p no:cacheprovider")
        resumes = any(str(argument).startswith("--dlms-resume") for argument in arguments)
        where = () if resumes or out is None else (f"--dlms-out={out}",)
        distributes = "-n" in arguments
        start = pytester.runpytest_subprocess if apart or distributes else pytester.runpytest_inprocess
        result = start(*where, *arguments)
        return Run(result, pytester.path / (out or "nowhere"))

    return run


@pytest.fixture
def simulator_toml():
    """The text of the embedded meter's device config."""
    return find_device_config("simulator").read_text(encoding="utf-8")
