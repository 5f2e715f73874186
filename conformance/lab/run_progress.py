"""How far the run of a device is: its journal, followed while it grows."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from pathlib import Path

from conformance.harness.budget import USED_UP
from conformance.harness.lost_link import lost_link
from conformance.record.journal import JOURNAL
from conformance.record.verdict import Verdict, totals

_MOST_OCTETS = 4 << 20
"""Taken at a look; what is more waits for the next."""
_LONGEST_LINE = 16 << 20
_SUBTEST = re.compile(rb'"subtest":\{"number":(\d+)')
_VERDICT = re.compile(rb'"verdict":"([A-Z]+)"')
_KNOWN = frozenset(verdict.value.encode() for verdict in Verdict)
_CASE = re.compile(rb'"case":\{"id":"([A-Za-z0-9_.-]{1,80})"')
_REASON = re.compile(rb'"reason":"(' + USED_UP.encode() + rb'[^"\\]{0,200})"')


@dataclass(slots=True)
class RunProgress:
    """What the journal of a run has said so far. Of what an earlier part of it could not judge, the last word counts.

    Attributes:
        directory: of the run.
        planned: how many subtests are to be judged; 0 while that is not known.
        case: that was judged last; empty while none was.
        complete: whether the run has ended and all was judged; None while it has not ended.
        begun: whether there is a journal.
    """

    directory: Path
    planned: int = 0
    case: str = ""
    complete: bool | None = None
    begun: bool = False
    _verdicts: dict[bytes, Verdict] = field(default_factory=dict)
    _late: dict[bytes, str] = field(default_factory=dict)
    _notes: list[str] = field(default_factory=list)
    _offset: int = 0
    _rest: bytes = b""

    @property
    def done(self) -> int:
        """How many subtests have a verdict."""
        return len(self._verdicts)

    @property
    def counted(self) -> dict[Verdict, int]:
        """Subtests by verdict."""
        return totals(self._verdicts.values())

    @property
    def out_of_time(self) -> tuple[int, str] | None:
        """How many subtests were not begun in time, and why; None when all were."""
        return (len(self._late), next(iter(self._late.values()))) if self._late else None

    @property
    def lost_link(self) -> str | None:
        """Why the meter did not answer when the run ended; None when it did."""
        return lost_link(self._notes)

    def look(self, *, to_the_end: bool = False) -> None:
        """Take what has come since the last look; all of it, where the run has ended."""
        while self._take() and to_the_end:
            pass

    def _take(self) -> bool:
        """One piece of the journal; whether there was any."""
        try:
            with (self.directory / JOURNAL).open("rb") as file:
                file.seek(self._offset)
                octets = file.read(_MOST_OCTETS)
        except OSError:
            return False
        self.begun = True
        self._offset += len(octets)
        *lines, self._rest = (self._rest + octets).split(b"\n")
        if len(self._rest) > _LONGEST_LINE:
            self._rest = self._rest[:1024]
        for line in lines:
            self._line(line)
        return bool(octets)

    def _line(self, line: bytes) -> None:
        if line.startswith(b'{"kind":"item"'):
            self._item(line)
        elif line.startswith(b'{"kind":"started"'):
            return
        elif line.startswith((b'{"kind":"planned"', b'{"kind":"note"', b'{"kind":"finished"', b'{"kind":"resumed"')):
            self._other(line)

    def _item(self, line: bytes) -> None:
        case, subtest = _CASE.search(line), _SUBTEST.search(line)
        verdict = _VERDICT.search(line, subtest.end()) if subtest is not None else None
        if case is None or subtest is None or verdict is None or verdict[1] not in _KNOWN:
            return
        # The head of an item names its subtest: nothing else stands before it.
        key = line[case.start() : subtest.end()]
        self.case = case[1].decode()
        self._verdicts[key] = Verdict(verdict[1].decode())
        self._late.pop(key, None)
        if verdict[1] == b"INCONCLUSIVE" and (reason := _REASON.search(line, subtest.end())) is not None:
            self._late[key] = reason[1].decode("ascii", "replace")

    def _other(self, line: bytes) -> None:
        try:
            told = json.loads(line)
        except (ValueError, RecursionError):
            return
        match told:
            case {"kind": "planned", "subtests": int(count)}:
                self.planned = count
            case {"kind": "note", "text": str(text)}:
                self._notes.append(text)
            case {"kind": "finished", "complete": bool(complete)}:
                self.complete = complete
            case {"kind": "resumed"}:
                self.complete = None
                self._notes.clear()
