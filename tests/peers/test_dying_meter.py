"""A meter that dies, hangs or spins in the middle of a run: the run ends, and says since when."""

from pathlib import Path

import pytest

from conformance.record.verdict import Verdict
from tests.peers.foreign_meter import ForeignMeter, run_suites

CONFIG = Path(__file__).parent / "pydlms_wrapper.toml"
RUN_TIMEOUT_S = 60
SUITE = '''
from conformance.dlms.xdlms.action import ActionRequestNormal
from conformance.dlms.xdlms.attribute import MethodDescriptor
from conformance.harness.applicability import logical_names, not_authenticated
from conformance.harness.case import Subtest, case, subtests
from conformance.tester.accepted_services import link_released, silence
from conformance.tester.stimulus import apdu

DEADLY = MethodDescriptor(9, bytes.fromhex("00000A00C7FF"), {method})


@case("X_PEER_A", title="before", clause="IEC 62056-5-3, GET", applies=logical_names & not_authenticated)
@subtests(Subtest(1, "alive", procedure="asks", accepts="an answer"))
def test_before(subtest):
    """The meter answers."""
    subtest.association.establish()
    subtest.alive()


@case("X_PEER_B", title="the end", clause="IEC 62056-5-3, ACTION", applies=logical_names & not_authenticated)
@subtests(Subtest(7, "deadly", procedure="invokes a deadly method", accepts="no answer"))
def test_end(subtest):
    """No answer is right, but the meter must be there afterwards."""
    subtest.association.establish()
    request = ActionRequestNormal(0xC1, DEADLY, None)
    subtest.judge(subtest.association.request(apdu(request.encode(), "deadly")), silence() | link_released())


@case("X_PEER_C", title="after", clause="IEC 62056-5-3, GET")
@subtests(
    Subtest(1, "alive", procedure="asks", accepts="an answer"),
    Subtest(2, "alive still", procedure="asks", accepts="an answer"),
)
def test_after(subtest):
    """The meter answers."""
    subtest.association.establish()
    subtest.alive()
'''


@pytest.mark.parametrize(("method", "how"), [(1, "dies"), (2, "hangs"), (3, "spins")])
def test_what_follows_a_meter_that_goes_is_inconclusive_and_names_the_case_that_it_went_in(
    peer_python, tmp_path, method, how
):
    suites = tmp_path / "suites"
    suites.mkdir()
    (suites / "test_deadly.py").write_text(SUITE.replace("{method}", str(method)))

    with ForeignMeter(peer_python, CONFIG) as meter:
        run = run_suites(meter, suites, tmp_path, timeout_s=RUN_TIMEOUT_S)
        assert meter.running is (how != "dies")

    verdicts = {(case.id, case.association): case for case in run.record.cases}
    assert run.record.complete, run.output
    assert verdicts["X_PEER_A", "public"].verdict is Verdict.PASSED
    # From here it cannot be told whether the meter died or somebody pulled its plug: the case is named, and not judged.
    assert verdicts["X_PEER_B", "public"].verdict is Verdict.INCONCLUSIVE
    after = [case for case in run.record.cases if case.id == "X_PEER_C"]
    assert len(after) == len(meter.device.associations)
    for case in after:
        assert case.verdict is Verdict.INCONCLUSIVE, run.output
        assert all("X_PEER_B subtest 7 in public" in subtest.reason for subtest in case.subtests), case.subtests
