"""The views of a night: JUnit and Allure that engines read, a page and a paper that say what is, whatever was sent."""

from __future__ import annotations

import html
import io
import json
import re
import sqlite3
from collections import Counter
from datetime import timedelta
from urllib.parse import unquote
from xml.etree import ElementTree as Xml

import pypdf
import pytest

from conformance.lab.night_assembly import assemble
from conformance.lab.night_drawing import draw_night, night_before
from conformance.lab.night_journal import HookRan
from conformance.lab.night_record import RowState, load_night
from conformance.record.assemble import load, load_frames
from conformance.record.deviation import AnnouncedDeviationRecord
from conformance.record.verdict import Verdict
from conformance.reporting import allure, manifest
from tests.lab.nights import STARTED, Meter, write_night
from tests.reporting.test_junit import check_structure

HOSTILE = "</script><img src=x onerror=alert(1)>\u202egnp.exe\x1b[31m{{ 7*7 }} #panic() *b* `r`"
FAILED, ERROR = Verdict.FAILED, Verdict.ERROR


def tonight() -> list[Meter]:
    gone = AnnouncedDeviationRecord(case="T_APPL_OPEN_5", reason="promised", owner="lab 2", expires="2026-10-31")
    return [
        Meter(
            "acme-1", problems={4: FAILED, 6: FAILED}, firmware="4.13.0", reasons={4: "AARE accepted", 6: "no block"}
        ),
        Meter("acme-2", problems={4: FAILED}, firmware="4.13.0", reasons={4: "AARE accepted"}, attempts=2),
        Meter("acme-3", problems={9: FAILED}, announced=frozenset([9]), announces=(gone,)),
        Meter("borealis-1", vendor="Borealis", model="BX", line="tcp-b", problems={1: ERROR}),
        Meter("dead-1", line="tcp-b", state=RowState.NO_LINK, reason="connection refused", runs=False, attempts=2),
        Meter("late-1", line="tcp-b", bench="hall-2", state=RowState.OUT_OF_TIME, reason="45 min over", minutes=46),
        Meter("new-1", line="tcp-b", bench="hall-2"),
    ]


def last_night() -> list[Meter]:
    return [
        Meter("acme-1", problems={4: FAILED}),
        Meter("acme-2"),
        Meter("acme-3", problems={2: FAILED}),
        Meter("borealis-1", vendor="Borealis", model="BX", line="tcp-b"),
        Meter("dead-1", line="tcp-b"),
        Meter("late-1", line="tcp-b", bench="hall-2"),
        Meter("left-1"),
    ]


@pytest.fixture(scope="module")
def nights(tmp_path_factory):
    """Two nights in a row, drawn, with a history."""
    root = tmp_path_factory.mktemp("nights")
    before = write_night(root / "2026-11-20T220000", last_night(), started=STARTED - timedelta(days=1))
    draw_night(before, assemble(before), store=root / "history.sqlite", pdf=False)
    hook = HookRan(at=STARTED, hook="dead", device="dead-1", command=("pdu", "cycle"), exit_code=7, output="no outlet")
    directory = write_night(root / "2026-11-21T220000", tonight(), hooks=(hook,))
    night = assemble(directory)
    drawn = draw_night(directory, night, against=night_before(directory, night), store=root / "history.sqlite")
    assert drawn.failures == []
    return directory, drawn


@pytest.fixture(scope="module")
def page(nights):
    return (nights[0] / "night.html").read_text(encoding="utf-8")


def section(page: str, anchor: str) -> str:
    """The text of one part of the page."""
    found = re.search(rf'<section class="part" id="{anchor}">(.*?)</section>', page, re.S)
    assert found is not None
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", found.group(1)))


def test_regressions_are_told_by_case_with_the_devices_they_struck(nights, page):
    view = nights[1].view
    assert [(one.case, [touched.device for touched in one.devices]) for one in view.regressions] == [
        ("T_APPL_GBT_SEND_2", ["acme-1"]),
        ("T_APPL_OPEN_5", ["acme-2"]),
        ("T_HDLC_INFO_P1", ["borealis-1"]),
    ]
    told = section(page, "regressions")
    assert "T_APPL_OPEN_5" in told
    assert "AARE accepted" in told
    assert "New in the lab: new-1." in told
    assert "No longer in it: left-1." in told
    assert "for want of a result then or now: dead-1" in told
    assert "PASSED again in 1 case" in told


def test_an_announced_deviation_is_no_regression(nights):
    third = next(one for one in nights[1].view.devices if one.row.device == "acme-3")
    assert (third.worse, third.better) == (0, 1)


def test_a_device_that_was_not_tested_stands_with_its_reason(page):
    told = section(page, "untested")
    assert "dead-1 no link" in told
    assert "connection refused" in told
    assert "late-1 out of time" in told
    assert "45 min over" in told


def test_cases_that_fail_on_many_meters_stand_first_with_what_they_share(nights, page):
    tally = nights[1].view.cases[0]
    assert (tally.case, len(tally.devices), tally.judged) == ("T_APPL_OPEN_5", 2, 6)
    assert (tally.reason, tally.alike) == ("AARE accepted", 2)
    shares = {share.names[2]: share for share in nights[1].view.models if share.names[0].startswith("Acme")}
    assert shares["4.13.0"].common == ("T_APPL_OPEN_5",)
    assert "1 expected" in section(page, "cases")


def test_attempts_hooks_and_expired_deviations_are_told(page):
    told = section(page, "tended")
    assert "attempt 2" in told
    assert "no answer to SNRM" in told
    assert "dead pdu cycle : exit 7" in told
    assert "no outlet" in told
    assert "2026-10-31" in section(page, "overdue")


def test_every_link_of_the_page_leads_to_something_within_the_night(nights, page):
    directory = nights[0]
    anchors = set(re.findall(r'id="([^"]+)"', page))
    assert len(anchors) == len(re.findall(r'id="([^"]+)"', page))
    links = re.findall(r'href="([^"]*)"', page)
    assert any(link.startswith("devices/acme-1/report.html#T_APPL_GBT_SEND_2-management-any-7") for link in links)
    for link in links:
        path, _, fragment = link.partition("#")
        assert (directory / unquote(path)).is_file() if path else fragment in anchors, link


def test_the_page_loads_nothing_and_runs_our_script_only(page):
    assert "default-src 'none'" in html.unescape(page)
    assert not re.search(r'\b(?:src|href)="(?:https?:)?//', page)
    assert page.count("<script") == 1
    assert not re.search(r"<[^>]+\s(?:style|on\w+)=", page)


def test_drawing_again_gives_the_same_octets(nights, tmp_path):
    directory, drawn = nights
    names = ("night.html", "night.pdf", "junit.xml", "night.json")
    before = {name: (directory / name).read_bytes() for name in names}
    night = load_night(directory)
    store = directory.parent / "history.sqlite"
    again = draw_night(directory, night, against=night_before(directory, night), store=store)
    assert again.failures == []
    assert {name: (directory / name).read_bytes() for name in names} == before
    assert manifest.check(directory) == ()
    assert drawn.files.keys() == again.files.keys()


def test_the_runs_of_the_night_are_in_the_history_once(nights):
    with sqlite3.connect(nights[0].parent / "history.sqlite") as store:
        assert store.execute("SELECT count(*) FROM run").fetchone() == (13,)
        devices = {name for (name,) in store.execute("SELECT name FROM device")}
    store.close()
    assert {"acme-1", "left-1", "new-1"} <= devices


def test_a_subtest_that_goes_back_and_forth_is_called_flaky(tmp_path):
    view = None
    for night in range(4):
        problems = {0: FAILED} if night % 2 else {}
        directory = write_night(
            tmp_path / f"2026-11-2{night}", [Meter("acme-1", problems=problems), Meter("acme-2")],
            started=STARTED + timedelta(days=night - 3),
        )  # fmt: skip
        view = draw_night(directory, assemble(directory), store=tmp_path / "history.sqlite", pdf=False).view
    assert [(one.device, one.case, one.changes) for one in view.flaky] == [("acme-1", "T_HDLC_FRAME_P2", 3)]
    assert "PFPF" in section((directory / "night.html").read_text(encoding="utf-8"), "flaky")


def test_a_history_that_is_none_costs_a_note_and_nothing_else(tmp_path):
    (tmp_path / "history.sqlite").write_text("no database at all, but long enough to be looked at")
    directory = write_night(tmp_path / "night", [Meter("acme-1")])
    drawn = draw_night(directory, assemble(directory), store=tmp_path / "history.sqlite", pdf=False)
    assert drawn.failures == []
    assert any("history is not kept" in note for note in drawn.view.notes)


def test_the_night_before_is_the_newest_one_of_the_same_lab_that_began_earlier(tmp_path):
    for name, days, lab in (
        ("a", -3, "Acme night lab"),
        ("b", -2, "Acme night lab"),
        ("c", -1, "Other"),
        ("z", 1, "Acme night lab"),
    ):
        assemble(write_night(tmp_path / name, [Meter("m")], started=STARTED + timedelta(days=days), lab=lab))
    (tmp_path / "y").mkdir()
    (tmp_path / "y" / "night.json").write_text("{")
    directory = write_night(tmp_path / "d", [Meter("m")])
    assert night_before(directory, assemble(directory)) == tmp_path / "b"
    assert night_before(tmp_path / "a", load_night(tmp_path / "a")) is None


def test_there_is_a_suite_for_each_device_and_the_counts_add_up(nights):
    root = Xml.parse(nights[0] / "junit.xml").getroot()
    check_structure(root)
    assert [suite.get("name") for suite in root] == [meter.name for meter in tonight()]
    for count in ("tests", "failures", "errors"):
        assert int(root.get(count)) == sum(int(suite.get(count)) for suite in root)
    for suite in root:
        cases = suite.findall("testcase")
        assert int(suite.get("tests")) == len(cases)
        assert int(suite.get("skipped")) == len(suite.findall("testcase/skipped"))
        assert int(suite.get("failures")) == len(suite.findall("testcase/failure"))
        assert int(suite.get("errors")) == len(suite.findall("testcase/error"))
        assert [case.get("name") for case in cases].count("tested") == 1
    assert int(root.get("failures")) == 3
    assert int(root.get("errors")) == 3


def test_names_of_test_cases_are_those_of_the_last_night(nights):
    def names(directory):
        suites = Xml.parse(directory / "junit.xml").getroot()
        cases = [case for suite in suites for case in suite.iter("testcase")]
        return {
            (case.get("classname"), case.get("name")) for case in cases if "deviations" not in case.get("classname")
        }

    before, after = names(nights[0].parent / "2026-11-20T220000"), names(nights[0])
    both = [{name for name in found if name[0].startswith("acme")} for found in (before, after)]
    assert len(both[0]) == 33
    assert both[0] == both[1]
    assert ("dead-1", "tested") in before & after


def test_a_device_that_was_not_tested_is_an_error_of_its_suite(nights):
    root = Xml.parse(nights[0] / "junit.xml").getroot()
    suite = next(suite for suite in root if suite.get("name") == "dead-1")
    error = suite.find("testcase/error")
    assert error.get("message").startswith("INCONCLUSIVE: no-link: connection refused")
    facts = {entry.get("name"): entry.get("value") for entry in suite.iter("property")}
    assert (facts["night.attempts"], facts["night.line"]) == ("2", "tcp-b")


def test_allure_results_of_devices_of_one_config_do_not_meet(tmp_path):
    meters = [Meter(f"acme-{number}", config_name="acme", problems={0: FAILED}) for number in range(3)]
    directory = write_night(tmp_path / "night", meters)
    for meter in meters[:2]:
        run = directory / "devices" / meter.name
        allure.write(run, load(run), load_frames(run))
    own = directory / "devices" / "acme-0" / "allure-results"
    before = {path.name: path.read_bytes() for path in own.iterdir()}
    drawn = draw_night(directory, assemble(directory), pdf=False)
    assert drawn.failures == []
    results = [json.loads(path.read_bytes()) for path in (directory / "allure-results").glob("*-result.json")]
    assert len(results) == 30
    assert len({result["uuid"] for result in results}) == 30
    assert len({result["historyId"] for result in results}) == 30
    parameters = Counter(result["parameters"][0]["value"] for result in results)
    assert parameters == {"acme-0": 10, "acme-1": 10, "acme-2": 10}
    assert {len({result["testCaseId"] for result in results})} == {10}
    sources = [one["source"] for result in results for one in result.get("attachments", [])]
    assert len(sources) == len(set(sources)) == 22
    assert all((directory / "allure-results" / source).is_file() for source in sources)
    assert {
        label["value"] for result in results for label in result["labels"] if label["name"] == "parentSuite"
    } == set(parameters)
    assert {path.name: path.read_bytes() for path in own.iterdir()} == before
    assert (directory / "allure-results" / "categories.json").is_file()


LEADS_OUT = '{"uuid": "u", "historyId": "h", "attachments": [{"source": "../../../night.json"}]}'


@pytest.mark.parametrize("damage", ["{", "[]", '{"uuid": 5}', LEADS_OUT])
def test_damaged_allure_results_are_drawn_again_from_the_record(tmp_path, damage):
    directory = write_night(tmp_path / "night", [Meter("acme-1")])
    run = directory / "devices" / "acme-1"
    allure.write(run, load(run), load_frames(run))
    next((run / "allure-results").glob("*-result.json")).write_text(damage)
    drawn = draw_night(directory, assemble(directory), pdf=False)
    assert drawn.failures == []
    assert any("Allure results of acme-1 were damaged" in note for note in drawn.view.notes)
    results = [json.loads(path.read_bytes()) for path in (directory / "allure-results").glob("*-result.json")]
    assert len(results) == 10
    assert len(list((directory / "allure-results").glob("dlms-*"))) == 10


def test_the_paper_says_what_the_page_says(nights):
    reader = pypdf.PdfReader(io.BytesIO((nights[0] / "night.pdf").read_bytes()))
    text = re.sub(r"\s+", " ", " ".join(page.extract_text() for page in reader.pages).replace("\u200b", ""))
    for said in (
        "Acme night lab", "2026-11-21T220000", "FAILED", "7 on 3 lines", "Worst verdict".upper(), "no certificate",
        "T_APPL_GBT_SEND_2", "AARE accepted", "connection refused", "45 min over", "New in the lab: new-1.",
        "Acme Metering E500", "4.13.0", "dead pdu cycle: exit 7", "promised", "2 of 6", "night.json in schema 1",
    ):  # fmt: skip
        assert said in text, said
    assert json.loads(reader.attachments["night.json"][0])["name"] == "2026-11-21T220000"
    assert "/StructTreeRoot" in reader.trailer["/Root"]
    metadata = reader.trailer["/Root"]["/Metadata"].get_data().decode()
    assert re.search(r"pdfaid:part>3<", metadata)
    assert re.search(r"pdfaid:conformance>B<", metadata)


def test_whatever_a_meter_or_a_lab_says_is_shown_and_does_nothing(tmp_path):
    meter = Meter(
        HOSTILE, line=HOSTILE, bench=HOSTILE, vendor=HOSTILE, model=HOSTILE, firmware="x" * 5000,
        problems={0: FAILED}, reasons={0: HOSTILE * 50_000}, config_name="x",
    )  # fmt: skip
    dead = Meter("dead", state=RowState.NO_LINK, reason=HOSTILE + "x" * 1_000_000, runs=False)
    directory = write_night(tmp_path / "night", [meter, dead], lab=HOSTILE, host=HOSTILE)
    drawn = draw_night(directory, assemble(directory))
    assert drawn.failures == []
    page = (directory / "night.html").read_text(encoding="utf-8")
    assert len(page) < 200_000
    assert "<img" not in page
    assert page.count("<script") == 1
    assert "\u202e" not in page
    assert "\x1b" not in page
    assert "{{ 7*7 }}" in page
    Xml.parse(directory / "junit.xml")
    assert manifest.check(directory) == ()


def test_an_empty_lab_is_a_night_too(tmp_path):
    directory = write_night(tmp_path / "night", [])
    night = assemble(directory)
    drawn = draw_night(directory, night)
    assert drawn.failures == []
    assert night.exit_code == 3


def test_a_view_that_fails_leaves_the_others_and_nothing_old(tmp_path, monkeypatch):
    directory = write_night(tmp_path / "night", [Meter("acme-1")])
    night = assemble(directory)
    draw_night(directory, night)

    def broken(*_: object, **__: object) -> bytes:
        raise ValueError("no ink")

    monkeypatch.setattr("conformance.lab.night_paper.render", broken)
    drawn = draw_night(directory, night)
    assert drawn.failures == ["pdf: no ink"]
    assert not (directory / "night.pdf").exists()
    assert {"html", "junit", "allure", "manifest"} <= drawn.files.keys()
    assert manifest.check(directory) == ()
