"""The A-XDR encoding (IEC 61334-6) of every type that holds no other values, without its tag."""

from __future__ import annotations

import struct
from collections.abc import Callable
from typing import Any, Protocol

from conformance.dlms import axdr
from conformance.dlms.data.datetime import CosemDate, CosemDateTime, CosemTime
from conformance.dlms.data.types import DataType
from conformance.dlms.errors import EncodeError
from conformance.dlms.fields import FieldKind
from conformance.dlms.reader import Reader

INTEGERS: dict[DataType, tuple[int, bool]] = {
    DataType.DOUBLE_LONG: (4, True),
    DataType.DOUBLE_LONG_UNSIGNED: (4, False),
    DataType.BCD: (1, True),
    DataType.INTEGER: (1, True),
    DataType.LONG: (2, True),
    DataType.UNSIGNED: (1, False),
    DataType.LONG_UNSIGNED: (2, False),
    DataType.LONG64: (8, True),
    DataType.LONG64_UNSIGNED: (8, False),
    DataType.ENUM: (1, False),
    DataType.DELTA_INTEGER: (1, True),
    DataType.DELTA_LONG: (2, True),
    DataType.DELTA_DOUBLE_LONG: (4, True),
    DataType.DELTA_UNSIGNED: (1, False),
    DataType.DELTA_LONG_UNSIGNED: (2, False),
    DataType.DELTA_DOUBLE_LONG_UNSIGNED: (4, False),
}
"""The types that are integers of fixed length: octets, and whether signed. The standard makes bcd an Integer8."""

FLOATS: dict[DataType, tuple[int, str]] = {DataType.FLOAT32: (4, ">f"), DataType.FLOAT64: (8, ">d")}
"""The floating-point types (IEC 60559): octets and their `struct` format."""

EMPTY = frozenset((DataType.NULL_DATA, DataType.DONT_CARE))
"""The types whose values take no octets."""

ReadScalar = Callable[[Reader], Any]
EncodeScalar = Callable[[Any], bytes]


class _Dated(Protocol):
    def encode(self) -> bytes: ...


def _integer(type_: DataType, size: int, signed: bool) -> tuple[ReadScalar, EncodeScalar]:
    low, high = (-(1 << 8 * size - 1), (1 << 8 * size - 1) - 1) if signed else (0, (1 << 8 * size) - 1)

    def read_octet(reader: Reader) -> int:
        return reader.u8("value")

    def read_unsigned(reader: Reader) -> int:
        return reader.unsigned("value", size)

    def read_signed(reader: Reader) -> int:
        return reader.signed("value", size)

    def encode(value: Any) -> bytes:
        if not isinstance(value, int) or not low <= value <= high:
            raise EncodeError(f"{type_.label} holds an integer from {low} to {high}, not {value!r:.60}")
        return value.to_bytes(size, "big", signed=signed)

    return (read_signed if signed else read_octet if size == 1 else read_unsigned), encode


def _float(type_: DataType, size: int, code: str) -> tuple[ReadScalar, EncodeScalar]:
    layout = struct.Struct(code)

    def read(reader: Reader) -> float:
        value: float = layout.unpack(reader.take("value", size))[0]
        reader.meaning(value)
        return value

    def encode(value: Any) -> bytes:
        try:
            return layout.pack(value)
        except (struct.error, OverflowError):
            raise EncodeError(f"{type_.label} does not hold {value!r:.60}") from None

    return read, encode


def _dated(
    type_: DataType, class_: type[CosemDateTime] | type[CosemDate] | type[CosemTime]
) -> tuple[ReadScalar, EncodeScalar]:
    def read(reader: Reader) -> _Dated:
        reader.enter("value")
        value = class_.read(reader)
        reader.leave()
        return value

    def encode(value: Any) -> bytes:
        if not isinstance(value, class_):
            raise EncodeError(f"{type_.label} holds a {class_.__name__}, not {value!r:.60}")
        return value.encode()

    return read, encode


def _read_nothing(reader: Reader) -> None:
    return None


def _encode_nothing(value: Any) -> bytes:
    if value is not None:
        raise EncodeError(f"a type without value cannot hold {value!r:.60}")
    return b""


def _read_boolean(reader: Reader) -> bool:
    octet = reader.u8("value")
    if reader.recorder is not None:
        reader.meaning(octet != 0)
    if octet not in (0x00, 0x01, 0xFF):
        reader.deviation("boolean-value", f"boolean coded as {octet:02X}; usual are 00, 01 and FF", back=1)
    return octet != 0


def _encode_boolean(value: Any) -> bytes:
    if not isinstance(value, int):
        raise EncodeError(f"boolean holds True or False, not {value!r:.60}")
    return b"\x01" if value else b"\x00"


def _read_bit_string(reader: Reader) -> str:
    # The length counts bits, so that no recomputed count of octets may take its place.
    bits = reader.length(kind=FieldKind.OCTETS)
    octets = reader.take("value", bits + 7 >> 3)
    if not bits:
        return ""
    unused = -bits & 7
    number = int.from_bytes(octets, "big")
    text = f"{number >> unused:0{bits}b}"
    reader.meaning(text)
    if number & (1 << unused) - 1:
        reader.deviation("bit-string-unused-bits", f"the {unused} unused bits of a bit-string are not all 0", back=1)
    return text


def _encode_bit_string(value: Any) -> bytes:
    if not isinstance(value, str) or value.strip("01"):
        raise EncodeError(f"bit-string holds a text of 0 and 1, not {value!r:.60}")
    bits = len(value)
    if not bits:
        return b"\x00"
    return axdr.length(bits) + (int(value, 2) << (-bits & 7)).to_bytes(bits + 7 >> 3, "big")


def _read_octet_string(reader: Reader) -> bytes:
    return reader.take("value", reader.length())


def _encode_octet_string(value: Any) -> bytes:
    if not isinstance(value, bytes | bytearray | memoryview):
        raise EncodeError(f"octet-string holds bytes, not {value!r:.60}")
    return axdr.sized(bytes(value))


def _read_visible_string(reader: Reader) -> str:
    octets = reader.take("value", reader.length())
    text = octets.decode("latin-1")
    reader.meaning(text)
    if not octets.isascii():
        at = next(index for index, octet in enumerate(octets) if octet > 0x7F)
        reader.deviation(
            "visible-string-not-ascii", f"octet {octets[at]:02X} is no ASCII character", back=len(octets) - at
        )
    return text


def _encode_visible_string(value: Any) -> bytes:
    try:
        return axdr.sized(value.encode("latin-1"))
    except (AttributeError, UnicodeEncodeError, TypeError):
        raise EncodeError(f"visible-string holds ASCII text, not {value!r:.60}") from None


def _read_utf8_string(reader: Reader) -> str:
    octets = reader.take("value", reader.length())
    try:
        text = octets.decode("utf-8")
    except UnicodeDecodeError as error:
        text = octets.decode("utf-8", "surrogateescape")
        reader.meaning(octets.decode("utf-8", "backslashreplace"))
        reader.deviation("utf8-string-invalid", f"no UTF-8: {error.reason}", back=len(octets) - error.start)
        return text
    reader.meaning(text)
    return text


def _encode_utf8_string(value: Any) -> bytes:
    try:
        return axdr.sized(value.encode("utf-8", "surrogateescape"))
    except (AttributeError, UnicodeEncodeError, TypeError):
        raise EncodeError(f"utf8-string holds text, not {value!r:.60}") from None


_SCALARS: dict[DataType, tuple[ReadScalar, EncodeScalar]] = {
    DataType.NULL_DATA: (_read_nothing, _encode_nothing),
    DataType.DONT_CARE: (_read_nothing, _encode_nothing),
    DataType.BOOLEAN: (_read_boolean, _encode_boolean),
    DataType.BIT_STRING: (_read_bit_string, _encode_bit_string),
    DataType.OCTET_STRING: (_read_octet_string, _encode_octet_string),
    DataType.VISIBLE_STRING: (_read_visible_string, _encode_visible_string),
    DataType.UTF8_STRING: (_read_utf8_string, _encode_utf8_string),
    DataType.DATE_TIME: _dated(DataType.DATE_TIME, CosemDateTime),
    DataType.DATE: _dated(DataType.DATE, CosemDate),
    DataType.TIME: _dated(DataType.TIME, CosemTime),
    **{type_: _integer(type_, size, signed) for type_, (size, signed) in INTEGERS.items()},
    **{type_: _float(type_, size, code) for type_, (size, code) in FLOATS.items()},
}

READ: list[ReadScalar | None] = [None] * 256
"""By tag: how a value is read; None for containers and for tags that no type has."""
ENCODE: list[EncodeScalar | None] = [None] * 256
"""By tag: how a value is encoded; None as in `READ`."""
LEAST_OCTETS: list[int] = [1] * 256
"""By tag: the fewest octets that a value takes; 1 also for the strings, which have a length."""

for _type, (_read, _encode) in _SCALARS.items():
    READ[_type] = _read
    ENCODE[_type] = _encode
    if _type in EMPTY:
        LEAST_OCTETS[_type] = 0
    elif _type in INTEGERS:
        LEAST_OCTETS[_type] = INTEGERS[_type][0]
    elif _type in FLOATS:
        LEAST_OCTETS[_type] = FLOATS[_type][0]
LEAST_OCTETS[DataType.DATE_TIME] = 12
LEAST_OCTETS[DataType.DATE] = 5
LEAST_OCTETS[DataType.TIME] = 4
