"""In how many associations a case runs: each, one for each logical device, or one for the device."""

import json

import pytest

from conformance.device.content import find_device_config
from conformance.device.load import load
from conformance.harness.case import Case, Scope, Subtest, Variants, case, subtests
from conformance.harness.slot import slots

SIMULATOR = load(find_device_config("simulator"))
SUBTESTS = (Subtest(1, "one", procedure="nothing", accepts="nothing"),)

SUITE = '''
from conformance.harness.case import Scope, Subtest, case, subtests
from conformance.tester.accepted_frames import ua
from conformance.tester.frame_stimulus import snrm


@case("X_SCOPED", title="once", clause="IEC 62056-46", scope=Scope.DEVICE)
@subtests(Subtest(1, "SNRM", snrm(), ua()), Subtest(2, "SNRM without closing flag",
                  snrm().dropped("hdlc-frame.closing-flag"), ua()))
def test_scoped(subtest):
    """SNRM is answered."""
    probe = subtest.probe()
    probe.clean()
    subtest.judge(probe.send(subtest.stimulus))
'''


def associations(scope):
    declared = Case("X_SCOPED", "", "", scope=scope, subtests=SUBTESTS)
    return [slot.association.name for slot in slots(declared, [SIMULATOR])]


def test_each_association_is_the_rule():
    """Nothing is left out where nothing is said."""
    assert associations(Scope.ASSOCIATION) == [item.name for item in SIMULATOR.associations]


def test_each_logical_device_has_its_least_demanding_association():
    """Not ciphered, and of those the lowest mechanism."""
    assert associations(Scope.LOGICAL_DEVICE) == ["public", "sn-public"]


def test_the_device_has_one():
    """The least demanding of all."""
    assert associations(Scope.DEVICE) == ["public"]


def test_a_case_says_where_it_runs():
    """`explain` prints it."""

    @case("X_SCOPED", title="t", clause="c", scope=Scope.DEVICE)
    @subtests(*SUBTESTS)
    def declared(subtest):
        """A requirement."""

    assert declared.dlms_case.runs == f"{Variants.ONE.value}; {Scope.DEVICE.value}"


@pytest.fixture
def run(run_suite):
    return run_suite("--dlms-device=simulator", suite=SUITE)


def test_a_scoped_case_is_in_the_record_once_with_the_octets_that_decide(run):
    """The frame tree holds the octets that a verdict rests on, and the stimulus is in words."""
    (found,) = run.record.cases
    assert (found.association, found.verdict.value) == ("public", "FAILED")
    answered, unanswered = found.subtests
    assert answered.verdict.value == "PASSED"
    assert (answered.deciding.path, answered.deciding.octets) == ("hdlc-frame.content.control", "73")
    assert unanswered.stimulus == "SNRM P/F; hdlc-frame.closing-flag dropped"
    assert unanswered.deciding is None
    frames = [line for line in run.lines("frames.jsonl") if line["case"] == "X_SCOPED" and line["subtest"] == 1]
    assert "7EA0070321930F017E" in json.dumps(frames)
