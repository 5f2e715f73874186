"""Where the time of a run goes: `python tests/benchmarks/bench_run.py [CASE]`.

Runs the application group on the embedded meter, with recording, in this process, and prints milliseconds per judged
subtest: the protocol (tester and meter), the evidence (redaction, frame log, journal) and pytest. Then runs it on two
workers and prints the seconds. Exits with 1 when evidence takes longer than the protocol, or two workers over 10 s.
"""

import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import pytest

from conformance.device.content import content_directory
from conformance.harness import runner
from conformance.harness.evidence import Evidence
from conformance.harness.sanity import Sanity
from conformance.harness.trial import Trial
from conformance.record.frames import FrameLog
from conformance.record.journal import Item, Journal

MOST_SECONDS = 10.0
MOST_EVIDENCE = 1.0
"""Time of the evidence as a multiple of the protocol's."""


class Clock:
    """Adds up how long named things take; what runs inside another counts for the inner one."""

    def __init__(self):
        self.seconds = Counter()
        self._running = []

    def timed(self, name, action):
        """`action`, counted under `name`."""

        def run(*arguments, **named):
            self._running.append(0.0)
            start = time.perf_counter()
            try:
                return action(*arguments, **named)
            finally:
                taken = time.perf_counter() - start
                self.seconds[name] += taken - self._running.pop()
                if self._running:
                    self._running[-1] += taken

        return run

    def watch(self, owner, method, name):
        """Count a method or function from now on."""
        setattr(owner, method, self.timed(name, getattr(owner, method)))


class Watch:
    """Counts judged subtests, and the time of everything between the begin and the end of an item."""

    def __init__(self, clock):
        self.clock = clock
        self.judged = 0
        self.collected = 0.0

    def pytest_collection_finish(self):
        """Everything is imported and collected."""
        self.collected = time.perf_counter()

    @pytest.hookimpl(tryfirst=True)
    def pytest_pyfunc_call(self, pyfuncitem):
        """The function of a case is tester and meter."""
        if not hasattr(pyfuncitem.obj, "counted"):
            pyfuncitem.obj = self.clock.timed("protocol", pyfuncitem.obj)

    def pytest_runtest_logreport(self, report):
        """A verdict was reached."""
        self.judged += ("dlms_verdict", "PASSED") in report.user_properties


def alone(directory, selection):
    """Run in this process; seconds by part, judged subtests, and seconds of the collection."""
    clock = Clock()
    watch = Watch(clock)
    clock.watch(runner, "meter_gone", "protocol")
    clock.watch(Trial, "close", "protocol")
    clock.watch(Sanity, "before", "protocol")
    clock.watch(Evidence, "item", "evidence: record")
    clock.watch(Item, "redacted", "evidence: redaction of the record")
    clock.watch(FrameLog, "write", "evidence: frame log with its redaction")
    clock.watch(Journal, "item", "evidence: journal")
    start = time.perf_counter()
    code = pytest.main(arguments(directory, selection), plugins=[watch])
    end = time.perf_counter()
    if code:
        raise SystemExit(f"the run ended with exit code {code}")
    clock.seconds["pytest"] = end - watch.collected - sum(clock.seconds.values())
    return clock.seconds, watch.judged, watch.collected - start


def arguments(directory, selection):
    """Of pytest, for a run that keeps its evidence in `directory`."""
    quiet = [word for name in ("terminal", "cacheprovider") for word in ("-p", f"no:{name}")]
    suites = content_directory("suites") / "application"
    return [str(suites), *quiet, f"--dlms-out={directory}", *(f"--dlms-case={case}" for case in selection)]


def main(selection):
    """Measure, print, judge."""
    with tempfile.TemporaryDirectory() as scratch:
        seconds, judged, collecting = alone(Path(scratch) / "alone", selection)
        start = time.perf_counter()
        command = [sys.executable, "-m", "pytest", *arguments(Path(scratch) / "shared", selection), "-n", "2"]
        subprocess.run(command, check=True)
        shared = time.perf_counter() - start
    print(f"{judged} subtests judged; {collecting:.2f} s to import and collect")
    for name, taken in seconds.most_common():
        print(f"{name:40}{taken:8.2f} s{taken / judged * 1e3:8.2f} ms per subtest")
    print(f"{'all of it, one process':40}{sum(seconds.values()) + collecting:8.2f} s")
    print(f"{'all of it, two workers':40}{shared:8.2f} s (limit {MOST_SECONDS:g} s)")
    evidence = sum(taken for name, taken in seconds.items() if name.startswith("evidence"))
    share = evidence / seconds["protocol"]
    print(f"{'evidence / protocol':40}{share:8.2f} × (limit {MOST_EVIDENCE})")
    return int(share > MOST_EVIDENCE or shared > MOST_SECONDS)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
