"""A night as JUnit XML: one suite for each device, one test case for each subtest and one for the device itself.

The suites go to the disk one after another, so that a lab of any size needs the memory of one device.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryFile
from types import TracebackType
from typing import IO, Self
from xml.etree import ElementTree as Xml

from conformance.lab.night_record import NightRecord, NightRow, RowState
from conformance.record.lines import whole_file
from conformance.record.model import RunRecord
from conformance.reporting.junit import JUNIT, device_suite
from conformance.reporting.junit_facts import property_lines, timestamp
from conformance.reporting.legible import line

_COUNTS = ("errors", "failures", "skipped", "tests")
_TESTED = "tested"
"""Name of the test case of a device itself: there is one in every night, whatever became of the device."""


class NightJunit:
    """Collects the suites of a night and writes them as one document.

    Names depend on device, group, case, association, variant and subtest alone, so that a CI engine recognises each in
    the next night.
    """

    def __init__(self, night: NightRecord) -> None:
        self._night = night
        self._spool: IO[bytes] = TemporaryFile()  # noqa: SIM115 - closed by __exit__
        self._counts = dict.fromkeys(_COUNTS, 0)
        self._time = 0.0

    def add(self, row: NightRow, record: RunRecord | None) -> None:
        """Add a device; `record` None: it has no result."""
        suite = device_suite(record, row.device) if record is not None else _empty_suite(row, self._night.started)
        name = line(row.device)
        attributes = {"classname": name, "name": _TESTED, "time": f"{row.duration_s or 0.0:.3f}"}
        case = Xml.SubElement(suite, "testcase", attributes)
        suite.set("time", f"{float(suite.get('time', '0')) + float(attributes['time']):.3f}")
        suite.set("tests", str(int(suite.get("tests", "0")) + 1))
        if row.state is not RowState.DONE:
            kind, message = str(row.verdict), f"{row.verdict}: {row.state}: {line(row.reason)}"
            Xml.SubElement(case, "error", {"type": kind, "message": message}).text = line(row.reason, 2_000)
            suite.set("errors", str(int(suite.get("errors", "0")) + 1))
        told = _told(row)
        _add(suite, told)
        Xml.SubElement(case, "system-out").text = "\n".join(property_lines(told))
        for count in _COUNTS:
            self._counts[count] += int(suite.get(count, "0"))
        self._time += float(suite.get("time", "0"))
        Xml.indent(suite, level=1)
        self._spool.write(b"  " + Xml.tostring(suite, encoding="utf-8").rstrip() + b"\n")

    def write(self, directory: Path) -> Path:
        """Write `junit.xml` into the directory of the night and give its path."""
        # The schema of Jenkins' xUnit plugin knows no number of skipped tests at the root, and refuses the file for it.
        counts = {count: str(number) for count, number in self._counts.items() if count != "skipped"}
        name = line(f"{self._night.lab} {self._night.name}")
        root = Xml.Element("testsuites", {"name": name, **counts, "time": f"{self._time:.3f}"})
        opening = Xml.tostring(root, encoding="utf-8", xml_declaration=True, short_empty_elements=False)
        path = directory / JUNIT
        with whole_file(path) as file:
            file.write(opening.removesuffix(b"</testsuites>") + b"\n")
            self._spool.seek(0)
            shutil.copyfileobj(self._spool, file)
            file.write(b"</testsuites>\n")
        return path

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._spool.close()


def _empty_suite(row: NightRow, began: datetime) -> Xml.Element:
    counts: Iterable[tuple[str, str]] = ((count, "0") for count in _COUNTS)
    suite = Xml.Element("testsuite", {"name": line(row.device), **dict(counts), "time": "0.000"})
    suite.set("hostname", line(row.host or row.device))
    suite.set("timestamp", timestamp(row.started or began))
    return suite


def _add(suite: Xml.Element, facts: Mapping[str, str]) -> None:
    """Add to the properties of a suite, which stand before its test cases."""
    properties = suite.find("properties")
    if properties is None:
        properties = Xml.Element("properties")
        suite.insert(0, properties)
    for name, value in facts.items():
        if value:
            Xml.SubElement(properties, "property", {"name": name, "value": line(value)})


def _told(row: NightRow) -> dict[str, str]:
    """What the night knows of a device."""
    return {
        "night.state": row.state.value,
        "night.verdict": row.verdict.value,
        "night.bench": row.bench,
        "night.line": row.line,
        "night.profile": row.profile,
        "night.host": row.host,
        "night.attempts": str(len(row.attempts)),
        "night.report": f"{row.directory}/report.html" if row.directory is not None else "",
    }
