"""Deviations that a device config announces: which item one covers, and which did not show in a run."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any, NamedTuple

from conformance.device.model import Device, ExpectedDeviation
from conformance.harness.case import Case
from conformance.harness.slot import Slot
from conformance.record.verdict import Verdict


def expected_deviation(slot: Slot, case: Case, today: date) -> ExpectedDeviation | None:
    """The deviation that the device config announces for an item and that has not expired; None where there is none."""
    for deviation in slot.device.expected_deviations:
        place = (case.id, slot.number, slot.association.name, slot.variant)
        if _covers(deviation, *place) and (deviation.expires is None or deviation.expires >= today):
            return deviation
    return None


class Judged(NamedTuple):
    """An item that has a verdict."""

    device: str
    case: str
    number: int
    association: str
    variant: str
    verdict: str

    @classmethod
    def of(cls, line: Mapping[str, Any]) -> Judged:
        """The item whose line in the journal this is."""
        case, subtest = line["case"], line["subtest"]
        return cls(
            case["device"], case["id"], subtest["number"], case["association"], case["variant"], subtest["verdict"]
        )


def unseen(devices: Iterable[Device], judged: Iterable[Judged]) -> list[str]:
    """A note for each announced deviation whose items were judged and none of which FAILED: it may be withdrawn."""
    found: dict[tuple[str, str], list[Judged]] = {}
    for item in judged:
        found.setdefault((item.device, item.case), []).append(item)
    notes = []
    for device in devices:
        for deviation in device.expected_deviations:
            covered = found.get((device.name, deviation.case), [])
            verdicts = {item.verdict for item in covered if _covers(deviation, *item[1:5])}
            if Verdict.PASSED in verdicts and Verdict.FAILED not in verdicts:
                what = f"the expected deviation of {deviation.case} did not show ({deviation.reason})"
                notes.append(f"{device.name}: {what}")
    return notes


def _covers(deviation: ExpectedDeviation, case: str, number: int, association: str, variant: str) -> bool:
    return (
        deviation.case == case
        and deviation.subtest in (None, number)
        and deviation.association in (None, association)
        and deviation.variant in (None, variant)
    )
