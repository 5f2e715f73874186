"""In a browser the page filters, searches, leads, and shows which octets are which field; by pointer and by keys."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from conformance.record.assemble import load, load_frames
from conformance.reporting.html import render
from tests.reporting.browser import Browser, Page

REJECTED = "T_APPL_OPEN_5-reader-any-1"
PROTECTED = "T_SYMSEC_0_DATA_1-management-glo-2"
PROBLEMS = 5
OPEN = "document.querySelectorAll('details.subtest[open]').length"
FOCUSED = "document.activeElement.closest('details.subtest')?.id ?? document.activeElement.id"


@pytest.fixture(scope="module")
def report(specimen: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("page") / "report.html"
    path.write_text(render(load(specimen), load_frames(specimen)), encoding="utf-8")
    return path


@pytest.fixture
def page(browser: Browser, report: Path) -> Iterator[Page]:
    with browser.open(report) as opened:
        yield opened
        assert opened.complaints == []
        assert opened.dialogs == []


@pytest.fixture
def rejected(browser: Browser, report: Path) -> Iterator[Page]:
    """The page by its link to a subtest, with its exchange drawn."""
    with browser.open(f"{report.as_uri()}#{REJECTED}") as opened:
        opened.until("document.querySelectorAll('.hex mark').length")
        yield opened
        assert opened.complaints == []


def test_a_deep_link_opens_its_subtest_and_draws_the_deciding_frame(rejected: Page) -> None:
    assert rejected.evaluate(f"{OPEN}") == 1
    assert rejected.evaluate(f"document.getElementById('{REJECTED}').open")
    top = rejected.evaluate(f"document.getElementById('{REJECTED}').getBoundingClientRect().top")
    assert 0 <= top < 900
    marked = rejected.evaluate("[...document.querySelectorAll('.hex mark')].map((mark) => mark.textContent).join('')")
    assert marked == "0800065F1F040000181D01800007"
    assert rejected.evaluate("document.querySelector('.fields .decided').title").startswith("initiate-response")


def test_the_deciphered_apdu_stands_under_the_ciphered_one(browser: Browser, report: Path) -> None:
    with browser.open(f"{report.as_uri()}#{PROTECTED}") as page:
        page.until("document.querySelectorAll('.view').length")
        assert "deciphered: get-response" in page.text(f"#{PROTECTED} .exchange")
        assert page.evaluate("document.querySelector('.fields .decided').title").endswith("invoke-id-and-priority")


def test_a_link_to_a_subtest_that_is_filtered_away_shows_everything_again(page: Page) -> None:
    page.click(".choices input[value=FAILED]")
    assert page.seen(f"#{REJECTED}") == 0
    page.evaluate(f"location.hash = '{REJECTED}'")
    page.until(f"document.getElementById('{REJECTED}').open")
    assert page.seen(f"#{REJECTED} .body") == 1
    assert page.text("#shown") == "11 of 11 subtests"


def test_the_filter_hides_other_verdicts_with_their_cases_and_their_rows_of_the_matrix(page: Page) -> None:
    assert page.text("#shown") == "11 of 11 subtests"
    page.click("#problems")
    assert page.text("#shown") == f"{PROBLEMS} of 11 subtests"
    assert page.seen("details.subtest") == PROBLEMS
    assert page.evaluate(
        "[...document.querySelectorAll('details.subtest')].filter((e) => e.checkVisibility())"
        ".every((e) => ['FAILED', 'ERROR', 'INCONCLUSIVE'].includes(e.dataset.verdict))"
    )
    assert page.seen("#T_APPL_OPEN_2") == 0
    assert page.seen(".matrix tr[data-case=T_APPL_OPEN_2]") == 0
    assert page.seen(".matrix tr[data-case=T_APPL_OPEN_5]") == 1
    page.click("#everything")
    assert page.seen("details.subtest") == 11


def test_the_search_finds_words_of_cases_clauses_and_reasons_and_says_when_nothing_fits(page: Page) -> None:
    for words, found in (("initiateresponse", 1), ("IEC 62056-46", 2), ("silence preamble", 1), ("no such words", 0)):
        page.evaluate("document.getElementById('search').value = ''")
        page.click("#search")
        page.write(words)
        page.until(f"document.getElementById('shown').textContent === '{found} of 11 subtests'")
        assert page.seen("details.subtest") == found, words
    assert page.seen("#nothing") == 1


def lit(page: Page) -> str:
    """The octets that are lit, as they stand."""
    return str(page.evaluate("[...document.querySelectorAll('.hex .lit')].map((cell) => cell.textContent).join('')"))


def lit_fields(page: Page) -> list[str]:
    return list(page.evaluate("[...document.querySelectorAll('tr.lit')].map((row) => row.title)"))


def test_a_field_under_the_pointer_lights_its_octets_and_says_where_it_stands(rejected: Page) -> None:
    rejected.hover("tr[title='aare.result-source-diagnostic'] th")
    assert lit(rejected) == "A305A10302010D"
    assert "aare.result-source-diagnostic" in rejected.text(".view:has(.lit) .trace")
    rejected.hover("h3")
    assert lit(rejected) == ""


def test_an_octet_under_the_pointer_lights_its_innermost_field(rejected: Page) -> None:
    rejected.hover(".hex mark:last-of-type")
    assert len(lit_fields(rejected)) == 1
    octet = rejected.evaluate("document.querySelector('.hex mark:last-of-type').dataset.at")
    start, end = rejected.evaluate("(({start, end}) => [+start, +end])(document.querySelector('tr.lit').dataset)")
    assert start <= int(octet) < end
    assert len(lit(rejected)) == 2 * (end - start)


def test_keys_go_from_octet_to_octet_and_light_the_field_as_the_pointer_does(rejected: Page) -> None:
    rejected.evaluate("document.querySelector('.frame[open] .hex [data-at]').focus()")
    rejected.press("ArrowRight", "ArrowDown")
    assert rejected.evaluate("document.activeElement.dataset.at") == "17"
    assert len(lit_fields(rejected)) == 1
    rejected.press("End", "Home")
    assert rejected.evaluate("document.activeElement.dataset.at") == "0"
    assert lit_fields(rejected) == ["hdlc-frame.opening-flag"]
    assert rejected.evaluate("document.querySelectorAll('.frame[open] .hex [tabindex=\"0\"]').length") == 1


def test_keys_go_from_field_to_field_and_light_the_octets(rejected: Page) -> None:
    rejected.evaluate("document.querySelector('.frame[open] .fields tr').focus()")
    rejected.press("ArrowDown")
    assert lit_fields(rejected) == ["hdlc-frame.opening-flag"]
    assert lit(rejected) == "7E"
    assert rejected.text(".view:has(.lit) .trace").startswith("octet 0 · hdlc-frame.opening-flag")


def test_keys_lead_from_problem_to_problem_and_back(page: Page) -> None:
    page.press("n")
    first = page.evaluate(FOCUSED)
    page.press("n")
    second = page.evaluate(FOCUSED)
    assert first != second
    assert page.text("#said") == f"Problem 2 of {PROBLEMS}"
    assert page.evaluate("location.hash") == f"#{second}"
    page.press("p")
    assert page.evaluate(FOCUSED) == first
    page.press(*["n"] * 8)
    assert page.text("#said") == f"Problem {PROBLEMS} of {PROBLEMS}"
    page.press("Escape")
    assert page.evaluate("document.activeElement.closest('details.subtest').open") is False


def test_a_slash_searches_and_escape_clears_what_was_searched(page: Page) -> None:
    page.press("/")
    assert page.evaluate("document.activeElement.id") == "search"
    page.write("password")
    page.until("document.getElementById('shown').textContent === '1 of 11 subtests'")
    page.press("n", "o", "c")
    assert page.evaluate(OPEN) == 0, "letters that are typed into the search are no commands"
    page.press("Escape")
    assert page.text("#shown") == "11 of 11 subtests"
    page.press("Escape", "o")
    assert page.evaluate(OPEN) == 11
    page.press("c")
    assert page.evaluate(OPEN) == 0


def test_single_keys_can_be_switched_off(page: Page) -> None:
    """As WCAG 2.1.4 wants it: who dictates would set off commands by words."""
    page.click("#keys")
    page.press("n", "o")
    assert page.evaluate(OPEN) == 0


def test_who_has_a_keyboard_only_comes_to_the_subtests_at_once_and_sees_where_they_are(page: Page) -> None:
    page.press("Tab")
    assert page.text(":focus") == "Skip to the summary"
    page.press("Tab", "Enter")
    assert page.evaluate("location.hash") == "#subtests"
    page.press("Tab")
    assert page.evaluate("document.activeElement.closest('#filter') !== null")
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"


def test_a_clause_leads_to_its_cases(page: Page) -> None:
    documents = page.evaluate("[...document.querySelectorAll('#coverage h3')].map((head) => head.textContent)")
    assert documents == ["IEC 62056-5-3", "IEC 62056-46"]
    page.click("#coverage details:last-child summary")
    assert page.seen("#coverage details[open] tbody tr") == 1
    page.click("#coverage details[open] tbody a")
    assert page.evaluate("location.hash") == "#T_HDLC_INFO_P1"


def test_a_printed_page_is_whole_and_has_no_controls(page: Page) -> None:
    page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    page.until("document.querySelectorAll('.hex').length >= 3")
    page.look(width=760, printed=True)
    assert page.seen("#filter, .skip, .masthead nav, .permalink") == 0
    assert page.seen("details.subtest[open] .body") == PROBLEMS
    assert page.seen("#coverage tbody tr") > 2
    assert page.seen("#not-tested tbody tr") == 2
    assert page.seen("details.config pre") == 1
    assert page.evaluate("document.documentElement.scrollWidth") <= 760
    page.evaluate("window.dispatchEvent(new Event('afterprint'))")
    assert page.evaluate(OPEN) == 0


@pytest.mark.parametrize("width", [1280, 390])
def test_no_page_scrolls_sideways(browser: Browser, report: Path, width: int) -> None:
    with browser.open(f"{report.as_uri()}#{PROTECTED}", width=width) as page:
        page.until("document.querySelectorAll('.hex').length")
        assert page.evaluate("document.documentElement.scrollWidth") <= width
