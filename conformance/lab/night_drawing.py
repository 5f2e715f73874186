"""Every view of a night at once, device by device: page, PDF, JUnit, Allure, history, and last the manifest."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, nullcontext
from dataclasses import dataclass, field
from pathlib import Path

from conformance.lab import night_page, night_paper
from conformance.lab.night_allure import NightAllure
from conformance.lab.night_history import NightHistory, night_history
from conformance.lab.night_junit import NightJunit
from conformance.lab.night_record import NIGHT, NightRecord, load_night
from conformance.lab.night_survey import Survey, Visited
from conformance.lab.night_view import FlakySubtest, NightView
from conformance.record.errors import RecordError
from conformance.record.journal import JOURNAL
from conformance.record.lines import write_whole
from conformance.reporting import manifest
from conformance.reporting.draw import DrawError, draw
from conformance.reporting.history.errors import HistoryError
from conformance.reporting.html import REPORT
from conformance.reporting.junit import JUNIT

_LARGEST_FRAMES = 256 * 1024 * 1024
"""Octets of the frame logs of a killed run beyond which its own reports are left to `dlms-conformance report`."""


@dataclass(slots=True)
class DrawnNight:
    """What was drawn of a night.

    Attributes:
        directory: of the night.
        view: of the night.
        files: what was written, by name.
        failures: what could not be drawn, in words.
    """

    directory: Path
    view: NightView
    files: dict[str, Path] = field(default_factory=dict)
    failures: list[str] = field(default_factory=list)


def draw_night(
    directory: Path,
    night: NightRecord,
    *,
    against: Path | None = None,
    store: Path | None = None,
    pdf: bool = True,
    told: Callable[[str], None] = lambda _: None,
) -> DrawnNight:
    """Draw all views of the night in `directory`; each is drawn even if another fails.

    Args:
        directory: of the night; holds `night.json` and the runs of the devices.
        night: its record.
        against: directory of the night to hold it against; None: of none.
        store: history of the lab, to which the runs are added; None: none is kept.
        pdf: draw the PDF too.
        told: hears what is being done.
    """
    notes: list[str] = []
    earlier = _earlier(against, notes)
    survey = Survey(directory, night, earlier)
    drawn = DrawnNight(directory, survey.view(None))
    with NightJunit(night) as junit, ExitStack() as stack:
        allure = NightAllure(directory, night)
        try:
            kept: NightHistory | None = stack.enter_context(_history(store))
        except HistoryError as error:
            notes.append(f"the history is not kept: {error}")
            kept = None
        told("reading the runs")
        for visited in survey.visits(prepared=lambda place: _reported(place, notes)):
            _take(visited, junit, allure, kept, drawn)
        flaky = _flaky(kept, night, drawn)
        notes += [f"the Allure results of {device} were damaged and drawn again" for device in allure.damaged]
        notes += kept.notes if kept is not None else []
        _attempt(drawn, "junit", lambda: junit.write(directory))
        _attempt(drawn, "allure", allure.write)
    drawn.view = survey.view(flaky, tuple(notes))
    told("drawing the page")
    _attempt(drawn, "html", lambda: _page(directory, drawn.view))
    if pdf:
        told("setting the paper")
        _attempt(drawn, "pdf", lambda: _paper(directory, drawn.view))
    else:
        (directory / night_paper.PAPER).unlink(missing_ok=True)
    drawn.files = {"night": directory / NIGHT, **drawn.files}
    told("writing the manifest")
    _attempt(drawn, "manifest", lambda: manifest.write(directory))
    return drawn


def night_before(directory: Path, night: NightRecord) -> Path | None:
    """The night of the same lab before this one, beside it; None: there is none.

    Nights that cannot be read, or that began later, are passed over.
    """
    found: list[tuple[float, Path]] = []
    for place in _neighbours(directory):
        try:
            other = load_night(place)
        except RecordError:
            continue
        if other.lab == night.lab and other.started < night.started:
            found.append((other.started.timestamp(), place))
            if place.name < directory.name and other.name == place.name:
                # Named by when they began, as `lab run` does: the newest comes first.
                break
    return max(found)[1] if found else None


def _neighbours(directory: Path) -> Iterator[Path]:
    here = directory.resolve()
    places = [place for place in here.parent.iterdir() if place != here and (place / NIGHT).is_file()]
    yield from sorted(places, key=lambda place: place.name, reverse=True)


def _history(store: Path | None) -> AbstractContextManager[NightHistory | None]:
    return night_history(store) if store is not None else nullcontext()


def _earlier(against: Path | None, notes: list[str]) -> tuple[Path, NightRecord] | None:
    if against is None:
        return None
    try:
        return against, load_night(against)
    except RecordError as error:
        notes.append(f"not held against the night before: {error}")
        return None


def _reported(directory: Path, notes: list[str]) -> None:
    """Draw the reports of a run that was killed before it could, so that no link on the page leads nowhere."""
    if (directory / REPORT).exists() or not (directory / JOURNAL).exists():
        return
    if sum(path.stat().st_size for path in directory.glob("frames*.jsonl")) > _LARGEST_FRAMES:
        notes.append(f"{directory.name}: its frame log is large; dlms-conformance report {directory} draws its report")
        return
    try:
        draw(directory, formats=("html", "junit", "allure"))
    except (DrawError, RecordError, OSError) as error:
        notes.append(f"{directory.name}: its report could not be drawn: {error}")


def _take(
    visited: Visited, junit: NightJunit, allure: NightAllure, kept: NightHistory | None, drawn: DrawnNight
) -> None:
    row, record = visited.row, visited.record
    junit.add(row, record)
    if record is None or visited.directory is None:
        return
    try:
        allure.add(row, visited.directory, record)
        if kept is not None:
            kept.add(visited.directory, record)
    except (OSError, HistoryError) as error:
        drawn.failures.append(f"{row.device}: {error}")


def _flaky(kept: NightHistory | None, night: NightRecord, drawn: DrawnNight) -> tuple[FlakySubtest, ...] | None:
    if kept is None:
        return None
    until = max((row.finished or row.started or night.started for row in night.rows), default=night.started)
    try:
        return kept.flaky([row.device for row in night.rows], until)
    except HistoryError as error:
        drawn.failures.append(f"history: {error}")
        return None


def _page(directory: Path, view: NightView) -> Path:
    path = directory / night_page.PAGE
    write_whole(path, night_page.render(view).encode("utf-8", "replace"))
    return path


def _paper(directory: Path, view: NightView) -> Path:
    path = directory / night_paper.PAPER
    write_whole(path, night_paper.render(view, attachment=(directory / NIGHT).read_bytes()))
    return path


_FILES = {"html": night_page.PAGE, "pdf": night_paper.PAPER, "junit": JUNIT}


def _attempt(drawn: DrawnNight, name: str, action: Callable[[], Path]) -> None:
    """Do `action` and enter its path, or what went wrong; of a view that fails nothing stays from before."""
    try:
        drawn.files[name] = action()
    except Exception as error:  # a view that fails must not take the others with it
        drawn.failures.append(f"{name}: {error}")
        if name in _FILES:
            (drawn.directory / _FILES[name]).unlink(missing_ok=True)
