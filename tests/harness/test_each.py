"""A subtest that asks one question of many things: failures are collected, and what ends the loop all the same."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from random import Random

import pytest

from conformance.device.load import load
from conformance.device.model import Profile
from conformance.dlms.data.values import octet_string
from conformance.harness.bench import Bench
from conformance.harness.case import Case, Subtest
from conformance.harness.judging import Failed, Inconclusive
from conformance.harness.standing_association import MOST_OPENINGS, StandingAssociation
from conformance.harness.trial import Trial
from conformance.tester.accepted_services import data
from conformance.tester.liveness import question

SIMULATOR = load(Path(__file__).parents[2] / "device_configs" / "simulator.toml")
CASE = Case("X_EACH", "each", "IEC 62056")
SUBTEST = Subtest(1, "each", procedure="asks", accepts="data")


@pytest.fixture
def trial():
    device = replace(SIMULATOR, profile=Profile.WRAPPER)
    bench = Bench(device, seed=1, keep_secret=lambda _: None)
    settings = device.association("reading")
    made = Trial(CASE, SUBTEST, settings, settings.protections[0], bench, Random(1))
    yield made
    made.close()


def ask(trial: Trial, *wrong: int) -> None:
    for number in range(5):
        with trial.each(f"thing {number}"):
            trial.check(number not in wrong, expected="good", observed=f"number {number}")


def test_the_loop_goes_on_and_the_subtest_fails_at_its_end_with_the_first_reason(trial) -> None:
    ask(trial, 1, 3)
    assert [step.passed for step in trial.steps] == [True, False, True, False, True]
    with pytest.raises(Failed, match="2 of 5 failed; the first, thing 1: number 1; expected good"):
        trial.settle()
    assert trial.decisive is not None
    assert trial.decisive.observed == "number 1"


def test_without_failures_nothing_ends_the_subtest_and_the_last_judgement_stands(trial) -> None:
    ask(trial)
    trial.settle()
    assert trial.decisive is not None
    assert trial.decisive.passed
    assert trial.steps[-1].detail == "number 4"


def test_judgements_of_what_passed_do_not_pile_up(trial) -> None:
    with trial.each("one thing"):
        for number in range(100):
            trial.check(True, expected="good", observed=str(number))
    assert len(trial.judgements) == 1


def test_what_is_no_failure_ends_the_loop_and_failures_before_it_still_count(trial) -> None:
    with pytest.raises(Inconclusive), trial.each("a thing"):
        trial.inconclusive("the meter is gone")
    trial.settle(Inconclusive("the meter is gone"))
    with trial.each("another"):
        trial.fail("wrong")
    with pytest.raises(Failed, match=r"1 of 1 failed.*wrong.*ended: the meter is gone"):
        trial.settle(Inconclusive("the meter is gone"))


def test_an_interruption_is_never_taken_for_a_failure(trial) -> None:
    with trial.each("a thing"):
        trial.fail("wrong")
    with pytest.raises(KeyboardInterrupt), trial.each("another"):
        raise KeyboardInterrupt
    trial.settle(KeyboardInterrupt())


def test_a_line_that_failed_ends_the_loop(trial) -> None:
    trial.bench.line_fault = "the cable was pulled"
    with pytest.raises(Failed), trial.each("a thing"):
        trial.fail("silence")


def test_a_lost_association_is_opened_again_a_bounded_number_of_times(trial) -> None:
    """Each time the link is dropped under the loop, the next request finds a fresh one, until it is too often."""
    standing = StandingAssociation(trial)
    for _ in range(MOST_OPENINGS):
        association = standing.established()
        reaction = standing.request(question(association))
        trial.judge(reaction, data(octet_string(bytes.fromhex("0000280000FF"))), association=association)
        association.drop()
        standing._doubtful = True
    assert standing.openings == MOST_OPENINGS
    with pytest.raises(Inconclusive, match="lost 10 times"):
        standing.established()


def test_an_association_that_still_answers_is_kept(trial) -> None:
    standing = StandingAssociation(trial)
    first = standing.established()
    standing._doubtful = True
    assert standing.established() is first
    assert standing.openings == 1
