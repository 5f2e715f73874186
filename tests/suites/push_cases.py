"""The cases of pushes, run one by one against an embedded meter, or one on a network."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from conformance.device.load import load
from conformance.device.model import Acceptance, Device, Profile
from conformance.harness.bench import Bench
from conformance.harness.slot import Slot, slots
from tests.suites.hdlc_cases import Ended, ended
from tests.suites.suite_functions import functions

ROOT = Path(__file__).parents[2]
DEVICES = {
    "simulator": load(ROOT / "device_configs" / "simulator.toml"),
    "suite 1": load(ROOT / "device_configs" / "simulator-suite1.toml"),
}


FUNCTIONS = functions("transfer", "test_push_*")
"""By identifier: the case and its function."""


def device(
    name: str = "simulator",
    *,
    acceptance: Acceptance = Acceptance.STRICT,
    profile: Profile = Profile.HDLC,
    defects: tuple[str, ...] = (),
) -> Device:
    """An embedded meter, declared as its device config does."""
    made = DEVICES[name]
    assert made.embedded is not None
    embedded = replace(made.embedded, defects=frozenset(defects))
    return replace(made, acceptance=acceptance, profile=profile, embedded=embedded)


def run(
    identifier: str, meter: Device, *, only: int | None = None, bench: Bench | None = None
) -> list[tuple[Slot, Ended]]:
    """Every subtest of a case, or `only` one, in each association."""
    case, function = FUNCTIONS[identifier]
    used = bench or Bench(meter, seed=1, keep_secret=lambda _: None)
    return [
        (slot, ended(case, function, slot, used, seed=f"{case.id}:{slot}"))
        for slot in slots(case, [meter])
        if only in (None, slot.number)
    ]


def verdicts(results: list[tuple[Slot, Ended]]) -> set[str]:
    """What the subtests came to, those that do not apply aside."""
    return {made.verdict for _, made in results} - {"INAPPLICABLE"}


def reasons(results: list[tuple[Slot, Ended]], verdict: str) -> list[str]:
    """Why subtests came to a verdict."""
    return [made.reason for _, made in results if made.verdict == verdict]
