"""What objects tell: the sound meter passes each case, each defect fails the case that claims it, for its reason."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from random import Random

import pytest

from conformance.device.model import Acceptance, ClockSettings, Device, Permission, Profile
from conformance.harness.bench import Bench
from conformance.harness.object_exceptions import ExceptionFileError
from conformance.harness.object_plausibility import plausible
from conformance.harness.putting_back import putting_back
from conformance.harness.slot import slots
from conformance.harness.trial import Trial
from conformance.meter.content_defects import CONTENT_DEFECTS
from tests.suites.hdlc_cases import Ended, ended
from tests.suites.suite_functions import functions
from tests.suites.transfer_cases import SIMULATOR, failure, troubles

FUNCTIONS = functions("objects", "test_mandatory", "test_plausible", "test_clock_contents", "test_image")
CLAIMS = sorted((defect.name, case) for defect in CONTENT_DEFECTS for case in defect.cases)
REASONS = {
    "association-status-never-associated": "association_status 2",
    "association-partner-is-another-client": "as on the link",
    "association-context-name-of-the-other-referencing": "expected application context",
    "association-conformance-as-declared-not-negotiated": "conformance differs from the AARE's in: ",
    "association-max-send-size-of-the-buffer": "max_send_pdu_size",
    "association-mechanism-name-of-another": "expected authentication mechanism",
    "sap-assigned-twice": "SAP twice: 1",
    "sap-list-lacks-last-device": "an entry for SAP 17",
    "device-name-of-17-octets": "17 octets",
    "device-name-without-flag-identifier": "FLAG identifier",
    "device-name-of-another-meter": "as the device config declares",
    "device-name-not-listed": "0-0:42.0.0.255: 0 times",
    "get-list-of-four-rotated": "result 1",
    "get-list-in-blocks-backwards": "as when it is read by itself",
    "profile-captures-what-is-not-there": "1-0:99.2.0.255 attribute 2 is not in the object_list",
    "profile-rows-lack-last-column": "5 values",
    "profile-time-as-seconds": "row 1 column 1, class 8",
    "profile-entries-in-use-one-less": "has 96 rows",
    "profile-sort-object-not-captured": "a sort_object among",
    "profile-capture-period-of-an-hour": "95 of 95 differences",
    "register-energy-in-reactive-unit": "unit 32",
    "register-scaler-without-its-sign": "a mains frequency from 10 to 1000",
    "object-of-a-reserved-name": "value group C = 110",
    "object-of-a-class-that-the-name-has-not": "1-0:4.8.0.255",
    "object-version-differs-by-client": "version 1 in public",
    "clock-weekday-wrong": "weekday 4",
    "clock-deviation-with-the-other-sign": "deviation 60 minutes; expected deviation -60",
    "clock-daylight-saving-not-flagged": "its season is on",
    "clock-status-not-that-of-the-time": "as in the time",
    "clock-an-hour-late": "from this host's clock; expected 60 s",
    "clock-daylight-savings-begin-in-month-13": "daylight_savings_begin: ",
    "clock-daylight-deviation-too-large": "from -120 to 120",
    "clock-own-time-refused": "success when",
    "clock-set-without-deviation-an-hour-off": "-3600",
    "clock-takes-31-february": "the service succeeded",
    "clock-shift-reversed": "-30.0 s",
    "clock-shift-without-limit": "success",
    "clock-adjust-to-minute-does-nothing": "the nearest multiple of 60 s",
    "clock-adjust-to-quarter-to-the-minute": "the nearest multiple of 900 s",
    "image-block-status-not-updated": "image_transferred_blocks_status 10000",
    "image-first-not-transferred-is-count-of-blocks": "image_first_not_transferred_block_number 0",
    "image-blocks-kept-at-initiate": "image_transferred_blocks_status 00000",
    "image-blocks-in-order-only": "action-result other-reason",
    "image-verified-with-a-block-missing": "action-result success",
    "image-block-size-not-checked": "action-result success",
    "image-block-beyond-the-image-accepted": "action-result success",
    "bad-image-verified": "action-result success",
    "image-activated-unverified": "action-result success",
    "image-initiated-while-disabled": "action-result success",
}


def meter(*defects: str, **changes: object) -> Device:
    assert SIMULATOR.embedded is not None
    embedded = replace(SIMULATOR.embedded, defects=frozenset(defects))
    return replace(SIMULATOR, embedded=embedded, permissions=frozenset(Permission), **changes)  # type: ignore[arg-type]


def bench_of(device: Device) -> Bench:
    return Bench(device, seed=1, keep_secret=lambda _: None)


def items(identifier: str, device: Device, bench: Bench) -> Iterator[Ended]:
    """Every item of a case, in all associations, one by one: a caller that has seen enough stops."""
    case, function = FUNCTIONS[identifier]
    for slot in slots(case, [device]):
        yield ended(case, function, slot, bench, seed=f"{identifier}:{slot!r}")


@pytest.mark.parametrize(
    ("profile", "acceptance"), [(Profile.HDLC, Acceptance.STRICT), (Profile.WRAPPER, Acceptance.TOLERANT)]
)
def test_the_sound_meter_passes_each_case(profile: Profile, acceptance: Acceptance) -> None:
    """In all associations; what it has no objects for is not applicable, with the reason; nothing is left behind."""
    device = meter(profile=profile, acceptance=acceptance)
    bench = bench_of(device)
    for identifier in FUNCTIONS:
        made = list(items(identifier, device, bench))
        assert troubles(iter(made)) == [], identifier
        passed = {item.number for item in made if item.verdict == "PASSED"}
        assert passed == {item.number for item in made if item.number}
        assert all(item.reason for item in made if item.verdict == "INAPPLICABLE")
    assert not bench.notes


@pytest.mark.parametrize(("defect", "identifier"), CLAIMS)
def test_each_case_fails_on_the_defects_that_it_claims(defect: str, identifier: str) -> None:
    """Also under the tolerant profile, and for what is wrong: the reason names it."""
    device = meter(defect, profile=Profile.WRAPPER)
    reason = failure(items(identifier, device, bench_of(device)))
    assert reason is not None
    assert REASONS.get(defect, "") in reason


def test_nothing_is_set_and_no_image_sent_without_the_permission() -> None:
    device = replace(meter(), permissions=frozenset((Permission.READS,)))
    for identifier in ("X_CLOCK_SET", "X_CLOCK_METHODS", "X_IMAGE_TRANSFER", "X_IMAGE_REFUSED"):
        asked = [slot for slot in slots(FUNCTIONS[identifier][0], [device]) if slot.inapplicable is None]
        assert asked
        assert all(slot.withheld is not None for slot in asked)


def test_images_need_more_than_the_permission_to_write() -> None:
    device = replace(meter(), permissions=frozenset(Permission) - {Permission.UPDATES_FIRMWARE})
    found = [slot.withheld for slot in slots(FUNCTIONS["X_IMAGE_TRANSFER"][0], [device]) if slot.inapplicable is None]
    assert set(found) == {Permission.UPDATES_FIRMWARE}


def test_a_clock_that_was_moved_is_put_back() -> None:
    """31 February moves the clock of a faulty meter by weeks; afterwards it shows its time again."""
    device = meter("clock-takes-31-february", profile=Profile.WRAPPER)
    bench = bench_of(device)
    assert failure(items("X_CLOCK_SET", device, bench)) is not None
    assert troubles(items("X_CLOCK_TIME", device, bench)) == []
    assert not bench.notes


def test_the_largest_difference_of_the_clock_is_read_from_the_device_config() -> None:
    assert SIMULATOR.clock == ClockSettings(max_deviation_s=60.0)


def test_a_difference_of_the_clock_is_measured_where_no_limit_is_declared() -> None:
    device = meter("clock-an-hour-late", profile=Profile.WRAPPER, clock=ClockSettings())
    made = [item for item in items("X_CLOCK_TIME", device, bench_of(device)) if item.number == 4]
    assert {item.verdict for item in made} == {"PASSED"}
    told = [step.detail for item in made if item.trial is not None for step in item.trial.steps]
    assert any("-3600" in detail and "from this host's clock" in detail for detail in told)


def test_what_fails_while_a_meter_is_put_back_changes_no_verdict() -> None:
    """It is told in a note; the judgement that decides stays the one before."""
    device = meter(profile=Profile.WRAPPER)
    bench = bench_of(device)
    case, _ = FUNCTIONS["X_CLOCK_SET"]
    slot = next(slot for slot in slots(case, [device]) if slot.inapplicable is None and slot.subtest is not None)
    assert slot.subtest is not None
    trial = Trial(case, slot.subtest, slot.association, slot.protection, bench, Random(1))
    trial.check(True, expected="this", observed="this")
    with putting_back(trial, "the time"):
        trial.check(False, expected="this", observed="that")
    assert [made.observed for made in trial.judgements] == ["this"]
    assert [note for note in bench.notes if "the time may not be as it was: that; expected this" in note]


def test_a_real_meter_is_never_asked_to_activate_an_image() -> None:
    """Verification of a good image and every image_activate are for the embedded meter alone."""
    device = replace(meter(), embedded=None, link="tcp://192.0.2.1:4059")
    ruled_out = {
        (identifier, slot.number)
        for identifier in ("X_IMAGE_TRANSFER", "X_IMAGE_REFUSED")
        for slot in slots(FUNCTIONS[identifier][0], [device])
        if slot.inapplicable is not None and "the embedded meter" in slot.inapplicable
    }
    assert ruled_out == {("X_IMAGE_TRANSFER", 5), ("X_IMAGE_REFUSED", 4)}


@pytest.mark.parametrize("text", ["scaler = 3", "not toml", "scaler = [0, 1]\n[[quantity]]\ncodes = 'x'"])
def test_a_broken_file_of_plausible_quantities_is_told_with_its_name(text: str, tmp_path: Path) -> None:
    (tmp_path / "plausible.toml").write_text(text, encoding="utf-8")
    with pytest.raises(ExceptionFileError, match=r"plausible\.toml"):
        plausible(tmp_path)
