"""Profile generic: 30 days of quarter-hourly rows, made on demand (IEC 62056-6-2, class_id 7, version 1)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from conformance.cosem.names import LOAD_PROFILE, ClassId
from conformance.dlms.data.types import Data, DataType
from conformance.dlms.data.values import (
    array,
    double_long_unsigned,
    enum,
    integer,
    long_unsigned,
    octet_string,
    structure,
)
from conformance.dlms.xdlms.enumerations import ActionResult, DataAccessResult
from conformance.meter.model.access import everyone_reads, invoked_by
from conformance.meter.model.associations import AccessLevel
from conformance.meter.model.cosem_object import Attribute, CosemObject, Method, readable
from conformance.meter.model.meter_time import QUARTER_S, quarter_at, seconds_of
from conformance.meter.model.selective import (
    ENTRY_SELECTOR,
    RANGE_SELECTOR,
    ColumnName,
    EntrySelection,
    RangeSelection,
    SelectionError,
)
from conformance.meter.model.session import MethodOutcome, Session

PROFILE_ENTRIES: Final = 2880
"""30 days of quarters of an hour."""

_FIFO: Final = 1
_INTEGERS: Final = frozenset(
    (
        DataType.INTEGER,
        DataType.UNSIGNED,
        DataType.LONG,
        DataType.LONG_UNSIGNED,
        DataType.DOUBLE_LONG,
        DataType.DOUBLE_LONG_UNSIGNED,
        DataType.LONG64,
        DataType.LONG64_UNSIGNED,
        DataType.ENUM,
    )
)


@dataclass(frozen=True, slots=True)
class Column:
    """One capture object, and what was captured of it when a quarter of an hour began."""

    name: ColumnName
    captured: Callable[[int], Data]

    @property
    def definition(self) -> Data:
        """capture_object_definition."""
        return structure(
            long_unsigned(self.name.class_id),
            octet_string(self.name.logical_name),
            integer(self.name.attribute_index),
            long_unsigned(self.name.data_index),
        )


class LoadProfile:
    """A buffer in which the row of the current quarter is the last, and that of 30 days ago the first.

    Rows follow from their number, so nothing is stored but the result of the last full reading.

    Attributes:
        columns: the capture objects; the first one is the clock, by which the rows are in order.
    """

    def __init__(self, columns: tuple[Column, ...]) -> None:
        self.columns = columns
        self._oldest = -(1 << 62)
        self._last: tuple[tuple[int, int], Data] | None = None

    def build(self) -> CosemObject:
        """The object; only the management client may empty the buffer."""
        attributes = (
            Attribute(2, self._buffer, everyone_reads, None, self._select, (RANGE_SELECTOR, ENTRY_SELECTOR)),
            readable(3, array(*(column.definition for column in self.columns))),
            readable(4, double_long_unsigned(QUARTER_S)),
            readable(5, enum(_FIFO)),
            readable(6, self.columns[0].definition),
            Attribute(7, lambda _session, now: double_long_unsigned(len(self.quarters(now)))),
            readable(8, double_long_unsigned(PROFILE_ENTRIES)),
        )
        methods = (Method(1, self._reset, invoked_by(AccessLevel.MANAGEMENT)),)
        return CosemObject(ClassId.PROFILE_GENERIC, 1, LOAD_PROFILE, attributes, methods)

    def quarters(self, now: float) -> range:
        """The numbers of the quarters that have a row, the oldest first."""
        newest = quarter_at(now)
        return range(max(self._oldest, newest - PROFILE_ENTRIES + 1), newest + 1)

    def _buffer(self, _session: Session, now: float) -> Data:
        quarters = self.quarters(now)
        window = (quarters.start, quarters.stop)
        if self._last is None or self._last[0] != window:
            self._last = (window, self._rows(quarters, self.columns))
        return self._last[1]

    def _rows(self, quarters: range | list[int], columns: tuple[Column, ...]) -> Data:
        makers = [column.captured for column in columns]
        return array(*(structure(*[make(quarter) for make in makers]) for quarter in quarters))

    def _select(self, _session: Session, now: float, selector: int, parameters: Data) -> Data | DataAccessResult:
        try:
            if selector == RANGE_SELECTOR:
                return self._by_range(RangeSelection.of(parameters), now)
            return self._by_entry(EntrySelection.of(parameters), now)
        except SelectionError:
            return DataAccessResult.TYPE_UNMATCHED

    def _by_range(self, selection: RangeSelection, now: float) -> Data | DataAccessResult:
        named = {column.name: column for column in self.columns}
        restricting = named.get(selection.restricting)
        if restricting is None or any(name not in named for name in selection.columns):
            return DataAccessResult.SCOPE_OF_ACCESS_VIOLATED
        columns = tuple(named[name] for name in selection.columns) or self.columns
        quarters = self.quarters(now)
        if restricting.name.class_id == ClassId.CLOCK:
            first, last = seconds_of(selection.from_value), seconds_of(selection.to_value)
            if first is None or last is None:
                return DataAccessResult.TYPE_UNMATCHED
            start = max(quarters.start, -int(-first // QUARTER_S))
            stop = min(quarters.stop, int(last // QUARTER_S) + 1)
            return self._rows(range(start, stop), columns)
        low, high = _number(selection.from_value), _number(selection.to_value)
        if low is None or high is None:
            return DataAccessResult.TYPE_UNMATCHED
        captured = restricting.captured
        return self._rows([quarter for quarter in quarters if low <= captured(quarter).value <= high], columns)

    def _by_entry(self, selection: EntrySelection, now: float) -> Data | DataAccessResult:
        quarters = self.quarters(now)
        to_entry = selection.to_entry or len(quarters)
        to_column = selection.to_column or len(self.columns)
        if selection.from_entry < 1 or not 1 <= selection.from_column <= to_column <= len(self.columns):
            return DataAccessResult.SCOPE_OF_ACCESS_VIOLATED
        return self._rows(
            quarters[selection.from_entry - 1 : to_entry], self.columns[selection.from_column - 1 : to_column]
        )

    def _reset(self, _session: Session, now: float, parameters: Data | None) -> MethodOutcome:
        if parameters is None or parameters.type is not DataType.INTEGER:
            return MethodOutcome(ActionResult.TYPE_UNMATCHED)
        self._oldest = quarter_at(now) + 1
        return MethodOutcome(ActionResult.SUCCESS)


def _number(value: Data) -> int | None:
    return int(value.value) if value.type in _INTEGERS else None
