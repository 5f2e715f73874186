"""YAML from plain values: block style, always the same, every text quoted that a reader could take for something else.

Only what plans need: mappings, lists, texts, whole numbers, truth values, comments. What is written is read alike by
YAML 1.1 and 1.2; `on`, `1e3` or `12:30` as a text is quoted.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

_INDENT = 2
_MOST_KEY = 512
_PLAIN_START = re.compile(r"[A-Za-z_/$]|\.[A-Za-z_-]")
_COUNTED = re.compile(r"[0-9a-z]+(?: [0-9a-z]+)+")
"""`1 week`, `1h 30m`: with a space in it, nothing of this is a number or a date."""
_WORDS = frozenset(("y", "n", "yes", "no", "on", "off", "true", "false", "null", ".inf", ".nan"))


@dataclass(frozen=True, slots=True)
class Commented:
    """A value with a comment above its key or its place in a list.

    Attributes:
        comment: one or several lines, without `#`.
        value: the value.
    """

    comment: str
    value: Yaml


Yaml: TypeAlias = str | int | bool | Sequence["Yaml"] | Mapping[str, "Yaml"] | Commented


def yaml_text(document: Mapping[str, Yaml], *, head: Sequence[str] = ()) -> str:
    """Write a document.

    Args:
        document: its keys; a blank line stands between those of the top.
        head: comment lines above everything.

    Raises:
        ValueError: a text that YAML cannot hold, a lone surrogate, or a key longer than it may be.
    """
    blocks = ["\n".join(_entry(key, value, 0)) for key, value in document.items()]
    comment = "\n".join(_comment(line, 0) for line in head)
    text = "\n\n".join([comment, *blocks] if head else blocks) + "\n"
    text.encode("utf-8")
    return text


def _entry(key: str, value: Yaml, depth: int) -> Iterator[str]:
    margin = " " * depth
    if isinstance(value, Commented):
        yield from (_comment(line, depth) for line in value.comment.split("\n"))
        value = value.value
    if len(key) > _MOST_KEY:
        raise ValueError(f"a key of {len(key)} characters: {key[:40]}…")
    yield from _after(f"{margin}{_scalar(key)}:", value, depth)


def _after(start: str, value: Yaml, depth: int) -> Iterator[str]:
    """What stands behind a key."""
    if isinstance(value, str) and _fits_block(value):
        ending = "" if value.endswith("\n") else "-"
        yield f"{start} |{ending}"
        margin = " " * (depth + _INDENT)
        yield from (f"{margin}{line}" if line else "" for line in value.removesuffix("\n").split("\n"))
    elif isinstance(value, str | bool | int):
        yield f"{start} {_scalar(value)}"
    elif isinstance(value, Mapping):
        yield f"{start}" if value else f"{start} {{}}"
        for key, inner in value.items():
            yield from _entry(key, inner, depth + _INDENT)
    elif isinstance(value, Commented):
        raise ValueError("a comment of a comment")
    else:
        yield f"{start}" if value else f"{start} []"
        for item in value:
            yield from _item(item, depth + _INDENT)


def _item(item: Yaml, depth: int) -> Iterator[str]:
    margin = " " * depth
    if isinstance(item, Commented):
        yield from (_comment(line, depth) for line in item.comment.split("\n"))
        item = item.value
    if isinstance(item, Mapping) and item:
        for number, (key, value) in enumerate(item.items()):
            lines = list(_entry(key, value, depth + _INDENT))
            if number == 0:
                if isinstance(value, Commented):
                    raise ValueError("a comment at the first key of a mapping in a list; give it to the list's entry")
                lines[0] = f"{margin}- {lines[0].lstrip()}"
            yield from lines
    else:
        yield from _after(f"{margin}-", item, depth)


def _comment(line: str, depth: int) -> str:
    """A comment cannot be left: line ends and what readers take for one become visible."""
    shown = "".join(char if char.isprintable() else "�" for char in line)
    return f"{' ' * depth}# {shown}".rstrip()


def _scalar(value: str | int | bool) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    return value if _is_plain(value) else _quoted(value)


def _is_plain(text: str) -> bool:
    """Whether a text needs no quotes, whatever version of YAML reads it."""
    if _COUNTED.fullmatch(text):
        return True
    return (
        bool(_PLAIN_START.match(text))
        and text.isascii()
        and text.isprintable()
        and ": " not in text
        and " #" not in text
        and not text.endswith((":", " "))
        and text.lower() not in _WORDS
    )


def _quoted(text: str) -> str:
    """Double quotes, as JSON has them, which is YAML; what is not printable is escaped."""
    quoted = json.dumps(text, ensure_ascii=False)
    return "".join(char if char.isprintable() else _escape(char) for char in quoted)


def _escape(char: str) -> str:
    code = ord(char)
    if 0xD800 <= code <= 0xDFFF:
        raise ValueError(f"a lone surrogate, U+{code:04X}, is no text")
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"


def _fits_block(text: str) -> bool:
    """Whether a text of several lines can stand as it is, below `|`: nothing in it that indentation or ends change."""
    lines = text.removesuffix("\n").split("\n")
    if len(lines) < 2 or text.endswith("\n\n") or not lines[0] or lines[0][0] == " " or not lines[-1]:
        return False
    return all(line.isascii() and line.isprintable() and line == line.rstrip() for line in lines)
