"""The cases of security suites 1 and 2: what passes, what they catch, what they leave, and where they stay away."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random

import pytest

from conformance.device.load import load
from conformance.device.model import Acceptance, Device, Profile
from conformance.dlms.security.suite import suite_of
from conformance.harness.bench import Bench
from conformance.harness.case import Case
from conformance.harness.judging import Failed, Inapplicable, Inconclusive
from conformance.harness.key_recovery import KeyRecovery
from conformance.harness.master_key_change import master_key_change
from conformance.harness.slot import Slot, slots
from conformance.harness.trial import Trial
from conformance.meter.key_defects import KEY_DEFECTS
from conformance.meter.suite_defects import SUITE_DEFECTS
from conformance.tester.association import PreambleFailed
from conformance.tester.security_setup import SecuritySetup
from conformance.tester.spoilt_signatures import SPOILT, form_fault
from conformance.tester.tape import Tape
from tests.suites.suite_functions import functions

ROOT = Path(__file__).parents[2]
SIMULATOR = load(ROOT / "device_configs" / "simulator.toml")
METERS = {number: load(ROOT / "device_configs" / f"simulator-suite{number}.toml") for number in (1, 2)}


FUNCTIONS = functions("security", "test_suite_*")
NAMES = ("CERTIFICATES", "CIPHERING", "COMPRESSION", "HLS", "KEY_AGREEMENT", "KEY_PAIR", "SETUP", "SIGNATURE")
CLAIMS = [
    (defect.name, case) for defect in (*SUITE_DEFECTS, *KEY_DEFECTS) for case in defect.cases if case in FUNCTIONS
]


@dataclass(frozen=True, slots=True)
class Ended:
    """How one subtest ended, in which association, and why."""

    association: str
    number: int
    verdict: str
    reason: str


def suite_number(case: str) -> int:
    return int(case.split("_")[3])


def faulty(meter: Device, defect: str) -> Device:
    assert meter.embedded is not None
    return replace(meter, embedded=replace(meter.embedded, defects=frozenset((defect,))))


def run(
    identifier: str, meter: Device, *, associations: tuple[str, ...] = (), until_failed: bool = False
) -> list[Ended]:
    """Every subtest of a case, each in an association of its own, with one meter."""
    case, function = FUNCTIONS[identifier]
    bench = Bench(meter, seed=1, keep_secret=lambda _: None)
    results = []
    for number, slot in enumerate(slots(case, [meter])):
        if associations and slot.association.name not in associations:
            continue
        results.append(ended(case, function, slot, bench, number))
        if until_failed and results[-1].verdict == "FAILED":
            break
    bench.close()
    return results


def ended(case: Case, function: Callable[[Trial], None], slot: Slot, bench: Bench, seed: int) -> Ended:
    name = slot.association.name
    if slot.inapplicable is not None or slot.subtest is None:
        return Ended(name, slot.number, "INAPPLICABLE", slot.inapplicable or "")
    # Keys are drawn from the trial's own source: two trials with one seed would use one key twice.
    trial = Trial(case, slot.subtest, slot.association, slot.protection, bench, Random(f"{case.id} {seed}"))
    verdict, reason = "PASSED", ""
    try:
        function(trial)
    except Failed as failed:
        verdict, reason = "FAILED", str(failed)
    except (Inconclusive, PreambleFailed) as open_question:
        verdict, reason = "INCONCLUSIVE", str(open_question)
    except Inapplicable as ruled_out:
        verdict, reason = "INAPPLICABLE", str(ruled_out)
    finally:
        trial.close()
    return Ended(name, slot.number, verdict, reason)


def not_passed(results: list[Ended]) -> list[Ended]:
    return [item for item in results if item.verdict not in ("PASSED", "INAPPLICABLE")]


def test_both_suites_have_the_same_cases() -> None:
    """Each of the eight subjects is judged in suite 1 and in suite 2."""
    assert set(FUNCTIONS) == {f"X_SEC_SUITE_{number}_{name}" for number in (1, 2) for name in NAMES}


@pytest.mark.parametrize("profile", list(Profile))
@pytest.mark.parametrize("case", sorted(FUNCTIONS))
def test_the_sound_meter_passes_in_each_profile(case: str, profile: Profile) -> None:
    """Nothing fails, no reaction needs tolerance, and every subtest is judged in some association."""
    meter = replace(METERS[suite_number(case)], profile=profile, acceptance=Acceptance.STRICT)
    results = run(case, meter)

    assert not_passed(results) == []
    judged = {item.number for item in results if item.verdict == "PASSED"}
    assert judged == {item.number for item in FUNCTIONS[case][0].subtests}


@pytest.mark.parametrize(("defect", "case"), CLAIMS)
def test_each_defect_is_caught_by_the_case_that_claims_it(defect: str, case: str) -> None:
    """At least one subtest fails, with a reason."""
    results = run(case, faulty(METERS[suite_number(case)], defect), until_failed=True)

    failed = [item for item in results if item.verdict == "FAILED"]
    assert failed
    assert all(item.reason for item in failed)


@pytest.mark.parametrize("case", sorted(FUNCTIONS))
def test_without_the_suite_a_case_is_inapplicable_and_says_why(case: str) -> None:
    """In a meter of suite 0 no association declares suite 1 or 2; in the other suite's meter none declares this one."""
    for meter in (SIMULATOR, METERS[3 - suite_number(case)]):
        results = run(case, meter)

        assert results
        assert {item.verdict for item in results} == {"INAPPLICABLE"}
        assert all("needs" in item.reason for item in results)


@pytest.mark.parametrize("number", [1, 2])
@pytest.mark.parametrize("name", ["KEY_AGREEMENT", "CERTIFICATES", "KEY_PAIR", "CIPHERING"])
def test_what_a_case_changes_it_puts_back(name: str, number: int) -> None:
    """Afterwards the declared keys and certificates serve: the same case passes with the same meter once more."""
    case, function = FUNCTIONS[f"X_SEC_SUITE_{number}_{name}"]
    meter = METERS[number]
    bench = Bench(meter, seed=1, keep_secret=lambda _: None)
    own = [slot for slot in slots(case, [meter]) if slot.association.name == "management"]
    results = [ended(case, function, slot, bench, seed) for seed, slot in enumerate((*own, *own))]

    assert not_passed(results) == []
    assert bench.key_journal.changes() == ()
    assert bench.notes == []


def test_a_failed_agreement_leaves_the_declared_master_key() -> None:
    """A meter that agrees with anybody fails, and is given its master key back all the same."""
    meter = faulty(METERS[1], "key-agreement-signature-not-verified")
    case, function = FUNCTIONS["X_SEC_SUITE_1_KEY_AGREEMENT"]
    bench = Bench(meter, seed=1, keep_secret=lambda _: None)
    own = {slot.number: slot for slot in slots(case, [meter]) if slot.association.name == "management"}

    assert ended(case, function, own[21], bench, 1).verdict == "FAILED"
    assert bench.key_journal.changes() == ()
    assert ended(case, function, own[1], bench, 2).verdict == "PASSED"


def test_a_global_key_that_nobody_knows_is_not_left_behind() -> None:
    """A meter that agrees on a global key and signs its part wrongly holds the declared one afterwards."""
    meter = faulty(METERS[1], "signature-sent-as-der")
    case, function = FUNCTIONS["X_SEC_SUITE_1_KEY_AGREEMENT"]
    bench = Bench(meter, seed=1, keep_secret=lambda _: None)
    own = {slot.number: slot for slot in slots(case, [meter]) if slot.association.name == "management"}

    assert ended(case, function, own[3], bench, 1).verdict == "FAILED"
    assert ended(case, function, own[4], bench, 2).verdict == "PASSED"


def test_recovery_agrees_on_a_lost_master_key_and_puts_the_declared_one_back() -> None:
    """Whatever master key a killed run has left, the declared one serves afterwards."""
    meter = METERS[2]
    bench = Bench(meter, seed=1, keep_secret=lambda _: None)
    settings = meter.association("management")
    bench.key_journal.begin((master_key_change(settings, SecuritySetup()),))
    told: list[str] = []

    recovery = KeyRecovery(bench, Tape(), Random(7), lambda _: None, told.append)

    assert recovery.run()
    assert bench.key_journal.changes() == ()
    assert any("master key" in line for line in told)


@pytest.mark.parametrize("number", [1, 2])
def test_spoilt_signatures_are_what_their_names_say(number: int) -> None:
    """Those whose form is wrong have a wrong form; the others have the right one."""
    suite = suite_of(number)
    key = bytes(suite.coordinate_octets - 1) + b"\x07"
    wrong_form = {
        "signature without its last octet",
        "signature with an octet more",
        "signature of no octets",
        "r zero",
        "s zero",
        "r and s zero",
        "DER in place of r and s",
        "signature on the curve of the other suite",
    }
    found = {item.title for item in SPOILT if form_fault(suite, item.make(suite, key, b"what is signed")) is not None}

    assert found == wrong_form
