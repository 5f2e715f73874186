"""Lists: the sound meter passes every case, each defect fails the case that claims it, for the reason it should."""

from __future__ import annotations

import pytest

from conformance.device.model import Acceptance, Profile
from conformance.meter.defects import DEFECTS
from conformance.meter.list_defects import LIST_DEFECTS
from tests.suites.suite_functions import functions
from tests.suites.transfer_cases import device, each, failure, troubles

FUNCTIONS = functions("transfer", "test_list_get", "test_list_set", "test_list_action", "test_list_short_names")
CLAIMS = sorted((defect.name, case) for defect in LIST_DEFECTS for case in defect.cases)
REASONS = {
    "get-list-results-reversed": "result 1",
    "get-list-result-missing": "0 results; expected a list of 1 results",
    "get-list-of-one-refused": "exception-response",
    "get-list-repeated-attribute-left-out": "results",
    "get-list-cut-at-the-pdu": "list of 40 results",
    "set-list-second-value-dropped": "holds",
    "action-list-first-only": "result 2",
    "read-list-cut-at-the-pdu": "list of 40 results",
}


def association_of(identifier: str) -> str:
    return "sn-reading" if "_READ_" in identifier or "_WRITE_" in identifier else "reading"


@pytest.mark.parametrize("identifier", sorted(FUNCTIONS))
def test_the_sound_meter_passes_each_case_strictly(identifier: str) -> None:
    name = association_of(identifier)
    assert troubles(each(FUNCTIONS, identifier, device(name), name)) == []


@pytest.mark.parametrize("identifier", sorted(name for name in FUNCTIONS if association_of(name) == "reading"))
def test_the_sound_meter_passes_each_case_under_each_protection(identifier: str) -> None:
    """glo, ded, general-glo and general-ded: their headers leave less room in a PDU."""
    meter = device("management", profile=Profile.HDLC, acceptance=Acceptance.TOLERANT)
    assert troubles(each(FUNCTIONS, identifier, meter, "management")) == []


@pytest.mark.parametrize(("defect", "identifier"), CLAIMS)
def test_each_case_fails_on_the_defects_that_it_claims(defect: str, identifier: str) -> None:
    """Also under the tolerant profile: a fault is a fault."""
    name = association_of(identifier)
    meter = device(name, acceptance=Acceptance.TOLERANT, defects=(defect,))
    reason = failure(each(FUNCTIONS, identifier, meter, name))
    assert reason is not None
    assert REASONS.get(defect, "") in reason


def test_every_case_is_claimed_by_a_defect_of_its_own() -> None:
    assert {case for _, case in CLAIMS} == set(FUNCTIONS)
    assert set(REASONS) <= {defect.name for defect in LIST_DEFECTS} <= set(DEFECTS)


def test_what_a_faulty_meter_wrote_is_put_back() -> None:
    """The list of writes is judged wrong, and the next item finds the value that was there before."""
    meter = device("reading", defects=("set-list-counts-not-checked",))
    items = list(each(FUNCTIONS, "X_LIST_SET_N1", meter, "reading"))
    failed = [item for item in items if item.verdict == "FAILED"]
    assert {item.number for item in failed} >= {2, 3}
    # Each item reads the target first, and a list that writes nothing leaves it alone.
    assert [item.verdict for item in items if item.number == 6] == ["PASSED"]
    assert all(not item.trial.bench.notes for item in failed if item.trial is not None)


def test_a_long_list_comes_in_the_blocks_that_its_subtest_is_about() -> None:
    """Blocks of GET with general-block-transfer off, general blocks with it on, and neither without both."""
    for item in each(FUNCTIONS, "X_LIST_GET_P2", device("reading"), "reading"):
        assert item.trial is not None
        replies = [frame.octets[8:10].hex() for frame in item.trial.tape.frames if frame.direction == "S>C"]
        of_get, general = replies.count("c402"), sum(reply.startswith("e0") for reply in replies)
        assert {1: of_get > 2 and not general, 2: general > 2 and not of_get, 3: not of_get and not general}[
            item.number
        ]
