"""How long each report of a large run takes: `python tests/benchmarks/bench_reports.py [SUBTESTS FRAMES]`.

Prints seconds and octets for each view; 1,500 subtests with 8,000 frames unless told otherwise.
"""

import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

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
from conformance.reporting import allure, html, junit, pcapng, pdf

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
                octets = GLO_GET[:20] + n.to_bytes(2, "big") + GLO_GET[22:]
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


def main():
    """Draw each view once and say what it took."""
    subtests, frames = (int(number) for number in sys.argv[1:3]) if len(sys.argv) > 2 else (1_500, 8_000)
    record, log = large_run(subtests, frames)
    with tempfile.TemporaryDirectory() as directory:
        views = {
            "html": lambda: html.render(record, log).encode(),
            "pdf": lambda: pdf.render(record, log),
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


if __name__ == "__main__":
    main()
