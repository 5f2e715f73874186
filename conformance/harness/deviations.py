"""Deviations that a device config announces: which covers an item, which has expired, what came of each."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime
from typing import Any

from conformance.device.model import Device, ExpectedDeviation
from conformance.harness.case import Case
from conformance.harness.slot import Slot
from conformance.record.deviation import (
    AnnouncedDeviationRecord,
    Covered,
    DeviationRecord,
    ExpectedDeviationRecord,
    has_expired,
    settled,
)
from conformance.record.verdict import Verdict


def expected_deviation(slot: Slot, case: Case, today: date) -> ExpectedDeviationRecord | None:
    """The deviation that the device config announces for an item and that has not expired; None where there is none."""
    found = next((item for item in _announced_for(slot, case) if not has_expired(item, today)), None)
    return None if found is None else _explanation(found)


def expired_deviation(slot: Slot, case: Case, today: date) -> ExpectedDeviationRecord | None:
    """The deviation for an item that expired last; None where there is none, or one that has not expired."""
    found = list(_announced_for(slot, case))
    if not found or not all(has_expired(item, today) for item in found):
        return None
    return _explanation(max(found, key=lambda item: item.expires))


def announced(device: Device) -> tuple[AnnouncedDeviationRecord, ...]:
    """What the device config announces, as the run record holds it."""
    return tuple(map(_announced, device.expected_deviations))


def covered(line: Mapping[str, Any]) -> Covered:
    """What the line of an item in the journal says that decides about deviations."""
    case, subtest = line["case"], line["subtest"]
    return Covered(
        case["device"],
        case["id"],
        subtest["number"],
        case["association"],
        case["variant"],
        Verdict(subtest["verdict"]),
        subtest.get("expected_deviation") is not None,
    )


def outcomes(
    devices: Iterable[Device], judged: Iterable[Covered], *, began: datetime, complete: bool
) -> tuple[DeviationRecord, ...]:
    """What became of every deviation that the device configs announce; as the run record tells it."""
    pairs = ((device.name, deviation) for device in devices for deviation in announced(device))
    return settled(pairs, judged, began=began, complete=complete)


def _announced_for(slot: Slot, case: Case) -> Iterator[AnnouncedDeviationRecord]:
    for deviation in announced(slot.device):
        if deviation.covers(case.id, slot.number, slot.association.name, slot.variant):
            yield deviation


def _announced(deviation: ExpectedDeviation) -> AnnouncedDeviationRecord:
    return AnnouncedDeviationRecord(
        reason=deviation.reason,
        owner=deviation.owner,
        expires=deviation.expires.isoformat() if deviation.expires is not None else "",
        case=deviation.case,
        subtest=deviation.subtest,
        association=deviation.association,
        variant=deviation.variant,
    )


def _explanation(deviation: AnnouncedDeviationRecord) -> ExpectedDeviationRecord:
    return ExpectedDeviationRecord(reason=deviation.reason, owner=deviation.owner, expires=deviation.expires)
