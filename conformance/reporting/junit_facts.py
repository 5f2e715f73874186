"""What JUnit XML tells beside the verdicts: properties of a suite, and of a single test case."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Final
from xml.etree import ElementTree as Xml

from conformance.record.deviation import ExpectedDeviationRecord
from conformance.record.model import CaseRecord, DeviceRecord, RunRecord, SubtestRecord
from conformance.record.timing import TimingRecord
from conformance.reporting.legible import line

_LONGEST: Final = 1_000


def run_facts(record: RunRecord, device: str) -> dict[str, str]:
    """What ran, against what, and what was allowed: the properties of a suite."""
    described = next((known for known in record.devices if known.name == device), DeviceRecord(name=device))
    facts = {
        "tool": f"{record.tool.name} {record.tool.version}",
        "tool.python": record.tool.python,
        "tool.platform": record.tool.platform,
        "run.started": timestamp(record.started),
        "run.finished": timestamp(record.finished) if record.finished is not None else "",
        "run.complete": str(record.complete).lower(),
        "run.verdict": record.verdict.value,
        "run.permissions": ", ".join(record.permissions),
        "run.acceptance": record.acceptance,
        "run.scope": record.scope,
        "run.seeds": ", ".join(f"{name} {seed}" for name, seed in record.seeds.items()),
        "device.name": described.name,
        "device.manufacturer": described.manufacturer,
        "device.model": described.model,
        "device.profile": described.profile,
        "device.link": described.link,
        "device.fingerprint": described.fingerprint,
    }
    return facts | {f"device.identity.{name}": value for name, value in described.identity.items()}


def case_facts(case: CaseRecord, subtest: SubtestRecord) -> dict[str, str]:
    """What a single test case is, and how its verdict came about."""
    facts = {
        "verdict": subtest.verdict.value,
        "title": f"{case.title}: {subtest.title}",
        "clause": case.clause,
        "device": case.device,
        "association": case.association,
        "variant": case.variant,
    }
    facts |= _deviation("expected-deviation", subtest.expected_deviation)
    facts |= _deviation("expired-deviation", subtest.expired_deviation)
    return facts | _times(subtest.timing)


def add_properties(suite: Xml.Element, facts: Mapping[str, str]) -> None:
    """Give a suite its properties."""
    properties = Xml.SubElement(suite, "properties")
    for name, value in facts.items():
        if value:
            Xml.SubElement(properties, "property", {"name": line(name), "value": line(value, _LONGEST)})


def property_lines(facts: Mapping[str, str]) -> Iterator[str]:
    """Facts of a test case as lines of its output, `[[PROPERTY|name=value]]`.

    The schemas of Jenkins' xUnit plugin and of Ant know no properties of a test case, and refuse the whole file for
    them; importers that want them read these lines.
    """
    for name, value in facts.items():
        if value:
            yield f"[[PROPERTY|{name}={line(value, _LONGEST).replace(']]', '] ]')}]]"


def timestamp(value: datetime) -> str:
    """A time in ISO 8601, to the millisecond."""
    return value.isoformat(timespec="milliseconds")


def _deviation(name: str, announced: ExpectedDeviationRecord | None) -> dict[str, str]:
    if announced is None:
        return {}
    return {name: announced.reason, f"{name}.owner": announced.owner, f"{name}.expires": announced.expires}


def _times(timing: TimingRecord | None) -> dict[str, str]:
    """Times in seconds, by the name of the property."""
    if timing is None:
        return {}
    facts = {"timing.clock": "virtual" if timing.virtual else "real", "timing.replies": str(timing.responses)}
    if timing.response_times_s:
        facts["timing.slowest-response"] = f"{max(timing.response_times_s):.6f}"
    if timing.longest_gap_s is not None:
        facts["timing.longest-gap"] = f"{timing.longest_gap_s:.6f}"
    if timing.wire_s is not None:
        facts["timing.wire"] = f"{timing.wire_s:.6f}"
    return facts | {"timing.meter": f"{timing.meter_s:.6f}", "timing.waited": f"{timing.waited_s:.6f}"}
