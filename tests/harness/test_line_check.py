"""The line's fault is not the meter's: what a bad line does never fails a meter, what a bad meter does always may."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace

import pytest

from conformance.dlms.hdlc.control import Control, FrameType
from conformance.dlms.hdlc.frame import Frame, read
from conformance.dlms.hdlc.stream import FrameStream
from conformance.dlms.reader import decode
from conformance.harness.bench import Bench
from conformance.harness.contact import first_contact
from conformance.harness.line_check import PAIRS, THOROUGH_PAIRS, check_line
from conformance.harness.tape_signs import tape_signs
from conformance.link.clock import VirtualClock
from conformance.link.loopback import LoopbackLink
from conformance.tester.line import Line
from conformance.tester.tape import Tape
from tests.harness.lossy_runs import CORE, LINES, Item, over, run, simulator, trial_of
from tests.tester.far_side import FarSide

SEEDS = 50
"""Runs over each line here; `tests/benchmarks/lossy_lines.py` makes a thousand."""
SILENT = CORE[4]


def answered(octets):
    """What a sound meter says to SNRM and DISC."""
    frame = decode(octets, read, "hdlc-frame")
    return Frame(frame.source, frame.destination, Control(FrameType.UA, True)).encode()


def damaged(octets):
    return octets[:-2] + bytes((octets[-2] ^ 1, octets[-1]))


class ScriptedBench:
    """A bench whose meter answers frame by frame as `behaves` says, given the frame and how many came before it."""

    def __init__(self, behaves, device=None):
        self.device = device or simulator()
        self.notes = []
        self.line_trouble = None
        self.line_pairs_well = 0
        self.line_sticks = False
        self.far_side = FarSide(then=lambda octets: behaves(octets, len(self.far_side.received) - 1))
        self._clock = VirtualClock()

    def now(self):
        return self._clock.now()

    def bare_line(self, tape):
        return Line(LoopbackLink(lambda: self.far_side, self._clock), FrameStream(), "hdlc", tape)


def bench_over(line, seed=1):
    return Bench(over(line, seed), seed=seed, keep_secret=lambda _: None)


def ends(items, device, seed=1):
    return list(run(items, device, seed))


def with_defect(name):
    device = simulator()
    return replace(device, embedded=replace(device.embedded, defects=frozenset({name})))


# The probe


def test_a_line_in_order_is_found_in_order_with_so_many_exchanges():
    bench = ScriptedBench(lambda octets, _: [answered(octets)])

    check = check_line(bench, Tape())

    assert not check.disturbed
    assert check.made == 2 * PAIRS
    assert str(check).startswith(f"of {2 * PAIRS} probe exchanges all answered once, in ")
    assert bench.line_trouble is None
    assert bench.line_pairs_well == PAIRS


def test_a_line_that_loses_a_frame_now_and_then_is_disturbed_and_the_numbers_say_so():
    bench = ScriptedBench(lambda octets, number: [] if number == 7 else [answered(octets)])

    check = check_line(bench, Tape())

    assert check.disturbed
    assert check.loses
    assert str(check).startswith("of 60 probe exchanges 1 lost, in ")
    assert bench.line_trouble is check
    assert bench.notes == [f"simulator: the line is disturbed: {check}"]


def test_a_line_that_damages_frames_is_disturbed():
    bench = ScriptedBench(lambda octets, number: [damaged(answered(octets)) if number % 9 == 4 else answered(octets)])

    check = check_line(bench, Tape())

    assert check.loses
    assert "damaged" in str(check)


def test_one_frame_in_many_that_comes_twice_is_found_by_a_thorough_check():
    def behaves(octets, number):
        return [answered(octets)] * (2 if number == 401 else 1)

    assert not check_line(ScriptedBench(behaves), Tape()).disturbed
    check = check_line(ScriptedBench(behaves), Tape(), pairs=THOROUGH_PAIRS)
    assert check.disturbed
    assert not check.loses, "silence is still silence on such a line"
    assert "probe exchanges 1 answered more than once" in str(check)


@pytest.mark.parametrize(
    "behaves",
    [
        lambda octets, _: [damaged(answered(octets))],
        lambda octets, _: [answered(octets), answered(octets)],
        lambda octets, number: [damaged(answered(octets)) if number % 2 else answered(octets)],
        lambda octets, number: [answered(octets)] if number % 2 else [],
    ],
    ids=["all damaged", "all twice", "UA to DISC damaged", "SNRM unanswered"],
)
def test_what_befalls_every_frame_of_a_kind_is_the_meters_own(behaves):
    assert not check_line(ScriptedBench(behaves), Tape(), pairs=THOROUGH_PAIRS).disturbed


def test_a_meter_that_stops_answering_for_good_is_not_taken_for_a_bad_line_and_soon_left_alone():
    def behaves(octets, number):
        return [answered(octets)] if number % 2 or number < 6 else []

    bench = ScriptedBench(behaves)
    first = check_line(bench, Tape())
    assert not first.disturbed
    assert bench.line_sticks
    assert first.made < 2 * PAIRS

    again = check_line(ScriptedBench(behaves), Tape(), pairs=THOROUGH_PAIRS)
    assert not again.disturbed


def test_an_echo_is_the_lines_though_it_befalls_every_frame():
    check = check_line(ScriptedBench(lambda octets, _: [octets, answered(octets)]), Tape())

    assert check.disturbed
    assert "echoed" in str(check)


def test_a_meter_that_answers_nothing_is_mute_and_soon_left_alone():
    bench = ScriptedBench(lambda *_: [])

    check = check_line(bench, Tape(), pairs=THOROUGH_PAIRS)

    assert check.mute
    assert not check.disturbed
    assert check.made < PAIRS


def test_a_check_ends_once_it_is_known_that_the_line_is_disturbed():
    check = check_line(ScriptedBench(lambda octets, number: [answered(octets)] if number % 3 else []), Tape())

    assert check.disturbed
    assert check.made < PAIRS


def test_over_the_wrapper_there_is_nothing_to_be_asked():
    device = replace(simulator(), profile=type(simulator().profile)("wrapper"))

    assert check_line(Bench(device, seed=1, keep_secret=lambda _: None), Tape()) is None


@pytest.mark.parametrize("line", LINES.values(), ids=LINES)
def test_each_of_the_bad_lines_is_found_disturbed(line):
    assert all(check_line(bench_over(line, seed), Tape(), pairs=THOROUGH_PAIRS).disturbed for seed in range(20))


# Signs on the tape


def taped(*frames):
    tape = Tape()
    for direction, octets in frames:
        tape.add(0.0, direction, "hdlc", octets)
    return tape.frames


SNRM = bytes.fromhex("7EA0070321930F017E")
UA = bytes.fromhex("7EA00721037301407E")
RR_SENT = bytes.fromhex("7EA00703211115A67E")
RR_RECEIVED = bytes.fromhex("7EA00721031115007E")


def test_an_exchange_in_order_bears_no_sign():
    frames = taped(("C>S", SNRM), ("S>C", UA), ("C>S", RR_SENT), ("S>C", RR_RECEIVED), ("C>S", RR_SENT))
    assert not tape_signs([*frames, *taped(("S>C", RR_RECEIVED))])


@pytest.mark.parametrize(
    ("frames", "told"),
    [
        ((("C>S", SNRM), ("S>C", damaged(UA))), "1 damaged frames"),
        ((("C>S", SNRM), ("S>C", UA), ("S>C", UA)), "1 frames that came twice or answer nothing"),
        ((("C>S", SNRM), ("S>C", UA), ("C>S", RR_SENT), ("S>C", UA)), "1 frames that came twice or answer nothing"),
        ((("C>S", SNRM), ("S>C", SNRM), ("S>C", UA)), "1 own frames echoed"),
    ],
)
def test_what_a_bad_line_leaves_on_the_tape_is_seen(frames, told):
    assert str(tape_signs(taped(*frames))) == told


def test_stray_octets_are_seen():
    tape = Tape()
    tape.add(0.0, "S>C", "octets", b"\x11")
    assert tape_signs(tape.frames).loses


# What a bad line does never fails a meter


@pytest.mark.parametrize("line", LINES.values(), ids=LINES)
def test_no_sound_meter_is_failed_because_of_its_line(line):
    verdicts = Counter()
    recovered = 0
    for seed in range(SEEDS):
        for end in run(CORE, over(line, seed), seed):
            assert end.verdict in ("PASSED", "INCONCLUSIVE"), (seed, end)
            assert end.verdict == "PASSED" or "the line is disturbed: of " in end.reason, (seed, end)
            verdicts[end.verdict, end.item.case.negative] += 1
            recovered += end.verdict == "PASSED" and end.recoveries > 0
    assert recovered > 0, "no case has passed through recovery"
    assert verdicts["PASSED", False] > verdicts["INCONCLUSIVE", False]
    assert verdicts["INCONCLUSIVE", True] > 0


def test_on_a_line_in_order_all_of_it_passes():
    assert {end.verdict for end in ends(CORE, over("octet_loss=0", 1))} == {"PASSED"}


def test_silence_proves_nothing_once_the_line_was_found_to_lose_frames():
    device = over("octet_loss=0.01", 3)
    bench_ends = ends([CORE[2], SILENT, SILENT], device, 3)

    assert [end.verdict for end in bench_ends] == ["INCONCLUSIVE"] * 3
    assert "the line is disturbed" in bench_ends[1].reason


def test_a_meter_behind_a_bad_line_is_not_given_up_for_dead():
    for seed in range(20):
        device = over("octet_loss=0.03", seed)
        assert all("does not answer since" not in end.reason for end in run(CORE, device, seed))


def test_a_meter_behind_a_bad_line_is_not_called_unreachable():
    for seed in range(20):
        bench = bench_over("octet_loss=0.01", seed)
        assert first_contact(bench.device, lambda _, bench=bench: bench).unreachable is None


@pytest.mark.parametrize("item", CORE, ids=lambda item: item.function)
def test_only_what_must_work_recovers(item):
    device = simulator()
    trial = trial_of(item, Bench(device, seed=1, keep_secret=lambda _: None), device, 1)

    assert trial.association.data_link.recovery.recovers == (not item.case.negative)


# What a bad meter does fails it still


@pytest.mark.parametrize(
    ("defect", "item"),
    [
        ("hdlc-wrong-fcs-accepted", SILENT),
        ("hdlc-frmr-with-wrong-fcs", CORE[5]),
        ("hdlc-dm-with-wrong-fcs", CORE[3]),
        ("hdlc-disc-in-ndm-answered-ua", CORE[3]),
        ("hdlc-duplicate-unanswered", Item("hdlc.test_duplicate", "test_hdlc_duplicate", "public", 1)),
    ],
)
def test_a_meters_own_defect_stays_failed(defect, item):
    (end,) = ends([item], with_defect(defect))

    assert end.verdict == "FAILED", end


def test_the_line_check_of_a_failure_stands_in_its_evidence(run_suite, pytester, simulator_toml):
    pytester.path.joinpath("meter.toml").write_text(simulator_toml, encoding="utf-8")
    finished = run_suite("--dlms-device=meter.toml", "--dlms-case=X_SMALL_OPEN")

    failed = finished.subtest("public", "X_SMALL_OPEN", 2)
    (step,) = [step for step in failed.steps if step.title == "line check"]
    assert failed.verdict == "FAILED"
    assert step.verdict is None
    assert "probe exchanges all answered once" in step.detail
    assert step.frames[1] - step.frames[0] + 1 == 4 * THOROUGH_PAIRS
    assert step.frames[1] == failed.frames[1]


def test_a_run_over_a_bad_line_ends_inconclusive_and_says_so(run_suite, pytester, simulator_toml):
    toml = simulator_toml.replace('url = "loopback:"', 'url = "loopback:?octet_loss=0.02&seed=5"')
    assert "octet_loss" in toml
    pytester.path.joinpath("meter.toml").write_text(toml, encoding="utf-8")

    finished = run_suite("--dlms-device=meter.toml", "--dlms-case=X_SMALL_OPEN")

    verdicts = Counter(subtest.verdict.value for _, subtest in finished.record.subtests())
    assert finished.code == 3
    assert "FAILED" not in verdicts
    assert verdicts["INCONCLUSIVE"] > 0
    notes = json.dumps([line for line in finished.lines("journal.jsonl") if "note" in json.dumps(line)])
    assert "simulator: the line is disturbed: of " in notes
