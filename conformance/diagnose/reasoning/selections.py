"""Selective access to a profile against the whole buffer, where the exchange reads both."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from conformance.diagnose.reasoning.accessed import Accessed, Deed, Ledger
from conformance.diagnose.reasoning.exchange import Exchange
from conformance.diagnose.reasoning.statement import Evidence, Sign, Statement
from conformance.dlms.data.types import Data, DataType
from conformance.dlms.xdlms.attribute import AttributeDescriptor

_PROFILE: Final = 7
_BUFFER, _CAPTURED = 2, 3
_RANGE, _ENTRY = 1, 2
_DATE_TIME: Final = 12
_PATH: Final = "result"
Rows = tuple[tuple[Data, ...], ...]

DIFFERS: Final = Sign(
    "selection-differs",
    "A selection is not what the buffer holds",
    "The exchange reads the buffer as a whole and in part; the part has other rows, columns or another order than the "
    "selection asks for.",
    "The meter is at fault, unless the buffer grew in between: read it as a whole and select on your side.",
)
ILLEGAL: Final = Sign(
    "illegal-selection-served",
    "A selection that cannot be is served",
    "It names a column that is not captured, or values of a type that the column does not have.",
    "The meter is at fault.",
)


def explain(exchange: Exchange) -> Iterator[Statement]:
    """Every selection that does not fit the buffer."""
    buffers: dict[bytes, Rows] = {}
    captured: dict[bytes, tuple[tuple[Any, ...], ...]] = {}
    for entry in Ledger(exchange).entries:
        target = entry.target
        if not isinstance(target, AttributeDescriptor) or target.class_id != _PROFILE or entry.deed is not Deed.READ:
            continue
        name, rows = target.instance_id, _rows(entry.data)
        if target.attribute_id == _CAPTURED and rows is not None:
            captured[name] = tuple(tuple(item.value for item in row) for row in rows)
        elif target.attribute_id == _BUFFER and rows is not None:
            if entry.selection is None:
                buffers[name] = rows
            elif name in buffers:
                yield from _against(entry, rows, buffers[name], captured.get(name))


def _rows(data: Data | None) -> Rows | None:
    if data is None or data.type is not DataType.ARRAY:
        return None
    if not all(row.type is DataType.STRUCTURE for row in data.value):
        return None
    return tuple(row.value for row in data.value)


def _against(
    entry: Accessed, rows: Rows, buffer: Rows, captured: tuple[tuple[Any, ...], ...] | None
) -> Iterator[Statement]:
    selection = entry.selection
    if selection is None or selection.parameters.type is not DataType.STRUCTURE or not buffer:
        return
    asked: tuple[Data, ...] = selection.parameters.value
    due: Rows | None
    try:
        if selection.selector == _ENTRY:
            trouble, due = "", _entries(asked, buffer)
        elif selection.selector == _RANGE:
            due, trouble = _range(asked, buffer, captured)
        else:
            return
    except (TypeError, ValueError, IndexError, AttributeError):
        return
    if trouble:
        if rows:
            text = f"The selection {trouble}, and {len(rows)} rows come."
            yield entry.step.state(ILLEGAL, "error", Evidence.READ, _PATH, text, weight=6)
    elif due is not None and rows != due:
        text = f"The selection is to give {_shape(due)} and gives {_shape(rows)}{_how(rows, due)}."
        yield entry.step.state(DIFFERS, "error", Evidence.INFERRED, _PATH, text, weight=8)


def _shape(rows: Rows) -> str:
    columns = f" of {len(rows[0])} columns" if rows else ""
    return f"{len(rows)} rows{columns}"


def _how(rows: Rows, due: Rows) -> str:
    if rows == due[::-1]:
        return ", in the reverse order"
    if rows and rows == due[1:]:
        return ": the first is missing"
    if due and rows == due[:-1]:
        return ": the last is missing"
    return ""


def _entries(asked: tuple[Data, ...], buffer: Rows) -> Rows:
    """Rows from_entry to to_entry, columns from_selected_value to to_selected_value, all counted from 1; 0: the end."""
    first, last, left, right = (int(item.value) for item in asked)
    taken = buffer[max(first - 1, 0) : last or None] if not last or first <= last else ()
    return tuple(row[max(left - 1, 0) : right or None] for row in taken)


def _range(
    asked: tuple[Data, ...], buffer: Rows, captured: tuple[tuple[Any, ...], ...] | None
) -> tuple[Rows | None, str]:
    """Rows whose restricting value lies in the range, and the columns that are asked for; or what is wrong."""
    if captured is None:
        return None, ""
    column = _column(asked[0], captured)
    if column is None:
        return None, "names a restricting object that is not captured"
    low, high = asked[1], asked[2]
    sample = buffer[0][column]
    if low.type is not sample.type and not (_is_time(low) and _is_time(sample)):
        return None, f"gives {low.type.label} for a column of {sample.type.label}"
    wanted: list[int] | None = None
    if asked[3].value:
        found = [_column(item, captured) for item in asked[3].value]
        if any(place is None for place in found):
            return None, "asks for a column that is not captured"
        wanted = [place for place in found if place is not None]
    taken = [row for row in buffer if _key(low) <= _key(row[column]) <= _key(high)]
    if wanted is not None:
        taken = [tuple(row[place] for place in wanted) for row in taken]
    return tuple(taken), ""


def _column(item: Data, captured: tuple[tuple[Any, ...], ...]) -> int | None:
    name = tuple(part.value for part in item.value)
    return next((place for place, known in enumerate(captured) if known == name), None)


def _is_time(data: Data) -> bool:
    octets = data.value
    return data.type is DataType.DATE_TIME or (data.type is DataType.OCTET_STRING and len(octets) == _DATE_TIME)


def _key(data: Data) -> Any:
    """What values are ordered by: of a date-time year to second, without the day of the week."""
    if data.type is DataType.OCTET_STRING and len(data.value) == _DATE_TIME:
        return data.value[:4] + data.value[5:8]
    return data.value
