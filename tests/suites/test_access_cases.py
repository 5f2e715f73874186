"""ACCESS: the sound meter passes every case, each defect fails the case that claims it, for the reason it should."""

from __future__ import annotations

import pytest

from conformance.device.model import Acceptance, Profile
from conformance.meter.access_defects import ACCESS_DEFECTS
from conformance.meter.defects import DEFECTS
from tests.suites.suite_functions import functions
from tests.suites.transfer_cases import device, each, failure, troubles

FUNCTIONS = functions("transfer", "test_access", "test_access_transfer", "test_access_refused")
CLAIMS = sorted((defect.name, case) for defect in ACCESS_DEFECTS for case in defect.cases)
REASONS = {
    "access-results-reversed": "expected",
    "access-data-for-failed-get": "null-data expected",
    "access-data-of-sets-left-out": "data for",
    "access-break-on-error-ignored": "an error expected",
    "access-break-on-error-tells-only": "holds",
    "access-break-leaves-results-out": "specifications",
    "access-invoke-id-not-echoed": "long-invoke-id",
    "access-not-self-descriptive": "self-descriptive",
    "access-unconfirmed-answered": "silence expected",
    "access-what-does-not-fit-left-out": "for 15 specifications",
}


@pytest.mark.parametrize("identifier", sorted(FUNCTIONS))
def test_the_sound_meter_passes_each_case_strictly(identifier: str) -> None:
    assert troubles(each(FUNCTIONS, identifier, device("reading"), "reading")) == []


@pytest.mark.parametrize("identifier", sorted(FUNCTIONS))
def test_the_sound_meter_passes_each_case_in_general_protection(identifier: str) -> None:
    """Under glo and ded the subtests do not apply, and say why: ACCESS has no service-specific ciphering."""
    meter = device("management", profile=Profile.HDLC, acceptance=Acceptance.TOLERANT)
    items = list(each(FUNCTIONS, identifier, meter, "management"))
    assert troubles(iter(items)) == []
    left_out = [item.reason for item in items if item.verdict == "INAPPLICABLE"]
    assert left_out
    assert all("general-glo" in reason for reason in left_out)


@pytest.mark.parametrize(("defect", "identifier"), CLAIMS)
def test_each_case_fails_on_the_defects_that_it_claims(defect: str, identifier: str) -> None:
    """Also under the tolerant profile: a fault is a fault."""
    meter = device("reading", acceptance=Acceptance.TOLERANT, defects=(defect,))
    reason = failure(each(FUNCTIONS, identifier, meter, "reading"))
    assert reason is not None
    assert REASONS.get(defect, "") in reason


def test_every_case_is_claimed_by_a_defect_of_its_own() -> None:
    assert {case for _, case in CLAIMS} == set(FUNCTIONS)
    assert set(REASONS) <= {defect.name for defect in ACCESS_DEFECTS} <= set(DEFECTS)


def test_a_long_response_comes_in_general_blocks_whatever_other_services_use() -> None:
    items = [item for item in each(FUNCTIONS, "X_ACCESS_P4", device("reading"), "reading") if item.number == 1]
    (item,) = items
    assert item.trial is not None
    plain = [frame.octets[8:9].hex() for frame in item.trial.tape.frames if frame.direction == "S>C"]
    assert plain.count("e0") > 3
    assert "da" not in plain
