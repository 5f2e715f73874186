"""The pages: whole, safe against whatever a meter says, and linked among one another."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from conformance.record.verdict import Verdict
from conformance.reporting.history.charts import LOOKED_AT, response_chart, strip_of, verdict_chart
from conformance.reporting.history.nights import nights as nights_of
from conformance.reporting.history.pages import device_page, night_page
from conformance.reporting.history.site import file_name, write_site

HOSTILE = "</td><script>alert(1)</script>\u202e{{ 7*7 }}<img src=x>"


class Elements(HTMLParser):
    """Tags with their attributes."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


def test_nothing_that_a_meter_says_becomes_part_of_a_page(nights, tmp_path):
    """Names, identities, titles and reasons, in every page."""
    nights.device, nights.reason, nights.title = HOSTILE, HOSTILE, HOSTILE
    nights.identity = {0: {"firmware": HOSTILE}, 2: {HOSTILE: HOSTILE, "firmware": "2"}, 3: {"firmware": HOSTILE}}
    nights.fill(a="PFPF")
    pages = write_site(tmp_path / "site", [nights.trend()])
    assert len(pages) == 6
    for path in pages:
        page = path.read_text(encoding="utf-8")
        elements = Elements(page).found
        assert not {"script", "img", "iframe", "object"} & {tag for tag, _ in elements}, path
        assert not [attribute for _, attributes in elements for attribute in attributes if attribute.startswith("on")]
        assert "\u202e" not in page
        assert "49" not in re.sub(r"<style>.*?</style>|<svg.*?</svg>", "", page, flags=re.S).replace("7*7", ""), path
        (policy,) = [a["content"] for tag, a in elements if tag == "meta" and "http-equiv" in a]
        assert policy is not None
        assert policy.startswith("default-src 'none'; ")
        assert "unsafe" not in policy
        assert not [a for _, a in elements if "style" in a], "the policy forbids styles in attributes"


def test_every_link_leads_to_a_page_that_is_there(nights, tmp_path):
    """From the index to devices and nights and back, whatever the devices are called."""
    trends = []
    for name in ("acme e500/α", "acme-e500", "../../etc", "CON"):
        nights.device = name
        nights.fill(a="PF", b="FP")
        trends.append(nights.trend())
    pages = write_site(tmp_path / "site", trends, last=1)
    assert sorted(path.parent.name for path in pages) == ["devices"] * 4 + ["nights", "site"]
    followed = set()
    for page in pages:
        for tag, attributes in Elements(page.read_text(encoding="utf-8")).found:
            address = attributes.get("href") or ""
            if tag == "a" and not address.startswith("#"):
                target = (page.parent / address).resolve()
                assert target in {path.resolve() for path in pages}, (page, address)
                followed.add(target)
    assert len(followed) == len(pages)


def test_a_page_that_stands_alone_links_to_nothing_else(nights):
    """One file is sent by mail."""
    nights.fill(a="PF")
    trend = nights.trend()
    for page in (device_page(trend), night_page(nights_of([trend])[0])):
        assert not [a for tag, a in Elements(page).found if tag == "a" and not (a.get("href") or "").startswith("#")]


def test_the_page_of_a_device_tells_what_the_trend_tells(nights):
    """First night, last pass, how often it changed, and what changed around it."""
    nights.identity = {0: {"firmware": "4.1"}, 2: {"firmware": "4.2"}}
    nights.fill(T_STANDS="PPFF", T_FLAKY="PFPF", T_ONCE="PFFF")
    page = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", device_page(nights.trend())))
    assert "Does not pass now (3)" in page
    assert "2026-11-03 with a change" in page
    assert "2026-11-02, 2 days ago silence findings: no-reply" in page
    assert "Flaky (1)" in page
    assert "2 of 2 times" in page
    assert "Changed once for no known cause (1)" in page
    assert "firmware 4.1 4.2" in page


def test_a_file_name_is_plain_and_its_own():
    """For every name of a device."""
    names = ["a", "A", "a b", "a/b", "..", "", "x" * 300, "con", "\u202e"]
    made = [file_name(name) for name in names]
    assert len({name.lower() for name in made}) == len(names)
    assert all(re.fullmatch(r"[a-z0-9][a-z0-9_-]*\.html", name) and len(name) < 70 for name in made)


def test_bars_are_as_high_as_the_counts(made):
    """The highest night fills the drawing, the others in proportion."""
    trend = made(a="PFF", b="PPE")
    chart = verdict_chart(trend.points, LOOKED_AT)
    assert (chart.width, chart.most) == (3, "2")
    shapes = dict(chart.shapes)
    assert shapes["bar-FAILED"] == "M1.06 60.0V30.0h0.88V60.0zM2.06 60.0V30.0h0.88V60.0z"
    assert shapes["bar-ERROR"] == "M2.06 30.0V0.0h0.88V30.0z"
    assert "FAILED 1, ERROR 1, INCONCLUSIVE 0" in chart.title


def test_the_line_of_response_times_has_a_gap_where_nothing_was_asked(nights):
    """A night without an answer is no night of 0 ms."""
    for at, seconds in enumerate((0.1, 0.05)):
        nights.add(nights.record(at, {"a": "P"}, response_s=seconds))
    nights.add(nights.record(2, {"b": "P"}, response_s=0.1))
    chart = response_chart(nights.trend("a").points)
    assert chart is not None
    assert dict(chart.shapes) == {"line": "M0 4.0h1V32.0h1"}
    assert chart.most == "100 ms"


def test_a_strip_shows_the_last_runs():
    """A run that does not hold the subtest leaves its place empty."""
    strip = strip_of("PPPF.P", most=4)
    assert (strip.width, strip.letters) == (4, "PF.P")
    assert dict(strip.shapes) == {"bar-PASSED": "M0.1 0h.8v1h-.8zM3.1 0h.8v1h-.8z", "bar-FAILED": "M1.1 0h.8v1h-.8z"}


@pytest.mark.parametrize("verdict", Verdict)
def test_every_verdict_has_a_colour_in_the_charts(verdict):
    """In the style sheet that the pages carry."""
    style = Path(__file__).resolve().parents[3] / "reports" / "html" / "history.css"
    assert f".bar-{verdict.value} {{ fill: var(--{verdict.value})" in style.read_text(encoding="utf-8")
