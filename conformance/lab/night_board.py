"""What a night is doing at this moment, line by line: written by the workers, read by whoever shows it."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from conformance.lab.run_progress import RunProgress
from conformance.record.verdict import Verdict, totals

WAITING = "waiting"
TESTING = "testing"
OVER = "over"


@dataclass(frozen=True, slots=True, kw_only=True)
class LineNow:
    """A line at a moment.

    Attributes:
        line: its name.
        devices: how many it has in this night.
        over: how many of them are done with.
        phase: what is done: `WAITING`, `TESTING`, `OVER`, or the name of a hook.
        device: that it is done with; empty for none.
        attempt: at that device; 0 before the first.
        case: that was judged last.
        judged: subtests that have a verdict.
        planned: subtests of the device; 0 while that is not known.
        counted: subtests of all devices of the line so far, by verdict.
        began_s: when the device's turn began, monotonic; None when none is on.
        expected_s: what this device took in earlier nights; None when that is not known.
        later_s: what the devices after it took; None when that is not known of one of them.
    """

    line: str
    devices: int
    over: int = 0
    phase: str = WAITING
    device: str = ""
    attempt: int = 0
    case: str = ""
    judged: int = 0
    planned: int = 0
    counted: dict[Verdict, int] = field(default_factory=lambda: totals(()))
    began_s: float | None = None
    expected_s: float | None = None
    later_s: float | None = 0.0

    def left_s(self, now: float) -> float | None:
        """Seconds until the line is done with, as earlier nights went, or as this device goes; None when unknown."""
        if self.phase == OVER:
            return 0.0
        if self.later_s is None:
            return None
        if self.began_s is None:
            return self.later_s
        spent = now - self.began_s
        if self.expected_s is not None:
            return max(0.0, self.expected_s - spent) + self.later_s
        if not self.planned or not self.judged:
            return None
        return spent * (self.planned - self.judged) / self.judged + self.later_s


class NightBoard:
    """The lines of a night; any thread may write and read."""

    def __init__(self, lines: Sequence[LineNow]) -> None:
        self._lock = threading.Lock()
        self._lines = {line.line: line for line in lines}
        self._before = {line.line: line.counted for line in lines}

    def lines(self) -> tuple[LineNow, ...]:
        """All lines as they are now, in the order of the lab."""
        with self._lock:
            return tuple(self._lines.values())

    def phase(self, line: str, phase: str) -> None:
        """A line does something else."""
        with self._lock:
            self._lines[line] = replace(self._lines[line], phase=phase)

    def turn(self, line: str, device: str, expected_s: float | None, later_s: float | None) -> None:
        """The turn of a device begins."""
        with self._lock:
            now = self._lines[line]
            self._before[line] = now.counted
            self._lines[line] = replace(
                now,
                device=device,
                attempt=0,
                case="",
                judged=0,
                planned=0,
                began_s=time.monotonic(),
                expected_s=expected_s,
                later_s=later_s,
            )

    def progress(self, line: str, attempt: int, run: RunProgress) -> None:
        """The run of the device has come so far."""
        with self._lock:
            before, here = self._before[line], run.counted
            self._lines[line] = replace(
                self._lines[line],
                phase=TESTING,
                attempt=attempt,
                case=run.case,
                judged=run.done,
                planned=run.planned,
                counted={verdict: before[verdict] + here[verdict] for verdict in Verdict},
            )

    def of_device(self, line: str) -> dict[Verdict, int]:
        """Subtests by verdict of the device whose turn it is, or was last."""
        with self._lock:
            before, counted = self._before[line], self._lines[line].counted
            return {verdict: counted[verdict] - before[verdict] for verdict in Verdict}

    def turn_over(self, line: str) -> None:
        """The device is done with."""
        with self._lock:
            now = self._lines[line]
            self._lines[line] = replace(
                now, over=now.over + 1, phase=WAITING, device="", case="", attempt=0, judged=0, planned=0, began_s=None
            )

    def line_over(self, line: str) -> None:
        """Nothing more is done on this line."""
        with self._lock:
            self._lines[line] = replace(self._lines[line], phase=OVER, device="", began_s=None)
