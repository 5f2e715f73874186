"""Many values of one shape, as in the buffer of a profile, decoded by one compiled layout.

The values are the same as those decoded one by one; only types whose octets are all legal take part, so that no
deviation is overlooked. Whoever wants the tree of fields decodes one by one.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from itertools import repeat

from conformance.dlms.data.scalars import EMPTY, FLOATS, INTEGERS
from conformance.dlms.data.types import NESTING_LIMIT, Data, DataType, type_of
from conformance.dlms.reader import Reader

LEAST_ROWS = 8
"""With fewer rows a layout does not pay."""
_MOST_ROWS = 1024
"""Rows per attempt; bounds what an attempt costs whose rows soon turn out to differ."""
_MOST_CELLS = 256

_CODES: list[str | None] = [None] * 256
for _type, (_size, _signed) in INTEGERS.items():
    _CODES[_type] = {1: "b", 2: "h", 4: "i", 8: "q"}[_size] if _signed else {1: "B", 2: "H", 4: "I", 8: "Q"}[_size]
for _type, (_, _format) in FLOATS.items():
    _CODES[_type] = _format[1:]

_OCTET = [bytes((octet,)) for octet in range(256)]
_data = partial(tuple.__new__, Data)
_COUNTED = (DataType.OCTET_STRING, DataType.ARRAY, DataType.STRUCTURE)


@dataclass(frozen=True, slots=True)
class Shape:
    """A value's type, and the shapes of the values inside it; a type that takes no octets has no column."""

    type: DataType
    parts: tuple[Shape, ...] = ()


class Layout:
    """The octets of one row: its `struct` format, and the octets that every row has alike."""

    __slots__ = ("cells", "constants", "format", "size")

    def __init__(self) -> None:
        self.format: list[str] = [">"]
        self.constants: list[tuple[int, int]] = []
        self.size = 0
        self.cells = 0

    def constant(self, octet: int) -> None:
        """Every row has `octet` here."""
        self.constants.append((self.size, octet))
        self.format.append("x")
        self.size += 1

    def column(self, code: str, size: int) -> None:
        """Every row has a value of its own on the next `size` octets."""
        self.format.append(code)
        self.size += size
        self.cells += 1

    def scalar(self, type_: DataType) -> bool:
        """A value of fixed size without its tag; False when the type's values cannot take part."""
        code = _CODES[type_]
        if code is not None:
            self.column(code, struct.calcsize(">" + code))
            return True
        if type_ in EMPTY:
            self.cells += 1
            return True
        return False

    def unpack(self, octets: bytes, shape: Shape, rows: int) -> Iterable[Data]:
        """The values of `rows` rows, which `octets` are."""
        columns = zip(*struct.Struct("".join(self.format)).iter_unpack(octets), strict=True)
        return _values(shape, columns, rows)


def read_rows(reader: Reader, count: int, depth: int) -> list[Data]:
    """Take those of the next `count` tagged values that have the first one's shape, at most 1024.

    Args:
        reader: without a recorder.
        count: how many values follow at most.
        depth: how many containers are around them.

    Returns:
        the values taken; none when the first has no fixed shape.
    """
    octets, start = reader.octets, reader.position
    layout = Layout()
    shape = _shape_at(layout, octets, start, reader.end, depth)
    if shape is None:
        return []
    size = layout.size
    rows = min(count, (reader.end - start) // size, _MOST_ROWS)
    if rows < LEAST_ROWS:
        return []
    block = octets[start : start + rows * size]
    for offset, octet in layout.constants:
        column = block[offset : rows * size : size]
        rows = min(rows, len(column) - len(column.lstrip(_OCTET[octet])))
    reader.position = start + rows * size
    return list(layout.unpack(block[: rows * size], shape, rows))


def read_packed(reader: Reader, layout: Layout, shape: Shape) -> tuple[Data, ...]:
    """Take whole rows without tags, as a compact-array has them, up to the last that fits the bound."""
    rows = reader.remaining // layout.size
    if not rows:
        return ()
    return tuple(layout.unpack(reader.take("rows", rows * layout.size), shape, rows))


def _shape_at(layout: Layout, octets: bytes, origin: int, end: int, depth: int) -> Shape | None:
    """Add the tagged value that follows what `layout` has to it; None when it has no fixed shape, or is not legal.

    Args:
        layout: of the row that begins at `origin`.
        octets: the message.
        origin: index of the row's first octet.
        end: index after the last octet that may be looked at.
        depth: how many containers are around the value.
    """
    at = origin + layout.size
    if at >= end or layout.cells >= _MOST_CELLS:
        return None
    type_ = type_of(octets[at])
    if type_ is None:
        return None
    layout.constant(type_)
    if type_ not in _COUNTED:
        return Shape(type_) if layout.scalar(type_) and origin + layout.size <= end else None
    if at + 1 >= end or octets[at + 1] >= 0x80:
        return None
    count = octets[at + 1]
    layout.constant(count)
    if type_ is DataType.OCTET_STRING:
        layout.column(f"{count}s", count)
        return Shape(type_) if origin + layout.size <= end else None
    if depth >= NESTING_LIMIT:
        return None
    layout.cells += 1
    parts: list[Shape] = []
    for _ in range(count):
        part = _shape_at(layout, octets, origin, end, depth + 1)
        if part is None:
            return None
        parts.append(part)
    return Shape(type_, tuple(parts))


def _values(shape: Shape, columns: Iterator[tuple[object, ...]], rows: int) -> Iterable[Data]:
    """One value per row: scalars take the next of `columns`, containers join what is inside them."""
    type_ = shape.type
    if shape.parts:
        inner = [_values(part, columns, rows) for part in shape.parts]
        return map(_data, zip(repeat(type_), zip(*inner, strict=True)))
    if type_ in (DataType.ARRAY, DataType.STRUCTURE):
        return repeat(Data(type_, ()), rows)
    if type_ in EMPTY:
        return repeat(Data(type_, None), rows)
    return map(_data, zip(repeat(type_), next(columns)))
