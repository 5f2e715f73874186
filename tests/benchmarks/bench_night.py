"""What a large lab costs: `python tests/benchmarks/bench_night.py [DEVICES SUBTESTS HOSTS]`.

200 devices with 200 subtests each on 4 hosts unless told otherwise: 40,000 results a night, each with its frames and
its Allure result with an attachment. Two nights are made, the first without a clock; then the parts of the second are
merged, compared with the first, drawn as page, PDF, JUnit and Allure, added to a history, and vouched for in a
manifest. That is done in a process of its own, whose peak memory is told. Bounds: 60 s, 1 GB.
"""

import random
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from datetime import timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from conformance.lab.device_directory import device_directory
from conformance.lab.night_assembly import assemble
from conformance.lab.night_drawing import draw_night
from conformance.lab.night_merging import merge
from conformance.record.assemble import load, load_frames
from conformance.record.verdict import Verdict
from conformance.reporting import allure
from tests.lab.nights import STARTED, Meter, write_night

BOUND_S = 60.0
BOUND_OCTETS = 1_000_000_000
CHANCE = random.Random(20261121)
FIRMWARE = ("4.12.7", "4.13.0", "2.0.11", "7.4")


def meters(devices: int, subtests: int, night: int) -> list[Meter]:
    """One subtest in fifty FAILED, one in four hundred ERROR, others on each night."""
    made = []
    for number in range(devices):
        problems = {}
        for index in range(subtests):
            if index % 50 == number % 7 + night:
                problems[index] = Verdict.FAILED
            elif CHANCE.randrange(400) == 0:
                problems[index] = Verdict.ERROR
        reasons = {index: f"AARE with diagnostic {index % 5}, expected rejected-permanent" for index in problems}
        meter = Meter(
            f"meter-{number:03d}", line=f"line-{number // 5:02d}", bench=f"hall-{number // 50}",
            firmware=FIRMWARE[number % 4], subtests=subtests, problems=problems, reasons=reasons,
        )  # fmt: skip
        made.append(meter)
    return made


def prepare(root: Path, devices: int, subtests: int, hosts: int) -> list[Path]:
    """The night before, assembled, and the parts of tonight."""
    before = write_night(root / "2026-11-20T220000", meters(devices, subtests, 0), started=STARTED - timedelta(days=1))
    assemble(before)
    parts = []
    tonight = meters(devices, subtests, 1)
    for host in range(hosts):
        part = root / f"host-{host}" / "2026-11-21T220000"
        own = tonight[host::hosts]
        write_night(part, own, host=f"bench-pc-{host}")
        for meter in own:
            run = part / device_directory(meter.name)
            allure.write(run, load(run), load_frames(run))
        parts.append(part)
    return parts


def measure(root: Path) -> int:
    """Merge and draw, and say what each took; gives the exit code."""
    parts = sorted(root.glob("host-*/*"))
    out = root / "2026-11-21T220000"
    began = time.perf_counter()
    night = merge(parts, out)
    merged = time.perf_counter()
    print(f"merging {len(night.rows)} devices from {len(parts)} hosts: {merged - began:.1f} s")
    steps: list[tuple[str, float]] = []
    drawn = draw_night(
        out,
        night,
        against=root / "2026-11-20T220000",
        store=root / "history.sqlite",
        told=lambda step: steps.append((step, time.perf_counter())),
    )
    ended = time.perf_counter()
    for (step, at), (_, until) in zip(steps, [*steps[1:], ("", ended)], strict=True):
        print(f"{step}: {until - at:.1f} s")
    results = sum(night.subtest_totals.values())
    files = len(list(drawn.files["allure"].iterdir()))
    sizes = {name: path.stat().st_size // 1024 for name, path in drawn.files.items() if path.is_file()}
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    print(f"{results} results, {files} files of Allure, KiB: {sizes}")
    print(f"in all {ended - began:.1f} s, {time.process_time():.1f} s of CPU, peak memory {peak / 1e6:.0f} MB")
    for failure in drawn.failures:
        print(f"failed: {failure}")
    return int(bool(drawn.failures) or ended - began > BOUND_S or peak > BOUND_OCTETS)


def main() -> int:
    """Make the nights, and measure in a fresh process."""
    if sys.argv[1:2] == ["--measure"]:
        return measure(Path(sys.argv[2]))
    devices, subtests, hosts = (int(number) for number in sys.argv[1:4]) if len(sys.argv) > 3 else (200, 200, 4)
    root = Path(tempfile.mkdtemp())
    try:
        began = time.perf_counter()
        prepare(root, devices, subtests, hosts)
        print(f"(made in {time.perf_counter() - began:.0f} s)", flush=True)
        return subprocess.run([sys.executable, __file__, "--measure", str(root)], check=False).returncode
    finally:
        shutil.rmtree(root)


if __name__ == "__main__":
    sys.exit(main())
