"""What becomes of a deviation that a device config announces, told from the verdicts alone."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from jsonschema import Draft202012Validator

from conformance.record.deviation import AnnouncedDeviationRecord, Covered, DeviationState, settled
from conformance.record.model import (
    CaseHead,
    CaseRecord,
    DeviceRecord,
    ExpectedDeviationRecord,
    RunHead,
    RunRecord,
    SubtestRecord,
    ToolRecord,
)
from conformance.record.schema import run_schema
from conformance.record.verdict import Verdict

BEGAN = datetime(2026, 11, 21, 22, tzinfo=UTC)
F, E, I, P, N, S = Verdict  # noqa: E741 - the verdicts, from the worst to the mildest
EXPIRED, UNEXPECTED, SHOWN, LAPSED, NOT_JUDGED = DeviationState


def state(*verdicts: Verdict, excused: bool = True, complete: bool = True, **announced: object) -> DeviationState:
    """Of a deviation of a whole case, whose subtests 1, 2, … ended so in association public."""
    deviation = AnnouncedDeviationRecord(**{"case": "T_A", "reason": "known", "owner": "lab", **announced})
    judged = [
        Covered("acme", "T_A", number, "public", "", verdict, excused) for number, verdict in enumerate(verdicts, 1)
    ]
    (record,) = settled([("acme", deviation)], judged, began=BEGAN, complete=complete)
    return record.state


@pytest.mark.parametrize(
    ("verdicts", "expected"),
    [
        ((F,), SHOWN),
        ((F, P, P), SHOWN),
        ((F, E, I), SHOWN),
        ((P,), UNEXPECTED),
        ((P, P, N, S), UNEXPECTED),
        ((P, I), NOT_JUDGED),
        ((P, E), NOT_JUDGED),
        ((N,), NOT_JUDGED),
        ((S,), NOT_JUDGED),
        ((I,), NOT_JUDGED),
        ((), NOT_JUDGED),
    ],
)
def test_one_failure_is_what_was_announced_and_only_passes_are_not(verdicts, expected):
    """A deviation of a whole case may be one of a single association; what was left open proves nothing."""
    assert state(*verdicts) is expected


def test_a_run_that_is_not_complete_does_not_prove_that_a_deviation_is_gone():
    """What is missing may have shown it; a failure that counts, counts."""
    assert state(P, complete=False) is NOT_JUDGED
    assert state(F, complete=False) is SHOWN
    assert state(F, excused=False, complete=False, expires="2026-11-20") is EXPIRED


@pytest.mark.parametrize(
    ("verdict", "excused", "expires", "expected"),
    [
        (F, False, "2026-11-20", EXPIRED),
        (P, False, "2026-11-20", LAPSED),
        (N, False, "2026-11-20", NOT_JUDGED),
        (F, True, "2026-11-21", SHOWN),
        (P, True, "2026-11-21", UNEXPECTED),
        (F, False, "2026-11-21", EXPIRED),
        (F, True, "2026-11-20", LAPSED),
    ],
    ids=["failed", "passed", "not applicable", "last day", "last day passed", "after midnight", "another covers it"],
)
def test_what_has_expired_fails_the_run_only_where_it_still_shows(verdict, excused, expires, expected):
    """The last day is included; a subtest that began after it counts, whenever the run began."""
    assert state(verdict, excused=excused, expires=expires) is expected


@pytest.mark.parametrize(
    ("place", "covers"),
    [
        ({}, True),
        ({"subtest": 1}, True),
        ({"subtest": 2}, False),
        ({"association": "public"}, True),
        ({"association": "management"}, False),
        ({"variant": ""}, True),
        ({"variant": "glo"}, False),
        ({"case": "T_B"}, False),
    ],
)
def test_what_is_named_must_fit_and_what_is_left_out_covers_everything(place, covers):
    """The device is always that of the config that announces it."""
    assert state(F, **place) is (SHOWN if covers else NOT_JUDGED)


def test_another_device_shows_nothing_of_it():
    """Two meters of one run announce their own deviations."""
    deviation = AnnouncedDeviationRecord(case="T_A", reason="known")
    judged = [Covered("other", "T_A", 1, "public", "", F, True)]
    (record,) = settled([("acme", deviation)], judged, began=BEGAN, complete=True)
    assert record.state is NOT_JUDGED
    assert not any(record.totals.values())


def test_only_an_unexpected_pass_and_an_expiry_fail_a_run():
    """The other states explain, or say that nothing is known."""
    assert [state for state in DeviationState if state.fails] == [EXPIRED, UNEXPECTED]


def record_of(*verdicts: Verdict, **announced: object) -> RunRecord:
    deviation = AnnouncedDeviationRecord(case="T_A", reason="firmware fault", owner="lab 2", **announced)
    device = DeviceRecord(name="acme", expected_deviations=(deviation,))
    head = RunHead(tool=ToolRecord(version="1"), started=BEGAN, device=device)
    covering = ExpectedDeviationRecord(reason="firmware fault", owner="lab 2")
    subtests = tuple(
        SubtestRecord(number=number, title="a", verdict=verdict, expected_deviation=covering)
        for number, verdict in enumerate(verdicts, 1)
    )
    case = CaseRecord.of(CaseHead(id="T_A", title="a", device="acme", association="public"), subtests)
    return RunRecord.of(head, (case,), finished=BEGAN, complete=True)


def test_the_record_lists_each_deviation_with_its_state_and_what_it_covers():
    """As its schema says, and as it is read back."""
    record = record_of(F, P, association="public", expires="2027-01-31")
    (deviation,) = record.deviations
    assert (deviation.device, deviation.state) == ("acme", SHOWN)
    assert {verdict: count for verdict, count in deviation.totals.items() if count} == {F: 1, P: 1}
    assert deviation.told == (
        "acme: expected deviation of T_A in public (firmware fault; owner lab 2; until 2027-01-31) "
        "showed, 1 FAILED and 1 PASSED"
    )
    Draft202012Validator(run_schema()).validate(record.to_json())
    assert RunRecord.model_validate_json(record.model_dump_json(by_alias=True)) == record


def test_no_state_changes_a_verdict():
    """The meter passed, and the run record says so; that the run fails is told beside."""
    record = record_of(P)
    assert record.deviations[0].state is UNEXPECTED
    assert record.verdict is P


def test_a_record_of_an_older_version_loads_without_deviations():
    """It names none, and none is made up."""
    content = record_of(F).to_json()
    del content["deviations"]
    del content["device"]["expected_deviations"]
    record = RunRecord.model_validate(content)
    assert record.deviations == record.device.expected_deviations == ()
    assert record.cases[0].subtests[0].excused
