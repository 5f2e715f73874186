"""Meters that we did not write, over TCP: they hang, hang up, send rubbish or empty blocks without end, or vanish."""

import threading
import time
from collections import Counter

import pytest

from conformance.device.content import content_directory
from conformance.device.load import load
from conformance.harness.bench import _ASKED_AGAIN
from conformance.harness.lines import Lines
from conformance.link.server import TcpServer
from conformance.meter.meter import build

TOML = """
name = "foreign"
manufacturer = "XDC"

[link]
url = "tcp://127.0.0.1:{port}"
profile = "wrapper"

[timing]
response_timeout_s = 0.2
recovery_time_s = 0.3

[[logical_device]]
sap = 1
name = "{name}"

[[association]]
name = "public"
logical_device = 1
client_sap = 16
context = "ln"
mechanism = "none"
conformance = ["block-transfer-with-get-or-read", "get", "selective-access", "priority-mgmt-supported"]

[association.targets]
long_readable = {{ class_id = 15, instance_id = "0-0:40.0.0.255", attribute_id = 2 }}
"""
SUITE = '''
from conformance.harness.case import Subtest, case, subtests
from conformance.tester.accepted_openings import accepted
from conformance.tester.stimulus import aarq

POISON = aarq(client_max_receive_pdu_size=0x1234)


@case("X_FOREIGN_FIRST", title="first", clause="IEC 62056-5-3, AARQ")
@subtests(
    Subtest(1, "well", aarq(), accepted()),
    Subtest(2, "poison", POISON, accepted()),
    Subtest(3, "well again", aarq(), accepted()),
    Subtest(4, "once more", aarq(), accepted()),
)
def test_first(subtest):
    """A meter opens the association that it declares."""
    subtest.judge(subtest.association.open(subtest.stimulus))


@case("X_FOREIGN_SECOND", title="second", clause="IEC 62056-5-3, AARQ")
@subtests(Subtest(1, "well", aarq(), accepted()), Subtest(2, "well again", aarq(), accepted()))
def test_second(subtest):
    """A meter opens the association that it declares."""
    subtest.judge(subtest.association.open(subtest.stimulus))
'''
NAME = "XDC0000000000001"
POISON = bytes.fromhex("1234")
FOR_EVER = 1_000_000
AFTERWARDS = {3: "INCONCLUSIVE", 4: "INCONCLUSIVE"}
ASKED_AFTERWARDS = 1 + len(_ASKED_AGAIN)
RUBBISH = bytes(range(0x80, 0x100))
BOUND_S = 40
"""Far above what any of these runs takes, far below what waiting for a meter without a bound would."""


class Poisoned:
    """An endpoint of the embedded meter that is out of its mind once poisoned."""

    def __init__(self, meter, inner):
        self._meter = meter
        self._inner = inner
        self._sent = 0
        self._raving = False
        self.closed = False

    def receive(self, octets, now):
        self._meter.poisoned |= POISON in octets
        if not self._meter.poisoned or self._meter.ignores <= 0:
            self._inner.receive(octets, now)
            return
        self._meter.ignores -= 1
        self.closed = self._meter.hangs_up
        if self._meter.goes:
            threading.Thread(target=self._meter.server.stop, daemon=True).start()
        self._raving = True

    def outgoing(self, now):
        if not self._raving or not self._meter.says:
            return self._inner.outgoing(now)
        if not self._meter.raves:
            self._raving = False
        return [(now, self._meter.says)]

    def next_timer(self):
        return 0.0 if self._raving and self._meter.raves else self._inner.next_timer()

    def tick(self, now):
        if not self._raving:
            self._inner.tick(now)

    def __getattr__(self, name):
        return getattr(self._inner, name)


class PoisonedMeter:
    """Takes as many requests as it is told to otherwise than a meter should, from the poisoned one on.

    It ignores them, hangs up, goes away with its listener, or answers with `says`, over and over where it `raves`.
    """

    def __init__(self, *, ignores=FOR_EVER, hangs_up=False, goes=False, poisoned=False, says=b"", raves=False):
        self.ignores = ignores
        self.hangs_up = hangs_up or goes
        self.goes = goes
        self.server = None
        self.poisoned = poisoned
        self.says = says
        self.raves = raves
        self._meter = build(profile="wrapper")

    def endpoint(self):
        return Poisoned(self, self._meter.endpoint())


@pytest.fixture
def run_against(run_suite, pytester):
    """Runs the suite against what listens on a port, and sees that it ends in time."""

    def run(port, *arguments, name=NAME, **how):
        pytester.path.joinpath("foreign.toml").write_text(TOML.format(port=port, name=name))
        began = time.monotonic()
        run = run_suite(
            "--dlms-device=foreign.toml", f"--dlms-state={pytester.path / 'state'}", *arguments, suite=SUITE, **how
        )
        assert time.monotonic() - began < BOUND_S
        assert "Traceback" not in run.said
        return run

    return run


def served(meter):
    return TcpServer(meter.endpoint)


def test_a_sound_meter_passes_says_who_it_is_and_every_frame_is_in_the_log(run_against):
    with served(build(profile="wrapper")) as server:
        run = run_against(server.port)
    assert run.code == 0, run.said
    assert run.record.device.identity == {"logical device name, SAP 1": NAME}
    assert run.record.notes == ()
    beside = [frame["note"] for frame in run.lines("frames.jsonl") if not frame["case"] and frame["note"]]
    assert beside[0] == "first contact"
    assert [note for note in beside if "group began" in note]
    assert [note for note in beside if "group ended" in note]


def test_another_name_than_declared_is_noted(run_against):
    with served(build(profile="wrapper")) as server:
        run = run_against(server.port, "--dlms-case=X_FOREIGN_SECOND", name="ABC0000000000009")
    assert "the device config declares ABC0000000000009" in run.record.notes[0]


def test_a_meter_that_gives_no_sign_of_life_is_told_before_the_run_and_leaves_no_evidence(run_against):
    with served(PoisonedMeter(poisoned=True)) as server:
        run = run_against(server.port)
    assert run.code == pytest.ExitCode.USAGE_ERROR
    assert "does not answer (silence for 0.2 s)" in run.said
    assert "foreign.toml" in run.said
    assert not run.directory.exists()


@pytest.mark.parametrize(
    ("meter", "reason"),
    [({}, "silence for 0.2 s"), ({"hangs_up": True}, "closed the connection"), ({"goes": True}, "connection refused")],
    ids=["mute", "hangs up", "vanishes"],
)
def test_a_meter_that_falls_silent_for_good_ends_the_run_as_inconclusive_with_the_subtest_named(
    run_against, meter, reason
):
    """Whether it has died or its line was pulled nobody can tell, so nothing is FAILED."""
    poisoned = PoisonedMeter(**meter)
    with served(poisoned) as server:
        poisoned.server = server
        run = run_against(server.port)
    assert run.verdicts("public", "X_FOREIGN_FIRST") == {1: "PASSED", 2: "INCONCLUSIVE", **AFTERWARDS}
    assert run.verdicts("public", "X_FOREIGN_SECOND") == {1: "INCONCLUSIVE", 2: "INCONCLUSIVE"}
    told = run.subtest("public", "X_FOREIGN_FIRST", 2).reason
    assert told.startswith("AARE expected; ")
    assert reason in told
    assert "whether the meter or the line to it is the cause" in told
    told = run.subtest("public", "X_FOREIGN_SECOND", 2).reason
    assert "the meter does not answer since X_FOREIGN_FIRST subtest 2 in public" in told
    assert run.code == 3


def test_a_meter_that_sends_rubbish_without_end_fails_by_what_it_sends_and_holds_nothing_up(run_against):
    with served(PoisonedMeter(says=RUBBISH, raves=True)) as server:
        run = run_against(server.port)
    assert run.verdicts("public", "X_FOREIGN_FIRST") == {1: "PASSED", 2: "FAILED", 3: "FAILED", 4: "FAILED"}
    assert "wrapper version 32897" in run.subtest("public", "X_FOREIGN_SECOND", 2).reason
    frames = Counter((frame["case"], frame["subtest"]) for frame in run.lines("frames.jsonl"))
    assert max(frames.values()) < 2000
    assert run.code == 1


def test_blocks_without_end_are_cut_off_and_fail_the_meter_that_sends_them(run_against):
    suite = content_directory("suites") / "application" / "test_open_version.py"
    with served(build(profile="wrapper", defects=["blocks-without-end"])) as server:
        run = run_against(server.port, suite, "--dlms-case=T_APPL_OPEN_14")
    assert run.record.subtest_totals["FAILED"] > 0
    assert run.record.subtest_totals["INCONCLUSIVE"] == 0
    frames = Counter((frame["case"], frame["subtest"]) for frame in run.lines("frames.jsonl"))
    assert max(frames.values()) < 40
    assert run.code == 1


def test_a_meter_that_recovers_in_time_is_judged_by_its_answers_alone(run_against):
    with served(PoisonedMeter(ignores=3)) as server:
        run = run_against(server.port)
    assert run.verdicts("public", "X_FOREIGN_FIRST") == {1: "PASSED", 2: "FAILED", 3: "PASSED", 4: "PASSED"}
    assert run.subtest("public", "X_FOREIGN_FIRST", 2).reason == "AARE expected; silence for 0.2 s"


def test_a_meter_that_comes_back_late_is_judged_again_from_the_next_case_on(run_against):
    with served(PoisonedMeter(ignores=1 + ASKED_AFTERWARDS)) as server:
        run = run_against(server.port)
    assert run.verdicts("public", "X_FOREIGN_FIRST") == {1: "PASSED", 2: "INCONCLUSIVE", **AFTERWARDS}
    assert run.verdicts("public", "X_FOREIGN_SECOND") == {1: "PASSED", 2: "PASSED"}
    assert any("answers again before X_FOREIGN_SECOND" in note for note in run.record.notes)


def test_a_line_that_another_run_holds_is_told_before_the_run(run_against, pytester, monkeypatch):
    monkeypatch.setattr("conformance.harness.lines._TIMEOUT_S", 0.1)
    with served(build(profile="wrapper")) as server:
        pytester.path.joinpath("foreign.toml").write_text(TOML.format(port=server.port, name=NAME))
        other = Lines(str(pytester.path / "state"))
        other.hold(load(pytester.path / "foreign.toml"))
        run = run_against(server.port)
        other.release()
    assert run.code == pytest.ExitCode.USAGE_ERROR
    assert "another run on this host uses it" in run.said
