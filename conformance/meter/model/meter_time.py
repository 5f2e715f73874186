"""The meter's time: seconds since it was switched on, as moments and as date-time octets."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final

from conformance.dlms.data.datetime import CosemDateTime
from conformance.dlms.data.types import Data, DataType
from conformance.dlms.errors import DecodeError

METER_EPOCH: Final = datetime(2026, 1, 1, tzinfo=UTC)
"""The moment at which `now` is 0: every run of the meter sees the same times."""

QUARTER_S: Final = 900
"""The capture period, in seconds."""

_LAST_MOMENT: Final = datetime(9999, 12, 31, tzinfo=UTC)


def moment(seconds: float) -> datetime:
    """The moment `seconds` after the epoch; never beyond the last that a date-time can hold."""
    try:
        return METER_EPOCH + timedelta(seconds=seconds)
    except OverflowError:
        return _LAST_MOMENT


def octets_at(seconds: float) -> bytes:
    """The 12 octets of the date-time `seconds` after the epoch, all parts specified, in UTC."""
    return CosemDateTime.from_datetime(moment(seconds)).encode()


def quarter_at(now: float) -> int:
    """Number of the quarter of an hour that began last; 0 begins at the epoch."""
    return int(now // QUARTER_S)


def seconds_of(value: Data) -> float | None:
    """Seconds from the epoch to a date-time given as such or as an octet-string; None when it is no single moment.

    A deviation that is not specified counts as the meter's own.
    """
    when = value.value
    if value.type is DataType.OCTET_STRING:
        try:
            when = CosemDateTime.from_octets(value.value, deviations=[])
        except DecodeError:
            return None
    if not isinstance(when, CosemDateTime):
        return None
    found = when.to_datetime(zone=UTC)
    return None if found is None else (found - METER_EPOCH).total_seconds()
