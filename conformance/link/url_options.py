"""The options of a link URL, `name=value&name=value`: each known, once, and of its form."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any, Final

_NUMBER: Final = re.compile(r"\d{1,12}(\.\d{1,12})?(e-?\d{1,2})?", re.ASCII)
_LARGEST_BAUD: Final = 4_000_000
_MOST_SHOWN: Final = 60


class OptionError(ValueError):
    """An option that cannot be used; the message says what would be right."""


@dataclass(frozen=True, slots=True)
class Option:
    """An option: how its value is read, how it is written as an example, and what else its reader should know."""

    read: Callable[[str], Any]
    example: str
    hint: str = ""


def read_options(scheme: str, query: str | None, known: Mapping[str, Option]) -> dict[str, Any]:
    """The values in `query`, by name; None is no query at all.

    Raises:
        OptionError: unknown, twice, without a value, or of another form.
    """
    if query is None:
        return {}
    if not known:
        raise OptionError(f"{scheme}:// takes no options; leave out everything from the question mark on")
    values: dict[str, Any] = {}
    for part in query.split("&"):
        name, _, value = part.partition("=")
        if name not in known:
            near = get_close_matches(name, known, n=1)
            hint = f"did you mean {near[0]}?" if near else f"{scheme}: takes {', '.join(known)}"
            raise OptionError(f"unknown option {_shown(name)}; {hint}")
        if name in values:
            raise OptionError(f"option {name} stands twice")
        option = known[name]
        try:
            values[name] = option.read(value)
        except ValueError:
            also = f"; {option.hint}" if option.hint else ""
            raise OptionError(f"{name}={_shown(value)} cannot be; expected {option.example}{also}") from None
    return values


def integer(text: str) -> int:
    """A whole number, 0 or more."""
    if not (text.isascii() and text.isdigit() and len(text) <= 12):
        raise ValueError(text)
    return int(text)


def baud_rate(text: str) -> int:
    """Bits per second."""
    rate = integer(text)
    if not 50 <= rate <= _LARGEST_BAUD:
        raise ValueError(text)
    return rate


def number(largest: float) -> Callable[[str], float]:
    """A number from 0 to `largest`."""

    def read(text: str) -> float:
        if not _NUMBER.fullmatch(text) or not 0.0 <= float(text) <= largest:
            raise ValueError(text)
        return float(text)

    return read


def flag(text: str) -> bool:
    """`true` or `false`."""
    return {"true": True, "false": False}[text] if text in ("true", "false") else _refused(text)


def choice(*words: str, to: Callable[[str], Any] = str) -> Callable[[str], Any]:
    """One of `words`, made into what `to` makes of it."""

    def read(text: str) -> Any:
        return to(text) if text in words else _refused(text)

    return read


def _refused(text: str) -> bool:
    raise ValueError(text)


def _shown(text: str) -> str:
    return repr(text if len(text) <= _MOST_SHOWN else text[:_MOST_SHOWN] + "…")
