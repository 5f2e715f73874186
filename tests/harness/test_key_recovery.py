"""A run that is killed while it changes the keys of a meter: whatever was the last step, `recover` ends it well."""

import base64
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from conformance.device.content import content_directory
from conformance.device.state_key_journal import StateKeyJournal
from conformance.dlms.security import key_wrap
from conformance.link.server import TcpServer
from conformance.meter.meter import build

sys.path.insert(0, str(Path(__file__).parent))
from key_relay import Killer, Relay

sys.path.pop(0)

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL and fork are POSIX's")

STARTER = """
import gc, json, os, sys
import pytest
import conformance.cli, conformance.harness.conductor, conformance.harness.key_transfer, conformance.harness.runner

gc.freeze()
gc.disable()
for line in sys.stdin:
    order = json.loads(line)
    pid = os.fork()
    if pid == 0:
        log = os.open(order["log"], os.O_CREAT | os.O_WRONLY | os.O_TRUNC)
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        os.dup2(log, 1)
        os.dup2(log, 2)
        code = 70
        try:
            if order["words"][0] == "pytest":
                os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
                code = int(pytest.main(order["words"][1:]))
            else:
                conformance.cli.main(order["words"])
        except SystemExit as end:
            code = end.code or 0
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(code)
    print(pid, flush=True)
    print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), flush=True)
"""
"""Starts processes that need not import anything any more: hundreds of runs in the time of a few."""
CASES = [f"T_SYMSEC_0_Key_Tx_{name}" for name in ("P1", "P2", "P3", "N1", "N2")]
KILLED = -9


class Starter:
    """Runs commands in processes forked from one that has everything imported."""

    def __init__(self, directory):
        self._log = directory / "log"
        self._process = subprocess.Popen(
            [sys.executable, "-c", STARTER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=directory
        )

    def start(self, *words):
        """Start a command, giving the process id."""
        order = {"words": [str(word) for word in words], "log": str(self._log)}
        self._process.stdin.write(json.dumps(order) + "\n")
        self._process.stdin.flush()
        return int(self._process.stdout.readline())

    def ended(self):
        """How it ended, and all that it said."""
        return int(self._process.stdout.readline()), self._log.read_bytes()

    def stop(self):
        self._process.stdin.close()
        self._process.wait(30)
        self._process.stdout.close()


@pytest.fixture(scope="module")
def starter(tmp_path_factory):
    made = Starter(tmp_path_factory.mktemp("starter"))
    yield made
    made.stop()


def reduced(toml):
    """The config with two associations and one protection; each request then belongs to the change of keys."""
    head, *associations = toml.split("[[association]]\n")
    kept = [item for item in associations if 'name = "public"' in item or 'name = "management"' in item]
    text = "[[association]]\n".join([head, *kept])
    protections = 'protections = ["glo", "ded", "general-glo", "general-ded"]'
    # Counters come from the state directory alone.
    counter = 'invocation_counter = { association = "public", instance_id = "0-0:43.1.0.255" }'
    assert protections in text
    assert counter in text
    return text.replace(counter, "").replace(protections, 'protections = ["glo"]')


class Bed:
    """A meter in a process that lives on, a relay before it, and commands that use them."""

    def __init__(self, starter, directory, simulator_toml, defects=()):
        self.meter = build(profile="wrapper", defects=frozenset(defects))
        self.server = TcpServer(self.meter.endpoint)
        self.server.start()
        self.relay = Relay(self.server.port)
        self.state = directory / "state"
        self.config = directory / "acme.toml"
        self.config.write_text(reduced(simulator_toml))
        self.journal = StateKeyJournal(self.state, "simulator")
        self.killer = Killer(self.relay, self.journal.path, self.keys)
        self.declared = self.keys()
        self._starter = starter
        self._reached = ["--profile", "wrapper", "--state", self.state]

    def keys(self):
        security = self.meter.server.devices[1].security
        return security.global_unicast_key, security.authentication_key, security.master_key

    def run(self, case, number=None, when=""):
        """Run a case, killed at a request; how it ended."""
        self.killer.arm(number, when)
        suites = content_directory("suites")
        words = ["pytest", suites / "security" / "test_key_transfer.py", "-c", suites / "pytest.ini", "-q", "-x"]
        words += ["-p", "conformance.harness.plugin"]
        words += [f"--dlms-device={self.config}", f"--dlms-link=tcp://127.0.0.1:{self.relay.port}"]
        words += ["--dlms-profile=wrapper", f"--dlms-state={self.state}", f"--dlms-case={case}"]
        self.killer.aim(self._starter.start(*words))
        return self._starter.ended()

    def recover(self, port=None):
        """Recover; exit code and what was said."""
        return self.command("recover", port=port)

    def command(self, name, *options, port=None):
        """Run a command with the meter; exit code and what was said."""
        link = f"tcp://127.0.0.1:{port or self.server.port}"
        self._starter.start(name, self.config, "--link", link, *self._reached, *options)
        return self._starter.ended()

    def close(self):
        self.relay.stop()
        self.server.stop()


@pytest.fixture
def bed(starter, tmp_path, simulator_toml):
    made = []

    def make(*defects):
        made.append(Bed(starter, tmp_path, simulator_toml, defects))
        return made[-1]

    yield make
    for one in made:
        one.close()


def spellings(key):
    for octets in (key, base64.b64encode(key).rstrip(b"="), key.hex().encode(), key.hex(" ").encode()):
        yield octets
        yield octets.upper()


@pytest.mark.parametrize("case", CASES)
def test_after_sigkill_at_every_step_the_declared_keys_are_in_the_meter_again(bed, case):
    """Killed before each request of the change, and after each that changed the meter's keys."""
    here = bed()
    code, said = here.run(case)
    assert code == 0, said.decode()
    steps = [(number, "before") for number in range(1, here.killer.passed + 1)]
    steps += [(number, "after") for number in here.killer.changing]
    assert len(steps) >= 4
    assert here.killer.changing or "_N" in case
    changed = set()
    for number, when in steps:
        code, said = here.run(case, number, when)
        assert code == KILLED, f"{number} {when}: {said.decode()}"
        at_risk = [change.key.reveal() for change in here.journal.changes()]
        assert at_risk
        changed.add(here.keys() != here.declared)
        code, said = here.recover()
        assert code == 0, f"{number} {when}: {said.decode()}"
        assert here.keys() == here.declared, f"{number} {when}"
        assert not here.journal.path.exists()
        for key in (*at_risk, *here.declared):
            for secret in (key, key_wrap.wrap(here.declared[2], key)):
                assert not [spelt for spelt in spellings(secret) if spelt in said]
    assert changed == ({False} if "_N" in case else {False, True})
    code, said = here.run(case)
    assert code == 0, said.decode()


@pytest.mark.parametrize(
    ("defect", "case"),
    [
        ("only-first-key-transferred", "T_SYMSEC_0_Key_Tx_P3"),
        ("key-transfer-without-unwrap-check", "T_SYMSEC_0_Key_Tx_N2"),
        ("key-transfer-length-unchecked", "T_SYMSEC_0_Key_Tx_N2"),
        ("keys-changed-although-transfer-failed", "T_SYMSEC_0_Key_Tx_N2"),
        ("key-id-cut-to-two-bits", "T_SYMSEC_0_Key_Tx_N1"),
        ("counter-kept-for-new-key", "T_SYMSEC_0_Key_Tx_P1"),
    ],
)
def test_a_faulty_meter_that_took_what_it_must_not_gets_its_keys_back_in_the_case_itself(bed, defect, case):
    here = bed(defect)
    code, said = here.run(case)
    assert code == 1, said.decode()
    assert here.keys() == here.declared
    assert not here.journal.path.exists()


def test_no_run_begins_while_keys_are_changed_and_recover_says_what_it_does(bed):
    here = bed()
    here.run("T_SYMSEC_0_Key_Tx_P3", 3, "before")
    assert here.keys() != here.declared
    code, said = here.command("run", "--plain")
    assert code == 2
    assert f"run dlms-conformance recover {here.config} --state {here.state} first" in said.decode()
    here._starter.start("recover", here.config, "--state", here.state)
    code, said = here._starter.ended()
    assert code == 2
    assert "give --link" in said.decode()
    code, said = here.recover(port=1)
    assert code == 2
    assert b"connection refused" in said
    assert here.journal.path.exists()
    code, said = here.recover()
    assert code == 0
    assert b"encryption_key of management (confirmed), authentication_key of management (confirmed)" in said
    assert b"the declared keys serve; the journal is cleared" in said
    code, said = here.recover()
    assert code == 0
    assert b"nothing to recover" in said


def test_a_meter_that_holds_none_of_the_keys_is_left_alone_and_the_journal_kept(bed):
    here = bed()
    here.run("T_SYMSEC_0_Key_Tx_P1", 2, "before")
    security = here.meter.server.devices[1].security
    security.global_unicast_key = bytes(16)
    code, said = here.recover()
    assert code == 3
    assert b"takes none of the keys that it may hold" in said
    assert b"the journal is kept" in said
    assert here.journal.changes()


def test_a_damaged_journal_stops_run_and_recover(bed):
    here = bed()
    here.journal.path.parent.mkdir(parents=True)
    here.journal.path.write_text("{")
    code, said = here.recover()
    assert code == 2
    assert b"is damaged" in said
    assert here.run("T_SYMSEC_0_Key_Tx_P1")[0] == 4
    assert os.fspath(here.journal.path).encode() in said
