"""From journal and frame logs to the run record, also of a run that was killed."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from conformance.record.errors import RecordError
from conformance.record.frames import MAIN, Frame, first_problem, read_frames
from conformance.record.journal import JOURNAL, Item
from conformance.record.lines import Line, read_lines, write_whole
from conformance.record.model import SCHEMA, CaseHead, CaseRecord, DeviceRecord, RunHead, RunRecord
from conformance.record.renumber import Numbering, renumbered

RUN = "run.json"
FRAMES = "frames.jsonl"

_TIME = TypeAdapter(datetime)


@dataclass(slots=True)
class _Run:
    """What the journal says so far."""

    head: RunHead
    items: list[Item] = field(default_factory=list)
    identities: dict[str, dict[str, str]] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    running: str | None = None
    finished: datetime | None = None
    complete: bool = False


def assemble(directory: Path) -> RunRecord:
    """Build the record of the run in `directory` and write `run.json` and `frames.jsonl` there.

    A run that was killed gives a record too: with `complete` False, a note of what was running, and every item that had
    been judged. Assembling again gives the same files.

    Raises:
        RecordError: journal or frame log missing, damaged, or of another schema.
    """
    run = _read_journal(directory / JOURNAL)
    frames, numbering, notes = _merge(directory)
    notes = [*run.notes, *notes]
    record = RunRecord.of(
        _with_identities(run.head, run.identities),
        _cases(run.items, numbering, notes),
        finished=run.finished,
        complete=run.complete,
        notes=tuple(notes),
    )
    write_whole(directory / FRAMES, b"".join(_json_line(frame) for frame in frames))
    write_whole(directory / RUN, json.dumps(record.to_json(), indent=1, ensure_ascii=False).encode("utf-8") + b"\n")
    return record


def load(directory: Path) -> RunRecord:
    """Read the record of the run in `directory`; assemble it first where the run was killed before it could.

    Raises:
        RecordError: there is no run in the directory, or its record is damaged or of another schema.
    """
    path = directory / RUN
    if not path.exists():
        if not (directory / JOURNAL).exists():
            raise RecordError(
                directory, f"holds no run: neither {RUN} nor {JOURNAL}", remedy="Give the directory that --out named"
            )
        return assemble(directory)
    try:
        content = json.loads(path.read_bytes())
    except (ValueError, RecursionError) as error:
        raise RecordError(
            path, f"is no JSON ({error})", line=getattr(error, "lineno", None), remedy=_remedy(directory)
        ) from None
    except OSError as error:
        raise RecordError(path, f"cannot be read ({error.strerror})", remedy="Check its permissions") from None
    _check_schema(path, content, None)
    try:
        return RunRecord.model_validate(content)
    except ValidationError as error:
        raise RecordError(
            path, f"is no run record of schema {SCHEMA} ({first_problem(error)})", remedy=_remedy(directory)
        ) from None


def load_frames(directory: Path) -> tuple[Frame, ...]:
    """Read the frame log of the run in `directory`, numbered as its record refers to it.

    Raises:
        RecordError: the log is missing or damaged.
    """
    frames, torn = read_frames(directory / FRAMES)
    if torn is not None:
        raise RecordError(directory / FRAMES, "ends within a line", line=torn, remedy=_remedy(directory))
    return frames


def _remedy(directory: Path) -> str:
    if (directory / JOURNAL).exists():
        return f"Delete {RUN} and {FRAMES}: they are built again from {JOURNAL}"
    return "Restore the file from its archive, or run again"


def _check_schema(path: Path, content: object, line: int | None) -> None:
    schema = content.get("schema") if isinstance(content, dict) else None
    if schema == SCHEMA and not isinstance(schema, bool):
        return
    if schema is None:
        raise RecordError(path, "is no run record: it names no schema", line=line, remedy="Give a file of a run")
    raise RecordError(
        path,
        f"has schema {str(schema)[:40]}, this version reads schema {SCHEMA}",
        line=line,
        remedy="Read it with the version of the tool that it names",
    )


def _read_journal(path: Path) -> _Run:
    lines = read_lines(path)
    first, *rest = lines.lines or (None,)
    if first is None:
        raise RecordError(path, "is empty", remedy="The run was killed before it began: run again")
    head = dict(first.content)
    if head.pop("kind", None) != "run":
        raise lines.damaged(first, "is not the line of kind run that a journal begins with")
    _check_schema(path, head, first.number)
    try:
        run = _Run(RunHead.model_validate(head))
    except ValidationError as error:
        raise lines.damaged(first, f"is no head of a run ({first_problem(error)})") from None
    for line in rest:
        try:
            _take(run, line)
        except ValidationError as error:
            raise lines.damaged(line, f"has a wrong content ({first_problem(error)})") from None
        except (KeyError, TypeError, ValueError) as error:
            raise lines.damaged(line, f"has a wrong content ({error})") from None
    if lines.torn is not None:
        run.notes.append(f"{path.name}, line {lines.torn}: torn when the run was killed; dropped")
    if run.finished is None:
        run.notes.append("the run was killed" + (f" while {run.running} was running" if run.running else ""))
    elif not run.complete:
        run.notes.append("the run was interrupted")
    return run


def _take(run: _Run, line: Line) -> None:
    content = dict(line.content)
    kind = content.pop("kind")
    if run.finished is not None:
        raise ValueError("something follows the end of the run")
    match kind:
        case "item":
            run.items.append(Item.model_validate(content))
            run.running = None
        case "started":
            run.running = str(content["item"])
        case "identity":
            run.identities.setdefault(content["device"], {}).update(content["identity"])
        case "planned":
            run.head = RunHead.model_validate({**run.head.to_json(), "planned": content["subtests"]})
        case "note":
            run.notes.append(str(content["text"]))
        case "finished":
            run.finished = _TIME.validate_python(content["finished"])
            run.complete = bool(content["complete"])
        case _:
            raise ValueError(f"kind {kind!r}")


def _merge(directory: Path) -> tuple[list[Frame], Numbering, list[str]]:
    """All frames under one numbering, worker after worker, the one of an undistributed run first."""
    by_worker = {path.stem.removeprefix("frames-"): path for path in directory.glob("frames-*.jsonl")}
    merged: list[Frame] = []
    notes: list[str] = []
    numbering: Numbering = {}
    for worker in sorted(by_worker, key=lambda name: (name != MAIN, len(name), name)):
        frames, torn = read_frames(by_worker[worker])
        before = len(merged)
        numbering[worker] = (before, len(frames))
        merged += [frame.model_copy(update={"n": before + frame.n}) for frame in frames]
        if torn is not None:
            notes.append(f"{by_worker[worker].name}, line {torn}: torn when the run was killed; dropped")
    return merged, numbering, notes


def _cases(items: Iterable[Item], numbering: Numbering, notes: list[str]) -> tuple[CaseRecord, ...]:
    heads: dict[tuple[str, str, str, str], CaseHead] = {}
    found: dict[tuple[str, str, str, str], list[Item]] = {}
    for item in sorted(items, key=lambda item: item.order):
        heads.setdefault(item.case.key, item.case)
        found.setdefault(item.case.key, []).append(item)
    cases = []
    for key, head in heads.items():
        subtests = []
        for item in sorted(found[key], key=lambda item: item.subtest.number):
            subtest, lost = renumbered(item, numbering)
            subtests.append(subtest)
            if lost:
                name = " ".join(part for part in (head.id, head.association, head.variant) if part)
                notes.append(f"{name} subtest {subtest.number}: {lost}")
        cases.append(CaseRecord.of(head, tuple(subtests)))
    return tuple(cases)


def _with_identities(head: RunHead, identities: dict[str, dict[str, str]]) -> RunHead:
    def identified(device: DeviceRecord) -> DeviceRecord:
        return device.model_copy(update={"identity": {**device.identity, **identities.get(device.name, {})}})

    devices = {"device": identified(head.device), "further_devices": tuple(map(identified, head.further_devices))}
    return head.model_copy(update=devices)


def _json_line(frame: Frame) -> bytes:
    return json.dumps(frame.to_json(), separators=(",", ":")).encode("ascii") + b"\n"
