"""What the history costs: `python tests/benchmarks/bench_history.py [NIGHTS SUBTESTS DEVICES]`.

365 nights of 20 devices with 2,000 subtests each unless told otherwise: 40,000 subtests a night. Response times are
noisy, one subtest in a hundred fails, one in two hundred is flaky, and every 60 nights there is a new firmware. The
records are made here without their frames; what is timed of an add is everything but the reading of run.json.
"""

import random
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from conformance.record.model import CaseHead, CaseRecord, DeviceRecord, RunHead, RunRecord, SubtestRecord, ToolRecord
from conformance.record.timing import TimingRecord
from conformance.record.verdict import Verdict
from conformance.reporting.history.pages import device_page
from conformance.reporting.history.site import write_site
from conformance.reporting.history.store import digest_of, history
from conformance.reporting.history.trend import trend

STARTED = datetime(2026, 1, 1, 22, tzinfo=UTC)
NOISE = random.Random(20261121)
A_CASE = 20


def verdict_of(index: int, night: int) -> Verdict:
    """Mostly PASSED."""
    if index % 200 == 7:
        return NOISE.choice((Verdict.PASSED, Verdict.FAILED))
    if index % 100 == 3:
        return Verdict.FAILED if night > index % 97 else Verdict.PASSED
    return Verdict.INAPPLICABLE if index % 4 == 0 else Verdict.PASSED


def night_record(device: str, night: int, subtests: int) -> RunRecord:
    """A run of one device; records are built without validation, which is no part of the history."""
    cases = []
    for first in range(0, subtests, A_CASE):
        head = CaseHead(id=f"T_APPL_CASE_{first // A_CASE}", title="A case", device=device, association="management")
        found = []
        for index in range(first, min(first + A_CASE, subtests)):
            verdict = verdict_of(index, night)
            timing = TimingRecord.model_construct(
                virtual=False, responses=1, response_times_s=(NOISE.gauss(0.085, 0.006),), meter_s=0.08, waited_s=0.0
            )
            found.append(
                SubtestRecord.model_construct(
                    number=index - first + 1,
                    title=f"subtest {index}",
                    verdict=verdict,
                    reason=f"silence, expected data of attribute {index}" if verdict is Verdict.FAILED else "",
                    timing=None if verdict is Verdict.INAPPLICABLE else timing,
                )
            )
        cases.append(CaseRecord.of(head, tuple(found)))
    head = RunHead(
        tool=ToolRecord(version="1.0"),
        started=STARTED + timedelta(days=night),
        device=DeviceRecord(name=device, identity={"firmware": f"4.{night // 60}"}, fingerprint="93f1"),
    )
    return RunRecord.of(head, tuple(cases), finished=head.started + timedelta(hours=2), complete=True)


def main():
    """Fill a history, ask it, and say what it took."""
    nights, subtests, devices = (int(number) for number in sys.argv[1:4]) if len(sys.argv) > 3 else (365, 2_000, 20)
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory) / "history.sqlite"
        adds = []
        for night in range(nights):
            for device in range(devices):
                record = night_record(f"meter-{device}", night, subtests)
                began = time.perf_counter()
                with history(path, write=True) as store:
                    digest = digest_of(f"{night} {device}".encode())
                    store.add(record, digest=digest, directory=directory, now=STARTED)
                adds.append(time.perf_counter() - began)
        octets = path.stat().st_size
        stored = nights * subtests * devices
        print(f"{stored:,} verdicts in {octets:,} octets: {octets / stored:.2f} a verdict")
        print(f"add of {subtests:,}: median {sorted(adds)[len(adds) // 2]:.3f} s, longest {max(adds):.3f} s")
        with history(path) as store:
            for case in ("", "T_APPL_CASE_1*"):
                began = time.perf_counter()
                made = trend(store, "meter-0", case=case)
                seconds = time.perf_counter() - began
                print(f"trend of {nights} nights {case}: {seconds:.3f} s, {len(made.flaky)} flaky")
            began = time.perf_counter()
            page = device_page(trend(store, "meter-0"))
            print(f"its page: {time.perf_counter() - began:.3f} s, {len(page):,} octets")
            began = time.perf_counter()
            trends = [trend(store, device, nights=30) for device in store.devices()]
            pages = write_site(Path(directory) / "site", trends, last=30)
            print(f"{len(pages)} pages of 30 nights: {time.perf_counter() - began:.3f} s")


if __name__ == "__main__":
    main()
