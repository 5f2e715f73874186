"""How a night shows that it goes on: a table of its lines on a terminal, a line an event without one."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import TextIO

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.table import Table
from rich.text import Text

from conformance.dlms.text import printable
from conformance.lab.night_board import OVER, TESTING, LineNow, NightBoard
from conformance.lab.night_journal import Began, DeviceBegan, DeviceEnded, Ended, HookRan, LineEvent, NightEvent, Noted
from conformance.lab.night_record import RowState
from conformance.record.verdict import Verdict

_WIDTH = 118
_BAR = 12
_ROOM_BELOW = 6
_LONGEST = 400
_SHORT = {
    Verdict.FAILED: ("failed", "bold red"),
    Verdict.ERROR: ("error", "bold magenta"),
    Verdict.INCONCLUSIVE: ("inconcl.", "yellow"),
    Verdict.PASSED: ("passed", "green"),
}
_STATES = {
    RowState.DONE: "green",
    RowState.OUT_OF_TIME: "yellow",
    RowState.NO_LINK: "yellow",
    RowState.CRASHED: "bold magenta",
    RowState.NOT_RUN: "yellow",
}


class NightDisplay:
    """Tells the events of a night, a line each, and on a terminal keeps a table of its lines below them.

    Args:
        stream: to print on.
        plain: no table, whatever the stream is.
    """

    def __init__(self, stream: TextIO, *, plain: bool) -> None:
        terminal = stream.isatty() and not plain
        self._console = Console(file=stream, width=None if terminal else _WIDTH, no_color=not terminal)
        self._terminal = terminal
        self._board: NightBoard | None = None
        self._live: Live | None = None
        self._began = time.monotonic()

    def start(self, board: NightBoard) -> None:
        """Begin to show the lines of a night."""
        self._board = board
        if self._terminal:
            self._live = Live(
                console=self._console,
                get_renderable=self._table,
                refresh_per_second=2,
                transient=True,
                redirect_stdout=False,
                redirect_stderr=False,
            )
            self._live.start()

    def stop(self) -> None:
        """Take the table away; a second call does nothing."""
        if self._live is not None:
            self._live.stop()
            self._live = None

    def say(self, text: str) -> None:
        """A line of its own."""
        self._console.print(text, markup=False, highlight=False, soft_wrap=True)

    def hear(self, event: NightEvent) -> None:
        """Tell of an event."""
        told = self._words(event)
        if told is not None:
            at = f"{event.at.astimezone():%H:%M:%S}  "
            self._console.print(Text.assemble((at, "dim"), told), soft_wrap=True)

    def _words(self, event: NightEvent) -> Text | None:
        match event:
            case DeviceBegan():
                again = ", goes on" if event.resumed else ""
                which = f" (attempt {event.attempt}{again})" if event.attempt > 1 or event.resumed else ""
                return Text(f"{event.device}: begins{which}")
            case DeviceEnded():
                return self._ended(event)
            case HookRan():
                ended = "did not end" if event.exit_code is None else f"ended with {event.exit_code}"
                return Text(f"{event.device}: hook {event.hook} {ended} after {event.duration_s:.1f} s")
            case LineEvent() if event.detail:
                return Text(_short(f"line {event.line}: {event.state}: {event.detail}"), "yellow")
            case Noted():
                whom = f"{event.device}: " if event.device else ""
                return Text(_short(f"{whom}{event.text}"), "yellow")
            case Ended() if not event.complete:
                return Text(_short(f"the night ends early: {event.reason}"), "yellow")
            case Began() | LineEvent() | Ended():
                return None
        return None

    def _ended(self, event: DeviceEnded) -> Text:
        counted: Mapping[Verdict, int] = {}
        if event.attempt is not None and self._board is not None:
            counted = self._of_device(event.device)
        counts = ", ".join(f"{count} {verdict.value}" for verdict, count in counted.items() if count)
        told = Text.assemble(f"{event.device}: ", (event.state.value, _STATES[event.state]))
        if counts:
            told.append(f": {counts}")
        if event.reason:
            told.append(_short(f"; {event.reason}"))
        return told

    def _of_device(self, device: str) -> Mapping[Verdict, int]:
        assert self._board is not None  # noqa: S101 - narrows the type: asked before
        line = next((one.line for one in self._board.lines() if one.device == device), None)
        return self._board.of_device(line) if line is not None else {}

    def _table(self) -> RenderableType:
        """The lines as they are now, as many as there is room for: those at work first."""
        lines = self._board.lines() if self._board is not None else ()
        now = time.monotonic()
        table = Table(header_style="bold", pad_edge=False, box=None, expand=False)
        for name in ("line", "devices", "device", "case"):
            table.add_column(name, no_wrap=True, overflow="ellipsis")
        table.add_column("progress", no_wrap=True)
        table.add_column("left", justify="right", no_wrap=True)
        for label, style in _SHORT.values():
            table.add_column(label, justify="right", style=style, no_wrap=True)
        room = max(1, self._console.height - _ROOM_BELOW)
        ordered = sorted(lines, key=lambda one: one.phase == OVER)
        for one in ordered[:room]:
            table.add_row(*_cells(one, now))
        hidden = len(ordered) - room
        more = [Text(f"… and {hidden} more lines", "dim")] if hidden > 0 else []
        return Group(table, *more, Text(self._sums(lines, now), "bold"))

    def _sums(self, lines: tuple[LineNow, ...], now: float) -> str:
        over, devices = sum(one.over for one in lines), sum(one.devices for one in lines)
        left = [one.left_s(now) for one in lines]
        longest = max((seconds for seconds in left if seconds is not None), default=0.0)
        known = f", about {clock(longest)} left" if longest else ""
        if longest and None in left:
            known = f", {clock(longest)} left at least"
        return f"{over} of {devices} devices, {clock(now - self._began)} passed{known}; Ctrl-C stops"


def _cells(one: LineNow, now: float) -> list[str]:
    left = one.left_s(now)
    counts = [str(one.counted[verdict]) if one.counted[verdict] else "" for verdict in _SHORT]
    doing = (one.case or "starting") if one.phase == TESTING else one.phase
    attempt = f" ({one.attempt})" if one.attempt > 1 else ""
    return [
        printable(one.line, 20),
        f"{one.over}/{one.devices}",
        printable(one.device, 24) + attempt,
        doing,
        bar(one.judged, one.planned) if one.phase == TESTING else "",
        "" if one.phase == OVER else "?" if left is None else clock(left),
        *counts,
    ]


def bar(done: int, planned: int) -> str:
    """`████░░░░ 120/400`, or the count alone where the whole is not known."""
    if not planned:
        return str(done) if done else ""
    full = min(_BAR, done * _BAR // planned)
    return f"{'█' * full}{'░' * (_BAR - full)} {done}/{planned}"


def clock(seconds: float) -> str:
    """`1:02:03`, or `2:03` below an hour."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def _short(text: str) -> str:
    return printable(text, _LONGEST)
