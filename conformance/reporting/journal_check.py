"""Whether record and frame log follow from what the run wrote as it went: its journal and the log of each worker.

Lines are compared as octets: the frame log is the logs of the workers one after another, each line under a new number.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from pydantic import ValidationError

from conformance.record.assemble import record_of
from conformance.record.errors import RecordError
from conformance.record.frames import MAIN, Frame
from conformance.record.journal import FRAMES, JOURNAL, RUN
from conformance.record.model import RunRecord
from conformance.record.renumber import Numbering
from conformance.record.replay import read_journal

_LOG: Final = re.compile(r"frames-([A-Za-z0-9_]{1,32})\.jsonl")
_NUMBER: Final = re.compile(rb'\{"n":(\d{1,9}),')
_MOST_DIFFERENCES: Final = 5


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that does not hold: the file, relative to the directory, and what it is."""

    file: str
    message: str

    def __str__(self) -> str:
        return f"{self.file}: {self.message}"


def journal_faults(directory: Path, record: RunRecord | None) -> tuple[list[Fault], bool]:
    """What of the record does not follow from the journal; and whether every exchange must belong to a subtest.

    Args:
        directory: of the run, with a journal.
        record: what run.json says; None where it cannot be read.
    """
    numbering, notes, faults = _logs(directory)
    try:
        run = read_journal(directory / JOURNAL)
        made = record_of(run, numbering, notes)
    except RecordError as error:
        return [*faults, Fault(error.file.name, f"{_line(error)}{error.message}")], False
    if record is not None and made != record:
        faults.append(Fault(RUN, f"does not follow from {JOURNAL}: {_difference(made, record)}"))
    return faults, run.complete and not run.resumptions


def _line(error: RecordError) -> str:
    return f"line {error.line} " if error.line is not None else ""


def _logs(directory: Path) -> tuple[Numbering, list[str], list[Fault]]:
    """The numbering of the workers' frames, notes on torn logs, and where the frame log is another one."""
    logs = [(path, found[1]) for path in directory.iterdir() if (found := _LOG.fullmatch(path.name))]
    numbering: Numbering = {}
    notes: list[str] = []
    wanted: list[tuple[str, int, bytes]] = []
    for path, worker in sorted(logs, key=lambda log: (log[1] != MAIN, len(log[1]), log[1])):
        *lines, rest = path.read_bytes().split(b"\n")
        numbering[worker] = (len(wanted), len(lines))
        wanted += [(path.name, number, line) for number, line in enumerate(lines, 1)]
        if rest:
            notes.append(f"{path.name}, line {len(lines) + 1}: torn when the run was killed; dropped")
    return numbering, notes, list(_other_lines(directory, wanted))


def _other_lines(directory: Path, wanted: list[tuple[str, int, bytes]]) -> Iterator[Fault]:
    try:
        found = (directory / FRAMES).read_bytes().split(b"\n")[:-1]
    except OSError as error:
        yield Fault(FRAMES, f"cannot be read ({error.strerror})")
        return
    if len(found) != len(wanted):
        yield Fault(FRAMES, f"has {len(found)} frames; the workers' logs have {len(wanted)}")
    told = 0
    for number, (line, (name, own, written)) in enumerate(zip(found, wanted, strict=False), 1):
        if line == written and number == own:
            continue
        mine, theirs = _NUMBER.match(line), _NUMBER.match(written)
        numbered = mine and theirs and int(mine[1]) == number and int(theirs[1]) == own
        if mine and theirs and numbered and line[mine.end() :] == written[theirs.end() :]:
            continue
        if _same_frame(line, number, written, own):
            continue
        yield Fault(FRAMES, f"line {number} is not line {own} of {name}")
        told += 1
        if told == _MOST_DIFFERENCES:
            return


def _same_frame(line: bytes, number: int, written: bytes, own: int) -> bool:
    """Whether two lines say the same in other octets: one was written by an earlier version of the tool."""
    try:
        found, wanted = Frame.model_validate_json(line), Frame.model_validate_json(written)
    except (ValidationError, RecursionError):
        return False
    return found.n == number and wanted.n == own and found == wanted.model_copy(update={"n": number})


def _difference(made: RunRecord, record: RunRecord) -> str:
    """The first thing in which two records differ."""
    ours = {(*case.key, item.number): item for case, item in made.subtests()}
    theirs = {(*case.key, item.number): item for case, item in record.subtests()}
    for key, item in theirs.items():
        if ours.get(key) != item:
            name = " ".join(str(part) for part in key[1:4] if part)
            if key not in ours:
                return f"{name} subtest {key[4]} is not in it"
            changed = [field for field in type(item).model_fields if getattr(ours[key], field) != getattr(item, field)]
            return f"{name} subtest {key[4]} has another {', '.join(changed)}"
    if len(ours) != len(theirs):
        return f"it holds {len(ours)} subtests in place of {len(theirs)}"
    changed = [field for field in type(record).model_fields if getattr(made, field) != getattr(record, field)]
    return f"{', '.join(changed)} differ"
