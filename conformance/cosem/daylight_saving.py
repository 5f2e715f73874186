"""When daylight saving begins and ends by the wildcards of a Clock (IEC 62056-6-2, Clock; date and time formats)."""

from __future__ import annotations

from calendar import monthrange
from datetime import datetime, timedelta

from conformance.dlms.data.datetime import LAST_DAY, SECOND_LAST_DAY, CosemDateTime

_DECEMBER = 12
_ABOUT = timedelta(hours=3)
"""So near to a change it is not judged: whether its hour is counted with or without daylight saving differs."""


def moment_in(rule: CosemDateTime, year: int) -> datetime | None:
    """The local time in a year that a date-time with wildcards means; None where it means none, or more than one.

    A weekday with the last day is the last such weekday of the month, with the last day but one the last but one, with
    another day the first such weekday from that day on.
    """
    if rule.month is None or not 1 <= rule.month <= _DECEMBER or rule.day is None or rule.year not in (None, year):
        return None
    last = monthrange(year, rule.month)[1]
    if rule.weekday is None:
        day = {LAST_DAY: last, SECOND_LAST_DAY: last - 1}.get(rule.day, rule.day)
    elif rule.day in (LAST_DAY, SECOND_LAST_DAY):
        after = (datetime(year, rule.month, last).isoweekday() - rule.weekday) % 7
        day = last - after - (7 if rule.day == SECOND_LAST_DAY else 0)
    else:
        if not 1 <= rule.day <= last:
            return None
        day = rule.day + (rule.weekday - datetime(year, rule.month, rule.day).isoweekday()) % 7
    try:
        return datetime(year, rule.month, day, rule.hour or 0, rule.minute or 0, rule.second or 0)
    except ValueError:
        return None


def in_force(begin: CosemDateTime, end: CosemDateTime, local: datetime) -> bool | None:
    """Whether daylight saving is in force at a local time; None where that cannot be said, or near a change.

    Args:
        begin: daylight_savings_begin.
        end: daylight_savings_end; before `begin` in the year on the southern half of the globe.
        local: without a time zone.
    """
    first, last = moment_in(begin, local.year), moment_in(end, local.year)
    if first is None or last is None or min(abs(local - first), abs(local - last)) < _ABOUT:
        return None
    return first <= local < last if first < last else local >= first or local < last
