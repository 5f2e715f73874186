"""How a run shows that it goes on: a live line on a terminal, plain lines without one."""

from __future__ import annotations

import io
import os
import sys
import time
from typing import TYPE_CHECKING, TextIO

import pytest
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.text import Text

from conformance.harness.plugin import session_of
from conformance.harness.runner import announceable
from conformance.harness.waits import Waits, located, told, waits_for_real, waits_of
from conformance.record.verdict import Verdict, totals

if TYPE_CHECKING:
    from xdist.workermanage import WorkerController

_PLAIN_INTERVAL_S = 5.0
_STYLES = {
    Verdict.FAILED: "bold red",
    Verdict.ERROR: "bold magenta",
    Verdict.INCONCLUSIVE: "yellow",
    Verdict.PASSED: "green",
    Verdict.INAPPLICABLE: "dim",
    Verdict.SKIPPED: "dim",
}


class Watcher:
    """Counts verdicts as they come.

    Attributes:
        counted: by verdict.
        planned: how many items there are; 0 while that is not known.
        waits: of items that must wait, by node id: their cases, and for how many seconds.
        broken: whether a suite could not be collected.
        failed: whether the tool itself failed.
    """

    def __init__(self, stream: TextIO) -> None:
        self.stream = stream
        self.counted = totals(())
        self.planned = 0
        self.waits: Waits = {}
        self.broken = False
        self.failed = False
        self._reasons: set[tuple[Verdict, str]] = set()

    @property
    def done(self) -> int:
        """How many items have a verdict."""
        return sum(self.counted.values())

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Everything is collected in this process."""
        if session.items:
            self.planned = len(session.items)
            self._announce(waits_of(announceable(session.items)))

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_node_collection_finished(self, node: WorkerController, ids: list[str]) -> None:
        """A worker has collected; all collect the same."""
        first, self.planned = not self.planned, len(ids)
        settings = session_of(node.config).settings
        if first and any(map(waits_for_real, settings.devices)):
            self._announce(waits_of(located(ids, node.config.rootpath, settings)))

    def pytest_runtest_logstart(self, nodeid: str) -> None:
        """An item begins: one that must wait says for how long."""
        if nodeid in self.waits:
            case, seconds = self.waits[nodeid]
            self.pause(f"{case} waits {seconds:.0f} s")

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Count an item's verdict."""
        if report.when == "teardown":
            return
        for name, value in report.user_properties:
            if name == "dlms_verdict":
                verdict = Verdict(str(value))
                self.counted[verdict] += 1
                remark = self._remark(verdict, report)
                self.show(report.nodeid.rpartition("::")[2] + (remark or ""), verdict, told=remark is not None)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """A suite that cannot be imported must be seen."""
        if report.failed:
            self.broken = True
            print(f"{report.nodeid} cannot be collected:\n{report.longreprtext}", file=sys.stderr)

    def pytest_internalerror(self, excrepr: object) -> None:
        """A fault of the tool must be seen."""
        self.failed = True
        print(excrepr, file=sys.stderr)

    def _remark(self, verdict: Verdict, report: pytest.TestReport) -> str | None:
        """What is said beside the name of a problem; None when nothing is to be said of the item at all.

        One dead meter makes hundreds of subtests INCONCLUSIVE for one reason: it is told with the first of them.
        """
        if not verdict.is_problem:
            return None
        if verdict is Verdict.FAILED:
            return " (expected deviation)" if hasattr(report, "wasxfail") else ""
        reason = report.longreprtext.partition("\n")[0].removeprefix(f"{verdict.value}: ")
        if (verdict, reason) in self._reasons:
            return None
        self._reasons.add((verdict, reason))
        return f": {reason} (told once)" if reason else ""

    def _announce(self, waits: Waits) -> None:
        self.waits = waits
        if waits:
            self.note(told(waits))

    def note(self, text: str) -> None:
        """Tell of what is ahead."""

    def pause(self, text: str) -> None:
        """Tell of an item that waits, before it does."""

    def show(self, name: str, verdict: Verdict, *, told: bool) -> None:
        """One more item has a verdict; `told` when it is a problem to be told of."""

    def summary(self) -> str:
        """The counts so far, problems first."""
        return ", ".join(f"{count} {verdict.value}" for verdict, count in self.counted.items() if count)


class PlainWatcher(Watcher):
    """A line for each problem, and one every few seconds; `quiet` leaves the problems out."""

    def __init__(self, stream: TextIO, *, quiet: bool) -> None:
        super().__init__(stream)
        self._quiet = quiet
        self._told = time.monotonic()

    def note(self, text: str) -> None:
        """A line of its own."""
        if not self._quiet:
            print(text, file=self.stream, flush=True)

    def pause(self, text: str) -> None:
        """A line of its own."""
        self.note(text)

    def show(self, name: str, verdict: Verdict, *, told: bool) -> None:
        """Tell of problems at once, of the rest now and then."""
        now = time.monotonic()
        if told and not self._quiet:
            print(f"{verdict.value:<12} {name}", file=self.stream, flush=True)
        elif now - self._told > _PLAIN_INTERVAL_S:
            print(f"{self.done} of {self.planned}: {self.summary()}", file=self.stream, flush=True)
        else:
            return
        self._told = now


class LiveWatcher(Watcher):
    """A bar with the counts, and a line for each problem; `quiet` leaves the problems out."""

    def __init__(self, stream: TextIO, *, quiet: bool) -> None:
        super().__init__(stream)
        self._quiet = quiet
        self._bar = Progress(
            BarColumn(bar_width=24),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TimeRemainingColumn(),
            TextColumn("{task.description}", markup=False),
            console=Console(file=stream),
            transient=True,
            # What suites print is pytest's to capture; and the stream is not what they print to.
            redirect_stdout=False,
            redirect_stderr=False,
        )
        self._task = self._bar.add_task("collecting", total=None)

    def pytest_sessionstart(self) -> None:
        """Begin to show."""
        self._bar.start()

    def pytest_unconfigure(self) -> None:
        """Take the bar away."""
        self._bar.stop()

    def note(self, text: str) -> None:
        """A line above the bar."""
        if not self._quiet:
            self._bar.console.print(text, markup=False, highlight=False, soft_wrap=True)

    def pause(self, text: str) -> None:
        """Beside the bar, while it lasts."""
        self._bar.update(self._task, description=f"{text}; {self.summary()}" if self.done else text)

    def show(self, name: str, verdict: Verdict, *, told: bool) -> None:
        """Move the bar on."""
        if told and not self._quiet:
            line = Text.assemble((f"{verdict.value:<12}", _STYLES[verdict]), f" {name}")
            self._bar.console.print(line, soft_wrap=True)
        self._bar.update(self._task, completed=self.done, total=self.planned or None, description=self.summary())


def progress(stream: TextIO, *, plain: bool, quiet: bool = False) -> Watcher:
    """The display on `stream`; `plain` where it is no terminal, or where one is not wanted to be live."""
    own = _own(stream)
    if plain or not stream.isatty():
        return PlainWatcher(own, quiet=quiet)
    return LiveWatcher(own, quiet=quiet)


def _own(stream: TextIO) -> TextIO:
    """The stream by a file descriptor of its own, since pytest captures the standard ones while an item runs."""
    try:
        descriptor = os.dup(stream.fileno())
    except (OSError, ValueError, io.UnsupportedOperation):
        return stream
    return os.fdopen(descriptor, "w", encoding=stream.encoding, errors="replace", buffering=1)
