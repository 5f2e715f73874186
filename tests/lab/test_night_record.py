"""A night is told whole whatever befell it: no device is a gap, and nothing in a file is trusted."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from conformance.lab.device_directory import device_directory
from conformance.lab.night_assembly import assemble, assembled
from conformance.lab.night_journal import (
    NIGHT_JOURNAL,
    Began,
    DeviceBegan,
    DeviceEnded,
    Ended,
    LineEvent,
    NightJournal,
    Noted,
    PlannedDevice,
    read_events,
)
from conformance.lab.night_record import NightRow, RowState, load_night
from conformance.record.assemble import assemble as assemble_run
from conformance.record.deviation import AnnouncedDeviationRecord, DeviationState
from conformance.record.errors import RecordError
from conformance.record.verdict import Verdict
from tests.lab.nights import STARTED, Meter, write_night
from tests.reporting.conftest import write_specimen


def row(night, device):
    return next(row for row in night.rows if row.device == device)


def test_a_night_is_assembled_from_its_journal_and_the_runs_of_its_devices(tmp_path):
    failing = Meter("acme-2", problems={3: Verdict.FAILED, 5: Verdict.ERROR}, announced=frozenset([3]))
    night = assemble(write_night(tmp_path / "night", [Meter("acme-1"), failing]))
    assert [row.device for row in night.rows] == ["acme-1", "acme-2"]
    assert [row.verdict for row in night.rows] == [Verdict.PASSED, Verdict.FAILED]
    second = row(night, "acme-2")
    assert (second.vendor, second.model, second.firmware) == ("Acme Metering", "E500", "4.12.7")
    assert second.subtest_totals[Verdict.FAILED] == second.announced == 1
    assert second.duration_s == 1200
    assert second.attempts[0].state is RowState.DONE
    assert night.complete
    assert load_night(tmp_path / "night") == night


@pytest.mark.parametrize(
    ("meters", "code"),
    [
        ([Meter("a")], 0),
        ([Meter("a", problems={0: Verdict.FAILED})], 1),
        ([Meter("a", problems={0: Verdict.FAILED}, announced=frozenset([0]))], 0),
        ([Meter("a", problems={0: Verdict.ERROR})], 3),
        ([Meter("a", problems={0: Verdict.INCONCLUSIVE})], 3),
        ([Meter("a", state=RowState.OUT_OF_TIME, reason="over")], 3),
        ([Meter("a"), Meter("b", state=RowState.NOT_RUN, reason="held", runs=False)], 3),
        ([Meter("a", problems={0: Verdict.FAILED}), Meter("b", state=RowState.NO_LINK, reason="x", runs=False)], 1),
    ],
)
def test_the_exit_code_is_that_of_a_run_over_all_devices(tmp_path, meters, code):
    assert assemble(write_night(tmp_path / "night", meters)).exit_code == code


@pytest.mark.parametrize("state", [RowState.NO_LINK, RowState.CRASHED, RowState.OUT_OF_TIME, RowState.NOT_RUN])
def test_a_device_without_a_result_is_a_row_with_the_reason(tmp_path, state):
    meter = Meter("acme-1", state=state, reason="the gateway vanished", runs=False)
    night = assemble(write_night(tmp_path / "night", [meter]))
    assert row(night, "acme-1").verdict is Verdict.INCONCLUSIVE
    assert "the gateway vanished" in row(night, "acme-1").reason
    assert row(night, "acme-1").directory is None


def test_done_without_a_result_is_not_believed(tmp_path):
    night = assemble(write_night(tmp_path / "night", [Meter("acme-1", runs=False)]))
    assert row(night, "acme-1").state is RowState.CRASHED
    assert row(night, "acme-1").reason == "it left no result"
    assert night.exit_code == 3


def test_a_damaged_result_is_a_row_that_says_so(tmp_path):
    directory = write_night(tmp_path / "night", [Meter("acme-1"), Meter("acme-2")])
    (directory / "devices" / "acme-1" / "run.json").write_text('{"schema": 1, "cases": [')
    night = assemble(directory)
    assert row(night, "acme-1").verdict is Verdict.INCONCLUSIVE
    assert "run.json" in row(night, "acme-1").reason
    assert "is no JSON" in row(night, "acme-1").reason
    assert row(night, "acme-2").verdict is Verdict.PASSED


def test_a_killed_night_keeps_every_verdict_and_its_torn_line_is_told(tmp_path):
    meters = [Meter("acme-1"), Meter("acme-2", state=None, runs=False), Meter("acme-3", state=None, runs=False)]
    directory = write_night(tmp_path / "night", meters[:2], ended=False)
    with (directory / NIGHT_JOURNAL).open("ab") as journal:
        journal.write(b'{"event":"device-ended","at":"2026-1')
    night = assemble(directory)
    assert not night.complete
    assert night.finished is None
    assert row(night, "acme-1").verdict is Verdict.PASSED
    assert row(night, "acme-2").state is RowState.CRASHED
    assert any("torn" in note for note in night.notes)
    assert any("was killed" in note for note in night.notes)


def test_the_journal_of_a_killed_run_counts(tmp_path):
    meter = Meter("acme-1", state=RowState.CRASHED, reason="signal 9", runs=False)
    directory = write_night(tmp_path / "night", [meter])
    run = directory / "devices" / "acme-1"
    write_specimen(run, finish=False)
    (run / "run.json").unlink()
    (run / "frames.jsonl").unlink()
    night = assemble(directory)
    found = row(night, "acme-1")
    assert found.verdict is Verdict.FAILED
    assert found.subtest_totals == assemble_run(run).subtest_totals
    assert found.reason == "signal 9"


def test_what_goes_on_after_a_torn_line_is_read(tmp_path):
    directory = write_night(tmp_path / "night", [Meter("acme-1")], ended=False)
    path = directory / NIGHT_JOURNAL
    path.write_bytes(path.read_bytes() + b'{"event":"note"')
    with NightJournal(directory) as journal:
        journal.write(Noted(at=STARTED, text="resumed"))
    assert read_events(directory).torn is None
    assert read_events(directory).events[-1] == Noted(at=STARTED, text="resumed")


def test_a_resumed_night_tells_it_and_the_last_attempt_counts(tmp_path):
    directory = write_night(tmp_path / "night", [Meter("acme-1", state=None, runs=False)], ended=False)
    later = STARTED + timedelta(hours=1)
    planned = PlannedDevice(device="acme-1", directory="devices/acme-1")
    with NightJournal(directory) as journal:
        began = Began(at=later, night="night", lab="Acme night lab", lab_fingerprint="9999", devices=(planned,))
        journal.write(began.model_copy(update={"resumed": True}))
        journal.write(DeviceBegan(at=later, device="acme-1", attempt=2, resumed=True))
        ended = DeviceEnded(at=later, device="acme-1", attempt=2, state=RowState.NO_LINK, reason="no answer")
        journal.write(ended)
        journal.write(LineEvent(at=later, line="rs485-a", state="taken"))
        journal.write(LineEvent(at=later, line="rs485-a", state="gone", detail="the gateway closed"))
        journal.write(Ended(at=later, complete=True))
    night = assemble(directory)
    found = row(night, "acme-1")
    assert [attempt.state for attempt in found.attempts] == [RowState.CRASHED, RowState.NO_LINK]
    assert found.state is RowState.NO_LINK
    notes = " | ".join(night.notes)
    assert "resumed at 2026-11-21 23:00:00" in notes
    assert "the lab file is not the one" in notes
    assert "line rs485-a: gone: the gateway closed" in notes
    assert "taken" not in notes


def test_an_event_about_a_device_that_is_not_in_the_night_is_damage(tmp_path):
    directory = write_night(tmp_path / "night", [Meter("acme-1")])
    with NightJournal(directory) as journal:
        journal.write(DeviceBegan(at=STARTED, device="stranger"))
    with pytest.raises(RecordError, match=r"line 5: speaks of 'stranger'"):
        assemble(directory)


def test_two_devices_of_one_config_are_told_apart(tmp_path):
    meters = [Meter("acme-1", config_name="acme"), Meter("acme-2", config_name="acme", problems={0: Verdict.FAILED})]
    night = assemble(write_night(tmp_path / "night", meters))
    assert [row.verdict for row in night.rows] == [Verdict.PASSED, Verdict.FAILED]


@pytest.mark.parametrize(
    ("expires", "verdict", "state", "code"),
    [
        ("2026-11-20", Verdict.FAILED, DeviationState.EXPIRED, 1),
        ("2026-11-20", Verdict.PASSED, DeviationState.LAPSED, 0),
        ("2026-11-22", Verdict.PASSED, DeviationState.UNEXPECTED_PASS, 1),
    ],
)
def test_a_deviation_to_renew_or_withdraw_is_told_and_counts_as_in_a_run(tmp_path, expires, verdict, state, code):
    announced = AnnouncedDeviationRecord(case="T_APPL_OPEN_1", reason="old firmware", owner="lab 2", expires=expires)
    meter = Meter("acme-1", announces=(announced,), problems={3: verdict}, config_name="acme")
    night = assemble(write_night(tmp_path / "night", [meter]))
    assert [(one.device, one.state) for one in row(night, "acme-1").deviations] == [("acme-1", state)]
    assert night.exit_code == code


@pytest.mark.parametrize(
    "name", ["../x", "/etc", "a/b", "a\\b", "..", "con", "C:x", "x" * 400, "\u202e", "", "a\0b", "é"]
)
def test_a_name_that_could_leave_the_night_becomes_a_directory_within_it(tmp_path, name):
    place = device_directory(name)
    assert place.startswith("devices/")
    assert (tmp_path / place).resolve().parent == tmp_path / "devices"
    (tmp_path / place).mkdir(parents=True)


def test_names_that_are_fit_stay_and_others_never_meet():
    assert device_directory("acme-17") == "devices/acme-17"
    assert device_directory("a b.c") == "devices/a b.c"
    assert len({device_directory(name) for name in ("a/b", "a\\b", "a_b", "a:b", "a?b")}) == 5


@pytest.mark.parametrize("place", ["../../etc", "/etc", "devices/../../x", "C:/x", "devices\\..\\..\\x"])
def test_a_record_whose_device_lies_outside_the_night_is_refused(tmp_path, place):
    assemble(write_night(tmp_path / "night", [Meter("acme-1")]))
    path = tmp_path / "night" / "night.json"
    content = json.loads(path.read_text())
    content["rows"][0]["directory"] = place
    path.write_text(json.dumps(content))
    with pytest.raises(RecordError, match="lies outside the night"):
        load_night(tmp_path / "night")


def test_a_journal_that_plans_a_directory_outside_the_night_does_not_make_it_look_there(tmp_path):
    outside = tmp_path / "outside"
    write_night(outside, [Meter("spy")])
    planned = PlannedDevice(device="spy", directory="../outside/devices/spy")
    with NightJournal(tmp_path / "night") as journal:
        journal.write(Began(at=STARTED, night="n", lab="l", devices=(planned,)))
        journal.write(Ended(at=STARTED, complete=True))
    assert assembled(tmp_path / "night").rows[0].state is RowState.NOT_RUN


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("[]", "is no JSON object"),
        ("{", "is no JSON"),
        ("{}", "names no schema"),
        ('{"schema": 2}', "has schema 2"),
        ('{"schema": true}', "has schema True"),
        ('{"schema": 1, "rows": []}', "is no record of a night"),
        ("[" * 100_000, "is no JSON"),
    ],
)
def test_a_file_that_is_no_night_is_refused_in_one_sentence(tmp_path, content, said):
    (tmp_path / "night.json").write_text(content)
    with pytest.raises(RecordError, match=said):
        load_night(tmp_path)


def test_a_reason_of_a_megabyte_is_bounded():
    made = NightRow(device="a", state=RowState.CRASHED, verdict=Verdict.INCONCLUSIVE, reason="x" * 1_000_000)
    assert len(made.reason) <= 20_000
