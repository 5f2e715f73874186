"""The selections by entry that the cases make of whatever buffer they find, well-formed and not."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from conformance.dlms.data.types import Data
from conformance.dlms.data.values import double_long_unsigned, long_unsigned, structure
from conformance.harness.profile_buffer import entries_access
from conformance.harness.selection import ENTRY, NO_ROWS, Asked, CannotSelect, Expected, Refusal, projected, told
from conformance.tester.profile_rows import Buffer


def by_entry(
    rows: Callable[[Buffer], tuple[int, int]], columns: tuple[int, int] = (1, 0), *, tolerated: bool = False
) -> Callable[[Buffer], Asked]:
    """Entries by number.

    Args:
        rows: numbers of the first and the last entry as they are sent; the last may be 0.
        columns: numbers of the first and the last column as they are sent; the last may be 0.
        tolerated: a refusal passes under the tolerant profile.
    """

    def make(buffer: Buffer) -> Asked:
        first, last = rows(buffer)
        from_column, to_column = columns[0], columns[1] or len(buffer.columns)
        if to_column > len(buffer.columns):
            raise CannotSelect(f"the profile has {len(buffer.columns)} columns; {to_column} are needed")
        wanted = range(from_column - 1, to_column)
        found = buffer.rows[first - buffer.first_entry : last - buffer.first_entry + 1 if last else None]
        expected = Expected.of(told(len(found), wanted, buffer), projected(found, wanted))
        refusal = Refusal.TOLERATED if tolerated else Refusal.NEVER
        return _entries(buffer, entries_access(first, last, *columns), (expected,), refusal, wanted)

    return make


def beyond_the_end(buffer: Buffer) -> Asked:
    """Entries that are not there."""
    parameters = entries_access(buffer.entries + 1000, buffer.entries + 1002)
    return _entries(buffer, parameters, (NO_ROWS,), Refusal.ACCEPTED)


def from_entry_0(buffer: Buffer) -> Asked:
    """Entries from 0 to 2, though they are counted from 1."""
    words = "the first two rows (tolerated)"
    known = buffer.rows[:2] if buffer.first_entry == 1 else None
    as_from_1 = Expected(words, known, 2, tolerated=True)
    return _entries(buffer, entries_access(0, 2), (NO_ROWS, as_from_1), Refusal.ACCEPTED)


def reversed_entries(buffer: Buffer) -> Asked:
    """A from_entry above to_entry."""
    return _entries(
        buffer, entries_access(buffer.first_entry + 3, buffer.first_entry + 1), (NO_ROWS,), Refusal.ACCEPTED
    )


def reversed_columns(buffer: Buffer) -> Asked:
    """A from_selected_value above to_selected_value."""
    if len(buffer.columns) < 2:
        raise CannotSelect("the profile has one column; 2 are needed")
    parameters = entries_access(buffer.first_entry, buffer.first_entry + 1, 2, 1)
    return _entries(buffer, parameters, (NO_ROWS,), Refusal.ACCEPTED)


def narrow_entries(buffer: Buffer) -> Asked:
    """from_entry and to_entry as long-unsigned, where double-long-unsigned is due."""
    first = min(buffer.first_entry, 0xFF00)
    parameters = structure(long_unsigned(first), long_unsigned(first + 1), long_unsigned(1), long_unsigned(0))
    meant = Expected.of("the rows meant (tolerated)", buffer.rows[:2], tolerated=True)
    known = (meant,) if first == buffer.first_entry else ()
    return _entries(buffer, parameters, known, Refusal.ACCEPTED)


def incomplete_entries(buffer: Buffer) -> Asked:
    """An entry_descriptor without its columns."""
    parameters = structure(double_long_unsigned(buffer.first_entry), double_long_unsigned(buffer.first_entry + 1))
    return _entries(buffer, parameters, (), Refusal.ACCEPTED)


def _entries(
    buffer: Buffer,
    parameters: Data,
    accepted: tuple[Expected, ...],
    refusal: Refusal,
    columns: Sequence[int] = (),
) -> Asked:
    shown = tuple(buffer.columns[index] for index in columns) or buffer.columns
    return Asked(ENTRY, parameters, shown, buffer.capture_period_s, accepted, refusal)
