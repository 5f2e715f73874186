"""Profile generic: quarter-hourly rows, of 30 days or as many as wanted (IEC 62056-6-2, class_id 7, version 1)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from conformance.cosem.names import LOAD_PROFILE, ClassId
from conformance.dlms.data.types import Data, DataType
from conformance.dlms.data.values import (
    array,
    double_long_unsigned,
    enum,
    structure,
)
from conformance.dlms.xdlms.enumerations import ActionResult, DataAccessResult
from conformance.meter.model.access import everyone_reads, invoked_by
from conformance.meter.model.associations import AccessLevel
from conformance.meter.model.column import Column
from conformance.meter.model.cosem_object import Attribute, CosemObject, Method, readable
from conformance.meter.model.meter_time import QUARTER_S, quarter_at, seconds_of
from conformance.meter.model.rows_on_demand import RowsOnDemand
from conformance.meter.model.selective import (
    ENTRY_SELECTOR,
    RANGE_SELECTOR,
    EntrySelection,
    RangeSelection,
    SelectionError,
)
from conformance.meter.model.selective_faults import Selected, misentered, misranged
from conformance.meter.model.session import MethodOutcome, Session

PROFILE_ENTRIES: Final = 2880
"""30 days of quarters of an hour."""

_MOST_ROWS_AT_ONCE: Final = 4096
"""More rows than these are made one by one, as they are sent."""
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


class LoadProfile:
    """A buffer in which the row of the current quarter is the last.

    Rows follow from their number, so nothing is stored but the result of the last full reading, unless it is long.

    Attributes:
        columns: the capture objects; the first one is the clock, by which the rows are in order.
        entries: rows when it is full.
    """

    def __init__(
        self,
        columns: tuple[Column, ...],
        entries: int = PROFILE_ENTRIES,
        faults: Callable[[], frozenset[str]] = frozenset,
    ) -> None:
        self.columns = columns
        self.entries = entries
        self._faults = faults
        self._oldest = -(1 << 62)
        self._last: tuple[tuple[int, int], Data] | None = None

    def build(self, base_name: int | None = None) -> CosemObject:
        """The object; only the management client may empty the buffer."""
        attributes = (
            Attribute(2, self._buffer, everyone_reads, None, self._select, (RANGE_SELECTOR, ENTRY_SELECTOR)),
            readable(3, array(*(column.definition for column in self.columns))),
            readable(4, double_long_unsigned(QUARTER_S)),
            readable(5, enum(_FIFO)),
            readable(6, self.columns[0].definition),
            Attribute(7, lambda _session, now: double_long_unsigned(len(self.quarters(now)))),
            readable(8, double_long_unsigned(self.entries)),
        )
        methods = (Method(1, self._reset, invoked_by(AccessLevel.MANAGEMENT)),)
        return CosemObject(ClassId.PROFILE_GENERIC, 1, LOAD_PROFILE, attributes, methods, base_name=base_name)

    def quarters(self, now: float) -> range:
        """The numbers of the quarters that have a row, the oldest first."""
        newest = quarter_at(now)
        return range(max(self._oldest, newest - self.entries + 1), newest + 1)

    def _buffer(self, _session: Session, now: float) -> Data:
        quarters = self.quarters(now)
        window = (quarters.start, quarters.stop)
        if self._last is None or self._last[0] != window:
            self._last = (window, self._rows(quarters, self.columns))
        return self._last[1]

    def _rows(self, quarters: Sequence[int], columns: tuple[Column, ...]) -> Data:
        makers = [column.captured for column in columns]

        def row(quarter: int) -> Data:
            return structure(*[make(quarter) for make in makers])

        if len(quarters) > _MOST_ROWS_AT_ONCE:
            return Data(DataType.ARRAY, RowsOnDemand(quarters, row))
        return array(*map(row, quarters))

    def _select(self, _session: Session, now: float, selector: int, parameters: Data) -> Data | DataAccessResult:
        try:
            if selector == RANGE_SELECTOR:
                return self._by_range(RangeSelection.of(parameters), now)
            return self._by_entry(EntrySelection.of(parameters), now)
        except SelectionError:
            return DataAccessResult.TYPE_UNMATCHED

    def _by_range(self, selection: RangeSelection, now: float) -> Data | DataAccessResult:
        faults, named = self._faults(), {column.name: column for column in self.columns}
        restricting = named.get(selection.restricting)
        if restricting is None and "selection-unknown-restricting-object-is-clock" in faults:
            restricting = self.columns[0]
        unknown = any(name not in named for name in selection.columns)
        if restricting is None or (unknown and "selection-unknown-column-gives-all" not in faults):
            return DataAccessResult.SCOPE_OF_ACCESS_VIOLATED
        columns = tuple(named[name] for name in selection.columns if name in named) or self.columns
        quarters = self.quarters(now)
        value_of, value_at = _restricted_by(restricting)
        low, high = value_of(selection.from_value), value_of(selection.to_value)
        if low is None or high is None:
            careless = "selection-wrong-type-gives-all" in faults
            return self._rows(quarters, columns) if careless else DataAccessResult.TYPE_UNMATCHED
        if restricting.name.class_id == ClassId.CLOCK:
            start = max(quarters.start, -int(-low // QUARTER_S))
            stop = min(quarters.stop, int(high // QUARTER_S) + 1)
            right = Selected(range(start, stop), columns)
        else:
            right = Selected([quarter for quarter in quarters if low <= value_at(quarter) <= high], columns)
        if faults:
            right = misranged(
                right,
                Selected(quarters, self.columns),
                is_end=lambda quarter, upper: value_at(quarter) == (high if upper else low),
                reversed_ends=low > high,
                faults=faults,
            )
        return self._rows(right.rows, right.columns)

    def _by_entry(self, selection: EntrySelection, now: float) -> Data | DataAccessResult:
        faults, quarters = self._faults(), self.quarters(now)
        to_entry = selection.to_entry or len(quarters)
        to_column = selection.to_column or len(self.columns)
        first = 0 if "selection-entry-counts-from-0" in faults else 1
        if selection.from_entry < first or not 1 <= selection.from_column <= to_column <= len(self.columns):
            return DataAccessResult.SCOPE_OF_ACCESS_VIOLATED
        right = Selected(
            quarters[selection.from_entry - first : to_entry + 1 - first],
            self.columns[selection.from_column - 1 : to_column],
        )
        if faults:
            right = misentered(right, Selected(quarters, self.columns), selection, faults)
        return self._rows(right.rows, right.columns)

    def _reset(self, _session: Session, now: float, parameters: Data | None) -> MethodOutcome:
        if parameters is None or parameters.type is not DataType.INTEGER:
            return MethodOutcome(ActionResult.TYPE_UNMATCHED)
        self._oldest = quarter_at(now) + 1
        return MethodOutcome(ActionResult.SUCCESS)


def _restricted_by(column: Column) -> tuple[Callable[[Data], float | None], Callable[[int], float]]:
    """How the ends of a range are read that a column restricts, and the value of that column in a row."""
    if column.name.class_id == ClassId.CLOCK:
        return seconds_of, lambda quarter: quarter * QUARTER_S
    return _number, lambda quarter: int(column.captured(quarter).value)


def _number(value: Data) -> int | None:
    return int(value.value) if value.type in _INTEGERS else None
