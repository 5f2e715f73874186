"""A parsed device config that still knows its file: problems made here point at the line and never show a secret."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from functools import cached_property
from typing import Any

from conformance.device.problems import Problem, nearest
from conformance.device.toml_lines import LineIndex, Path

SECRET_KEYS = frozenset(
    {
        "secret",
        "encryption_key",
        "authentication_key",
        "master_key",
        "dedicated_key",
        "signing_key",
        "key_agreement_key",
    }
)
_LONGEST_VALUE = 60


class Document:
    """The values of one file with the places of its keys.

    Attributes:
        file: path as the user gave it.
        values: the document as `tomllib` parsed it.
    """

    def __init__(self, file: str, source: str, values: dict[str, Any]) -> None:
        self.file = file
        self.values = values
        self._source = source

    @cached_property
    def _lines(self) -> LineIndex:
        """Made when the first problem asks where it stands: a sound file has none."""
        return LineIndex(self._source)

    def problem(
        self, path: Path, message: str, *, allowed: Iterable[str] = (), hide_value: bool = False, meant: str = ""
    ) -> Problem:
        """Make a problem at `path`; the nearest legal spelling is found unless `meant` gives it."""
        legal = tuple(dict.fromkeys(allowed))
        line, column = self._lines.locate(path)
        value = self.value(path)
        if not meant and isinstance(value, str) and legal and not hide_value:
            meant = nearest(value, legal)
        return Problem(
            file=self.file,
            line=line,
            column=column,
            where=self.where(path),
            value="" if hide_value else self._shown(path, value),
            message=message,
            allowed=legal,
            nearest=meant,
        )

    def value(self, path: Path) -> Any:
        """Return what stands at `path`, or None."""
        value: Any = self.values
        for step in path:
            in_table = isinstance(value, dict) and step in value
            in_list = isinstance(value, list) and isinstance(step, int) and step < len(value)
            if not in_table and not in_list:
                return None
            value = value[step]
        return value

    def where(self, path: Path) -> str:
        """Write a path for people: `association[management].mechanism`; entries without a name by number, from 1."""
        text = ""
        for depth, step in enumerate(path):
            if isinstance(step, str):
                text += f".{step}" if text else step
            else:
                entry = self.value(path[: depth + 1])
                name = entry.get("name") if isinstance(entry, dict) else None
                text += f"[{name}]" if isinstance(name, str) and name.isprintable() else f"[{step + 1}]"
        return text

    @staticmethod
    def _shown(path: Path, value: Any) -> str:
        if SECRET_KEYS.intersection(step for step in path if isinstance(step, str)):
            return ""
        if isinstance(value, bool):
            return str(value).lower()
        if isinstance(value, int | float | date):
            return str(value)
        if isinstance(value, str):
            short = value if len(value) <= _LONGEST_VALUE else value[:_LONGEST_VALUE] + "…"
            return '"' + "".join(char if char.isprintable() else "�" for char in short) + '"'
        return ""


def listed(words: Sequence[str]) -> str:
    """Join words for a sentence: `a, b and c`."""
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"
