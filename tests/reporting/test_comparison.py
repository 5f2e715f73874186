"""Two runs compared: what is told, and what is not taken for a regression."""

from __future__ import annotations

import json
from dataclasses import dataclass

import pytest

from conformance.record.assemble import load
from conformance.record.deviation import AnnouncedDeviationRecord
from conformance.record.model import CaseHead, CaseRecord, ExpectedDeviationRecord, FindingRecord, RunRecord
from conformance.record.model import SubtestRecord as Subtest
from conformance.record.timing import timing_of
from conformance.record.verdict import Verdict
from conformance.reporting.comparison import Change, compare
from conformance.reporting.comparison_json import to_json
from conformance.reporting.comparison_page import render

HEAD = CaseHead(id="T_APPL_OPEN_1", title="Association", group="application", device="acme-e500", association="public")


@dataclass(frozen=True)
class Runs:
    """Makes records that differ from the specimen in their cases alone."""

    specimen: RunRecord

    def of(
        self, *subtests: Subtest, device: str = "acme-e500", announced: tuple[object, ...] = (), **more: object
    ) -> RunRecord:
        case = CaseRecord.of(HEAD.model_copy(update={"device": device}), subtests)
        head = self.specimen.model_copy(update=more)
        if announced:
            head = head.model_copy(update={"device": head.device.model_copy(update={"expected_deviations": announced})})
        if device != "acme-e500":
            head = head.model_copy(update={"device": head.device.model_copy(update={"name": device})})
        return RunRecord.of(head, (case,), finished=self.specimen.finished, complete=True)


@pytest.fixture(scope="module")
def runs(specimen):
    return Runs(load(specimen))


def subtest(verdict: Verdict, number: int = 1, **more: object) -> Subtest:
    return Subtest(number=number, title="version 5", verdict=verdict, **more)


F, E, I, P, N, S = Verdict  # noqa: E741 - the verdicts, from the worst to the mildest
KINDS = {
    (P, F): Change.REGRESSION,
    (P, E): Change.REGRESSION,
    (P, I): Change.REGRESSION,
    (I, F): Change.REGRESSION,
    (E, F): Change.REGRESSION,
    (N, F): Change.REGRESSION,
    (F, P): Change.FIX,
    (I, P): Change.FIX,
    (F, E): Change.MILDER,
    (F, I): Change.MILDER,
    (F, N): Change.MILDER,
    (E, S): Change.MILDER,
    (P, N): Change.UNJUDGED,
    (P, S): Change.UNJUDGED,
    (N, P): Change.JUDGED,
    (S, P): Change.JUDGED,
}


@pytest.mark.parametrize(("verdicts", "change"), KINDS.items(), ids=str)
def test_each_pair_of_verdicts_is_told_as_what_it_is(runs, verdicts, change):
    """A FAILED that was INCONCLUSIVE is a regression, a FAILED that became ERROR is no fix."""
    before, after = verdicts
    made = compare(runs.of(subtest(before)), runs.of(subtest(after)))
    assert [changed.change for changed in made.changes] == [change]
    assert made.regressed is (change is Change.REGRESSION)
    assert made.unchanged == 0


@pytest.mark.parametrize("verdict", Verdict)
def test_a_run_compared_with_itself_differs_in_nothing(runs, verdict):
    """Whatever the verdict is."""
    made = compare(runs.of(subtest(verdict)), runs.of(subtest(verdict)))
    assert (made.changes, made.surroundings, made.drifts, made.unchanged) == ((), (), (), 1)


def test_an_announced_deviation_is_no_regression(runs):
    """It is told all the same, as what it is."""
    deviation = ExpectedDeviationRecord(reason="firmware fault")
    made = compare(runs.of(subtest(P)), runs.of(subtest(F, expected_deviation=deviation)))
    assert [changed.change for changed in made.changes] == [Change.ANNOUNCED]
    assert not made.regressed


KNOWN = AnnouncedDeviationRecord(case="T_APPL_OPEN_1", reason="firmware fault", owner="lab 2")
COVERING = ExpectedDeviationRecord(reason="firmware fault", owner="lab 2")


def announcing(runs, *deviations, verdict=F, covered=True):
    """A run whose device config announces these, with one subtest that they may cover."""
    return runs.of(subtest(verdict, expected_deviation=COVERING if covered else None), announced=deviations)


def test_a_failure_that_is_announced_no_longer_is_a_regression(runs):
    """FAILED in both, and it counts only now: expired, or withdrawn from the config."""
    before = announcing(runs, KNOWN)
    made = compare(before, announcing(runs, KNOWN.model_copy(update={"expires": "2026-01-31"}), covered=False))
    assert [changed.change for changed in made.changes] == [Change.EXPOSED]
    assert [(one.before, one.after, one.fails) for one in made.deviations] == [("shown", "expired", True)]
    assert made.regressed
    withdrawn = compare(before, announcing(runs, covered=False))
    assert [changed.change for changed in withdrawn.changes] == [Change.EXPOSED]
    assert [(one.before, one.after, one.fails) for one in withdrawn.deviations] == [("shown", None, False)]
    assert withdrawn.regressed


def test_an_unexpected_pass_fails_the_comparison_as_it_fails_the_run(runs):
    """It is a fix, and the device config must say so before the next night is green."""
    made = compare(announcing(runs, KNOWN), announcing(runs, KNOWN, verdict=P))
    assert [changed.change for changed in made.changes] == [Change.FIX]
    assert [(one.before, one.after, one.fails) for one in made.deviations] == [("shown", "unexpected-pass", True)]
    assert made.regressed
    content = to_json(made)
    assert content["deviations"][0] | {"reason": "", "owner": ""} == {
        "device": "acme-e500", "case": "T_APPL_OPEN_1", "subtest": None, "association": None, "variant": None,
        "reason": "", "owner": "", "expires": None, "before": "shown", "after": "unexpected-pass", "fails": True,
    }  # fmt: skip
    page = render(made)
    assert "Expected deviations fail the run" in page
    assert "shown → unexpected-pass <strong>fails the run</strong>" in page


def test_what_failed_the_earlier_run_too_is_no_regression(runs):
    """Nobody is woken twice for one thing."""
    made = compare(announcing(runs, KNOWN, verdict=P), announcing(runs, KNOWN, verdict=P))
    assert (made.changes, made.deviations, made.regressed) == ((), (), False)


def test_a_deviation_that_is_announced_now_explains_the_failure(runs):
    """From a failure that counts to one that is accepted: nothing got worse."""
    made = compare(announcing(runs, covered=False), announcing(runs, KNOWN))
    assert [(one.before, one.after, one.fails) for one in made.deviations] == [(None, "shown", False)]
    assert not made.regressed


def test_new_and_gone_subtests_are_no_regressions(runs):
    """They are matched by number within case, association and variant."""
    made = compare(runs.of(subtest(P, 1), subtest(P, 2)), runs.of(subtest(P, 2), subtest(F, 3)))
    assert {(changed.change, changed.number) for changed in made.changes} == {(Change.NEW, 3), (Change.GONE, 1)}
    assert not made.regressed
    assert made.unchanged == 1


def test_the_same_verdict_for_another_cause_is_told(runs):
    """A lab that sees the same FAILED as last night must not take it for the same fault."""

    def failed(code: str) -> Subtest:
        return subtest(F, findings=(FindingRecord(code=code, severity="error", message="…"),))

    made = compare(runs.of(failed("wrong-key")), runs.of(failed("counter-too-low")))
    (changed,) = made.changes
    assert changed.change is Change.FINDINGS
    assert (changed.before_findings, changed.after_findings) == (("wrong-key",), ("counter-too-low",))


def test_runs_of_one_device_each_are_matched_whatever_it_is_called(runs):
    """The renaming itself is told among the surroundings."""
    made = compare(runs.of(subtest(P)), runs.of(subtest(F), device="acme-e500-new"))
    assert made.regressed
    assert made.devices_renamed
    assert ("device", "acme-e500", "acme-e500-new") in {(one.what, one.before, one.after) for one in made.surroundings}


def test_another_firmware_and_another_acceptance_are_told(runs):
    """They may be the whole explanation."""
    device = runs.specimen.device.model_copy(update={"identity": {"firmware": "5.0"}})
    made = compare(runs.of(subtest(P)), runs.of(subtest(P), device="acme-e500", acceptance="strict"))
    later = runs.of(subtest(P)).model_copy(update={"device": device})
    whats = {one.what: (one.before, one.after) for one in compare(runs.of(subtest(P)), later).surroundings}
    assert [(one.what, one.after) for one in made.surroundings] == [("acceptance", "strict")]
    assert whats["firmware"] == ("4.12.7", "5.0")


def timed(*times_s: float, virtual: bool = False) -> Subtest:
    return subtest(P, timing=timing_of(times_s, virtual=virtual, wire_s=None, waited_s=0.0))


def test_slower_answers_are_told_by_their_medians(runs):
    """One slow answer is none; times by a virtual clock are not held against real ones."""
    quick, slow = [0.02] * 9, [0.05] * 9
    (drift,) = compare(runs.of(timed(*quick)), runs.of(timed(*slow))).drifts
    assert (drift.case, drift.before_s, drift.after_s, drift.responses) == ("T_APPL_OPEN_1", 0.02, 0.05, (9, 9))
    assert drift.ratio == pytest.approx(2.5)
    assert compare(runs.of(timed(*quick)), runs.of(timed(*quick, 3.0))).drifts == ()
    assert compare(runs.of(timed(*quick)), runs.of(timed(*slow, virtual=True))).drifts == ()
    assert compare(runs.of(timed(*quick[:4])), runs.of(timed(*slow))).drifts == ()


def test_the_json_holds_every_change(runs):
    """A program needs no page."""
    content = json.loads(json.dumps(to_json(compare(runs.of(subtest(P)), runs.of(subtest(F, reason="silence"))))))
    assert content["regressed"] is True
    assert content["counts"]["regression"] == 1
    assert content["changes"][0] | {"title": ""} == {
        "change": "regression",
        "device": "acme-e500",
        "case": "T_APPL_OPEN_1",
        "association": "public",
        "variant": "",
        "number": 1,
        "title": "",
        "before": "PASSED",
        "after": "FAILED",
        "reason": "silence",
        "findings": {"before": [], "after": []},
    }


def test_nothing_that_a_meter_says_becomes_part_of_the_page(runs):
    """Reasons come from meters."""
    hostile = "</td><script>alert(1)</script>\u202e{{ 7*7 }}"
    page = render(compare(runs.of(subtest(P)), runs.of(subtest(F, reason=hostile))))
    assert "<script" not in page
    assert "\u202e" not in page
    assert "{{ 7*7 }}" in page
    assert "1 regression<" in page
