"""The history as a store: runs go in, nights come out."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime, tzinfo
from pathlib import Path

from conformance.record.model import RunRecord
from conformance.reporting.history.adding import Added, Adding
from conformance.reporting.history.connection import opened
from conformance.reporting.history.errors import DamagedError
from conformance.reporting.history.intake import Cause
from conformance.reporting.history.night import Circumstances, Sitting, SubtestName, night_of
from conformance.reporting.history.packing import letters_of, numbers_of
from conformance.reporting.history.run_row import COLUMNS, WIDTH, moment_of, stamp, stored_run

_SITTING = (
    f"SELECT {COLUMNS}, device.name, circumstances.content, sitting.plan, sitting.verdicts, sitting.response_us,"  # noqa: S608
    " sitting.virtual FROM sitting JOIN run ON run.number = sitting.run JOIN device ON device.id = sitting.device"
    " JOIN circumstances ON circumstances.id = sitting.circumstances"
)
_LAST = "9999"
_LEAST_DIGEST = 6
_AT_ONCE = 500


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
        return Adding(self.path, self._connection).add(record, digest=digest, directory=directory, now=now)

    def devices(self) -> tuple[str, ...]:
        """Every device, by name."""
        return tuple(name for (name,) in self._connection.execute("SELECT name FROM device ORDER BY name"))

    def sittings(
        self,
        device: str | None = None,
        *,
        nights: int | None = None,
        until: datetime | None = None,
        zone: tzinfo | None = None,
    ) -> tuple[Sitting, ...]:
        """Devices in runs, the oldest first.

        Args:
            device: of this device only.
            nights: of as many nights only, the last ones in which there was a run.
            until: of runs that started then or before.
            zone: whose nights.
        """
        wanted = "run.started <= ?"
        values = [stamp(until) if until is not None else _LAST]
        if device is not None:
            wanted += " AND device.name = ?"
            values.append(device)
        since = ""
        if nights is not None:
            starts = self._connection.execute(
                "SELECT run.started FROM sitting JOIN run ON run.number = sitting.run"  # noqa: S608 - our own text
                f" JOIN device ON device.id = sitting.device WHERE {wanted} ORDER BY run.started DESC",
                values,
            )
            since = _first_of(nights, (start for (start,) in starts), zone)
        rows = self._connection.execute(
            f"{_SITTING} WHERE {wanted} AND run.started >= ? ORDER BY run.started, run.number, device.name",
            (*values, since),
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
        return numbers_of(self._octets("SELECT subtests FROM plan WHERE id = ?", number))

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
        subtests, numbers = self.plan(sitting.plan), self._column("causes", sitting)
        if len(subtests) != len(numbers):
            raise DamagedError("the causes of a night do not fit its subtests")
        column = dict(zip(subtests, numbers, strict=True))
        texts: dict[int, Cause] = {}
        for number in set(column.values()) - {0}:
            row = self._connection.execute("SELECT reason, findings FROM cause WHERE id = ?", (number,)).fetchone()
            if row is None:
                raise DamagedError("the cause of a verdict is missing")
            texts[number] = (str(row[0]), str(row[1]))
        return {subtest: texts[cause] for subtest, cause in column.items() if cause}

    def _column(self, name: str, sitting: Sitting) -> list[int]:
        return numbers_of(
            self._octets(
                f"SELECT {name} FROM sitting JOIN device ON device.id = sitting.device"  # noqa: S608 - our own names
                " WHERE run = ? AND device.name = ?",
                sitting.run.number,
                sitting.device,
            )
        )

    def _octets(self, statement: str, *values: object) -> bytes:
        row = self._connection.execute(statement, values).fetchone()
        if row is None or not isinstance(row[0], bytes):
            raise DamagedError("a part of a night is missing")
        return row[0]

    def _numbers(self, statement: str, *values: object) -> list[int]:
        return [int(number) for (number,) in self._connection.execute(statement, values)]

    def _read(self, rows: Iterable[tuple[object, ...]]) -> tuple[Sitting, ...]:
        around: dict[str, Circumstances] = {}
        sittings = []
        for row in rows:
            device, content, plan, verdicts, response_us, virtual = row[WIDTH:]
            if content not in around:
                around[str(content)] = Circumstances.of(str(content))
            if not (isinstance(plan, int) and isinstance(verdicts, bytes)):
                raise DamagedError("a night holds no verdicts")
            if not (response_us is None or isinstance(response_us, int)):
                raise DamagedError("a response time is no number")
            sittings.append(
                Sitting(
                    stored_run(row),
                    str(device),
                    around[str(content)],
                    plan,
                    letters_of(verdicts),
                    response_us,
                    bool(virtual),
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
    first = _LAST
    for start in starts:
        seen.add(night_of(moment_of(start), zone))
        if len(seen) > nights:
            break
        first = start
    return first
