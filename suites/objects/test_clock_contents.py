"""Cases of the Clock beyond its types: what it shows, how it is set, what it refuses."""

from dataclasses import replace
from typing import cast

from conformance.device.model import Permission
from conformance.dlms.data.datetime import CosemDateTime
from conformance.dlms.xdlms.conformance import ConformanceBit
from conformance.harness.applicability import Claim, Condition
from conformance.harness.case import Subtest, case, subtests
from conformance.harness.clock_judging import (
    ClockQuestion,
    judge_clocks,
    judge_deviation,
    judge_settings,
    judge_status,
    judge_time,
    judge_zone,
)
from conformance.harness.clock_setting import (
    ADJUST_TO_MINUTE,
    ADJUST_TO_QUARTER,
    SHIFT_TIME,
    SettingQuestion,
    adjusts,
    judge_long_shift,
    judge_set,
    judge_set_without_deviation,
    judge_settable,
    judge_shift,
    refuses,
)
from conformance.harness.listed_values import ListedValues
from conformance.harness.object_judging import serves_reads
from conformance.harness.trial import Trial

_CLAUSE = "IEC 62056-6-2, Clock, class_id 8; date and time formats"


def _sets(claim: Claim) -> bool:
    wanted = ConformanceBit.WRITE if claim.association.short_names else ConformanceBit.SET
    return wanted in claim.association.conformance


def _invokes(claim: Claim) -> bool:
    wanted = ConformanceBit.WRITE if claim.association.short_names else ConformanceBit.ACTION
    return wanted in claim.association.conformance


_SETS = serves_reads & Condition("conformance set, or write with short names", _sets)
_INVOKES = _SETS & Condition("conformance action, or write with short names", _invokes)


def _read(number: int, title: str, asked: str, accepts: str, question: ClockQuestion) -> Subtest:
    return Subtest(number, title, procedure=f"of every Clock: reads {asked}", accepts=accepts, argument=question)


@case("X_CLOCK_TIME", title="What a Clock shows", clause=_CLAUSE, applies=serves_reads, negative=False)
@subtests(
    _read(
        1,
        "a time that can be",
        "time twice",
        "year to second specified and in range, the weekday of the date or none, no step back",
        judge_time,
    ),
    _read(
        2,
        "deviation and time_zone",
        "time, time_zone and daylight_savings_deviation",
        "the deviation is time_zone, less daylight_savings_deviation while that is active, or not specified",
        judge_zone,
    ),
    _read(
        3,
        "status and daylight saving",
        "time, status and the settings of daylight saving",
        "status as in the time; daylight saving active exactly when it is enabled and its season is on",
        judge_status,
    ),
    _read(
        4,
        "difference from the tester's clock",
        "time",
        "clock.max_deviation_s of the device config at most; measured only where that is not declared",
        judge_deviation,
    ),
)
def test_clock_time(subtest: Trial) -> None:
    """A Clock shows a time that can be, in its own zone, with the status that belongs to it."""
    judge_clocks(ListedValues.of(subtest), cast("ClockQuestion", subtest.argument))


@case("X_CLOCK_SETTINGS", title="Settings of a Clock", clause=_CLAUSE, applies=serves_reads, negative=False)
@subtests(
    _read(
        1,
        "daylight saving and clock_base",
        "daylight_savings_begin, _end, _deviation, _enabled and clock_base",
        "legal parts and wildcards, one moment in a year where it is enabled; -120 to 120 minutes; a known clock_base",
        judge_settings,
    )
)
def test_clock_settings(subtest: Trial) -> None:
    """The settings of daylight saving are legal, and mean something where it is enabled."""
    judge_clocks(ListedValues.of(subtest), cast("ClockQuestion", subtest.argument))


def _month_13(when: CosemDateTime) -> CosemDateTime:
    return replace(when, month=13)


def _february_31(when: CosemDateTime) -> CosemDateTime:
    return replace(when, month=2, day=31, weekday=None)


def _hour_25(when: CosemDateTime) -> CosemDateTime:
    return replace(when, hour=25)


def _written(number: int, title: str, written: str, accepts: str, question: SettingQuestion) -> Subtest:
    return Subtest(
        number,
        title,
        procedure=f"of every Clock that may be set: writes {written}, reads the time, and puts it back if it moved",
        accepts=accepts,
        permission=Permission.WRITES,
        argument=question,
    )


_UNMOVED = "refused with any data-access-result; the clock goes on as before"


@case("X_CLOCK_SET", title="Setting a Clock", clause=_CLAUSE, applies=_SETS)
@subtests(
    _written(1, "its own time", "the time that it shows", "success; the clock goes on from there", judge_set),
    _written(
        2,
        "no deviation",
        "its own local time with the deviation 8000, not specified",
        "success († or refused); the clock goes on from there, in its own zone",
        judge_set_without_deviation,
    ),
    _written(3, "month 13", "a date in month 13", _UNMOVED, refuses(_month_13)),
    _written(4, "31 February", "31 February", _UNMOVED, refuses(_february_31)),
    _written(5, "hour 25", "the hour 25", _UNMOVED, refuses(_hour_25)),
)
def test_clock_set(subtest: Trial) -> None:
    """A Clock takes a time that can be, and refuses one that cannot."""
    judge_settable(ListedValues.of(subtest), cast("SettingQuestion", subtest.argument))


def _method(number: int, title: str, invoked: str, accepts: str, method: int, question: SettingQuestion) -> Subtest:
    return Subtest(
        number,
        title,
        procedure=f"of every Clock that may be set: invokes {invoked}, reads the time, and puts it back if it moved",
        accepts=accepts,
        permission=Permission.WRITES,
        argument=(method, question),
    )


@case("X_CLOCK_METHODS", title="Adjusting and shifting a Clock", clause=_CLAUSE, applies=_INVOKES)
@subtests(
    _method(
        1, "shift_time", "shift_time by 30 s and by -30 s", "success, and so many seconds", SHIFT_TIME, judge_shift
    ),
    _method(
        2,
        "shift_time beyond its range",
        "shift_time by 901 s",
        "an action-result other than success; the clock goes on as before",
        SHIFT_TIME,
        judge_long_shift,
    ),
    _method(
        3,
        "adjust_to_minute",
        "adjust_to_minute 20 s after a full one, to which it is set",
        "success; the nearest full minute",
        ADJUST_TO_MINUTE,
        adjusts(ADJUST_TO_MINUTE, 60),
    ),
    _method(
        4,
        "adjust_to_quarter",
        "adjust_to_quarter 5 min after a full one, to which it is set",
        "success; the nearest quarter of an hour",
        ADJUST_TO_QUARTER,
        adjusts(ADJUST_TO_QUARTER, 900),
    ),
)
def test_clock_methods(subtest: Trial) -> None:
    """The methods of a Clock move it as far as they say, and no farther than they may."""
    method, question = cast("tuple[int, SettingQuestion]", subtest.argument)
    judge_settable(ListedValues.of(subtest), question, method)
