"""A night at work: a worker for each line, its devices one after another, everything else side by side."""

from __future__ import annotations

import threading
import traceback
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from conformance.lab.broker import Broker, BrokerError, Held
from conformance.lab.device_times import DeviceTimes
from conformance.lab.device_turn import DeviceTurn, Due, NightTools
from conformance.lab.inventory import Lab, Line
from conformance.lab.line_locks import LineLocks, LineTaken
from conformance.lab.night_board import LineNow, NightBoard
from conformance.lab.night_journal import DeviceBegan, DeviceEnded, Ended, LineEvent, NightEvent, NightJournal, Noted
from conformance.lab.night_record import RowState
from conformance.lab.run_outcome import STOPPED

_LOOK_S = 0.2


@dataclass(frozen=True, slots=True)
class NightOptions:
    """How a night is run.

    Attributes:
        workers: most meters tested at once; None: as many as lines.
        wait_s: so long a line waits that another night holds.
        grace_s: so long beyond its budget a run may take to end and draw its reports.
        pdf: draw the PDF report of each device.
    """

    workers: int | None = None
    wait_s: float = 0.0
    grace_s: float = 120.0
    pdf: bool = True


class NightRun:
    """Tests the devices that are due.

    `stop` and `kill` may be called from a signal handler, while `run` waits.

    Attributes:
        board: what is going on.
        fault: why the night could not go on, though nobody has stopped it; empty for nothing.
    """

    def __init__(
        self,
        lab: Lab,
        directory: Path,
        due: Sequence[Due],
        options: NightOptions,
        *,
        journal: NightJournal,
        locks: LineLocks,
        broker: Broker,
        hear: Callable[[NightEvent], None],
    ) -> None:
        self.fault = ""
        self._journal = journal
        self._locks = locks
        self._broker = broker
        self._hear = hear
        self._options = options
        self._stopping = threading.Event()
        self._killing = threading.Event()
        self._announced = False
        self._times = DeviceTimes(lab.state)
        self._waiting = dict.fromkeys(one.device.name for one in due if not one.attempts)
        names = {one.device.line for one in due}
        self._idle = [line for line in lab.lines if line.labgrid_place and line.name not in names]
        self._lines = [line for line in lab.lines if line.name in names]
        self._due = {line.name: [one for one in due if one.device.line == line.name] for line in self._lines}
        self._slots = threading.Semaphore(options.workers or lab.workers or max(1, len(self._lines)))
        self.board = NightBoard(
            [LineNow(line=name, devices=len(those), later_s=self._expected(those)) for name, those in self._due.items()]
        )
        self._tools = NightTools(
            lab=lab,
            directory=directory,
            tell=self._tell,
            stopping=self._stopping,
            killing=self._killing,
            board=self.board,
            times=self._times,
            grace_s=options.grace_s,
            pdf=options.pdf,
        )

    @property
    def stopped(self) -> bool:
        """Whether the night was ended before every device had had its turn."""
        return self._stopping.is_set()

    def stop(self) -> None:
        """End after the subtests in hand."""
        self._stopping.set()

    def kill(self) -> None:
        """End at once."""
        self._stopping.set()
        self._killing.set()

    def run(self) -> bool:
        """Test every device that is due; whether each has had its turn, and all of that is in the journal.

        The lines are given back before this returns.
        """
        self._tidy()
        threads = [threading.Thread(target=self._work, args=(line,), name=f"line {line.name}") for line in self._lines]
        for thread in threads:
            thread.start()
        for thread in threads:
            # In pieces, since a signal is heard between them only.
            while thread.is_alive():
                thread.join(_LOOK_S)
                self._announce_stop()
        complete = not self.stopped and not self.fault
        try:
            self._leave_behind()
            reason = "" if complete else self.fault or "it was told to"
            self._tell(Ended(at=datetime.now(UTC), complete=complete, reason=reason))
        except OSError:
            return False
        return complete

    def _leave_behind(self) -> None:
        """A word for each device whose turn has not come, which goes without saying on the screen."""
        why = (
            f"the night could not go on before its turn came: {self.fault}"
            if self.fault
            else f"{STOPPED} before its turn came"
        )
        for name in self._waiting:
            self._journal.write(DeviceEnded(at=datetime.now(UTC), device=name, state=RowState.NOT_RUN, reason=why))

    def _announce_stop(self) -> None:
        """Tell once that the night was told to stop; not from a signal handler, which may write nothing."""
        if self.stopped and not self._announced and not self.fault:
            self._announced = True
            text = "the night was told to stop: each line ends after the subtest in hand; told again, at once"
            self._told_if_possible(Noted(at=datetime.now(UTC), text=text))

    def _tidy(self) -> None:
        """Give back places that a killed night has left on lines on which nothing is left to do."""
        for line in self._idle:
            with suppress(LineTaken, OSError):
                self._locks.take(line.name)
                try:
                    for told in self._broker.give_back([line]):
                        self._tell(Noted(at=datetime.now(UTC), text=f"line {line.name}: {told}"))
                finally:
                    self._locks.release(line.name)

    def _work(self, line: Line) -> None:
        """All that is done on one line."""
        try:
            if self._taken(line):
                self._lent(line)
        except OSError as error:
            # The journal: what cannot be told must not be done.
            self.fault = self.fault or f"the journal of the night cannot be written: {error.strerror or error}"
            self._stopping.set()
        except Exception as error:  # a fault of the tool on one line must not take the others with it
            self.fault = self.fault or f"line {line.name}: fault of the tool: {type(error).__name__}: {error}"
            self._told_if_possible(Noted(at=datetime.now(UTC), text=f"line {line.name}: {traceback.format_exc()}"))
        finally:
            self._locks.release(line.name)
            self.board.line_over(line.name)

    def _taken(self, line: Line) -> bool:
        """Whether the line is ours; else its devices have their rows."""
        try:
            self._locks.take(line.name, wait_s=self._options.wait_s, stop=self._stopping)
        except LineTaken as taken:
            if not self._stopping.is_set():
                self._give_up(line, str(taken))
            return False
        self._tell(LineEvent(at=datetime.now(UTC), line=line.name, state="taken"))
        return True

    def _lent(self, line: Line) -> None:
        """Test the devices of a line while its broker lends it."""
        if not self._slot():
            return
        # Its turn has come; but while it waits for its place, others may test.
        self._slots.release()
        try:
            held = self._broker.acquire(line, self._stopping)
        except BrokerError as error:
            if not self._stopping.is_set():
                self._give_up(line, str(error))
            return
        try:
            for told in held.told:
                self._tell(Noted(at=datetime.now(UTC), text=f"line {line.name}: {told}"))
            self._devices(line, held)
        finally:
            problem = self._broker.release(held)
        if problem is not None:
            self._tell(Noted(at=datetime.now(UTC), text=f"line {line.name}: {problem}"))
        self._tell(LineEvent(at=datetime.now(UTC), line=line.name, state="released"))

    def _devices(self, line: Line, held: Held) -> None:
        those = self._due[line.name]
        for number, due in enumerate(those):
            if not self._slot():
                return
            try:
                device = due.device
                expected = self._times.expected_s(device.name, device.profile)
                self.board.turn(line.name, device.name, expected, self._expected(those[number + 1 :]))
                DeviceTurn(self._tools, due, held).take()
                self.board.turn_over(line.name)
            finally:
                self._slots.release()

    def _slot(self) -> bool:
        """Wait until one more meter may be tested; False when the night ends before."""
        while not self._stopping.is_set():
            if self._slots.acquire(timeout=_LOOK_S):
                if not self._stopping.is_set():
                    return True
                self._slots.release()
        return False

    def _give_up(self, line: Line, why: str) -> None:
        """Rows for the devices of a line that cannot be used."""
        self._tell(LineEvent(at=datetime.now(UTC), line=line.name, state="not available", detail=why))
        for due in self._due[line.name]:
            self._tell(DeviceEnded(at=datetime.now(UTC), device=due.device.name, state=RowState.NOT_RUN, reason=why))
            self.board.turn_over(line.name)

    def _expected(self, those: Sequence[Due]) -> float | None:
        known = [self._times.expected_s(one.device.name, one.device.profile) for one in those]
        found = [seconds for seconds in known if seconds is not None]
        return sum(found) if len(found) == len(known) else None

    def _tell(self, event: NightEvent) -> None:
        self._journal.write(event)
        if isinstance(event, DeviceBegan | DeviceEnded):
            self._waiting.pop(event.device, None)
        self._hear(event)

    def _told_if_possible(self, event: NightEvent) -> None:
        try:
            self._tell(event)
        except OSError:
            return
