"""Rows of a profile generic as its buffer holds them: columns, order, repeated values (IEC 62056-6-2, class_id 7)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from conformance.dlms.data.compact_array import CompactArray
from conformance.dlms.data.datetime import CosemDateTime
from conformance.dlms.data.scalars import INTEGERS
from conformance.dlms.data.types import Data, DataType
from conformance.dlms.data.values import date_time, octet_string
from conformance.dlms.errors import DecodeError, EncodeError

CLOCK_CLASS = 8
_YEARS_AHEAD = 8
_LAST_YEAR = 9990

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_HUNDREDTH = timedelta(milliseconds=10)


class NoRows(Exception):
    """A value that is no array of rows; says why."""


@dataclass(frozen=True, slots=True)
class Column:
    """One capture object.

    Attributes:
        definition: capture_object_definition, as the meter gives it.
        clock: it is the time of a Clock.
    """

    definition: Data
    clock: bool

    @classmethod
    def of(cls, definition: Data) -> Column:
        """The column of a capture_object_definition.

        Raises:
            NoRows: it is none.
        """
        parts: tuple[Data, ...] = definition.value if definition.type is DataType.STRUCTURE else ()
        if len(parts) != 4 or parts[0].type is not DataType.LONG_UNSIGNED or parts[2].type is not DataType.INTEGER:
            raise NoRows("a capture object that is no capture_object_definition")
        return cls(definition, (parts[0].value, parts[2].value) == (CLOCK_CLASS, 2))


@dataclass(frozen=True, slots=True)
class Cell:
    """One captured value.

    Attributes:
        raw: as it came.
        meant: what null-data stands for that repeats the value above it; otherwise the same as `raw`.
    """

    raw: Data
    meant: Data

    def agrees(self, other: Cell) -> bool:
        """Whether both are the same value, however each of them is written."""
        return self.meant == other.meant or self.raw == other.raw


Row = tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Buffer:
    """What is known of the buffer of a profile.

    Attributes:
        columns: the capture objects.
        capture_period_s: seconds between rows; 0: rows are captured for other reasons.
        entries: entries_in_use.
        first_entry: number of the entry that is the first of `rows`; above 1 where only a part was read.
        rows: in the order of the buffer.
    """

    columns: tuple[Column, ...]
    capture_period_s: int
    entries: int
    first_entry: int
    rows: tuple[Row, ...]

    def keys(self, column: int) -> list[int] | None:
        """What each row is put in order by in this column; None where the values have no order."""
        values = [row[column].meant for row in self.rows]
        keys = [key for key in map(key_of, values) if key is not None]
        return keys if len(keys) == len(values) and len({value.type for value in values}) == 1 else None

    @property
    def restricting(self) -> int | None:
        """The column that a range is best given in: the first clock, else the first that has an order; None without."""
        clocks = [index for index, column in enumerate(self.columns) if column.clock]
        candidates = [*clocks, *(index for index in range(len(self.columns)) if index not in clocks)]
        return next((index for index in candidates if self.keys(index) is not None), None)


def columns_of(capture_objects: Data) -> tuple[Column, ...]:
    """The columns that the attribute capture_objects lists.

    Raises:
        NoRows: it is no list of capture objects, or an empty one.
    """
    if capture_objects.type is not DataType.ARRAY or not capture_objects.value:
        raise NoRows("capture_objects is no array of capture objects, or an empty one")
    return tuple(map(Column.of, capture_objects.value))


def rows_of(value: Data, columns: Sequence[Column], capture_period_s: int) -> tuple[Row, ...]:
    """The rows of a buffer or of a part of it, an array or a compact-array of structures.

    null-data stands for the value above it; in the column of the clock, for the value above it and a capture period.

    Raises:
        NoRows: it is none, or a row has another number of values than there are columns.
    """
    elements = value.value.elements if isinstance(value.value, CompactArray) else value.value
    if value.type not in (DataType.ARRAY, DataType.COMPACT_ARRAY):
        raise NoRows(f"{value.type.label} in place of an array of rows")
    rows: list[Row] = []
    for number, element in enumerate(elements, 1):
        if element.type is not DataType.STRUCTURE or len(element.value) != len(columns):
            found = f"{len(element.value)} values" if element.type is DataType.STRUCTURE else element.type.label
            raise NoRows(f"row {number} of {len(elements)} has {found}, expected are {len(columns)} values")
        above = rows[-1] if rows else None
        rows.append(
            tuple(
                Cell(cell, _meant(cell, above[index].meant if above else None, columns[index], capture_period_s))
                for index, cell in enumerate(element.value)
            )
        )
    return tuple(rows)


def difference(found: Sequence[Row], expected: Sequence[Row]) -> str | None:
    """How rows differ from those that are expected, in words; None when they do not."""
    if len(found) != len(expected):
        return f"{len(found)} row{'s' if len(found) != 1 else ''}, expected are {len(expected)}"
    for number, (mine, right) in enumerate(zip(found, expected, strict=True), 1):
        for index, (cell, wanted) in enumerate(zip(mine, right, strict=True), 1):
            if not cell.agrees(wanted):
                return f"row {number} of {len(found)} has another value {index} than the buffer"
    return None


def key_of(value: Data) -> int | None:
    """What a value is put in order by: an integer, or of a moment the hundredths since 1970; None for any other.

    A deviation from UTC that is not specified counts as none: within one buffer that puts rows in the right order.
    """
    if value.type in INTEGERS:
        return int(value.value)
    when = _moment(value)
    moment = None if when is None else when.to_datetime(zone=UTC)
    return None if moment is None else (moment - _EPOCH) // _HUNDREDTH


def beyond(values: Sequence[Data]) -> Data | None:
    """A value of the same type that lies above all of `values`, or below all integers; None where there is none."""
    newest = max((value for value in values), key=lambda value: key_of(value) or 0)
    when = _moment(newest)
    if when is not None:
        if when.year is None or when.year >= _LAST_YEAR:
            return None
        return _as(newest, replace(when, year=when.year + _YEARS_AHEAD, weekday=None))
    size, signed = INTEGERS[newest.type]
    most = (1 << 8 * size - int(signed)) - 1
    if newest.value < most:
        return Data(newest.type, newest.value + 1)
    lowest = min(value.value for value in values)
    least = -(1 << 8 * size - 1) if signed else 0
    return Data(newest.type, lowest - 1) if lowest > least else None


def _moment(value: Data) -> CosemDateTime | None:
    if isinstance(value.value, CosemDateTime):
        return value.value
    if value.type is not DataType.OCTET_STRING or len(value.value) != 12:
        return None
    try:
        return CosemDateTime.from_octets(value.value, deviations=[])
    except DecodeError:
        return None


def _meant(cell: Data, above: Data | None, column: Column, capture_period_s: int) -> Data:
    if cell.type is not DataType.NULL_DATA or above is None:
        return cell
    when = _moment(above) if column.clock else None
    moment = None if when is None else when.to_datetime(zone=UTC)
    if when is None or moment is None:
        return above
    later = CosemDateTime.from_datetime(moment + timedelta(seconds=capture_period_s))
    try:
        return _as(above, replace(later, deviation_minutes=when.deviation_minutes, status=when.status))
    except EncodeError:
        return above


def _as(value: Data, when: CosemDateTime) -> Data:
    """The moment as the type of `value`."""
    return date_time(when) if value.type is DataType.DATE_TIME else octet_string(when.encode())
