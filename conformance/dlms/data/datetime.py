"""Date, time and date-time values (IEC 62056-6-2, date and time formats), in which any part may be left unspecified."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Container
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone, tzinfo
from enum import IntFlag

from conformance.dlms.errors import EncodeError
from conformance.dlms.fields import Deviation
from conformance.dlms.reader import Reader, decode

DAYLIGHT_SAVINGS_END = 0xFD
"""As month: the month in which daylight saving ends."""
DAYLIGHT_SAVINGS_BEGIN = 0xFE
"""As month: the month in which daylight saving begins."""
SECOND_LAST_DAY = 0xFD
"""As day: the last day but one of the month."""
LAST_DAY = 0xFE
"""As day: the last day of the month."""

OUT_OF_RANGE = "date-time-out-of-range"
"""Code of the deviation of a part that no clock can show."""

_NO_DEVIATION = -0x8000
_WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = frozenset((*range(1, 13), DAYLIGHT_SAVINGS_END, DAYLIGHT_SAVINGS_BEGIN))
_DAYS = frozenset((*range(1, 32), SECOND_LAST_DAY, LAST_DAY))


class ClockStatus(IntFlag):
    """The last octet of a date-time. Bits 4 to 6 are reserved; all eight set means not specified."""

    INVALID_VALUE = 0x01
    DOUBTFUL_VALUE = 0x02
    DIFFERENT_CLOCK_BASE = 0x04
    INVALID_CLOCK_STATUS = 0x08
    DAYLIGHT_SAVING_ACTIVE = 0x80
    NOT_SPECIFIED = 0xFF

    @property
    def label(self) -> str:
        """The bits that are set, in words; `ok` when none is."""
        if self == ClockStatus.NOT_SPECIFIED:
            return "not specified"
        names = [text for bit, text in _STATUS_LABELS.items() if self & bit]
        if self & _RESERVED:
            names.append("reserved bits")
        return ", ".join(names) or "ok"


_RESERVED = 0x70
_NO_STATUS_BIT = ClockStatus(0)
_STATUS_LABELS = {
    ClockStatus.INVALID_VALUE: "invalid value",
    ClockStatus.DOUBTFUL_VALUE: "doubtful value",
    ClockStatus.DIFFERENT_CLOCK_BASE: "different clock base",
    ClockStatus.INVALID_CLOCK_STATUS: "invalid clock status",
    ClockStatus.DAYLIGHT_SAVING_ACTIVE: "daylight saving active",
}


@dataclass(frozen=True, slots=True)
class CosemDate:
    """A date of 5 octets. None is "not specified"; weekdays count from Monday = 1.

    Parts that are out of range are kept as they came.
    """

    year: int | None = None
    month: int | None = None
    day: int | None = None
    weekday: int | None = None

    @classmethod
    def read(cls, reader: Reader) -> CosemDate:
        """Take a date's 5 octets as the fields `year` to `day-of-week`."""
        return cls(*_read_date(reader))

    def encode(self) -> bytes:
        """The 5 octets."""
        return _encode_date(self.year, self.month, self.day, self.weekday)

    def __str__(self) -> str:
        return _date_text(self.year, self.month, self.day, self.weekday)


@dataclass(frozen=True, slots=True)
class CosemTime:
    """A time of day of 4 octets. None is "not specified". Parts that are out of range are kept as they came."""

    hour: int | None = None
    minute: int | None = None
    second: int | None = None
    hundredths: int | None = None

    @classmethod
    def read(cls, reader: Reader) -> CosemTime:
        """Take a time's 4 octets as the fields `hour` to `hundredths`."""
        return cls(*_read_time(reader))

    def encode(self) -> bytes:
        """The 4 octets."""
        return _encode_time(self.hour, self.minute, self.second, self.hundredths)

    def __str__(self) -> str:
        return _time_text(self.hour, self.minute, self.second, self.hundredths)


@dataclass(frozen=True, slots=True)
class CosemDateTime:
    """A date-time of 12 octets. None is "not specified"; weekdays count from Monday = 1.

    `deviation_minutes` is what must be added to the local time to have UTC: -60 in Central Europe in winter, -120 in
    summer, 300 in New York in winter. Parts that are out of range are kept as they came.
    """

    year: int | None = None
    month: int | None = None
    day: int | None = None
    weekday: int | None = None
    hour: int | None = None
    minute: int | None = None
    second: int | None = None
    hundredths: int | None = None
    deviation_minutes: int | None = None
    status: ClockStatus = _NO_STATUS_BIT

    @classmethod
    def read(cls, reader: Reader) -> CosemDateTime:
        """Take a date-time's 12 octets as the fields `year` to `clock-status`."""
        date = _read_date(reader)
        time = _read_time(reader)
        return cls(*date, *time, _read_deviation(reader), _read_status(reader))

    @classmethod
    def from_octets(cls, octets: bytes, *, deviations: list[Deviation] | None = None) -> CosemDateTime:
        """The date-time that an octet-string of 12 octets holds.

        Raises:
            DecodeError: not 12 octets; or a part out of range when no list of deviations is given.
        """
        return decode(octets, cls.read, "date-time", deviations=deviations)

    @classmethod
    def from_datetime(cls, moment: datetime) -> CosemDateTime:
        """The date-time of an aware `moment`, all parts specified; daylight saving as its time zone says."""
        offset = moment.utcoffset()
        if offset is None:
            raise EncodeError(f"{moment} has no time zone; a date-time needs its deviation from UTC")
        return cls(
            year=moment.year,
            month=moment.month,
            day=moment.day,
            weekday=moment.isoweekday(),
            hour=moment.hour,
            minute=moment.minute,
            second=moment.second,
            hundredths=moment.microsecond // 10_000,
            deviation_minutes=-round(offset / timedelta(minutes=1)),
            status=ClockStatus.DAYLIGHT_SAVING_ACTIVE if moment.dst() else _NO_STATUS_BIT,
        )

    def to_datetime(self, *, zone: tzinfo | None = None) -> datetime | None:
        """The aware moment meant; None when it is not one moment.

        It is none when a part of the date, the hour, the minute or the deviation is not specified or out of range.
        Seconds and hundredths that are not specified count as 0.

        Args:
            zone: stands in for a deviation that is not specified.
        """
        if self.year is None or self.month is None or self.day is None or self.hour is None or self.minute is None:
            return None
        if self.deviation_minutes is not None:
            zone = (
                timezone(timedelta(minutes=-self.deviation_minutes)) if abs(self.deviation_minutes) < 24 * 60 else None
            )
        if zone is None:
            return None
        second, hundredths = self.second or 0, self.hundredths or 0
        try:
            return datetime(
                self.year, self.month, self.day, self.hour, self.minute, second, hundredths * 10_000, tzinfo=zone
            )
        except ValueError:
            return None

    def encode(self) -> bytes:
        """The 12 octets."""
        deviation = _NO_DEVIATION if self.deviation_minutes is None else self.deviation_minutes
        try:
            tail = deviation.to_bytes(2, "big", signed=True) + bytes((self.status,))
        except (OverflowError, ValueError, TypeError, AttributeError):
            raise EncodeError(f"deviation {self.deviation_minutes}, status {self.status!r} do not fit") from None
        return (
            _encode_date(self.year, self.month, self.day, self.weekday)
            + _encode_time(self.hour, self.minute, self.second, self.hundredths)
            + tail
        )

    def __str__(self) -> str:
        date = _date_text(self.year, self.month, self.day, self.weekday)
        time = _time_text(self.hour, self.minute, self.second, self.hundredths)
        zone = "" if self.deviation_minutes is None else f" {_zone_text(self.deviation_minutes)}"
        status = f" ({self.status.label})" if self.status else ""
        return f"{date} {time}{zone}{status}"


def _read_date(reader: Reader) -> tuple[int | None, int | None, int | None, int | None]:
    year: int | None = reader.unsigned("year", 2)
    if year == 0xFFFF:
        reader.meaning("not specified")
        year = None
    month = _part(reader, "month", _MONTHS)
    day = _part(reader, "day-of-month", _DAYS)
    weekday = _part(reader, "day-of-week", range(1, 8))
    if year is not None and month is not None and day is not None and month <= 12 and 28 < day <= 31:
        last = monthrange(year, month)[1] if month else 31
        if day > last:
            reader.deviation(OUT_OF_RANGE, f"day {day} in a month of {last} days", back=2)
    return year, month, day, weekday


def _read_time(reader: Reader) -> tuple[int | None, int | None, int | None, int | None]:
    return (
        _part(reader, "hour", range(24)),
        _part(reader, "minute", range(60)),
        _part(reader, "second", range(60)),
        _part(reader, "hundredths", range(100)),
    )


def _part(reader: Reader, name: str, legal: Container[int]) -> int | None:
    value = reader.u8(name)
    if value == 0xFF:
        reader.meaning("not specified")
        return None
    if value not in legal:
        reader.deviation(OUT_OF_RANGE, f"{name} {value}", back=1)
    return value


def _read_deviation(reader: Reader) -> int | None:
    deviation = reader.signed("deviation", 2)
    if deviation == _NO_DEVIATION:
        reader.meaning("not specified")
        return None
    if not -720 <= deviation <= 720:
        reader.deviation(OUT_OF_RANGE, f"deviation {deviation} minutes, beyond 720", back=2)
    return deviation


def _read_status(reader: Reader) -> ClockStatus:
    status = ClockStatus(reader.u8("clock-status"))
    if reader.recorder is not None:
        reader.meaning(status.label)
    if status & _RESERVED and status != ClockStatus.NOT_SPECIFIED:
        reader.deviation("clock-status-reserved-bits", "reserved bits of the clock status are set", back=1)
    return status


def _encode_date(year: int | None, month: int | None, day: int | None, weekday: int | None) -> bytes:
    try:
        return (0xFFFF if year is None else year).to_bytes(2, "big") + _octets(month, day, weekday)
    except (OverflowError, ValueError, TypeError, AttributeError):
        raise EncodeError(f"year {year}, month {month}, day {day}, weekday {weekday} do not fit a date") from None


def _encode_time(hour: int | None, minute: int | None, second: int | None, hundredths: int | None) -> bytes:
    try:
        return _octets(hour, minute, second, hundredths)
    except (ValueError, TypeError):
        raise EncodeError(f"{hour} h {minute} min {second} s {hundredths} hundredths do not fit a time") from None


def _octets(*parts: int | None) -> bytes:
    return bytes(0xFF if part is None else part for part in parts)


def _date_text(year: int | None, month: int | None, day: int | None, weekday: int | None) -> str:
    months = {DAYLIGHT_SAVINGS_END: "daylight-saving-end", DAYLIGHT_SAVINGS_BEGIN: "daylight-saving-begin"}
    days = {SECOND_LAST_DAY: "second-last-day", LAST_DAY: "last-day"}
    month_text = months.get(month or 0) or _digits(month)
    day_text = days.get(day or 0) or _digits(day)
    weekday_text = "" if weekday is None else f" {_WEEKDAYS[weekday - 1] if 1 <= weekday <= 7 else weekday}"
    return f"{_digits(year, 4)}-{month_text}-{day_text}{weekday_text}"


def _time_text(hour: int | None, minute: int | None, second: int | None, hundredths: int | None) -> str:
    fraction = "" if hundredths is None else f".{hundredths:02d}"
    return f"{_digits(hour)}:{_digits(minute)}:{_digits(second)}{fraction}"


def _digits(part: int | None, width: int = 2) -> str:
    return "*" * width if part is None else f"{part:0{width}d}"


def _zone_text(deviation_minutes: int) -> str:
    hours, minutes = divmod(abs(deviation_minutes), 60)
    return f"UTC{'-' if deviation_minutes > 0 else '+'}{hours:02d}:{minutes:02d}"
