"""Where in the text of a class table a thing stands: lines from 1, 0 when it is not found."""

from __future__ import annotations

import re

_VERSION = re.compile(r"\s*\[\[\s*versions\s*\]\]")
_LIST = re.compile(r"\s*(attributes|methods)\s*=")


def line_of_key(text: str, key: str) -> int:
    """The first line that gives `key` a value."""
    pattern = re.compile(rf"\s*\"?{re.escape(key)}\"?\s*=")
    return next((number for number, line in enumerate(text.splitlines(), 1) if pattern.match(line)), 0)


def line_of_version(text: str, position: int) -> int:
    """The line of the `[[versions]]` number `position`, from 0."""
    starts = [number for number, line in enumerate(text.splitlines(), 1) if _VERSION.match(line)]
    return starts[position] if position < len(starts) else 0


def line_of_entry(text: str, position: int, name: str, sort: str) -> int:
    """The line of the attribute or method (`sort`) called `name` in the `[[versions]]` number `position`."""
    start = line_of_version(text, position)
    end = line_of_version(text, position + 1) or len(text.splitlines()) + 1
    pattern = re.compile(rf"\bname\s*=\s*[\"']{re.escape(name)}[\"']")
    listed = ""
    for number, line in enumerate(text.splitlines()[start : end - 1], start + 1):
        match = _LIST.match(line)
        listed = match[1] if match else listed
        if listed == f"{sort}s" and pattern.search(line):
            return number
    return start
