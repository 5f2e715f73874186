"""Time in a run: what is measured stands in the record, and what must be waited is told beforehand."""

import io
import json
import time
from dataclasses import replace
from random import Random

import pytest

from conformance.commands.progress import PlainWatcher
from conformance.device.content import find_device_config
from conformance.device.load import load
from conformance.harness.bench import Bench
from conformance.harness.case import Subtest
from conformance.harness.catalogue import cases
from conformance.harness.slot import slots
from conformance.harness.trial import Trial
from conformance.harness.waits import located, told, wait_of, waits_of
from conformance.link.server import TcpServer
from conformance.meter.meter import build
from conformance.record.assemble import load as load_record

WAITING = '''
from conformance.harness.case import Scope, Subtest, case, subtests
from conformance.tester.accepted_openings import accepted
from conformance.tester.stimulus import aarq


@case("X_SMALL_WAIT", title="waiting", clause="IEC 62056-46", scope=Scope.DEVICE)
@subtests(
    Subtest(1, "waits long", aarq(), accepted(), waits=lambda device: 1.9 * device.hdlc.inactivity_timeout_s),
    Subtest(2, "waits too short to be told", aarq(), accepted(), waits=lambda device: 0.03),
    Subtest(3, "waits for nothing", aarq(), accepted()),
)
def test_waiting(subtest):
    """A meter opens an association after a wait."""
    with subtest.step("open late"):
        if subtest.number == 1:
            subtest.wait(1.9 * subtest.bench.device.hdlc.inactivity_timeout_s, "inactivity timeout")
        subtest.judge(subtest.association.open(subtest.stimulus))


@case("X_SMALL_SHORT", title="waiting a little", clause="IEC 62056-46", scope=Scope.DEVICE)
@subtests(Subtest(1, "waits", aarq(), accepted(), waits=lambda device: 7.0))
def test_waiting_a_little(subtest):
    """What is declared is told, what is waited is recorded."""
    subtest.wait(0.05, "a little")
    subtest.judge(subtest.association.open(subtest.stimulus))
'''
WALL = ("started", "finished", "duration_s", "wall_s")
"""Names of what a clock on the wall says; all else of a run on the loopback is the same every time."""


def without_wall_times(part):
    if isinstance(part, dict):
        return {name: without_wall_times(value) for name, value in part.items() if name not in WALL}
    return [without_wall_times(item) for item in part] if isinstance(part, list) else part


def simulator(**changes):
    return replace(load(find_device_config("simulator")), **changes)


def trial_on(device):
    """A trial with a device, of any case."""
    case = next(iter(cases().values()))
    settings = device.associations[0]
    bench = Bench(device, seed=1, keep_secret=lambda _: None)
    subtest = Subtest(1, "a", procedure="waits", accepts="nothing")
    return Trial(case, subtest, settings, settings.protections[0], bench, Random(1))


def test_a_wait_on_the_loopback_costs_nothing_and_is_recorded_as_one(run_suite):
    began = time.monotonic()
    run = run_suite("--dlms-case=X_SMALL_WAIT", suite=WAITING)
    assert run.code == 0
    assert time.monotonic() - began < 60

    subtest = run.subtest("public", "X_SMALL_WAIT", 1)

    assert subtest.timing.virtual
    assert subtest.timing.waited_s == pytest.approx(228.0)
    assert [(step.title, step.verdict and step.verdict.value) for step in subtest.steps[:2]] == [
        ("open late", "PASSED"),
        ("waits 228 s: inactivity timeout", None),
    ]
    assert subtest.steps[0].detail
    assert run.subtest("public", "X_SMALL_WAIT", 3).timing.waited_s == 0.0


def test_nothing_is_announced_of_waits_in_virtual_time(run_suite):
    assert "waits that cases must make" not in run_suite("--dlms-case=X_SMALL_*", suite=WAITING).said


def test_on_a_real_line_waits_are_announced_with_their_sum_and_kept(run_suite):
    server = TcpServer(build(profile="hdlc").endpoint)
    with server:
        run = run_suite(f"--dlms-link=tcp://127.0.0.1:{server.port}", "--dlms-case=X_SMALL_SHORT", suite=WAITING)
    assert "waits that cases must make: 7 s in 1 subtest (X_SMALL_SHORT 7 s)" in run.said
    timing = run.subtest("public", "X_SMALL_SHORT", 1).timing
    assert not timing.virtual
    assert 0.049 <= timing.waited_s < 5
    assert timing.responses == len(timing.response_times_s) > 0
    assert timing.meter_s == pytest.approx(sum(timing.response_times_s), abs=1e-5)
    assert (timing.wire_s, timing.longest_gap_s) == (None, None)


def test_two_runs_on_the_loopback_give_the_same_record_but_for_the_clock_on_the_wall(run_suite):
    first, second = (run_suite(suite=WAITING, out=out).record.to_json() for out in ("first", "second"))
    assert first["timing"][0]["waited_s"] > 0
    assert without_wall_times(first) == without_wall_times(second)


def test_a_line_model_gives_the_same_times_in_every_run(run_suite):
    link = "--dlms-link=loopback:?baud=9600&turnaround_ms=20"
    runs = [run_suite(link, "--dlms-case=X_SMALL_WAIT", suite=WAITING, out=out) for out in ("first", "second")]
    timings = [[subtest.timing for _, subtest in run.record.subtests()] for run in runs]
    assert timings[0] == timings[1]
    timing = timings[0][2]
    octets = sum(len(frame["hex"]) // 2 for frame in runs[0].lines("frames.jsonl") if frame["subtest"] == 3)
    assert timing.wire_s == pytest.approx(octets * 10 / 9600, abs=1e-5)
    # The turnaround, and the first octet itself where it came in a piece of its own.
    assert all(seconds == pytest.approx(0.02, abs=0.002) for seconds in timing.response_times_s)
    assert timing.longest_gap_s == 0.0


def test_the_frame_log_says_when_each_frame_began(run_suite):
    run = run_suite("--dlms-link=loopback:?baud=9600", "--dlms-case=X_SMALL_SHORT", suite=WAITING)
    for frame in run.lines("frames.jsonl"):
        octets = len(frame["hex"]) // 2
        taken = octets if frame["dir"] == "C>S" else octets - 1
        assert frame["t"] - frame["began"] == pytest.approx(taken * 10 / 9600, abs=2e-6)


def test_the_sums_of_the_groups_are_those_of_their_subtests(run_suite):
    record = run_suite(suite=WAITING).record
    (group,) = record.timing
    timings = [subtest.timing for _, subtest in record.subtests()]
    assert group.subtests == len(timings)
    assert group.responses == sum(timing.responses for timing in timings)
    assert group.waited_s == pytest.approx(sum(timing.waited_s for timing in timings))
    assert group.wall_s == pytest.approx(sum(subtest.duration_s for _, subtest in record.subtests()))


def test_a_record_without_times_is_read_as_before(run_suite):
    run = run_suite("--dlms-case=X_SMALL_SHORT", suite=WAITING)
    path = run.directory / "run.json"
    older = run.record.to_json()
    del older["timing"]
    for case in older["cases"]:
        for subtest in case["subtests"]:
            del subtest["timing"]
    path.write_text(json.dumps(older))
    record = load_record(run.directory)
    assert record.timing == ()
    assert all(subtest.timing is None for _, subtest in record.subtests())


def test_a_wait_on_a_real_clock_lasts_as_long_as_it_says():
    trial = trial_on(simulator(link="tcp://127.0.0.1:1", embedded=None))
    began = time.monotonic()
    trial.wait(0.05, "to see")
    assert time.monotonic() - began >= 0.05
    assert trial.tape.waited_s == pytest.approx(0.05, abs=0.02)


def test_a_wait_counts_from_when_the_last_octet_sent_has_left():
    trial = trial_on(simulator(link="loopback:?baud=300"))
    line = trial.bench.bare_line(trial.tape)
    trial.association.data_link.line = line
    line.open()
    sent = line.send(b"\x7e" * 30)
    trial.wait(2.0, "a gap")
    assert trial.bench.now() == pytest.approx(sent.time_s + 2.0)
    assert trial.tape.waited_s == pytest.approx(2.0)
    line.close()


def test_what_the_meter_sends_during_a_wait_is_kept_for_whoever_receives_next():
    trial = trial_on(simulator())
    association = trial.association
    association.connect()
    line = association.data_link.line
    line.send(bytes.fromhex("7EA00703215303C77E"))
    trial.wait(1.0, "nothing")
    taken = line.receive(line.clock.now())
    assert taken is not None
    assert taken.direction == "S>C"
    association.drop()


def test_every_wait_that_a_shipped_case_declares_is_a_time():
    device = simulator(link="tcp://192.0.2.1:4059", embedded=None)
    for case in cases().values():
        for subtest in case.subtests:
            assert 0.0 <= subtest.wait_s(device) < 86400, case.id


def test_what_will_not_run_waits_for_nothing():
    real = simulator(link="tcp://192.0.2.1:4059", embedded=None)
    case = next(case for case in cases().values() if any(subtest.wait_s(real) > 1 for subtest in case.subtests))
    waiting = [slot for slot in slots(case, [real]) if wait_of(slot) > 1]
    assert waiting
    slot = waiting[0]
    assert wait_of(replace(slot, inapplicable="ruled out")) == 0.0
    assert wait_of(replace(slot, device=simulator())) == 0.0
    assert told(waits_of([("a::b", case, replace(slot, inapplicable="ruled out"))])) == ""


def test_a_controller_finds_the_waits_of_what_its_workers_collected(tmp_path):
    real = simulator(link="tcp://192.0.2.1:4059", embedded=None)
    (tmp_path / "group").mkdir()
    (tmp_path / "group" / "test_small.py").write_text(WAITING)

    class Settings:
        devices = (real,)

        def devices_for(self, _):
            return self.devices

    ids = [f"group/test_small.py::test_waiting[public-{number}]" for number in (1, 2, 3)]
    found = waits_of(
        located([*ids, "group/test_none.py::test_x", "group/test_small.py::test_x[y]"], tmp_path, Settings())
    )
    assert found == {ids[0]: ("X_SMALL_WAIT", pytest.approx(228.0))}


def test_an_item_that_waits_says_so_before_it_runs():
    stream = io.StringIO()
    watcher = PlainWatcher(stream, quiet=False)
    watcher.waits = {"suites/hdlc/test_frame.py::test_p3[public-1]": ("T_HDLC_FRAME_P3", 228.0)}
    watcher.pytest_runtest_logstart("suites/hdlc/test_frame.py::test_p1[public-1]")
    assert stream.getvalue() == ""
    watcher.pytest_runtest_logstart("suites/hdlc/test_frame.py::test_p3[public-1]")
    assert stream.getvalue() == "T_HDLC_FRAME_P3 waits 228 s\n"


def test_the_longest_waits_are_named_and_the_others_counted():
    waits = {str(number): (f"X_CASE_{number}", 10.0 * number) for number in range(1, 6)}
    said = "waits that cases must make: 150 s in 5 subtests (X_CASE_5 50 s, X_CASE_4 40 s, X_CASE_3 30 s and 2 more)"
    assert told(waits) == said
    assert told({}) == ""
