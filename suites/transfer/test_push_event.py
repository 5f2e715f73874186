"""Event notifications: what a meter reports of its own accord on the line of an association."""

from conformance.device.model import Protection, PushEvent
from conformance.dlms.data.datetime import CosemDateTime
from conformance.dlms.data.text import describe
from conformance.dlms.data.types import Data
from conformance.dlms.errors import DecodeError
from conformance.dlms.security.ciphered import is_dedicated
from conformance.dlms.xdlms.action import ActionRequestNormal
from conformance.dlms.xdlms.event_notification import EventNotificationRequest
from conformance.harness.case import Subtest, case, subtests
from conformance.harness.push_trials import asked, events_of, reports_events
from conformance.harness.trial import Trial
from conformance.tester.accepted_methods import method_succeeds
from conformance.tester.association import Association
from conformance.tester.high_level import INVOKE_ID_AND_PRIORITY
from conformance.tester.liveness import ALIVE, question
from conformance.tester.push_ear import Heard, PushEar
from conformance.tester.reaction import Reply
from conformance.tester.seen import seen
from conformance.tester.stimulus import Stimulus, apdu
from conformance.tester.transfer import TransferFailed, get

_CLAUSE = "IEC 62056-5-3, EventNotification service; triggering it over HDLC by an empty UI frame"
_SHORT_S = 1.0
"""So long a second report of the same event is waited for."""


@case("X_PUSH_EVENT_P1", title="An event is reported", clause=_CLAUSE, applies=reports_events)
@subtests(
    Subtest(
        1,
        "declared events",
        procedure="causes each event by its method; over HDLC gives leave by an empty UI frame; listens",
        accepts="one event-notification: the declared attribute, its value, a sound time or none, the declared key",
    ),
)
def test_event_reported(subtest: Trial) -> None:
    """An event is reported once, with the attribute and its value, protected under the key of notifications."""
    for event in events_of(subtest):
        association = subtest.another()
        association.establish()
        ear = PushEar(association, (), Protection.NONE)
        heard = _caused(subtest, association, event)
        if not heard:
            ear.permit_event()
            heard = ear.hear_on_the_line(subtest.bench.device.push.timeout_s)
        subtest.check(
            bool(heard),
            expected=f"an event-notification within {subtest.bench.device.push.timeout_s:g} s",
            observed="something came" if heard else "nothing came",
        )
        _judge_event(subtest, association, event, heard[0])
        ear.permit_event()
        again = [*heard[1:], *ear.hear_on_the_line(_SHORT_S)]
        subtest.check(
            not again,
            expected="one event-notification for one event",
            observed=f"one more came: {seen(again[0].reaction)}" if again else "one came",
            reaction=again[0].reaction if again else heard[0].reaction,
        )
        association.close()


@case("X_PUSH_EVENT_N1", title="An event does not disturb a reply", clause=_CLAUSE, applies=reports_events)
@subtests(
    Subtest(
        1,
        "a request while an event waits, or comes",
        procedure="causes each event by its method, and asks for the logical name at once",
        accepts="the reply to the request, before or behind the event-notification",
    ),
)
def test_event_beside_reply(subtest: Trial) -> None:
    """A request is replied to whether or not an event-notification comes between."""
    for event in events_of(subtest):
        association = subtest.another()
        association.establish()
        early = _caused(subtest, association, event)
        with subtest.step("asks while the event is to be reported"):
            reaction, before = asked(association, question(association))
            subtest.judge(reaction, ALIVE, association=association)
        ear = PushEar(association, (), Protection.NONE)
        heard = [*early, *before]
        if not heard:
            ear.permit_event()
            heard = ear.hear_on_the_line(subtest.bench.device.push.timeout_s)
        subtest.check(
            any(item.event is not None for item in heard),
            expected="the event-notification, beside the reply",
            observed=seen(heard[0].reaction) if heard else "nothing came",
            reaction=heard[0].reaction if heard else reaction,
        )
        association.close()


def _caused(subtest: Trial, association: Association, event: PushEvent) -> list[Heard]:
    """Cause an event; the notifications that came before the reply."""
    reaction, before = asked(association, _cause(event))
    subtest.judge(reaction, method_succeeds(), association=association)
    return before


def _cause(event: PushEvent) -> Stimulus:
    request = ActionRequestNormal(INVOKE_ID_AND_PRIORITY, event.method, event.parameters)
    return apdu(request.encode(), f"ACTION of {event.method}, which causes an event")


def _judge_event(subtest: Trial, association: Association, event: PushEvent, heard: Heard) -> None:
    found = heard.event
    reply = heard.reaction
    if not isinstance(reply, Reply) or found is None:
        subtest.fail(f"no event-notification: {seen(reply)}", reaction=reply)
    declared = subtest.settings.notification_key
    key = "none" if reply.protected is None else "dedicated" if is_dedicated(reply.apdu[0]) else "global"
    subtest.check(
        key == declared,
        expected=f"an event-notification under key {declared}, as notification_key declares",
        observed=f"it is under key {key}",
        reaction=reply,
    )
    subtest.check(
        found.attribute == event.attribute,
        expected=f"the attribute {event.attribute}",
        observed=f"the attribute {found.attribute}",
        reaction=reply,
        path="event-notification-request.cosem-attribute-descriptor",
    )
    fault = _time_fault(found)
    subtest.check(
        fault is None,
        expected="a time that a clock can show, or none",
        observed=fault or "a sound time",
        reaction=reply,
        path="event-notification-request.time",
    )
    try:
        value = get(association, event.attribute)
    except TransferFailed as failed:
        subtest.inconclusive(f"{event.attribute} cannot be read: {failed}")
    if isinstance(value, Data):
        subtest.check(
            found.value == value,
            expected=f"its value, {describe(value)}",
            observed=describe(found.value),
            reaction=reply,
            path="event-notification-request.attribute-value",
        )


def _time_fault(event: EventNotificationRequest) -> str | None:
    if not event.time:
        return None
    try:
        CosemDateTime.from_octets(event.time)
    except DecodeError as error:
        return f"time {event.time.hex().upper()}: {error}"
    return None
