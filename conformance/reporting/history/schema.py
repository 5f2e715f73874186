"""The tables of the history, their version, and the way from an older version to this one.

A night of a device is one row of `sitting`: its verdicts as one letter a subtest, its response times and its reasons
as numbers, each packed. Which subtest stands at which place is its `plan`, which the nights of a device share as long
as they run the same cases. So a night costs a few octets a subtest, and adding one is a handful of rows.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

APPLICATION_ID: Final = 0x444C4D48
"""`DLMH` in the header of the file: it is a history of ours and no other database."""
SCHEMA: Final = 1
"""Version of the tables below, kept as `user_version` of the file."""

TABLES: Final = (
    """CREATE TABLE run (
        number INTEGER PRIMARY KEY,
        digest TEXT NOT NULL UNIQUE,       -- SHA-256 of run.json
        started TEXT NOT NULL,             -- UTC, ISO 8601 with microseconds: sorts as it reads
        finished TEXT,                     -- NULL where the run was killed
        complete INTEGER NOT NULL,
        directory TEXT NOT NULL,           -- where it was when it was added
        added TEXT NOT NULL,
        tool TEXT NOT NULL,
        scope TEXT NOT NULL
    )""",
    "CREATE INDEX run_started ON run (started)",
    "CREATE TABLE device (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE)",
    """CREATE TABLE subtest (
        id INTEGER PRIMARY KEY,
        case_id TEXT NOT NULL,
        association TEXT NOT NULL,
        variant TEXT NOT NULL,
        number INTEGER NOT NULL,
        title TEXT NOT NULL,               -- the newest
        UNIQUE (case_id, association, variant, number)
    )""",
    """CREATE TABLE plan (
        id INTEGER PRIMARY KEY,
        digest BLOB NOT NULL UNIQUE,
        subtests BLOB NOT NULL             -- ids of subtests, in the order of the columns of `sitting`
    )""",
    "CREATE TABLE circumstances (id INTEGER PRIMARY KEY, content TEXT NOT NULL UNIQUE)",
    """CREATE TABLE cause (
        id INTEGER PRIMARY KEY,
        reason TEXT NOT NULL,
        findings TEXT NOT NULL,            -- codes, separated by spaces
        UNIQUE (reason, findings)
    )""",
    """CREATE TABLE sitting (
        id INTEGER PRIMARY KEY,
        run INTEGER NOT NULL REFERENCES run (number) ON DELETE CASCADE,
        device INTEGER NOT NULL REFERENCES device (id),
        plan INTEGER NOT NULL REFERENCES plan (id),
        circumstances INTEGER NOT NULL REFERENCES circumstances (id),
        response_us INTEGER,               -- median over the subtests; NULL where the meter was never asked
        virtual INTEGER NOT NULL,          -- response times by a clock that the tool moves on itself
        verdicts BLOB NOT NULL,            -- a letter a subtest
        responses BLOB NOT NULL,           -- median response time of each subtest in microseconds; 0: none
        causes BLOB NOT NULL,              -- id of the cause of each subtest; 0: nothing to explain
        UNIQUE (device, run)
    )""",
    "CREATE INDEX sitting_run ON sitting (run)",
)

MIGRATIONS: Mapping[int, tuple[str, ...]] = {}
"""By the version that they start from: the statements that lead to the next one."""
