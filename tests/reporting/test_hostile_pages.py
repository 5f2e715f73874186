"""A meter that answers with markup, templates, control characters and megabytes gives the same page as a decent one."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from conformance.record.assemble import load, load_frames
from conformance.record.frames import Frame
from conformance.record.model import RunRecord
from conformance.reporting import comparison_page, html
from conformance.reporting.comparison import compare
from conformance.reporting.history.nights import nights
from conformance.reporting.history.pages import device_page, night_page
from conformance.reporting.history.store import digest_of
from conformance.reporting.history.store import history as open_history
from conformance.reporting.history.trend import trend
from tests.reporting.browser import Browser

HOSTILE = (
    "</script><script>alert('script')</script><img src=x onerror=alert('image')></style><svg onload=alert(1)>"
    "'\"><a href=javascript:alert(2)>{{ 7*7 }}{% for x in y %}${7*7}<%= 7*7 %>#{7*7}\u202egnp.exe\u2066\u200f\ufeff"
    "\x00\x07\x1b[31m\x7f\x9b\ud800\r\n]]><!--&lt;b&gt;--><base href=//evil.invalid><meta http-equiv=refresh content=0>"
)
NOW = datetime(2026, 11, 22, tzinfo=UTC)
LONG = "A" * 1_000_000 + HOSTILE
SPOKEN = ("verdict", "started", "finished", "severity", "evidence", "path", "octets", "expires", "complete", "state")
"""Fields that are no free text: enumerations, times, hexadecimal digits."""
NAMES = ("id", "device", "association", "variant", "group", "name", "case")
"""Texts by which parts of a record find each other."""

STRUCTURE = """(() => {
  const names = (element) => [...element.attributes].map((attribute) => attribute.name).sort();
  const told = (element) => [element.tagName, ...names(element)].join(' ');
  return [...document.querySelectorAll('*')].map(told).join('|');
})()"""

SETTLED = """(async () => {
  let before = 0;
  for (let round = 0; round < 200; round++) {
    for (const details of document.querySelectorAll('details:not([open])')) details.open = true;
    await new Promise((done) => setTimeout(done, 50));
    const drawn = [...document.querySelectorAll('details.subtest .exchange')].every((place) => place.firstChild);
    const count = document.querySelectorAll('*').length;
    if (drawn && count === before && !document.querySelector('details:not([open])')) return true;
    before = count;
  }
  return false;
})()"""
"""Opens all that can be opened, which draws more that can be, until nothing new is drawn."""


def altered(value: Any, text: str, key: str = "") -> Any:
    """A record in JSON, with every free text of it replaced; names keep what tells them apart."""
    if isinstance(value, dict):
        fixed = ("totals", "subtest_totals", "timing", "deviations", "pdu_sizes", "transfers")
        return {
            (f"{name}{text}"[:400] if key in ("identity", "plugins", "seeds") else name): (
                found if name in fixed else altered(found, text, name)
            )
            for name, found in value.items()
        }
    if isinstance(value, list):
        return [altered(found, text, key) for found in value]
    if not isinstance(value, str) or key in SPOKEN or not value:
        return value
    if key == "clause":
        return text.replace(";", "")  # which parts one clause from the next
    return f"{value}{text[:2_000]}" if key in NAMES else text


def run_of(specimen: Path, text: str) -> tuple[RunRecord, list[Frame]]:
    """The specimen with `text` for every text of its record, and for every note of its frame log."""
    record = load(specimen)
    told = altered(json.loads(record.model_dump_json(by_alias=True)), text)
    frames = [frame.model_copy(update={"note": text}) for frame in load_frames(specimen)]
    return RunRecord.model_validate(told), frames


def report(specimen: Path, text: str, folder: Path) -> str:
    return html.render(*run_of(specimen, text), evidence={"run.json": "0" * 64})


def comparison(specimen: Path, text: str, folder: Path) -> str:
    record, _ = run_of(specimen, text)
    calm = record.model_copy(update={"cases": record.cases[2:]})
    changed = [case.model_copy(update={"subtests": case.subtests[:1]}) for case in record.cases]
    after = RunRecord.of(record, tuple(changed), finished=record.finished, complete=True)
    before = RunRecord.of(record, calm.cases, finished=record.finished, complete=True)
    return comparison_page.render(compare(before, after))


def history(page: str) -> Callable[[Path, str, Path], str]:
    def drawn(specimen: Path, text: str, folder: Path) -> str:
        record, _ = run_of(specimen, text)
        folder.mkdir()
        with open_history(folder / "history.sqlite", write=True) as store:
            for number, cases in enumerate((record.cases, record.cases[2:], record.cases)):
                later = record.model_copy(update={"started": record.started + timedelta(hours=number)})
                run = RunRecord.of(later, cases, finished=NOW, complete=True)
                store.add(run, digest=digest_of(bytes([number])), directory=text[:500], now=NOW)
            made = trend(store, record.device.name)
        return device_page(made) if page == "device" else night_page(nights([made])[0])

    return drawn


@pytest.mark.parametrize("text", [HOSTILE, LONG], ids=["markup", "a megabyte"])
@pytest.mark.parametrize(
    "draw", [report, comparison, history("device"), history("night")], ids=["report", "comparison", "device", "night"]
)
def test_a_hostile_meter_changes_nothing(
    browser: Browser, specimen: Path, tmp_path: Path, draw: Callable[[Path, str, Path], str], text: str
) -> None:
    """No dialog, no error, no violation of the policy, no element more than with harmless texts, nothing hidden."""
    found = []
    for name, told in (("harmless", "harmless"), ("hostile", text)):
        path = tmp_path / f"{name}.html"
        source = draw(specimen, told, tmp_path / name)
        path.write_text(source, encoding="utf-8")
        assert len(source) < 3_000_000
        assert not any(character in source for character in "\u202e\u2066\u200f\ufeff\x00\x07\x1b\x7f\x9b")
        with browser.open(path) as page:
            assert page.evaluate(SETTLED), "the page goes on drawing"
            found.append(page.evaluate(STRUCTURE))
            assert page.complaints == []
            assert page.dialogs == []
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
            seen = page.evaluate("document.body.innerText")
            if told == text:
                assert "{{ 7*7 }}{% for x in y %}${7*7}" in seen or text is LONG
                assert "‹U+202E›" in seen or text is LONG
    assert found[0].split("|") == found[1].split("|")
