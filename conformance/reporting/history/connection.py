"""The file of the history: opened, checked for being one, brought to this version, and every error of it told."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Final

from conformance.device.counters import default_state_directory
from conformance.reporting.history.errors import DamagedError, HistoryError
from conformance.reporting.history.schema import APPLICATION_ID, MIGRATIONS, SCHEMA, TABLES

VARIABLE: Final = "DLMS_HISTORY"
"""Environment variable that names the file."""
FILE: Final = "history.sqlite"
BUSY_S: Final = 15.0
"""How long one writer waits for another; an add holds the file well under a second."""
_OTHER_FILE = f"Name another file with --store or {VARIABLE}"
_EXPLAINED = {
    sqlite3.SQLITE_NOTADB: ("is no history, nor any SQLite database", _OTHER_FILE),
    sqlite3.SQLITE_CORRUPT: ("is damaged", "Restore it from its archive, or delete it and add the runs again"),
    sqlite3.SQLITE_FULL: ("cannot grow: the disk is full", "Nothing was changed. Make room and try again"),
    sqlite3.SQLITE_READONLY: ("may not be written", f"Check its permissions and those of its directory. {_OTHER_FILE}"),
    sqlite3.SQLITE_CANTOPEN: ("cannot be opened", f"Check that its directory exists and may be used. {_OTHER_FILE}"),
    sqlite3.SQLITE_PERM: ("may not be opened", f"Check its permissions. {_OTHER_FILE}"),
    sqlite3.SQLITE_BUSY: ("is held by another process", "Wait until that has ended and try again"),
    sqlite3.SQLITE_LOCKED: ("is held by another process", "Wait until that has ended and try again"),
    sqlite3.SQLITE_IOERR: ("cannot be read or written: the disk reports an error", "Check the disk; is it full?"),
}


def default_store(environ: Mapping[str, str] | None = None) -> Path:
    """The file that `DLMS_HISTORY` names, else `history.sqlite` in the user's directory for state."""
    environ = os.environ if environ is None else environ
    named = environ.get(VARIABLE)
    return Path(named) if named else default_state_directory(environ) / FILE


@contextmanager
def opened(path: Path, *, write: bool) -> Iterator[sqlite3.Connection]:
    """The history in `path`, of this version of the tables; whatever befalls it inside is told as a `HistoryError`.

    Args:
        path: the file.
        write: make it where it is missing, and allow changes; without, the file may be read-only.

    Raises:
        HistoryError: it is no history, of a newer version, missing, or cannot be used.
    """
    if path.is_dir():
        raise HistoryError(path, "is a directory", remedy="Name a file in it")
    if not write and not path.exists():
        raise HistoryError(path, "there is no history yet", remedy="`dlms-conformance history add DIR` makes one")
    with _explained(path), closing(_connect(path, write)) as connection:
        if _version(connection, path) < SCHEMA:
            if write:
                _bring_up(connection, path)
            else:
                with opened(path, write=True):
                    pass
        yield connection


@contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[None]:
    """Everything inside is there or nothing is, whoever else writes and whenever the process is killed."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def _connect(path: Path, write: bool) -> sqlite3.Connection:
    # Also a reader must be able to undo what a killed writer has left; where the file is read-only, it is opened so.
    mode = "rwc" if write else "rw"
    connection = sqlite3.connect(
        f"{path.absolute().as_uri()}?mode={mode}", uri=True, timeout=BUSY_S, isolation_level=None
    )
    connection.execute("PRAGMA foreign_keys = ON" if write else "PRAGMA query_only = ON")
    return connection


def _version(connection: sqlite3.Connection, path: Path) -> int:
    """Version of the tables; 0 of an empty file."""
    (application,) = connection.execute("PRAGMA application_id").fetchone()
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    (tables,) = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    if application != APPLICATION_ID and (tables or application):
        raise HistoryError(path, "is a database of something else", remedy=_OTHER_FILE)
    if version > SCHEMA:
        raise HistoryError(
            path,
            f"was written by a newer dlms-conformance: its tables are of version {version}, known is {SCHEMA}",
            remedy=f"Update dlms-conformance. {_OTHER_FILE}",
        )
    return int(version) if tables else 0


def _bring_up(connection: sqlite3.Connection, path: Path) -> None:
    with transaction(connection):
        version = _version(connection, path)
        statements: tuple[str, ...]
        if version == 0:
            statements = TABLES
        else:
            statements = tuple(statement for older in range(version, SCHEMA) for statement in MIGRATIONS[older])
        if version < SCHEMA:
            for statement in statements:
                connection.execute(statement)
            connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
            connection.execute(f"PRAGMA user_version = {SCHEMA}")


@contextmanager
def _explained(path: Path) -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as error:
        code = getattr(error, "sqlite_errorcode", 0) & 0xFF
        message, remedy = _EXPLAINED.get(code, (f"cannot be used ({error})", _OTHER_FILE))
        raise HistoryError(path, message, remedy=remedy) from None
    except DamagedError as error:
        raise HistoryError(
            path, f"is damaged ({error})", remedy="Restore it from its archive, or delete it and add the runs again"
        ) from None
