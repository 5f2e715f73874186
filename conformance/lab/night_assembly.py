"""From the journal of a night and the run records of its devices to its record, also of a night that was killed."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from conformance.lab.device_result import (
    DeviceResult,
    announced,
    ended,
    firmware,
    overdue,
    result_of,
    standing_verdict,
)
from conformance.lab.night_journal import (
    NIGHT_JOURNAL,
    Began,
    DeviceBegan,
    DeviceEnded,
    Ended,
    HookRan,
    LineEvent,
    NightEvents,
    Noted,
    PlannedDevice,
    read_events,
)
from conformance.lab.night_record import (
    AttemptRecord,
    HookRecord,
    HostRecord,
    NightRecord,
    NightRow,
    RowState,
    lies_within,
    save_night,
)
from conformance.record.errors import RecordError
from conformance.record.model import RunRecord
from conformance.record.verdict import Verdict

_MOST_NOTES = 500
_QUIET_LINE_STATES = frozenset(("taken", "released", "acquired", "idle"))
"""What befalls every line in every night, and is nothing to tell."""
_UNSEEN = "the process that watched over it was killed"


@dataclass(slots=True)
class _Told:
    """What the journal says of one device."""

    planned: PlannedDevice
    attempts: list[AttemptRecord] = field(default_factory=list)
    hooks: list[HookRecord] = field(default_factory=list)
    last: DeviceEnded | None = None
    notes: list[str] = field(default_factory=list)


@dataclass(slots=True)
class _Replay:
    """What the journal says of a night."""

    first: Began
    latest: Began
    devices: dict[str, _Told] = field(default_factory=dict)
    ended: Ended | None = None
    last_at: datetime | None = None
    notes: list[str] = field(default_factory=list)


def assemble(directory: Path) -> NightRecord:
    """Build the record of the night in `directory` and write `night.json` there.

    A night that was killed gives a record too: not complete, with every verdict that the runs of its devices hold. The
    same files give the same record.

    Raises:
        RecordError: the journal of the night is missing or damaged.
        OSError: `night.json` cannot be written.
    """
    night = assembled(directory)
    save_night(directory, night)
    return night


def assembled(directory: Path) -> NightRecord:
    """As `assemble`, without writing `night.json`."""
    return night_of(read_events(directory), directory)


def night_of(events: NightEvents, directory: Path, place: Callable[[str], str] | None = None) -> NightRecord:
    """The record that a journal makes with the runs below a directory.

    Args:
        events: of the journal.
        directory: that the directories of the runs are relative to.
        place: gives the directory of a device by its name; None: the one that the journal names.

    Raises:
        RecordError: the journal is damaged.
    """
    replay = _replayed(events)
    if place is not None:
        for told in replay.devices.values():
            told.planned = told.planned.model_copy(update={"directory": place(told.planned.device)})
    rows = tuple(_row(directory, told, replay) for told in replay.devices.values())
    first, latest = replay.first, replay.latest
    finished = replay.ended.at if replay.ended is not None else None
    complete = replay.ended is not None and replay.ended.complete
    if replay.ended is None:
        replay.notes.append(f"the night was killed; the last that is known of it is of {replay.last_at:%H:%M:%S %Z}")
    elif not complete:
        replay.notes.append(f"the night was stopped: {replay.ended.reason or 'no reason was told'}")
    host = HostRecord(
        name=latest.host,
        started=first.at,
        finished=finished,
        complete=complete,
        devices=len(rows),
        tool=latest.tool,
        lab_fingerprint=latest.lab_fingerprint,
    )
    return NightRecord(
        name=first.night,
        lab=latest.lab,
        lab_fingerprint=latest.lab_fingerprint,
        started=first.at,
        finished=finished,
        complete=complete,
        hosts=(host,),
        rows=rows,
        notes=_bounded(replay.notes),
    )


def _replayed(events: NightEvents) -> _Replay:
    path = events.path
    first = events.events[0] if events.events else None
    if not isinstance(first, Began):
        raise RecordError(
            path,
            "does not begin with the beginning of a night",
            line=1,
            remedy="The night was killed before it began: run again",
        )
    replay = _Replay(first, first)
    for number, event in enumerate(events, 1):
        replay.last_at = event.at
        match event:
            case Began():
                _take_beginning(replay, event)
            case LineEvent() if event.state not in _QUIET_LINE_STATES:
                replay.notes.append(f"line {event.line}: {event.state}" + (f": {event.detail}" if event.detail else ""))
            case Noted() if not event.device:
                replay.notes.append(event.text)
            case Ended():
                replay.ended = event
            case DeviceBegan() | DeviceEnded() | HookRan() | Noted():
                told = replay.devices.get(event.device)
                if told is None:
                    raise RecordError(
                        path,
                        f"speaks of {event.device[:80]!r}, which is not in the night",
                        line=number,
                        remedy="The file was changed after the night: restore it, or run again",
                    )
                _take(told, event)
    if events.torn is not None:
        replay.notes.append(f"{NIGHT_JOURNAL}, line {events.torn}: torn when the night was killed; dropped")
    return replay


def _take_beginning(replay: _Replay, event: Began) -> None:
    if event is not replay.first:
        was = replay.ended.reason or "it was stopped" if replay.ended is not None else "it was killed"
        replay.notes.append(f"the night was resumed at {event.at:%Y-%m-%d %H:%M:%S %Z}: {was}")
        if event.lab_fingerprint != replay.latest.lab_fingerprint:
            replay.notes.append("the lab file is not the one that the night began with")
    replay.latest = event
    replay.ended = None
    for planned in event.devices:
        told = replay.devices.setdefault(planned.device, _Told(planned))
        told.planned = planned


def _take(told: _Told, event: DeviceBegan | DeviceEnded | HookRan | Noted) -> None:
    match event:
        case Noted():
            told.notes.append(event.text)
        case DeviceBegan():
            told.last = None
            attempt = AttemptRecord(
                number=event.attempt, began=event.at, state=RowState.CRASHED, reason=_UNSEEN, resumed=event.resumed
            )
            told.attempts.append(attempt)
        case HookRan():
            named = ("hook", "at", "command", "exit_code", "duration_s", "output")
            told.hooks.append(HookRecord(**{name: getattr(event, name) for name in named}))
        case DeviceEnded():
            told.last = event
            if told.attempts and event.attempt is not None and told.attempts[-1].number == event.attempt:
                told_of = ("state", "reason", "exit_code")
                outcome = {"ended": event.at, **{name: getattr(event, name) for name in told_of}}
                told.attempts[-1] = told.attempts[-1].model_copy(update=outcome)


def _row(directory: Path, told: _Told, replay: _Replay) -> NightRow:
    planned = told.planned
    place = directory / planned.directory if lies_within(planned.directory) else None
    there = place is not None and place.is_dir() and any(place.iterdir())
    result = result_of(place, planned.device) if place is not None and there else DeviceResult(None)
    state, reason = _state(told, result, replay)
    named = {name: getattr(planned, name) for name in ("device", "line", "bench", "profile", "link", "budget_s")}
    began = told.attempts[0].began if told.attempts else None
    over = told.last.at if told.last is not None and told.attempts else None
    return row_of(
        result.record,
        state=state,
        reason=reason,
        directory=planned.directory if there else None,
        host=replay.latest.host,
        started=began,
        finished=over,
        attempts=tuple(told.attempts),
        hooks=tuple(told.hooks),
        notes=_bounded(told.notes),
        **named,
    )


def row_of(record: RunRecord | None, *, state: RowState, reason: str, **known: object) -> NightRow:
    """The row of a device.

    Args:
        record: of its run; None where there is none.
        state: how its test ended.
        reason: why it is not done.
        known: fields of `NightRow` that the record does not tell, or tells too; None leaves it to the record.
    """
    if record is None:
        why = {"verdict": Verdict.INCONCLUSIVE, "reason": reason or "there is no result"}
        return NightRow.model_validate({**_given(known), "state": state, **why})
    told: dict[str, object] = {
        "started": record.started,
        "finished": ended(record),
        "link": record.device.link,
        "totals": record.totals,
        "subtest_totals": record.subtest_totals,
        "announced": announced(record),
        "deviations": overdue(record),
        "vendor": record.device.manufacturer,
        "model": record.device.model,
        "firmware": firmware(record.device),
        "config_fingerprint": record.device.fingerprint,
        "tool": record.tool.version,
    }
    verdict = standing_verdict(record)
    if state is not RowState.DONE and not verdict.is_problem:
        verdict = Verdict.INCONCLUSIVE
    return NightRow.model_validate({**told, **_given(known), "state": state, "verdict": verdict, "reason": reason})


def _given(known: dict[str, object]) -> dict[str, object]:
    return {name: value for name, value in known.items() if value is not None and value != ""}


def _state(told: _Told, result: DeviceResult, replay: _Replay) -> tuple[RowState, str]:
    """How the test of a device ended, and why it is not done."""
    last, record = told.last, result.record
    if last is None and not told.attempts:
        why = replay.ended.reason if replay.ended is not None else "the night was killed before its turn came"
        return RowState.NOT_RUN, result.problem or why or "its turn never came"
    state = last.state if last is not None else RowState.CRASHED
    reason = last.reason if last is not None else _UNSEEN
    if record is None:
        if state is RowState.DONE:
            state = RowState.CRASHED
        problem = result.problem
        why = f"{reason}; {problem}" if reason and problem and problem not in reason else reason or problem
        return state, why or "it left no result"
    if state is RowState.DONE and not (record.complete and record.cases):
        how = record.notes[-1] if record.notes else "its run ended before everything was judged"
        return RowState.CRASHED, reason or how
    return state, reason or ("" if state is RowState.DONE else "no reason was told")


def _bounded(notes: Iterable[str]) -> tuple[str, ...]:
    told = list(notes)
    left = len(told) - _MOST_NOTES
    return (*told[:_MOST_NOTES], f"and {left} more notes") if left > 0 else tuple(told)
