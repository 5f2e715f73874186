"""The run as JUnit XML, in the form that the schema of Jenkins' xUnit plugin allows and that CI engines read."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final
from xml.etree import ElementTree as Xml

from conformance.record import allure_identity
from conformance.record.deviation import DeviationRecord, DeviationState
from conformance.record.frames import Frame
from conformance.record.model import CaseRecord, RunRecord, SubtestRecord
from conformance.record.verdict import Verdict
from conformance.reporting.exchange import exchanged, transcript
from conformance.reporting.finding_words import told
from conformance.reporting.junit_facts import add_properties, case_facts, property_lines, run_facts, timestamp
from conformance.reporting.legible import legible, line

JUNIT = "junit.xml"

_ELEMENTS: Final = {
    Verdict.FAILED: "failure",
    Verdict.ERROR: "error",
    Verdict.INCONCLUSIVE: "error",
    Verdict.INAPPLICABLE: "skipped",
    Verdict.SKIPPED: "skipped",
}
_PLURAL: Final = {"failure": "failures", "error": "errors", "skipped": "skipped"}
_DEVIATIONS: Final = "expected-deviations"
"""Group of the test cases that stand for expected deviations."""
_MOST_FRAMES: Final = 60
"""Frames of an exchange that the text of a test case shows."""


def render(record: RunRecord, frames: Sequence[Frame] = ()) -> bytes:
    """The document for `record`; the same record gives the same octets.

    There is one suite for each device and group, and one test case for each subtest. A test case is named by case,
    association, variant and number of the subtest alone, so that CI engines recognise it in the next run. What FAILED
    as an expected deviation announces is skipped, with its verdict, since it fails no run. A suite of its own has a
    test case for each expected deviation, which fails where the run fails for it: it did not show, or has expired.

    Args:
        record: the run.
        frames: its frame log; exchanges of FAILED, ERROR and INCONCLUSIVE subtests go to `system-out`.
    """
    root = Xml.Element("testsuites", {"name": line(record.tool.name)})
    names = _Names()
    for (device, group), cases in _suites(record.cases).items():
        suite = _begun(root, record, _dotted(device, group), device, _started(record, cases))
        for case in cases:
            for subtest in case.subtests:
                _test_case(suite, case, subtest, frames, names)
        _count(suite)
    for device, deviations in _by_device(record).items():
        suite = _begun(root, record, _dotted(device, _DEVIATIONS), device, timestamp(record.started))
        _deviation_cases(suite, deviations, names)
        _count(suite)
    # The schema knows no number of skipped tests here.
    counted = _counts(root)
    root.attrib |= {name: counted[name] for name in ("errors", "failures", "tests", "time")}
    Xml.indent(root)
    document: bytes = Xml.tostring(root, encoding="utf-8", xml_declaration=True)
    return document + b"\n"


def device_suite(record: RunRecord, name: str) -> Xml.Element:
    """One suite with everything of a run, without its exchanges, for whoever unites those of several devices.

    Args:
        record: of a run of one device.
        name: of the suite.
    """
    suite = _begun(Xml.Element("testsuites"), record, line(name), record.device.name, timestamp(record.started))
    names = _Names()
    for case in record.cases:
        for subtest in case.subtests:
            _test_case(suite, case, subtest, (), names)
    _deviation_cases(suite, record.deviations, names)
    _count(suite)
    return suite


def _suites(cases: Iterable[CaseRecord]) -> dict[tuple[str, str], list[CaseRecord]]:
    found: dict[tuple[str, str], list[CaseRecord]] = {}
    for case in cases:
        found.setdefault((case.device, case.group), []).append(case)
    return found


def _by_device(record: RunRecord) -> dict[str, list[DeviationRecord]]:
    found: dict[str, list[DeviationRecord]] = {}
    for deviation in record.deviations:
        found.setdefault(deviation.device, []).append(deviation)
    return found


def _started(record: RunRecord, cases: Iterable[CaseRecord]) -> str:
    moments = (subtest.started for case in cases for subtest in case.subtests if subtest.started is not None)
    return timestamp(min(moments, default=record.started))


def _begun(root: Xml.Element, record: RunRecord, name: str, device: str, started: str) -> Xml.Element:
    """A suite with its properties; it is counted when all of it is there."""
    counts = dict.fromkeys(("errors", "failures", "skipped", "tests", "time"), "0")
    suite = Xml.SubElement(root, "testsuite", {"name": name, **counts, "timestamp": started})
    suite.set("hostname", line(device))
    add_properties(suite, run_facts(record, device))
    return suite


def _test_case(
    suite: Xml.Element, case: CaseRecord, subtest: SubtestRecord, frames: Sequence[Frame], names: _Names
) -> None:
    place = (case.association, case.variant, str(subtest.number))
    element = names.element(suite, _dotted(case.device, case.group, case.id), case.id, place, subtest.duration_s)
    kind = "skipped" if subtest.excused else _ELEMENTS.get(subtest.verdict)
    output = "\n".join(property_lines(case_facts(case, subtest)))
    if kind is not None:
        reason = line(subtest.reason or subtest.observed) or "no reason recorded"
        message = f"{line(allure_identity.head_of_message(subtest))}: {reason}"
        outcome = Xml.SubElement(element, kind, {"message": message, "type": subtest.verdict.value})
        if subtest.verdict.is_problem:
            outcome.text = _account(subtest)
            exchange = exchanged(subtest, frames)
            output += f"\n{_bounded(exchange)}" if exchange else ""
    Xml.SubElement(element, "system-out").text = output


def _deviation_cases(suite: Xml.Element, deviations: Iterable[DeviationRecord], names: _Names) -> None:
    """A test case for each expected deviation: one that fails where the run fails for it."""
    for deviation in deviations:
        place = (deviation.association or "", deviation.variant or "")
        number = "" if deviation.subtest is None else str(deviation.subtest)
        class_name = _dotted(deviation.device, _DEVIATIONS, deviation.case)
        element = names.element(suite, class_name, deviation.case, (*place, number), 0.0)
        message = {"message": line(deviation.told, 1_000), "type": deviation.state.value}
        if deviation.state.fails:
            Xml.SubElement(element, "failure", message).text = line(deviation.told, 1_000)
        elif deviation.state is not DeviationState.SHOWN:
            Xml.SubElement(element, "skipped", message)
        facts = {"state": deviation.state.value, "reason": deviation.reason, "owner": deviation.owner}
        Xml.SubElement(element, "system-out").text = "\n".join(
            property_lines({**facts, "expires": deviation.expires, "device": deviation.device})
        )


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


def _count(suite: Xml.Element) -> None:
    suite.attrib |= _counts(suite)


def _counts(holder: Xml.Element) -> dict[str, str]:
    counted = dict.fromkeys((*sorted(_PLURAL.values()), "tests"), 0)
    duration = 0.0
    for case in holder.iter("testcase"):
        counted["tests"] += 1
        duration += float(case.attrib["time"])
        for kind, plural in _PLURAL.items():
            counted[plural] += case.find(kind) is not None
    return {name: str(count) for name, count in counted.items()} | {"time": f"{duration:.3f}"}


def _dotted(*parts: str) -> str:
    """A name of parts: a dot separates two, so that none may hold one."""
    return ".".join(line(part).replace(".", "_") for part in parts if part)


class _Names:
    """Makes test cases, and gives every name of one once; a second claim gets a number."""

    def __init__(self) -> None:
        self._given: dict[tuple[str, str], int] = {}

    def element(
        self, suite: Xml.Element, class_name: str, name: str, place: Iterable[str], duration_s: float
    ) -> Xml.Element:
        """A test case of a suite, with class name and name."""
        where = ", ".join(line(part) for part in place if part)
        named = (class_name, f"{line(name)}[{where}]" if where else line(name))
        count = self._given[named] = self._given.get(named, 0) + 1
        given = named[1] if count == 1 else f"{named[1]}~{count}"
        attributes = {"classname": class_name, "name": given, "time": f"{duration_s:.3f}"}
        return Xml.SubElement(suite, "testcase", attributes)
