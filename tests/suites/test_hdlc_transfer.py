"""The cases of negotiation, transfer, repetition and recovery: what they send, what passes, what they catch."""

from __future__ import annotations

from dataclasses import replace

import pytest

from conformance.device.model import Acceptance, Device, Profile
from conformance.dlms.hdlc.control import FrameType
from conformance.dlms.hdlc.frame import Frame, read
from conformance.dlms.reader import decode
from conformance.dlms.xdlms.attribute import AttributeDescriptor
from conformance.meter.hdlc_transfer_defects import HDLC_TRANSFER_DEFECTS
from tests.suites.hdlc_cases import SIMULATOR, TRANSFER_FUNCTIONS, Ended, device, run

CLAIMS = [(defect.name, case) for defect in HDLC_TRANSFER_DEFECTS for case in defect.cases]
EVERY_CASE = pytest.mark.parametrize("case", sorted(TRANSFER_FUNCTIONS.keys() - {"X_HDLC_MODE_E"}))


def without_long_readable(meter: Device, target: AttributeDescriptor | None = None) -> Device:
    changed = [replace(item, targets=replace(item.targets, long_readable=target)) for item in meter.associations]
    return replace(meter, associations=tuple(changed))


def frames(result: Ended, direction: str) -> list[Frame]:
    assert result.trial is not None
    taped = result.trial.tape.frames
    return [decode(item.octets, read, "hdlc-frame") for item in taped if item.direction == direction]


@EVERY_CASE
@pytest.mark.parametrize("octets", [1, 2, 4])
@pytest.mark.parametrize("acceptance", list(Acceptance))
def test_the_sound_meter_passes_every_subtest(case: str, octets: int, acceptance: Acceptance) -> None:
    """With each length of the address, and no reaction that needs tolerance."""
    ended = run(case, device(octets=octets, acceptance=acceptance))

    assert [(item.number, item.verdict, item.reason) for item in ended if item.verdict != "PASSED"] == []


@pytest.mark.parametrize(("defect", "case"), CLAIMS)
def test_each_defect_is_caught_by_the_case_that_claims_it(defect: str, case: str) -> None:
    """At least one subtest fails, with a reason."""
    failed = [item for item in run(case, device(defects=(defect,))) if item.verdict == "FAILED"]

    assert failed
    assert all(item.reason for item in failed)


@EVERY_CASE
def test_over_the_wrapper_a_case_is_inapplicable(case: str) -> None:
    """HDLC cases have nothing to say of a meter that is reached over TCP with the wrapper."""
    (result,) = run(case, replace(SIMULATOR, profile=Profile.WRAPPER))

    assert result.verdict == "INAPPLICABLE"
    assert "hdlc" in result.reason


def test_numbers_of_a_long_reply_go_through_modulo_8() -> None:
    """The meter's N(S) counts 0 to 7 and begins anew, one I-frame for each RR."""
    (result,) = run("T_HDLC_INFO_P1", SIMULATOR, only=3)
    numbers = [item.control.send_number for item in frames(result, "S>C") if item.control.type is FrameType.I]

    assert len(numbers) > 9
    assert numbers == [index % 8 for index in range(len(numbers))]


def test_numbers_of_a_request_in_segments_go_through_modulo_8() -> None:
    """The tester's N(S) counts 0 to 7 and begins anew."""
    (result,) = run("T_HDLC_INFO_P1", SIMULATOR, only=4)
    numbers = [item.control.send_number for item in frames(result, "C>S") if item.control.type is FrameType.I]

    assert len(numbers) > 8
    assert numbers == [index % 8 for index in range(len(numbers))]


@pytest.mark.parametrize(("subtest", "window"), [(1, 1), (2, 4), (3, 7)])
def test_a_window_of_replies_is_used_to_the_full(subtest: int, window: int) -> None:
    """As many I-frames come between two polls as were settled on."""
    (result,) = run("T_HDLC_NDM2NRM_P2", SIMULATOR, only=subtest)
    sizes, count = [], 0
    for item in frames(result, "S>C"):
        if item.control.type is FrameType.I:
            count += 1
            if item.control.poll_final:
                sizes.append(count)
                count = 0

    assert max(sizes) == window


@pytest.mark.parametrize(("subtest", "window"), [(4, 4), (5, 7)])
def test_a_window_of_requests_is_sent_with_one_poll(subtest: int, window: int) -> None:
    """All segments of the AARQ but the last go without the P bit, and nothing answers them."""
    (result,) = run("T_HDLC_NDM2NRM_P2", SIMULATOR, only=subtest)
    polls = [item.control.poll_final for item in frames(result, "C>S") if item.control.type is FrameType.I]

    assert polls == [False] * (window - 1) + [True]


@pytest.mark.parametrize(("case", "subtest"), [("T_HDLC_INFO_P1", 3), ("X_HDLC_RECOVERY", 3), ("X_HDLC_DUPLICATE", 3)])
def test_a_short_attribute_leaves_a_long_transfer_unjudged(case: str, subtest: int) -> None:
    """With too little data in the meter nothing is passed: the reason names what to declare."""
    readable = SIMULATOR.association("public").targets.readable
    (result,) = run(case, without_long_readable(SIMULATOR, readable), only=subtest)

    assert result.verdict == "INCONCLUSIVE"
    assert "long_readable" in result.reason


def test_without_a_long_attribute_the_rest_is_judged_all_the_same() -> None:
    """What needs none passes, what needs one is inapplicable with the target's name."""
    results = run("X_HDLC_RECOVERY", without_long_readable(SIMULATOR))

    assert [item.verdict for item in results] == ["PASSED", "PASSED", *(["INAPPLICABLE"] * 3)]
    assert all("long_readable" in item.reason for item in results[2:])


@pytest.mark.parametrize("subtest", [1, 2])
def test_without_a_declared_limit_times_are_only_measured(subtest: int) -> None:
    """The reason gives the measurement and the key to declare."""
    meter = replace(SIMULATOR, timing=replace(SIMULATOR.timing, max_response_time_s=None, max_inter_octet_gap_s=None))
    (result,) = run("X_HDLC_TIMING", meter, only=subtest)

    assert result.verdict == "INAPPLICABLE"
    assert "timing.max_" in result.reason
    assert " s" in result.reason


def test_gaps_are_not_judged_through_a_network() -> None:
    """Octets that arrive apart from a gateway were not sent apart."""
    (result,) = run("X_HDLC_TIMING", replace(SIMULATOR, link="tcp://192.0.2.1:4059"), only=2)

    assert result.verdict == "INAPPLICABLE"
    assert "network" in result.reason


def test_only_the_case_of_duplicates_sends_a_frame_twice() -> None:
    """A lost reply is asked for with RR; the AARQ is on the line once."""
    (once,) = run("X_HDLC_RECOVERY", SIMULATOR, only=1)
    (twice,) = run("X_HDLC_DUPLICATE", SIMULATOR, only=1)

    def aarqs(result: Ended) -> list[Frame]:
        return [item for item in frames(result, "C>S") if item.control.type is FrameType.I]

    assert len(aarqs(once)) == 1
    assert len(aarqs(twice)) == 2
    assert len(set(aarqs(twice))) == 1
