"""Selective access: the sound meter passes, every defect shows, and what a meter may do differently is not a fault."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from conformance.cosem.names import LOAD_PROFILE
from conformance.device.load import load
from conformance.device.model import Acceptance, Device, Profile
from conformance.dlms.data.types import Data, DataType
from conformance.dlms.data.values import array, null, structure
from conformance.dlms.xdlms.attribute import AttributeDescriptor
from conformance.dlms.xdlms.conformance import ConformanceBit
from conformance.dlms.xdlms.enumerations import DataAccessResult
from conformance.harness.bench import Bench
from conformance.harness.slot import Slot, slots
from conformance.meter.meter import Meter
from conformance.meter.model.cosem_object import Attribute, CosemObject
from conformance.meter.selective_defects import SELECTIVE_DEFECTS
from tests.suites.hdlc_cases import Ended, ended
from tests.suites.suite_functions import functions

ROOT = Path(__file__).parents[2]
SIMULATOR = load(ROOT / "device_configs" / "simulator.toml")
FAILED, PASSED = "FAILED", "PASSED"


FUNCTIONS = functions("transfer", "test_selective_*")
RANGE, RANGE_WRONG = "X_SELECTIVE_RANGE_P1", "X_SELECTIVE_RANGE_N1"
ENTRY, ENTRY_WRONG = "X_SELECTIVE_ENTRY_P1", "X_SELECTIVE_ENTRY_N1"


def device(
    *defects: str,
    rows: int = 24,
    acceptance: Acceptance = Acceptance.STRICT,
    profile: Profile = Profile.WRAPPER,
) -> Device:
    assert SIMULATOR.embedded is not None
    embedded = replace(SIMULATOR.embedded, defects=frozenset(defects), profile_rows=rows)
    return replace(SIMULATOR, acceptance=acceptance, profile=profile, embedded=embedded)


def bench(meter: Device) -> Bench:
    return Bench(meter, seed=1, keep_secret=lambda _: None)


def run(
    identifier: str, meter: Device, association: str = "reading", *, only: int | None = None, on: Bench | None = None
) -> dict[int, Ended]:
    case, function = FUNCTIONS[identifier]
    used = on or bench(meter)
    wanted: list[Slot] = [slot for slot in slots(case, [meter]) if slot.association.name == association]
    return {
        slot.number: ended(case, function, slot, used, seed=f"{slot}") for slot in wanted if only in (None, slot.number)
    }


def verdicts(results: dict[int, Ended]) -> dict[int, str]:
    return {number: made.verdict for number, made in results.items()}


def buffer_of(used: Bench, sap: int = 1) -> tuple[CosemObject, Attribute]:
    meter: Meter = used._embedded_meter()
    item = meter.server.devices[sap].object(7, LOAD_PROFILE)
    assert item is not None
    return item, item.attributes[2]


@pytest.mark.parametrize("profile", list(Profile))
@pytest.mark.parametrize("acceptance", list(Acceptance))
@pytest.mark.parametrize("case", sorted(FUNCTIONS))
def test_the_sound_meter_passes_in_every_association(case: str, acceptance: Acceptance, profile: Profile) -> None:
    """Whatever carries the services, and however strictly it is judged."""
    meter = device(acceptance=acceptance, profile=profile)
    for association in ("reading", "management", "sn-reading"):
        results = run(case, meter, association)
        bad = {number: made.reason for number, made in results.items() if made.verdict not in (PASSED, "INAPPLICABLE")}
        assert not bad
        assert len([made for made in results.values() if made.verdict == PASSED]) >= 6


@pytest.mark.parametrize(
    ("defect", "case"), [(defect.name, case) for defect in SELECTIVE_DEFECTS for case in defect.cases]
)
def test_each_defect_is_caught_by_the_cases_that_claim_it(defect: str, case: str) -> None:
    """And by the comparison of rows, not by an accident on the way."""
    meter = device(defect, acceptance=Acceptance.TOLERANT)
    failed = [made for made in run(case, meter).values() if made.verdict == FAILED]
    assert failed
    assert all("row" in made.reason or "not what was asked for" in made.reason for made in failed)


def test_a_defect_of_one_selector_leaves_the_cases_of_the_other_alone() -> None:
    """A fault is told where it is."""
    assert set(verdicts(run(ENTRY, device("selection-range-columns-ignored"))).values()) == {PASSED}
    assert set(verdicts(run(RANGE, device("selection-entry-columns-ignored"))).values()) == {PASSED}


def test_fewer_than_five_entries_decide_nothing() -> None:
    """Nothing could be told apart."""
    results = run(RANGE, device(rows=4), only=1)
    assert (results[1].verdict, "4 entries" in results[1].reason) == ("INCONCLUSIVE", True)
    assert run(RANGE, device(rows=5), only=2)[2].verdict == PASSED


def test_of_a_long_buffer_the_last_thousand_entries_are_looked_at() -> None:
    """They are asked for by entry, so that no more than they pass on the line."""
    meter = device(rows=3000)
    assert verdicts(run(RANGE, meter, only=1) | run(ENTRY, meter, only=3)) == {1: PASSED, 3: PASSED}
    made = run(RANGE, meter, only=2)[2]
    assert made.verdict == PASSED
    assert made.trial is not None
    assert sum(len(frame.octets) for frame in made.trial.tape.frames) < 3000 * 38
    shifted = run(RANGE, device("selection-entry-excludes-last", rows=3000), only=1)[1]
    assert (shifted.verdict, "999 rows for the entries 2001 to 3000" in shifted.reason) == (FAILED, True)


def test_a_long_buffer_without_the_selector_by_entry_is_read_whole() -> None:
    """Only the last thousand rows of it are kept, and the case by entry does not apply."""
    meter = device(rows=1200)
    used = bench(meter)
    item, buffer = buffer_of(used)
    item.attributes[2] = replace(buffer, selectors=(1,))
    assert run(RANGE, meter, only=2, on=used)[2].verdict == PASSED
    refused = run(ENTRY, meter, only=1, on=used)[1]
    assert (refused.verdict, "access selectors 1" in refused.reason) == ("INAPPLICABLE", True)


def test_a_row_that_is_captured_meanwhile_is_not_held_against_the_meter() -> None:
    """All is read once more; a buffer that changes all the time decides nothing."""
    meter = device(rows=24)
    for changes, verdict in ((1, PASSED), (100, "INCONCLUSIVE")):
        used = bench(meter)
        item, buffer = buffer_of(used)
        assert buffer.read is not None
        assert buffer.select is not None
        readings = iter(range(1000))

        def moved(now: float, readings=readings, changes=changes) -> float:  # type: ignore[no-untyped-def]
            return now + 900 * min(changes, next(readings))

        def read(session, now, original=buffer.read, moved=moved):  # type: ignore[no-untyped-def]
            return original(session, moved(now))

        def select(session, now, selector, parameters, original=buffer.select, moved=moved):  # type: ignore[no-untyped-def]
            return original(session, moved(now), selector, parameters)

        item.attributes[2] = replace(buffer, read=read, select=select)
        assert run(ENTRY, meter, only=1, on=used)[1].verdict == verdict


def test_repeated_values_may_be_left_out() -> None:
    """null-data stands for the value above it, and in the column of the clock for a capture period more."""
    meter = device(rows=24)
    used = bench(meter)
    item, buffer = buffer_of(used)
    assert buffer.read is not None
    assert buffer.select is not None

    def sparse(value: Data | DataAccessResult) -> Data | DataAccessResult:
        if not isinstance(value, Data):
            return value
        rows = [value.value[0]] if value.value else []
        for above, row in zip(value.value, value.value[1:], strict=False):
            kept = [null() if old == new or new.type is DataType.OCTET_STRING else new
                    for old, new in zip(above.value, row.value, strict=True)]  # fmt: skip
            rows.append(structure(*kept))
        return array(*rows)

    item.attributes[2] = replace(
        buffer,
        read=lambda session, now, original=buffer.read: sparse(original(session, now)),
        select=lambda session, now, selector, asked, original=buffer.select: sparse(
            original(session, now, selector, asked)
        ),
    )
    assert set(verdicts(run(RANGE, meter, on=used)).values()) == {PASSED}
    assert set(verdicts(run(ENTRY, meter, on=used)).values()) == {PASSED}


def test_a_meter_that_ranges_by_its_clock_only_is_tolerated_and_not_strictly_right() -> None:
    """Many do; the standard lets any captured object restrict a range."""
    for acceptance, verdict in ((Acceptance.TOLERANT, PASSED), (Acceptance.STRICT, FAILED)):
        meter = device(acceptance=acceptance)
        used = bench(meter)
        item, buffer = buffer_of(used)
        assert buffer.select is not None

        def by_clock(session, now, selector, asked, original=buffer.select):  # type: ignore[no-untyped-def]
            if selector == 1 and asked.value[0].value[0].value != 8:
                return DataAccessResult.OTHER_REASON
            return original(session, now, selector, asked)

        item.attributes[2] = replace(buffer, select=by_clock)
        assert run(RANGE, meter, only=7, on=used)[7].verdict == verdict


def test_without_a_profile_or_the_service_nothing_applies() -> None:
    """The reason names what is missing."""
    plain = replace(SIMULATOR.association("reading").targets, profile=None)
    meter = device()
    lacking = replace(
        meter,
        associations=tuple(
            replace(item, targets=plain) if item.name == "reading" else item for item in meter.associations
        ),
    )
    (result,) = run(RANGE, lacking).values()
    assert (result.verdict, "targets.profile" in result.reason) == ("INAPPLICABLE", True)
    unable = replace(
        meter,
        associations=tuple(
            replace(item, conformance=item.conformance - {ConformanceBit.SELECTIVE_ACCESS})
            for item in meter.associations
        ),
    )
    (result,) = run(ENTRY, unable).values()
    assert (result.verdict, "selective-access" in result.reason) == ("INAPPLICABLE", True)


def test_an_object_that_is_no_profile_is_told_apart_from_a_wrong_selection() -> None:
    """A wrong target in the device config is nobody's failure but needs to be told."""
    meter = device()
    register = AttributeDescriptor(3, bytes.fromhex("0100010800FF"), 2)
    wrong = replace(
        meter,
        associations=tuple(
            replace(item, targets=replace(item.targets, profile=register)) for item in meter.associations
        ),
    )
    result = run(RANGE, wrong, only=1)[1]
    assert result.verdict == "INCONCLUSIVE"
    assert "entries_in_use of the profile cannot be read" in result.reason
