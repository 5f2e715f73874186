"""What a CI engine reads: counts that agree, names that stay, and XML whatever a meter says."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path
from xml.etree import ElementTree as Xml

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.record.assemble import load, load_frames
from conformance.record.model import (
    CaseHead,
    CaseRecord,
    DeviceRecord,
    ExpectedDeviationRecord,
    RunHead,
    RunRecord,
    SubtestRecord,
    ToolRecord,
)
from conformance.record.verdict import Verdict
from conformance.reporting.junit import device_suite, render
from tests.reporting.golden_run import write_golden_run

STARTED = datetime(2026, 11, 21, 12, tzinfo=UTC)
COUNTS = {"failures": "failure", "errors": "error", "skipped": "skipped"}
ATTRIBUTES = {
    "testsuites": {"name", "errors", "failures", "tests", "time"},
    "testsuite": {"name", "errors", "failures", "skipped", "tests", "time", "timestamp", "hostname"},
    "properties": set(),
    "property": {"name", "value"},
    "testcase": {"classname", "name", "time"},
    "failure": {"message", "type"},
    "error": {"message", "type"},
    "skipped": {"message", "type"},
    "system-out": set(),
}
"""What is written of each element, all of which the schema of Jenkins' xUnit plugin, junit-10.xsd, allows there."""
CHILDREN = {
    "testsuites": {"testsuite"},
    "testsuite": {"properties", "testcase"},
    "properties": {"property"},
    "testcase": {"failure", "error", "skipped", "system-out"},
}
"""Likewise; it refuses a file with properties in a test case, or with a number of skipped tests at the root."""
TIME = re.compile(r"(([0-9]{0,3},)*[0-9]{3}|[0-9]{0,3})*(\.[0-9]*)?")
"""Its pattern of a time."""


def case(*subtests: SubtestRecord, name: str = "T_CASE", device: str = "meter", **more: str) -> CaseRecord:
    return CaseRecord.of(CaseHead(id=name, title="a case", device=device, **{"group": "hdlc", **more}), subtests)


def run_of(*cases: CaseRecord, device: str = "meter") -> RunRecord:
    head = RunHead(tool=ToolRecord(version="1"), started=STARTED, device=DeviceRecord(name=device))
    return RunRecord.of(head, cases, finished=STARTED, complete=True)


def subtest(number: int, verdict: Verdict, **more: object) -> SubtestRecord:
    return SubtestRecord(**{"number": number, "title": "title", "verdict": verdict, **more})


def names(record: RunRecord) -> list[tuple[str | None, str | None]]:
    return [(case.get("classname"), case.get("name")) for case in Xml.fromstring(render(record)).iter("testcase")]


def check_structure(root: Xml.Element) -> None:
    for element in root.iter():
        assert set(element.attrib) == ATTRIBUTES[element.tag]
        assert {child.tag for child in element} <= CHILDREN.get(element.tag, set())
        assert TIME.fullmatch(element.get("time", "0.0"))
        if element.tag in ("testsuites", "testsuite", "properties"):
            assert not (element.text or "").strip()
    for holder in (root, *root.iter("testsuite")):
        cases = list(holder.iter("testcase"))
        assert int(holder.attrib["tests"]) == len(cases)
        for count, tag in COUNTS.items():
            if count == "skipped" and holder is root:
                continue
            assert int(holder.attrib[count]) == sum(1 for case in cases if case.find(tag) is not None)
        assert float(holder.attrib["time"]) == pytest.approx(sum(float(case.attrib["time"]) for case in cases))
    for element in root.iter("testcase"):
        assert sum(1 for child in element if child.tag in COUNTS.values()) <= 1
        assert [child.tag for child in element][-1:] == ["system-out"]


def facts_of(case: Xml.Element) -> dict[str, str]:
    """The properties of a test case, as importers read them from its output."""
    return dict(re.findall(r"^\[\[PROPERTY\|([^=]*)=(.*)\]\]$", case.findtext("system-out", ""), re.MULTILINE))


@pytest.fixture(scope="module")
def root(specimen: Path) -> Xml.Element:
    return Xml.fromstring(render(load(specimen), load_frames(specimen)))


def test_it_is_built_as_the_schema_of_jenkins_wants_it(root):
    check_structure(root)


def test_there_is_a_suite_for_each_device_and_group(root):
    assert [suite.get("name") for suite in root] == ["acme-e500.hdlc", "acme-e500.application", "acme-e500.security"]


def test_a_suite_tells_tool_device_and_what_was_allowed(root):
    told = {item.get("name"): item.get("value") for item in root[0].iter("property")}
    assert told["tool"] == "dlms-conformance 0.1.0"
    assert told["device.name"] == "acme-e500"
    assert told["device.fingerprint"] == "sha256:93f1c07aa5d24e01"
    assert told["device.identity.firmware"] == "4.12.7"
    assert told["run.permissions"] == "reads, disconnects"
    assert told["run.acceptance"] == "tolerant"
    assert told["run.verdict"] == "FAILED"
    assert told["run.finished"] == "2026-11-21T12:03:20.000+00:00"


def test_a_test_case_tells_its_verdict_clause_association_and_variant(root):
    (case,) = (case for case in root.iter("testcase") if case.get("name") == "T_SYMSEC_0_DATA_1[management, glo, 2]")
    told = facts_of(case)
    assert told["verdict"] == "FAILED"
    assert told["title"] == "Protected GET: invoke-id echoed"
    assert (told["clause"], told["device"]) == ("IEC 62056-5-3", "acme-e500")
    assert (told["association"], told["variant"]) == ("management", "glo")


DEVIATION = ExpectedDeviationRecord(reason="firmware fault", owner="lab 2", expires="2026-10-31")


def test_what_failed_as_announced_is_skipped_and_says_that_it_failed():
    """As pytest writes it: whoever reads the file only must come to the exit code of the run."""
    record = run_of(case(subtest(1, Verdict.FAILED, reason="why", expected_deviation=DEVIATION)))
    (found,) = Xml.fromstring(render(record)).iter("testcase")
    skipped = found.find("skipped")
    assert (skipped.get("type"), skipped.get("message")) == (
        "FAILED",
        "FAILED (expected deviation: firmware fault): why",
    )
    told = facts_of(found)
    assert told["verdict"] == "FAILED"
    assert told["expected-deviation"] == "firmware fault"
    assert told["expected-deviation.owner"] == "lab 2"
    assert told["expected-deviation.expires"] == "2026-10-31"


def test_what_failed_after_its_deviation_expired_is_a_failure():
    record = run_of(case(subtest(1, Verdict.FAILED, reason="why", expired_deviation=DEVIATION)))
    (found,) = Xml.fromstring(render(record)).iter("testcase")
    assert found.find("failure").get("message") == "FAILED (expired deviation: firmware fault): why"
    assert facts_of(found)["expired-deviation.expires"] == "2026-10-31"


@pytest.mark.parametrize("drawn", ["render", "device_suite"])
def test_each_expected_deviation_is_a_test_case_that_fails_where_the_run_does(tmp_path, drawn):
    """An unexpected pass has no subtest that failed, and still the file says that the run did."""
    write_golden_run(tmp_path)
    record = load(tmp_path)
    if drawn == "render":
        root = Xml.fromstring(render(record, load_frames(tmp_path)))
        check_structure(root)
    else:
        root = device_suite(record, "acme-e500")
    found = {}
    for element in root.iter("testcase"):
        if "expected-deviations" in element.get("classname"):
            outcome = next((child for child in element if child.tag != "system-out"), None)
            found[facts_of(element)["state"]] = (element.get("name"), outcome.tag if outcome is not None else None)
    assert found == {
        "shown": ("T_HDLC_INFO_P1[2]", None),
        "expired": ("T_APPL_OPEN_5[reader, 1]", "failure"),
        "unexpected-pass": ("T_SYMSEC_0_DATA_1[ded, 1]", "failure"),
        "not-judged": ("T_APPL_REL_P1", "skipped"),
        "lapsed": ("T_APPL_OPEN_1", "skipped"),
    }
    message = root.find(".//failure[@type='unexpected-pass']").get("message")
    assert "dedicated key ignored until 4.12; owner firmware team" in message


def test_each_verdict_becomes_what_a_ci_engine_makes_of_it(root):
    found = {
        element.get("type"): element.tag
        for case in root.iter("testcase")
        for element in case
        if element.get("type") and "expected-deviation" not in facts_of(case)
    }
    assert found == {
        "FAILED": "failure", "ERROR": "error", "INCONCLUSIVE": "error", "INAPPLICABLE": "skipped", "SKIPPED": "skipped"
    }  # fmt: skip
    passed = [case for case in root.iter("testcase") if not {child.tag for child in case} & set(COUNTS.values())]
    assert {facts_of(case)["verdict"] for case in passed} == {"PASSED"}


def test_a_failure_says_what_was_required_expected_and_observed(root):
    (failure,) = (case.find("failure") for case in root.iter("testcase") if "T_APPL_OPEN_5" in case.get("name"))
    assert failure.get("message") == "FAILED: InitiateResponse despite the rejection"
    assert "requirement: An AARE that rejects the association carries no InitiateResponse." in failure.text
    assert "expected: rejected, diagnostic 13" in failure.text
    assert "deciding: aare, frame 8, octets [29, 43): 0800065F1F040000181D01800007" in failure.text


def test_a_failure_shows_its_exchange_with_secrets_redacted(root):
    (shown,) = (case.find("system-out").text for case in root.iter("testcase") if "OPEN_5" in case.get("name"))
    assert "7E A0 47 00 02 12 9D" in shown
    assert "•• •• •• •• •• •• •• ••" in shown
    assert b"xRwPbExG".hex(" ").upper() not in shown


def test_a_skipped_test_says_why(root):
    messages = {element.get("message") for element in root.iter("skipped") if element.get("type") != "FAILED"}
    assert messages == {"INAPPLICABLE: no user_list declared", "SKIPPED: needs permission writes"}


def test_names_do_not_depend_on_titles_verdicts_or_what_else_ran():
    one = case(subtest(7, Verdict.PASSED, title="old"), association="management", variant="glo, gbt")
    other = case(subtest(7, Verdict.FAILED, title="new"), association="management", variant="glo, gbt")
    before = case(subtest(1, Verdict.PASSED), name="T_BEFORE")
    assert names(run_of(one)) == [("meter.hdlc.T_CASE", "T_CASE[management, glo, gbt, 7]")]
    assert names(run_of(before, other))[1] == names(run_of(one))[0]


def test_no_two_test_cases_have_the_same_name():
    record = run_of(
        case(subtest(1, Verdict.PASSED), subtest(1, Verdict.FAILED), association="a", variant="b, c"),
        case(subtest(1, Verdict.PASSED), association="a, b", variant="c"),
    )
    found = names(record)
    assert len(set(found)) == len(found) == 3


def test_two_devices_have_suites_and_class_names_of_their_own():
    record = run_of(case(subtest(1, Verdict.PASSED), device="m.1"), case(subtest(1, Verdict.PASSED), device="m.2"))
    assert [name for name, _ in names(record)] == ["m_1.hdlc.T_CASE", "m_2.hdlc.T_CASE"]


def test_the_same_record_gives_the_same_octets(specimen):
    assert render(load(specimen), load_frames(specimen)) == render(load(specimen), load_frames(specimen))


def test_a_value_cannot_end_its_property_or_begin_another():
    hostile = "x]]\n[[PROPERTY|verdict=PASSED]]"
    (found,) = Xml.fromstring(render(run_of(case(subtest(1, Verdict.FAILED, title=hostile))))).iter("testcase")
    assert facts_of(found)["verdict"] == "FAILED"
    assert facts_of(found)["title"] == "a case: x] ] [[PROPERTY|verdict=PASSED] ]"


def test_control_characters_are_written_as_code_points():
    hostile = "\x00\x1b[31m\r\ufffe\ud800]]><failure/>&\u202e"
    document = render(run_of(case(subtest(1, Verdict.FAILED, title=hostile, reason=hostile, observed=hostile))))
    failure = Xml.fromstring(document).find(".//failure")
    assert failure.get("message").startswith("FAILED: ‹U+0000›‹U+001B›[31m‹U+000D›‹U+FFFE›")
    assert failure.get("message").endswith("]]><failure/>&‹U+202E›")
    assert "observed: ‹U+0000›" in failure.text


@given(st.text(), st.sampled_from(Verdict), st.text())
def test_it_is_well_formed_whatever_the_record_says(words, verdict, more):
    record = run_of(
        case(
            subtest(1, verdict, title=words, reason=more, observed=words, requirement=more),
            name=words, device=more, group=words, association=more, variant=words, clause=more,
        ),
        device=more,
    )  # fmt: skip
    check_structure(Xml.fromstring(render(record)))


def test_a_run_without_cases_is_an_empty_document():
    root = Xml.fromstring(render(run_of()))
    assert root.get("tests") == "0"
    assert len(root) == 0
