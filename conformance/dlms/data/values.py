"""One constructor per COSEM type: `structure(long_unsigned(8), octet_string(obis))`. Ranges are checked on encoding."""

from __future__ import annotations

from conformance.dlms.data.compact_array import CompactArray, TypeDescription
from conformance.dlms.data.datetime import CosemDate, CosemDateTime, CosemTime
from conformance.dlms.data.types import Data, DataType


def null() -> Data:
    """A null-data."""
    return Data(DataType.NULL_DATA, None)


def array(*items: Data) -> Data:
    """An array of `items`."""
    return Data(DataType.ARRAY, items)


def structure(*items: Data) -> Data:
    """A structure of `items`."""
    return Data(DataType.STRUCTURE, items)


def compact_array(description: TypeDescription, *items: Data) -> Data:
    """A compact-array of `items`, each of the type that `description` says."""
    return Data(DataType.COMPACT_ARRAY, CompactArray(description, items))


def boolean(value: bool) -> Data:
    """A boolean."""
    return Data(DataType.BOOLEAN, value)


def bit_string(bits: str) -> Data:
    """A bit-string, written with 0 and 1, bit 0 first."""
    return Data(DataType.BIT_STRING, bits)


def octet_string(octets: bytes) -> Data:
    """An octet-string."""
    return Data(DataType.OCTET_STRING, octets)


def visible_string(text: str) -> Data:
    """A visible-string, in ASCII."""
    return Data(DataType.VISIBLE_STRING, text)


def utf8_string(text: str) -> Data:
    """A utf8-string."""
    return Data(DataType.UTF8_STRING, text)


def double_long(number: int) -> Data:
    """A double-long: -2147483648 to 2147483647."""
    return Data(DataType.DOUBLE_LONG, number)


def double_long_unsigned(number: int) -> Data:
    """A double-long-unsigned: 0 to 4294967295."""
    return Data(DataType.DOUBLE_LONG_UNSIGNED, number)


def bcd(number: int) -> Data:
    """A bcd, which the standard makes an Integer8: -128 to 127."""
    return Data(DataType.BCD, number)


def integer(number: int) -> Data:
    """An integer: -128 to 127."""
    return Data(DataType.INTEGER, number)


def long(number: int) -> Data:
    """A long: -32768 to 32767."""
    return Data(DataType.LONG, number)


def unsigned(number: int) -> Data:
    """An unsigned: 0 to 255."""
    return Data(DataType.UNSIGNED, number)


def long_unsigned(number: int) -> Data:
    """A long-unsigned: 0 to 65535."""
    return Data(DataType.LONG_UNSIGNED, number)


def long64(number: int) -> Data:
    """A long64: 8 octets, signed."""
    return Data(DataType.LONG64, number)


def long64_unsigned(number: int) -> Data:
    """A long64-unsigned: 8 octets."""
    return Data(DataType.LONG64_UNSIGNED, number)


def enum(number: int) -> Data:
    """An enum: 0 to 255."""
    return Data(DataType.ENUM, number)


def delta_integer(number: int) -> Data:
    """A delta-integer: -128 to 127."""
    return Data(DataType.DELTA_INTEGER, number)


def delta_long(number: int) -> Data:
    """A delta-long: -32768 to 32767."""
    return Data(DataType.DELTA_LONG, number)


def delta_double_long(number: int) -> Data:
    """A delta-double-long: -2147483648 to 2147483647."""
    return Data(DataType.DELTA_DOUBLE_LONG, number)


def delta_unsigned(number: int) -> Data:
    """A delta-unsigned: 0 to 255."""
    return Data(DataType.DELTA_UNSIGNED, number)


def delta_long_unsigned(number: int) -> Data:
    """A delta-long-unsigned: 0 to 65535."""
    return Data(DataType.DELTA_LONG_UNSIGNED, number)


def delta_double_long_unsigned(number: int) -> Data:
    """A delta-double-long-unsigned: 0 to 4294967295."""
    return Data(DataType.DELTA_DOUBLE_LONG_UNSIGNED, number)


def float32(number: float) -> Data:
    """A float32; encoding rounds `number` to single precision."""
    return Data(DataType.FLOAT32, number)


def float64(number: float) -> Data:
    """A float64."""
    return Data(DataType.FLOAT64, number)


def date_time(value: CosemDateTime) -> Data:
    """A date-time of its own type; most attributes hold an octet-string of `value.encode()` instead."""
    return Data(DataType.DATE_TIME, value)


def date(value: CosemDate) -> Data:
    """A date of its own type."""
    return Data(DataType.DATE, value)


def time(value: CosemTime) -> Data:
    """A time of its own type."""
    return Data(DataType.TIME, value)


def dont_care() -> Data:
    """A dont-care."""
    return Data(DataType.DONT_CARE, None)
