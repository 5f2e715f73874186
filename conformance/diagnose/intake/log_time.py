"""Points in time as logs write them: with and without dates, fractions, zones; or seconds since something."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from typing import Final

_SEARCHED: Final = 100
"""Characters at the start of a line in which its time is looked for."""
_DATE: Final = (
    r"(?:(?P<y>\d{4})[-/.](?P<mo>\d{1,2})[-/.](?P<d>\d{1,2})"
    r"|(?P<a>\d{1,2})(?P<sep>[-/.])(?P<b>\d{1,2})[-/.](?P<y2>\d{4}|\d{2}))"
)
_CLOCK: Final = (
    r"(?P<h>\d{1,2}):(?P<mi>\d{2}):(?P<s>\d{2})(?:[.,:](?P<f>\d{3,9})|[.,](?P<f1>\d{1,2}))?"
    r"(?:\s?(?P<half>[AaPp])\.?[Mm]\.?(?![A-Za-z]))?(?P<zone>Z|\s?[+-]\d{2}:?\d{2})?"
)
_POINT: Final = re.compile(rf"(?<![\w:.]){_DATE}(?:[T_]|[ ,-]{{1,3}}){_CLOCK}(?![\w:])")
_OF_DAY: Final = re.compile(rf"(?<![\w:.-]){_CLOCK}(?![\w:]|-[0-9A-Fa-f]{{2}}\b)")
_DAY: Final = re.compile(rf"(?<![\w:.-]){_DATE}(?![\w:.-])")
_SECONDS: Final = re.compile(r"^[\s\[(+]{0,8}(?P<s>\d{1,10}[.,]\d{1,9})(?=\s?s?\b[\s\]):|,;-]|\s?s?[\])])")
_MILLISECONDS: Final = re.compile(r"^[\s\[(+]{0,8}(?P<ms>\d{1,12})\s?ms\b")
_SINCE_1970: Final = 100_000_000.0
"""Seconds that are a point in time rather than a count from some start: later than 1973."""


@dataclass(frozen=True, slots=True)
class LogTime:
    """The time of a line.

    Attributes:
        seconds: since 1970 where `dated`, else on a clock of the log.
        dated: a date is known; where it has no zone it is taken for UTC.
        start: index of its first character in the line.
        end: index behind its last one.
    """

    seconds: float
    dated: bool
    start: int
    end: int


def find(line: str) -> LogTime | None:
    """The time near the start of a line; None where there is none."""
    head = line[:_SEARCHED]
    point = _POINT.search(head)
    if point is not None:
        dated = _dated(point)
        seconds = _clock(point)
        if seconds is not None:
            whole = seconds if dated is None else dated + seconds
            return LogTime(whole, dated is not None, *point.span())
    of_day = _OF_DAY.search(head)
    if of_day is not None:
        seconds = _clock(of_day)
        if seconds is not None:
            return LogTime(seconds, False, *of_day.span())
    counted = _SECONDS.match(head)
    if counted is not None:
        seconds = float(counted["s"].replace(",", "."))
        return LogTime(seconds, seconds >= _SINCE_1970, *counted.span("s"))
    counted = _MILLISECONDS.match(head)
    return None if counted is None else LogTime(int(counted["ms"]) / 1000, False, *counted.span())


def bare_date(line: str) -> tuple[int, int] | None:
    """Where a date without a time stands near the start of a line."""
    found = _DAY.search(line[:_SEARCHED])
    return None if found is None else found.span()


def _clock(found: re.Match[str]) -> float | None:
    hour, minute, second = int(found["h"]), int(found["mi"]), int(found["s"])
    if hour > 24 or minute > 59 or second > 60:
        return None
    if found["half"]:
        hour = hour % 12 + (12 if found["half"] in "Pp" else 0)
    fraction = found["f"] or found["f1"]
    return hour * 3600 + minute * 60 + second + (float(f"0.{fraction}") if fraction else 0.0)


def _dated(found: re.Match[str]) -> float | None:
    """Midnight of the date in seconds since 1970; day before month unless that cannot be."""
    if found["y"]:
        year, month, day = int(found["y"]), int(found["mo"]), int(found["d"])
    else:
        year, day, month = int(found["y2"]), int(found["a"]), int(found["b"])
        year += 2000 if year < 100 else 0
        if month > 12 >= day:
            day, month = month, day
    zone = (found["zone"] or "").strip().replace(":", "")
    offset = timedelta() if zone in ("", "Z") else timedelta(hours=int(zone[1:3]), minutes=int(zone[3:5]))
    try:
        aware = timezone(-offset if zone.startswith("-") else offset) if offset else UTC
        return datetime(year, month, day, tzinfo=aware).timestamp()
    except (ValueError, OverflowError):
        return None
