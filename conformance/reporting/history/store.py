"""The history as a store: runs go in, nights come out."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from pathlib import Path

from conformance.record.model import RunRecord
from conformance.reporting.history.connection import opened, transaction
from conformance.reporting.history.errors import HistoryError
from conformance.reporting.history.intake import Cause, Intake, intakes
from conformance.reporting.history.night import Circumstances, Sitting, StoredRun, SubtestName, night_of
from conformance.reporting.history.packing import letters_of, numbers_of, packed_letters, packed_numbers

_RUN = "run.number, run.digest, run.started, run.finished, run.complete, run.directory, run.tool, run.scope"
_SITTING = (
    f"SELECT {_RUN}, device.name, circumstances.content, sitting.plan, sitting.verdicts, sitting.response_us,"  # noqa: S608
    " sitting.virtual FROM sitting JOIN run ON run.number = sitting.run JOIN device ON device.id = sitting.device"
    " JOIN circumstances ON circumstances.id = sitting.circumstances"
)
_LEAST_DIGEST = 6
_AT_ONCE = 500


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


class History:
    """A store that is open; `history` opens it."""

    __slots__ = ("_connection", "path")

    def __init__(self, path: Path, connection: sqlite3.Connection) -> None:
        self.path = path
        self._connection = connection

    def add(self, record: RunRecord, *, digest: str, directory: str, now: datetime) -> Added:
        """Add a run: whole, or not at all.

        A run that is there already is left as it is. One that is there incomplete, as it was while it still ran or
        before it was resumed, is replaced by a record that holds more of it.

        Args:
            record: of the run.
            digest: SHA-256 of its run.json, in hexadecimal digits.
            directory: where it is.
            now: the time.

        Raises:
            HistoryError: another record of the same run is there.
        """
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
                _stamp(record.started),
                _stamp(record.finished) if record.finished is not None else None,
                record.complete,
                directory.encode("utf-8", "backslashreplace").decode("utf-8"),
                _stamp(now),
                record.tool.version,
                record.scope,
            )
            for one in taken:
                self._insert_sitting(number, one)
        return self._added(number, taken, replaced=bool(replaced))

    def devices(self) -> tuple[str, ...]:
        """Every device, by name."""
        return tuple(name for (name,) in self._connection.execute("SELECT name FROM device ORDER BY name"))

    def sittings(
        self, device: str | None = None, *, nights: int | None = None, zone: tzinfo | None = None
    ) -> tuple[Sitting, ...]:
        """Devices in runs, the oldest first.

        Args:
            device: of this device only.
            nights: of as many nights only, the last ones in which there was a run.
            zone: whose nights.
        """
        of_device = " AND device.name = ?" if device is not None else ""
        named = (device,) if device is not None else ()
        since = ""
        if nights is not None:
            starts = self._connection.execute(
                "SELECT run.started FROM sitting JOIN run ON run.number = sitting.run"  # noqa: S608 - our own text
                f" JOIN device ON device.id = sitting.device WHERE 1{of_device} ORDER BY run.started DESC",
                named,
            )
            since = _first_of(nights, (start for (start,) in starts), zone)
        rows = self._connection.execute(
            f"{_SITTING} WHERE run.started >= ?{of_device} ORDER BY run.started, run.number, device.name",
            (since, *named),
        )
        return self._read(rows)

    def run(self, reference: str) -> tuple[Sitting, ...]:
        """The devices of one run, which is named by its number or by the first digits of its digest.

        Returns:
            nothing when no run, or more than one, is so named.
        """
        numbers: list[int] = []
        if reference.isascii() and reference.isdigit() and len(reference) < 18:
            numbers = self._numbers("SELECT number FROM run WHERE number = ?", int(reference))
        if not numbers and len(reference) >= _LEAST_DIGEST and reference.isalnum():
            numbers = self._numbers("SELECT number FROM run WHERE digest GLOB ? LIMIT 2", f"{reference.lower()}*")
        if len(numbers) != 1:
            return ()
        return self._read(self._connection.execute(f"{_SITTING} WHERE run.number = ? ORDER BY device.name", numbers))

    def plan(self, number: int) -> list[int]:
        """Ids of the subtests of a plan, in its order."""
        (octets,) = self._connection.execute("SELECT subtests FROM plan WHERE id = ?", (number,)).fetchone()
        return numbers_of(octets)

    def names(self, subtests: Iterable[int]) -> dict[int, SubtestName]:
        """Names of subtests by their id."""
        wanted = list(subtests)
        found: dict[int, SubtestName] = {}
        for start in range(0, len(wanted), _AT_ONCE):
            part = wanted[start : start + _AT_ONCE]
            rows = self._connection.execute(
                "SELECT id, case_id, association, variant, number, title FROM subtest"  # noqa: S608 - question marks
                f" WHERE id IN ({','.join('?' * len(part))})",
                part,
            )
            found.update((row[0], SubtestName(*row[1:])) for row in rows)
        return found

    def responses(self, sitting: Sitting) -> list[int]:
        """Median response time of each subtest of a night in microseconds, in the order of its plan; 0: none."""
        return self._column("responses", sitting)

    def causes(self, sitting: Sitting) -> dict[int, Cause]:
        """Why subtests of a night have their verdicts, by id of the subtest."""
        column = dict(zip(self.plan(sitting.plan), self._column("causes", sitting), strict=True))
        wanted = {cause for cause in column.values() if cause}
        texts = {}
        for cause in wanted:
            row = self._connection.execute("SELECT reason, findings FROM cause WHERE id = ?", (cause,)).fetchone()
            texts[cause] = (str(row[0]), str(row[1]))
        return {subtest: texts[cause] for subtest, cause in column.items() if cause}

    def _column(self, name: str, sitting: Sitting) -> list[int]:
        (octets,) = self._connection.execute(
            f"SELECT {name} FROM sitting JOIN device ON device.id = sitting.device WHERE run = ? AND device.name = ?",  # noqa: S608 - our own names
            (sitting.run.number, sitting.device),
        ).fetchone()
        return numbers_of(octets)

    def _superseded(self, record: RunRecord, taken: tuple[Intake, ...]) -> list[int]:
        """Runs that started at the same moment on the same device: incomplete records of this one."""
        earlier = []
        for one in taken:
            rows = self._connection.execute(
                "SELECT run.number, run.complete, sitting.verdicts FROM run JOIN sitting ON sitting.run = run.number"
                " JOIN device ON device.id = sitting.device WHERE run.started = ? AND device.name = ?",
                (_stamp(record.started), one.device),
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
        row = self._connection.execute(f"SELECT {_RUN} FROM run WHERE number = ?", (number,)).fetchone()  # noqa: S608
        subtests = sum(len(one.verdicts) for one in taken)
        return Added(_run(row), known, replaced, tuple(one.device for one in taken), subtests)

    def _read(self, rows: Iterable[tuple[object, ...]]) -> tuple[Sitting, ...]:
        around: dict[str, Circumstances] = {}
        sittings = []
        for row in rows:
            device, content, plan, verdicts, response_us, virtual = row[8:]
            if content not in around:
                around[str(content)] = Circumstances.of(str(content))
            assert isinstance(plan, int)  # noqa: S101 - narrows the type
            assert isinstance(verdicts, bytes)  # noqa: S101
            assert response_us is None or isinstance(response_us, int)  # noqa: S101
            sittings.append(
                Sitting(
                    _run(row), str(device), around[str(content)], plan, letters_of(verdicts), response_us, bool(virtual)
                )
            )
        return tuple(sittings)


@contextmanager
def history(path: Path, *, write: bool = False) -> Iterator[History]:
    """The history in a file.

    Raises:
        HistoryError: it is no history, of a newer version, missing, or cannot be used.
    """
    with opened(path, write=write) as connection:
        yield History(path, connection)


def digest_of(octets: bytes) -> str:
    """What tells one record from every other."""
    return hashlib.sha256(octets).hexdigest()


def _first_of(nights: int, starts: Iterable[str], zone: tzinfo | None) -> str:
    """Start of the first run within the last `nights` nights; `starts` are the newest first."""
    seen = set()
    first = "9"
    for start in starts:
        seen.add(night_of(datetime.fromisoformat(start), zone))
        if len(seen) > nights:
            break
        first = start
    return first


def _stamp(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="microseconds")


def _run(row: tuple[object, ...]) -> StoredRun:
    number, digest, started, finished, complete, directory, tool, scope = row[:8]
    assert isinstance(number, int)  # noqa: S101 - narrows the type
    return StoredRun(
        number,
        str(digest),
        datetime.fromisoformat(str(started)),
        datetime.fromisoformat(str(finished)) if finished is not None else None,
        bool(complete),
        str(directory),
        str(tool),
        str(scope),
    )
