"""The night's page in a browser, as an engineer works in it in the morning."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from conformance.lab.night_assembly import assemble
from conformance.lab.night_drawing import draw_night
from conformance.lab.night_journal import HookRan
from conformance.lab.night_record import RowState
from conformance.record.verdict import Verdict
from tests.lab.nights import STARTED, Meter, write_night
from tests.reporting.accessibility import axe, violations
from tests.reporting.browser import Browser

HOSTILE = "</script><img src=x onerror=alert(1)><svg onload=alert(2)>\u202egnp"


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A night with one of everything, held against another."""
    root = tmp_path_factory.mktemp("nights")
    failed = dict.fromkeys(range(3), Verdict.FAILED)
    meters = [
        *(Meter(f"acme-{number}", problems=failed, line=f"line-{number % 3}") for number in range(6)),
        Meter("cirrus-1", vendor="Cirrus", problems={4: Verdict.ERROR}),
        Meter("cirrus-2", vendor="Cirrus", minutes=50),
        Meter("dead-1", state=RowState.NO_LINK, reason="connection refused", runs=False, attempts=2),
        Meter(HOSTILE, vendor=HOSTILE, problems={5: Verdict.INCONCLUSIVE}, reasons={5: HOSTILE}),
    ]
    before = write_night(root / "a", [Meter(meter.name) for meter in meters], started=STARTED - timedelta(days=1))
    assemble(before)
    hook = HookRan(at=STARTED, hook="dead", device="dead-1", command=("pdu", HOSTILE), exit_code=7, output=HOSTILE)
    directory = write_night(root / "b", meters, hooks=(hook,))
    drawn = draw_night(directory, assemble(directory), against=before, store=root / "h.sqlite", pdf=False)
    assert drawn.failures == []
    return directory / "night.html"


ROWS = "#fleet tbody tr"


def test_nothing_of_what_meters_say_runs_and_the_policy_is_kept(browser: Browser, page: Path) -> None:
    with browser.open(page) as opened:
        opened.until("document.querySelector('#filter output').textContent === '10 of 10 devices'")
        assert opened.complaints == []
        assert opened.dialogs == []
        assert opened.seen("img") == 0


def test_devices_are_filtered_by_verdict_and_word(browser: Browser, page: Path) -> None:
    with browser.open(page) as opened:
        assert opened.seen(ROWS) == 10
        opened.click("#filter input[value=FAILED]")
        assert opened.seen(ROWS) == 4
        assert opened.text("#filter output") == "4 of 10 devices"
        opened.evaluate("document.querySelector('#filter input[type=search]').focus()")
        opened.write("cirrus e500")
        assert opened.seen(ROWS) == 2
        opened.click("#filter button[type=reset]")
        opened.until("document.querySelector('#filter output').textContent === '10 of 10 devices'")


def test_devices_are_sorted_by_keyboard_and_the_head_says_so(browser: Browser, page: Path) -> None:
    first = f"document.querySelector('{ROWS} th').innerText"
    with browser.open(page) as opened:
        opened.evaluate("document.querySelectorAll('#fleet thead button')[0].focus()")
        opened.press("Enter")
        assert opened.evaluate("document.querySelector('#fleet thead th').getAttribute('aria-sort')") == "ascending"
        opened.press("Enter")
        assert opened.evaluate("document.querySelector('#fleet thead th').getAttribute('aria-sort')") == "descending"
        assert opened.evaluate(first).startswith("dead-1")
        opened.evaluate("document.querySelector('#fleet thead th:last-child button').click()")
        assert opened.evaluate(first).startswith("cirrus-2")


def test_a_chip_of_the_map_leads_to_its_row_even_when_it_is_filtered_away(browser: Browser, page: Path) -> None:
    with browser.open(page) as opened:
        opened.click("#filter input[value=FAILED]")
        assert opened.evaluate("document.getElementById('device-1').hidden") is True
        opened.click(".cells a[href='#device-1']")
        opened.until("!document.getElementById('device-1').hidden")


@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize("dark", [False, True])
def test_it_fits_the_window_and_axe_finds_nothing(
    browser: Browser, page: Path, pytestconfig: pytest.Config, width: int, dark: bool
) -> None:
    with browser.open(page, width=width, dark=dark) as opened:
        assert opened.evaluate("document.documentElement.scrollWidth") <= width
        opened.evaluate("for (const one of document.querySelectorAll('details')) one.open = true")
        assert violations(opened, axe(pytestconfig)) == []


def test_on_paper_everything_is_there_and_nothing_to_press(browser: Browser, page: Path) -> None:
    with browser.open(page) as opened:
        opened.look(width=760, printed=True)
        assert opened.seen("#filter, nav.jump") == 0
        assert opened.seen(ROWS) == 10
