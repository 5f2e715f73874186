"""Protected data exchange: the sound meter passes every case, and each defect fails the cases that claim it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from conformance.device.load import load
from conformance.device.model import Acceptance, Device, Permission, Profile
from conformance.harness.bench import Bench
from conformance.harness.slot import slots
from conformance.meter.data_exchange_defects import DATA_EXCHANGE_DEFECTS
from conformance.meter.defects import DEFECTS
from tests.suites.hdlc_cases import Ended, ended
from tests.suites.suite_functions import functions

ROOT = Path(__file__).parents[2]
CONFIGS = {name: load(ROOT / "device_configs" / f"{name}.toml") for name in ("simulator", "simulator-suite1")}
CONFIGS["simulator-suite2"] = load(ROOT / "device_configs" / "simulator-suite2.toml")
SIMULATOR = CONFIGS["simulator"]
FILES = (
    "test_basic_capability",
    "test_replay",
    "test_sending_counter",
    "test_dedicated_key",
    "test_data_exchange",
    "test_data_exchange_refused",
    "test_release_refused",
)
PROBLEMS = ("FAILED", "INCONCLUSIVE")


FUNCTIONS = functions("security", *FILES)
CLAIMS = sorted((name, case) for name, defect in DEFECTS.items() for case in defect.cases if case in FUNCTIONS)


def only(config: Device, *names: str) -> Device:
    """The device with these associations, and the public client that reads their invocation counter."""
    return replace(config, associations=tuple(item for item in config.associations if item.name in ("public", *names)))


def faulty(config: Device, *defects: str) -> Device:
    assert config.embedded is not None
    return replace(config, embedded=replace(config.embedded, defects=frozenset(defects)))


def run(identifier: str, meter: Device, bench: Bench | None = None, *, number: int | None = None) -> list[Ended]:
    """Every item of a case, or those of subtest `number`."""
    return list(each(identifier, meter, bench, number=number))


def each(identifier: str, meter: Device, bench: Bench | None = None, *, number: int | None = None) -> Iterator[Ended]:
    """As `run`, one by one: a caller that has seen enough stops."""
    case, function = FUNCTIONS[identifier]
    used = bench or Bench(meter, seed=1, keep_secret=lambda _: None)
    for slot in slots(case, [meter]):
        if number in (None, slot.number):
            # A key that an APDU brings must never come twice, in whatever item.
            yield ended(case, function, slot, used, seed=f"{identifier}:{slot!r}")


def troubles(items: list[Ended]) -> list[str]:
    return [f"{item.number}: {item.verdict}, {item.reason}" for item in items if item.verdict in PROBLEMS]


@pytest.mark.parametrize("profile", list(Profile))
@pytest.mark.parametrize("acceptance", list(Acceptance))
@pytest.mark.parametrize("identifier", sorted(FUNCTIONS))
def test_the_sound_meter_of_suite_0_passes_each_case(identifier: str, acceptance: Acceptance, profile: Profile) -> None:
    items = run(identifier, replace(only(SIMULATOR, "management"), acceptance=acceptance, profile=profile))

    assert troubles(items) == []
    assert "PASSED" in {item.verdict for item in items}


@pytest.mark.parametrize("config", ["simulator-suite1", "simulator-suite2"])
@pytest.mark.parametrize("identifier", sorted(FUNCTIONS))
def test_the_sound_meters_of_the_other_suites_pass_each_case(identifier: str, config: str) -> None:
    """In every protection of the management client, strictly."""
    items = run(identifier, replace(only(CONFIGS[config], "management"), acceptance=Acceptance.STRICT))

    assert troubles(items) == []
    assert "PASSED" in {item.verdict for item in items}


@pytest.mark.parametrize("name", ["wrapped", "one-pass", "static", "dedicated"])
@pytest.mark.parametrize("identifier", sorted(FUNCTIONS))
def test_keys_that_each_apdu_brings_and_pass_3_under_the_dedicated_key_are_served(identifier: str, name: str) -> None:
    meter = replace(only(CONFIGS["simulator-suite1"], f"management-{name}"), acceptance=Acceptance.STRICT)
    assert troubles(run(identifier, meter)) == []


@pytest.mark.parametrize(("defect", "identifier"), CLAIMS)
def test_each_case_fails_on_the_defects_that_it_claims(defect: str, identifier: str) -> None:
    """Also under the tolerant profile: a fault is a fault."""
    assert any(item.verdict == "FAILED" for item in each(identifier, faulty(only(SIMULATOR, "management"), defect)))


def test_every_case_is_claimed_and_the_catalogue_of_this_part_is_whole() -> None:
    assert {case for _, case in CLAIMS} == set(FUNCTIONS)
    assert {f"T_SYMSEC_0_{name}" for name in ("BasicCap_1", "FraCount_1", "FraCount_3", "DedKey_N1")} <= set(FUNCTIONS)
    assert {f"T_SYMSEC_0_{name}" for name in ("SecDataX_P1", "SecDataX_N1", "REL_N1")} <= set(FUNCTIONS)
    assert len({defect for defect, _ in CLAIMS}) >= 15


@pytest.mark.parametrize("defect", [defect.name for defect in DATA_EXCHANGE_DEFECTS])
def test_each_defect_of_data_exchange_leaves_a_meter_that_can_be_read(defect: str) -> None:
    """A defect that broke everything would be caught by any case, and prove none."""
    meter = faulty(only(SIMULATOR, "management"), defect)
    readings = run("T_SYMSEC_0_SecDataX_P1", meter, number=13)

    assert "PASSED" in {item.verdict for item in readings}
    assert "FAILED" not in {item.verdict for item in readings}


def test_without_permission_nothing_is_written() -> None:
    meter = replace(only(SIMULATOR, "management"), permissions=frozenset((Permission.READS,)))
    writing = [
        slot
        for case, _ in FUNCTIONS.values()
        for slot in slots(case, [meter])
        if slot.inapplicable is None and slot.subtest is not None and slot.subtest.permission is not Permission.READS
    ]
    assert writing
    assert all(slot.withheld is Permission.WRITES for slot in writing)


def test_associations_without_ciphering_are_told_that_the_cases_do_not_apply() -> None:
    for identifier in FUNCTIONS:
        items = run(identifier, only(SIMULATOR, "reading"))
        assert {item.verdict for item in items} == {"INAPPLICABLE"}
        assert all("ciphering" in item.reason for item in items)


def test_a_little_endian_counter_is_named_as_such() -> None:
    items = run("T_SYMSEC_0_FraCount_3", faulty(only(SIMULATOR, "management"), "sending-counter-little-endian"))
    told = [item.reason for item in items if item.verdict == "FAILED"]
    assert told
    assert any("little-endian" in reason for reason in told)


def test_a_case_with_lower_counters_leaves_the_counters_of_later_ones_whole() -> None:
    """On a meter that takes the counter of forged APDUs, what follows is served all the same."""
    meter = faulty(only(SIMULATOR, "management"), "counter-of-forged-apdu-taken")
    bench = Bench(meter, seed=1, keep_secret=lambda _: None)
    assert "FAILED" in {item.verdict for item in run("T_SYMSEC_0_FraCount_1", meter, bench)}
    assert troubles(run("T_SYMSEC_0_BasicCap_1", meter, bench)) == []


@pytest.mark.parametrize("policy", range(4))
@pytest.mark.parametrize("config", ["simulator", "simulator-suite1"])
@pytest.mark.parametrize("identifier", ["T_SYMSEC_0_SecDataX_P1", "T_SYMSEC_0_SecDataX_N1", "T_SYMSEC_0_REL_N1"])
def test_each_security_policy_decides_what_is_served_and_what_is_not(identifier: str, config: str, policy: int) -> None:
    """What a policy allows is exchanged, what it does not allow is refused, and a signature alone satisfies only 0."""
    items = run(identifier, with_policy(CONFIGS[config], policy))

    assert troubles(items) == []
    assert "PASSED" in {item.verdict for item in items}


def with_policy(config: Device, policy: int) -> Device:
    """The management client of a meter that leaves the factory with this policy, and declares it."""
    meter = only(config, "management")
    assert meter.embedded is not None
    associations = tuple(
        replace(
            item,
            security_policy=policy,
            protections=tuple(form for form in item.protections if form.ciphered or not policy),
        )
        if item.ciphered
        else item
        for item in meter.associations
    )
    return replace(meter, associations=associations, embedded=replace(meter.embedded, security_policy=policy))
