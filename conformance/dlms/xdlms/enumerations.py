"""The results that the xDLMS services report, with the spelling of IEC 62056-5-3."""

from __future__ import annotations

from conformance.dlms.acse.enumerations import Labelled


class DataAccessResult(Labelled):
    """Data-Access-Result: how GET, SET, Read, Write and ACCESS went."""

    SUCCESS = 0, "success"
    HARDWARE_FAULT = 1, "hardware-fault"
    TEMPORARY_FAILURE = 2, "temporary-failure"
    READ_WRITE_DENIED = 3, "read-write-denied"
    OBJECT_UNDEFINED = 4, "object-undefined"
    OBJECT_CLASS_INCONSISTENT = 9, "object-class-inconsistent"
    OBJECT_UNAVAILABLE = 11, "object-unavailable"
    TYPE_UNMATCHED = 12, "type-unmatched"
    SCOPE_OF_ACCESS_VIOLATED = 13, "scope-of-access-violated"
    DATA_BLOCK_UNAVAILABLE = 14, "data-block-unavailable"
    LONG_GET_ABORTED = 15, "long-get-aborted"
    NO_LONG_GET_IN_PROGRESS = 16, "no-long-get-in-progress"
    LONG_SET_ABORTED = 17, "long-set-aborted"
    NO_LONG_SET_IN_PROGRESS = 18, "no-long-set-in-progress"
    DATA_BLOCK_NUMBER_INVALID = 19, "data-block-number-invalid"
    OTHER_REASON = 250, "other-reason"


class ActionResult(Labelled):
    """Action-Result: how ACTION went."""

    SUCCESS = 0, "success"
    HARDWARE_FAULT = 1, "hardware-fault"
    TEMPORARY_FAILURE = 2, "temporary-failure"
    READ_WRITE_DENIED = 3, "read-write-denied"
    OBJECT_UNDEFINED = 4, "object-undefined"
    OBJECT_CLASS_INCONSISTENT = 9, "object-class-inconsistent"
    OBJECT_UNAVAILABLE = 11, "object-unavailable"
    TYPE_UNMATCHED = 12, "type-unmatched"
    SCOPE_OF_ACCESS_VIOLATED = 13, "scope-of-access-violated"
    DATA_BLOCK_UNAVAILABLE = 14, "data-block-unavailable"
    LONG_ACTION_ABORTED = 15, "long-action-aborted"
    NO_LONG_ACTION_IN_PROGRESS = 16, "no-long-action-in-progress"
    OTHER_REASON = 250, "other-reason"


def label_of(enumeration: type[Labelled], value: int) -> str:
    """The label that `enumeration` has for `value`, or `unknown (value)` where the standard defines none."""
    for member in enumeration:
        if member == value:
            return member.label
    return f"unknown ({value})"
