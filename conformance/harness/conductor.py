"""The process that conducts a run, the controller or the only one: it begins it, keeps its journal and ends it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from pydantic import JsonValue, ValidationError

from conformance.device.key_journal import KeyJournalError
from conformance.device.model import Device
from conformance.harness.contact import Contact, first_contact
from conformance.harness.deviations import covered, outcomes
from conformance.harness.head import head_of
from conformance.harness.invocation import keep
from conformance.harness.lines import line_of
from conformance.harness.open_journals import refuse_open_journals
from conformance.harness.reporting import ITEM, NOTE, crashed, deliver
from conformance.harness.runner import declared
from conformance.harness.session import DlmsSession
from conformance.record.deviation import Covered, DeviationRecord
from conformance.record.journal import JOURNAL, Item, Journal
from conformance.record.replay import read_journal
from conformance.record.verdict import Verdict

if TYPE_CHECKING:
    from xdist.remote import Producer
    from xdist.scheduler import Scheduling
    from xdist.workermanage import WorkerController

_INTERRUPTED = "keyboard-interrupt"
"""What xdist calls it when a worker was interrupted, which is no loss."""


class Conductor:
    """The hooks of the controller, or of the only process."""

    def __init__(
        self, dlms: DlmsSession, config: pytest.Config, *, distributes: bool, count: Callable[[str], None]
    ) -> None:
        self._dlms = dlms
        self._count = count
        self._config = config
        self._distributes = distributes
        self._journal: Journal | None = None
        self._planned: int | None = None
        self._judged: dict[str, Covered] = {}
        self._began = datetime.now(UTC)
        self._deviations: tuple[DeviationRecord, ...] = ()
        self._lost: list[str] = []

    @pytest.hookimpl(optionalhook=True)
    def pytest_configure_node(self, node: WorkerController) -> None:
        """Hand over to a worker what all share."""
        node.workerinput["dlms_invocation"] = self._dlms.settings.invocation.to_json()
        node.workerinput["dlms_done"] = sorted(self._dlms.done)
        node.workerinput["dlms_budget_left_s"] = self._dlms.budget.left_s

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_make_scheduler(self, config: pytest.Config, log: Producer) -> Scheduling:
        """One worker per line."""
        from conformance.harness.scheduler import LineScheduling  # noqa: PLC0415 - needs xdist, which is there now

        return LineScheduling(config, log, {device.name: line_of(device) for device in self._dlms.settings.devices})

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_node_collection_finished(self, ids: list[str]) -> None:
        """The controller collects nothing itself: a worker tells how much there is to do."""
        if self._planned is None:
            self._dlms.order.update({nodeid: number for number, nodeid in enumerate(ids)})
            self._plan(len(ids))

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> None:
        """Before anything runs: see that the meters are there, and open the journal."""
        if self._config.option.collectonly:
            return
        if self._distributes:
            self._begin(self._dlms.settings.devices)
            return
        broken = session.testsfailed and not self._config.option.continue_on_collection_errors
        found = [ours for item in session.items if (ours := declared(item)) is not None]
        if broken or not (found or self._dlms.done):
            return
        used = {slot.device.name for _, slot in found if slot.inapplicable is None and slot.withheld is None}
        self._begin(tuple(device for device in self._dlms.settings.devices if device.name in used))
        self._plan(len(found))

    def pytest_runtest_logstart(self, nodeid: str) -> None:
        """A killed run says where it was."""
        if self._journal is not None:
            self._journal.started(nodeid)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """An item's line goes into the journal at once, in the controller those of all workers."""
        line: dict[str, JsonValue] | None = getattr(report, ITEM, None)
        if line is not None:
            self._judged[report.nodeid] = covered(line)
            if self._journal is not None:
                try:
                    self._journal.item(line)
                except ValidationError as error:
                    self._note(f"{report.nodeid}: the line of a worker was refused: {error.error_count()} errors")
        elif report.when == "teardown" and self._journal is not None:
            if report.failed:
                self._note(f"teardown of {report.nodeid} failed: {report.longreprtext.strip().splitlines()[-1]}")
            for name, note in report.user_properties:
                if name == NOTE:
                    self._note(str(note))

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: WorkerController, error: object | None) -> None:
        """A worker is gone; unless it has said why, it is one that was lost."""
        if error is not None and error != _INTERRUPTED:
            self._lost.append(node.gateway.id)

    @pytest.hookimpl(optionalhook=True)
    def pytest_handlecrashitem(self, crashitem: str, report: pytest.TestReport) -> None:
        """A worker was lost in the middle of an item, which gets a verdict all the same."""
        worker = self._lost.pop() if self._lost else "of this run"
        self._note(f"worker {worker} ended without a word while it ran {crashitem}")
        if crashitem not in self._judged:
            reason = (
                f"the process that ran it, worker {worker}, ended without a word: killed, or crashed outside Python"
            )
            line = crashed(self._dlms, crashitem, self._config.rootpath, reason)
            if line is not None:
                deliver(report, line)

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """End the journal: complete when all that was planned was judged; and settle the expected deviations."""
        self._dlms.close()
        stopped = session.exitstatus in (
            pytest.ExitCode.INTERRUPTED,
            pytest.ExitCode.INTERNAL_ERROR,
            pytest.ExitCode.USAGE_ERROR,
        )
        missing = (self._planned or 0) - len(self._dlms.done) - len(self._judged)
        unfinished = missing > 0 or self._planned is None
        self._settle(complete=not stopped and not unfinished)
        if self._journal is None:
            return
        if self._config.getoption("--dlms-record-unreachable"):
            for note in self._dlms.lost_links():
                self._note(note)
        if self._lost:
            self._note(f"ended without a word while no subtest ran there: worker {', '.join(self._lost)}")
        if missing > 0:
            self._note(f"{missing} of {self._planned} subtests were not judged")
        elif unfinished and not stopped:
            self._note("no subtest was judged: no worker lived until it had read the suites")
        if unfinished:
            self._count("unfinished")
        for problem in filter(None, map(_problem, self._dlms.earlier)):
            self._count(problem)
        if session.exitstatus == pytest.ExitCode.NO_TESTS_COLLECTED and self._dlms.done:
            session.exitstatus = pytest.ExitCode.OK
        self._journal.finish(complete=not stopped and not unfinished)
        self._journal = None

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Expected deviations that fail the run, each on a line of its own."""
        failing = [deviation for deviation in self._deviations if deviation.state.fails]
        if failing:
            terminalreporter.section("expected deviations")
        for deviation in failing:
            told = self._dlms.redactor.text(deviation.told)
            terminalreporter.line(f"{deviation.state.value.upper()} {told}", red=True)

    def _begin(self, devices: tuple[Device, ...]) -> None:
        """Meet the meters, then open the journal: what could not start leaves no evidence behind.

        Raises:
            pytest.UsageError: keys were left changed, a meter does not answer, or the evidence cannot be written.
        """
        settings = self._dlms.settings
        try:
            refuse_open_journals(devices, settings.state)
        except KeyJournalError as error:
            raise pytest.UsageError(str(error)) from None
        wanted = devices[:1] if settings.qualify else devices
        contacts = [first_contact(device, self._dlms.bench) for device in wanted]
        unreachable = [item for item in contacts if item.unreachable and item.device.embedded is None]
        refused = [item.unreachable for item in unreachable if item.unreachable and not self._records(item)]
        if refused:
            raise pytest.UsageError("\n".join(refused))
        self._dlms.unreachable.update({item.device.name: item.unreachable or "" for item in unreachable})
        if self._distributes:
            self._dlms.let_go()
        if settings.out is None:
            return
        try:
            if settings.resumed:
                self._began = read_journal(settings.out / JOURNAL).head.started
                self._journal = Journal.resumed(settings.out, self._dlms.redactor)
            else:
                head = head_of(settings, self._config)
                self._began = head.started
                self._journal = Journal(settings.out, head, self._dlms.redactor)
                keep(settings.out, settings.invocation)
        except OSError as error:
            raise pytest.UsageError(f"--dlms-out {settings.out}: {error.strerror or error}") from None
        for contact in contacts:
            self._dlms.evidence.beside(contact.device.name, "first contact", contact.tape)
            if contact.identity:
                self._journal.identity(contact.device.name, contact.identity)
            for note in contact.notes:
                self._note(note)

    def _settle(self, *, complete: bool) -> None:
        """What became of the expected deviations, those of an earlier part of the run too; some fail the run."""
        earlier = (covered(item.to_json()) for item in self._dlms.earlier)
        self._deviations = outcomes(
            self._dlms.settings.devices, (*earlier, *self._judged.values()), began=self._began, complete=complete
        )
        if any(deviation.state.fails for deviation in self._deviations):
            self._count(Verdict.FAILED.value)

    def _records(self, contact: Contact) -> bool:
        """Whether a meter that does not answer is evidence, and no reason to refuse the run."""
        return contact.silent and not self._distributes and bool(self._config.getoption("--dlms-record-unreachable"))

    def _plan(self, items: int) -> None:
        self._planned = len(self._dlms.done) + items
        if self._journal is not None:
            self._journal.planned(self._planned)

    def _note(self, text: str) -> None:
        if self._journal is not None:
            self._journal.note(text)


def _problem(item: Item) -> str | None:
    """The verdict of an item that somebody has to look at and that no deviation announces."""
    verdict = item.subtest.verdict
    return verdict.value if verdict.is_problem and not item.subtest.excused else None
