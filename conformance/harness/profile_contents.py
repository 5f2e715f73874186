"""Whether a profile is what its attributes say of it: its capture objects, its rows, its number, order and period."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from conformance.cosem.class_tables import class_version
from conformance.cosem.listed_objects import ListedObject
from conformance.cosem.names import ClassId
from conformance.cosem.obis import text_of
from conformance.cosem.value_check import faults_of
from conformance.device.model import Acceptance
from conformance.dlms.data.scalars import INTEGERS
from conformance.dlms.data.types import Data, DataType
from conformance.dlms.xdlms.attribute import SelectiveAccess
from conformance.dlms.xdlms.conformance import ConformanceBit
from conformance.dlms.xdlms.enumerations import DataAccessResult
from conformance.harness.listed_values import ListedValues, Served
from conformance.harness.profile_buffer import entries_access
from conformance.harness.selection import ENTRY
from conformance.tester.profile_rows import Column, NoRows, Row, columns_of, key_of, rows_of

ProfileQuestion = Callable[[ListedValues, ListedObject], None]
WHOLE = 200
"""A buffer of no more entries is read whole."""
_ROWS = 8
"""Of a longer one, so many of its last."""
_MOST_COLUMNS = 200
_BUFFER, _CAPTURE_OBJECTS, _CAPTURE_PERIOD, _SORT_METHOD, _SORT_OBJECT, _ENTRIES_IN_USE, _ENTRIES = range(2, 9)
_ORDERED_BY_VALUE = (3, 4, 5, 6)
_HUNDREDTHS = 100
_DENIED = (DataAccessResult.READ_WRITE_DENIED, DataAccessResult.SCOPE_OF_ACCESS_VIOLATED)
_STATUS_C, _STATUS_D = 96, 10
"""Value groups C and D of the status of a profile (IEC 62056-6-1, abstract objects)."""


@dataclass(frozen=True, slots=True)
class Read:
    """Rows of a buffer.

    Attributes:
        served: the value that holds them.
        rows: of the buffer.
        whole: they are all that there are.
    """

    served: Served
    rows: tuple[Row, ...]
    whole: bool


def judge_profiles(values: ListedValues, question: ProfileQuestion) -> None:
    """Ask a question of every profile of the association.

    Raises:
        Inapplicable: there is none.
    """
    for listed in values.needed(ClassId.PROFILE_GENERIC, "Profile generic"):
        with values.subtest.each(str(listed)):
            question(values, listed)


def judge_capture_objects(values: ListedValues, listed: ListedObject) -> None:
    """Each capture object is an attribute of an object of the object_list.

    One that the list has not passes when that is tolerated and the meter serves it all the same, or denies it: other
    clients may see it.
    """
    served, columns = _columns(values, listed)
    for number, column in enumerate(columns):
        class_id, name, index = _reference(column)
        what = f"capture object {number + 1}, class {class_id} {text_of(name)} attribute {index}"
        found = values.named(class_id, name)
        path = f".element[{number}]"
        if found is None:
            values.check(
                _served_unlisted(values, class_id, name, index),
                served,
                f"{what} is in the object_list",
                f"{what} is not in the object_list",
                path,
            )
            continue
        version = class_version(found.class_id, found.version)
        known = version is None or index <= 0 or version.attribute(index) is not None
        values.check(known, served, f"{what}: an attribute of the class", f"{what}: the class has none", path)
    values.check(True, served, "capture objects that exist", f"{len(columns)} capture objects, all there")


def judge_columns(values: ListedValues, listed: ListedObject) -> None:
    """Rows have a value for each capture object, of its attribute's type, a status of bits, and go by the period."""
    _, columns = _columns(values, listed)
    period = _integer(values, listed, _CAPTURE_PERIOD, "capture_period")
    read = _rows(values, listed, columns, period or 0)
    for number, row in enumerate(read.rows):
        for column, cell in enumerate(row):
            if cell.raw.type is not DataType.NULL_DATA:
                _judge_cell(values, read.served, columns[column], cell.raw, (number, column))
    off_period = _off_period(columns, read.rows, period or 0)
    if period and off_period is not None:
        wrong, of = off_period
        strict = values.subtest.bench.device.acceptance is Acceptance.STRICT
        fits = not wrong or (not strict and 2 * wrong < of)
        observed = f"{wrong} of {of} differences of the clock column are no multiple of capture_period {period} s"
        values.check(fits, read.served, f"rows at multiples of capture_period {period} s", observed)
    values.check(
        True, read.served, "rows that fit the capture objects", f"{len(read.rows)} rows of {len(columns)} values"
    )


def judge_entries(values: ListedValues, listed: ListedObject) -> None:
    """entries_in_use is the number of rows, and no more than profile_entries."""
    _, columns = _columns(values, listed)
    before = _integer(values, listed, _ENTRIES_IN_USE, "entries_in_use")
    most = _integer(values, listed, _ENTRIES, "profile_entries")
    if before is None:
        values.subtest.inconclusive(f"{listed}: entries_in_use may not be read")
    values.subtest.check(
        most is None or before <= most,
        expected=f"entries_in_use no more than profile_entries, {most}",
        observed=f"{listed}: entries_in_use {before}",
    )
    first = 1 if before <= WHOLE else before - _ROWS + 1
    whole = before <= WHOLE
    access = None if whole else SelectiveAccess(ENTRY, entries_access(first, 0))
    if access is not None and not _by_entry(values, listed):
        values.subtest.inconclusive(f"{listed}: the buffer of {before} entries cannot be read in part")
    served = _buffer(values, listed, access)
    rows = len(_parsed(values, listed, served, columns, 0))
    after = _integer(values, listed, _ENTRIES_IN_USE, "entries_in_use") or 0
    # A row may be captured meanwhile; a full buffer drops its first one then.
    fits = min(before, after) <= first - 1 + rows <= max(before, after)
    asked = "the buffer" if whole else f"entry {first} to the last"
    values.check(
        fits, served, f"entries_in_use {before}: {before - first + 1} rows", f"{listed}: {asked} has {rows} rows"
    )


def judge_sort_object(values: ListedValues, listed: ListedObject) -> None:
    """sort_object is one of the capture objects; in a buffer by arrival it may name nothing."""
    _, columns = _columns(values, listed)
    method = _integer(values, listed, _SORT_METHOD, "sort_method")
    served = values.served(listed, _SORT_OBJECT)
    if served is None or method is None:
        values.subtest.inconclusive(f"{listed}: sort_method and sort_object may not be read")
    sorting = _column(served.data)
    nothing = method not in _ORDERED_BY_VALUE and (sorting is None or _reference(sorting)[0] == 0)
    known = sorting is not None and _reference(sorting) in map(_reference, columns)
    values.check(known or nothing, served, f"{listed}: a sort_object among the {len(columns)} capture_objects")


def _columns(values: ListedValues, listed: ListedObject) -> tuple[Served, tuple[Column, ...]]:
    served = values.served(listed, _CAPTURE_OBJECTS)
    if served is None:
        values.subtest.inconclusive(f"{listed}: capture_objects may not be read")
    try:
        columns = columns_of(served.data)
    except NoRows as wrong:
        values.subtest.inconclusive(f"{listed}: {wrong}")
    return served, columns[:_MOST_COLUMNS]


def _reference(column: Column) -> tuple[int, bytes, int]:
    class_id, name, index, _ = column.definition.value
    return class_id.value, bytes(name.value) if name.type is DataType.OCTET_STRING else b"", index.value


def _column(definition: Data) -> Column | None:
    try:
        return Column.of(definition)
    except NoRows:
        return None


def _served_unlisted(values: ListedValues, class_id: int, name: bytes, index: int) -> bool:
    subtest = values.subtest
    if subtest.settings.short_names or subtest.bench.device.acceptance is Acceptance.STRICT or len(name) != 6:
        return False
    result = values.read(ListedObject(class_id, 0, name), index).result
    return isinstance(result, Data) or result in _DENIED


def _integer(values: ListedValues, listed: ListedObject, index: int, what: str) -> int | None:
    served = values.served(listed, index)
    if served is None:
        return None
    if not isinstance(served.data.value, int):
        values.check(False, served, f"{listed}: {what} is a number")
    return int(served.data.value)


def _rows(values: ListedValues, listed: ListedObject, columns: Sequence[Column], period: int) -> Read:
    """All rows of a short buffer, else the last ones by entry.

    Raises:
        Inconclusive: the buffer is long, and not to be had in part.
    """
    entries = _integer(values, listed, _ENTRIES_IN_USE, "entries_in_use")
    if entries is None or entries > WHOLE:
        if not _by_entry(values, listed):
            values.subtest.inconclusive(f"{listed}: the buffer is long, and cannot be read in part")
        first = 1 if entries is None else entries - _ROWS + 1
        served = _buffer(values, listed, SelectiveAccess(ENTRY, entries_access(first, first + _ROWS - 1)))
        return Read(served, _parsed(values, listed, served, columns, period), False)
    served = _buffer(values, listed, None)
    return Read(served, _parsed(values, listed, served, columns, period), True)


def _by_entry(values: ListedValues, listed: ListedObject) -> bool:
    rights, settings = listed.attribute_rights.get(_BUFFER), values.subtest.settings
    selective = ConformanceBit.PARAMETERIZED_ACCESS if settings.short_names else ConformanceBit.SELECTIVE_ACCESS
    return rights is not None and ENTRY in rights.selectors and selective in settings.conformance


def _buffer(values: ListedValues, listed: ListedObject, access: SelectiveAccess | None) -> Served:
    served = values.served(listed, _BUFFER, access)
    if served is None:
        values.subtest.inconclusive(f"{listed}: the buffer may not be read")
    return served


def _parsed(
    values: ListedValues, listed: ListedObject, served: Served, columns: Sequence[Column], period: int
) -> tuple[Row, ...]:
    try:
        return rows_of(served.data, columns, period)
    except NoRows as wrong:
        values.check(False, served, f"rows of {len(columns)} values, one for each capture object", f"{listed}: {wrong}")
        return ()


def _judge_cell(values: ListedValues, served: Served, column: Column, cell: Data, place: tuple[int, int]) -> None:
    class_id, name, index = _reference(column)
    row, position = place
    what = f"row {row + 1} column {position + 1}, class {class_id} {text_of(name)} attribute {index}"
    path = f".element[{row}].element[{position}]"
    if name[2:4] == bytes((_STATUS_C, _STATUS_D)) and class_id == ClassId.DATA:
        flags = cell.type in INTEGERS or cell.type is DataType.BIT_STRING
        values.check(flags, served, f"{what}: a status, an integer or a bit-string", f"{what}: {cell.type.label}", path)
    listed = values.named(class_id, name)
    version = None if listed is None else class_version(class_id, listed.version)
    definition = None if version is None else version.attribute(index)
    if definition is None or column.definition.value[3].value or (column.clock and cell.type is DataType.DATE_TIME):
        return
    faults = faults_of(cell, definition.type, definition.name)
    values.check(not faults, served, f"{what}: {definition.type_text}", f"{what}: {faults[0]}" if faults else "", path)


def _off_period(columns: Sequence[Column], rows: Sequence[Row], period: int) -> tuple[int, int] | None:
    """How many differences between rows are no multiple of the period, and of how many; None without two moments."""
    clock = next((index for index, column in enumerate(columns) if column.clock), None)
    if clock is None or not period:
        return None
    moments = [moment for moment in (key_of(row[clock].meant) for row in rows) if moment is not None]
    differences = [later - earlier for earlier, later in pairwise(moments)]
    wrong = sum(1 for difference in differences if difference % (period * _HUNDREDTHS))
    return (wrong, len(differences)) if differences else None
