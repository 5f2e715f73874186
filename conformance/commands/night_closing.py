"""The end of a night: its views drawn, the summary printed, the lab's web server told."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from rich.console import Console
from rich.text import Text

from conformance.lab.inventory import Lab
from conformance.lab.night_drawing import DrawnNight, draw_night, night_before
from conformance.lab.night_page import STATE_WORDS, span, took
from conformance.lab.night_record import NightRecord, save_night
from conformance.lab.night_summary import summary
from conformance.lab.night_view import CaseChange, NightView, Touched
from conformance.lab.night_webhook import send
from conformance.record.verdict import Verdict
from conformance.reporting.legible import line, moment

_WIDTH = 118
_MOST = 10
_MOST_NAMES = 6
_STYLES = {
    Verdict.FAILED: "bold red",
    Verdict.ERROR: "bold magenta",
    Verdict.INCONCLUSIVE: "yellow",
    Verdict.PASSED: "green",
}


@dataclass(frozen=True, slots=True)
class ClosedNight:
    """A night that was closed.

    Attributes:
        drawn: its views.
        code: exit code for the CI.
    """

    drawn: DrawnNight
    code: int

    def to_json(self) -> dict[str, object]:
        """What a program wants to know at the end of a night."""
        files = {name: str(path) for name, path in self.drawn.files.items()}
        return {**summary(self.drawn.view), "files": files, "failures": list(self.drawn.failures)}


def close_night(
    directory: Path,
    night: NightRecord,
    *,
    lab: Lab | None = None,
    against: Path | None = None,
    pdf: bool = True,
    webhook: bool = True,
    stream: TextIO | None = None,
) -> ClosedNight:
    """Write the record of a night, draw its views, print what a reader wants first, and tell the lab's web server.

    Nothing of this changes the exit code but a view that cannot be drawn: that is told on standard error.

    Args:
        directory: of the night.
        night: its record.
        lab: whose history and webhook are used; None: neither.
        against: the night to hold it against; None: the one before it beside it.
        pdf: draw the PDF too.
        webhook: send the summary where the lab wants it.
        stream: where to print; None is standard output.
    """
    save_night(directory, night)
    drawn = draw_night(
        directory,
        night,
        against=against or night_before(directory, night),
        store=lab.history if lab is not None else None,
        pdf=pdf,
    )
    tell(drawn.view, stream)
    say = _Printer(stream)
    for name, path in drawn.files.items():
        say(f"{name:>8}  {path}")
    for failure in drawn.failures:
        print(f"dlms-conformance: not drawn: {failure}", file=sys.stderr)
    if webhook and lab is not None and lab.webhook is not None:
        problem = send(lab.webhook, summary(drawn.view), os.environ)
        say(f"note: {problem}" if problem else "webhook: the summary was sent")
    return ClosedNight(drawn, night.exit_code)


def tell(view: NightView, stream: TextIO | None = None) -> None:
    """Print what a reader of a night wants first."""
    say = _Printer(stream)
    night = view.night
    hosts = f" on {len(night.hosts)} hosts" if len(night.hosts) > 1 else ""
    say(f"{line(night.lab, 80)}, night of {line(night.name, 60)}", "bold")
    counted = ", ".join(
        f"{count} {word}" if count == 1 else f"{count} {word}s"
        for count, word in ((len(night.rows), "device"), (len(view.lines), "line"))
    )
    say(f"{moment(night.started)}, {span(took(view))}{hosts}; {counted}")
    for verdict, count in night.totals.items():
        if count:
            say(f"  {count:>5} {verdict.value}", _STYLES.get(verdict, "dim"))
    for heading, lines in _sections(view):
        say(f"\n{heading}", "bold")
        for text in lines:
            say(f"  {text}")
    notes = (*night.notes, *view.notes)
    for note in notes[:_MOST]:
        say(f"note: {line(note, 400)}")
    if len(notes) > _MOST:
        say(f"note: and {len(notes) - _MOST} more")
    say("\n" + one_line(night), _STYLES.get(night.verdict, ""))


def one_line(night: NightRecord) -> str:
    """A night in one line."""
    counts = ", ".join(f"{count} {verdict.value}" for verdict, count in night.subtest_totals.items() if count)
    verdict = night.verdict.value if night.complete else f"NOT COMPLETE, {night.verdict.value} so far"
    announced = sum(row.announced for row in night.rows)
    excused = f"; {announced} of the FAILED are expected deviations" if announced else ""
    return f"{verdict}: {len(night.rows)} devices, {counts or 'nothing judged'}{excused}"


def _sections(view: NightView) -> Iterator[tuple[str, list[str]]]:
    if view.against is not None:
        against = line(view.against.night.name, 60)
        told = [_changed(change) for change in view.regressions]
        yield f"Worse than in the night of {against} ({len(told)})", _bounded(told) or ["nothing"]
        if view.fixes:
            yield f"PASSED again ({len(view.fixes)})", _bounded([_changed(change) for change in view.fixes])
    if view.untested:
        told = []
        for one in view.untested:
            state, reason = STATE_WORDS[one.row.state], line(one.row.reason, 300)
            told.append(f"{line(one.row.device, 60)}: {reason if reason.startswith(state) else f'{state}: {reason}'}")
        yield f"Not tested to the end ({len(told)})", _bounded(told)
    if view.cases:
        told = [
            f"{line(tally.case, 60)}: {tally.verdict} on {len(tally.devices)} of {tally.judged} devices:"
            f" {_names(tally.devices)}"
            for tally in view.cases
        ]
        yield f"Cases with problems ({len(told)})", _bounded(told)
    if view.worst:
        told = [
            f"{line(one.row.device, 60)}: "
            + ", ".join(
                f"{count} {verdict.value}"
                for verdict, count in one.row.subtest_totals.items()
                if count and verdict.is_problem
            )
            for one in view.worst
        ]
        yield f"Worst devices (of {len(told)})", _bounded(told)
    if view.flaky:
        told = [
            f"{line(one.device, 60)} {line(one.case, 60)} {line(one.place, 80)}: {one.letters}" for one in view.flaky
        ]
        yield f"Flaky ({len(told)})", _bounded(told)


def _changed(change: CaseChange) -> str:
    return f"{line(change.case, 60)}: {change.before} → {change.after} on {_names(change.devices)}"


def _names(devices: Sequence[Touched]) -> str:
    named = ", ".join(line(touched.device, 60) for touched in devices[:_MOST_NAMES])
    rest = f" and {len(devices) - _MOST_NAMES} more" if len(devices) > _MOST_NAMES else ""
    return named + rest


def _bounded(told: list[str]) -> list[str]:
    rest = [f"and {len(told) - _MOST} more"] if len(told) > _MOST else []
    return told[:_MOST] + rest


class _Printer:
    def __init__(self, stream: TextIO | None) -> None:
        self._console = Console(file=stream or sys.stdout)
        if not self._console.is_terminal:
            self._console = Console(file=stream or sys.stdout, width=_WIDTH)

    def __call__(self, text: str, style: str = "") -> None:
        self._console.print(Text(text, style=style), soft_wrap=True)
