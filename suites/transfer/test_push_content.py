"""What a meter pushes: the values that push_object_list names, with a date-time and a number."""

from conformance.dlms.data.datetime import CosemDateTime
from conformance.dlms.data.text import describe
from conformance.dlms.data.types import Data, DataType
from conformance.dlms.errors import DecodeError
from conformance.dlms.xdlms.attribute import AttributeDescriptor
from conformance.harness.case import case, subtests
from conformance.harness.push_trials import (
    CLAUSE,
    Pushed,
    ear,
    held,
    over_each_transport,
    push_and_hear,
    pushes,
    setups_of,
    the_notification,
    transport_of,
)
from conformance.harness.trial import Trial
from conformance.tester.association import Association
from conformance.tester.push_ear import Heard
from conformance.tester.transfer import TransferFailed, get


@case("X_PUSH_P1", title="A data-notification is what push_object_list says", clause=CLAUSE, applies=pushes())
@subtests(
    *over_each_transport(
        "reads push_object_list and what it names, invokes push() twice, reads again",
        "data-notifications with these values in this order, a sound date-time or none, another long-invoke-id each",
    )
)
def test_push_content(subtest: Trial) -> None:
    """push() sends a data-notification whose body is a structure of what push_object_list names, in its order.

    A value must be one that the meter shows before or after; a clock or a counter may stand between. Elements with a
    data_index or a restriction, and what cannot be read, are not judged.
    """
    for setup in setups_of(subtest, transport_of(subtest)):
        with ear(subtest, setup) as listening:
            association = listening.association
            listed = held(subtest, association, setup, 2)
            names = _names(subtest, listed)
            before = [_value(association, name) for name in names]
            first = _well_formed(subtest, push_and_hear(subtest, listening, setup))
            after = [_value(association, name) for name in names]
            _judge_values(subtest, first, names, before, after)
            second = _well_formed(subtest, push_and_hear(subtest, listening, setup))
            subtest.check(
                first.invoke_id != second.invoke_id,
                expected="another long-invoke-id in each push",
                observed=f"long-invoke-id {first.invoke_id}, then {second.invoke_id}",
                reaction=second.reaction,
                path="data-notification.long-invoke-id-and-priority",
            )


def _names(subtest: Trial, listed: Data) -> list[AttributeDescriptor | None]:
    """What push_object_list names; None for an element that is not judged."""
    subtest.check(
        listed.type is DataType.ARRAY and all(_is_definition(entry) for entry in listed.value),
        expected="push_object_list: an array of push_object_definition",
        observed=describe(listed),
    )
    return [_whole(entry) for entry in listed.value]


def _is_definition(entry: Data) -> bool:
    kinds = (DataType.LONG_UNSIGNED, DataType.OCTET_STRING, DataType.INTEGER, DataType.LONG_UNSIGNED)
    return (
        entry.type is DataType.STRUCTURE
        and len(entry.value) in (4, 5, 6)
        and tuple(part.type for part in entry.value[:4]) == kinds
        and len(entry.value[1].value) == 6
    )


def _whole(entry: Data) -> AttributeDescriptor | None:
    class_id, logical_name, attribute, index = (part.value for part in entry.value[:4])
    restricted = len(entry.value) >= 5 and (
        entry.value[4].type is not DataType.STRUCTURE
        or [part.value for part in entry.value[4].value[:1]] != [0]
        or any(columns.value for columns in entry.value[5:])
    )
    return None if index or restricted or attribute <= 0 else AttributeDescriptor(class_id, logical_name, attribute)


def _value(association: Association, name: AttributeDescriptor | None) -> Data | None:
    if name is None:
        return None
    try:
        value = get(association, name)
    except TransferFailed:
        return None
    return value if isinstance(value, Data) else None


def _well_formed(subtest: Trial, pushed: Pushed) -> Heard:
    heard = the_notification(subtest, pushed)
    notification = heard.notification
    assert notification is not None
    fault = date_time_fault(notification.date_time)
    subtest.check(
        fault is None,
        expected="a date-time that a clock can show, or none",
        observed=fault or "a sound date-time",
        reaction=heard.reaction,
        path="data-notification.date-time",
    )
    return heard


def date_time_fault(octets: bytes) -> str | None:
    if not octets:
        return None
    try:
        CosemDateTime.from_octets(octets)
    except DecodeError as error:
        return f"date-time {octets.hex().upper()}: {error}"
    return None


def _judge_values(
    subtest: Trial,
    heard: Heard,
    names: list[AttributeDescriptor | None],
    before: list[Data | None],
    after: list[Data | None],
) -> None:
    values = heard.values
    subtest.check(
        values is not None and len(values) == len(names),
        expected=f"a structure of {len(names)} values, as push_object_list has elements",
        observed=f"{'no structure' if values is None else f'{len(values)} values'} in the notification-body",
        reaction=heard.reaction,
        path="data-notification.notification-body",
    )
    judged = 0
    for number, (name, value, old, new) in enumerate(zip(names, values or (), before, after, strict=True), 1):
        if name is None or old is None or new is None:
            continue
        judged += 1
        subtest.check(
            value in (old, new) or _between(old, value, new),
            expected=f"element {number}: {name}, {describe(old)}" + ("" if old == new else f" to {describe(new)}"),
            observed=f"element {number} is {describe(value)}",
            reaction=heard.reaction,
            path="data-notification.notification-body",
        )
    if not judged:
        subtest.inconclusive("nothing that push_object_list names can be read, so no value can be compared")


def _between(old: Data, value: Data, new: Data) -> bool:
    """Whether a value stands between two others of its type: numbers and date-times go up."""
    if not old.type is value.type is new.type:
        return False
    ordered = (int, float, bytes)
    same_size = not isinstance(value.value, bytes) or len(old.value) == len(value.value) == len(new.value) == 12
    return isinstance(value.value, ordered) and same_size and bool(old.value <= value.value <= new.value)
