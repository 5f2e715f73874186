"""`history`: the verdicts of every night in one file, and what can be read from them."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated

import typer

from conformance.commands.history_output import output, say, tell_night, tell_sittings, tell_trend
from conformance.commands.problems import UNUSABLE, UsageProblem
from conformance.record.assemble import load
from conformance.record.errors import RecordError
from conformance.record.journal import RUN
from conformance.record.lines import write_whole
from conformance.reporting.history.adding import Added
from conformance.reporting.history.connection import VARIABLE, default_store
from conformance.reporting.history.errors import HistoryError
from conformance.reporting.history.history_json import added_json, night_json, sitting_json, trend_json
from conformance.reporting.history.night import night_of
from conformance.reporting.history.nights import Night, nights
from conformance.reporting.history.pages import device_page, night_page
from conformance.reporting.history.site import write_site
from conformance.reporting.history.store import History, digest_of, history
from conformance.reporting.history.trend import trend
from conformance.reporting.legible import line

Store = Annotated[
    Path | None,
    typer.Option(
        "--store",
        help=f"The file of the history; else {VARIABLE} names it, else it is history.sqlite beside the counters, as"
        " in ~/.local/state/dlms-conformance.",
    ),
]
HELD_AGAINST = 90
"""Nights before it that are looked at, for what turned in a night."""
AsJson = Annotated[bool, typer.Option("--json", help="For programs.")]
OnePage = Annotated[Path | None, typer.Option("--html", help="Write it as an HTML page to this file.")]
Nights = Annotated[int, typer.Option(min=1, help="The last nights only.")]


def register(app: typer.Typer) -> None:
    """Add `history` with its commands."""
    group = typer.Typer(
        help="Keep the verdicts of every night, and tell trends, flaky subtests and since when something fails.",
        no_args_is_help=True,
        add_completion=False,
    )
    group.command("add")(add_runs)
    group.command("list")(list_runs)
    group.command("show")(show)
    group.command("trend")(show_trend)
    app.add_typer(group, name="history")


def add_runs(
    directories: Annotated[list[Path], typer.Argument(metavar="DIR…", help="Directories of runs.")],
    store: Store = None,
    as_json: AsJson = False,
) -> None:
    """Add runs to the history, each whole or not at all; a run that is there already is left as it is.

    A run that was killed or did not judge all that was planned is added as such, and replaced when its complete record
    is added later. What cannot be added is told, the rest is added all the same.

    Exit code: 0 when every run is in the history now, 2 when one is not.
    """
    path = store or default_store()
    results: list[Added] = []
    problems: list[str] = []
    console = output()
    with _usable():
        if store is None:
            _make_room(path)
        for directory in directories:
            try:
                added = _add(path, directory)
            except (RecordError, HistoryError) as error:
                if str(error) not in problems:
                    problems.append(str(error))
                continue
            results.append(added)
            if not as_json:
                say(console, f"{directory}: {_became(added)}")
    if as_json:
        print(json.dumps([added_json(added) for added in results], indent=1, ensure_ascii=False))
    for problem in problems:
        print(f"dlms-conformance: {problem}", file=sys.stderr)
    raise typer.Exit(UNUSABLE if problems else 0)


def list_runs(
    device: Annotated[str | None, typer.Option(help="Of this device only.")] = None,
    nights: Nights = 30,
    html: Annotated[
        Path | None,
        typer.Option(help="Write a page for each device and each of these nights, and an index, to this directory."),
    ] = None,
    store: Store = None,
    as_json: AsJson = False,
) -> None:
    """List what the history holds: each device in each run, the newest last."""
    with _usable(), history(store or default_store()) as opened:
        if device is not None and device not in opened.devices():
            raise _unknown(opened, device)
        sittings = opened.sittings(device, nights=nights)
        if html is not None:
            _write_site(opened, html, {sitting.device for sitting in sittings}, nights)
    if as_json:
        print(json.dumps([sitting_json(sitting) for sitting in sittings], indent=1, ensure_ascii=False))
        return
    console = output()
    tell_sittings(console, sittings)
    if html is not None:
        say(console, f"pages: {html / 'index.html'}")


def show(
    reference: Annotated[
        str,
        typer.Argument(
            metavar="RUN|NIGHT|DEVICE",
            help="Number of a run or the first digits of its digest; a night as 2026-11-20; or the name of a device.",
        ),
    ],
    html: OnePage = None,
    store: Store = None,
    as_json: AsJson = False,
) -> None:
    """Show a run or a night, with what turned in it; or a device, as `trend` does."""
    with _usable(), history(store or default_store()) as opened:
        if reference in opened.devices():
            _show_trend(opened, reference, "", None, html, as_json)
            return
        made = _night(opened, reference)
    _write_page(html, night_page(made) if html is not None else "")
    if as_json:
        print(json.dumps(night_json(made), indent=1, ensure_ascii=False))
    else:
        tell_night(output(), made)


def show_trend(
    device: Annotated[str, typer.Argument(help="Name of the device.")],
    case: Annotated[str, typer.Option("--case", "-c", metavar="GLOB", help="Of these cases only: 'T_HDLC_*'.")] = "",
    nights: Nights = 365,
    html: OnePage = None,
    store: Store = None,
    as_json: AsJson = False,
) -> None:
    """Show a device over its nights: verdicts, what does not pass now and since when, flaky subtests, changes.

    A subtest is flaky when its verdict changed between two runs though neither firmware, identity, device config,
    link, permissions nor the tool did.
    """
    with _usable(), history(store or default_store()) as opened:
        _show_trend(opened, device, case, nights, html, as_json)


def _show_trend(opened: History, device: str, case: str, last: int | None, html: Path | None, as_json: bool) -> None:
    made = trend(opened, device, case=case, nights=last)
    _write_page(html, device_page(made) if html is not None else "")
    if as_json:
        print(json.dumps(trend_json(made), indent=1, ensure_ascii=False))
    else:
        tell_trend(output(), made)


def _add(path: Path, directory: Path) -> Added:
    record = load(directory)
    digest = digest_of((directory / RUN).read_bytes())
    with history(path, write=True) as opened:
        return opened.add(record, digest=digest, directory=str(directory.absolute()), now=datetime.now(UTC))


def _became(added: Added) -> str:
    if added.known:
        return f"is in the history already, as run {added.run.number}; nothing was changed"
    state = f", {added.run.state}" if added.run.state else ""
    replaced = ", in place of its incomplete record" if added.replaced else ""
    devices = ", ".join(line(device, 80) for device in added.devices)
    return f"added as run {added.run.number}{replaced}{state}: {devices}, {added.subtests} subtests"


def _night(opened: History, reference: str) -> Night:
    """The night, or the one run of it, that is named.

    Raises:
        HistoryError: there is none.
    """
    sittings = opened.run(reference)
    if not sittings and (named := _date(reference)) is not None:
        sittings = tuple(one for one in opened.sittings() if night_of(one.run.started) == named)
    if not sittings:
        raise _unknown(opened, reference)
    until = max(sitting.run.started for sitting in sittings)
    devices = {sitting.device: sitting for sitting in sittings}
    trends = [trend(opened, device, nights=HELD_AGAINST, until=until) for device in devices]
    (made,) = nights(trends, only=frozenset(sitting.run.number for sitting in sittings))
    return made


def _date(reference: str) -> date | None:
    try:
        return date.fromisoformat(reference)
    except ValueError:
        return None


def _unknown(opened: History, reference: str) -> HistoryError:
    known = line(", ".join(opened.devices()), 400) or "none"
    return HistoryError(
        opened.path,
        f"holds no run, night or device {reference!r}",
        remedy=f"`history list` tells what it holds; devices: {known}",
    )


def _write_site(opened: History, directory: Path, devices: set[str], last: int) -> None:
    trends = [trend(opened, device, nights=last) for device in sorted(devices)]
    try:
        write_site(directory, trends, last=last)
    except OSError as error:
        raise UsageProblem(f"history: {error.filename or directory} cannot be written: {error.strerror}") from None


def _write_page(path: Path | None, page: str) -> None:
    if path is None:
        return
    try:
        write_whole(path, page.encode("utf-8", "replace"))
    except OSError as error:
        raise UsageProblem(f"history: {path} cannot be written: {error.strerror or error}") from None


def _make_room(path: Path) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise HistoryError(
            path, f"cannot be made: {error.strerror or error}", remedy=f"Name a file with --store or {VARIABLE}"
        ) from None


@contextmanager
def _usable() -> Iterator[None]:
    """Tell problems of the history as those of the caller's making."""
    try:
        yield
    except HistoryError as problem:
        raise UsageProblem(str(problem)) from None
