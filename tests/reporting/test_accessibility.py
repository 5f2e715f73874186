"""Every page can be read by everybody: axe finds nothing against WCAG 2.2 AA, in light and dark, wide and narrow."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from conformance.diagnose.intake.reading import read
from conformance.diagnose.reasoning.diagnosis import diagnose
from conformance.record.assemble import load, load_frames
from conformance.record.model import DeviceRecord, RunRecord
from conformance.record.verdict import Verdict
from conformance.reporting import comparison_page, diagnosis_page, html
from conformance.reporting.branding import Branding
from conformance.reporting.comparison import compare
from conformance.reporting.history.nights import nights
from conformance.reporting.history.pages import Links, device_page, index_page, night_page
from conformance.reporting.history.store import digest_of
from conformance.reporting.history.store import history as open_history
from conformance.reporting.history.trend import Trend, trend
from conformance.reporting.logo import check
from tests.reporting.accessibility import axe, violations
from tests.reporting.browser import Browser

CAPTURE = Path(__file__).parent.parent / "diagnose" / "captures" / "hexing_hls_gmac_accepted.json"
LOGO = b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 4 2"><path d="M0 0h4v2H0z" fill="#0b4f8a"/></svg>'
LABORATORY = Branding("Acme Metering Laboratory", check(LOGO), ("1 Line Street",), "ISO/IEC 17025", number="2026-117")


def failed(specimen: Path, folder: Path) -> str:
    return html.render(load(specimen), load_frames(specimen), branding=LABORATORY, evidence={"run.json": "0" * 64})


def announced(specimen: Path, folder: Path) -> str:
    """With expected deviations: one that shows, one that has expired, one that did not show."""
    record = load(specimen)
    said = [
        {"case": "T_HDLC_INFO_P1", "reason": "firmware fault", "owner": "lab 2", "expires": "2027-01-31"},
        {"case": "T_APPL_OPEN_5", "reason": "mended in 4.13", "owner": "lab 2", "expires": "2026-01-31"},
        {"case": "T_SYMSEC_0_DATA_1", "variant": "ded", "reason": "a guess"},
    ]
    device = DeviceRecord.model_validate(
        {**json.loads(record.device.model_dump_json(by_alias=True)), "expected_deviations": said}
    )
    head = record.model_copy(update={"device": device})
    made = RunRecord.of(head, record.cases, finished=record.finished, complete=True)
    assert [deviation.state for deviation in made.deviations] == ["shown", "expired", "unexpected-pass"]
    return html.render(made, load_frames(specimen))


def sound(specimen: Path, folder: Path) -> str:
    record = load(specimen)
    cases = tuple(case for case in record.cases if not case.verdict.is_problem)
    assert {case.verdict for case in cases} >= {Verdict.PASSED, Verdict.INAPPLICABLE}
    made = RunRecord.of(record, cases, finished=record.finished, complete=True)
    return html.render(made, load_frames(specimen))


def killed(specimen: Path, folder: Path) -> str:
    record = load(specimen)
    made = RunRecord.of(record, record.cases[:2], finished=None, complete=False, notes=("the run was killed",))
    return html.render(made, load_frames(specimen))


def comparison(specimen: Path, folder: Path) -> str:
    record = load(specimen)
    before = RunRecord.of(record, record.cases[1:], finished=record.finished, complete=True)
    after = RunRecord.of(
        record.model_copy(update={"acceptance": "strict"}), record.cases[:4], finished=record.finished, complete=True
    )
    return comparison_page.render(compare(before, after))


def diagnosis(specimen: Path, folder: Path) -> str:
    return diagnosis_page.render(diagnose(read(CAPTURE)))


def past(specimen: Path, folder: Path) -> Trend:
    """Five nights of the specimen, in every second of which half of its cases are gone."""
    record = load(specimen)
    with open_history(folder / "history.sqlite", write=True) as store:
        for number in range(5):
            cases = record.cases if number % 2 else record.cases[:4]
            later = record.model_copy(update={"started": record.started + timedelta(days=number)})
            run = RunRecord.of(later, cases, finished=datetime(2026, 12, 1, tzinfo=UTC), complete=True)
            store.add(run, digest=digest_of(bytes([number])), directory="runs", now=datetime(2026, 12, 1, tzinfo=UTC))
        return trend(store, record.device.name)


def device(specimen: Path, folder: Path) -> str:
    return device_page(past(specimen, folder))


def night(specimen: Path, folder: Path) -> str:
    return night_page(nights([past(specimen, folder)])[0])


def index(specimen: Path, folder: Path) -> str:
    made = past(specimen, folder)
    links = Links({made.device: "device.html"}, {date(2026, 11, 21): "night.html"})
    return index_page([made], nights([made]), links=links)


LOOKED_AT_TWICE = (failed, comparison)
"""In either colour at either width; the others, of the same style, in light where it is wide, in dark where narrow."""
PAGES = (failed, announced, sound, killed, comparison, diagnosis, device, night, index)


@pytest.mark.parametrize("draw", PAGES, ids=lambda draw: draw.__name__)
def test_axe_finds_no_violation(
    browser: Browser,
    specimen: Path,
    tmp_path: Path,
    pytestconfig: pytest.Config,
    draw: Callable[[Path, Path], str],
) -> None:
    source = axe(pytestconfig)
    path = tmp_path / "page.html"
    path.write_text(draw(specimen, tmp_path), encoding="utf-8")
    with browser.open(path) as page:
        # All that can be opened is open, so that it is looked at too; twice, for what opening has drawn.
        for _ in range(2):
            page.evaluate("document.querySelectorAll('details').forEach((details) => { details.open = true; }), 0")
            page.until("[...document.querySelectorAll('details.subtest .exchange')].every((place) => place.firstChild)")
        # What is far below is laid out like all else, else axe takes its place for that of something above it.
        page.evaluate(
            "document.querySelectorAll('.case').forEach((e) => { e.style.contentVisibility = 'visible'; }), 0"
        )
        looks = [(1280, False), (390, True)]
        for width, dark in looks if draw not in LOOKED_AT_TWICE else [*looks, (1280, True), (390, False)]:
            page.look(width=width, dark=dark)
            assert violations(page, source) == [], (width, dark)
            assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert page.complaints == []


def test_axe_does_find_what_is_wrong(browser: Browser, tmp_path: Path, pytestconfig: pytest.Config) -> None:
    """Else the test above would prove nothing."""
    path = tmp_path / "page.html"
    path.write_text(
        "<!doctype html><title>x</title><main><h1>x</h1><img src=data:,><p style='color:#aaa'>pale</p></main>"
    )
    with browser.open(path) as page:
        found = {violation.split(":")[0] for violation in violations(page, axe(pytestconfig))}
    assert {"html-has-lang", "image-alt", "color-contrast"} <= found
