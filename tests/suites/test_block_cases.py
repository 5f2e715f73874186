"""Service-specific block transfer: the sound meter passes every case, and each defect fails the cases that claim it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from conformance.device.load import load
from conformance.device.model import Acceptance, Device, Permission, Profile, Protection
from conformance.dlms.data.types import Data, DataType
from conformance.dlms.data.values import array, octet_string, structure, unsigned
from conformance.dlms.xdlms.attribute import AttributeDescriptor
from conformance.harness.bench import Bench
from conformance.harness.long_replies import least_room, same_value
from conformance.harness.long_writes import other_octets
from conformance.harness.slot import Slot, slots
from conformance.harness.trial import Trial
from conformance.meter.defects import DEFECTS
from conformance.meter.service_block_defects import SERVICE_BLOCK_DEFECTS
from tests.suites.hdlc_cases import Ended, ended
from tests.suites.suite_functions import functions

ROOT = Path(__file__).parents[2]
SIMULATOR = load(ROOT / "device_configs" / "simulator.toml")
FILES = ("test_block_get", "test_block_set", "test_block_action", "test_block_read", "test_block_write")
LONG_NAMES, SHORT_NAMES = "reading", "sn-reading"
NEITHER = ("FAILED", "INCONCLUSIVE")
UNDER_PROTECTION = ("reply-size-counted-before-ciphering", "system-title-not-counted-in-reply-size")
"""Defects that show where replies are ciphered only."""


FUNCTIONS = functions("transfer", *FILES)
CLAIMS = sorted((name, case) for name, defect in DEFECTS.items() for case in defect.cases if case in FUNCTIONS)


def client(name: str, *defects: str, **changes: object) -> Device:
    """The embedded meter with one association, and the public client that reads invocation counters."""
    assert SIMULATOR.embedded is not None
    wanted = tuple(item for item in SIMULATOR.associations if item.name in (name, "public"))
    made = replace(SIMULATOR, associations=wanted, embedded=replace(SIMULATOR.embedded, defects=frozenset(defects)))
    return replace(made, **changes)


def serving(identifier: str) -> str:
    """The association without ciphering that a case applies to."""
    return SHORT_NAMES if identifier.split("_")[2] in ("READ", "WRITE") else LONG_NAMES


def run(identifier: str, meter: Device, *, name: str, only: Callable[[Slot], bool] = lambda _: True) -> list[Ended]:
    """The items of a case in the association called `name`."""
    case, function = FUNCTIONS[identifier]
    bench = Bench(meter, seed=1, keep_secret=lambda _: None)
    wanted = [slot for slot in slots(case, [meter]) if slot.association.name == name and only(slot)]
    return [ended(case, function, slot, bench, seed=f"{identifier}:{slot!r}") for slot in wanted]


def troubles(items: list[Ended]) -> list[str]:
    return [f"{item.number}: {item.verdict}, {item.reason}" for item in items if item.verdict in NEITHER]


def failures(items: list[Ended]) -> list[str]:
    return [item.reason for item in items if item.verdict == "FAILED"]


@pytest.mark.parametrize(("acceptance", "profile"), [("strict", "hdlc"), ("tolerant", "wrapper")])
@pytest.mark.parametrize("identifier", sorted(FUNCTIONS))
def test_the_sound_meter_passes_each_case(identifier: str, acceptance: str, profile: str) -> None:
    name = serving(identifier)
    meter = client(name, acceptance=Acceptance(acceptance), profile=Profile(profile))
    items = run(identifier, meter, name=name)

    assert troubles(items) == []
    assert {item.verdict for item in items} == {"PASSED"}


@pytest.mark.parametrize("protection", [Protection.DED, Protection.GENERAL_GLO])
@pytest.mark.parametrize("identifier", ["X_BLOCK_GET_P1", "X_BLOCK_SET_P1", "X_BLOCK_ACTION_P1"])
def test_the_sound_meter_passes_under_protection(identifier: str, protection: Protection) -> None:
    """Blocks are protected one by one, and fit in the client's PDU with all that protection adds."""
    meter = client("management", acceptance=Acceptance.STRICT, profile=Profile.WRAPPER)
    items = run(identifier, meter, name="management", only=lambda slot: slot.protection is protection)

    assert troubles(items) == []
    assert "PASSED" in {item.verdict for item in items}


@pytest.mark.parametrize(("defect", "identifier"), CLAIMS)
def test_each_case_fails_on_the_defects_that_it_claims(defect: str, identifier: str) -> None:
    """Also under the tolerant profile: a fault is a fault."""
    name = "management" if defect in UNDER_PROTECTION else serving(identifier)
    meter = client(name, defect, acceptance=Acceptance.TOLERANT, profile=Profile.WRAPPER)
    assert failures(run(identifier, meter, name=name))


def test_every_case_is_claimed_by_a_defect_and_there_are_twelve_at_least() -> None:
    assert {case for _, case in CLAIMS} == set(FUNCTIONS)
    assert len(SERVICE_BLOCK_DEFECTS) >= 12


@pytest.mark.parametrize(
    ("defect", "identifier", "words"),
    [
        ("reply-block-number-from-zero", "X_BLOCK_GET_P1", "block number 0; expected block number 1"),
        ("last-reply-block-never-said", "X_BLOCK_GET_P1", "with 0 octets of raw-data after"),
        ("reply-block-empty", "X_BLOCK_READ_P1", "block 1 with 0 octets of raw-data after 0"),
        ("octet-lost-at-a-reply-block-boundary", "X_BLOCK_GET_P1", "the joined blocks do not decode"),
        ("count-left-out-of-list-in-blocks", "X_BLOCK_GET_P1", "do not decode"),
        ("stray-block-unanswered", "X_BLOCK_SET_N2", "silence for 5 s"),
        ("block-acknowledged-with-next-number", "X_BLOCK_WRITE_P1", "block 2 is acknowledged, 1 was sent"),
        ("other-service-damages-transfer", "X_BLOCK_GET_N3", "other"),
    ],
)
def test_what_is_wrong_is_told(defect: str, identifier: str, words: str) -> None:
    name = serving(identifier)
    told = failures(run(identifier, client(name, defect, profile=Profile.WRAPPER), name=name))
    assert any(words in reason for reason in told), told


def test_a_pdu_size_that_is_not_declared_is_not_tried() -> None:
    meter = client(LONG_NAMES, profile=Profile.WRAPPER)
    declared = tuple(
        replace(item, max_receive_pdu_size=256, smallest_pdu_size=100) if item.name == LONG_NAMES else item
        for item in meter.associations
    )
    items = run("X_BLOCK_GET_P1", replace(meter, associations=declared), name=LONG_NAMES)

    ruled_out = {item.number: item.reason for item in items if item.verdict == "INAPPLICABLE"}
    assert set(ruled_out) == {2, 4}
    assert "512 octets: the device config declares PDU sizes of 100 to 256 octets" in ruled_out[4]
    assert troubles(items) == []


def test_a_value_too_short_for_blocks_is_no_ground_for_a_verdict() -> None:
    """A meter is not blamed for what its values do not show."""
    meter = client(LONG_NAMES, profile=Profile.WRAPPER)
    clock = AttributeDescriptor(8, bytes((0, 0, 1, 0, 0, 255)), 3)
    short = tuple(replace(item, targets=replace(item.targets, long_readable=clock)) for item in meter.associations)
    items = run("X_BLOCK_GET_N1", replace(meter, associations=short), name=LONG_NAMES)

    assert {item.verdict for item in items} == {"INCONCLUSIVE"}
    assert all("too short" in item.reason for item in items)


def test_a_target_that_holds_no_long_octet_string_is_not_written() -> None:
    meter = client(LONG_NAMES, profile=Profile.WRAPPER)
    short = tuple(
        replace(item, targets=replace(item.targets, long_writable=item.targets.writable)) for item in meter.associations
    )
    items = run("X_BLOCK_SET_P1", replace(meter, associations=short), name=LONG_NAMES)

    assert {item.verdict for item in items} == {"INCONCLUSIVE"}
    assert all("at least 60 octets" in item.reason for item in items)


def test_without_permission_nothing_is_written() -> None:
    meters = [client(name, permissions=frozenset((Permission.READS,))) for name in (LONG_NAMES, SHORT_NAMES)]
    writing = [
        slot
        for identifier, (case, _) in FUNCTIONS.items()
        for slot in slots(case, meters)
        if identifier.split("_")[2] in ("SET", "WRITE") and slot.inapplicable is None
    ]
    assert writing
    assert all(slot.withheld is Permission.WRITES for slot in writing)


@pytest.mark.parametrize("defect", [defect.name for defect in SERVICE_BLOCK_DEFECTS])
def test_each_defect_leaves_a_meter_whose_short_values_are_read(defect: str) -> None:
    """A defect that broke everything would be caught by any case, and prove none."""
    meter = client(LONG_NAMES, defect, profile=Profile.WRAPPER)
    bench = Bench(meter, seed=1, keep_secret=lambda _: None)
    case, _ = FUNCTIONS["X_BLOCK_GET_P1"]
    slot = next(slot for slot in slots(case, [meter]) if slot.association.name == LONG_NAMES)
    items = [ended(case, _asks_twice, slot, bench)]
    assert [item.verdict for item in items] == ["PASSED"]


def _asks_twice(trial: Trial) -> None:
    trial.association.establish()
    trial.alive()
    trial.alive()


def rows(*numbers: int) -> Data:
    return array(*(structure(unsigned(number)) for number in numbers))


BUFFER = AttributeDescriptor(7, bytes((1, 0, 99, 1, 0, 255)), 2)


@pytest.mark.parametrize(
    ("later", "same"),
    [
        (rows(1, 2, 3, 4, 5), True),
        (rows(2, 3, 4, 5, 6), True),
        (rows(1, 2, 3, 4, 5, 6, 7, 8), True),
        (rows(1, 2, 3, 4, 5, 6, 7, 8, 9), False),
        (rows(1, 2, 4, 5, 6), False),
        (rows(1, 2, 3, 4), False),
        (rows(), False),
    ],
)
def test_a_profile_may_gain_rows_between_two_readings_but_loses_none_within(later: Data, same: bool) -> None:
    assert same_value(BUFFER, rows(1, 2, 3, 4, 5), later) is same


def test_what_is_no_profile_must_be_the_same() -> None:
    attribute = AttributeDescriptor(15, bytes((0, 0, 40, 0, 0, 255)), 2)
    assert same_value(attribute, rows(1, 2), rows(1, 2))
    assert not same_value(attribute, rows(1, 2), rows(2, 3))


@pytest.mark.parametrize("size", [60, 303, 1024])
def test_what_is_written_has_the_length_that_was_there_and_tells_its_blocks_apart(size: int) -> None:
    before = octet_string(bytes(size))
    first = other_octets(before)
    blocks = [first.value[start : start + 16] for start in range(0, size, 16)]
    assert first.type is DataType.OCTET_STRING
    assert len(first.value) == size
    assert len(set(blocks)) == len(blocks)
    assert first.value.isascii()
    again = other_octets(first)
    assert len(again.value) == size
    assert again != first


def test_with_hls_the_smallest_pdu_leaves_room_for_pass_4() -> None:
    rooms = {item.name: least_room(item) for item in SIMULATOR.associations}
    assert rooms["public"] == rooms["reading"] == 12
    assert rooms["management"] == 25
