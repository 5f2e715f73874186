"""How long each report of a large run takes: `python tests/benchmarks/bench_reports.py [SUBTESTS FRAMES]`.

Prints seconds and octets for each view; 2,000 subtests with 20,000 frames unless told otherwise. The PDF is drawn in a
process of its own, and the exit code is 1 where that takes too much.
"""

import json
import shutil
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from conformance.dlms.hdlc.fcs import fcs16
from conformance.record.frames import Frame
from conformance.record.model import (
    CaseHead,
    CaseRecord,
    DecidingOctets,
    DeviceRecord,
    RunHead,
    RunRecord,
    SubtestRecord,
    ToolRecord,
)
from conformance.record.verdict import Verdict
from conformance.reporting import allure, junit, pcapng

STARTED = datetime(2026, 11, 21, 12, tzinfo=UTC)
GLO_GET = bytes.fromhex(
    "7EA02F0002FEFF0354CDB3E6E600C81E3000000003C952F666F2B02FB2BB6A99741FE5CBF171B1D5F2AA30B081EC90077E"
)
VERDICTS = (*[Verdict.PASSED] * 6, Verdict.INAPPLICABLE, Verdict.INAPPLICABLE, Verdict.FAILED, Verdict.SKIPPED)


def large_run(subtests: int, frames: int) -> tuple[RunRecord, tuple[Frame, ...]]:
    """A run in which a tenth failed and no two frames are the same."""
    log: list[Frame] = []
    cases = []
    for index in range(subtests // 5):
        head = CaseHead(
            id=f"T_APPL_CASE_{index // 6}", title="A case with a title of some length", device="meter",
            group=("hdlc", "application", "security")[index // 6 % 3], clause="IEC 62056-5-3",
            association=("public", "reader", "management")[index % 3], variant=("glo", "ded")[index // 3 % 2],
        )  # fmt: skip
        found = []
        for number in range(1, 6):
            first = len(log) + 1
            while len(log) < (5 * index + number) * frames // subtests:
                n = len(log) + 1
                octets = GLO_GET[:20] + n.to_bytes(2, "big") + GLO_GET[22:-3]
                octets += fcs16(octets[1:]) + GLO_GET[-1:]
                log.append(
                    Frame(
                        n=n,
                        t=n / 10,
                        utc=STARTED + timedelta(milliseconds=n),
                        dir="C>S",
                        layer="hdlc",
                        subtest=number,
                        device="meter",
                        case=head.id,
                        hex=octets.hex().upper(),
                        plain="C001C100010100000208FF0200",
                    )
                )
            verdict = VERDICTS[(5 * index + number) % len(VERDICTS)]
            octet = DecidingOctets(
                frame=len(log), path="get-request.invoke-id-and-priority", start=2, end=3, octets="C1"
            )
            found.append(
                SubtestRecord(
                    number=number,
                    title="a subtest",
                    verdict=verdict,
                    requirement="A server answers. " * 5,
                    expected="data",
                    observed="silence",
                    reason="a reason of some length",
                    frames=(first, len(log)),
                    started=STARTED,
                    duration_s=0.2,
                    deciding=octet if verdict is Verdict.FAILED else None,
                )
            )
        cases.append(CaseRecord.of(head, tuple(found)))
    head = RunHead(tool=ToolRecord(version="1"), started=STARTED, device=DeviceRecord(name="meter"))
    return RunRecord.of(head, tuple(cases), finished=STARTED, complete=True), tuple(log)


def main() -> int:
    """Draw each view once and say what it took; 1 where PDF or page take too much."""
    subtests, frames = (int(number) for number in sys.argv[1:3]) if len(sys.argv) > 2 else (2_000, 20_000)
    record, log = large_run(subtests, frames)
    with tempfile.TemporaryDirectory() as directory:
        views = {
            "junit": lambda: junit.render(record, log),
            "pcapng": lambda: pcapng.render(record, log),
            "allure": lambda: allure.write(Path(directory), record, log),
        }
        for name, draw in views.items():
            began = time.perf_counter()
            drawn = draw()
            seconds = time.perf_counter() - began
            size = f"{len(drawn):>12,} octets" if isinstance(drawn, bytes) else ""
            print(f"{name:>8} {seconds:8.2f} s {size}")
    return max(pdf_holds(record, log), html_holds(record, log))


HTML_SECONDS = 2.0
"""That drawing the page may take, of one processor."""
HTML_OCTETS = 8_000_000
HTML_MEBIOCTETS = 500
"""That the process which loads and draws it may hold at its peak."""
INTERACTIVE_S = 1.5
"""From the start of the navigation until the filter works, in headless Chromium."""
PDF_SECONDS = 4.0
"""That drawing the PDF of 2,000 subtests with 20,000 frames may take, of one processor."""
PDF_MEBIOCTETS = 500
"""That the process which loads and draws it may hold at its peak."""
DRAW_PDF = """
import sys, time
from pathlib import Path
from conformance.record.assemble import gather
from conformance.reporting import pdf
directory = Path(sys.argv[1])
run = gather(directory)
began, used = time.perf_counter(), time.process_time()
document = pdf.draw(directory, run.record, run.frames)
took = time.perf_counter() - began, time.process_time() - used
try:
    import resource
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1024 if sys.platform != "darwin" else 1 << 20)
except ImportError:
    peak = 0.0
print(*took, peak, len(document))
"""


def pdf_holds(record: RunRecord, log: tuple[Frame, ...]) -> int:
    """Draw the PDF in a process of its own, as `report` does, with everything attached; 1 where it takes too much."""
    with tempfile.TemporaryDirectory() as name:
        seconds, used, peak, octets = drawn_apart(record, log, Path(name), DRAW_PDF)
    told = f"{peak:.0f} MiB at the peak" if peak else "memory not measured here"
    print(f"{'pdf':>8} {seconds:8.2f} s {int(octets):>12,} octets, {used:.2f} s of one processor, {told}")
    held = used < PDF_SECONDS and peak < PDF_MEBIOCTETS
    if not held:
        print(f"pdf: more than {PDF_SECONDS} s or {PDF_MEBIOCTETS} MiB")
    return int(not held)


DRAW_HTML = (
    DRAW_PDF.replace("import pdf", "import html").replace(
        "pdf.draw(directory, run.record, run.frames)", "html.render(run.record, run.frames).encode()"
    )
    + """
(directory / "report.html").write_bytes(document)
"""
)


def html_holds(record: RunRecord, log: tuple[Frame, ...]) -> int:
    """Draw the page in a process of its own and open it in a browser, where there is one; 1 where it takes too much."""
    with tempfile.TemporaryDirectory() as name:
        seconds, used, peak, octets = drawn_apart(record, log, Path(name), DRAW_HTML)
        waited = interactive_s(Path(name) / "report.html")
    told = f"{peak:.0f} MiB at the peak" if peak else "memory not measured here"
    opened = f"interactive after {waited:.2f} s" if waited is not None else "no browser here"
    print(f"{'html':>8} {seconds:8.2f} s {int(octets):>12,} octets, {used:.2f} s of one processor, {told}, {opened}")
    held = used < HTML_SECONDS and octets < HTML_OCTETS and peak < HTML_MEBIOCTETS and (waited or 0) < INTERACTIVE_S
    if not held:
        print(f"html: more than {HTML_SECONDS} s, {HTML_OCTETS:,} octets, {HTML_MEBIOCTETS} MiB or {INTERACTIVE_S} s")
    return int(not held)


def interactive_s(page: Path) -> float | None:
    """Seconds from the start of the navigation until a filter was applied and laid out; the best of three."""
    from tests.reporting.browser import NAMES, Browser

    if not any(map(shutil.which, NAMES)):
        return None
    browser = Browser()
    try:
        waited = []
        for _ in range(3):
            with browser.open(page) as opened:
                waited.append(opened.evaluate(FILTERED))
                assert opened.text("#shown").startswith("200 of 2000") or len(sys.argv) > 2
        return min(waited)
    finally:
        browser.close()


FILTERED = """(() => {
  const ready = performance.getEntriesByType('navigation')[0].domContentLoadedEventEnd;
  const began = performance.now();
  document.getElementById('problems').click();
  void document.body.offsetHeight;
  return (ready + performance.now() - began) / 1000;
})()"""
"""The script at the end of the page has run when its content is loaded: from then on the filter answers."""


def drawn_apart(record: RunRecord, log: tuple[Frame, ...], directory: Path, script: str) -> tuple[float, ...]:
    """Seconds, seconds of one processor, peak in MiB and octets of a view that a process of its own draws.

    The quickest of three: what else the machine does makes a process slower, and never quicker.
    """
    root = Path(__file__).resolve().parents[2]
    (directory / "run.json").write_text(json.dumps(record.to_json(), indent=1), encoding="utf-8")
    lines = (frame.model_dump_json(by_alias=True, exclude_none=True) + "\n" for frame in log)
    (directory / "frames.jsonl").write_text("".join(lines), encoding="utf-8")
    command = [sys.executable, "-c", script, str(directory)]
    drawn = []
    for _ in range(3):
        ended = subprocess.run(command, cwd=root, capture_output=True, text=True, check=True, timeout=240)
        drawn.append(tuple(float(number) for number in ended.stdout.split()))
    return min(drawn)


if __name__ == "__main__":
    sys.exit(main())
