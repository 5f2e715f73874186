"""Values that differ from a given one: so that a write which should have been refused shows when it is read back."""

from __future__ import annotations

from typing import Any

from conformance.dlms.data.types import Data, DataType
from conformance.dlms.data.values import boolean, octet_string

_NUMBERS = frozenset(
    (
        DataType.DOUBLE_LONG,
        DataType.DOUBLE_LONG_UNSIGNED,
        DataType.BCD,
        DataType.INTEGER,
        DataType.LONG,
        DataType.UNSIGNED,
        DataType.LONG_UNSIGNED,
        DataType.LONG64,
        DataType.LONG64_UNSIGNED,
        DataType.ENUM,
        DataType.DELTA_INTEGER,
        DataType.DELTA_LONG,
        DataType.DELTA_DOUBLE_LONG,
        DataType.DELTA_UNSIGNED,
        DataType.DELTA_LONG_UNSIGNED,
        DataType.DELTA_DOUBLE_LONG_UNSIGNED,
    )
)
_TEXTS = frozenset((DataType.VISIBLE_STRING, DataType.UTF8_STRING))
_LISTS = frozenset((DataType.ARRAY, DataType.STRUCTURE))


def other_value(value: Data) -> Data | None:
    """A value of the same type and the same length that differs; None where the type leaves no choice.

    The last digit, octet, character or bit differs; of an array or structure, the last element that can.
    """
    kind, given = value
    if kind in _LISTS:
        return _other_list(value)
    other: Any = None
    if kind in _NUMBERS:
        other = given ^ 1
    elif kind is DataType.BOOLEAN:
        other = not given
    elif kind is DataType.OCTET_STRING:
        other = given[:-1] + bytes((given[-1] ^ 1,)) if given else None
    elif kind in _TEXTS:
        other = given[:-1] + ("0" if given[-1] != "0" else "1") if given else None
    elif kind is DataType.BIT_STRING:
        other = given[:-1] + ("0" if given[-1] == "1" else "1") if given else None
    elif kind in (DataType.FLOAT32, DataType.FLOAT64):
        other = 0.0 if given else 1.0
    return None if other is None else Data(kind, other)


def value_of_other_type(value: Data) -> Data:
    """A value of a type that `value` does not have, and that no attribute takes in its place."""
    return octet_string(b"\x00") if value.type is DataType.BOOLEAN else boolean(True)


def _other_list(value: Data) -> Data | None:
    items: tuple[Data, ...] = value.value
    for index in range(len(items) - 1, -1, -1):
        other = other_value(items[index])
        if other is not None:
            return Data(value.type, (*items[:index], other, *items[index + 1 :]))
    return None
