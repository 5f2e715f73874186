"""Meters that we did not write, over TCP: some are not there, some die, hang, hang up, or come back late."""

import json
import os
import subprocess
import sys

import pytest

from conformance.harness.bench import _ASKED_AGAIN
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
recovery_time_s = 0.6

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
"""
SUITE = '''
import os

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
    if subtest.number == 2 and "METER" in os.environ:
        os.kill(int(os.environ["METER"]), signal.SIGKILL)


@case("X_FOREIGN_SECOND", title="second", clause="IEC 62056-5-3, AARQ")
@subtests(Subtest(1, "well", aarq(), accepted()), Subtest(2, "well again", aarq(), accepted()))
def test_second(subtest):
    """A meter opens the association that it declares."""
    subtest.judge(subtest.association.open(subtest.stimulus))
'''
POISON = bytes.fromhex("1234")
FOR_EVER = 1_000_000
ASKED_AFTERWARDS = 1 + len(_ASKED_AGAIN)


class Poisoned:
    """An endpoint of the embedded meter that ignores what it is sent once poisoned, or hangs up on it."""

    def __init__(self, meter, inner):
        self._meter = meter
        self._inner = inner
        self.closed = False

    def receive(self, octets, now):
        self._meter.poisoned |= octets.endswith(POISON)
        if not self._meter.poisoned or self._meter.ignores <= 0:
            self._inner.receive(octets, now)
            return
        self._meter.ignores -= 1
        self.closed = self._meter.hangs_up

    def __getattr__(self, name):
        return getattr(self._inner, name)


class PoisonedMeter:
    """Ignores as many requests as it is told to, from the poisoned one on."""

    def __init__(self, *, ignores, hangs_up=False, poisoned=False):
        self.ignores = ignores
        self.hangs_up = hangs_up
        self.poisoned = poisoned
        self._meter = build(profile="wrapper")

    def endpoint(self):
        return Poisoned(self, self._meter.endpoint())


@pytest.fixture
def run_against(run_suite, pytester):
    """Runs the suite against what listens on a port."""

    def run(port, *arguments, name="XDC0000000000001", **how):
        pytester.path.joinpath("foreign.toml").write_text(TOML.format(port=port, name=name))
        state = pytester.path / "state"
        return run_suite("--dlms-device=foreign.toml", f"--dlms-state={state}", *arguments, suite=SUITE, **how)

    return run


def served(meter):
    return TcpServer(meter.endpoint)


def test_a_sound_meter_passes_and_says_who_it_is(run_against):
    with served(build(profile="wrapper")) as server:
        run = run_against(server.port)
    assert run.code == 0, run.said
    assert run.record.device.identity == {"logical device name, SAP 1": "XDC0000000000001"}
    assert run.record.notes == ()


def test_another_name_than_declared_is_noted(run_against):
    with served(build(profile="wrapper")) as server:
        run = run_against(server.port, name="ABC0000000000009")
    assert "the device config declares ABC0000000000009" in run.record.notes[0]


def test_every_frame_of_the_first_contact_and_of_the_sanity_associations_is_in_the_log(run_against):
    with served(build(profile="wrapper")) as server:
        run = run_against(server.port)
    beside = [frame["note"] for frame in run.lines("frames.jsonl") if not frame["case"] and frame["note"]]
    assert beside[0] == "first contact"
    assert [note for note in beside if "group began" in note]
    assert [note for note in beside if "group ended" in note]


@pytest.mark.parametrize("workers", [(), ("-n", "2")])
def test_a_meter_that_never_answers_is_told_before_the_run_and_leaves_no_evidence(run_against, pytester, workers):
    with served(PoisonedMeter(ignores=FOR_EVER, poisoned=True)) as server:
        run = run_against(server.port, *workers)
    assert run.code == pytest.ExitCode.USAGE_ERROR
    assert "does not answer (silence for 0.2 s)" in run.said
    assert "foreign.toml" in run.said
    assert "Traceback" not in run.said
    assert not run.directory.exists()


@pytest.mark.parametrize("hangs_up", [False, True])
def test_a_meter_that_never_serves_again_is_told_as_killed_by_the_subtest_that_did_it(run_against, hangs_up):
    with served(PoisonedMeter(ignores=FOR_EVER, hangs_up=hangs_up)) as server:
        run = run_against(server.port)
    first, second = run.verdicts("public", "X_FOREIGN_FIRST"), run.verdicts("public", "X_FOREIGN_SECOND")
    assert first == {1: "PASSED", 2: "FAILED", 3: "INCONCLUSIVE", 4: "INCONCLUSIVE"}
    assert second == {1: "INCONCLUSIVE", 2: "INCONCLUSIVE"}
    assert "X_FOREIGN_FIRST subtest 2" in run.subtest("public", "X_FOREIGN_SECOND", 2).reason
    assert run.record.complete
    assert run.code == 1


def test_a_meter_that_recovers_in_time_is_judged_by_its_answers_alone(run_against):
    with served(PoisonedMeter(ignores=3)) as server:
        run = run_against(server.port)
    assert run.verdicts("public", "X_FOREIGN_FIRST") == {1: "PASSED", 2: "FAILED", 3: "PASSED", 4: "PASSED"}
    assert run.subtest("public", "X_FOREIGN_FIRST", 2).reason == "AARE expected; silence for 0.2 s"


def test_a_meter_that_comes_back_late_is_judged_again_from_the_next_case_on(run_against):
    with served(PoisonedMeter(ignores=1 + ASKED_AFTERWARDS)) as server:
        run = run_against(server.port)
    assert run.verdicts("public", "X_FOREIGN_FIRST")[4] == "INCONCLUSIVE"
    assert run.verdicts("public", "X_FOREIGN_SECOND") == {1: "PASSED", 2: "PASSED"}
    assert any("answers again before X_FOREIGN_SECOND" in note for note in run.record.notes)


@pytest.mark.skipif(sys.platform == "win32", reason="kills the meter's process with SIGKILL")
def test_a_meter_whose_listener_is_gone_ends_the_run_as_inconclusive(run_against, monkeypatch):
    command = [sys.executable, "-m", "conformance.cli", "simulate", "--listen", "tcp://127.0.0.1:0", "--json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as meter:
        port = json.loads(meter.stdout.readline())["url"].rpartition(":")[2]
        monkeypatch.setenv("METER", str(meter.pid))
        try:
            run = run_against(port)
        finally:
            meter.kill()
    first = run.verdicts("public", "X_FOREIGN_FIRST")
    assert first == {1: "PASSED", 2: "FAILED", 3: "INCONCLUSIVE", 4: "INCONCLUSIVE"}
    assert "connection refused" in run.subtest("public", "X_FOREIGN_FIRST", 2).reason
    assert "since X_FOREIGN_FIRST subtest 2 in public" in run.subtest("public", "X_FOREIGN_SECOND", 1).reason
    assert run.record.complete


def test_a_line_that_another_run_holds_is_told_before_the_run(run_against, pytester, monkeypatch):
    monkeypatch.setattr("conformance.harness.lines._TIMEOUT_S", 0.1)
    holder = (
        "import sys; from conformance.harness.lines import Lines; from conformance.device.load import load\n"
        "lines = Lines(sys.argv[1]); lines.hold(load(sys.argv[2])); print('held', flush=True); sys.stdin.read()"
    )
    with served(build(profile="wrapper")) as server:
        pytester.path.joinpath("foreign.toml").write_text(TOML.format(port=server.port, name="XDC0000000000001"))
        command = [sys.executable, "-c", holder, str(pytester.path / "state"), "foreign.toml"]
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
        with subprocess.Popen(command, cwd=pytester.path, env={**os.environ}, **pipes) as other:
            try:
                assert other.stdout.readline() == "held\n"
                run = run_against(server.port)
            finally:
                other.kill()
        after = run_against(server.port, out="after")
    assert run.code == pytest.ExitCode.USAGE_ERROR
    assert "another run on this host uses it" in run.said
    assert after.code == 0
