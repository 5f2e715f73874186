"""The values of a companion profile's file, each of the type that it must have, and the lines that they stand in."""

from __future__ import annotations

import re
from collections.abc import Iterable
from difflib import get_close_matches
from typing import Any

from conformance.cosem.class_file import Problem


class ProfileText:
    """One file: its values, and where they stand.

    Attributes:
        file: its name, for messages.
        raw: as `tomllib` parsed it.
    """

    def __init__(self, file: str, text: str, raw: dict[str, Any], problems: list[Problem]) -> None:
        self.file = file
        self.raw = raw
        self._lines = text.splitlines()
        self._problems = problems

    def known(self, entry: dict[str, Any], keys: frozenset[str], line: int, place: str) -> None:
        """Tell the keys that are not legal here."""
        for key in sorted(entry.keys() - keys):
            at = line or self.line(rf"\[*\s*{re.escape(key)}\b")
            self.tell(at, place, f"{key} is no key here{near(key, keys)}")

    def text(self, entry: dict[str, Any], key: str, line: int, place: str) -> str:
        """The text at a key, which must be there; empty where it is not, which is told."""
        value = entry.get(key)
        if not isinstance(value, str) or not value.strip():
            self.tell(line, place, f"{key} is missing: a text in quotes")
            return ""
        return value

    def texts(self, key: str) -> dict[str, str]:
        """A table of texts of the file; empty where it is something else, which is told."""
        value = self.raw.get(key, {})
        if not isinstance(value, dict) or not all(isinstance(text, str) for text in value.values()):
            self.tell(self.line(rf"\[\s*{key}\s*\]"), key, 'must be a table of texts: name = "meaning"')
            return {}
        return dict(value)

    def entries(self, key: str) -> list[dict[str, Any]]:
        """A list of tables of the file, likewise."""
        value = self.raw.get(key, [])
        if not isinstance(value, list) or not all(isinstance(entry, dict) for entry in value):
            self.tell(self.line(rf"\[*\s*{key}\b"), key, f"must be a list of tables, each begun with [[{key}]]")
            return []
        return value

    def words(self, entry: dict[str, Any], key: str, line: int, place: str) -> list[str]:
        """A list of texts, likewise."""
        value = entry.get(key, [])
        if not isinstance(value, list) or not all(isinstance(word, str) for word in value):
            self.tell(line, place, f'{key} must be a list of texts: {key} = ["…"]')
            return []
        return value

    def numbers(self, entry: dict[str, Any], key: str, line: int, place: str) -> list[int]:
        """A list of numbers, likewise."""
        value = entry.get(key, [])
        if not isinstance(value, list) or not all(type(number) is int for number in value):
            self.tell(line, place, f"{key} must be a list of numbers: {key} = [0]")
            return []
        return value

    def tell(self, line: int, place: str, message: str) -> None:
        """Note a fault."""
        self._problems.append(Problem(self.file, line, place, message))

    def line(self, pattern: str) -> int:
        """The first line that begins with a pattern; 0 where none does."""
        found = re.compile(rf"\s*{pattern}")
        return next((number for number, line in enumerate(self._lines, 1) if found.match(line)), 0)

    def line_of_table(self, key: str, position: int) -> int:
        """The line of the table number `position`, from 0, of a list of tables."""
        head = re.compile(rf"\s*\[\[\s*{key}\s*\]\]")
        starts = [number for number, line in enumerate(self._lines, 1) if head.match(line)]
        return starts[position] if position < len(starts) else 0

    def line_of_row(self, instance: str, start: int) -> int:
        """The line from `start` on that has this logical name in quotes."""
        for number in range(max(start, 1), len(self._lines) + 1):
            if instance and f'"{instance}"' in self._lines[number - 1]:
                return number
        return 0


def near(word: str, legal: Iterable[str]) -> str:
    """The legal word that was probably meant, as a question; empty where none is near."""
    close = get_close_matches(word, [str(one) for one in legal], n=1, cutoff=0.6)
    return f"; did you mean {close[0]!r}?" if close else ""
