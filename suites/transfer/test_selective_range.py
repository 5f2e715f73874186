"""Selective access to the buffer of a profile by range: rows whose values lie between two others."""

from conformance.dlms.xdlms.conformance import ConformanceBit
from conformance.harness import range_selections
from conformance.harness.applicability import Condition, always, logical_names, negotiates
from conformance.harness.case import Subtest, case, subtests
from conformance.harness.range_selections import by_range, one, part, whole
from conformance.harness.selection import Mechanism, Selection, selective_access
from conformance.harness.selective_access import judge_selection
from conformance.harness.trial import Trial

_ROWS = "exactly the rows of the buffer that are asked for, in its order"
_NOTHING = "no rows, or a data-access-result, exception-response or service error"
_REFUSED = "a data-access-result, exception-response or service error, and no rows"
_BLOCKS = negotiates(ConformanceBit.BLOCK_TRANSFER_WITH_GET_OR_READ)
_GENERAL = logical_names & negotiates(ConformanceBit.GENERAL_BLOCK_TRANSFER)


def _range(
    number: int,
    title: str,
    selection: Selection,
    accepts: str = _ROWS,
    applies: Condition = always,
) -> Subtest:
    procedure = f"reads the buffer of targets.profile; then by range: {title}"
    return Subtest(number, title, procedure=procedure, accepts=accepts, applies=applies, argument=selection)


@case(
    "X_SELECTIVE_RANGE_P1",
    title="Selective access by range",
    clause="IEC 62056-6-2, Profile generic, selective access to the buffer by range",
    applies=selective_access,
    negative=False,
)
@subtests(
    _range(1, "from the first row to the last", Selection(by_range(whole))),
    _range(2, "a part", Selection(by_range(part))),
    _range(3, "from_value equal to to_value", Selection(by_range(one))),
    _range(4, "a part, two columns", Selection(by_range(part, columns=2))),
    _range(5, "a part, one column that does not restrict it", Selection(by_range(part, columns=1))),
    _range(6, "outside the buffer", Selection(range_selections.outside), "no rows, or (tolerated) a refusal"),
    _range(
        7,
        "a part, restricted by another object than the clock",
        Selection(by_range(part, other=True)),
        f"{_ROWS}; or (tolerated) a refusal",
    ),
    _range(8, "a part, in small blocks", Selection(by_range(part), Mechanism.SMALL_PDU), applies=_BLOCKS),
    _range(9, "a part, in general blocks", Selection(by_range(part), Mechanism.GENERAL_BLOCKS), applies=_GENERAL),
)
def test_selective_range_p1(subtest: Trial) -> None:
    """A range gives the rows whose value in the restricting column lies between two values, both included.

    What comes is held against the buffer that is read in the same subtest, row by row and in its order, whatever its
    sort_method: null-data that stands for a repeated value counts as that value. Where a row was captured meanwhile,
    all is read again. Of a buffer with more than 1,000 entries the last 1,000 are looked at, which are asked for by
    entry; subtest 1 then shows that both selectors mean the same rows. Ranges are restricted by the clock where there
    is one. A column that is not in order, as after the clock was set, may be answered with the run of rows between the
    two as well. Fewer than 5 entries do not suffice.
    """
    judge_selection(subtest)


@case(
    "X_SELECTIVE_RANGE_N1",
    title="Selective access by range, with parameters that make no sense",
    clause="IEC 62056-6-2, Profile generic, selective access to the buffer by range",
    applies=selective_access,
)
@subtests(
    _range(1, "from_value above to_value", Selection(range_selections.reversed_range), _NOTHING),
    _range(2, "a column that is not captured", Selection(range_selections.unknown_column), _REFUSED),
    _range(3, "from_value and to_value boolean", Selection(range_selections.wrong_type), _REFUSED),
    _range(
        4, "a restricting object that is not captured", Selection(range_selections.unknown_restricting_object), _REFUSED
    ),
    _range(5, "a range_descriptor of three elements", Selection(range_selections.incomplete_range), _REFUSED),
    _range(6, "access selector 200", Selection(range_selections.unknown_selector), _REFUSED),
)
def test_selective_range_n1(subtest: Trial) -> None:
    """A range that cannot be meant is refused, or gives no rows; it never gives rows that were not asked for.

    The standard names no error for it, so any is accepted. Under the tolerant profile a reversed range may give the
    rows between its ends, and an end of a wrong type or an unknown object no rows. The association outlives it.
    """
    judge_selection(subtest)
    subtest.alive()
