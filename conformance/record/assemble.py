"""From journal and frame logs to the run record, also of a run that was killed."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from conformance.record.errors import RecordError
from conformance.record.frames import MAIN, Frame, FrameReader, first_problem, read_frames
from conformance.record.journal import FRAMES, JOURNAL, RUN, Item
from conformance.record.lines import whole_file, write_whole
from conformance.record.model import SCHEMA, CaseHead, CaseRecord, DeviceRecord, RunHead, RunRecord
from conformance.record.renumber import Numbering, renumbered
from conformance.record.replay import Replay, check_schema, read_journal, standing


@dataclass(frozen=True, slots=True)
class Run:
    """All that views of a run are drawn from.

    Attributes:
        record: of the run.
        frames: its frame log, numbered as the record refers to it.
    """

    record: RunRecord
    frames: tuple[Frame, ...]


def gather(directory: Path) -> Run:
    """Read the run in `directory`, assembled from its journal where there is one: that outranks its record.

    Raises:
        RecordError: there is no run, or its record, journal or frame log is damaged.
    """
    if (directory / JOURNAL).exists():
        frames: list[Frame] = []
        record = _assembled(directory, frames)
        return Run(record, tuple(frames))
    return Run(load(directory), load_frames(directory))


def assemble(directory: Path) -> RunRecord:
    """Build the record of the run in `directory` and write `run.json` and `frames.jsonl` there.

    A run that was killed gives a record too: with `complete` False, a note of what was running, and every item that had
    been judged. Assembling again gives the same files.

    Raises:
        RecordError: journal or frame log missing, damaged, or of another schema.
    """
    return _assembled(directory, None)


def _assembled(directory: Path, kept: list[Frame] | None) -> RunRecord:
    """As `assemble`; `kept` takes the frames, of which a long run has more than a machine can hold."""
    run = read_journal(directory / JOURNAL)
    numbering, notes = _merge(directory, kept)
    record = record_of(run, numbering, notes)
    write_whole(directory / RUN, json.dumps(record.to_json(), indent=1, ensure_ascii=False).encode("utf-8") + b"\n")
    return record


def record_of(run: Replay, numbering: Numbering, notes: Iterable[str]) -> RunRecord:
    """The record that a journal makes.

    Args:
        run: what the journal says.
        numbering: of the frames that each worker wrote.
        notes: what befell the frame logs.
    """
    told = [*run.notes, *notes]
    return RunRecord.of(
        _with_identities(run.head, run.identities),
        _cases(standing(run.items), numbering, told),
        finished=run.finished,
        complete=run.complete,
        notes=tuple(told),
    )


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
    check_schema(path, content, None)
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


def _merge(directory: Path, kept: list[Frame] | None) -> tuple[Numbering, list[str]]:
    """Write all frames under one numbering, worker after worker, the one of an undistributed run first."""
    by_worker = {path.stem.removeprefix("frames-"): path for path in directory.glob("frames-*.jsonl")}
    notes: list[str] = []
    numbering: Numbering = {}
    before = 0
    with whole_file(directory / FRAMES) as merged:
        for worker in sorted(by_worker, key=lambda name: (name != MAIN, len(name), name)):
            reader = FrameReader(by_worker[worker])
            count = 0
            for frame in reader:
                count += 1
                numbered = frame.model_copy(update={"n": before + count}) if before else frame
                merged.write(_json_line(numbered))
                if kept is not None:
                    kept.append(numbered)
            numbering[worker] = (before, count)
            before += count
            if reader.torn is not None:
                notes.append(f"{by_worker[worker].name}, line {reader.torn}: torn when the run was killed; dropped")
    return numbering, notes


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
