"""Text that came from a meter, made fit to be read: bounded, and with nothing in it that hides or reorders."""

from __future__ import annotations

import unicodedata
from datetime import datetime

LONGEST_LINE = 300
LONGEST_TEXT = 4_000

_KEPT = frozenset("\n\t")


def legible(value: object, limit: int = LONGEST_TEXT) -> str:
    """`value` as a text of about `limit` characters at most.

    Control, formatting and private characters and lone surrogates are written as U+….: a text that turns the reading
    direction or hides a part of itself must not reach a report as it is.
    """
    text = str(value)
    if len(text) > limit:
        text = f"{text[:limit]} … ({len(text) - limit} more characters)"
    if text.isprintable():
        return text
    return "".join(map(_shown, text))


def line(value: object, limit: int = LONGEST_LINE) -> str:
    """As `legible`, on one line."""
    text = legible(value, limit)
    # Where all is printable, the space is the only white space: most texts are one line already.
    if text.isprintable() and "  " not in text and text[:1] != " " and text[-1:] != " ":
        return text
    return " ".join(text.split())


def moment(value: datetime | None) -> str:
    """A time in UTC, to the second; a dash when there is none."""
    return value.strftime("%Y-%m-%d %H:%M:%S UTC") if value is not None else "–"


def seconds(value: float) -> str:
    """A duration with its unit: milliseconds below a second, minutes above two."""
    if value < 1:
        return f"{value * 1000:.0f} ms"
    if value < 120:
        return f"{value:.1f} s"
    minutes, rest = divmod(round(value), 60)
    return f"{minutes} min {rest} s"


def brief(value: float) -> str:
    """A short time with its unit, to two or three digits."""
    if value <= 0:
        return "0 ms"
    if value < 0.01:
        return f"{value * 1000:.2f} ms"
    if value < 0.9995:
        return f"{value * 1000:.0f} ms"
    return f"{value:.2f} s" if value < 10 else f"{value:.1f} s"


def percent(value: float | None) -> str:
    """A difference in per cent with its sign; a dash where there is none to be told."""
    if value is None:
        return "–"
    sign = "+" if value > 0 else "−" if value < 0 else "±"
    return f"{sign}{abs(value):.0f} %" if abs(value) >= 10 or not value else f"{sign}{abs(value):.1f} %"


def _shown(character: str) -> str:
    if character in _KEPT or not unicodedata.category(character).startswith("C"):
        return character
    return f"‹U+{ord(character):04X}›"
