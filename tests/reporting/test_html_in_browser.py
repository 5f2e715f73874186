"""In a browser the page's own script draws the exchange; elsewhere these tests are skipped."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from conformance.record.assemble import load, load_frames
from conformance.reporting.html import render

BROWSER = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--enable-logging=stderr",
    "--virtual-time-budget=5000", "--dump-dom",
)  # fmt: skip

pytestmark = pytest.mark.skipif(BROWSER is None, reason="no Chromium here")


@pytest.fixture
def page(specimen: Path, tmp_path: Path) -> Path:
    path = tmp_path / "report.html"
    path.write_text(render(load(specimen), load_frames(specimen)), encoding="utf-8")
    return path


def drawn(page: Path, anchor: str) -> tuple[str, str]:
    """The elements after the page was opened at `anchor`, and what the browser logged."""
    command = [str(BROWSER), *FLAGS, f"--user-data-dir={page.parent / 'profile'}", f"{page.as_uri()}#{anchor}"]
    ended = subprocess.run(command, capture_output=True, timeout=60, check=False)
    return ended.stdout.decode(), ended.stderr.decode()


def test_a_deep_link_opens_its_subtest_and_draws_the_deciding_frame(page: Path) -> None:
    dom, logged = drawn(page, "T_APPL_OPEN_5-reader-any-1")
    assert "CONSOLE" not in logged
    opened = re.search(r'<details [^>]*id="T_APPL_OPEN_5-reader-any-1"[^>]*>', dom)
    assert opened is not None
    assert " open" in opened.group()
    assert "11 of 11 subtests" in dom
    marked = re.findall(r"<mark [^>]*data-at=\"\d+\">([0-9A-F]{2})</mark>", dom)
    assert "".join(marked) == "0800065F1F040000181D01800007"
    decided = re.search(r'<tr class="[^"]*decided"[^>]*title="([^"]+)"', dom)
    assert decided is not None
    assert decided.group(1).startswith("initiate-response")


def test_the_deciphered_apdu_stands_under_the_ciphered_one(page: Path) -> None:
    dom, _ = drawn(page, "T_SYMSEC_0_DATA_1-management-glo-2")
    assert "deciphered: get-response" in dom
    assert re.search(r'title="get-response\.[^"]*invoke-id', dom)
