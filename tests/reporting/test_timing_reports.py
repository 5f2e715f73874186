"""Response times in the reports: numbers in words, a drawing beside them, nothing where nothing was measured."""

from __future__ import annotations

import io
import json
import re
from datetime import UTC, datetime
from xml.etree import ElementTree as Xml

import pypdf
import pytest

from conformance.record.model import CaseHead, CaseRecord, DeviceRecord, RunHead, RunRecord, SubtestRecord, ToolRecord
from conformance.record.timing import TimingRecord, timing_of
from conformance.record.verdict import Verdict
from conformance.reporting import allure, html, junit, pdf
from conformance.reporting.timing_view import timed_groups
from tests.reporting.test_html import Page

STARTED = datetime(2026, 11, 21, 12, tzinfo=UTC)
LIMITS = {"timing": {"max_response_time_s": 0.5, "max_inter_octet_gap_s": 0.02}}
HOSTILE = "<img src=x onerror=alert(1)>\u202e"


def subtest(number: int, timing: TimingRecord | None, duration_s: float = 1.0) -> SubtestRecord:
    return SubtestRecord(
        number=number, title="a", verdict=Verdict.PASSED, started=STARTED, duration_s=duration_s, timing=timing
    )


def measured(*times: float, **more: object) -> TimingRecord:
    return timing_of(times, **{"virtual": False, "wire_s": 0.5, "waited_s": 0.0, **more})  # type: ignore[arg-type]


def run_of(*cases: tuple[str, str, tuple[SubtestRecord, ...]], config: object = None, devices: int = 1) -> RunRecord:
    head = RunHead(
        tool=ToolRecord(version="1"),
        started=STARTED,
        device=DeviceRecord(name="meter", link="serial:/dev/ttyUSB0?baud=9600", config=config or {}),
        further_devices=tuple(DeviceRecord(name=f"meter {number}") for number in range(2, devices + 1)),
    )
    made = tuple(
        CaseRecord.of(CaseHead(id=name, title="a case", group=group, device="meter"), subtests)
        for name, group, subtests in cases
    )
    return RunRecord.of(head, made, finished=STARTED, complete=True)


@pytest.fixture(scope="module")
def record() -> RunRecord:
    return run_of(
        (
            "T_HDLC_FRAME_P1",
            "hdlc",
            (
                subtest(1, measured(0.020, 0.030, 0.040, longest_gap_s=0.004)),
                subtest(2, measured(0.050, longest_gap_s=0.030)),
            ),
        ),
        ("T_HDLC_FRAME_N1", "hdlc", (subtest(1, measured(waited_s=5.0), 5.6),)),
        ("T_HDLC_FRAME_P3", "hdlc", (subtest(1, None),)),
        ("T_APPL_OPEN_1", "application", (subtest(1, measured(0.1, 0.9)),)),
        config=LIMITS,
    )


@pytest.fixture(scope="module")
def source(record: RunRecord) -> str:
    return html.render(record, ())


@pytest.fixture(scope="module")
def page(source: str) -> Page:
    return Page(source)


def rows_of(source: str) -> dict[str, list[str]]:
    """The cells of each row of the tables of numbers, by their heads; of `all`, those of the last group."""
    section = source[source.index('<section class="timing"') : source.index('<section class="subtests"')]
    found = {}
    for row in re.findall(r'<tr><th scope="row">(.*?)</tr>', section, re.DOTALL):
        head, *cells = re.split(r"</th>|</td>", row)
        texts = [" ".join(re.sub(r"<[^>]*>", "", cell).split()) for cell in cells]
        found[re.sub(r"<[^>]*>", "", head)] = texts
    return found


def test_each_case_has_its_numbers_and_each_group_the_sum(source):
    rows = rows_of(source)
    assert rows["T_HDLC_FRAME_P1"][:6] == ["4", "20 ms", "35 ms", "50 ms", "50 ms", "▲ 30 ms"]
    assert rows["T_APPL_OPEN_1"][:5] == ["2", "100 ms", "500 ms", "▲ 900 ms", "▲ 900 ms"]
    assert rows["all"][:5] == ["2", "100 ms", "500 ms", "▲ 900 ms", "▲ 900 ms"]


def test_a_case_without_a_reply_has_no_row(source):
    assert not {"T_HDLC_FRAME_N1", "T_HDLC_FRAME_P3"} & rows_of(source).keys()


def test_the_drawing_says_in_words_what_it_shows(source, page):
    drawings = [attributes for tag, attributes in page.elements if attributes.get("role") == "img"]
    assert len(drawings) == 2
    ids = page.attributes("id")
    for attributes in drawings:
        assert set((attributes["aria-labelledby"] or "").split()) <= set(ids)
    assert "Response times of the hdlc group" in page.lines
    assert (
        "Histogram of 4 replies: shortest 20 ms, median 35 ms, 95 % within 50 ms, longest 50 ms. Declared limit 500 ms."
        in page.lines
    )
    hidden = [attributes for tag, attributes in page.elements if tag == "svg" and "role" not in attributes]
    assert all(attributes.get("aria-hidden") == "true" for attributes in hidden)


def test_the_drawing_needs_neither_script_nor_inline_style(page):
    assert page.open == []
    assert page.attributes("style") == []
    assert not [name for _, attributes in page.elements for name in attributes if name.startswith("on")]
    assert [tag for tag, _ in page.elements].count("script") == 2


def test_the_limit_is_drawn_where_one_is_declared(source):
    assert source.count('class="limit"') == 2 * 2 + 2
    assert "limit 500 ms" in source
    without = html.render(run_of(("T_A", "hdlc", (subtest(1, measured(0.1)),))), ())
    assert 'class="limit"' not in without
    assert "▲ 100 ms" not in without


def test_where_the_time_went_is_said_of_each_group(source):
    assert "Where the time went: of 8.6 s, 17 % on the wire, 2 % meter, 58 % waits, 23 % tool." in " ".join(
        source.split()
    )


def test_times_of_a_virtual_clock_are_called_so_and_have_no_shares():
    source = html.render(run_of(("T_A", "hdlc", (subtest(1, measured(0.0, virtual=True, wire_s=None)),))), ())
    assert "Virtual time" in source
    assert "Where the time went" not in source


def test_one_reply_is_drawn_as_one_bar():
    source = html.render(run_of(("T_A", "hdlc", (subtest(1, measured(0.25)),))), ())
    assert rows_of(source)["T_A"][:5] == ["1", "250 ms", "250 ms", "250 ms", "250 ms"]
    assert all(path.count("M") == 1 for path in re.findall(r'class="bars" d="([^"]*)"', source))


@pytest.mark.parametrize("timing", [None, measured(waited_s=5.0)])
def test_without_a_reply_there_is_no_section(timing):
    record = run_of(("T_A", "hdlc", (subtest(1, timing),)))
    assert timed_groups(record) == ()
    assert '<section class="timing"' not in html.render(record, ())
    assert "Response times" not in text_of(pdf.render(record, ()))


def test_what_was_not_kept_is_told():
    times = [0.1 + number / 10_000 for number in range(1000)]
    source = html.render(run_of(("T_A", "hdlc", (subtest(1, measured(*times)),))), ())
    assert re.search(r"1000 replies, \d+ of them drawn", source)
    assert rows_of(source)["T_A"][1:5:3] == ["100 ms", "200 ms"]


def test_names_and_a_limit_of_nonsense_stay_harmless():
    nonsense = {"timing": {"max_response_time_s": HOSTILE, "max_inter_octet_gap_s": -1}}
    record = run_of((HOSTILE, HOSTILE, (subtest(1, measured(0.1, longest_gap_s=0.1)),)), config=nonsense)
    source = html.render(record, ())
    assert "<img" not in source
    assert "\u202e" not in source
    assert Page(source).open == []
    assert pdf.render(record, ()).startswith(b"%PDF")


def text_of(document: bytes) -> str:
    reader = pypdf.PdfReader(io.BytesIO(document))
    return re.sub(r"\s+", " ", " ".join(page.extract_text() for page in reader.pages).replace("\u200b", ""))


def test_the_pdf_says_the_same(record):
    text = text_of(pdf.render(record, ()))
    assert re.search(r"T_HDLC_FRAME_P1 4 20 ms 35 ms 50 ms 50 ms ▲ 30 ms", text)
    assert re.search(r"T_APPL_OPEN_1 2 100 ms 500 ms ▲ 900 ms ▲ 900 ms", text)
    assert "Where the time went: of 8.6 s, 17 % on the wire, 2 % meter, 58 % waits, 23 % tool." in text
    assert "4 replies; 1 in the highest bar" in text
    assert "limit 500 ms" in text


def test_junit_has_the_times_as_properties(record):
    root = Xml.fromstring(junit.render(record))
    (case,) = [case for case in root.iter("testcase") if case.get("name") == "T_HDLC_FRAME_P1[2]"]
    properties = dict(re.findall(r"\[\[PROPERTY\|([^=]*)=(.*)\]\]", case.findtext("system-out")))
    assert {name: value for name, value in properties.items() if name.startswith("timing.")} == {
        "timing.clock": "real",
        "timing.replies": "1",
        "timing.slowest-response": "0.050000",
        "timing.longest-gap": "0.030000",
        "timing.wire": "0.500000",
        "timing.meter": "0.050000",
        "timing.waited": "0.000000",
    }


def test_allure_shows_the_slowest_response_without_making_another_test_of_it(record, tmp_path):
    (tmp_path / "run.json").write_text(json.dumps(record.to_json()))
    allure.write(tmp_path, record, ())
    results = [json.loads(path.read_text()) for path in (tmp_path / allure.ALLURE).glob("*-result.json")]
    parameters = {(result["name"], item["name"]): item for result in results for item in result.get("parameters", ())}
    shown = parameters["T_APPL_OPEN_1 · 1 a", "slowest response"]
    assert (shown["value"], shown["excluded"]) == ("900 ms", True)
    assert ("T_HDLC_FRAME_N1 · 1 a", "slowest response") not in parameters
