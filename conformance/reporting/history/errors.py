"""The errors of the history: one for whoever asks, and one inside for content that cannot be."""

from __future__ import annotations

from pathlib import Path


class HistoryError(Exception):
    """A history that cannot be read or written, or that does not hold what was asked for.

    Attributes:
        file: the store.
        message: what is wrong.
        remedy: what to do about it.
    """

    def __init__(self, file: Path, message: str, *, remedy: str) -> None:
        super().__init__(message)
        self.file = file
        self.message = message
        self.remedy = remedy

    def __str__(self) -> str:
        return f"{self.file}: {self.message}. {self.remedy}"


class DamagedError(Exception):
    """Content of the store that this tool cannot have written; told as a `HistoryError` with the file."""
