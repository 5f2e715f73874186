"""What axe-core has to say of a page; the npm package is fetched once and kept with pytest's cache."""

from __future__ import annotations

import json
import shutil
import subprocess
import tarfile
from pathlib import Path

import pytest
from filelock import FileLock

from tests.reporting.browser import Page, missing

VERSION = "4.14.1"
RULES = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")


def axe(config: pytest.Config) -> str:
    """The source of axe-core; where it is neither there nor to be had, the test is skipped."""
    assert config.cache is not None
    place = config.cache.mkdir("axe-core")
    script = place / f"axe-{VERSION}.min.js"
    with FileLock(place / "lock", timeout=120):
        if not script.is_file():
            script.write_text(_fetched(place), encoding="utf-8")
    return script.read_text(encoding="utf-8")


def _fetched(place: Path) -> str:
    npm = shutil.which("npm") or missing("no npm here to fetch axe-core with")
    command = [npm, "pack", "--silent", f"axe-core@{VERSION}"]
    ended = subprocess.run(command, cwd=place, capture_output=True, text=True, timeout=100, check=False)
    packed = place / f"axe-core-{VERSION}.tgz"
    if not packed.is_file():
        missing(f"npm cannot fetch axe-core: {ended.stderr.strip()[-300:]}")
    with tarfile.open(packed) as archive:
        held = archive.extractfile("package/axe.min.js")
        assert held is not None
        source = held.read().decode("utf-8")
    packed.unlink()
    return source


def violations(page: Page, source: str) -> list[str]:
    """A line for each element at which axe finds a rule violated; empty where it finds none."""
    page.evaluate(f"{source}; void 0")
    options = json.dumps({"runOnly": {"type": "tag", "values": RULES}, "resultTypes": ["violations"]})
    found = page.evaluate(f"axe.run(document, {options}).then((result) => JSON.stringify(result.violations))")
    return [
        f"{violation['id']}: {node['target']} {node['html'][:160]} {node.get('failureSummary', '')[:300]}"
        for violation in json.loads(found)
        for node in violation["nodes"]
    ]
