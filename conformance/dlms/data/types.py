"""The types that a COSEM value may have, and the value itself."""

from __future__ import annotations

from enum import IntEnum
from typing import Any, NamedTuple


class DataType(IntEnum):
    """The choice of the ASN.1 type Data (IEC 62056-5-3): each member is the tag that goes before the value."""

    NULL_DATA = 0
    ARRAY = 1
    STRUCTURE = 2
    BOOLEAN = 3
    BIT_STRING = 4
    DOUBLE_LONG = 5
    DOUBLE_LONG_UNSIGNED = 6
    OCTET_STRING = 9
    VISIBLE_STRING = 10
    UTF8_STRING = 12
    BCD = 13
    INTEGER = 15
    LONG = 16
    UNSIGNED = 17
    LONG_UNSIGNED = 18
    COMPACT_ARRAY = 19
    LONG64 = 20
    LONG64_UNSIGNED = 21
    ENUM = 22
    FLOAT32 = 23
    FLOAT64 = 24
    DATE_TIME = 25
    DATE = 26
    TIME = 27
    DELTA_INTEGER = 28
    DELTA_LONG = 29
    DELTA_DOUBLE_LONG = 30
    DELTA_UNSIGNED = 31
    DELTA_LONG_UNSIGNED = 32
    DELTA_DOUBLE_LONG_UNSIGNED = 33
    DONT_CARE = 255

    @property
    def label(self) -> str:
        """The standard's spelling, such as `double-long-unsigned`."""
        return self.name.lower().replace("_", "-")


class Data(NamedTuple):
    """One COSEM value with its type.

    `value` is None for null-data and dont-care; a bool for boolean; an int for the integers, bcd, enum and the delta
    types; a float for float32 and float64; bytes for octet-string; a str for visible-string and utf8-string; a str of
    `0` and `1` for bit-string; a tuple of Data for array and structure; a `CompactArray` for compact-array; and a
    `CosemDateTime`, `CosemDate` or `CosemTime` for date-time, date and time.

    A visible-string that is not ASCII is held as ISO 8859-1; octets of a utf8-string that are no UTF-8 are held as lone
    surrogates (PEP 383): both encode back to the octets they came from.
    """

    type: DataType
    value: Any


NESTING_LIMIT = 16
"""How many arrays, structures and compact-arrays may lie inside one another, the outermost included."""


def type_of(tag: int) -> DataType | None:
    """The type with the tag `tag`; None when the standard has no such type."""
    return _BY_TAG[tag]


_BY_TAG: list[DataType | None] = [None] * 256
for _type in DataType:
    _BY_TAG[_type] = _type
