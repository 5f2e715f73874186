"""The turn of a device in a night: its hooks, its run in a process of its own, one more try where it was dead."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from conformance.lab.broker import BrokerError, Held
from conformance.lab.child_environment import child_environment
from conformance.lab.device_times import DeviceTimes
from conformance.lab.hook_runs import HookRun, filled, run_hook
from conformance.lab.inventory import Hooks, Lab, LabDevice, NightProfile
from conformance.lab.night_board import NightBoard
from conformance.lab.night_journal import DeviceBegan, DeviceEnded, HookRan, NightEvent, Noted, PlannedDevice
from conformance.lab.night_record import RowState
from conformance.lab.owned_process import OwnedProcess
from conformance.lab.process_log import ProcessLog
from conformance.lab.run_outcome import Ending, RunOutcome, outcome_of
from conformance.lab.run_progress import RunProgress
from conformance.record.journal import JOURNAL
from conformance.reporting.html import REPORT

LOGS = "logs"
"""Directory within a night: what the run of each device has printed."""
_LOOK_S = 0.2

HookName = Literal["before", "after", "dead"]


@dataclass(frozen=True, slots=True)
class NightTools:
    """What the turns of a night share.

    Attributes:
        lab: the lab.
        directory: of the night.
        tell: puts an event into the journal, synced, and before anybody's eyes.
        stopping: set when the night is to end after the subtests in hand.
        killing: set when it is to end at once.
        board: what is going on.
        times: of earlier nights.
        grace_s: so long beyond its budget a run may take to end and draw its reports.
        pdf: draw the PDF report of each device.
    """

    lab: Lab
    directory: Path
    tell: Callable[[NightEvent], None]
    stopping: threading.Event
    killing: threading.Event
    board: NightBoard
    times: DeviceTimes
    grace_s: float
    pdf: bool


@dataclass(frozen=True, slots=True)
class Due:
    """A device whose turn has not come, or has not been finished.

    Attributes:
        device: of the lab.
        planned: as the journal names it.
        attempts: how many there were, in this night.
        spent_s: what they took of its budget, as far as that is known.
        unseen: the last of them began, and of its end nothing is known.
    """

    device: LabDevice
    planned: PlannedDevice
    attempts: int = 0
    spent_s: float = 0.0
    unseen: bool = False


class DeviceTurn:
    """Takes the turn of one device on a line that is held."""

    def __init__(self, tools: NightTools, due: Due, held: Held) -> None:
        self._tools = tools
        self._due = due
        self._held = held
        self._device = due.device
        self._profile: NightProfile = tools.lab.profile(due.device.profile)
        self._directory = tools.directory / due.planned.directory
        self._began = time.monotonic()
        self._attempt = due.attempts
        self._link: str | None = None
        self._reason = ""

    def take(self) -> None:
        """From the hook before to the hook after, with an end told for every beginning.

        Raises:
            OSError: the journal of the night cannot be written.
        """
        try:
            self._link = self._held.link(self._device.link)
        except BrokerError as error:
            self._end(None, RunOutcome(RowState.NOT_RUN, str(error), None))
            return
        if self._due.unseen and (outcome := self._outcome_left_behind()) is not None:
            self._end(self._attempt, outcome)
            self._clear_up()
            return
        prepared = self._hook("before")
        try:
            if prepared is None or not prepared.problem:
                self._test()
            else:
                reason = f"hook before failed: {prepared.problem}"
                self._end(None, RunOutcome(RowState.NOT_RUN, reason, None))
        finally:
            self._clear_up()

    def _clear_up(self) -> None:
        """The hook after, however the test has ended."""
        ended = self._hook("after", reason=self._reason)
        if ended is not None and ended.problem:
            self._note(f"hook after failed: {ended.problem}")

    def _test(self) -> None:
        """One run, and one more where the meter was dead and the lab has a hook for that."""
        outcome = self._run()
        if outcome.state is not RowState.NO_LINK or not self._device.hooks.dead or self._tools.stopping.is_set():
            return
        revived = self._hook("dead", reason=outcome.reason)
        assert revived is not None  # noqa: S101 - narrows the type: there is such a hook
        if revived.problem:
            self._note(f"hook dead failed, so the meter was not tried again: {revived.problem}")
        elif self._left_s() == 0.0:
            self._note("nothing of its time budget was left, so the meter was not tried again")
        elif not self._tools.stopping.is_set():
            self._note("the meter did not answer; it was tried once more after the hook dead")
            self._run()

    def _run(self) -> RunOutcome:
        """A run of the device, from the beginning or on from where an earlier one ended."""
        resumed = (self._directory / JOURNAL).exists()
        self._attempt += 1
        left_s = self._left_s()
        self._tools.tell(
            DeviceBegan(at=datetime.now(UTC), device=self._device.name, attempt=self._attempt, resumed=resumed)
        )
        if resumed:
            # Views of what is no longer all: whoever finds none draws them.
            for name in (REPORT, "manifest.json"):
                with suppress(OSError):
                    (self._directory / name).unlink(missing_ok=True)
        log = ProcessLog(self._log, f"attempt {self._attempt}")
        progress = RunProgress(self._directory)
        try:
            environ = child_environment(self._tools.lab.state)
            with OwnedProcess(self._command(resumed, left_s), log, environ=environ) as process:
                code, ending = self._watched(process, progress, left_s)
            words = log.last_words()
        except OSError as error:
            code, ending, words = 1, Ending.ITSELF, f"{sys.executable}: {error.strerror or error}"
        progress.look(to_the_end=True)
        self._tools.board.progress(self._due.planned.line, self._attempt, progress)
        outcome = outcome_of(progress, code, ending, words, left_s)
        self._end(self._attempt, outcome)
        if outcome.state is RowState.DONE and self._attempt == 1:
            self._tools.times.add(self._device.name, self._profile.name, time.monotonic() - self._began)
        return outcome

    def _watched(self, process: OwnedProcess, progress: RunProgress, left_s: float | None) -> tuple[int, Ending]:
        """Follow a run to its end, making it end where that is wanted; its exit code, and who has ended it."""
        limit = None if left_s is None else time.monotonic() + left_s + self._tools.grace_s
        ending = Ending.ITSELF
        while (code := process.ended(_LOOK_S)) is None:
            progress.look()
            self._tools.board.progress(self._due.planned.line, self._attempt, progress)
            if self._tools.killing.is_set():
                ending = Ending.KILLED
                process.kill()
            elif limit is not None and time.monotonic() > limit:
                ending = Ending.OVERDUE
                process.kill()
            elif self._tools.stopping.is_set() and ending is Ending.ITSELF:
                ending = Ending.STOPPED
                process.stop()
        return code, ending

    def _command(self, resumed: bool, left_s: float | None) -> list[str | Path]:
        """The run as a command of this program."""
        words: list[str | Path] = [sys.executable, "-m", "conformance.cli", "run", self._device.config, "--plain"]
        words += ["--resume" if resumed else "--out", self._directory]
        words += ["--state", self._tools.lab.state, "--supervised", self._lock]
        for name, value in (("--link", self._link), ("--acceptance", self._profile.acceptance)):
            words += [name, value] if value is not None else []
        for permission in self._profile.permit:
            words += ["--permit", permission.value]
        for case in self._profile.cases:
            words += ["--case", case]
        if left_s is not None:
            words += ["--budget", f"{max(left_s, 0.001):.3f}s"]
        return words if self._tools.pdf else [*words, "--no-pdf"]

    def _outcome_left_behind(self) -> RunOutcome | None:
        """How a run has ended that nobody watched to its end; None when there is something left to be judged."""
        progress = RunProgress(self._directory)
        progress.look(to_the_end=True)
        if not progress.complete or progress.lost_link is not None:
            return None
        return outcome_of(progress, None, Ending.ITSELF, "", self._due.planned.budget_s)

    def _left_s(self) -> float | None:
        """What is left of the device's budget; None when it has none."""
        if self._profile.budget_s is None:
            return None
        return max(0.0, self._profile.budget_s - self._due.spent_s - (time.monotonic() - self._began))

    def _end(self, attempt: int | None, outcome: RunOutcome) -> None:
        self._reason = outcome.reason
        if outcome.remark:
            self._note(outcome.remark)
        self._tools.tell(
            DeviceEnded(
                at=datetime.now(UTC),
                device=self._device.name,
                attempt=attempt,
                state=outcome.state,
                reason=outcome.reason,
                exit_code=outcome.exit_code,
            )
        )

    def _note(self, text: str) -> None:
        self._tools.tell(Noted(at=datetime.now(UTC), device=self._device.name, text=text))

    def _hook(self, name: HookName, reason: str = "") -> HookRun | None:
        """Run a hook of the device and tell what became of it; None when it has none of that name."""
        hooks: Hooks = self._device.hooks
        command: tuple[str, ...] = getattr(hooks, name)
        if not command:
            return None
        self._tools.board.phase(self._due.planned.line, f"hook {name}")
        planned = self._due.planned
        places = {
            "device": planned.device,
            "line": planned.line,
            "bench": planned.bench,
            "link": self._link or planned.link,
            "reason": reason,
            "night": str(self._tools.directory),
        }
        at = datetime.now(UTC)
        ran = run_hook(filled(command, places), hooks.timeout_s, self._tools.killing)
        self._tools.tell(
            HookRan(
                at=at,
                hook=name,
                device=planned.device,
                line=planned.line,
                command=ran.command,
                exit_code=ran.exit_code,
                duration_s=ran.duration_s,
                output=ran.output or ran.problem,
            )
        )
        return ran

    @property
    def _log(self) -> Path:
        return self._tools.directory / LOGS / f"{self._directory.name}.log"

    @property
    def _lock(self) -> Path:
        return self._tools.lab.state / "devices" / f"{self._directory.name}.lock"
