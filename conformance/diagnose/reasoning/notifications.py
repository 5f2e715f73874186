"""What the meter sends of its own accord: identifiers, times, repetitions, and what push setup says of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final

from conformance.diagnose.reasoning.accessed import Deed, Ledger
from conformance.diagnose.reasoning.exchange import Exchange
from conformance.diagnose.reasoning.statement import Evidence, Sign, Statement
from conformance.diagnose.reasoning.step import Step
from conformance.diagnose.reasoning.turns import of_own_accord
from conformance.dlms.data.types import Data, DataType
from conformance.dlms.xdlms.attribute import AttributeDescriptor, MethodDescriptor
from conformance.dlms.xdlms.invoke_id import LONG_INVOKE_ID, LONG_SERVICE_CLASS
from conformance.dlms.xdlms.notification import DataNotification, DataNotificationConfirm

READ: Final = Evidence.READ
_PUSH: Final = 40
_OBJECTS, _RETRIES, _SEND = 2, 6, 1
_LOGICAL_NAME: Final = 1
_ANY: Final = 0xFF
_NAME_OCTETS: Final = 6

DATE_TIME: Final = Sign(
    "notification-date-time-invalid",
    "The date-time of a notification is none that a clock can show",
    "Month, day, hour, minute or second are outside of what they can be.",
    "The meter is at fault; take the time of receipt.",
)
INVOKE_ID: Final = Sign(
    "notification-invoke-id-constant",
    "Different notifications have the same long-invoke-id",
    "Each data-notification has an identifier of its own, so that a repetition can be told from a new one.",
    "The meter is at fault.",
)
REPEATED: Final = Sign(
    "notification-repeated",
    "A notification comes again though nothing asks for it",
    "The same notification is sent more than once, although it is unconfirmed, was confirmed, or was repeated often "
    "enough.",
    "Take a notification with a known long-invoke-id for the repetition that it is.",
)
OBJECTS: Final = Sign(
    "push-objects-differ",
    "What is pushed is not what push_object_list names",
    "The notification-body is a structure with one element for each entry of push_object_list, in its order.",
    "The meter is at fault: read the values to know them.",
)
NOT_SENT: Final = Sign(
    "push-not-seen",
    "push() succeeds, and no notification comes",
    "The method was carried out, and nothing follows in this record. It may have gone elsewhere.",
    "Look at send_destination_and_method of the push setup, and record there.",
)
REFUSED_SENT: Final = Sign(
    "refused-push-sent",
    "push() is refused, and the notification comes all the same",
    "The method was refused to this client, and what it pushes follows.",
    "The meter is at fault.",
)


def explain(exchanges: Sequence[Exchange]) -> Iterator[Statement]:
    """Every fault of the notifications of a conversation."""
    sent = [
        (exchange, step)
        for exchange in exchanges
        for step in exchange.steps
        if step.direction != "C>S" and of_own_accord(step.value)
    ]
    data = [(step, step.value) for _, step in sent if isinstance(step.value, DataNotification)]
    yield from _times(data)
    yield from _identifiers(data)
    yield from _repetitions(exchanges)
    lists, pushes = _push_setups(exchanges)
    yield from _objects(data, lists)
    if pushes and not sent:
        for step in pushes:
            text = "push() succeeded, and no notification stands in this record."
            yield step.state(NOT_SENT, "warning", Evidence.INFERRED, "", text)
    yield from _refused(exchanges)


def _times(data: Sequence[tuple[Step, DataNotification]]) -> Iterator[Statement]:
    for step, value in data:
        octets = value.date_time
        if len(octets) != 12:
            continue
        bounds = ((2, 12, "month"), (3, 31, "day"), (5, 23, "hour"), (6, 59, "minute"), (7, 59, "second"))
        special = {2: (0xFD, 0xFE), 3: (0xFD, 0xFE)}
        wrong = [
            f"{name} {octets[at]}"
            for at, most, name in bounds
            if octets[at] > most and octets[at] != _ANY and octets[at] not in special.get(at, ())
        ]
        if wrong:
            text = f"The date-time {octets.hex().upper()} has {', '.join(wrong)}."
            yield step.state(DATE_TIME, "error", READ, "data-notification.date-time", text)
            return


def _identifiers(data: Sequence[tuple[Step, DataNotification]]) -> Iterator[Statement]:
    seen: dict[int, tuple[Step, DataNotification]] = {}
    for step, value in data:
        number = value.long_invoke_id_and_priority & LONG_INVOKE_ID
        before = seen.setdefault(number, (step, value))
        if before[1] != value:
            text = f"long-invoke-id {number} is that of another notification, in frame {before[0].frame}."
            yield step.state(INVOKE_ID, "error", READ, "long-invoke-id-and-priority", text)
            return


def _repetitions(exchanges: Sequence[Exchange]) -> Iterator[Statement]:
    confirmed: set[int] = set()
    count: dict[bytes, int] = {}
    retries: int | None = None
    for exchange in exchanges:
        for entry in Ledger(exchange).entries:
            target = entry.target
            if isinstance(target, AttributeDescriptor) and (target.class_id, target.attribute_id) == (_PUSH, _RETRIES):
                number = None if entry.data is None else entry.data.value
                retries = number if isinstance(number, int) and not entry.result else retries
        for step in exchange.steps:
            value = step.value
            if isinstance(value, DataNotificationConfirm):
                confirmed.add(value.long_invoke_id_and_priority & LONG_INVOKE_ID)
            if step.direction == "C>S" or not of_own_accord(value):
                continue
            again = count[step.plain] = count.get(step.plain, 0) + 1
            if again > 1:
                yield from _again(step, value, again, confirmed, retries)


def _again(step: Step, value: Any, again: int, confirmed: set[int], retries: int | None) -> Iterator[Statement]:
    if not isinstance(value, DataNotification):
        yield step.state(REPEATED, "warning", READ, "", "The same event is notified again.")
        return
    number = value.long_invoke_id_and_priority & LONG_INVOKE_ID
    if number in confirmed:
        why = "it was confirmed before"
    elif not value.long_invoke_id_and_priority & LONG_SERVICE_CLASS:
        why = "it is unconfirmed"
    elif retries is not None and again > retries + 1:
        why = f"number_of_retries is {retries}"
    else:
        return
    text = f"Notification {number} comes for the {again}. time, and {why}."
    yield step.state(REPEATED, "warning", READ, "long-invoke-id-and-priority", text)


def _push_setups(exchanges: Sequence[Exchange]) -> tuple[list[tuple[Data, ...]], list[Step]]:
    """The object lists that were read, and the push() that succeeded."""
    lists: list[tuple[Data, ...]] = []
    pushes: list[Step] = []
    for exchange in exchanges:
        for entry in Ledger(exchange).entries:
            target, data = entry.target, entry.data
            if isinstance(target, MethodDescriptor) and (target.class_id, target.method_id) == (_PUSH, _SEND):
                pushes += [] if entry.result else [entry.step]
            if not isinstance(target, AttributeDescriptor) or data is None or entry.deed is not Deed.READ:
                continue
            if (target.class_id, target.attribute_id) == (_PUSH, _OBJECTS) and data.type is DataType.ARRAY:
                lists.append(data.value)
    return lists, pushes


def _objects(data: Sequence[tuple[Step, DataNotification]], lists: list[tuple[Data, ...]]) -> Iterator[Statement]:
    if not lists:
        return
    for step, value in data:
        body = value.body
        pushed = body.value if body.type is DataType.STRUCTURE else (body,)
        if not any(len(objects) == len(pushed) for objects in lists):
            counts = ", ".join(str(len(objects)) for objects in lists)
            text = f"{len(pushed)} values are pushed; the push_object_list that was read has {counts}."
            yield step.state(OBJECTS, "error", READ, "data-notification.notification-body", text)
        elif not any(_fits(objects, pushed) for objects in lists if len(objects) == len(pushed)):
            text = "A value stands where push_object_list names attribute 1 of another object."
            yield step.state(OBJECTS, "error", READ, "data-notification.notification-body", text)
        else:
            continue
        return


def _fits(objects: tuple[Data, ...], pushed: tuple[Data, ...]) -> bool:
    """Whether each logical name that is to be pushed stands at its place."""
    for item, value in zip(objects, pushed, strict=False):
        parts: tuple[Data, ...] = item.value if item.type is DataType.STRUCTURE else ()
        named = len(parts) > 2 and parts[2].value == _LOGICAL_NAME and len(parts[1].value) == _NAME_OCTETS
        if named and value.value != parts[1].value:
            return False
    return True


def _refused(exchanges: Sequence[Exchange]) -> Iterator[Statement]:
    for exchange in exchanges:
        for entry in Ledger(exchange).entries:
            target = entry.target
            push = isinstance(target, MethodDescriptor) and (target.class_id, target.method_id) == (_PUSH, _SEND)
            if not push or not entry.result:
                continue
            later = [
                step
                for other in exchanges
                for step in other.steps
                if of_own_accord(step.value) and step.index > entry.step.index
            ]
            _, pushes = _push_setups(exchanges)
            if later and not any(step.index < later[0].index for step in pushes):
                text = f"push() was refused in frame {entry.step.frame}, and a notification follows."
                yield later[0].state(REFUSED_SENT, "error", READ, "", text, weight=6)
                return
