"""The run as JUnit XML in the xunit1 family that pytest writes and that CI engines read."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from xml.etree import ElementTree as Xml

from conformance.record.frames import Frame
from conformance.record.model import CaseRecord, DeviceRecord, RunRecord, SubtestRecord
from conformance.record.timing import TimingRecord
from conformance.record.verdict import Verdict
from conformance.reporting.exchange import exchanged, transcript
from conformance.reporting.finding_words import told
from conformance.reporting.legible import legible, line

JUNIT = "junit.xml"

_ELEMENTS = {
    Verdict.FAILED: "failure",
    Verdict.ERROR: "error",
    Verdict.INCONCLUSIVE: "error",
    Verdict.INAPPLICABLE: "skipped",
    Verdict.SKIPPED: "skipped",
}
_MOST_FRAMES = 60
"""Frames of an exchange that the text of a test case shows."""


def render(record: RunRecord, frames: Sequence[Frame] = ()) -> bytes:
    """The document for `record`; the same record gives the same octets.

    There is one suite for each device and group, and one test case for each subtest. A test case is named by case,
    association, variant and number of the subtest alone, so that CI engines recognise it in the next run.

    Args:
        record: the run.
        frames: its frame log; exchanges of FAILED, ERROR and INCONCLUSIVE subtests go to `system-out`.
    """
    root = Xml.Element("testsuites")
    names = _Names()
    suites = [
        _suite(root, record, device, group, cases, frames, names)
        for (device, group), cases in _suites(record.cases).items()
    ]
    root.attrib |= {"name": line(record.tool.name)} | _counts(subtest for suite in suites for subtest in suite)
    Xml.indent(root)
    document: bytes = Xml.tostring(root, encoding="utf-8", xml_declaration=True)
    return document + b"\n"


def _suites(cases: Iterable[CaseRecord]) -> dict[tuple[str, str], list[CaseRecord]]:
    found: dict[tuple[str, str], list[CaseRecord]] = {}
    for case in cases:
        found.setdefault((case.device, case.group), []).append(case)
    return found


def _suite(
    root: Xml.Element,
    record: RunRecord,
    device: str,
    group: str,
    cases: Sequence[CaseRecord],
    frames: Sequence[Frame],
    names: _Names,
) -> list[SubtestRecord]:
    subtests = [subtest for case in cases for subtest in case.subtests]
    started = min((subtest.started for subtest in subtests if subtest.started is not None), default=record.started)
    suite = Xml.SubElement(root, "testsuite", {"name": _dotted(device, group), **_counts(subtests)})
    suite.attrib |= {"timestamp": _timestamp(started), "hostname": line(device)}
    _properties(suite, _facts(record, device))
    for case in cases:
        for subtest in case.subtests:
            _test_case(suite, case, subtest, frames, names)
    return subtests


def _test_case(
    suite: Xml.Element, case: CaseRecord, subtest: SubtestRecord, frames: Sequence[Frame], names: _Names
) -> None:
    class_name, name = names.of(case, subtest)
    element = Xml.SubElement(
        suite, "testcase", {"classname": class_name, "name": name, "time": f"{subtest.duration_s:.3f}"}
    )
    facts = {
        "verdict": subtest.verdict.value,
        "title": f"{case.title}: {subtest.title}",
        "clause": case.clause,
        "association": case.association,
        "variant": case.variant,
    }
    if subtest.expected_deviation is not None:
        facts["expected-deviation"] = subtest.expected_deviation.reason
    facts |= _times(subtest.timing)
    _properties(element, facts)
    kind = _ELEMENTS.get(subtest.verdict)
    if kind is None:
        return
    reason = line(subtest.reason or subtest.observed) or "no reason recorded"
    attributes = {"message": f"{subtest.verdict}: {reason}"}
    if kind == "skipped":
        Xml.SubElement(element, kind, attributes | {"type": subtest.verdict.value})
        return
    outcome = Xml.SubElement(element, kind, attributes | {"type": subtest.verdict.value})
    outcome.text = _account(subtest)
    exchange = exchanged(subtest, frames)
    if exchange:
        Xml.SubElement(element, "system-out").text = _bounded(exchange)


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


def _account(subtest: SubtestRecord) -> str:
    """Requirement, stimulus, expectation, observation, reason and what decided, one to a line."""
    said = {
        "requirement": subtest.requirement,
        "stimulus": subtest.stimulus,
        "expected": subtest.expected,
        "observed": subtest.observed,
        "reason": subtest.reason,
    }
    deciding = subtest.deciding
    if deciding is not None:
        place = f"{deciding.path}, frame {deciding.frame}, octets [{deciding.start}, {deciding.end})"
        said["deciding"] = f"{place}: {deciding.octets}"
    lines = [f"{name}: {legible(text)}" for name, text in said.items() if text]
    lines += [line(text, 4_000) for text in told(subtest.findings)]
    return "\n".join(lines)


def _bounded(frames: Sequence[Frame]) -> str:
    left = len(frames) - _MOST_FRAMES
    if left <= 0:
        return transcript(frames, decoded=False)
    return f"{left} earlier frames are in frames.jsonl\n{transcript(frames[left:], decoded=False)}"


def _facts(record: RunRecord, device: str) -> dict[str, str]:
    """What ran, against what: the properties of a suite."""
    described = next((known for known in record.devices if known.name == device), DeviceRecord(name=device))
    facts = {
        "tool": f"{record.tool.name} {record.tool.version}",
        "run.started": _timestamp(record.started),
        "run.complete": str(record.complete).lower(),
        "run.permissions": ", ".join(record.permissions),
        "run.acceptance": record.acceptance,
        "run.scope": record.scope,
        "device.name": described.name,
        "device.manufacturer": described.manufacturer,
        "device.model": described.model,
        "device.profile": described.profile,
        "device.fingerprint": described.fingerprint,
    }
    return facts | {f"device.identity.{name}": value for name, value in described.identity.items()}


def _properties(element: Xml.Element, facts: dict[str, str]) -> None:
    properties = Xml.SubElement(element, "properties")
    for name, value in facts.items():
        if value:
            Xml.SubElement(properties, "property", {"name": line(name), "value": line(value)})


def _counts(subtests: Iterable[SubtestRecord]) -> dict[str, str]:
    counted = dict.fromkeys(("errors", "failures", "skipped", "tests"), 0)
    duration = 0.0
    plural = {"failure": "failures", "error": "errors", "skipped": "skipped"}
    for subtest in subtests:
        counted["tests"] += 1
        duration += subtest.duration_s
        kind = _ELEMENTS.get(subtest.verdict)
        if kind is not None:
            counted[plural[kind]] += 1
    return {name: str(count) for name, count in counted.items()} | {"time": f"{duration:.3f}"}


def _timestamp(value: datetime) -> str:
    return value.isoformat(timespec="milliseconds")


def _dotted(*parts: str) -> str:
    """A name of parts: a dot separates two, so that none may hold one."""
    return ".".join(line(part).replace(".", "_") for part in parts if part)


class _Names:
    """Gives every name of a test case once; a second claim gets a number."""

    def __init__(self) -> None:
        self._given: dict[tuple[str, str], int] = {}

    def of(self, case: CaseRecord, subtest: SubtestRecord) -> tuple[str, str]:
        """Class name and name of a test case."""
        place = ", ".join(line(part) for part in (case.association, case.variant, str(subtest.number)) if part)
        named = (_dotted(case.device, case.group, case.id), f"{line(case.id)}[{place}]")
        count = self._given[named] = self._given.get(named, 0) + 1
        return named if count == 1 else (named[0], f"{named[1]}~{count}")
