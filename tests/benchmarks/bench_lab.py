"""What a night costs: `python tests/benchmarks/bench_lab.py [--workers N] [--no-pdf] [METERS …]`.

Embedded meters on loopback ports, served by two processes, five meters a line; the core profile for all of them through
`lab run`: 5, 10 and 20 meters unless told otherwise; `bench_lab.py 25 50 100` goes to a lab of 100 meters on 20 lines.
The verdicts of every meter must be those of a single `run`, the meters count who is connected at the same time, and
memory is that of the lab run (the parent) and of the processes below it (one a meter, so many at once as workers).
"""

from __future__ import annotations

import argparse
import json
import os
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from conformance.device.model import Profile
from conformance.lab.fleet import FleetMeter, numbered_meters
from conformance.lab.inventory_loading import load_lab
from conformance.lab.trial_lab import write_trial_lab
from conformance.link.url import parse_url

TOOL = [sys.executable, "-m", "conformance.cli"]
METERS_A_LINE = 5
HOSTS = 2
LOOK_S = 0.25
PROC = Path("/proc")


@dataclass(frozen=True)
class Cost:
    """What a night took: seconds of wall time and CPU, and peaks in MiB."""

    meters: int
    wall_s: float
    cpu_s: float
    parent: float
    child: float
    together: float

    def __str__(self) -> str:
        each = (
            f"{self.wall_s:9.1f} {self.wall_s / self.meters:13.2f} {self.cpu_s:7.1f} {self.cpu_s / self.meters:12.2f}"
        )
        return f"{self.meters:6} {each} {self.parent:11.0f} {self.child:10.0f} {self.together:13.0f}"


def free_ports(count: int) -> int:
    """The first of so many consecutive ports that nobody listens on."""
    for first in range(20_000, 30_000, count):
        try:
            for port in range(first, first + count):
                socket.create_server(("127.0.0.1", port)).close()
        except OSError:
            continue
        return first
    raise SystemExit("there are not so many free ports")


@contextmanager
def hosts(first: int, count: int) -> Iterator[list[dict[str, int]]]:
    """Serve `count` meters; filled at the end with what they have seen of their clients."""
    seen: list[dict[str, int]] = []
    processes = []
    share = -(-count // HOSTS)
    for begin in range(0, count, share):
        some = min(share, count - begin)
        command = [*TOOL, "simulate", "--json", "--meters", str(some), "--listen", f"tcp://127.0.0.1:{first + begin}"]
        processes.append(subprocess.Popen(command, stdout=subprocess.PIPE, text=True))
    try:
        for process in processes:
            assert process.stdout is not None
            process.stdout.readline()
        yield seen
        for process in processes:
            process.terminate()
            seen += json.loads(process.communicate(timeout=60)[0])["served"]
    finally:
        for process in processes:
            process.kill()
            process.wait()
            if process.stdout is not None:
                process.stdout.close()


def resident(pid: int, name: str) -> float:
    """A figure of a process in MiB: `VmHWM` is its peak, `VmRSS` what it has now; 0 when it has gone."""
    try:
        lines = (PROC / str(pid) / "status").read_text(encoding="ascii", errors="replace").splitlines()
    except OSError:
        return 0.0
    return next((int(line.split()[1]) / 1024 for line in lines if line.startswith(f"{name}:")), 0.0)


def children(pid: int) -> list[int]:
    """The processes that a process has started."""
    found = []
    for tasks in (PROC / str(pid) / "task").glob("*/children"):
        try:
            found += [int(word) for word in tasks.read_text(encoding="ascii").split()]
        except OSError:
            continue
    return found


class Memory(threading.Thread):
    """Looks at a process and those below it until it has gone; peaks in MiB."""

    def __init__(self, pid: int) -> None:
        super().__init__(daemon=True)
        self.parent = self.child = self.together = 0.0
        self._pid = pid
        self._over = threading.Event()

    def run(self) -> None:
        while not self._over.wait(LOOK_S):
            below = children(self._pid)
            self.parent = max(self.parent, resident(self._pid, "VmHWM"))
            self.child = max([self.child, *(resident(pid, "VmHWM") for pid in below)])
            now = resident(self._pid, "VmRSS") + sum(resident(pid, "VmRSS") for pid in below)
            self.together = max(self.together, now)

    def stop(self) -> None:
        self._over.set()
        self.join()


def verdicts(run: Path) -> dict[tuple[str, str, str, int], str]:
    """Every verdict of a run, by case, association, variant and subtest."""
    record: dict[str, Any] = json.loads((run / "run.json").read_text(encoding="utf-8"))
    return {
        (case["id"], case["association"], json.dumps(case.get("variant")), subtest["number"]): subtest["verdict"]
        for case in record["cases"]
        for subtest in case["subtests"]
    }


def single(lab: Path, out: Path) -> tuple[dict[tuple[str, str, str, int], str], float]:
    """The verdicts of a single run of the first meter of a lab, and what it took in seconds."""
    loaded = load_lab(lab)
    device = loaded.devices[0]
    words = [word for case in loaded.profile(device.profile).cases for word in ("--case", case)]
    command = [*TOOL, "run", str(device.config), "--link", str(device.link), "--plain", "--out", str(out)]
    command += ["--state", str(out / "state"), *words]
    began = time.perf_counter()
    subprocess.run(command, stdout=subprocess.DEVNULL, check=True)
    return verdicts(out), time.perf_counter() - began


def night(directory: Path, meters: tuple[FleetMeter, ...], workers: int, *, pdf: bool) -> Cost:
    """The core profile for all meters; every verdict is held against a single run's."""
    count = len(meters)
    lab = write_trial_lab(directory / "lab", meters, lines=-(-count // METERS_A_LINE))
    expected, alone_s = single(lab, directory / "single")
    out = directory / "night"
    command = [*TOOL, "lab", "run", str(lab), "--workers", str(workers), "--out", str(out), "--plain"]
    before = os.times()
    began = time.perf_counter()
    with (directory / "lab.log").open("wb") as log:
        process = subprocess.Popen(command if pdf else [*command, "--no-pdf"], stdout=log, stderr=log)
        memory = Memory(process.pid)
        memory.start()
        code = process.wait()
        memory.stop()
    wall_s = time.perf_counter() - began
    after = os.times()
    if code != 0:
        sys.exit(f"exit code {code}:\n{(directory / 'lab.log').read_text(encoding='utf-8')[-4000:]}")
    rows = json.loads((out / "night.json").read_text(encoding="utf-8"))["rows"]
    same = sum(verdicts(out / row["directory"]) == expected for row in rows)
    if (len(rows), same) != (count, count):
        sys.exit(f"{len(rows)} rows for {count} meters, {same} with the verdicts of a single run")
    print(
        f"{count} meters on {-(-count // METERS_A_LINE)} lines: {count} rows, each with the {len(expected)} verdicts ",
        end="",
    )
    print(f"of a single run, which took {alone_s:.1f} s")
    cpu_s = after.children_user + after.children_system - before.children_user - before.children_system
    return Cost(count, wall_s, cpu_s, memory.parent, memory.child, memory.together)


def main() -> None:
    """Run the nights and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("meters", nargs="*", type=int, default=[5, 10, 20])
    parser.add_argument("--workers", type=int, default=2 * (os.cpu_count() or 1))
    parser.add_argument("--pdf", action=argparse.BooleanOptionalAction, default=True)
    options = parser.parse_args()
    print(f"{os.cpu_count()} cores, {options.workers} meters at once, PDF reports: {options.pdf}", flush=True)
    costs = []
    with tempfile.TemporaryDirectory() as scratch:
        for count in options.meters:
            directory = Path(scratch) / str(count)
            directory.mkdir()
            first = free_ports(count)
            meters = numbered_meters(count, parse_url(f"tcp://127.0.0.1:{first}"), Profile.WRAPPER, seed=1, defects={})
            with hosts(first, count) as seen:
                costs.append(night(directory, meters, options.workers, pdf=options.pdf))
            most = max(entry["most_at_once"] for entry in seen)
            print(f"at most {most} clients on one meter at the same time")
            print(costs[-1], flush=True)
    print("meters   wall s  wall s/meter   CPU s  CPU s/meter  parent MiB  child MiB  together MiB")
    for cost in costs:
        each = (
            f"{cost.wall_s:9.1f} {cost.wall_s / cost.meters:13.2f} {cost.cpu_s:7.1f} {cost.cpu_s / cost.meters:12.2f}"
        )
        print(f"{cost.meters:6} {each} {cost.parent:11.0f} {cost.child:10.0f} {cost.together:13.0f}")


if __name__ == "__main__":
    main()
