"""How a run shows that it goes on: a live line on a terminal, plain lines without one."""

from __future__ import annotations

import sys
import time

import pytest
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from conformance.record.verdict import Verdict, totals

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
        deselected: how many were not selected, or judged before.
    """

    def __init__(self) -> None:
        self.counted = totals(())
        self.planned = 0
        self.deselected = 0

    @property
    def done(self) -> int:
        """How many items have a verdict."""
        return sum(self.counted.values())

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Everything is collected in this process."""
        if session.items:
            self.planned = len(session.items)

    def pytest_deselected(self, items: list[pytest.Item]) -> None:
        """Items that are not run."""
        self.deselected += len(items)

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_node_collection_finished(self, node: object, ids: list[str]) -> None:
        """A worker has collected; all collect the same."""
        self.planned = len(ids)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Count an item's verdict."""
        for name, value in report.user_properties:
            if name == "dlms_verdict" and report.when != "teardown":
                verdict = Verdict(str(value))
                self.counted[verdict] += 1
                self.show(report, verdict)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """A suite that cannot be imported must be seen."""
        if report.failed:
            print(f"{report.nodeid} cannot be collected:\n{report.longreprtext}", file=sys.stderr)

    def pytest_internalerror(self, excrepr: object) -> None:
        """A fault of the tool must be seen."""
        print(excrepr, file=sys.stderr)

    def show(self, report: pytest.TestReport, verdict: Verdict) -> None:
        """Tell of one more item."""

    def summary(self) -> str:
        """The counts so far, problems first."""
        return ", ".join(f"{count} {verdict.value}" for verdict, count in self.counted.items() if count)


class PlainWatcher(Watcher):
    """A line for each problem, and one every few seconds."""

    def __init__(self, *, quiet: bool) -> None:
        super().__init__()
        self._quiet = quiet
        self._told = time.monotonic()

    def show(self, report: pytest.TestReport, verdict: Verdict) -> None:
        """Tell of problems at once, of the rest now and then."""
        now = time.monotonic()
        if verdict.is_problem and not self._quiet:
            print(f"{verdict.value:<12} {report.nodeid.rpartition('::')[2]}", flush=True)
        elif now - self._told > _PLAIN_INTERVAL_S:
            print(f"{self.done} of {self.planned}: {self.summary()}", flush=True)
        else:
            return
        self._told = now


class LiveWatcher(Watcher):
    """A bar with the counts, and a line for each problem."""

    def __init__(self, console: Console) -> None:
        super().__init__()
        self._bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TimeRemainingColumn(),
            console=console,
            transient=True,
        )
        self._task = self._bar.add_task("collecting", total=None)

    def pytest_sessionstart(self) -> None:
        """Begin to show."""
        self._bar.start()

    def pytest_sessionfinish(self) -> None:
        """Take the bar away."""
        self._bar.stop()

    def show(self, report: pytest.TestReport, verdict: Verdict) -> None:
        """Move the bar on."""
        name = report.nodeid.rpartition("::")[2]
        if verdict.is_problem:
            self._bar.console.print(f"[{_STYLES[verdict]}]{verdict.value:<12}[/] {name}", markup=True, highlight=False)
        self._bar.update(self._task, completed=self.done, total=self.planned or None, description=self.summary())


def progress(*, plain: bool, quiet: bool = False) -> Watcher:
    """The display for this terminal; `quiet` leaves the problems out."""
    return PlainWatcher(quiet=quiet) if plain else LiveWatcher(Console())
