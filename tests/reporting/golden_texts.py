"""What every renderer makes of the golden run, as text that can be kept and compared."""

from __future__ import annotations

import contextlib
import io
import json
import os
import re
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

import pypdf

from conformance import cli
from conformance.commands.closing import close_run
from conformance.reporting.allure import ALLURE
from tests.reporting.golden_run import write_golden_run
from tests.reporting.test_html import Page

GOLDEN = Path(__file__).parent / "golden"
COMMAND = "python -m tests.reporting.regenerate_golden"


def golden_texts(directory: Path) -> dict[str, str]:
    """By name of the golden file. `directory` takes the runs and must be empty."""
    before, after = directory / "before", directory / "after"
    for run, later in ((before, False), (after, True)):
        run.mkdir()
        write_golden_run(run, later=later)
    texts = {"run.terminal.txt": _closing(after)}
    texts |= {
        "run.html.txt": _visible((after / "report.html").read_text("utf-8")),
        "run.pdf.txt": _pages(after / "report.pdf"),
        "run.junit.xml": (after / "junit.xml").read_text("utf-8"),
        "run.allure.json": _allure(after / ALLURE),
        "run.exchange.txt": _exchange(after / ALLURE),
        "run.json": (after / "run.json").read_text("utf-8"),
    }
    page = directory / "comparison.html"
    texts["comparison.terminal.txt"] = _said("compare", before, after, "--html", page)
    texts["comparison.json"] = _said("compare", before, after, "--json")
    texts["comparison.html.txt"] = _visible(page.read_text("utf-8"))
    return {name: _settled(text, directory) for name, text in texts.items()}


def _settled(text: str, directory: Path) -> str:
    """Without what differs from one installation to the next."""
    version = metadata.version("dlms-conformance")
    return text.replace(str(directory) + os.sep, "").replace(f"dlms-conformance {version}", "dlms-conformance X.Y.Z")


def _closing(run: Path) -> str:
    stream = io.StringIO()
    close_run(run, stream=stream)
    return "".join(f"{line.rstrip()}\n" for line in stream.getvalue().splitlines())


def _said(*arguments: object) -> str:
    stream = io.StringIO()
    with contextlib.redirect_stdout(stream), contextlib.suppress(SystemExit):
        cli.main([str(argument) for argument in arguments])
    return "".join(f"{line.rstrip()}\n" for line in stream.getvalue().splitlines())


def _visible(page: str) -> str:
    return "\n".join(Page(page).lines) + "\n"


def _pages(document: Path) -> str:
    pages = [page.extract_text() for page in pypdf.PdfReader(document).pages]
    told = "".join(f"—— page {number} ——\n{text}\n" for number, text in enumerate(pages, 1))
    return "".join(f"{line.rstrip()}\n" for line in told.splitlines())


def _allure(results: Path) -> str:
    """Every result in the order of its name and parameters, and what stands beside them."""
    found = [json.loads(path.read_bytes()) for path in results.glob("*-result.json")]
    found.sort(key=lambda result: (result["start"], result["name"]))
    beside = {
        "executor.json": json.loads((results / "executor.json").read_bytes()),
        "environment.properties": (results / "environment.properties").read_text("ascii").splitlines(),
        "categories": [category["name"] for category in json.loads((results / "categories.json").read_bytes())],
    }
    return json.dumps({"results": found, **beside}, indent=1, ensure_ascii=False) + "\n"


def _exchange(results: Path) -> str:
    """The exchange of the deviation that showed, as its attachment shows it."""
    (result,) = (
        told
        for path in results.glob("*-result.json")
        if (told := json.loads(path.read_bytes()))["fullName"] == "hdlc.T_HDLC_INFO_P1.2"
    )
    page = (results / result["attachments"][0]["source"]).read_text("utf-8")
    return _visible(page)


def differing(name: str, text: str) -> Iterator[str]:
    """The lines in which a text differs from its golden file, as a person reads them."""
    import difflib

    kept = (GOLDEN / name).read_text("utf-8") if (GOLDEN / name).exists() else ""
    yield from difflib.unified_diff(
        kept.splitlines(), text.splitlines(), f"golden/{name}", "drawn now", lineterm="", n=2
    )


def golden_names() -> list[str]:
    """The golden files that are kept of this run."""
    return sorted(path.name for path in GOLDEN.iterdir() if re.match(r"(run|comparison)\.", path.name))
