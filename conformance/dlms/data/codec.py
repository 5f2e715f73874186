"""COSEM data ⇄ octets, strictly: the ASN.1 type Data (IEC 62056-5-3) in A-XDR (IEC 61334-6)."""

from __future__ import annotations

from collections.abc import Sequence

from conformance.dlms import axdr
from conformance.dlms.data import compact_array, rows, scalars
from conformance.dlms.data.collector import paused_collector
from conformance.dlms.data.types import NESTING_LIMIT, Data, DataType, type_of
from conformance.dlms.errors import EncodeError
from conformance.dlms.fields import Deviation, FieldKind
from conformance.dlms.reader import Dissection, Reader
from conformance.dlms.reader import decode as decode_message
from conformance.dlms.reader import dissect as dissect_message

_TAG = [bytes((tag,)) for tag in range(256)]
_MISSES = 4
"""Attempts at rows of one shape that may disappoint before an array is read one by one."""
_MANY = 256
"""Elements; making more of them at once is no time for the collector."""


def encode(data: Data) -> bytes:
    """The octets of `data`, its tag first. TRUE is coded as 01.

    Raises:
        EncodeError: a value that its type cannot hold, or more than 16 containers inside one another.
    """
    parts: list[bytes] = []
    _append(parts, data, 0)
    return b"".join(parts)


def read(reader: Reader, name: str = "data") -> Data:
    """Take one tagged value as the group `name`.

    The group holds `tag`; then `value`, or `length` and `value`; or, for arrays and structures, `count` and the groups
    `element`, `element[1]` and so on; or, for compact arrays, the groups `contents-description` and `array-contents`.
    """
    reader.enter(name)
    data = read_content(reader)
    reader.leave()
    return data


def read_content(reader: Reader, depth: int = 0) -> Data:
    """Take one tagged value into the group that is open; `depth` containers are around it."""
    tag = reader.u8("tag")
    type_ = type_of(tag)
    if type_ is None:
        reader.fail(f"{tag} is no data type", back=1, expected="the tag of a COSEM data type")
    if reader.recorder is not None:
        reader.meaning(type_.label)
    read_scalar = scalars.READ[tag]
    if read_scalar is not None:
        return Data(type_, read_scalar(reader))
    if depth >= NESTING_LIMIT:
        reader.fail(f"nested more than {NESTING_LIMIT} deep", back=1)
    if type_ is DataType.COMPACT_ARRAY:
        return Data(type_, compact_array.read(reader, depth))
    return Data(type_, _read_elements(reader, type_, depth + 1))


def decode(octets: bytes, *, deviations: list[Deviation] | None = None) -> Data:
    """The one value that `octets` hold.

    Args:
        octets: a tagged value and nothing else.
        deviations: takes what is illegal but readable; None makes each an error.

    Raises:
        DecodeError: with path, offset and octets.
    """
    return decode_message(octets, read_content, "data", deviations=deviations)


def dissect(octets: bytes) -> Dissection[Data]:
    """The one value that `octets` hold, with the tree of its fields below `data`."""
    return dissect_message(octets, read_content, "data")


def _read_elements(reader: Reader, type_: DataType, depth: int) -> tuple[Data, ...]:
    start = reader.position
    count = reader.length("count", kind=FieldKind.COUNT)
    if count > reader.remaining:
        back = reader.position - start
        reader.fail(f"{type_.label} of {count} elements, {reader.remaining} octets left", back=back)
    if reader.recorder is None:
        if count < _MANY:
            return _read_bare(reader, count, depth)
        with paused_collector():
            return _read_bare(reader, count, depth)
    elements: list[Data] = []
    for _ in range(count):
        reader.enter("element")
        elements.append(read_content(reader, depth))
        reader.leave()
    return tuple(elements)


def _read_bare(reader: Reader, count: int, depth: int) -> tuple[Data, ...]:
    elements: list[Data] = []
    misses = 0
    while len(elements) < count:
        left = count - len(elements)
        if left >= rows.LEAST_ROWS and misses < _MISSES:
            taken = rows.read_rows(reader, left, depth)
            elements += taken
            if len(taken) < rows.LEAST_ROWS:
                misses += 1
            if taken:
                continue
        elements.append(read_content(reader, depth))
    return tuple(elements)


def _append(parts: list[bytes], data: Data, depth: int) -> None:
    if not isinstance(data, Data) or not isinstance(data.type, DataType):
        raise EncodeError(f"{data!r:.60} is no data")
    type_, value = data
    parts.append(_TAG[type_])
    encode_scalar = scalars.ENCODE[type_]
    if encode_scalar is not None:
        parts.append(encode_scalar(value))
        return
    if depth >= NESTING_LIMIT:
        raise EncodeError(f"nested more than {NESTING_LIMIT} deep")
    if type_ is DataType.COMPACT_ARRAY:
        parts.append(compact_array.encode(value, depth))
        return
    if not isinstance(value, tuple | list) and (not isinstance(value, Sequence) or isinstance(value, str | bytes)):
        raise EncodeError(f"{type_.label} holds a tuple of data, not {value!r:.60}")
    parts.append(axdr.length(len(value)))
    for element in value:
        _append(parts, element, depth + 1)
