"""Setting a Clock, wrongly and rightly, and its methods; whatever comes of it, the clock is put back as it was."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from conformance.cosem.class_tables import class_version
from conformance.cosem.listed_objects import ListedObject
from conformance.cosem.names import ClassId
from conformance.device.model import Acceptance
from conformance.dlms.data.datetime import CosemDateTime
from conformance.dlms.data.types import Data, DataType
from conformance.dlms.data.values import date_time, integer, long, octet_string
from conformance.dlms.xdlms.enumerations import DataAccessResult
from conformance.harness.clock_judging import TIME, TIME_ZONE, Shown, show
from conformance.harness.listed_values import ListedValues
from conformance.harness.object_access import invocation, last_frame, write_attribute
from conformance.harness.putting_back import putting_back
from conformance.tester.accepted_blocks import written
from conformance.tester.accepted_methods import method_fails, method_succeeds
from conformance.tester.accepted_services import access_error, access_result_of, exception, refused, service_error
from conformance.tester.expectation import Expectation, tolerated
from conformance.tester.reaction import Reaction
from conformance.tester.seen import seen

Change = Callable[[CosemDateTime], CosemDateTime]
SettingQuestion = Callable[["ClockUnderTest"], None]
REFUSED: Expectation = access_error() | tolerated(exception() | service_error())
ADJUST_TO_QUARTER, ADJUST_TO_MINUTE, SHIFT_TIME = 1, 3, 6
LONGEST_SHIFT_S = 900
_INEXACT_S = 2.0
"""A clock that shows whole seconds, read twice."""
_SHIFT_S = 30


@dataclass(frozen=True, slots=True)
class ClockUnderTest:
    """One Clock that is set.

    Attributes:
        values: of its association.
        listed: the Clock.
    """

    values: ListedValues
    listed: ListedObject

    def show(self) -> Shown:
        """What it shows."""
        return show(self.values, self.listed)

    def drift(self, first: Shown, second: Shown) -> tuple[float, float]:
        """By how many seconds a clock went on more than time did between two readings, and how uncertain that is.

        Raises:
            Failed: it does not show a moment.
        """
        before, after = first.moment(self.zone()), second.moment(self.zone())
        self.values.check(after is not None, second.served, "a moment", str(second.when))
        if before is None or after is None:
            self.values.subtest.inconclusive(f"the clock shows {first.when}, which is no moment")
        gone = second.asked_at - first.asked_at
        return (after - before).total_seconds() - gone, _INEXACT_S + first.uncertain_s + second.uncertain_s

    def zone(self) -> int | None:
        """time_zone in minutes; None where it is not served."""
        served = self.values.served(self.listed, TIME_ZONE)
        return served.data.value if served is not None and isinstance(served.data.value, int) else None

    def write(self, when: CosemDateTime, like: Data) -> Reaction:
        """Write a time, as the type that the clock gives."""
        value = date_time(when) if like.type is DataType.DATE_TIME else octet_string(when.encode())
        version = class_version(self.listed.class_id, self.listed.version)
        name = self.values.name_of(self.listed, None if version is None else version.attribute(TIME))
        return write_attribute(self.values.standing, self.listed, TIME, name, value)

    def invoke(self, method: int, parameter: Data) -> Reaction:
        """Invoke a method."""
        version = class_version(self.listed.class_id, self.listed.version)
        name = self.values.name_of(self.listed, None if version is None else version.method(method))
        return self.values.standing.request(invocation(self.listed, method, name, parameter))

    @contextmanager
    def put_back(self) -> Iterator[Shown]:
        """What the clock shows; at the end it is set to what it would show by then, if it does not."""
        before = self.show()
        try:
            yield before
        finally:
            with putting_back(self.values.subtest, f"the time of {self.listed}"):
                self._restore(before)

    def _restore(self, before: Shown) -> None:
        after = self.show()
        drift, uncertain = self.drift(before, after)
        if abs(drift) <= uncertain:
            return
        gone = self.values.subtest.bench.now() - before.asked_at
        self.write(later_by(before.when, gone), before.served.data)
        drift, uncertain = self.drift(before, self.show())
        if abs(drift) > uncertain:
            note = f"{self.values.survey.association}: {self.listed} could not be put back; it is {drift:+.0f} s off"
            self.values.subtest.bench.notes.append(note)


def judge_settable(values: ListedValues, question: SettingQuestion, method: int | None = None) -> None:
    """Ask a question of every Clock that this client may set, and whose method he may invoke.

    Raises:
        Inapplicable: there is none.
    """
    wanted = [
        one
        for one in values.of_class(ClassId.CLOCK)
        if values.may_write(one, TIME)
        and values.reachable(one, TIME)
        and (method is None or values.may_invoke(one, method))
    ]
    if not wanted:
        what = "set the time of" if method is None else f"set the time and invoke method {method} of"
        values.subtest.inapplicable(
            f"association {values.survey.association}: the object_list lets nobody {what} a Clock here"
        )
    for listed in wanted:
        with values.subtest.each(str(listed)):
            question(ClockUnderTest(values, listed))


def judge_set(clock: ClockUnderTest) -> None:
    """Set the clock to what it shows: it is taken, and it goes on from there."""
    with clock.put_back() as shown:
        _judge_taken(clock, shown, later_by(shown.when, clock.values.subtest.bench.now() - shown.asked_at))


def judge_set_without_deviation(clock: ClockUnderTest) -> None:
    """Set it to its own local time, deviation not specified: the zone is the meter's own; † it may be refused."""
    with clock.put_back() as shown:
        wanted = later_by(shown.when, clock.values.subtest.bench.now() - shown.asked_at)
        _judge_taken(clock, shown, replace(wanted, deviation_minutes=None), may_refuse=True)


def refuses(change: Change) -> SettingQuestion:
    """Set it to a time that no clock can show: it is refused, and the clock goes on as before."""

    def judge(clock: ClockUnderTest) -> None:
        values = clock.values
        with clock.put_back() as shown:
            reaction = clock.write(change(shown.when), shown.served.data)
            values.subtest.judge(reaction, REFUSED, association=values.standing.established())
            _judge_unmoved(clock, shown, "the refused time")

    return judge


def judge_shift(clock: ClockUnderTest) -> None:
    """shift_time by 30 s, and back by as many: the clock does so."""
    with clock.put_back() as shown:
        for seconds, whole in ((_SHIFT_S, _SHIFT_S), (-_SHIFT_S, 0)):
            _judge_invoked(clock, SHIFT_TIME, long(seconds))
            after = clock.show()
            drift, uncertain = clock.drift(shown, after)
            observed = f"{after.when}: {drift:+.1f} s, after shift_time({seconds})"
            fits = abs(drift - whole) <= uncertain
            clock.values.check(fits, after.served, f"{whole:+d} s from what it showed at first", observed)


def judge_long_shift(clock: ClockUnderTest) -> None:
    """shift_time by more than 900 s is refused."""
    values = clock.values
    with clock.put_back() as shown:
        reaction = clock.invoke(SHIFT_TIME, long(LONGEST_SHIFT_S + 1))
        fails = refused() if clock.listed.base_name is not None else method_fails()
        values.subtest.judge(reaction, fails, association=values.standing.established())
        _judge_unmoved(clock, shown, "the refused shift")


def adjusts(method: int, step_s: int) -> SettingQuestion:
    """Adjusting to the quarter or to the minute: from a third past a whole one, the clock goes back to that."""

    def judge(clock: ClockUnderTest) -> None:
        values = clock.values
        with clock.put_back() as shown:
            moment = shown.moment(clock.zone())
            if moment is None:
                values.subtest.inconclusive(f"the clock shows {shown.when}, which is no moment")
            wanted = later_by(shown.when, step_s / 3 - _past(moment, step_s))
            result = access_result_of(clock.write(wanted, shown.served.data))
            if result != DataAccessResult.SUCCESS:
                values.subtest.inconclusive(f"the clock is not to be set to {wanted}, from where it is adjusted")
            before = clock.show()
            _judge_invoked(clock, method, integer(0))
            after = clock.show()
            drift, uncertain = clock.drift(before, after)
            then = after.moment(clock.zone())
            past = _past(then, step_s) if then is not None else 0.0
            elapsed = after.asked_at - before.asked_at
            fits = min(past, step_s - past) <= uncertain + elapsed and abs(drift) <= step_s / 2 + uncertain
            observed = f"{after.when}: {drift:+.1f} s from {before.when}"
            values.check(fits, after.served, f"the nearest multiple of {step_s} s", observed)

    return judge


def later_by(when: CosemDateTime, seconds: float) -> CosemDateTime:
    """A date-time so many seconds later, in its own zone and with its own status; itself where it is no moment."""
    moment = replace(when, deviation_minutes=when.deviation_minutes or 0).to_datetime()
    if moment is None:
        return when
    later = CosemDateTime.from_datetime(moment + timedelta(seconds=seconds))
    hundredths = None if when.hundredths is None else later.hundredths
    weekday = None if when.weekday is None else later.weekday
    kept = {"hundredths": hundredths, "weekday": weekday, "deviation_minutes": when.deviation_minutes}
    return replace(later, status=when.status, **kept)


def _judge_taken(clock: ClockUnderTest, shown: Shown, wanted: CosemDateTime, *, may_refuse: bool = False) -> None:
    values = clock.values
    subtest = values.subtest
    reaction = clock.write(wanted, shown.served.data)
    result = access_result_of(reaction)
    tolerant = may_refuse and subtest.bench.device.acceptance is Acceptance.TOLERANT
    subtest.check(
        result == DataAccessResult.SUCCESS or (tolerant and result is not None),
        expected=f"success when {wanted} is written",
        observed=seen(reaction),
        frame=last_frame(subtest.tape),
        path="write-response" if clock.listed.base_name is not None else "set-response.result",
    )
    _judge_unmoved(clock, shown, f"{wanted}, its own time,")


def _judge_unmoved(clock: ClockUnderTest, shown: Shown, written_: str) -> None:
    after = clock.show()
    drift, uncertain = clock.drift(shown, after)
    expected = f"a clock that goes on from {shown.when}"
    observed = f"{after.when}, {drift:+.1f} s off, after {written_} was written"
    clock.values.check(abs(drift) <= uncertain, after.served, expected, observed)


def _judge_invoked(clock: ClockUnderTest, method: int, parameter: Data) -> None:
    succeeds = written(0) if clock.listed.base_name is not None else method_succeeds()
    values = clock.values
    values.subtest.judge(clock.invoke(method, parameter), succeeds, association=values.standing.established())


def _past(moment: datetime, step_s: int) -> float:
    return (moment.minute * 60 + moment.second + moment.microsecond / 1e6) % step_s
