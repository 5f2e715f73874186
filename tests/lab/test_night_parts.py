"""The parts of a night, each by itself: locks, hooks, logs, progress, outcomes, choices, forecasts."""

import json
import os
import subprocess
import sys
import threading
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from conformance.cli import main
from conformance.commands.lab_display import bar, clock
from conformance.device.content import find_device_config
from conformance.harness.budget import Budget
from conformance.harness.lost_link import lost_link, lost_link_note
from conformance.lab.broker import Held, NoBroker
from conformance.lab.device_times import DeviceTimes
from conformance.lab.device_turn import DeviceTurn, NightTools
from conformance.lab.hook_runs import filled, run_hook
from conformance.lab.inventory import Bench, Hooks, Lab, LabDevice, Line, NightProfile
from conformance.lab.line_locks import LineLocks, LineTaken
from conformance.lab.night_board import OVER, TESTING, LineNow, NightBoard
from conformance.lab.night_journal import DeviceBegan, DeviceEnded, Ended, NightJournal, read_events
from conformance.lab.night_record import RowState
from conformance.lab.night_run import NightOptions, NightRun
from conformance.lab.night_start import Choice, NightError, host_name, new_night, resumed_night
from conformance.lab.owned_process import OwnedProcess, end_in_words
from conformance.lab.process_log import ProcessLog
from conformance.lab.run_outcome import STOPPED, Ending, outcome_of
from conformance.lab.run_progress import RunProgress
from conformance.record.duration import duration_text, parse_duration
from conformance.record.errors import RecordError
from conformance.record.verdict import Verdict

NOW = datetime(2026, 11, 21, 22, tzinfo=UTC)
NEVER = threading.Event()
POSIX = pytest.mark.skipif(sys.platform == "win32", reason="looks at processes the POSIX way")


def a_lab(folder, devices=("m1", "m2", "m3"), **more):
    lines = tuple(Line(name=f"line {number}", bench="hall") for number in (1, 2))
    profiles = (NightProfile(name="core", cases=("T_APPL_OPEN_1",)), NightProfile(name="short", budget_s=60.0))
    return Lab(
        name="Lab",
        path=folder / "lab.toml",
        nights=folder / "nights",
        state=folder / "state",
        benches=(Bench(name="hall"),),
        lines=lines,
        profiles=profiles,
        devices=tuple(
            LabDevice(
                name=name,
                config=find_device_config("simulator"),
                line=lines[number % 2].name,
                profile=profiles[number % 2].name,
                link="tcp://127.0.0.1:9",
            )
            for number, name in enumerate(devices)
        ),
        **more,
    )


# Time budgets


def test_a_budget_is_used_up_when_its_time_has_passed_and_says_which_it_was():
    now = [100.0]
    budget = Budget(2700.0, now=lambda: now[0])
    now[0] += 2699
    assert budget.used_up() is None
    assert budget.left_s == 1.0
    now[0] += 2
    assert budget.used_up() == "time budget of 45m was used up before this was begun"
    assert budget.left_s == 0.0
    assert Budget(None).used_up() is None


@pytest.mark.parametrize(
    ("text", "seconds"), [("90s", 90), ("45m", 2700), ("1h30m", 5400), ("0.25s", 0.25), ("2h", 7200)]
)
def test_a_span_of_time_is_read_and_written(text, seconds):
    assert parse_duration(text) == seconds
    assert parse_duration(duration_text(seconds)) == seconds


@pytest.mark.parametrize("text", ["", "0s", "5", "m", "1m1h", "-1s", "1e9s", "99999999999999s", "5x", "s"])
def test_what_is_no_span_of_time_is_refused_with_an_example(text):
    with pytest.raises(ValueError, match="write 90s, 45m, 2h or 1h30m"):
        parse_duration(text)


# Locks of lines


def locks(folder, night="night"):
    return LineLocks(folder / "state", folder / night, "here")


def test_a_line_is_held_by_one_night_and_the_next_is_told_by_which(tmp_path):
    first, second = locks(tmp_path, "first"), locks(tmp_path, "second")
    first.take("rs485-a")
    with pytest.raises(LineTaken, match=rf"line rs485-a: the night .*first \(process {os.getpid()} on here, since 20"):
        second.take("rs485-a")
    second.take("rs485-b")
    first.release("rs485-a")
    second.take("rs485-a")
    second.release_all()


def test_lines_are_taken_all_or_none_and_every_one_that_is_held_is_named(tmp_path):
    first, second = locks(tmp_path), locks(tmp_path)
    first.take_all(["a", "c"])
    with pytest.raises(LineTaken) as told:
        second.take_all(["a", "b", "c"])
    assert [text.split(":")[0] for text in str(told.value).splitlines()] == ["line a", "line c"]
    locks(tmp_path).take("b")
    first.release_all()


def test_who_waits_for_a_line_gets_it_when_it_is_free_and_gives_up_when_the_night_is_stopped(tmp_path):
    first, second = locks(tmp_path), locks(tmp_path)
    first.take("a")
    timer = threading.Timer(0.3, first.release, ("a",))
    timer.start()
    second.take("a", wait_s=30.0)
    timer.join()
    stop = threading.Event()
    stop.set()
    began = time.monotonic()
    with pytest.raises(LineTaken):
        first.take("a", wait_s=30.0, stop=stop)
    assert time.monotonic() - began < 10
    second.release_all()


@pytest.mark.parametrize("content", [b"", b"\xff\xfe", b"[]", b'{"night": 1}', b"[" * 60_000])
def test_a_line_whose_holder_cannot_be_read_is_held_all_the_same(tmp_path, content):
    first = locks(tmp_path)
    first.take("a")
    (signed,) = (tmp_path / "state" / "lines").glob("*.json")
    signed.write_bytes(content)
    with pytest.raises(LineTaken, match="another night on this host holds it"):
        locks(tmp_path).take("a")
    first.release_all()


def test_a_process_that_is_killed_leaves_no_lock_behind(tmp_path):
    script = (
        "import sys, pathlib; from conformance.lab.line_locks import LineLocks; "
        "held = LineLocks(pathlib.Path(sys.argv[1]), pathlib.Path('n'), 'here'); "
        "held.take('a'); print('held', flush=True); "
        "sys.stdin.read()"
    )
    command = [sys.executable, "-c", script, str(tmp_path / "state")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout.readline().strip() == b"held"
        with pytest.raises(LineTaken, match=f"process {process.pid} "):
            locks(tmp_path).take("a")
        process.kill()
        process.wait()
    mine = locks(tmp_path)
    mine.take("a", wait_s=5.0)
    mine.release_all()


# Hooks


def python(script, *words):
    return (sys.executable, "-c", script, *words)


def test_places_in_a_command_are_filled_once_and_never_looked_at_again():
    places = {"device": "{line}", "line": "a; rm -rf /", "reason": ""}
    command = ("relay", "{device}-{line}", "{nobody}", "{", "{}", "{{device}}", "x{reason}y")
    assert filled(command, places) == (
        "relay",
        "{line}-a; rm -rf /",
        "{nobody}",
        "{",
        "{}",
        "{{line}}",
        "xy",
    )


def test_a_hook_that_ends_well_gives_its_output():
    ran = run_hook(python("print('on', *__import__('sys').argv[1:])", "m 1"), 30.0, NEVER)
    assert (ran.exit_code, ran.output, ran.problem) == (0, "on m 1", "")


def test_a_hook_that_fails_says_why():
    ran = run_hook(python("import sys; print('no relay'); sys.exit(7)"), 30.0, NEVER)
    assert ran.exit_code == 7
    assert ran.problem.endswith("ended with 7: no relay")


def test_a_hook_that_cannot_be_started_is_a_problem_and_no_crash(tmp_path):
    ran = run_hook((str(tmp_path / "nothing"),), 30.0, NEVER)
    assert ran.exit_code is None
    assert "cannot be started" in ran.problem


def test_what_a_hook_prints_is_bounded_and_made_legible():
    ran = run_hook(python("print('\\x1b[31m' + 'x' * 3_000_000); print('end')"), 60.0, NEVER)
    assert len(ran.output) < 20_000
    assert "\x1b" not in ran.output
    assert ran.output.endswith("end")
    assert "octets left out" in ran.output


@POSIX
def test_a_hook_that_does_not_end_is_ended_with_what_it_started(tmp_path):
    mark = tmp_path / "pid"
    child = "import time; time.sleep(600)"
    script = (
        "import subprocess, sys, pathlib, time; "
        f"p = subprocess.Popen([sys.executable, '-c', {child!r}]); "
        f"pathlib.Path({str(mark)!r}).write_text(str(p.pid)); time.sleep(600)"
    )
    hurry = threading.Event()

    def when_started():
        while not (mark.exists() and mark.read_text()):
            time.sleep(0.02)
        hurry.set()

    watcher = threading.Thread(target=when_started)
    watcher.start()
    ran = run_hook(python(script), 60.0, hurry)
    watcher.join()
    assert ran.exit_code is None
    assert "was ended after" in ran.problem
    assert is_gone(int(mark.read_text()))


def is_gone(pid):
    limit = time.monotonic() + 10
    while time.monotonic() < limit:
        try:
            os.kill(pid, 0)
            # One that is dead and not yet buried answers too.
            if "State:\tZ" in Path(f"/proc/{pid}/status").read_text():
                return True
        except (ProcessLookupError, FileNotFoundError):
            return True
        time.sleep(0.02)
    return False


# Processes and their logs


def test_a_log_keeps_the_beginning_and_the_end_of_what_is_printed(tmp_path):
    log = ProcessLog(tmp_path / "logs" / "m.log", "attempt 1")
    log.write(b"first\n")
    for _ in range(300):
        log.write(b"x" * 9_999 + b"\n")
    log.write(b"dlms-conformance: the meter is on fire\nlast\n")
    log.close()
    content = (tmp_path / "logs" / "m.log").read_bytes()
    assert len(content) < 1_200_000
    assert b"attempt 1\nfirst\n" in content
    assert b"octets left out" in content
    assert content.endswith(b"last\n")
    assert log.last_words() == "the meter is on fire"


def test_a_log_that_cannot_be_written_is_no_reason_to_stop(tmp_path):
    (tmp_path / "logs").write_text("a file where the directory should be")
    log = ProcessLog(tmp_path / "logs" / "m.log", "attempt 1")
    log.write(b"said\n")
    log.close()
    assert log.last_words() == "said"


def test_a_process_reads_the_wish_to_stop_and_one_that_is_deaf_is_killed(tmp_path):
    log = ProcessLog(tmp_path / "log", "one")
    with OwnedProcess(python("print(input())"), log) as process:
        process.stop()
        process.stop()
        assert process.ended(30.0) == 0
    assert log.last_words() == "stop"
    with OwnedProcess(python("import time; time.sleep(600)"), ProcessLog(tmp_path / "log", "two")) as process:
        process.kill()
        assert process.ended() != 0


def test_a_signal_is_called_by_its_name():
    assert end_in_words(3) == "ended with exit code 3"
    assert end_in_words(-9).startswith("was killed by ")
    assert end_in_words(-199) == "was killed by signal 199"


# Progress and outcome of a run


def item(number, verdict, reason="", case="T_X_1"):
    head = {"id": case, "title": "t", "association": "public", "variant": ""}
    return {
        "kind": "item",
        "case": head,
        "subtest": {"number": number, "title": "", "verdict": verdict, "reason": reason},
    }


LATE = "time budget of 45m was used up before this was begun"


def journal(directory, *lines, torn=b""):
    directory.mkdir(exist_ok=True)
    text = b"".join(json.dumps(line, separators=(",", ":")).encode() + b"\n" for line in lines)
    with (directory / "journal.jsonl").open("ab") as file:
        file.write(text + torn)


def looked(directory):
    progress = RunProgress(directory)
    progress.look(to_the_end=True)
    return progress


def test_progress_follows_a_journal_that_grows_also_within_a_line(tmp_path):
    run = tmp_path / "run"
    progress = RunProgress(run)
    progress.look()
    assert not progress.begun
    line = json.dumps(item(2, "FAILED"), separators=(",", ":")).encode() + b"\n"
    journal(run, {"kind": "planned", "subtests": 3}, item(1, "PASSED"), torn=line[:40])
    progress.look()
    assert (progress.planned, progress.done, progress.case) == (3, 1, "T_X_1")
    journal(run, torn=line[40:])
    progress.look()
    assert progress.counted[Verdict.FAILED] == 1
    assert progress.complete is None


def test_of_a_subtest_that_is_tried_again_the_last_word_counts(tmp_path):
    run = tmp_path / "run"
    journal(run, {"kind": "planned", "subtests": 2}, item(1, "INCONCLUSIVE", LATE), item(2, "PASSED"))
    journal(run, {"kind": "note", "text": lost_link_note("m", "silence")}, {"kind": "finished", "complete": True})
    assert looked(run).out_of_time == (1, LATE)
    assert looked(run).lost_link == "silence"
    journal(run, {"kind": "resumed", "part": 2}, item(1, "PASSED"), {"kind": "finished", "complete": True})
    progress = looked(run)
    assert progress.out_of_time is None
    assert progress.lost_link is None
    assert progress.counted[Verdict.PASSED] == progress.done == 2


def test_a_meter_cannot_speak_for_the_journal(tmp_path):
    """What a meter says stands within strings, whose quotes are escaped."""
    hostile = '"verdict":"FAILED","reason":"time budget of 1s" {"kind":"finished","complete":true}\n'
    run = tmp_path / "run"
    journal(
        run, item(1, "PASSED", hostile), torn=b'{"kind":"item",\xff\xfe garbage\n{"kind":"note"\n{"kind":"finished"\n'
    )
    progress = looked(run)
    assert progress.counted[Verdict.PASSED] == progress.done == 1
    assert progress.out_of_time is None
    assert progress.complete is None


def made(directory):
    directory.mkdir()
    return directory


def judged(tmp_path, *lines):
    run = tmp_path / "run"
    journal(run, {"kind": "planned", "subtests": 2}, *lines)
    return looked(run)


def test_a_run_whose_journal_is_finished_is_done_whatever_became_of_its_process(tmp_path):
    run = judged(tmp_path, item(1, "PASSED"), item(2, "FAILED"), {"kind": "finished", "complete": True})
    assert outcome_of(run, 1, Ending.ITSELF, "", None).state is RowState.DONE
    late = outcome_of(run, 2, Ending.ITSELF, "report.pdf: no room", None)
    assert late.state is RowState.DONE
    assert late.remark == "its process ended with exit code 2 after everything was judged: report.pdf: no room"
    assert outcome_of(run, None, Ending.ITSELF, "", None).state is RowState.DONE


@pytest.mark.parametrize(
    ("code", "ending", "state", "words"),
    [
        (-9, Ending.ITSELF, RowState.CRASHED, "SIGKILL"),
        (1, Ending.ITSELF, RowState.CRASHED, "ended with exit code 1: oops; 1 of 2 subtests were judged"),
        (None, Ending.ITSELF, RowState.CRASHED, "the night was killed while it was tested"),
        (130, Ending.STOPPED, RowState.OUT_OF_TIME, STOPPED),
        (-9, Ending.KILLED, RowState.OUT_OF_TIME, STOPPED),
        (-9, Ending.OVERDUE, RowState.OUT_OF_TIME, "did not end within its budget of 45m and was killed"),
    ],
)
def test_how_an_unfinished_run_ended_says_who_ended_it(tmp_path, code, ending, state, words):
    if code == -9 and ending is Ending.ITSELF and sys.platform == "win32":
        pytest.skip("Windows knows no signals")
    outcome = outcome_of(judged(tmp_path, item(1, "PASSED")), code, ending, "oops", 2700.0)
    assert outcome.state is state
    assert words in outcome.reason


def test_a_run_that_could_not_start_says_what_it_said(tmp_path):
    outcome = outcome_of(looked(tmp_path / "nothing"), 2, Ending.ITSELF, "device.toml, line 3: no such key", None)
    assert outcome.state is RowState.CRASHED
    assert outcome.reason == "its run could not start: device.toml, line 3: no such key"


def test_a_lost_link_is_found_in_the_notes_of_a_run_and_nowhere_else():
    assert lost_link(["m1: slow", lost_link_note("m1", "silence: for 5 s")]) == "silence: for 5 s"
    assert lost_link(["no link at all"]) is None


# Which devices, and what is left of a night


def test_devices_are_chosen_by_line_name_and_profile_together(tmp_path):
    lab = a_lab(tmp_path)
    assert [device.name for device in Choice().of(lab)] == ["m1", "m2", "m3"]
    assert [device.name for device in Choice(lines=("line 1",)).of(lab)] == ["m1", "m3"]
    assert [device.name for device in Choice(lines=("line 1",), devices=("m3", "m2")).of(lab)] == ["m3"]
    assert [device.name for device in Choice(profiles=("short",)).of(lab)] == ["m2"]
    with pytest.raises(NightError, match="did you mean m1"):
        Choice(devices=("m11",)).of(lab)
    with pytest.raises(NightError, match="no device"):
        Choice(lines=("line 1",), devices=("m2",)).of(lab)


def test_a_night_never_begins_where_something_is(tmp_path):
    lab = a_lab(tmp_path)
    taken = tmp_path / "taken"
    taken.mkdir()
    (taken / "precious").write_text("x")
    with pytest.raises(NightError, match="is there already"):
        new_night(lab, Choice(), taken, NOW)
    first = new_night(lab, Choice(), None, NOW)
    first.directory.mkdir(parents=True)
    assert new_night(lab, Choice(), None, NOW).directory != first.directory


def night_with(lab, *events, directory=None):
    start = new_night(lab, Choice(), directory, NOW)
    with NightJournal(start.directory) as told:
        for event in (start.began, *events):
            told.write(event)
    return start.directory


def minutes(number):
    return NOW + timedelta(minutes=number)


def test_a_resumed_night_keeps_what_is_finished_and_goes_on_with_the_rest(tmp_path):
    lab = a_lab(tmp_path, ("done", "crashed", "late", "stopped", "unseen", "dead", "never"))

    def over(device, state, reason=""):
        return DeviceEnded(at=minutes(5), device=device, attempt=1, state=state, reason=reason)

    began = [DeviceBegan(at=NOW, device=name) for name in ("done", "crashed", "late", "stopped", "unseen", "dead")]
    directory = night_with(
        lab,
        *began,
        over("done", RowState.DONE),
        over("crashed", RowState.CRASHED, "killed"),
        over("late", RowState.OUT_OF_TIME, LATE),
        over("stopped", RowState.OUT_OF_TIME, f"{STOPPED}: 3 of 9"),
        over("dead", RowState.NO_LINK, "silence"),
        Ended(at=minutes(6), complete=False, reason="it was told to"),
    )
    start = resumed_night(lab, directory, minutes(10))
    due = {one.device.name: one for one in start.due}
    assert list(due) == ["crashed", "stopped", "unseen", "dead", "never"]
    assert (due["crashed"].attempts, due["crashed"].spent_s, due["crashed"].unseen) == (1, 300.0, False)
    assert (due["unseen"].attempts, due["unseen"].unseen) == (1, True)
    assert due["never"].attempts == 0
    assert [planned.device for planned in start.began.devices] == [device.name for device in lab.devices]
    assert start.began.resumed


def test_a_device_that_the_lab_has_no_longer_is_named_and_one_that_is_new_has_no_part(tmp_path):
    directory = night_with(a_lab(tmp_path))
    start = resumed_night(a_lab(tmp_path, ("m1", "m9")), directory, NOW)
    assert [one.device.name for one in start.due] == ["m1"]
    assert start.gone == ("m2", "m3")


def test_what_is_no_night_of_this_lab_or_has_nothing_left_is_refused(tmp_path):
    lab = a_lab(tmp_path, ("m1",))
    ended = DeviceEnded(at=NOW, device="m1", attempt=1, state=RowState.DONE)
    directory = night_with(lab, DeviceBegan(at=NOW, device="m1"), ended, Ended(at=NOW, complete=True))
    with pytest.raises(NightError, match="nothing is left to resume"):
        resumed_night(lab, directory, NOW)
    with pytest.raises(RecordError):
        resumed_night(lab, tmp_path / "nowhere", NOW)
    other = a_lab(tmp_path, ("m1",))
    object.__setattr__(other, "name", "Other lab")
    with pytest.raises(NightError, match="is a night of the lab 'Lab', not of 'Other lab'"):
        resumed_night(other, directory, NOW)


# The night itself


class FullJournal(NightJournal):
    """A journal on a disk with room for some events."""

    __slots__ = ("room",)

    def write(self, event):
        self.room -= 1
        if self.room < 0:
            raise OSError(28, "No space left on device")
        super().write(event)


def test_what_cannot_be_told_is_not_done_and_the_night_says_why_it_ends(tmp_path):
    lab = a_lab(tmp_path)
    start = new_night(lab, Choice(), None, NOW)
    with FullJournal(start.directory) as told:
        told.room = 2
        told.write(start.began)
        night = NightRun(
            lab,
            start.directory,
            start.due,
            NightOptions(),
            journal=told,
            locks=LineLocks(lab.state, start.directory, host_name()),
            broker=NoBroker(),
            hear=lambda event: None,
        )
        assert not night.run()
    assert "No space left on device" in night.fault
    assert night.stopped
    assert not (start.directory / "devices").exists()
    assert all(one.phase == OVER for one in night.board.lines())
    left = resumed_night(lab, start.directory, NOW)
    assert [one.device.name for one in left.due] == ["m1", "m2", "m3"]


def turn_of(lab, directory, hooks=None, *, lines=(), unseen=False):
    """What one turn of m1 tells, with a journal of its run left behind."""
    heard = []
    device = replace(lab.device("m1"), hooks=hooks or Hooks())
    start = new_night(lab, Choice(devices=("m1",)), directory, NOW)
    directory.mkdir()
    (directory / "devices").mkdir()
    if lines:
        journal(directory / "devices" / "m1", *lines)
    board = NightBoard([LineNow(line="line 1", devices=1)])
    board.turn("line 1", "m1", None, None)
    tools = NightTools(lab, directory, heard.append, NEVER, NEVER, board, DeviceTimes(lab.state), 1.0, False)
    due = replace(start.due[0], device=device, attempts=int(unseen), unseen=unseen)
    DeviceTurn(tools, due, Held()).take()
    return heard


def test_a_hook_before_that_fails_leaves_a_row_with_its_reason_and_the_hook_after_runs_all_the_same(tmp_path):
    hooks = Hooks(
        before=python("import sys; print('no relay for', sys.argv[1]); sys.exit(1)", "{device}"), after=python("")
    )
    heard = turn_of(a_lab(tmp_path), tmp_path / "night", hooks)
    before, ended, after = heard
    assert (before.hook, before.exit_code, before.output) == ("before", 1, "no relay for m1")
    assert (ended.state, ended.attempt) == (RowState.NOT_RUN, None)
    assert ended.reason.startswith("hook before failed: ")
    assert "no relay for m1" in ended.reason
    assert (after.hook, after.exit_code) == ("after", 0)


def test_a_run_that_went_on_to_its_end_after_the_night_was_killed_is_not_run_again(tmp_path):
    lines = ({"kind": "planned", "subtests": 1}, item(1, "PASSED"), {"kind": "finished", "complete": True})
    hooks = Hooks(before=python("raise SystemExit(1)"), after=python("raise SystemExit(3)"))
    ended, after, note = turn_of(a_lab(tmp_path), tmp_path / "night", hooks, lines=lines, unseen=True)
    assert (ended.state, ended.attempt, ended.exit_code) == (RowState.DONE, 1, None)
    assert after.hook == "after"
    assert note.text.startswith("hook after failed: ")


@POSIX
def test_a_run_that_hangs_is_killed_after_its_budget_and_its_grace_with_all_that_it_started(tmp_path, monkeypatch):
    stuck, mark = tmp_path / "stuck", tmp_path / "pid"
    stuck.write_text(f"#!/bin/sh\nsleep 600 &\necho $! > {mark}.new\nmv {mark}.new {mark}\nwait\n")
    stuck.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(stuck))
    lab = a_lab(tmp_path)
    profiles = (replace(lab.profiles[0], budget_s=3.0), lab.profiles[1])
    began, ended = turn_of(replace(lab, profiles=profiles), tmp_path / "night")
    assert began.attempt == ended.attempt == 1
    assert ended.state is RowState.OUT_OF_TIME
    assert ended.reason.startswith("its run did not end within its budget of 3s and was killed")
    assert is_gone(int(mark.read_text()))


def test_a_line_that_another_night_holds_gives_rows_and_the_other_lines_are_tested(tmp_path):
    lab = a_lab(tmp_path)
    start = new_night(lab, Choice(lines=("line 1",)), None, NOW)
    other = locks(tmp_path, "other")
    other.take("line 1")
    heard = []
    with NightJournal(start.directory) as told:
        told.write(start.began)
        mine = LineLocks(lab.state, start.directory, "here")
        night = NightRun(
            lab,
            start.directory,
            start.due,
            NightOptions(),
            journal=told,
            locks=mine,
            broker=NoBroker(),
            hear=heard.append,
        )
        assert night.run()
    other.release_all()
    rows = [event for event in read_events(start.directory) if isinstance(event, DeviceEnded)]
    assert [(row.device, row.state) for row in rows] == [("m1", RowState.NOT_RUN), ("m3", RowState.NOT_RUN)]
    assert all("holds it" in row.reason for row in rows)


# What is shown


def test_the_time_that_is_left_comes_from_earlier_nights_or_from_how_it_goes(tmp_path):
    times = DeviceTimes(tmp_path)
    assert times.expected_s("m", "core") is None
    for seconds in (10.0, 12.0, 500.0):
        times.add("m", "core", seconds)
    assert times.expected_s("m", "core") == 12.0
    assert times.expected_s("m", "other") is None
    line = LineNow(line="a", devices=2, phase=TESTING, began_s=100.0, judged=20, planned=80, later_s=60.0)
    assert line.left_s(110.0) == 10 * 60 / 20 + 60
    (testing,) = (LineNow(line="a", devices=1, phase=TESTING, began_s=100.0, expected_s=30.0),)
    assert testing.left_s(110.0) == 20.0
    assert testing.left_s(900.0) == 0.0
    assert LineNow(line="a", devices=2, phase=TESTING, began_s=100.0, later_s=None).left_s(110.0) is None


@pytest.mark.parametrize(
    "content", [b"", b"{}", b'{"seconds": 5}', b'{"seconds": ["x"]}', b'{"seconds": [1e400]}', b"\xff"]
)
def test_a_forecast_that_is_damaged_is_none(tmp_path, content):
    times = DeviceTimes(tmp_path)
    times.add("m", "core", 5.0)
    (file,) = (tmp_path / "times").iterdir()
    file.write_bytes(content)
    assert times.expected_s("m", "core") is None
    times.add("m", "core", 7.0)
    assert times.expected_s("m", "core") == 7.0


def test_counts_of_a_line_go_on_from_device_to_device(tmp_path):
    board = NightBoard([LineNow(line="a", devices=2)])
    for name in ("one", "two"):
        board.turn("a", name, None, None)
        board.progress("a", 1, judged(made(tmp_path / name), item(1, "PASSED")))
        assert board.of_device("a")[Verdict.PASSED] == 1
        board.turn_over("a")
    (line,) = board.lines()
    assert line.counted[Verdict.PASSED] == 2
    assert line.over == 2


def test_progress_is_drawn_as_a_bar():
    assert bar(0, 0) == ""
    assert bar(30, 60) == "██████░░░░░░ 30/60"
    assert bar(70, 60).endswith(" 70/60")
    assert clock(59.6) == "1:00"
    assert clock(3723) == "1:02:03"


# What cannot be used


LAB_TOML = """
[lab]
name = "Lab"
[profile.core]
[[line]]
name = "a"
[[device]]
name = "m1"
config = "simulator"
line = "a"
profile = "core"
"""


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["run", "--budget", "soon"], "--budget: 'soon' is no span of time; write 90s, 45m, 2h or 1h30m"),
        (["lab", "run", "LAB", "--wait", "0s"], "--wait: '0s' is no span of time"),
        (["lab", "run", "LAB", "--device", "m2"], "--device m2: the lab has none of this name; it has m1"),
        (["lab", "run", "LAB", "--resume", "X", "--line", "a"], "--resume goes on with a night as it began"),
        (["lab", "run", "LAB", "--resume", "nowhere"], "nowhere"),
        (["lab", "run", "nothing.toml"], "nothing.toml"),
    ],
)
def test_what_cannot_be_used_is_told_in_one_message_with_exit_code_2(tmp_path, monkeypatch, capsys, words, told):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "lab.toml").write_text(LAB_TOML)
    with pytest.raises(SystemExit) as left:
        main(["lab.toml" if word == "LAB" else word for word in words])
    assert left.value.code == 2
    said = capsys.readouterr().err
    assert told in said
    assert "Traceback" not in said
    assert not (tmp_path / "nights").exists()
