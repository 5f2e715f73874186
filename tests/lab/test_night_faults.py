"""A night in which everything goes wrong: nothing is lost or doubled, no meter meets two clients, all is told."""

import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from contextlib import suppress
from pathlib import Path

import pytest

from conformance.lab.night_record import load_night
from conformance.record.assemble import load
from tests.lab.meter_hall import SWITCH, Hall, quick_config

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="kills processes, which it finds in /proc")

ROOT = Path(__file__).parents[2]
COMMAND = [sys.executable, "-m", "conformance.cli", "lab", "run"]
BOUND_S = 240
FEW = 3
"""Subtests that must have been judged before anything befalls a run."""
ONE_CASE = 24
"""Subtests of T_APPL_OPEN_1 on the simulator."""
PACE_S = 0.3
LONG_PACE_S = 1.0
"""Of a meter that is still being tested when all else has happened."""
GRACE = "5m"
"""Long enough for a run on a machine that is busy."""


def lab_file(folder, hall, devices, more=""):
    """A lab whose devices are `(name, line, profile)`; a meter that vanishes can be brought back."""
    quick_config(folder / "meter.toml")
    lines = dict.fromkeys(line for _, line, _ in devices)
    hook = [sys.executable, "-c", SWITCH, str(hall.board_port), "back", "{device}"]
    text = ['[lab]\nname = "Hall of faults"\nworkers = 8\npdf = false\n', more]
    text += ['[profile.core]\ncases = ["T_APPL_OPEN_1"]\n', '[profile.long]\ncases = ["T_APPL_OPEN_[1-7]"]\n']
    text += ['[profile.late]\ncases = ["T_APPL_OPEN_1"]\nbudget = "1s"\n']
    text += [f'[[line]]\nname = "{line}"\n' for line in lines]
    for name, line, profile in devices:
        text.append(f'[[device]]\nname = "{name}"\nconfig = "meter.toml"\nline = "{line}"\n')
        text.append(f'profile = "{profile}"\nlink = "{hall[name].link}"\n')
        if name == "vanishing":
            text.append(f"hooks = {{ dead = {json.dumps(hook)} }}\n")
    path = folder / "lab.toml"
    path.write_text("".join(text), encoding="utf-8")
    return path


def begin(*words):
    """A night in a process of its own, apart from ours."""
    command = [*COMMAND, *map(str, words), "--no-pdf", "--grace", GRACE]
    return subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True
    )


def outcome(process):
    text, _ = process.communicate(timeout=BOUND_S)
    assert "Traceback" not in text, text
    return process.returncode, text


def until(holds, process=None):
    """Wait for something; a night that ends meanwhile has failed."""
    limit = time.monotonic() + BOUND_S
    while not holds():
        assert time.monotonic() < limit, "nothing happened for too long"
        assert process is None or process.poll() is None, process.communicate()[0]
        time.sleep(0.02)


def items(night, device):
    """Journal lines of the judged subtests of a device."""
    try:
        lines = (night / "devices" / device / "journal.jsonl").read_bytes().split(b"\n")
    except FileNotFoundError:
        return []
    return [json.loads(line) for line in lines[:-1] if line.startswith(b'{"kind":"item"')]


def ended(night):
    """Names of the devices whose last attempt was seen to end, with how often one was."""
    try:
        events = map(json.loads, (night / "night.jsonl").read_text().splitlines())
        return Counter(event["device"] for event in events if event["event"] == "device-ended")
    except (FileNotFoundError, ValueError):
        return Counter()


def runs_of(night, device=""):
    """Processes that test a device of the night."""
    found = []
    for place in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            words = (place / "cmdline").read_bytes().split(b"\0")
            if b"run" in words and b"lab" not in words and f"{night}/devices/{device}" in str(words):
                found.append(int(place.name))
    return found


def judged_keys(night, device):
    """How often each subtest of a device got a verdict that is one."""
    return Counter(
        (item["case"]["id"], item["case"]["association"], item["case"]["variant"], item["subtest"]["number"])
        for item in items(night, device)
        if item["subtest"]["verdict"] != "INCONCLUSIVE"
    )


class Story:
    """What happened, for the tests to look at."""


@pytest.fixture(scope="module")
def story(tmp_path_factory):
    """A night with four faults that is killed, resumed, stopped, and resumed once more."""
    folder = tmp_path_factory.mktemp("lab")
    told = Story()
    devices = [
        ("killed", "one", "core"),
        ("late", "one", "late"),
        ("vanishing", "two", "core"),
        ("hanging", "three", "core"),
        ("interrupted", "five", "long"),
        ("waiting", "five", "core"),
    ]
    paced = {name: PACE_S for name, _, _ in devices}
    with Hall(**{**paced, "interrupted": LONG_PACE_S, "waiting": 0.0}) as hall:
        lab = lab_file(folder, hall, devices)
        night = told.night = folder / "night"
        first = begin(lab, "--out", night)
        told.pid = first.pid
        until(lambda: runs_of(night, "interrupted"), first)
        second = begin(lab, "--out", folder / "other", "--line", "five")
        for name, fault in (
            ("killed", lambda: os.kill(runs_of(night, "killed")[0], signal.SIGKILL)),
            ("vanishing", hall["vanishing"].leave),
            ("hanging", hall["hanging"].mute.set),
        ):
            until(lambda name=name: len(items(night, name)) >= FEW, first)
            fault()
        told.second = outcome(second)
        expected = Counter(killed=1, late=1, vanishing=2, hanging=1)
        until(lambda: ended(night) >= expected and len(items(night, "interrupted")) >= FEW, first)
        told.ended = ended(night)
        told.before = {name: judged_keys(night, name) for name, _, _ in devices}

        os.kill(first.pid, signal.SIGKILL)
        first.communicate()
        hall["hanging"].come_back()
        hall["killed"].come_back()
        resumed = begin(lab, "--resume", night)
        had = len(items(night, "interrupted"))
        until(lambda: len(items(night, "interrupted")) >= had + FEW, resumed)
        told.orphans = len(runs_of(night, "interrupted"))
        resumed.send_signal(signal.SIGINT)
        told.stopped = outcome(resumed)
        told.left_running = runs_of(night)
        told.stopped_night = load_night(night)

        hall["interrupted"].come_back()
        told.last = outcome(begin(lab, "--resume", night))
        told.doubled = hall.doubled
        told.switched = hall.switched
        told.still_running = runs_of(night)
        told.once_more = outcome(begin(lab, "--resume", night))
    told.rows = {row.device: row for row in load_night(night).rows}
    return told


def states(row):
    return [str(attempt.state) for attempt in row.attempts]


def test_never_do_two_clients_meet_at_one_meter(story):
    assert story.doubled == []


def test_a_second_night_is_refused_and_told_who_holds_the_line(story):
    code, text = story.second
    assert code == 2
    assert "line five" in text
    assert str(story.night) in text
    assert f"process {story.pid} " in text
    assert not (story.night.parent / "other").exists()


def test_no_verdict_is_lost_and_none_is_given_twice(story):
    for name in ("killed", "vanishing", "hanging", "waiting"):
        assert len(judged_keys(story.night, name)) == ONE_CASE, name
    for name, row in story.rows.items():
        twice = {key: count for key, count in judged_keys(story.night, name).items() if count > 1}
        assert twice == {}, name
        assert judged_keys(story.night, name) >= story.before[name], name
        if row.directory and row.state != "out-of-time":
            record = load(story.night / row.directory)
            assert record.complete
            assert set(judged_keys(story.night, name)) == {
                (case.id, case.association, case.variant, subtest.number) for case, subtest in record.subtests()
            }


def test_a_killed_run_takes_one_meter_only_and_the_resumed_night_goes_on_with_it(story):
    row = story.rows["killed"]
    assert states(row)[0] == "crashed"
    assert states(row)[-1] == "done"
    assert "killed by SIGKILL" in row.attempts[0].reason
    assert row.attempts[1].resumed
    assert sum(story.before["killed"].values()) >= FEW
    assert story.rows["late"].attempts


def test_a_meter_that_vanished_is_switched_by_the_lab_s_hook_and_tried_once_more(story):
    row = story.rows["vanishing"]
    assert states(row) == ["no-link", "done"]
    assert [hook.hook for hook in row.hooks] == ["dead"]
    assert story.switched == ["back vanishing"]
    assert any("tried once more" in note for note in row.notes)


def test_a_meter_that_says_nothing_any_more_is_a_row_without_link_and_not_tried_again_by_itself(story):
    row = story.rows["hanging"]
    assert states(row)[0] == "no-link"
    assert states(row)[-1] == "done"
    assert row.attempts[1].resumed
    assert not row.hooks
    assert story.ended["hanging"] == 1


def test_what_was_not_begun_in_time_has_a_row_for_each_subtest(story):
    row = story.rows["late"]
    assert states(row) == ["out-of-time"]
    assert "time budget of" in row.reason
    record = load(story.night / row.directory)
    assert record.complete
    assert sum(row.subtest_totals.values()) == ONE_CASE
    left = [subtest for _, subtest in record.subtests() if subtest.verdict == "INCONCLUSIVE"]
    assert left
    assert all("time budget of" in subtest.reason and not subtest.frames for subtest in left)


def test_a_night_that_was_killed_and_stopped_goes_on_until_all_is_done(story):
    row = story.rows["interrupted"]
    assert states(row) == ["crashed", "out-of-time", "done"]
    assert row.attempts[1].reason.startswith("the night was stopped")
    assert row.subtest_totals["INCONCLUSIVE"] == 0
    assert states(story.rows["waiting"]) == ["done"]
    assert load_night(story.night).complete


def test_the_run_of_a_killed_night_ends_by_itself(story):
    assert story.orphans == 1
    assert story.left_running == []
    assert story.still_running == []


def test_a_stopped_night_says_so_and_names_those_whose_turn_did_not_come(story):
    code, text = story.stopped
    assert code == 130
    assert "--resume" in text
    rows = {row.device: row for row in story.stopped_night.rows}
    assert not story.stopped_night.complete
    assert rows["waiting"].state == "not-run"
    assert rows["waiting"].verdict == "INCONCLUSIVE"
    assert "before its turn came" in rows["waiting"].reason


def test_everything_that_befell_the_night_is_told_in_its_record(story):
    night = load_night(story.night)
    notes = "\n".join(night.notes)
    assert notes.count("resumed") == 2
    assert "killed" in notes
    assert story.last[0] == night.exit_code != 0
    page = (story.night / "night.html").read_text(encoding="utf-8")
    for name in story.rows:
        assert name in page


def test_a_night_of_which_nothing_is_left_is_not_run_again(story):
    code, text = story.once_more
    assert code == 2
    assert "nothing is left to resume" in text


def limited(folder, room):
    """A small file system where one can be mounted; else None: then files may not grow beyond `room`."""
    folder.mkdir()
    try:
        command = ["mount", "-t", "tmpfs", "-o", f"size={room}", "tmpfs", str(folder)]
        subprocess.run(command, check=True, capture_output=True, timeout=30)
    except (OSError, subprocess.CalledProcessError):
        return None
    return folder


def test_a_full_disk_costs_no_verdict_that_was_on_it_and_the_night_goes_on_once_there_is_room(tmp_path):
    import resource

    room = 112 << 10
    mounted = limited(tmp_path / "disk", room)
    night = tmp_path / "disk" / "night"
    try:
        with Hall(meter=0.0) as hall:
            lab = lab_file(tmp_path, hall, [("meter", "one", "core")])
            command = [*COMMAND, str(lab), "--out", str(night), "--no-pdf"]
            narrow = None if mounted else lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (room // 2, room // 2))
            first = subprocess.run(
                command, cwd=ROOT, capture_output=True, text=True, timeout=BOUND_S, check=False, preexec_fn=narrow
            )
            before = judged_keys(night, "meter")
            if mounted:
                subprocess.run(["mount", "-o", "remount,size=64m", str(mounted)], check=True, timeout=30)
            code, text = outcome(begin(lab, "--resume", night))
            (row,) = load_night(night).rows
            assert hall.doubled == []
        assert first.returncode in (2, 3)
        assert "No space left" in first.stdout + first.stderr or "File too large" in first.stdout + first.stderr
        assert code == 0, text
        assert states(row) == ["crashed", "done"]
        assert set(judged_keys(night, "meter").values()) == {1}
        assert judged_keys(night, "meter") >= before
        assert row.subtest_totals["PASSED"] == ONE_CASE
    finally:
        if mounted:
            subprocess.run(["umount", str(mounted)], check=True, timeout=30)
