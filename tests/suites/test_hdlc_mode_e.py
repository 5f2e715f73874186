"""The case of the opening in mode E: against the embedded meter behind a sign-on, and behind none."""

from __future__ import annotations

from dataclasses import replace

import pytest

from conformance.device.model import Device
from conformance.link.opening import OpeningFailed
from conformance.meter.mode_e_defects import MODE_E_DEFECTS
from tests.suites.hdlc_cases import SIMULATOR, device, run

CASE = "X_HDLC_MODE_E"


def behind_a_sign_on(*defects: str) -> Device:
    return replace(device(defects=defects), link="loopback:?opening=mode-e")


def test_the_sound_meter_passes_every_subtest() -> None:
    """It signs on, signs on once more, and hears no HDLC before."""
    assert [item.verdict for item in run(CASE, behind_a_sign_on())] == ["PASSED"] * 3


def test_the_case_is_inapplicable_where_the_line_is_not_opened_so() -> None:
    """The reason names the option of the link URL."""
    (ended,) = run(CASE, SIMULATOR)

    assert ended.verdict == "INAPPLICABLE"
    assert "opening=mode-e" in ended.reason


@pytest.mark.parametrize("defect", [defect.name for defect in MODE_E_DEFECTS])
def test_each_defect_of_the_opening_is_caught(defect: str) -> None:
    """With the words that tell what the meter sent."""
    failed = [item for item in run(CASE, behind_a_sign_on(defect)) if item.verdict == "FAILED"]

    assert failed
    assert all(item.reason for item in failed)


def test_a_meter_that_says_nothing_is_no_failure_of_the_opening() -> None:
    """Upon /?! nothing came: that is the line's matter, not a verdict on the meter."""
    meter = replace(behind_a_sign_on(), link="loopback:?opening=mode-e&octet_loss=1")
    with pytest.raises(OpeningFailed, match="nothing came upon") as failed:
        run(CASE, meter, only=1)

    assert not failed.value.answered


def test_without_an_inactivity_timeout_the_meter_need_not_fall_back() -> None:
    """What needs the fall back is ruled out with that reason; the first sign-on is judged."""
    meter = behind_a_sign_on()
    meter = replace(meter, hdlc=replace(meter.hdlc, inactivity_timeout_s=0.0))

    assert [item.verdict for item in run(CASE, meter)] == ["PASSED", "INAPPLICABLE", "INAPPLICABLE"]
