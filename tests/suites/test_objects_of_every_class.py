"""Objects of every class version: the cases pass on each sound one, and each defect of one fails its case."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

import pytest

from conformance.cosem.class_tables import all_classes
from conformance.device.load import load
from conformance.device.model import Acceptance, Device, Profile
from conformance.harness.bench import Bench
from conformance.harness.settings import DEFECTIVE, qualified
from conformance.harness.slot import slots
from conformance.meter.defect import Defect
from conformance.meter.instance_defects import DEVICE_CONFIG, INSTANCE_DEFECTS
from conformance.meter.model.every_class import EVERY_CLASS_SAP, PROFILES
from tests.suites.hdlc_cases import Ended, ended
from tests.suites.suite_functions import functions
from tests.suites.transfer_cases import ROOT, SIMULATOR, failure, troubles

FUNCTIONS = functions("objects", "test_*")
CONFIG = load(ROOT / "device_configs" / f"{DEVICE_CONFIG}.toml")
CASES = [f"T_COSEM_{one.class_id}_{one.version}" for one in all_classes()]


def with_one(association: str, **changes: object) -> Device:
    """The device config with one association."""
    return replace(CONFIG, associations=(CONFIG.association(association),), **changes)  # type: ignore[arg-type]


def items(identifier: str, meter: Device, bench: Bench) -> Iterator[Ended]:
    case, function = FUNCTIONS[identifier]
    for slot in slots(case, [meter]):
        yield ended(case, function, slot, bench, seed=f"{identifier}:{slot!r}")


def test_the_device_config_declares_the_associations_that_the_meter_has() -> None:
    declared = {
        one.name: (one.logical_device, one.client_sap, one.context, one.mechanism) for one in CONFIG.associations
    }
    assert declared == {one.name: (one.server_sap, one.client_sap, one.context, one.mechanism) for one in PROFILES}
    assert {one.sap for one in CONFIG.logical_devices} == {EVERY_CLASS_SAP}
    for one in CONFIG.associations:
        assert one.conformance == next(profile.conformance for profile in PROFILES if profile.name == one.name)


@pytest.mark.parametrize(
    ("association", "profile", "acceptance"),
    [
        ("objects-management", Profile.WRAPPER, Acceptance.STRICT),
        ("objects-sn", Profile.WRAPPER, Acceptance.STRICT),
        ("objects-public", Profile.HDLC, Acceptance.TOLERANT),
    ],
)
def test_the_sound_objects_pass_and_every_case_judges_one(
    association: str, profile: Profile, acceptance: Acceptance
) -> None:
    """Short names belong to most classes, so not every case finds an object there; with logical names each does."""
    meter = with_one(association, profile=profile, acceptance=acceptance)
    bench = Bench(meter, seed=1, keep_secret=lambda _: None)
    judged = set()
    for identifier in CASES:
        made = list(items(identifier, meter, bench))
        assert troubles(iter(made)) in ([], ["nothing passed"])
        assert all(item.reason for item in made if item.verdict == "INAPPLICABLE")
        judged |= {identifier for item in made if item.verdict == "PASSED"}
    if association == "objects-sn":
        assert len(judged) > 80
        assert not any(identifier.startswith("T_COSEM_15_") for identifier in judged)
    else:
        current = {"T_COSEM_12_2"}
        assert set(CASES) - judged <= current
    assert not bench.notes


@pytest.mark.parametrize("defect", INSTANCE_DEFECTS, ids=lambda defect: defect.name)
def test_each_defect_fails_the_case_that_claims_it(defect: Defect) -> None:
    meter = with_one(defect.association, profile=Profile.WRAPPER)
    assert meter.embedded is not None
    meter = replace(meter, embedded=replace(meter.embedded, defects=frozenset((defect.name,))))
    (case,) = defect.cases
    reason = failure(items(case, meter, Bench(meter, seed=1, keep_secret=lambda _: None)))
    assert reason is not None
    assert re.match("1 of [13] failed; the first, ", reason), "the objects that are not faulty pass"


def test_qualifying_judges_each_of_these_defects_in_the_one_association_that_shows_it() -> None:
    """And the sound meter with all of them, once."""
    devices = {device.name: device for device in qualified((SIMULATOR,))}
    assert devices[DEVICE_CONFIG].associations == CONFIG.associations
    for defect in INSTANCE_DEFECTS:
        device = devices[f"{DEFECTIVE}{defect.name}"]
        assert [one.name for one in device.associations] == [defect.association]
        assert device.embedded is not None
        assert (device.embedded.classes, device.embedded.defects) == ("every", {defect.name})
