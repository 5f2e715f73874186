"""The cases of lists and of ACCESS, run one by one against an embedded meter."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from conformance.device.load import load
from conformance.device.model import Acceptance, Device, Profile
from conformance.harness.bench import Bench
from conformance.harness.slot import slots
from tests.suites.hdlc_cases import Ended, ended
from tests.suites.suite_functions import Functions

ROOT = Path(__file__).parents[2]
SIMULATOR = load(ROOT / "device_configs" / "simulator.toml")
PROBLEMS = ("FAILED", "INCONCLUSIVE")


def device(
    *associations: str,
    acceptance: Acceptance = Acceptance.STRICT,
    profile: Profile = Profile.WRAPPER,
    defects: tuple[str, ...] = (),
) -> Device:
    """The embedded meter with these associations, and the public client that reads their invocation counter."""
    assert SIMULATOR.embedded is not None
    wanted = tuple(item for item in SIMULATOR.associations if item.name in ("public", *associations))
    embedded = replace(SIMULATOR.embedded, defects=frozenset(defects))
    return replace(SIMULATOR, associations=wanted, acceptance=acceptance, profile=profile, embedded=embedded)


def each(found: Functions, identifier: str, meter: Device, association: str) -> Iterator[Ended]:
    """Every item of a case in one association, one by one: a caller that has seen enough stops."""
    case, function = found[identifier]
    bench = Bench(meter, seed=1, keep_secret=lambda _: None)
    for slot in slots(case, [meter]):
        if slot.association.name == association:
            yield ended(case, function, slot, bench, seed=f"{identifier}:{slot!r}")


def troubles(items: Iterator[Ended]) -> list[str]:
    """What did not pass, in words; that nothing passed is trouble too."""
    made = list(items)
    told = [f"{item.number}: {item.verdict}, {item.reason}" for item in made if item.verdict in PROBLEMS]
    return told if any(item.verdict == "PASSED" for item in made) else [*told, "nothing passed"]


def failure(items: Iterator[Ended]) -> str | None:
    """The reason of the first item that FAILED; None where none did."""
    return next((item.reason for item in items if item.verdict == "FAILED"), None)
