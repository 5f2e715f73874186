"""Objects: the sound meter passes every case, each defect fails the case that claims it, for the reason it should."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from conformance.cosem.class_tables import all_classes
from conformance.device.load import load
from conformance.device.model import Acceptance, Device, Permission, Profile
from conformance.harness.bench import Bench
from conformance.harness.slot import slots
from conformance.meter.object_defects import OBJECT_DEFECTS
from tests.suites.hdlc_cases import Ended, ended
from tests.suites.suite_functions import functions
from tests.suites.transfer_cases import ROOT, SIMULATOR, failure, troubles

FUNCTIONS = {name: found for name, found in functions("objects", "test_*").items() if name.startswith("T_COSEM_")}
GENERATED = {f"T_COSEM_{one.class_id}_{one.version}" for one in all_classes()}
CLAIMS = sorted((defect.name, case) for defect in OBJECT_DEFECTS for case in defect.cases)
CLAIMED = sorted({case for _, case in CLAIMS})
REASONS = {
    "data-logical-name-is-class-and-name": "1 logical_name",
    "data-read-right-not-enforced": "the service succeeded",
    "data-write-allowed-but-refused": "attribute 2 value: set-response read-write-denied",
    "data-write-loses-last-octet": "attribute 2 value holds",
    "register-scaler-unit-lacks-unit": "scaler_unit: structure[1]",
    "register-unit-reserved": "scaler_unit.unit: enum 0",
    "register-value-is-structure": "value: structure",
    "register-write-right-not-enforced": "the service succeeded",
    "register-refused-write-spoils-scaler": "after the refused write",
    "object-listed-and-not-there": "1-0:5.8.0.255: attribute 1 logical_name: object-undefined",
    "extended-register-row-lacks-capture-time": "lacks attribute 5",
    "object-listed-twice": "2 times",
    "profile-capture-object-lacks-data-index": "capture_objects[0]: structure[3]",
    "sn-base-name-of-second-attribute": "1 logical_name",
    "hdlc-window-beyond-its-range": "unsigned 8",
    "clock-daylight-savings-begin-null": "null-data",
    "clock-row-has-attribute-10": "attribute 10 too",
    "clock-method-right-not-enforced": "action-result success",
    "clock-allowed-method-refused": "read-write-denied",
    "script-table-unknown-method-succeeds": "action-result success",
    "push-setup-listed-as-version-0": "attribute 8, 9, 10 too",
    "ip-logical-name-of-other-instance": "as in the object_list",
    "mac-address-refused": "though it may be read",
}


def config(name: str, **changes: object) -> Device:
    found = SIMULATOR if name == "simulator" else load(ROOT / "device_configs" / f"{name}.toml")
    return replace(found, permissions=frozenset(Permission), **changes)  # type: ignore[arg-type]


def items(identifier: str, meter: Device, bench: Bench) -> Iterator[Ended]:
    """Every item of a case, in all associations, one by one: a caller that has seen enough stops."""
    case, function = FUNCTIONS[identifier]
    for slot in slots(case, [meter]):
        yield ended(case, function, slot, bench, seed=f"{identifier}:{slot!r}")


@pytest.mark.parametrize(
    ("name", "profile", "acceptance"),
    [
        ("simulator", Profile.HDLC, Acceptance.STRICT),
        ("simulator", Profile.WRAPPER, Acceptance.TOLERANT),
        ("simulator-mechanisms", Profile.WRAPPER, Acceptance.STRICT),
        ("simulator-suite1", Profile.WRAPPER, Acceptance.STRICT),
        ("simulator-suite2", Profile.HDLC, Acceptance.TOLERANT),
    ],
)
def test_the_sound_meter_passes_each_case(name: str, profile: Profile, acceptance: Acceptance) -> None:
    """With logical and with short names; classes that it has no object of are not applicable, with the reason."""
    meter = config(name, profile=profile, acceptance=acceptance)
    # Each request of the suites with curves takes a signature or a key agreement.
    identifiers = ["T_COSEM_8_0", "T_COSEM_64_1"] if "suite" in name else CLAIMED
    bench = Bench(meter, seed=1, keep_secret=lambda _: None)
    made = [item for identifier in identifiers for item in items(identifier, meter, bench)]
    assert troubles(iter(made)) == []
    assert len({item.number for item in made if item.verdict == "PASSED"}) >= 3
    assert all(item.reason for item in made if item.verdict == "INAPPLICABLE")
    assert not bench.notes


@pytest.mark.parametrize(("defect", "identifier"), CLAIMS)
def test_each_case_fails_on_the_defects_that_it_claims(defect: str, identifier: str) -> None:
    """Also under the tolerant profile: a fault is a fault."""
    suite_1 = defect == "certificate-info-lacks-name"
    meter = config("simulator-suite1" if suite_1 else "simulator", profile=Profile.WRAPPER)
    assert meter.embedded is not None
    meter = replace(meter, embedded=replace(meter.embedded, defects=frozenset((defect,))))
    reason = failure(items(identifier, meter, Bench(meter, seed=1, keep_secret=lambda _: None)))
    assert reason is not None
    assert REASONS.get(defect, "") in reason


def test_each_class_version_of_the_tables_has_its_case_and_each_case_its_table() -> None:
    assert set(FUNCTIONS) >= GENERATED
    made = {name for name, (_, function) in FUNCTIONS.items() if name.split("_")[2].isdigit()}
    assert made == GENERATED


def test_the_deciding_octets_are_those_of_the_element_that_is_wrong() -> None:
    """A unit of 0 within scaler_unit: the reply and the path lead to that very octet."""
    assert SIMULATOR.embedded is not None
    embedded = replace(SIMULATOR.embedded, defects=frozenset(("register-unit-reserved",)))
    meter = replace(SIMULATOR, embedded=embedded)
    bench = Bench(meter, seed=1, keep_secret=lambda _: None)
    failed = [item for item in items("T_COSEM_3_0", meter, bench) if item.verdict == "FAILED"]
    assert {item.number for item in failed} == {1}
    for item in failed:
        assert item.trial is not None
        decisive = item.trial.decisive
        assert decisive is not None
        assert decisive.path.endswith("result.data.element[1]")
        assert decisive.frame is not None
        assert item.trial.tape.frames[decisive.frame].direction == "S>C"
        steps = [step for step in item.trial.steps if step.passed is False]
        assert f"{len(steps)} of {len(steps)} failed" in item.reason


def test_nothing_is_written_without_the_permission() -> None:
    """SET and Write of attributes, and methods that are known, need the permission writes."""
    meter = replace(SIMULATOR, permissions=frozenset((Permission.READS,)), profile=Profile.WRAPPER)
    case, _ = FUNCTIONS["T_COSEM_8_0"]
    withheld = {slot.number for slot in slots(case, [meter]) if slot.withheld is not None}
    assert withheld == {3, 4}
    bench = Bench(meter, seed=1, keep_secret=lambda _: None)
    made = [item for item in items("T_COSEM_8_0", meter, bench) if item.number == 5 and item.trial is not None]
    sent = [frame.octets.hex() for item in made if item.trial is not None for frame in item.trial.tape.frames]
    # shift_time is method 6; the unknown method is asked for all the same.
    shift, unknown = "00080000010000ff06", "00080000010000ff7f"
    assert not any(shift in octets for octets in sent)
    assert any(unknown in octets for octets in sent)


def test_the_data_files_beside_the_cases_are_read_and_name_only_what_the_tables_have() -> None:
    from conformance.cosem.class_tables import versions_of
    from conformance.harness.object_exceptions import harmless_methods, not_written

    known = {(one.class_id, item.index) for one in all_classes() for item in one.attributes}
    methods = {(one.class_id, item.index) for one in all_classes() for item in one.methods}
    assert {key for key in not_written() if versions_of(key[0])} <= known
    assert set(harmless_methods()) <= methods


@pytest.mark.parametrize(
    "text", ["attribute = 3", "[[attribute]]\nclass_id = 8", "not toml", "[[attribute]]\nindices = []"]
)
def test_a_broken_data_file_is_told_with_its_name(text: str, tmp_path: Path) -> None:
    from conformance.harness.object_exceptions import ExceptionFileError, not_written

    (tmp_path / "not_written.toml").write_text(text, encoding="utf-8")
    with pytest.raises(ExceptionFileError, match=r"not_written\.toml"):
        not_written(tmp_path)
