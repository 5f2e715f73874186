"""What the embedded meter can be made to do wrong when only a part of a profile is asked for."""

from __future__ import annotations

from typing import Final

from conformance.meter.defect import Defect

SELECTIVE_DEFECTS: Final = (
    Defect(
        "selection-range-excludes-upper-end",
        "A range leaves out the row at to_value.",
        ("X_SELECTIVE_RANGE_P1",),
        "The loop over the rows compares with less than; the standard includes both ends.",
    ),
    Defect(
        "selection-range-loses-first-row",
        "A range leaves out the row at from_value.",
        ("X_SELECTIVE_RANGE_P1",),
        "The search for the first row stops behind the one that it has found.",
    ),
    Defect(
        "selection-range-newest-first",
        "The rows of a range come the newest first, those of the buffer the oldest first.",
        ("X_SELECTIVE_RANGE_P1",),
        "The rows are looked for from the newest backwards, and sent as they are found.",
    ),
    Defect(
        "selection-range-ignored",
        "Whatever the range, the whole buffer comes.",
        ("X_SELECTIVE_RANGE_P1", "X_SELECTIVE_RANGE_N1"),
        "The access selection is skipped while the request is read.",
    ),
    Defect(
        "selection-range-columns-ignored",
        "A range gives all columns, whichever are asked for.",
        ("X_SELECTIVE_RANGE_P1",),
        "selected_values is read and never looked at.",
    ),
    Defect(
        "selection-outside-answered-with-nearest-row",
        "A range in which nothing lies gives the newest row.",
        ("X_SELECTIVE_RANGE_P1",),
        "The index of the search is clamped to the buffer.",
    ),
    Defect(
        "selection-reversed-range-gives-all",
        "A range whose from_value lies above its to_value gives the whole buffer.",
        ("X_SELECTIVE_RANGE_N1",),
        "A range that makes no sense is taken for none.",
    ),
    Defect(
        "selection-unknown-column-gives-all",
        "A range of a column that is not captured gives all columns.",
        ("X_SELECTIVE_RANGE_N1",),
        "The list of columns found stays empty, and an empty list means all.",
    ),
    Defect(
        "selection-unknown-restricting-object-is-clock",
        "A range of an object that is not captured is taken as one of the clock.",
        ("X_SELECTIVE_RANGE_N1",),
        "Only the clock is supported, so that nobody asks which object is named.",
    ),
    Defect(
        "selection-wrong-type-gives-all",
        "A range whose ends are of a type that the restricting object has not gives the whole buffer.",
        ("X_SELECTIVE_RANGE_N1",),
        "Ends that cannot be converted count as not given.",
    ),
    Defect(
        "selection-entry-counts-from-0",
        "Entries are counted from 0.",
        ("X_SELECTIVE_ENTRY_P1", "X_SELECTIVE_ENTRY_N1"),
        "from_entry goes into the array as its index.",
    ),
    Defect(
        "selection-entry-last-0-is-empty",
        "to_entry 0 gives no rows.",
        ("X_SELECTIVE_ENTRY_P1",),
        "0 is taken for a number that is below from_entry, not for the last entry.",
    ),
    Defect(
        "selection-entry-excludes-last",
        "The row of to_entry is left out.",
        ("X_SELECTIVE_ENTRY_P1",),
        "The upper end is taken as one behind the last.",
    ),
    Defect(
        "selection-entry-newest-first",
        "Rows by entry come the last first.",
        ("X_SELECTIVE_ENTRY_P1",),
        "The rows are put on a stack.",
    ),
    Defect(
        "selection-entry-columns-ignored",
        "Rows by entry have all columns, whichever are asked for.",
        ("X_SELECTIVE_ENTRY_P1",),
        "Only the first half of the entry_descriptor is read.",
    ),
    Defect(
        "selection-last-column-0-is-one-column",
        "to_selected_value 0 gives the first column only.",
        ("X_SELECTIVE_ENTRY_P1",),
        "0 is replaced by from_selected_value, not by the last column.",
    ),
    Defect(
        "selection-entry-beyond-answered-with-last",
        "Entries beyond the end give the last row.",
        ("X_SELECTIVE_ENTRY_N1",),
        "The index is clamped to the buffer.",
    ),
    Defect(
        "selection-reversed-entries-give-all",
        "A from_entry above to_entry gives the whole buffer.",
        ("X_SELECTIVE_ENTRY_N1",),
        "A selection that makes no sense is taken for none.",
    ),
)
