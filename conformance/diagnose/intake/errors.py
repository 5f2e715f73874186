"""The one error of reading a capture: nothing of it can be used."""

from __future__ import annotations

from pathlib import Path


class IntakeError(Exception):
    """A file that gives no conversation.

    Attributes:
        file: that was to be read.
        message: what is wrong.
        remedy: what to do about it.
        where: the place in the file, such as `line 12, column 5`; empty where it is the file as a whole.
    """

    def __init__(self, file: Path, message: str, *, remedy: str, where: str = "") -> None:
        super().__init__(message)
        self.file = file
        self.message = message
        self.remedy = remedy
        self.where = where

    def __str__(self) -> str:
        where = f"{self.file}, {self.where}" if self.where else str(self.file)
        return f"{where}: {self.message}. {self.remedy}."
