"""The one error of records on disk."""

from __future__ import annotations

from pathlib import Path


class RecordError(Exception):
    """A run record, journal or frame log that cannot be read.

    Attributes:
        file: the file, or the directory in which it is missing.
        line: the line that is at fault, counted from 1; None when it is the file as a whole.
        message: what is wrong.
        remedy: what to do about it.
    """

    def __init__(self, file: Path, message: str, *, remedy: str, line: int | None = None) -> None:
        super().__init__(message)
        self.file = file
        self.line = line
        self.message = message
        self.remedy = remedy

    def __str__(self) -> str:
        where = f"{self.file}, line {self.line}" if self.line is not None else str(self.file)
        return f"{where}: {self.message}. {self.remedy}"
