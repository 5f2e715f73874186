"""What is told of a device over its nights: flaky, failing since, changed around it; and what is not."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone

import pytest

from conformance.record.verdict import Verdict
from conformance.reporting.history.errors import HistoryError
from conformance.reporting.history.night import night_of
from conformance.reporting.history.nights import nights as nights_of
from conformance.reporting.history.store import history
from conformance.reporting.history.trend import trend


def test_a_verdict_that_changes_for_no_known_cause_is_flaky(made):
    """How often, of how many pairs of runs; a steady one is not spoken of."""
    trend = made(steady="PPPPPP", restless="PFPPFP")
    (one,) = trend.flaky
    assert trend.names[one.subtest].case == "restless"
    assert (one.changes, one.comparisons, one.last, one.letters) == (4, 5, 5, "PFPPFP")
    assert one.went_back


def test_a_new_firmware_explains_a_change(nights):
    """And is marked where it came."""
    nights.identity = {0: {"firmware": "4.1"}, 3: {"firmware": "4.2"}}
    nights.fill(a="PPPFFF")
    trend = nights.trend()
    assert trend.flaky == ()
    assert [point.mark.words for point in trend.points if point.mark] == ["firmware 4.1 → 4.2"]
    assert trend.points[3].mark is not None
    (turn,) = trend.turns
    assert (turn.at, turn.explained) == (3, True)


@pytest.mark.parametrize(
    "change", [{"acceptance": "strict"}, {"permissions": ("reads", "writes")}], ids=lambda change: next(iter(change))
)
def test_other_circumstances_explain_a_change_too(nights, change):
    """A stricter acceptance is no fault of the meter."""
    nights.around = {2: change}
    nights.fill(a="PPFF")
    trend = nights.trend()
    assert trend.flaky == ()
    assert [at for at, point in enumerate(trend.points) if point.mark] == [2]


def test_a_firmware_that_went_and_came_back_between_two_runs_of_a_subtest_explains_its_change(nights):
    """The two runs look alike, and yet the meter was another in between."""
    nights.identity = {0: {"firmware": "4.1"}, 1: {"firmware": "4.2"}, 2: {"firmware": "4.1"}}
    nights.fill(a="P.F", b="PPP")
    assert nights.trend().flaky == ()


def test_an_identity_that_could_not_be_read_is_no_change(nights):
    """A meter that did not answer one night is still the same meter, and its FAILED is flaky."""
    nights.identity = {0: {"firmware": "4.1"}, 1: {}, 2: {"firmware": "4.1"}}
    nights.fill(a="PFP")
    trend = nights.trend()
    assert [point.mark for point in trend.points] == [None, None, None]
    assert [one.changes for one in trend.flaky] == [2]


def test_a_change_that_came_while_the_identity_could_not_be_read_is_seen_when_it_is_read_again(nights):
    """The last one known is what the next is held against."""
    nights.identity = {0: {"firmware": "4.1"}, 1: {}, 2: {"firmware": "4.2"}}
    nights.fill(a="PPF")
    trend = nights.trend()
    assert [at for at, point in enumerate(trend.points) if point.mark] == [2]
    assert trend.flaky == ()


def test_runs_that_do_not_hold_or_permit_a_subtest_say_nothing_about_it(made):
    """A partial run between two full ones, and SKIPPED, neither make nor hide a change."""
    trend = made(kept="P.PS.P", changed="P.SF..", other="PPPPPP")
    assert [(trend.names[one.subtest].case, one.changes, one.comparisons) for one in trend.flaky] == [("changed", 1, 1)]


def test_an_announced_failure_is_the_same_verdict(made):
    """Whether the config announces it or not, the meter did not change."""
    trend = made(a="Ffff", b="FfPF")
    assert [(trend.names[one.subtest].case, one.changes, one.comparisons) for one in trend.flaky] == [("b", 2, 3)]
    told = {trend.names[one.subtest].case: (one.announced, one.since) for one in trend.standing}
    assert told == {"a": (True, 0), "b": (False, 3)}


def test_what_does_not_pass_now_is_told_with_its_first_night_and_its_last_pass(made):
    """The time runs to the newest run, also for a subtest that was judged before it."""
    trend = made(passes="PFFPP", fails="PPFEF", never="FFFFF", not_run="PF...", late="..P.F")
    told = {trend.names[one.subtest].case: one for one in trend.standing}
    assert set(told) == {"fails", "never", "not_run", "late"}
    assert (told["late"].since, told["late"].last_passed) == (4, 2)
    assert (told["fails"].since, told["fails"].last_passed) == (2, 1)
    assert trend.without_pass(told["fails"]) == timedelta(days=3)
    assert (told["never"].since, told["never"].last_passed) == (0, None)
    assert trend.without_pass(told["never"]) is None
    assert (told["not_run"].judged, told["not_run"].verdict) == (1, Verdict.FAILED)
    assert trend.without_pass(told["not_run"]) == timedelta(days=4)
    assert trend.causes[told["fails"].subtest] == ("silence", "no-reply")
    assert [trend.names[one.subtest].case for one in trend.standing[:2]] == ["late", "fails"]


def test_the_counts_of_a_night_are_those_of_its_run(made):
    """An announced FAILED counts as FAILED."""
    trend = made(a="PF", b="f.", c="IN", d="SE")
    first, second = (
        {verdict.value: count for verdict, count in point.counts.items() if count} for point in trend.points
    )
    assert first == {"FAILED": 1, "INCONCLUSIVE": 1, "PASSED": 1, "SKIPPED": 1}
    assert second == {"FAILED": 1, "ERROR": 1, "INAPPLICABLE": 1}


def test_a_pattern_of_cases_narrows_everything(nights):
    """Counts, response times, flaky and standing."""
    nights.fill(T_HDLC_1="PFP", T_APPL_1="PPF")
    trend = nights.trend("T_HDLC_*")
    assert [point.counts[Verdict.FAILED] for point in trend.points] == [0, 1, 0]
    assert [sum(point.counts.values()) for point in trend.points] == [1, 1, 1]
    assert trend.standing == ()
    assert {name.case for name in trend.names.values()} == {"T_HDLC_1"}
    with pytest.raises(HistoryError, match="holds no case 'T_WRONG'"):
        nights.trend("T_WRONG")


def test_response_times_are_medians_of_each_night(nights):
    """In seconds, and the same with a pattern."""
    for at, seconds in enumerate((0.05, 0.0837519)):
        nights.add(nights.record(at, {"a": "P", "b": "P"}, response_s=seconds))
    assert [point.response_s for point in nights.trend().points] == [0.05, 0.0838]
    assert [point.response_s for point in nights.trend("a").points] == [0.05, 0.0838]


def test_the_last_nights_are_those_in_which_there_was_a_run(nights):
    """A week without runs does not empty the trend."""
    for at in (0, 1, 9):
        nights.add(nights.record(at, {"a": "P"}))
    assert [night.isoformat() for night in nights.trend(nights=2).nights] == ["2026-11-02", "2026-11-10"]


def test_a_night_runs_from_noon_to_noon():
    """Before and after midnight is one night, by the clock of whoever reads."""
    evening, morning = datetime(2026, 11, 20, 23, tzinfo=UTC), datetime(2026, 11, 21, 4, tzinfo=UTC)
    assert night_of(evening, UTC) == night_of(morning, UTC) == date(2026, 11, 20)
    assert night_of(datetime(2026, 11, 21, 12, tzinfo=UTC), UTC) == date(2026, 11, 21)
    assert night_of(morning, timezone(timedelta(hours=9))) == date(2026, 11, 21)


def test_a_night_tells_what_turned_in_it(nights):
    """Worse, better and the rest, held against the run in which each subtest was judged before."""
    nights.fill(broke="PF", fixed="FP", gone="PN", kept="PP")
    (night, first) = nights_of([nights.trend()])
    (device,) = night.devices
    told = [
        [device.names[turn.subtest].case for turn in turns] for turns in (device.worse, device.better, device.other)
    ]
    assert told == [["broke"], ["fixed"], ["gone"]]
    assert not device.first
    assert first.devices[0].first


def test_a_device_that_is_not_there_is_told_with_those_that_are(nights):
    """One message."""
    nights.fill(a="P")
    nights.device = "acme-e600"
    with pytest.raises(HistoryError, match="holds no device") as raised:
        nights.trend()
    assert str(raised.value) == f"{nights.path}: holds no device 'acme-e600'. It holds: acme-e500"


def test_runs_may_be_added_in_any_order(nights):
    """A lab adds last month's runs today."""
    for at, letter in ((2, "F"), (0, "P"), (1, "P")):
        nights.add(nights.record(at, {"a": letter}))
    trend = nights.trend()
    assert [point.counts[Verdict.FAILED] for point in trend.points] == [0, 0, 1]
    with history(nights.path) as store:
        assert [sitting.run.number for sitting in store.sittings()] == [2, 3, 1]


def test_a_trend_can_be_taken_as_it_was(nights):
    """What came later is not there; the last nights are those before."""
    nights.fill(a="PFPP")
    with history(nights.path) as store:
        started = store.run("2")[0].run.started
        then = trend(store, nights.device, nights=2, until=started, zone=UTC)
    assert [point.sitting.run.number for point in then.points] == [1, 2]
    assert [one.verdict for one in then.standing] == [Verdict.FAILED]
