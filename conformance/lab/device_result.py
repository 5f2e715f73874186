"""What the run record of one device says, as a night counts it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from conformance.record.assemble import load
from conformance.record.deviation import DeviationRecord, DeviationState
from conformance.record.errors import RecordError
from conformance.record.model import DeviceRecord, RunRecord
from conformance.record.verdict import Verdict, worst

_MOST_OVERDUE = 50


@dataclass(frozen=True, slots=True)
class DeviceResult:
    """The run of a device, or why there is none.

    Attributes:
        record: under the device's name in the lab; None where none can be read.
        problem: why not.
    """

    record: RunRecord | None
    problem: str = ""


def result_of(directory: Path, device: str) -> DeviceResult:
    """Read the run of a device; that of a killed run is assembled from its journal and written beside it.

    Args:
        directory: of the run.
        device: its name in the lab.
    """
    try:
        record = load(directory)
    except RecordError as error:
        # Without the path: a night is moved and merged, and the row names its directory.
        where = error.file.name if error.file != directory else "its directory"
        at = f", line {error.line}" if error.line is not None else ""
        return DeviceResult(None, f"{where}{at}: {error.message}")
    except OSError as error:
        return DeviceResult(None, f"{directory.name} cannot be read or written: {error.strerror or error}")
    if record.further_devices:
        return DeviceResult(None, f"its run holds {len(record.devices)} devices, and a night counts one a run")
    return DeviceResult(known_as(record, device))


def known_as(record: RunRecord, device: str) -> RunRecord:
    """The record with its device called as the lab calls it: two devices of a lab may share one device config."""
    if record.device.name == device and all(case.device == device for case in record.cases):
        return record
    return record.model_copy(
        update={
            "device": record.device.model_copy(update={"name": device}),
            "cases": tuple(case.model_copy(update={"device": device}) for case in record.cases),
            "timing": tuple(timing.model_copy(update={"device": device}) for timing in record.timing),
            "deviations": tuple(one.model_copy(update={"device": device}) for one in record.deviations),
        }
    )


def standing_verdict(record: RunRecord) -> Verdict:
    """The verdict of a run, at the best INCONCLUSIVE where not everything was judged, or nothing at all."""
    if record.complete and record.cases:
        return record.verdict
    return worst((record.verdict, Verdict.INCONCLUSIVE))


def announced(record: RunRecord) -> int:
    """How many FAILED subtests the device config announces."""
    return sum(subtest.excused for _, subtest in record.subtests())


def ended(record: RunRecord) -> datetime:
    """When the run ended, or the last moment that a killed one knows of."""
    if record.finished is not None:
        return record.finished
    return max((subtest.started for _, subtest in record.subtests() if subtest.started), default=record.started)


def overdue(record: RunRecord) -> tuple[DeviationRecord, ...]:
    """Announced deviations that somebody has to renew or withdraw: expired, lapsed, or not shown any more."""
    found = [one for one in record.deviations if one.state.fails or one.state is DeviationState.LAPSED]
    return tuple(found[:_MOST_OVERDUE])


def firmware(device: DeviceRecord) -> str:
    """What the meter said of its firmware; empty where it said nothing."""
    found = [value for name, value in device.identity.items() if "firmware" in name.lower() and value]
    return ", ".join(dict.fromkeys(found))
