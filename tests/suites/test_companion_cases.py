"""Companion profiles: a meter made to one passes the cases, each thing that it lacks is caught with row and source."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from conformance.cosem.companion import Companion
from conformance.cosem.companion_profiles import packaged, parsed
from conformance.device.load import load
from conformance.device.model import Acceptance, Device, Profile
from conformance.dlms.data.types import Data
from conformance.dlms.data.values import enum, integer, structure
from conformance.harness.bench import Bench
from conformance.harness.slot import slots
from conformance.meter.companion_defects import COMPANION_DEFECTS
from conformance.meter.model.access import AccessMode
from conformance.meter.model.cosem_object import Attribute, CosemObject, constant
from tests.suites.companion_meter import Change, bench, device
from tests.suites.hdlc_cases import Ended, ended
from tests.suites.suite_functions import functions
from tests.suites.transfer_cases import ROOT, SIMULATOR, failure, troubles

CASES = (
    "X_PROFILE_OBJECTS",
    "X_PROFILE_RIGHTS",
    "X_PROFILE_ASSOCIATIONS",
    "X_PROFILE_ASSOCIATION_SET",
    "X_PROFILE_UNITS",
)
FUNCTIONS = {name: found for name, found in functions("objects", "test_companion*").items() if name in CASES}
CLAIMS = sorted((defect.name, case) for defect in COMPANION_DEFECTS for case in defect.cases)
REASONS = {
    "sap-assignment-not-listed": "no 0-0:41.0.0.255",
    "logical-device-name-listed-as-register": "class 3 version 0",
    "clock-listed-as-version-1": "class 8 version 1",
    "logical-device-name-denied-to-public-client": "the right to read is missing",
    "clock-writeable-by-public-client": "the right to write must not be given",
    "active-energy-in-volt-ampere-hours": "unit 31",
    "public-client-rejected": "public",
}
THREE_PHASE = frozenset(("three-phase", "net-metering"))
SINGLE_PHASE = frozenset(("single-phase", "disconnect", "smart-meter", "prepayment"))


def items(identifier: str, meter: Device, on: Bench) -> Iterator[Ended]:
    case, function = FUNCTIONS[identifier]
    for slot in slots(case, [meter]):
        yield ended(case, function, slot, on, seed=f"{identifier}:{slot!r}")


def sound(meter: Device) -> Bench:
    return Bench(meter, seed=1, keep_secret=lambda _: None)


@pytest.mark.parametrize(
    ("name", "profile", "acceptance"),
    [
        ("simulator", Profile.HDLC, Acceptance.STRICT),
        ("simulator", Profile.WRAPPER, Acceptance.TOLERANT),
        ("simulator-suite1", Profile.WRAPPER, Acceptance.STRICT),
    ],
)
def test_the_embedded_meter_is_made_to_the_generic_profile(name: str, profile: Profile, acceptance: Acceptance) -> None:
    """With logical and with short names, plain and ciphered."""
    found = load(ROOT / "device_configs" / f"{name}.toml")
    options = frozenset(("time-stamps", "electricity"))
    meter = replace(
        found, profile=profile, acceptance=acceptance, companion=packaged("generic"), companion_options=options
    )
    on = sound(meter)
    made = [item for identifier in CASES for item in items(identifier, meter, on)]
    assert troubles(iter(made)) == []
    assert {item.verdict for item in made} <= {"PASSED", "INAPPLICABLE"}
    assert sum(item.verdict == "PASSED" for item in made) > len(made) // 2
    assert all(item.reason for item in made if item.verdict == "INAPPLICABLE")


@pytest.mark.parametrize(("defect", "identifier"), CLAIMS)
def test_each_case_fails_on_the_defects_that_it_claims(defect: str, identifier: str) -> None:
    assert SIMULATOR.embedded is not None
    embedded = replace(SIMULATOR.embedded, defects=frozenset((defect,)))
    meter = replace(SIMULATOR, profile=Profile.WRAPPER, embedded=embedded)
    reason = failure(items(identifier, meter, sound(meter)))
    assert reason is not None
    assert REASONS[defect] in reason
    assert "generic" in reason
    assert "IEC 62056-6-" in reason


def test_without_a_companion_the_cases_do_not_apply_and_say_what_is_missing() -> None:
    meter = replace(SIMULATOR, companion=None, companion_options=frozenset())
    reasons = [slot.inapplicable for identifier in CASES for slot in slots(FUNCTIONS[identifier][0], [meter])]
    assert reasons
    assert all(reason is not None and "companion in the device config" in reason for reason in reasons)


@pytest.mark.parametrize("options", [THREE_PHASE, SINGLE_PHASE])
def test_a_meter_made_of_the_rows_of_is_15959_passes(options: frozenset[str]) -> None:
    """Associations 16, 32 and 48; the smart meter is to offer firmware upgrade too, which this one does not."""
    meter = device(packaged("is-15959"), options)
    on = bench(meter)
    found = {identifier: list(items(identifier, meter, on)) for identifier in CASES}
    missing = found.pop("X_PROFILE_ASSOCIATION_SET")
    assert [item.reason for made in found.values() for item in made if item.verdict not in _GOOD] == []
    objects = [item for item in found["X_PROFILE_OBJECTS"] if item.verdict == "PASSED" and item.trial is not None]
    assert max(len(item.trial.steps) for item in objects if item.trial is not None) > 60
    if "smart-meter" in options:
        assert [item.verdict for item in missing] == ["FAILED"]
        assert "firmware-upgrade" in missing[0].reason
        assert "Renesas" in missing[0].reason
    else:
        assert [item.verdict for item in missing] == ["PASSED"]


def test_a_meter_made_of_the_rows_of_the_idis_profile_passes_and_each_row_is_missed() -> None:
    """A ciphered management client and the public one; of a meter without event logs each log is told."""
    meter = device(packaged("idis-package-2"), frozenset(("disconnect", "m-bus")))
    on = bench(meter)
    made = [item for identifier in CASES for item in items(identifier, meter, on)]
    assert [item.reason for item in made if item.verdict not in _GOOD] == []
    assert sum(item.verdict == "PASSED" for item in made) >= 6
    bare = bench(meter, lambda item: None if item.logical_name[2:4] == bytes((99, 98)) else item)
    reason = failure(items("X_PROFILE_OBJECTS", meter, bare))
    assert reason is not None
    assert reason.startswith("6 of ")
    assert "Standard event log" in reason
    assert "IDISLogBookFactory" in reason


_GOOD = ("PASSED", "INAPPLICABLE")


def without(name: str) -> Change:
    return lambda item: None if str(_name(item)) == name else item


def changed(name: str, **values: object) -> Change:
    """The object with this name, of another class or version, or with another right or unit."""

    def change(item: CosemObject) -> CosemObject:
        if _name(item) != name:
            return item
        attributes = dict(item.attributes)
        if (mode := values.get("mode")) is not None:
            assert isinstance(mode, AccessMode)
            granted = mode
            attributes[2] = replace(attributes[2], rights=lambda _asking: granted)
        if (unit := values.get("unit")) is not None:
            assert isinstance(unit, Data)
            attributes[3] = Attribute(3, constant(unit))
        class_id, version = int(str(values.get("class_id", item.class_id))), int(str(values.get("version", 0)))
        return CosemObject(class_id, version, item.logical_name, attributes.values(), visible=item.visible)

    return change


def _name(item: CosemObject) -> str:
    a, b, *rest = item.logical_name
    return f"{a}-{b}:{'.'.join(map(str, rest))}"


@pytest.mark.parametrize(
    ("identifier", "change", "told"),
    [
        ("X_PROFILE_OBJECTS", without("1-0:99.2.0.255"), 'row "Daily load profile", 1-0:99.2.0.255'),
        ("X_PROFILE_OBJECTS", changed("1-0:14.7.0.255", class_id=1), "1-0:14.7.0.255 as class 1 version 0"),
        ("X_PROFILE_OBJECTS", changed("1-0:98.1.0.255", version=0), "1-0:98.1.0.255 as class 7 version 0"),
        ("X_PROFILE_RIGHTS", changed("1-0:0.8.0.255", mode=AccessMode.READ_ONLY), "the right to write is missing"),
        ("X_PROFILE_RIGHTS", changed("0-0:96.1.0.255", mode=AccessMode.READ_AND_WRITE), "write must not be given"),
        ("X_PROFILE_UNITS", changed("1-0:9.8.0.255", unit=structure(integer(0), enum(30))), "unit 30"),
        ("X_PROFILE_UNITS", changed("1-0:9.8.0.255", unit=structure(integer(0))), "structure"),
    ],
)
def test_what_is_15959_wants_and_the_meter_lacks_is_caught(identifier: str, change: Change, told: str) -> None:
    meter = device(packaged("is-15959"), THREE_PHASE)
    reason = failure(items(identifier, meter, bench(meter, change)))
    assert reason is not None
    assert told in reason
    assert "IS 15959" in reason


def own(extra: str) -> Companion:
    return parsed("own.toml", f'name = "own"\nedition = "1"\n[sources]\nlab = "the lab\'s own paper"\n{extra}')


def test_conformance_bits_that_are_wanted_and_not_negotiated_fail() -> None:
    wanted = own(
        '[[associations]]\nrole = "public-client"\nclient_saps = [16]\nconformance = ["get", "action"]\n'
        'source = ["lab"]\n'
    )
    meter = replace(SIMULATOR, profile=Profile.WRAPPER, companion=wanted, companion_options=frozenset())
    reason = failure(items("X_PROFILE_ASSOCIATIONS", meter, sound(meter)))
    assert reason is not None
    assert "lacking: action" in reason
    assert "the lab's own paper" in reason


def test_context_and_mechanism_are_those_that_the_profile_allows() -> None:
    wanted = own(
        '[[associations]]\nrole = "reader"\nclient_saps = [2]\nlogical_device = 1\nmechanisms = ["hls-gmac"]\n'
        'source = ["lab: page 7"]\n'
    )
    meter = replace(SIMULATOR, profile=Profile.WRAPPER, companion=wanted, companion_options=frozenset())
    reason = failure(items("X_PROFILE_ASSOCIATIONS", meter, sound(meter)))
    assert reason is not None
    assert "mechanism hls-gmac" in reason
    assert "page 7" in reason


def test_the_deciding_octet_of_a_wrong_unit_is_the_unit() -> None:
    assert SIMULATOR.embedded is not None
    embedded = replace(SIMULATOR.embedded, defects=frozenset(("active-energy-in-volt-ampere-hours",)))
    meter = replace(SIMULATOR, profile=Profile.WRAPPER, embedded=embedded)
    failed = next(item for item in items("X_PROFILE_UNITS", meter, sound(meter)) if item.verdict == "FAILED")
    assert failed.trial is not None
    decisive = failed.trial.decisive
    assert decisive is not None
    assert decisive.path.endswith("result.data.element[1]")
    assert decisive.frame is not None
    assert failed.trial.tape.frames[decisive.frame].direction == "S>C"
