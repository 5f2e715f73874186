"""A run goes into the store: whole or not at all, and once."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from conformance.record.model import RunRecord
from conformance.reporting.history.connection import transaction
from conformance.reporting.history.errors import HistoryError
from conformance.reporting.history.intake import Cause, Intake, intakes
from conformance.reporting.history.night import StoredRun
from conformance.reporting.history.packing import letters_of, packed_letters, packed_numbers
from conformance.reporting.history.run_row import COLUMNS, stamp, stored_run


@dataclass(frozen=True, slots=True)
class Added:
    """What became of a run that was to be added.

    Attributes:
        run: as it is stored now.
        known: it was there already, octet for octet; nothing was changed.
        replaced: it was there, but incomplete, and has been replaced.
        devices: its devices.
        subtests: how many it holds.
    """

    run: StoredRun
    known: bool
    replaced: bool
    devices: tuple[str, ...]
    subtests: int


class Adding:
    """Adds runs to a store that is open for writing."""

    __slots__ = ("_connection", "path")

    def __init__(self, path: Path, connection: sqlite3.Connection) -> None:
        self.path = path
        self._connection = connection

    def add(self, record: RunRecord, *, digest: str, directory: str, now: datetime) -> Added:
        """Add a run; see `History.add`."""
        taken = intakes(record)
        with transaction(self._connection):
            known = self._numbers("SELECT number FROM run WHERE digest = ?", digest)
            if known:
                return self._added(known[0], taken, known=True)
            replaced = self._superseded(record, taken)
            for number in replaced:
                self._connection.execute("DELETE FROM run WHERE number = ?", (number,))
            number = self._insert(
                "INSERT INTO run (digest, started, finished, complete, directory, added, tool, scope)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                digest,
                stamp(record.started),
                stamp(record.finished) if record.finished is not None else None,
                record.complete,
                directory.encode("utf-8", "backslashreplace").decode("utf-8"),
                stamp(now),
                record.tool.version,
                record.scope,
            )
            for one in taken:
                self._insert_sitting(number, one)
        return self._added(number, taken, replaced=bool(replaced))

    def _superseded(self, record: RunRecord, taken: tuple[Intake, ...]) -> list[int]:
        """Runs that started at the same moment on the same device: incomplete records of this one."""
        earlier = []
        for one in taken:
            rows = self._connection.execute(
                "SELECT run.number, run.complete, sitting.verdicts FROM run JOIN sitting ON sitting.run = run.number"
                " JOIN device ON device.id = sitting.device WHERE run.started = ? AND device.name = ?",
                (stamp(record.started), one.device),
            ).fetchall()
            for number, complete, verdicts in rows:
                more = record.complete or len(one.verdicts) > len(letters_of(verdicts))
                if complete or not more:
                    raise HistoryError(
                        self.path,
                        f"holds another record of the same run already, as run {number}",
                        remedy="Its run.json was changed since, or this one is older: nothing was added",
                    )
                earlier.append(number)
        return sorted(set(earlier))

    def _insert_sitting(self, run: int, taken: Intake) -> None:
        causes = {cause: self._cause(cause) for cause in set(taken.causes) if cause is not None}
        self._insert(
            "INSERT INTO sitting (run, device, plan, circumstances, response_us, virtual, verdicts, responses, causes)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            run,
            self._known("device", "name", taken.device),
            self._plan(taken),
            self._known("circumstances", "content", taken.circumstances),
            taken.response_us,
            taken.virtual,
            packed_letters(taken.verdicts),
            packed_numbers(taken.responses_us),
            packed_numbers(causes[cause] if cause is not None else 0 for cause in taken.causes),
        )

    def _plan(self, taken: Intake) -> int:
        known = self._numbers("SELECT id FROM plan WHERE digest = ?", taken.plan)
        if known:
            return known[0]
        self._connection.executemany(
            "INSERT INTO subtest (case_id, association, variant, number, title) VALUES (?, ?, ?, ?, ?)"
            " ON CONFLICT DO UPDATE SET title = excluded.title WHERE title != excluded.title",
            [(*place, title) for place, title in zip(taken.places, taken.titles, strict=True)],
        )
        select = "SELECT id FROM subtest WHERE case_id = ? AND association = ? AND variant = ? AND number = ?"
        ids = [self._connection.execute(select, place).fetchone()[0] for place in taken.places]
        return self._insert("INSERT INTO plan (digest, subtests) VALUES (?, ?)", taken.plan, packed_numbers(ids))

    def _cause(self, cause: Cause) -> int:
        known = self._connection.execute("SELECT id FROM cause WHERE reason = ? AND findings = ?", cause).fetchone()
        return int(known[0]) if known else self._insert("INSERT INTO cause (reason, findings) VALUES (?, ?)", *cause)

    def _known(self, table: str, column: str, text: str) -> int:
        known = self._numbers(f"SELECT id FROM {table} WHERE {column} = ?", text)  # noqa: S608 - our own names
        return known[0] if known else self._insert(f"INSERT INTO {table} ({column}) VALUES (?)", text)  # noqa: S608

    def _insert(self, statement: str, *values: object) -> int:
        number = self._connection.execute(statement, values).lastrowid
        assert number is not None  # noqa: S101 - narrows the type
        return number

    def _numbers(self, statement: str, *values: object) -> list[int]:
        return [int(number) for (number,) in self._connection.execute(statement, values)]

    def _added(self, number: int, taken: tuple[Intake, ...], *, known: bool = False, replaced: bool = False) -> Added:
        row = self._connection.execute(f"SELECT {COLUMNS} FROM run WHERE number = ?", (number,)).fetchone()  # noqa: S608
        subtests = sum(len(one.verdicts) for one in taken)
        return Added(stored_run(row), known, replaced, tuple(one.device for one in taken), subtests)
