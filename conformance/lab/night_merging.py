"""The parts of a night that several hosts, or jobs of a CI engine, have tested become one night.

Nothing is lost and nothing counted twice: a device with two results is an error, one of the lab with none is a row.
The parts are read and never changed; the whole is there with all of it or not at all.
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from conformance.lab.device_directory import device_directory
from conformance.lab.device_result import result_of
from conformance.lab.inventory import Lab
from conformance.lab.night_allure import link_or_copy
from conformance.lab.night_assembly import night_of, row_of
from conformance.lab.night_journal import NIGHT_JOURNAL, Began, NightEvents, read_events
from conformance.lab.night_record import (
    NIGHT,
    HostRecord,
    NightRecord,
    NightRow,
    RowState,
    lies_within,
    load_night,
    save_night,
)
from conformance.record.assemble import load
from conformance.record.errors import RecordError
from conformance.record.journal import JOURNAL, RUN
from conformance.record.replay import read_journal
from conformance.reporting.html import REPORT

JOURNALS = "journals"
"""Directory of a merged night that holds the journals of its parts."""
_MOST_NAMED = 8


class MergeError(Exception):
    """Parts that cannot become one night; the message says which, and what to do."""


@dataclass(frozen=True, slots=True)
class _Part:
    """One directory that was given.

    Attributes:
        directory: as it was given.
        runs: directory of the run of each device that has one.
        events: of a night that has a journal.
        night: of one that has none, for it was merged before.
        device: name of the device of a run directory.
    """

    directory: Path
    runs: dict[str, Path]
    events: NightEvents | None = None
    night: NightRecord | None = None
    device: str = ""


@dataclass(slots=True)
class _Merged:
    """What has come together so far."""

    rows: dict[str, NightRow] = field(default_factory=dict)
    hosts: list[HostRecord] = field(default_factory=list)
    names: list[str] = field(default_factory=list)
    labs: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def merge(directories: Sequence[Path], out: Path, *, lab: Lab | None = None, copy: bool = False) -> NightRecord:
    """Unite parts of a night in `out`, and give its record; views are not drawn yet.

    Args:
        directories: nights, or runs of single devices.
        out: directory to make; must not exist, or be empty.
        lab: whose devices have to be there; None: those of the parts.
        copy: copy every file; else those of a run whose reports are drawn get a second name where the file system
            knows hard links, which takes neither time nor room.

    Raises:
        MergeError: a device has two results, or a directory is neither night nor run.
        RecordError: a part is damaged as a whole.
        OSError: something cannot be read or written.
    """
    _check_out(out, directories)
    parts = [_part(directory, lab) for directory in directories]
    _refuse_duplicates(parts)
    partial = out.with_name(f".{out.name}.partial")
    if partial.exists():
        shutil.rmtree(partial)
    partial.mkdir(parents=True)
    try:
        merged = _Merged()
        for number, part in enumerate(parts, 1):
            for device, run in part.runs.items():
                _copy(run, partial / device_directory(device), link=not copy and (run / REPORT).is_file())
            if part.events is not None:
                (partial / JOURNALS).mkdir(exist_ok=True)
                shutil.copyfile(part.directory / NIGHT_JOURNAL, partial / JOURNALS / f"{number:03d}.jsonl")
            _take(merged, part, partial)
        night = _whole(merged, out, lab, directories)
        save_night(partial, night)
        if out.exists():
            out.rmdir()
        partial.rename(out)
    except BaseException:
        shutil.rmtree(partial, ignore_errors=True)
        raise
    return night


def _check_out(out: Path, directories: Sequence[Path]) -> None:
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise MergeError(f"{out} is there already and not empty: give a new directory, evidence is never overwritten")
    whole = out.resolve()
    places = [directory.resolve() for directory in directories]
    for directory, place in zip(directories, places, strict=True):
        if whole == place or place in whole.parents:
            raise MergeError(f"{out} lies in {directory}, which is to be merged: give a directory beside it")
        if places.count(place) > 1:
            raise MergeError(f"{directory} is given twice")


def _part(directory: Path, lab: Lab | None) -> _Part:
    if (directory / NIGHT_JOURNAL).is_file():
        events = read_events(directory)
        planned = [one for event in events if isinstance(event, Began) for one in event.devices]
        return _Part(directory, _runs(directory, ((one.device, one.directory) for one in planned)), events=events)
    if (directory / NIGHT).is_file():
        night = load_night(directory)
        return _Part(directory, _runs(directory, ((row.device, row.directory) for row in night.rows)), night=night)
    if (directory / RUN).is_file() or (directory / JOURNAL).is_file():
        device = _name_of_run(directory, lab)
        return _Part(directory, {device: directory}, device=device)
    if not directory.is_dir():
        raise MergeError(f"{directory}: there is no such directory")
    inside = sorted(path.name for path in directory.iterdir() if path.is_dir() and _is_part(path))
    hint = f"; {', '.join(inside[:3])} in it would do: give {directory}/*" if inside else ""
    raise MergeError(f"{directory} holds neither a night ({NIGHT_JOURNAL}) nor a run ({RUN}, {JOURNAL}){hint}")


def _is_part(directory: Path) -> bool:
    return any((directory / name).is_file() for name in (NIGHT_JOURNAL, NIGHT, RUN, JOURNAL))


def _runs(directory: Path, places: Iterator[tuple[str, str | None]]) -> dict[str, Path]:
    found = {}
    for device, place in places:
        if place is not None and lies_within(place):
            run = directory / place
            if not _leaves(run, directory) and run.is_dir() and any(run.iterdir()):
                found[device] = run
    return found


def _leaves(run: Path, directory: Path) -> bool:
    """Whether a link leads out of the part."""
    return directory.resolve() not in run.resolve().parents


def _name_of_run(directory: Path, lab: Lab | None) -> str:
    """What the lab calls the device of a run: by its directory where that is a device's name, else by its record."""
    known = {device.name for device in lab.devices} if lab is not None else set()
    if directory.resolve().name in known:
        return directory.resolve().name
    try:
        # Not `load` where there is a journal only: that would write into a part.
        whole = (directory / RUN).is_file()
        return load(directory).device.name if whole else read_journal(directory / JOURNAL).head.device.name
    except RecordError as error:
        if known:
            raise MergeError(
                f"{error}; its device is not known. Call the directory as the lab calls the device, or leave it out"
            ) from None
        return directory.resolve().name


def _refuse_duplicates(parts: Sequence[_Part]) -> None:
    seen: dict[str, Path] = {}
    places: dict[str, str] = {}
    doubled = []
    for part in parts:
        for device, run in part.runs.items():
            if device in seen:
                doubled.append(f"{device[:80]!r} has a result in {seen[device]} and in {run}")
            seen.setdefault(device, run)
            place = device_directory(device).lower()
            if places.setdefault(place, device) != device:
                doubled.append(f"{device[:80]!r} and {places[place][:80]!r} differ by upper and lower case only")
    if doubled:
        rest = f"\n  and {len(doubled) - _MOST_NAMED} more" if len(doubled) > _MOST_NAMED else ""
        told = "\n  ".join(doubled[:_MOST_NAMED])
        raise MergeError(f"a device counts once a night:\n  {told}{rest}\nLeave one of the directories out")


def _copy(source: Path, target: Path, *, link: bool) -> None:
    """Copy what is in a run directory; what is neither file nor directory is refused: nobody could vouch for it."""
    target.mkdir(parents=True, exist_ok=True)
    with os.scandir(source) as entries:
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                _copy(source / entry.name, target / entry.name, link=link)
            elif not entry.is_file(follow_symlinks=False):
                raise MergeError(f"{entry.path} is neither a file nor a directory: put the file itself in its place")
            elif link:
                link_or_copy(entry.path, f"{target}{os.sep}{entry.name}")
            else:
                shutil.copyfile(entry.path, target / entry.name)


def _take(merged: _Merged, part: _Part, partial: Path) -> None:
    if part.device:
        rows: tuple[NightRow, ...] = (_row_of_run(part, partial),)
    else:
        night = _night_of_part(part, partial)
        rows = night.rows
        merged.hosts += night.hosts
        merged.names.append(night.name)
        merged.labs.append(night.lab)
        host = " and ".join(host.name for host in night.hosts[:3] if host.name) or str(part.directory)
        merged.notes += [f"{host}: {note}" for note in night.notes]
    for row in rows:
        known = merged.rows.get(row.device)
        if known is None or (known.directory is None and row.directory is not None):
            merged.rows[row.device] = row
        if known is not None:
            merged.notes.append(f"{row.device} was planned in several parts, and the one with a result counts")


def _night_of_part(part: _Part, partial: Path) -> NightRecord:
    if part.events is not None:
        return night_of(part.events, partial, device_directory)
    assert part.night is not None  # noqa: S101 - a part is one or the other
    rows = tuple(
        row.model_copy(update={"directory": device_directory(row.device) if row.device in part.runs else None})
        for row in part.night.rows
    )
    return part.night.model_copy(update={"rows": rows})


def _row_of_run(part: _Part, partial: Path) -> NightRow:
    place = device_directory(part.device)
    result = result_of(partial / place, part.device)
    record = result.record
    state, reason = RowState.DONE, ""
    if record is None:
        state, reason = RowState.CRASHED, result.problem
    elif not (record.complete and record.cases):
        how = record.notes[-1] if record.notes else "its run ended before everything was judged"
        state, reason = RowState.CRASHED, how
    return row_of(record, state=state, reason=reason, device=part.device, directory=place)


def _whole(merged: _Merged, out: Path, lab: Lab | None, directories: Sequence[Path]) -> NightRecord:
    rows = _of_lab(merged, lab, directories) if lab is not None else list(merged.rows.values())
    if not rows:
        raise MergeError("no device is in any of the directories, and no lab file names one")
    _tell_fingerprints(merged, lab)
    started = [host.started for host in merged.hosts] + [row.started for row in rows if row.started is not None]
    finished = [host.finished for host in merged.hosts] + [row.finished for row in rows if row.finished is not None]
    ends = [moment for moment in finished if moment is not None]
    if not started:
        merged.notes.append("no part tells when the night was: it is dated when the parts were merged")
        started = [datetime.now(UTC)]
    missing = any(row.state in (RowState.NOT_RUN, RowState.CRASHED) for row in rows)
    whole = all(host.complete for host in merged.hosts) and not missing
    killed = any(host.finished is None for host in merged.hosts)
    names = set(merged.names)
    return NightRecord(
        name=names.pop() if len(names) == 1 else out.resolve().name,
        lab=lab.name if lab is not None else _one_of(merged.labs),
        lab_fingerprint=lab.fingerprint if lab is not None else "",
        started=min(started),
        finished=None if killed or not ends else max(ends),
        complete=whole,
        hosts=tuple(merged.hosts),
        rows=tuple(rows),
        notes=tuple(dict.fromkeys(merged.notes)),
    )


def _of_lab(merged: _Merged, lab: Lab, directories: Sequence[Path]) -> list[NightRow]:
    """A row for each device of the lab, in its order, and behind them those that it does not know."""
    rows = []
    named = ", ".join(map(str, directories[:_MOST_NAMED]))
    rest = f" and {len(directories) - _MOST_NAMED} more" if len(directories) > _MOST_NAMED else ""
    for device in lab.devices:
        line = lab.line(device.line)
        budget = lab.profile(device.profile).budget_s
        known = {"line": line.name, "bench": line.bench, "profile": device.profile, "budget_s": budget}
        row = merged.rows.pop(device.name, None)
        if row is None:
            why = f"not run: no result in {named}{rest}" if named else "not run: no part of the night was there"
            rows.append(row_of(None, state=RowState.NOT_RUN, reason=why, device=device.name, **known))
        else:
            unsaid = {name: value for name, value in known.items() if not getattr(row, name) and value}
            rows.append(row.model_copy(update=unsaid))
    for row in merged.rows.values():
        merged.notes.append(f"{row.device} is not in the lab file {lab.path.name}; its result is counted all the same")
        rows.append(row)
    return rows


def _tell_fingerprints(merged: _Merged, lab: Lab | None) -> None:
    """Tell who worked by another lab file."""
    known = [host for host in merged.hosts if host.lab_fingerprint]
    expected = lab.fingerprint if lab is not None else next((host.lab_fingerprint for host in known), "")
    for host in known:
        if host.lab_fingerprint != expected:
            with_whom = "the one given" if lab is not None else f"that of {known[0].name or 'the first part'}"
            merged.notes.append(
                f"{host.name or 'a part'} worked by another lab file: {host.lab_fingerprint[:16]}, {with_whom} is"
                f" {expected[:16]}"
            )


def _one_of(labs: Sequence[str]) -> str:
    found = list(dict.fromkeys(name for name in labs if name))
    return re.sub(r"\s+", " ", " and ".join(found[:3])) or "lab"
