"""The row of a run in the store, and its times as text."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final

from conformance.reporting.history.errors import DamagedError
from conformance.reporting.history.night import StoredRun

COLUMNS: Final = "run.number, run.digest, run.started, run.finished, run.complete, run.directory, run.tool, run.scope"
"""Of which `stored_run` makes a run."""
WIDTH: Final = len(COLUMNS.split(","))


def stamp(moment: datetime) -> str:
    """A time as it is stored: in UTC, so that texts sort as times do."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds")


def moment_of(text: object) -> datetime:
    """The time that `stamp` stored.

    Raises:
        DamagedError: it is none.
    """
    try:
        return datetime.fromisoformat(str(text))
    except ValueError as error:
        raise DamagedError(f"a run has no time: {error}") from None


def stored_run(row: Sequence[object]) -> StoredRun:
    """The run of a row that begins with `COLUMNS`.

    Raises:
        DamagedError: it holds something else.
    """
    number, digest, started, finished, complete, directory, tool, scope = row[:WIDTH]
    if not isinstance(number, int):
        raise DamagedError("a run has no number")
    return StoredRun(
        number,
        str(digest),
        moment_of(started),
        moment_of(finished) if finished is not None else None,
        bool(complete),
        str(directory),
        str(tool),
        str(scope),
    )
