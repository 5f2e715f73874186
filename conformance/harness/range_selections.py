"""The selections by range that the cases make of whatever buffer they find, well-formed and not."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from conformance.dlms.data.types import Data, DataType
from conformance.dlms.data.values import array, boolean, octet_string, structure
from conformance.harness.profile_buffer import entries_access
from conformance.harness.selection import NO_ROWS, RANGE, Asked, CannotSelect, Expected, Refusal, projected, told
from conformance.tester.profile_rows import Buffer, beyond

_NOWHERE = octet_string(b"\xff" * 6)
"""Logical name of no object."""
_UNKNOWN_SELECTOR = 200

Ends = tuple[int, int]
"""Indices of the first and the last row."""


def whole(buffer: Buffer) -> Ends:
    """All the rows."""
    return 0, len(buffer.rows) - 1


def part(buffer: Buffer) -> Ends:
    """Rows from the middle: neither the first nor the last is among them."""
    most = len(buffer.rows)
    return max(1, most // 3), min(most - 2, max(most // 3 + 1, 2 * most // 3))


def one(buffer: Buffer) -> Ends:
    """One row in the middle."""
    return len(buffer.rows) // 2, len(buffer.rows) // 2


def by_range(ends: Callable[[Buffer], Ends], *, other: bool = False, columns: int = 0) -> Callable[[Buffer], Asked]:
    """A range whose ends are values of two rows.

    Args:
        ends: which rows.
        other: it is not the clock that restricts it, and a meter may refuse that under the tolerant profile.
        columns: 0 all, 1 one that does not restrict the range, 2 that one and the restricting one.
    """

    def make(buffer: Buffer) -> Asked:
        column = _restricting(buffer, other=other)
        wanted = _columns(buffer, column, columns)
        low, high = sorted(ends(buffer), key=lambda row: _keys(buffer, column)[row])
        parameters = range_access(buffer, column, _value(buffer, column, low), _value(buffer, column, high), wanted)
        accepted = _between(buffer, column, low, high, wanted or range(len(buffer.columns)))
        return _asked(buffer, parameters, wanted, accepted, Refusal.TOLERATED if other else Refusal.NEVER)

    return make


def outside(buffer: Buffer) -> Asked:
    """A range in which no row lies."""
    column = _restricting(buffer)
    value = beyond([row[column].meant for row in buffer.rows])
    if value is None:
        raise CannotSelect("no value lies outside the rows: the buffer holds the whole range of its type")
    return _asked(buffer, range_access(buffer, column, value, value), (), (NO_ROWS,), Refusal.TOLERATED)


def reversed_range(buffer: Buffer) -> Asked:
    """A range whose from_value lies above its to_value."""
    column = _restricting(buffer)
    low, high = sorted(part(buffer), key=lambda row: _keys(buffer, column)[row])
    if _keys(buffer, column)[low] == _keys(buffer, column)[high]:
        raise CannotSelect("all rows have the same value in the restricting column")
    parameters = range_access(buffer, column, _value(buffer, column, high), _value(buffer, column, low))
    swapped = _between(buffer, column, low, high, range(len(buffer.columns)), tolerated=True)
    return _asked(buffer, parameters, (), (NO_ROWS, *swapped), Refusal.ACCEPTED)


def unknown_column(buffer: Buffer) -> Asked:
    """A range of a column that is not captured."""
    column = _restricting(buffer)
    first, last = (_value(buffer, column, row) for row in whole(buffer))
    definition = buffer.columns[column].definition
    parameters = structure(definition, first, last, array(_renamed(definition)))
    return _asked(buffer, parameters, (), (), Refusal.ACCEPTED)


def wrong_type(buffer: Buffer) -> Asked:
    """A range between two booleans."""
    column = _restricting(buffer)
    parameters = range_access(buffer, column, boolean(False), boolean(True))
    return _asked(buffer, parameters, (), (_tolerated_none(),), Refusal.ACCEPTED)


def unknown_restricting_object(buffer: Buffer) -> Asked:
    """A range that an object restricts which is not captured."""
    column = _restricting(buffer)
    first, last = (_value(buffer, column, row) for row in whole(buffer))
    parameters = structure(_renamed(buffer.columns[column].definition), first, last, array())
    return _asked(buffer, parameters, (), (_tolerated_none(),), Refusal.ACCEPTED)


def incomplete_range(buffer: Buffer) -> Asked:
    """A range_descriptor without its selected_values."""
    column = _restricting(buffer)
    first, last = (_value(buffer, column, row) for row in whole(buffer))
    return _asked(buffer, structure(buffer.columns[column].definition, first, last), (), (), Refusal.ACCEPTED)


def unknown_selector(buffer: Buffer) -> Asked:
    """An access selector that class 7 does not have."""
    parameters = entries_access(1, 2)
    return Asked(_UNKNOWN_SELECTOR, parameters, buffer.columns, buffer.capture_period_s, (), Refusal.ACCEPTED)


def range_access(buffer: Buffer, column: int, first: Data, last: Data, columns: Sequence[int] = ()) -> Data:
    """range_descriptor: the restricting object, both ends, and the columns; none stands for all."""
    wanted = array(*(buffer.columns[index].definition for index in columns))
    return structure(buffer.columns[column].definition, first, last, wanted)


def _asked(
    buffer: Buffer, parameters: Data, columns: Sequence[int], accepted: tuple[Expected, ...], refusal: Refusal
) -> Asked:
    shown = tuple(buffer.columns[index] for index in columns) or buffer.columns
    return Asked(RANGE, parameters, shown, buffer.capture_period_s, accepted, refusal)


def _restricting(buffer: Buffer, *, other: bool = False) -> int:
    """The column that restricts a range: the clock where there is one, or another one with an order."""
    best = buffer.restricting
    if best is None:
        raise CannotSelect("no column has values that can be put in order: no range can be given")
    if not other:
        return best
    candidates = (
        index
        for index, column in enumerate(buffer.columns)
        if index != best and not column.clock and len(set(buffer.keys(index) or ())) > 1
    )
    found = next(candidates, None)
    if found is None:
        raise CannotSelect("no other column than the clock has values that differ and can be put in order")
    return found


def _columns(buffer: Buffer, restricting: int, number: int) -> tuple[int, ...]:
    """Columns to be selected, in the order in which they are captured."""
    if not number:
        return ()
    last = len(buffer.columns) - 1
    chosen = last if last != restricting else last - 1
    if chosen < 0:
        raise CannotSelect("the profile has one column; 2 are needed")
    return (chosen,) if number == 1 else tuple(sorted((restricting, chosen)))


def _keys(buffer: Buffer, column: int) -> list[int]:
    keys = buffer.keys(column)
    assert keys is not None  # noqa: S101 - the column was chosen because it has them
    return keys


def _value(buffer: Buffer, column: int, row: int) -> Data:
    return buffer.rows[row][column].meant


def _between(
    buffer: Buffer, column: int, low: int, high: int, columns: Sequence[int], *, tolerated: bool = False
) -> tuple[Expected, ...]:
    """The rows whose value lies between those of two rows, both included, in the order of the buffer.

    Where the column is not in order, as after the clock was set, a meter that finds the two rows and gives all between
    them is right too.
    """
    keys = _keys(buffer, column)
    inside = [row for row, key in zip(buffer.rows, keys, strict=True) if keys[low] <= key <= keys[high]]
    found = [Expected.of(told(len(inside), columns, buffer, tolerated), projected(inside, columns))]
    if keys not in (sorted(keys), sorted(keys, reverse=True)):
        run = buffer.rows[min(low, high) : max(low, high) + 1]
        found.append(Expected.of(f"the {len(run)} rows from one to the other", projected(run, columns)))
    return tuple(Expected(item.words, item.rows, item.count, tolerated) for item in found)


def _tolerated_none() -> Expected:
    return Expected.of("no rows (tolerated)", (), tolerated=True)


def _renamed(definition: Data) -> Data:
    """The same capture object, of an object that does not exist."""
    class_id, _, attribute, data_index = definition.value
    return Data(DataType.STRUCTURE, (class_id, _NOWHERE, attribute, data_index))
