"""Deviations that a device config announces: which item one covers, and which did not show in a run."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from pydantic import JsonValue

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


def unseen(devices: Iterable[Device], lines: Iterable[dict[str, JsonValue]]) -> list[str]:
    """A note for each announced deviation whose items were judged and none of which FAILED: it may be withdrawn.

    Args:
        devices: of the run.
        lines: of its items, as in the journal.
    """
    judged: dict[tuple[str, str], list[tuple[tuple[str, int, str, str], str]]] = {}
    for line in lines:
        case, subtest = line["case"], line["subtest"]
        assert isinstance(case, dict) and isinstance(subtest, dict)  # noqa: S101, PT018 - narrows the type
        place: tuple[str, int, str, str] = (case["id"], subtest["number"], case["association"], case["variant"])  # type: ignore[assignment]
        judged.setdefault((str(case["device"]), place[0]), []).append((place, str(subtest["verdict"])))
    notes = []
    for device in devices:
        for deviation in device.expected_deviations:
            found = judged.get((device.name, deviation.case), [])
            verdicts = {verdict for place, verdict in found if _covers(deviation, *place)}
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
