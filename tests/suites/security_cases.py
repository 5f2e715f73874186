"""The cases of policy, titles, counters, keys and general protection, run one by one against an embedded meter."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from conformance.device.load import load
from conformance.device.model import Acceptance, Device, Profile, Protection
from conformance.harness.bench import Bench
from conformance.harness.slot import Slot, slots
from tests.suites.hdlc_cases import Ended, ended
from tests.suites.suite_functions import functions

ROOT = Path(__file__).parents[2]
DEVICES = {
    0: load(ROOT / "device_configs" / "simulator.toml"),
    1: load(ROOT / "device_configs" / "simulator-suite1.toml"),
    2: load(ROOT / "device_configs" / "simulator-suite2.toml"),
}
FILES = (
    "test_policy",
    "test_title",
    "test_counter",
    "test_keys",
    "test_general_glo_ded",
    "test_general_ciphering",
    "test_general_signing",
    "test_general_nested",
)


FUNCTIONS = functions("security", *FILES)
"""By identifier: the case and its function."""


def device(
    suite: int = 0,
    *,
    acceptance: Acceptance = Acceptance.STRICT,
    profile: Profile = Profile.WRAPPER,
    defects: tuple[str, ...] = (),
) -> Device:
    """The embedded meter of a security suite, declared as its device config does."""
    made = DEVICES[suite]
    assert made.embedded is not None
    embedded = replace(made.embedded, defects=frozenset(defects))
    return replace(made, acceptance=acceptance, profile=profile, embedded=embedded)


def under_policy(made: Device, policy: int, control: int) -> Device:
    """The meter with another factory policy and a client with another security control; both are declared."""
    assert made.embedded is not None
    signed_only = Protection.GENERAL_SIGNING
    associations = tuple(
        replace(
            item,
            security_policy=policy,
            security_control=control,
            # What is signed only has no tag, and is not encrypted.
            protections=tuple(form for form in item.protections if not policy or form is not signed_only),
        )
        if item.ciphered
        else item
        for item in made.associations
    )
    return replace(made, associations=associations, embedded=replace(made.embedded, security_policy=policy))


def run(
    identifier: str,
    meter: Device,
    *,
    only: int | None = None,
    association: str | None = None,
    bench: Bench | None = None,
) -> list[tuple[Slot, Ended]]:
    """Every subtest of a case, or `only` one, in each association or in one."""
    return list(each(identifier, meter, only, association, bench))


def each(
    identifier: str,
    meter: Device,
    only: int | None = None,
    association: str | None = None,
    bench: Bench | None = None,
) -> Iterator[tuple[Slot, Ended]]:
    """As `run`, one by one: a caller that has seen enough stops."""
    case, function = FUNCTIONS[identifier]
    bench = bench or Bench(meter, seed=1, keep_secret=lambda _: None)
    for slot in slots(case, [meter]):
        if only in (None, slot.number) and association in (None, slot.association.name):
            yield slot, ended(case, function, slot, bench, seed=f"{case.id}:{slot}")


def unsound(results: list[tuple[Slot, Ended]]) -> list[str]:
    """What did not pass, in words."""
    return [
        f"{slot.association.name} {slot.number}: {made.verdict}, {made.reason}"
        for slot, made in results
        if made.verdict not in ("PASSED", "INAPPLICABLE")
    ]
