"""`lab run`: a night of the lab's meters, each tested by a process of its own."""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType
from typing import Annotated

import typer

from conformance.commands.lab_closing import close_night
from conformance.commands.lab_display import NightDisplay
from conformance.commands.problems import UsageProblem
from conformance.commands.time_options import span
from conformance.lab.inventory import Lab
from conformance.lab.inventory_loading import load_lab
from conformance.lab.labgrid import broker_of
from conformance.lab.line_locks import LineLocks, LineTaken
from conformance.lab.night_journal import DeviceEnded, NightJournal
from conformance.lab.night_record import RowState
from conformance.lab.night_run import NightOptions, NightRun
from conformance.lab.night_start import Choice, NightError, NightStart, host_name, new_night, resumed_night

INTERRUPTED = 130
"""Exit code: stopped by a signal."""
_SIGNALS = ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK")
"""What stops a night; not every system has them all."""


def register(lab: typer.Typer) -> None:
    """Add `lab run`."""
    lab.command("run")(run)


def run(
    lab: Annotated[Path, typer.Argument(help="The lab file.", metavar="LAB.toml")],
    line: Annotated[list[str] | None, typer.Option(help="Only this line. Repeatable.")] = None,
    device: Annotated[list[str] | None, typer.Option(help="Only this device. Repeatable.")] = None,
    profile: Annotated[
        list[str] | None, typer.Option(help="Only devices with this nightly profile. Repeatable.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="Directory of the night. Default: NIGHTS/TIME of the lab.")
    ] = None,
    resume: Annotated[
        Path | None,
        typer.Option(metavar="NIGHT", help="Go on with the night in this directory that was stopped or killed."),
    ] = None,
    workers: Annotated[
        int | None, typer.Option("--workers", "-n", min=1, help="Most meters tested at once. Default: as the lab says.")
    ] = None,
    wait: Annotated[
        str | None,
        typer.Option(
            metavar="TIME", help="Wait so long, e.g. 30m, for lines that another night holds. Default: refuse."
        ),
    ] = None,
    grace: Annotated[
        str,
        typer.Option(
            metavar="TIME",
            help="A run that still goes on so long after its time budget is killed; its verdicts are kept.",
        ),
    ] = "2m",
    part: Annotated[
        bool,
        typer.Option("--part", help="A part that lab merge unites with others: no webhook, nothing in the history."),
    ] = False,
    plain: Annotated[bool, typer.Option("--plain", help="Plain lines, also on a terminal.")] = False,
    pdf: Annotated[bool | None, typer.Option(help="Draw the PDF reports. Default: as the lab says.")] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="End with a JSON object on standard output; the rest goes to standard error.")
    ] = False,
) -> None:
    """Test the meters of a lab: a worker for each line, one meter after another on it, all lines side by side.

    Ctrl-C stops after the subtests in hand, a second one at once; --resume goes on.

    Exit code: 0 all well; 1 something FAILED; 3 nothing FAILED but something could not be judged; 2 could not start.
    """
    loaded = load_lab(lab)
    options = NightOptions(
        workers=workers,
        wait_s=span("--wait", wait) if wait is not None else 0.0,
        grace_s=span("--grace", grace),
        pdf=loaded.pdf if pdf is None else pdf,
    )
    try:
        start, locks = _begin(loaded, Choice(**_names(line, device, profile)), out, resume, waits=wait is not None)
    except (NightError, LineTaken) as error:
        raise UsageProblem(f"lab run: {error}") from None
    display = NightDisplay(sys.stderr if as_json else sys.stdout, plain=plain)
    try:
        night = _test(loaded, start, locks, options, display)
    finally:
        display.stop()
        locks.release_all()
    again = f"dlms-conformance lab run {lab} --resume {start.directory}"
    if night.fault:
        print(f"dlms-conformance: {night.fault}", file=sys.stderr)
    code = close_night(None if part else loaded, start.directory, display, pdf=pdf is not False, as_json=as_json)
    if night.stopped or night.fault:
        print(f"the night is not complete; {again} goes on", file=sys.stderr)
    raise typer.Exit(INTERRUPTED if night.stopped and not night.fault else code)


def _names(line: list[str] | None, device: list[str] | None, profile: list[str] | None) -> dict[str, tuple[str, ...]]:
    return {"lines": tuple(line or ()), "devices": tuple(device or ()), "profiles": tuple(profile or ())}


def _begin(
    lab: Lab, choice: Choice, out: Path | None, resume: Path | None, *, waits: bool
) -> tuple[NightStart, LineLocks]:
    """What is to be done, and the locks of its lines: taken already, unless they may be waited for.

    Raises:
        UsageProblem: options that do not go together.
        NightError: there is nothing to be done.
        LineTaken: another night holds a line.
        RecordError: there is no night to resume.
    """
    now = datetime.now().astimezone()
    if resume is None:
        start = new_night(lab, choice, out, now)
    else:
        if out is not None or choice != Choice() or waits:
            raise UsageProblem(
                "lab run: --resume goes on with a night as it began: leave --out, --wait and choices out"
            )
        start = resumed_night(lab, resume, now)
    locks = LineLocks(lab.state, start.directory, host_name())
    if not waits:
        locks.take_all(dict.fromkeys(due.device.line for due in start.due))
    if resume is not None:
        # Now that nobody else can be at it: what has its journal come to?
        start = resumed_night(lab, resume, now)
    return start, locks


def _test(lab: Lab, start: NightStart, locks: LineLocks, options: NightOptions, display: NightDisplay) -> NightRun:
    """Test what is due, heeding signals.

    Raises:
        UsageProblem: the directory of the night cannot be written.
    """
    try:
        journal = NightJournal(start.directory)
    except OSError as error:
        raise UsageProblem(f"lab run: {start.directory}: {error.strerror or error}; name another directory") from None
    with journal:
        night = NightRun(
            lab,
            start.directory,
            start.due,
            options,
            journal=journal,
            locks=locks,
            broker=broker_of(lab),
            hear=display.hear,
        )
        try:
            journal.write(start.began)
            for name in start.gone:
                why = "the lab file has no device of this name any more"
                journal.write(DeviceEnded(at=datetime.now(UTC), device=name, state=RowState.NOT_RUN, reason=why))
        except OSError as error:
            raise UsageProblem(f"lab run: {journal.path}: {error.strerror or error}; free some room") from None
        display.say(
            f"night {start.directory}: {_count(len(start.due), 'device')} on {_count(len(night.board.lines()), 'line')}"
        )
        display.start(night.board)
        with _signals(lambda: night.kill() if night.stopped else night.stop()):
            night.run()
    display.stop()
    return night


@contextmanager
def _signals(heard: Callable[[], None]) -> Iterator[None]:
    """Call `heard` for each signal that wants the night to end."""

    def handle(number: int, frame: FrameType | None) -> None:
        del number, frame
        heard()

    known = [getattr(signal, name) for name in _SIGNALS if hasattr(signal, name)]
    # What is ignored stays so: a night begun with nohup outlives its terminal.
    before = {
        number: signal.signal(number, handle) for number in known if signal.getsignal(number) is not signal.SIG_IGN
    }
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _count(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"
