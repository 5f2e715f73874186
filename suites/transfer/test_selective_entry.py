"""Selective access to the buffer of a profile by entry: rows and columns by their numbers."""

from conformance.dlms.xdlms.conformance import ConformanceBit
from conformance.harness import entry_selections
from conformance.harness.applicability import Condition, always, logical_names, negotiates
from conformance.harness.case import Subtest, case, subtests
from conformance.harness.entry_selections import by_entry
from conformance.harness.range_selections import part
from conformance.harness.selection import Mechanism, Selection, selective_access
from conformance.harness.selective_access import judge_selection
from conformance.harness.trial import Trial
from conformance.tester.profile_rows import Buffer

_ROWS = "exactly the rows of the buffer that are asked for, in its order"
_NOTHING = "no rows, or a data-access-result, exception-response or service error"
_REFUSED = "a data-access-result, exception-response or service error, and no rows"
_BLOCKS = negotiates(ConformanceBit.BLOCK_TRANSFER_WITH_GET_OR_READ)
_GENERAL = logical_names & negotiates(ConformanceBit.GENERAL_BLOCK_TRANSFER)


def _first(buffer: Buffer) -> tuple[int, int]:
    return buffer.first_entry, buffer.first_entry


def _first_three(buffer: Buffer) -> tuple[int, int]:
    return buffer.first_entry, buffer.first_entry + 2


def _last(buffer: Buffer) -> tuple[int, int]:
    return buffer.entries, 0


def _all(buffer: Buffer) -> tuple[int, int]:
    return buffer.first_entry, 0


def _part(buffer: Buffer) -> tuple[int, int]:
    first, last = part(buffer)
    return buffer.first_entry + first, buffer.first_entry + last


def _past_the_end(buffer: Buffer) -> tuple[int, int]:
    return buffer.entries - 1, buffer.entries + 100


def _entry(
    number: int,
    title: str,
    selection: Selection,
    accepts: str = _ROWS,
    applies: Condition = always,
) -> Subtest:
    procedure = f"reads the buffer of targets.profile; then by entry: {title}"
    return Subtest(number, title, procedure=procedure, accepts=accepts, applies=applies, argument=selection)


@case(
    "X_SELECTIVE_ENTRY_P1",
    title="Selective access by entry",
    clause="IEC 62056-6-2, Profile generic, selective access to the buffer by entry",
    applies=selective_access,
    negative=False,
)
@subtests(
    _entry(1, "the first only", Selection(by_entry(_first))),
    _entry(2, "the first three", Selection(by_entry(_first_three))),
    _entry(3, "the last: to_entry 0", Selection(by_entry(_last))),
    _entry(4, "from the first to the end: to_entry 0", Selection(by_entry(_all))),
    _entry(5, "a part", Selection(by_entry(_part))),
    _entry(6, "a part, the second column only", Selection(by_entry(_part, (2, 2)))),
    _entry(7, "a part, from the second column on: to_selected_value 0", Selection(by_entry(_part, (2, 0)))),
    _entry(
        8,
        "the last two, and to_entry beyond them",
        Selection(by_entry(_past_the_end, tolerated=True)),
        f"{_ROWS}; or (tolerated) a refusal",
    ),
    _entry(9, "a part, in small blocks", Selection(by_entry(_part), Mechanism.SMALL_PDU), applies=_BLOCKS),
    _entry(10, "a part, in general blocks", Selection(by_entry(_part), Mechanism.GENERAL_BLOCKS), applies=_GENERAL),
)
def test_selective_entry_p1(subtest: Trial) -> None:
    """Entries and columns are counted from 1, both ends are included, and an upper end of 0 is the last one.

    What comes is held against the buffer that is read in the same subtest, as in X_SELECTIVE_RANGE_P1. Of a buffer with
    more than 1,000 entries the first one here is the first of the last 1,000, which are asked for by entry too: that
    those are the rows meant shows in X_SELECTIVE_RANGE_P1. Fewer than 5 entries do not suffice.
    """
    judge_selection(subtest)


@case(
    "X_SELECTIVE_ENTRY_N1",
    title="Selective access by entry, with parameters that make no sense",
    clause="IEC 62056-6-2, Profile generic, selective access to the buffer by entry",
    applies=selective_access,
)
@subtests(
    _entry(1, "beyond the end", Selection(entry_selections.beyond_the_end), _NOTHING),
    _entry(
        2, "from_entry 0", Selection(entry_selections.from_entry_0), f"{_NOTHING}; or (tolerated) the first two rows"
    ),
    _entry(3, "from_entry above to_entry", Selection(entry_selections.reversed_entries), _NOTHING),
    _entry(4, "from_selected_value above to_selected_value", Selection(entry_selections.reversed_columns), _NOTHING),
    _entry(
        5,
        "entries as long-unsigned",
        Selection(entry_selections.narrow_entries),
        f"{_REFUSED}; or (tolerated) the rows",
    ),
    _entry(6, "an entry_descriptor of two elements", Selection(entry_selections.incomplete_entries), _REFUSED),
)
def test_selective_entry_n1(subtest: Trial) -> None:
    """Entries that do not exist are refused, or give no rows; they never give rows that were not asked for.

    The standard names no error for it, so any is accepted. The association outlives it.
    """
    judge_selection(subtest)
    subtest.alive()
