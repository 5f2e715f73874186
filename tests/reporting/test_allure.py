"""What Allure shows: each subtest with verdict, place, steps and exchange, recognised in the next run."""

from __future__ import annotations

import html
import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.harness.catalogue import cases
from conformance.record import allure_identity
from conformance.record.assemble import load, load_frames
from conformance.record.frames import Frame
from conformance.record.model import (
    CaseHead,
    CaseRecord,
    DecidingOctets,
    DeviceRecord,
    ExpectedDeviationRecord,
    FindingRecord,
    RunHead,
    RunRecord,
    SubtestRecord,
    ToolRecord,
)
from conformance.record.verdict import Verdict
from conformance.reporting.allure import clear, write
from conformance.reporting.allure_exchange import MOST_FRAMES, page
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
        parameters = [entry["value"] for entry in result.get("parameters", ()) if entry["name"] != "device"]
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


def test_the_suite_is_the_epic_its_groups_of_cases_are_features_and_the_case_is_the_story(by_case):
    found = labels(by_case["T_SYMSEC_0_DATA_1.2 management glo"])
    assert (found["parentSuite"], found["suite"], found["subSuite"]) == (
        "acme-e500",
        "security",
        "T_SYMSEC_0_DATA_1 Protected GET",
    )
    assert (found["epic"], found["feature"], found["story"]) == (
        "security",
        "T_SYMSEC_0_DATA",
        "T_SYMSEC_0_DATA_1 Protected GET",
    )
    assert found["severity"] == "critical"


def test_device_association_and_variant_are_parameters(by_case):
    parameters = by_case["T_SYMSEC_0_DATA_1.2 management ded"]["parameters"]
    assert parameters == [
        {"name": "device", "value": "acme-e500"},
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


def test_the_exchange_is_attached_as_a_page_without_secrets(by_case, directory):
    exchange, log = by_case["T_APPL_OPEN_5.1 reader"]["attachments"]
    assert (exchange["name"], exchange["type"]) == ("exchange, decoded", "text/html")
    page = (directory / exchange["source"]).read_text(encoding="utf-8")
    assert "#7 · 2.000000 s · hdlc, 73 octets" in page
    assert "•• •• •• •• •• •• •• ••" in page
    assert "78525750624578" not in page.replace(" ", "")
    assert "<mark>08 00 06 5F 1F" in page
    assert "authentication-failure" in page
    octets = (directory / log["source"]).read_text(encoding="ascii").splitlines()
    assert octets[1].startswith("S>C 7EA03A030002129D30")


def test_what_a_meter_says_is_text_in_the_page_and_nothing_in_it_runs(tmp_path):
    hostile = "</p><script>alert(1)</script>\u202e\x00{{ 7*7 }}"
    frame = Frame(n=1, t=0, utc=STARTED, dir="S>C", layer="octets", hex="00" * 70_000, note=hostile)
    record = run_of(passed(1, verdict=Verdict.FAILED, title=hostile, frames=(1, 1)), device=hostile)
    (result,) = results(write(tmp_path, record, (frame,)))
    page = (tmp_path / "allure-results" / result["attachments"][0]["source"]).read_text(encoding="utf-8")
    assert "<script" not in page
    assert "{{ 7*7 }}" in page
    assert not {"\u202e", "\x00"} & set(page)
    assert "default-src 'none'" in html.unescape(page)
    assert "69488 more octets" in page
    assert len(page) < 20_000


def test_of_a_long_exchange_the_ends_and_the_deciding_frame_are_shown():
    frames = [Frame(n=n, t=n, utc=STARTED, dir="C>S", layer="octets", hex=f"{n:04X}") for n in range(1, 501)]
    deciding = DecidingOctets(frame=250, path="octets", start=0, end=2, octets="00FA")
    record = run_of(passed(1, verdict=Verdict.FAILED, frames=(1, 500), deciding=deciding))
    shown = page(record.cases[0], record.cases[0].subtests[0], frames)
    assert shown.count("→ to the meter") <= MOST_FRAMES
    assert all(f"#{number} ·" in shown for number in (1, 20, 250, 500))
    assert "frames are left out here" in shown


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
    another = results(write(tmp_path / "4", run_of(passed(1), variant="glo", device="another"), ()))[0]
    assert another["historyId"] != first["historyId"]
    assert another["testCaseId"] == first["testCaseId"]


def test_identifiers_do_not_depend_on_the_order_or_on_what_else_was_run(tmp_path):
    """A resumed run, or one of a single case, goes on with the same history."""
    alone = results(write(tmp_path / "1", run_of(passed(2)), ()))
    among = results(write(tmp_path / "2", run_of(passed(3), passed(2), passed(1)), ()))
    by_name = {result["name"]: result for result in among}
    for result in alone:
        for name in ("historyId", "testCaseId", "fullName", "uuid"):
            assert by_name[result["name"]][name] == result[name]


@pytest.mark.parametrize(
    ("case", "family"),
    [
        ("T_HDLC_FRAME_N3", "T_HDLC_FRAME"),
        ("T_APPL_OPEN_12", "T_APPL_OPEN"),
        ("T_COSEM_12_0", "T_COSEM_12"),
        ("X_SEC_SUITE_1_HLS", "X_SEC_SUITE_1_HLS"),
        ("X_APPL_CHALLENGE", "X_APPL_CHALLENGE"),
        ("_1", "_1"),
    ],
)
def test_the_group_of_a_case_is_its_name_without_its_number(case, family):
    assert allure_identity.family(case) == family


def test_every_clause_of_the_suites_that_names_a_standard_is_a_link():
    known = [CaseHead(id=case.id, title="", clause=case.clause, device="m") for case in cases().values()]
    without = [head.clause for head in known if not allure_identity.links(head)]
    assert not without
    parts = {url.split(":")[4] for head in known for _, url in allure_identity.links(head)}
    assert {"62056-5-3", "62056-6-2", "62056-46", "62056-47", "13239"} <= parts


def test_expected_deviations_are_told_in_message_tags_and_categories(tmp_path):
    known = ExpectedDeviationRecord(reason="firmware fault", owner="lab 2", expires="2026-10-31")
    record = run_of(
        passed(1, verdict=Verdict.FAILED, reason="why", expected_deviation=known),
        passed(2, verdict=Verdict.FAILED, reason="why", expired_deviation=known),
        passed(3, reason="fine", expected_deviation=known),
        passed(4, verdict=Verdict.INCONCLUSIVE, reason="silence", expected_deviation=known),
    )
    directory = write(tmp_path, record, ())
    told = {
        result["name"].split()[2]: (
            result["statusDetails"]["message"],
            result["statusDetails"].get("known", False),
            [label["value"] for label in result["labels"] if label["name"] == "tag"],
            category_of(result, directory),
        )
        for result in results(directory)
    }
    assert told == {
        "1": ("FAILED (expected deviation: firmware fault): why", True, ["FAILED", "expected-deviation"],
              "Deviations that the device config announces"),
        "2": ("FAILED (expired deviation: firmware fault): why", False,
              ["FAILED", "expired-deviation"], "Expected deviations that have expired"),
        "3": ("PASSED (announced to deviate: firmware fault): fine", False, ["PASSED", "announced-to-deviate"],
              "Announced to deviate, but PASSED"),
        "4": ("INCONCLUSIVE: silence", False, ["INCONCLUSIVE"], "Could not be judged"),
    }  # fmt: skip


def test_both_allures_get_the_same_categories_in_expressions_that_both_understand(directory):
    """Allure 2 reads Java's, Allure 3 JavaScript's, which knows no flags within an expression."""
    categories = json.loads((directory / "categories.json").read_bytes())
    assert json.loads((directory / "allurerc.json").read_bytes())["categories"] == categories
    expressions = [text for category in categories for name, text in category.items() if name.endswith("Regex")]
    assert len(expressions) == len(categories)
    assert all(text.startswith("^") and "(?s" not in text for text in expressions)


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
