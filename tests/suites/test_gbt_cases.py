"""General block transfer: a sound meter passes every case, and each defect fails the cases that claim it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from conformance.device.load import load
from conformance.device.model import Acceptance, Device, Permission, Profile
from conformance.dlms.xdlms.conformance import ConformanceBit
from conformance.dlms.xdlms.general_block_transfer import GeneralBlockTransfer
from conformance.harness.bench import Bench
from conformance.harness.block_losses import Loss, numbered
from conformance.harness.slot import Slot, slots
from conformance.meter.general_block_defects import GENERAL_BLOCK_DEFECTS
from conformance.record.transfer_cost import Mechanism
from tests.suites.hdlc_cases import Ended, ended
from tests.suites.suite_functions import functions

ROOT = Path(__file__).parents[2]
SIMULATOR = load(ROOT / "device_configs" / "simulator.toml")
GBT = ConformanceBit.GENERAL_BLOCK_TRANSFER


FUNCTIONS = functions("transfer", "test_gbt_*")
CASES = sorted(FUNCTIONS)
CLAIMS = [(defect.name, case) for defect in GENERAL_BLOCK_DEFECTS for case in defect.cases]


def device(
    *defects: str,
    first: str = "service-specific",
    acceptance: Acceptance = Acceptance.STRICT,
    profile: Profile = Profile.WRAPPER,
) -> Device:
    embedded = replace(SIMULATOR.embedded, defects=frozenset(defects), first_block_transfer=first)
    return replace(SIMULATOR, acceptance=acceptance, profile=profile, embedded=embedded)


def each(identifier: str, meter: Device, *associations: str, only: int | None = None) -> Iterator[tuple[Slot, Ended]]:
    case, function = FUNCTIONS[identifier]
    bench = Bench(meter, seed=1, keep_secret=lambda _: None)
    for slot in slots(case, [meter]):
        if slot.association.name in (associations or ("reading", "management")) and only in (None, slot.number):
            yield slot, ended(case, function, slot, bench, seed=f"{case.id}:{slot}")


def unsound(results: Iterator[tuple[Slot, Ended]]) -> list[str]:
    return [
        f"{slot.association.name} {slot.variant} {slot.number}: {made.verdict}, {made.reason}"
        for slot, made in results
        if made.verdict not in ("PASSED", "INAPPLICABLE")
    ]


@pytest.mark.parametrize("identifier", CASES)
def test_a_sound_meter_passes_under_the_strict_profile_over_the_wrapper(identifier: str) -> None:
    """It begins long replies in general blocks here, so that every subtest has something to judge."""
    assert unsound(each(identifier, device(first="general"))) == []


@pytest.mark.parametrize("identifier", CASES)
def test_a_sound_meter_passes_under_the_tolerant_profile_over_hdlc(identifier: str) -> None:
    meter = device(acceptance=Acceptance.TOLERANT, profile=Profile.HDLC)

    assert unsound(each(identifier, meter, "reading")) == []


@pytest.mark.parametrize(("name", "identifier"), CLAIMS)
def test_each_defect_fails_the_cases_that_claim_it(name: str, identifier: str) -> None:
    failed = next((made for _, made in each(identifier, device(name)) if made.verdict == "FAILED"), None)

    assert failed is not None
    assert not failed.trial.judgements[-1].passed


def test_every_case_has_a_defect_that_it_catches() -> None:
    assert set(CASES) == {case for _, case in CLAIMS}


@pytest.mark.parametrize("name", ["gbt-goes-on-in-service-blocks", "gbt-octet-lost-at-a-block-boundary"])
def test_a_meter_that_begins_in_general_blocks_is_judged_where_nobody_asked_for_them(name: str) -> None:
    meter = device(name, first="general")
    _, failed = next(each("X_GBT_NEGOTIATION", meter, "reading", only=3))

    assert failed.verdict == "FAILED"
    if name.startswith("gbt-goes-on"):
        assert "the meter mixes" in failed.reason


@pytest.mark.parametrize("first", ["general", "service-specific"])
def test_both_mechanisms_stand_side_by_side_with_what_they_took(first: str) -> None:
    for _, made in each("X_GBT_NEGOTIATION", device(first=first), "reading", only=4):
        observed = made.trial.judgements[-1].observed
        kept = {item.mechanism: item for item in made.trial.transfers}
        assert set(kept) == {Mechanism.SERVICE_SPECIFIC, Mechanism.GENERAL}
        assert kept[Mechanism.GENERAL].round_trips < kept[Mechanism.SERVICE_SPECIFIC].round_trips
        for cost in kept.values():
            assert f"{cost.round_trips} round trips, {cost.octets_sent} octets sent" in observed


def test_an_association_without_the_bit_is_ruled_out_with_the_reason() -> None:
    for identifier in CASES:
        (slot, made), *_ = each(identifier, device(), "public")
        assert made.verdict == "INAPPLICABLE"
        assert "general-block-transfer" in slot.inapplicable or "context with ciphering" in slot.inapplicable


def test_a_bit_that_the_meter_does_not_negotiate_rules_the_case_out() -> None:
    associations = tuple(
        replace(item, conformance=item.conformance | {GBT}) if item.name == "public" else item
        for item in SIMULATOR.associations
    )
    meter = replace(device(), associations=associations)

    assert {made.verdict for _, made in each("X_GBT_P2", meter, "public")} == {"INAPPLICABLE"}


@pytest.mark.parametrize("first", ["general", "service-specific"])
def test_a_pdu_of_12_octets_carries_a_ciphered_association_from_pass_3_on(first: str) -> None:
    """Pass 4 is longer than the PDU: both passes go in blocks."""
    made = [made for _, made in each("X_GBT_P1", device(first=first), "management", only=1)]

    assert [item.verdict for item in made] == ["PASSED"] * 4
    assert all(max(cost.pdu_size for cost in item.trial.transfers) == 12 for item in made)


def test_a_case_that_writes_leaves_the_value_as_it_was() -> None:
    writing = [(identifier, item.number) for identifier in ("X_GBT_P4", "X_GBT_P5") for item in _writes(identifier)]
    assert len(writing) == 3
    for identifier, number in writing:
        for _, made in each(identifier, device(), "reading", only=number):
            assert made.verdict == "PASSED"
            assert made.trial.bench.notes == []


def _writes(identifier: str) -> list:
    return [item for item in FUNCTIONS[identifier][0].subtests if item.permission is Permission.WRITES]


def test_losses_tell_what_was_repeated_without_need() -> None:
    loss = Loss(numbered(3))
    for number in (1, 2, 3, 4, 3, 4, 2):
        loss(GeneralBlockTransfer(False, True, 1, number, 0, b"x"))

    assert loss.repeated(behind=False) == [2]
    assert loss.repeated(behind=True) == [2, 4]
