"""What faulty meters select of the buffer of a profile in place of what was asked for."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from conformance.meter.model.column import Column
from conformance.meter.model.selective import EntrySelection


@dataclass(frozen=True, slots=True)
class Selected:
    """Rows by their numbers, and columns."""

    rows: Sequence[int]
    columns: tuple[Column, ...]


def misranged(
    right: Selected,
    whole: Selected,
    *,
    is_end: Callable[[int, bool], bool],
    reversed_ends: bool,
    faults: frozenset[str],
) -> Selected:
    """The rows and columns that a meter with these defects gives by range.

    Args:
        right: what was asked for.
        whole: the whole buffer.
        is_end: whether a row has exactly the lower end (False) or the upper one (True) of the range.
        reversed_ends: from_value lies above to_value.
        faults: the defects.
    """
    rows, columns = right.rows, right.columns
    if "selection-range-excludes-upper-end" in faults:
        rows = [row for row in rows if not is_end(row, True)]
    if "selection-range-loses-first-row" in faults:
        rows = [row for row in rows if not is_end(row, False)]
    if "selection-range-newest-first" in faults:
        rows = rows[::-1]
    if not right.rows and not reversed_ends and "selection-outside-answered-with-nearest-row" in faults:
        rows = whole.rows[-1:]
    if reversed_ends and "selection-reversed-range-gives-all" in faults:
        rows = whole.rows
    if "selection-range-ignored" in faults:
        rows = whole.rows
    if "selection-range-columns-ignored" in faults:
        columns = whole.columns
    return Selected(rows, columns)


def misentered(right: Selected, whole: Selected, asked: EntrySelection, faults: frozenset[str]) -> Selected:
    """The rows and columns that a meter with these defects gives by entry; `right` is what was asked for."""
    rows, columns = right.rows, right.columns
    if not asked.to_entry and "selection-entry-last-0-is-empty" in faults:
        rows = ()
    if asked.to_entry and "selection-entry-excludes-last" in faults:
        rows = whole.rows[max(0, asked.from_entry - 1) : asked.to_entry - 1]
    if asked.from_entry > len(whole.rows) and "selection-entry-beyond-answered-with-last" in faults:
        rows = whole.rows[-1:]
    if 0 < asked.to_entry < asked.from_entry and "selection-reversed-entries-give-all" in faults:
        rows = whole.rows
    if "selection-entry-newest-first" in faults:
        rows = rows[::-1]
    if not asked.to_column and "selection-last-column-0-is-one-column" in faults:
        columns = columns[:1]
    if "selection-entry-columns-ignored" in faults:
        columns = whole.columns
    return Selected(rows, columns)
