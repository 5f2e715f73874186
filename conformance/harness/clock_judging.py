"""Whether a Clock shows a time that can be, in its zone, with the status that belongs to it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone

from conformance.cosem.class_tables import class_version
from conformance.cosem.daylight_saving import in_force, moment_in
from conformance.cosem.listed_objects import ListedObject
from conformance.cosem.names import ClassId
from conformance.cosem.value_check import faults_of
from conformance.device.model import Acceptance
from conformance.dlms.data.datetime import ClockStatus, CosemDateTime
from conformance.dlms.data.types import Data, DataType
from conformance.dlms.errors import DecodeError
from conformance.dlms.fields import Deviation
from conformance.harness.listed_values import ListedValues, Served
from conformance.meter.model.meter_time import METER_EPOCH

ClockQuestion = Callable[[ListedValues, ListedObject], None]
TIME, TIME_ZONE, STATUS, BEGIN, END, DAYLIGHT_DEVIATION, ENABLED, BASE = range(2, 10)
LARGEST_DEVIATION = 720
"""Minutes between local time and UTC."""
_LARGEST_DAYLIGHT_DEVIATION = 120
_DATE_TIME_OCTETS = 12
_READINGS = 3


@dataclass(frozen=True, slots=True)
class Shown:
    """What a clock has shown.

    Attributes:
        served: the value of `time`.
        when: as a date-time; parts may be out of range.
        faults: what of it is out of range.
        asked_at: on the clock of the link, in seconds, in the middle of the request.
        uncertain_s: half of the time that the request took.
    """

    served: Served
    when: CosemDateTime
    faults: tuple[str, ...]
    asked_at: float
    uncertain_s: float

    def moment(self, zone_minutes: int | None = None) -> datetime | None:
        """The moment shown; None where it is none.

        Args:
            zone_minutes: time_zone, for a deviation that is not specified; None: UTC.
        """
        beyond = zone_minutes is None or abs(zone_minutes) > LARGEST_DEVIATION
        zone = UTC if beyond else timezone(timedelta(minutes=-(zone_minutes or 0)))
        return self.when.to_datetime(zone=zone)


def judge_clocks(values: ListedValues, question: ClockQuestion) -> None:
    """Ask a question of every Clock of the association.

    Raises:
        Inapplicable: there is none.
    """
    for listed in values.needed(ClassId.CLOCK, "Clock"):
        with values.subtest.each(str(listed)):
            question(values, listed)


def show(values: ListedValues, listed: ListedObject) -> Shown:
    """Read the time.

    Raises:
        Failed: it is no date-time.
        Inconclusive: the list denies it.
    """
    bench = values.subtest.bench
    before = bench.now()
    served = needed(values, listed, TIME)
    after = bench.now()
    when, faults = date_time_of(served.data)
    values.check(when is not None, served, "a date-time of 12 octets")
    return Shown(served, when or CosemDateTime(), faults, (before + after) / 2, (after - before) / 2)


def date_time_of(value: Data) -> tuple[CosemDateTime | None, tuple[str, ...]]:
    """A value as date-time, with what of it is out of range; None where it is none."""
    octets = value.value.encode() if value.type is DataType.DATE_TIME else value.value
    if not isinstance(octets, bytes) or len(octets) != _DATE_TIME_OCTETS:
        return None, ()
    deviations: list[Deviation] = []
    try:
        when = CosemDateTime.from_octets(octets, deviations=deviations)
    except DecodeError:
        return None, ()
    return when, tuple(one.message for one in deviations)


def judge_time(values: ListedValues, listed: ListedObject) -> None:
    """All parts of the time are specified and in range, the weekday is the date's, and time runs forward."""
    shown = show(values, listed)
    when, served = shown.when, shown.served
    values.check(not shown.faults, served, "parts that a clock can show", f"{when}: {'; '.join(shown.faults)}")
    parts = (when.year, when.month, when.day, when.hour, when.minute, when.second)
    values.check(None not in parts, served, "year to second, all specified", str(when))
    local = _local(when)
    values.check(local is not None, served, "a date that the calendar has", str(when))
    weekday = None if local is None else local.isoweekday()
    values.check(
        when.weekday in (None, weekday), served, f"{when}: weekday {weekday}", f"{when}: weekday {when.weekday}"
    )
    later = show(values, listed)
    first, second = shown.moment(), later.moment()
    runs = first is not None and second is not None and second >= first
    values.check(runs, later.served, f"{when} or later", f"{later.when}, read after {when}")


def judge_zone(values: ListedValues, listed: ListedObject) -> None:
    """The deviation of the time is time_zone, less daylight_savings_deviation while that is active.

    Both count from local time to UTC: UTC+1 is -60. Some national profiles count from UTC to local time, where daylight
    saving is added; tolerant acceptance takes that too.
    """
    zone, shown = needed(values, listed, TIME_ZONE), show(values, listed)
    minutes = zone.data.value
    fits = isinstance(minutes, int) and abs(minutes) <= LARGEST_DEVIATION
    values.check(fits, zone, f"time_zone from -{LARGEST_DEVIATION} to {LARGEST_DEVIATION} minutes")
    deviation = shown.when.deviation_minutes
    if deviation is None:
        values.check(True, shown.served, "a deviation of time_zone, or none", f"{shown.when}: no deviation specified")
        return
    active = shown.when.status & ClockStatus.DAYLIGHT_SAVING_ACTIVE and shown.when.status != ClockStatus.NOT_SPECIFIED
    extra = needed(values, listed, DAYLIGHT_DEVIATION).data.value if active else 0
    expected = int(minutes) - int(extra)
    told = f"deviation {expected} minutes: time_zone {minutes}" + (
        f" less {extra} of daylight saving" if active else ""
    )
    tolerated = values.subtest.bench.device.acceptance is Acceptance.TOLERANT and deviation == int(minutes) + int(extra)
    seen = f"{shown.when}: deviation {deviation} minutes"
    if tolerated and deviation != expected:
        seen += ", tolerated: counted from UTC to local time"
    values.check(deviation == expected or tolerated, shown.served, told, seen)


def judge_status(values: ListedValues, listed: ListedObject) -> None:
    """The status is that of the time, and daylight saving is active exactly when it is enabled and in its season."""
    shown = show(values, listed)
    values.check(not shown.faults, shown.served, "a status without reserved bits", f"{shown.when}: {shown.faults}")
    status = shown.when.status
    for _ in range(_READINGS):
        served = needed(values, listed, STATUS)
        if served.data.value == int(status):
            break
        # A change between the two readings is not a difference.
        shown = show(values, listed)
        status = shown.when.status
    values.check(served.data.value == int(status), served, f"status {int(status):02X}, as in the time")
    if status == ClockStatus.NOT_SPECIFIED:
        return
    active = bool(status & ClockStatus.DAYLIGHT_SAVING_ACTIVE)
    enabled, due = needed(values, listed, ENABLED), _daylight_due(values, listed, shown.when)
    if not enabled.data.value:
        values.check(not active, shown.served, "no daylight saving: it is not enabled", str(shown.when))
    elif due is not None:
        season = "daylight saving active: its season is on" if due else "no daylight saving: its season is over"
        values.check(active is due, shown.served, season, f"{shown.when}: status {status.label}")


def judge_deviation(values: ListedValues, listed: ListedObject) -> None:
    """The clock's difference from this host's is measured, and judged where the device config limits it.

    The embedded meter's clock begins at its epoch, and is held against the clock of its link.
    """
    bench = values.subtest.bench
    zone = needed(values, listed, TIME_ZONE).data.value
    shown = show(values, listed)
    moment = shown.moment(zone if isinstance(zone, int) else None)
    if moment is None:
        values.subtest.inconclusive(f"{listed} shows {shown.when}, which is no moment")
    if bench.device.embedded is not None:
        right = METER_EPOCH + timedelta(seconds=shown.asked_at)
    else:
        right = bench.host_time() - timedelta(seconds=bench.now() - shown.asked_at)
    difference, limit = (moment - right).total_seconds(), bench.device.clock.max_deviation_s
    measured = f"{listed} shows {shown.when}: {difference:+.2f} s from this host's clock"
    fits = limit is None or abs(difference) <= limit + shown.uncertain_s
    expected = "measured, not judged: no clock.max_deviation_s" if limit is None else f"{limit:g} s at most"
    values.check(fits, shown.served, expected, measured)


def judge_settings(values: ListedValues, listed: ListedObject) -> None:
    """Begin and end of daylight saving are legal, and where it is enabled mean a moment in every year.

    daylight_savings_deviation is from -120 to 120 minutes, clock_base one of the enumeration.
    """
    enabled = needed(values, listed, ENABLED)
    for index, name in ((BEGIN, "daylight_savings_begin"), (END, "daylight_savings_end")):
        served = needed(values, listed, index)
        rule, faults = date_time_of(served.data)
        values.check(
            rule is not None and not faults,
            served,
            f"{name}: legal parts and wildcards",
            f"{name}: {_told(rule, faults)}",
        )
        year = show(values, listed).when.year if enabled.data.value else None
        if rule is not None and year is not None and (rule.month is None or rule.month <= 12):
            meant = moment_in(rule, rule.year or year) is not None
            values.check(meant, served, f"{name}: one moment in a year, for it is enabled", f"{name}: {rule}")
    extra = needed(values, listed, DAYLIGHT_DEVIATION)
    largest = _LARGEST_DAYLIGHT_DEVIATION
    fits = isinstance(extra.data.value, int) and abs(extra.data.value) <= largest
    values.check(fits, extra, f"daylight_savings_deviation from -{largest} to {largest} minutes")
    base, version = needed(values, listed, BASE), class_version(listed.class_id, listed.version)
    definition = None if version is None else version.attribute(BASE)
    wrong = () if definition is None else faults_of(base.data, definition.type, "clock_base")
    values.check(not wrong, base, "a clock_base of the enumeration")


def needed(values: ListedValues, listed: ListedObject, index: int) -> Served:
    """An attribute that the question cannot do without.

    Raises:
        Inconclusive: the list denies it.
    """
    served = values.served(listed, index)
    if served is None:
        values.subtest.inconclusive(f"{listed}: attribute {index} may not be read")
    return served


def _local(when: CosemDateTime) -> datetime | None:
    moment = CosemDateTime(
        when.year, when.month, when.day, None, when.hour, when.minute, when.second, when.hundredths, 0
    ).to_datetime()
    return None if moment is None else moment.replace(tzinfo=None)


def _daylight_due(values: ListedValues, listed: ListedObject, when: CosemDateTime) -> bool | None:
    begin, _ = date_time_of(needed(values, listed, BEGIN).data)
    end, _ = date_time_of(needed(values, listed, END).data)
    local = _local(when)
    return None if begin is None or end is None or local is None else in_force(begin, end, local)


def _told(rule: CosemDateTime | None, faults: tuple[str, ...]) -> str:
    return "no date-time of 12 octets" if rule is None else f"{rule}: {'; '.join(faults)}"
