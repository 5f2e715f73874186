"""What Allure shows: each subtest with verdict, place, steps and exchange, recognised in the next run."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.record.assemble import load, load_frames
from conformance.record.frames import Frame
from conformance.record.model import (
    CaseHead,
    CaseRecord,
    DeviceRecord,
    FindingRecord,
    RunHead,
    RunRecord,
    SubtestRecord,
    ToolRecord,
)
from conformance.record.verdict import Verdict
from conformance.reporting.allure import clear, write
from conformance.reporting.allure_result import Result
from conformance.reporting.allure_setting import write_setting

STARTED = datetime(2026, 11, 21, 12, tzinfo=UTC)


def run_of(*subtests: SubtestRecord, started: datetime = STARTED, **more: str) -> RunRecord:
    head = RunHead(tool=ToolRecord(version="1"), started=started, device=DeviceRecord(name="meter"))
    place = {"id": "T_CASE", "title": "a case", "group": "hdlc", "device": "meter", **more}
    return RunRecord.of(head, (CaseRecord.of(CaseHead(**place), subtests),), finished=started, complete=True)


def passed(number: int, **more: object) -> SubtestRecord:
    return SubtestRecord(**{"number": number, "title": "title", "verdict": Verdict.PASSED, **more})


def results(directory: Path) -> list[dict[str, Any]]:
    found = [json.loads(path.read_bytes()) for path in directory.glob("*-result.json")]
    return sorted(found, key=lambda result: (result["start"], result["fullName"]))


def labels(result: dict[str, Any]) -> dict[str, str]:
    return {label["name"]: label["value"] for label in result["labels"]}


@pytest.fixture(scope="module")
def directory(specimen: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write(tmp_path_factory.mktemp("allure"), load(specimen), load_frames(specimen))


@pytest.fixture(scope="module")
def by_case(directory: Path) -> dict[str, dict[str, Any]]:
    found = {}
    for result in results(directory):
        parameters = [parameter["value"] for parameter in result.get("parameters", ())]
        found[" ".join([result["fullName"].split(".", 1)[1], *parameters])] = result
    return found


def test_there_is_a_result_for_each_subtest(by_case, specimen):
    assert len(by_case) == sum(load(specimen).subtest_totals.values()) == 11


def test_each_verdict_has_its_status_its_label_and_begins_the_message(by_case):
    statuses = {labels(result)["verdict"]: result["status"] for result in by_case.values()}
    assert statuses == {
        "FAILED": "failed", "ERROR": "broken", "INCONCLUSIVE": "broken", "PASSED": "passed",
        "INAPPLICABLE": "skipped", "SKIPPED": "skipped",
    }  # fmt: skip
    for result in by_case.values():
        if result["status"] != "passed":
            assert result["statusDetails"]["message"].startswith(labels(result)["verdict"])


def test_suites_are_device_group_and_case(by_case):
    found = labels(by_case["T_SYMSEC_0_DATA_1.2 management glo"])
    assert (found["parentSuite"], found["suite"], found["subSuite"]) == (
        "acme-e500",
        "security",
        "T_SYMSEC_0_DATA_1 Protected GET",
    )
    assert (found["feature"], found["story"]) == ("security", "T_SYMSEC_0_DATA_1 Protected GET")
    assert found["severity"] == "critical"


def test_association_and_variant_are_parameters(by_case):
    parameters = by_case["T_SYMSEC_0_DATA_1.2 management ded"]["parameters"]
    assert parameters == [
        {"name": "association", "value": "management"},
        {"name": "variant", "value": "ded"},
    ]


def test_each_frame_is_a_step_that_says_what_it_is(by_case):
    names = [step["name"] for step in by_case["T_APPL_OPEN_5.1 reader"]["steps"]]
    assert names[0].startswith("C>S #7 I N(S)=0")
    assert "aarq" in names[0]
    assert "rejected-permanent" in names[1]


def test_named_steps_hold_the_frames_of_their_own(by_case):
    associate, read = by_case["T_SYMSEC_0_DATA_1.1 management glo"]["steps"]
    assert associate["name"] == "associate: accepted"
    assert read["name"] == "read"


def test_the_exchange_is_attached_as_text_without_secrets(by_case, directory):
    exchange, log = by_case["T_APPL_OPEN_5.1 reader"]["attachments"]
    text = (directory / exchange["source"]).read_text(encoding="utf-8")
    assert "#7  2.000000 s  C>S  hdlc, 73 octets" in text
    assert "•• •• •• •• •• •• •• ••" in text
    assert "78525750624578" not in text.replace(" ", "")
    octets = (directory / log["source"]).read_text(encoding="ascii").splitlines()
    assert octets[1].startswith("S>C 7EA03A030002129D30")


def test_every_attachment_that_is_named_is_there(directory):
    named = {item["source"] for result in results(directory) for item in result.get("attachments", ())}
    assert named == {path.name for path in directory.glob("*-attachment.*")}


def test_requirement_expected_observed_and_deciding_octets_are_in_the_details(by_case):
    details = by_case["T_APPL_OPEN_5.1 reader"]["statusDetails"]
    assert details["message"] == "FAILED: InitiateResponse despite the rejection"
    assert "expected: rejected, diagnostic 13" in details["trace"]
    assert "deciding octets: aare, frame 8, octets [29, 43): 0800065F" in details["trace"]


def test_an_expected_deviation_is_known_and_still_failed(by_case):
    result = by_case["T_HDLC_INFO_P1.2"]
    assert result["status"] == "failed"
    assert result["statusDetails"]["known"] is True
    assert result["statusDetails"]["message"].startswith("FAILED (expected deviation: firmware fault): ")


def category_of(result, directory):
    """The category that Allure takes: the first of which status, message and trace fit."""
    details = result.get("statusDetails", {})
    for category in json.loads((directory / "categories.json").read_bytes()):
        if result["status"] in category["matchedStatuses"] and all(
            re.fullmatch(category[f"{name}Regex"], details.get(name, ""))
            for name in ("message", "trace")
            if f"{name}Regex" in category
        ):
            return category["name"]
    return None


def test_each_result_that_is_not_passed_falls_into_a_category(by_case, directory):
    for result in by_case.values():
        assert (category_of(result, directory) is None) == (result["status"] == "passed")
    assert category_of(by_case["T_APPL_OPEN_5.1 reader"], directory) == "The meter deviates from the standard"
    assert category_of(by_case["T_HDLC_INFO_P1.2"], directory) == "Deviations that the device config announces"


@pytest.mark.parametrize(
    ("code", "severity", "verdict", "category"),
    [
        ("authentication-failure", "error", Verdict.FAILED, "Association rejected"),
        ("tag-under-no-known-key", "error", Verdict.INCONCLUSIVE, "Ciphering: keys, titles, counters"),
        ("llc-missing", "error", Verdict.FAILED, "Link layer: HDLC, LLC, wrapper"),
        ("mixed-block-transfer", "warning", Verdict.FAILED, "Block transfer"),
        ("parity-mismatch", "error", Verdict.INCONCLUSIVE, "Line faults (not the meter)"),
        ("line-failed", "error", Verdict.ERROR, "Line faults (not the meter)"),
        ("no-reply", "error", Verdict.INCONCLUSIVE, "Tool or set-up error"),
        ("exception-response", "error", Verdict.FAILED, "Services and their results"),
        ("authentication-failure", "info", Verdict.FAILED, "The meter deviates from the standard"),
        ("of-another-release", "error", Verdict.FAILED, "The meter deviates from the standard"),
    ],
)
def test_the_gravest_finding_names_the_category(tmp_path, code, severity, verdict, category):
    aside = FindingRecord(code="echo", severity="info", message="aside")
    finding = FindingRecord(code=code, severity=severity, evidence="proven", frame=3, message="why", suggestion="do")
    (result,) = results(write(tmp_path, run_of(passed(1, verdict=verdict, findings=(aside, finding))), ()))
    assert category_of(result, tmp_path / "allure-results") == category
    assert f"finding {code} ({severity}, proven), frame 3: why do" in result["statusDetails"]["trace"].splitlines()


def test_a_meter_cannot_talk_itself_into_another_category(tmp_path):
    said = "(expected deviation: mine): FAILED\nfinding echo (error, fact): mine"
    record = run_of(passed(1, verdict=Verdict.FAILED, reason=said, requirement=said, observed=said))
    (result,) = results(write(tmp_path, record, ()))
    assert category_of(result, tmp_path / "allure-results") == "The meter deviates from the standard"


def test_history_follows_a_subtest_from_run_to_run_and_tells_variants_apart(tmp_path):
    first = results(write(tmp_path / "1", run_of(passed(1, title="old"), variant="glo"), ()))[0]
    later = run_of(passed(1, title="new"), variant="glo", started=STARTED + timedelta(days=1))
    second = results(write(tmp_path / "2", later, ()))[0]
    other = results(write(tmp_path / "3", run_of(passed(1), variant="ded"), ()))[0]
    assert first["historyId"] == second["historyId"] != other["historyId"]
    assert first["testCaseId"] == second["testCaseId"] == other["testCaseId"]
    assert first["uuid"] != second["uuid"]


def test_drawn_again_the_directory_is_the_same_octet_by_octet(specimen, directory, tmp_path):
    again = write(tmp_path, load(specimen), load_frames(specimen))
    write(tmp_path, load(specimen), load_frames(specimen))
    assert {path.name: path.read_bytes() for path in again.iterdir()} == {
        path.name: path.read_bytes() for path in directory.iterdir()
    }


def test_results_of_another_writer_stay_and_stale_ones_of_our_own_go(tmp_path):
    foreign = tmp_path / "allure-results" / "0b1c-result.json"
    foreign.parent.mkdir()
    foreign.write_text("{}")
    write(tmp_path, run_of(passed(1), passed(2)), ())
    write(tmp_path, run_of(passed(1)), ())
    assert len(list(foreign.parent.glob("dlms-*-result.json"))) == 1
    clear(tmp_path)
    assert not list(foreign.parent.glob("dlms-*"))
    assert foreign.exists()


def test_markdown_and_html_of_a_meter_stay_text(tmp_path):
    hostile = "<img src=x onerror=alert(1)> [x](javascript:alert(1)) `y` **z** & \u202e\x1b"
    (result,) = results(write(tmp_path, run_of(passed(1, verdict=Verdict.FAILED, observed=hostile)), ()))
    shown = result["description"]
    assert "&lt;img src" in shown
    assert "\\[x\\]\\(javascript\\:alert" in shown
    assert "\\`y\\` \\*\\*z\\*\\*" in shown
    assert "<" not in shown
    assert "‹U\\+202E›‹U\\+001B›" in shown


def test_the_environment_names_tool_device_and_permissions(directory):
    lines = (directory / "environment.properties").read_text(encoding="ascii").splitlines()
    assert "Tool = dlms-conformance 0.1.0" in lines
    assert "Permissions = reads, disconnects" in lines
    assert "Device\\ acme-e500\\:\\ logical\\ device\\ name = ACM0000000000001" in lines


@given(st.text(), st.text())
def test_a_property_of_any_name_and_value_is_one_line(tmp_path_factory, name, value):
    record = run_of(passed(1)).model_copy(update={"device": DeviceRecord(name="m", identity={name: value})})
    directory = tmp_path_factory.mktemp("properties", numbered=True)
    write_setting(directory, record)
    lines = (directory / "environment.properties").read_text(encoding="ascii").splitlines()
    assert all(re.match(r"(\\.|[^\\ :=])+ = ", line) for line in lines)


def test_frames_of_quiet_subtests_beyond_the_budget_are_not_decoded():
    record = run_of(passed(1, frames=(1, 1)))
    frame = Frame(n=1, t=0, utc=STARTED, dir="C>S", layer="hdlc", hex="7EA0070321930F017E")
    case = record.cases[0]
    result = Result(record, case, case.subtests[0], (frame,), {}, decoded=False).built()
    assert [step.name for step in result.steps] == ["C>S #1 hdlc, 9 octets"]
