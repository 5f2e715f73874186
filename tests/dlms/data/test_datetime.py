"""Dates and times, with parts left open."""

from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.dlms.data.datetime import ClockStatus, CosemDate, CosemDateTime, CosemTime
from conformance.dlms.errors import DecodeError, EncodeError
from conformance.dlms.fields import Deviation
from conformance.dlms.reader import decode

E450_PUSH = bytes.fromhex("07EA071206103A00FF800000")


def test_the_clock_of_a_real_meter_reads_without_deviation_from_utc():
    moment = CosemDateTime.from_octets(E450_PUSH)
    assert moment == CosemDateTime(2026, 7, 18, 6, 16, 58, 0, None, None)
    assert moment.encode() == E450_PUSH
    assert str(moment) == "2026-07-18 Sat 16:58:00"
    assert moment.to_datetime() is None
    assert moment.to_datetime(zone=UTC) == datetime(2026, 7, 18, 16, 58, tzinfo=UTC)


def test_the_deviation_is_what_local_time_lacks_to_utc():
    summer = CosemDateTime.from_datetime(datetime(2024, 7, 1, 12, 30, 15, 250_000, tzinfo=ZoneInfo("Europe/Berlin")))
    assert summer.encode().hex().upper() == "07E80701010C1E0F19FF8880"
    assert summer.deviation_minutes == -120
    assert summer.status is ClockStatus.DAYLIGHT_SAVING_ACTIVE
    assert summer.to_datetime() == datetime(2024, 7, 1, 10, 30, 15, 250_000, tzinfo=UTC)
    assert str(summer) == "2024-07-01 Mon 12:30:15.25 UTC+02:00 (daylight saving active)"


def test_a_naive_moment_has_no_encoding():
    with pytest.raises(EncodeError, match="time zone"):
        CosemDateTime.from_datetime(datetime(2024, 1, 1))  # noqa: DTZ001, RUF100


@given(
    st.datetimes(
        min_value=datetime(1, 1, 3), max_value=datetime(9998, 1, 1), timezones=st.sampled_from(
            [UTC, *(timezone(timedelta(minutes=minutes)) for minutes in (-720, -210, 60, 345, 720))]
        )
    )
)  # fmt: skip
def test_every_moment_survives_to_the_hundredth(moment):
    octets = CosemDateTime.from_datetime(moment).encode()
    shown = CosemDateTime.from_octets(octets).to_datetime()
    assert shown == moment.replace(microsecond=moment.microsecond // 10_000 * 10_000)


@given(st.binary(min_size=12, max_size=12))
def test_any_twelve_octets_are_a_date_time_perhaps_with_deviations_and_encode_back(octets):
    deviations: list[Deviation] = []
    moment = CosemDateTime.from_octets(octets, deviations=deviations)
    assert moment.encode() == octets
    assert str(moment)
    moment.to_datetime()
    moment.to_datetime(zone=UTC)
    if deviations:
        with pytest.raises(DecodeError):
            CosemDateTime.from_octets(octets)
    else:
        assert CosemDateTime.from_octets(octets) == moment


@given(st.binary(max_size=20).filter(lambda octets: len(octets) != 12))
def test_a_date_time_has_twelve_octets(octets):
    with pytest.raises(DecodeError):
        CosemDateTime.from_octets(octets, deviations=[])


def test_a_date_time_of_which_nothing_is_specified_is_legal():
    octets = bytes.fromhex("FFFFFFFFFFFFFFFFFF8000FF")
    moment = CosemDateTime.from_octets(octets)
    assert moment == CosemDateTime(status=ClockStatus.NOT_SPECIFIED)
    assert str(moment) == "****-**-** **:**:** (not specified)"


@pytest.mark.parametrize(
    ("octets", "code", "offset"),
    [
        ("07E8 00 01 01 000000 00 0000 00", "date-time-out-of-range", 2),
        ("07E8 0D 01 01 000000 00 0000 00", "date-time-out-of-range", 2),
        ("07E8 01 00 01 000000 00 0000 00", "date-time-out-of-range", 3),
        ("07E8 01 20 01 000000 00 0000 00", "date-time-out-of-range", 3),
        ("07E7 02 1D 03 000000 00 0000 00", "date-time-out-of-range", 3),
        ("07E8 01 01 00 000000 00 0000 00", "date-time-out-of-range", 4),
        ("07E8 01 01 08 000000 00 0000 00", "date-time-out-of-range", 4),
        ("07E8 01 01 01 180000 00 0000 00", "date-time-out-of-range", 5),
        ("07E8 01 01 01 003C00 00 0000 00", "date-time-out-of-range", 6),
        ("07E8 01 01 01 00003C 00 0000 00", "date-time-out-of-range", 7),
        ("07E8 01 01 01 000000 64 0000 00", "date-time-out-of-range", 8),
        ("07E8 01 01 01 000000 00 02D1 00", "date-time-out-of-range", 9),
        ("07E8 01 01 01 000000 00 0000 10", "clock-status-reserved-bits", 11),
    ],
)
def test_a_part_that_no_clock_shows_is_a_deviation_where_it_stands(octets, code, offset):
    deviations: list[Deviation] = []
    CosemDateTime.from_octets(bytes.fromhex(octets), deviations=deviations)
    assert [(deviation.code, deviation.offset) for deviation in deviations] == [(code, offset)]


@pytest.mark.parametrize(
    "octets", ["FFFF FD FE 07", "FFFF FE FD FF", "07E8 02 1D 04", "FFFF 02 1D FF", "0000 01 01 06"]
)
def test_repetitive_and_leap_dates_are_legal(octets):
    raw = bytes.fromhex(octets)
    assert decode(raw, CosemDate.read, "date").encode() == raw


def test_special_days_read_as_words():
    assert str(CosemDate(None, 0xFE, 0xFE, 7)) == "****-daylight-saving-begin-last-day Sun"
    assert str(CosemDate(None, 0xFD, 0xFD)) == "****-daylight-saving-end-second-last-day"


@given(st.binary(min_size=4, max_size=4))
def test_any_four_octets_are_a_time_and_encode_back(octets):
    assert decode(octets, CosemTime.read, "time", deviations=[]).encode() == octets


def test_the_status_names_every_bit_that_is_set():
    assert ClockStatus(0).label == "ok"
    assert ClockStatus(0x8A).label == "doubtful value, invalid clock status, daylight saving active"
    assert ClockStatus(0x11).label == "invalid value, reserved bits"
    assert ClockStatus(0xFF).label == "not specified"
