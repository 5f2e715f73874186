"""Cases that change keys or policy: never by default, after all others, and nothing is left behind unasked."""

import subprocess
import sys
from dataclasses import replace

import pytest

from conformance.device.content import find_device_config
from conformance.device.load import load
from conformance.device.model import Permission
from conformance.harness.catalogue import cases
from conformance.harness.policy_change import policy_of
from conformance.harness.slot import slots
from conformance.link.server import TcpServer
from conformance.meter.meter import build
from conformance.record.assemble import assemble

LAST_SUITE = '''
from conformance.device.model import Permission
from conformance.harness.case import Scope, Subtest, case, subtests
from conformance.tester.accepted_openings import accepted
from conformance.tester.stimulus import aarq


def declared(identifier, permission):
    def test(subtest):
        """A meter opens the association that it declares."""
        subtest.judge(subtest.association.open(subtest.stimulus))

    told = subtests(Subtest(1, "opens", aarq(), accepted(), permission=permission))(test)
    return case(identifier, title="opening", clause="IEC 62056-5-3, AARQ", scope=Scope.DEVICE)(told)


test_a = declared("X_SMALL_A", Permission.CHANGES_POLICY)
test_b = declared("X_SMALL_B", Permission.CHANGES_KEYS)
test_c = declared("X_SMALL_C", Permission.READS)
test_d = declared("X_SMALL_D", Permission.WRITES)
'''


def test_what_changes_keys_and_then_what_changes_the_policy_comes_last(run_suite):
    run = run_suite(suite=LAST_SUITE)
    assert run.code == 0, run.said
    items = [line for line in run.lines("journal.jsonl") if line["kind"] == "item"]
    assert [line["case"]["id"][-1] for line in items] == ["C", "D", "B", "A"]


def test_the_shipped_cases_that_change_keys_or_policy_have_a_turn_of_their_own():
    turns = {case.id: case.turn for case in cases().values()}
    assert {name for name, turn in turns.items() if turn == 1} >= {name for name in turns if "_Key_Tx_" in name}
    assert {name for name, turn in turns.items() if turn == 2} >= {name for name in turns if "_SecPol_" in name}
    assert turns["T_APPL_OPEN_1"] == 0


@pytest.mark.parametrize("name", ["T_SYMSEC_0_Key_Tx_P1", "T_SYMSEC_0_Key_Tx_N2", "T_SYMSEC_0_SecPol_1"])
def test_nothing_of_it_is_done_to_a_meter_that_grants_reads_only(name):
    device = replace(load(find_device_config("simulator")), permissions=frozenset((Permission.READS,)))
    made = [slot for slot in slots(cases()[name], [device]) if slot.inapplicable is None]
    assert made
    assert {slot.withheld for slot in made} <= {Permission.CHANGES_KEYS, Permission.CHANGES_POLICY}


@pytest.mark.parametrize(
    ("version", "control", "policy"), [(0, 0x10, 1), (0, 0x20, 2), (0, 0x30, 3), (1, 0x10, 0x24), (1, 0x30, 0x6C)]
)
def test_the_policy_is_coded_as_the_version_of_security_setup_has_it(version, control, policy):
    assert policy_of(version, control) == policy


@pytest.fixture
def served():
    """An embedded meter behind TCP, which is any meter to the tester; it demands nothing yet."""
    meter = build(profile="wrapper", security_policy=0)
    with TcpServer(meter.endpoint) as server:
        yield meter, f"tcp://127.0.0.1:{server.port}"


def policies(tmp_path, link, *options):
    out = tmp_path / f"out{len(list(tmp_path.iterdir()))}"
    command = [sys.executable, "-m", "conformance.cli", "run", "simulator", "--link", link, "--profile", "wrapper"]
    command += ["--state", str(tmp_path / "state"), "--out", str(out), "--no-pdf", "--plain", *options]
    result = subprocess.run(command, check=False, capture_output=True, text=True, timeout=120)
    record = assemble(out)
    found = [subtest for item, subtest in record.subtests() if item.association == "management"]
    return result, record, {subtest.number: subtest for subtest in found}


def test_a_real_meter_is_given_a_stronger_policy_only_with_the_permission_to_leave_it(tmp_path, served):
    meter, link = served
    security = meter.server.devices[1].security
    case = ("--case", "T_SYMSEC_0_SecPol_1")

    result, _, subtests = policies(tmp_path, link, *case)
    assert result.returncode == 0, result.stdout + result.stderr
    assert {subtest.verdict.value for subtest in subtests.values()} == {"SKIPPED"}
    assert all("leaves_policy" in subtest.reason for subtest in subtests.values())
    assert "from 00 to 01" in subtests[1].reason
    assert security.security_policy == 0

    result, record, subtests = policies(tmp_path, link, *case, "--permit", "leaves_policy")
    assert result.returncode == 0, result.stdout + result.stderr
    assert {subtest.verdict.value for subtest in subtests.values()} == {"PASSED"}
    assert security.security_policy == 1
    assert any("left security_policy 01 in force, which was 00" in note for note in record.notes)

    result, _, subtests = policies(tmp_path, link, "--case", "T_SYMSEC_0_SecPol_2")
    assert result.returncode == 0, result.stdout + result.stderr
    assert {number: subtest.verdict.value for number, subtest in subtests.items()} == {
        1: "PASSED",
        2: "INAPPLICABLE",
        3: "INAPPLICABLE",
    }
    assert security.security_policy == 1
