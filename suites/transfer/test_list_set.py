"""SET with list: several attributes written at once, one result for each, whole or in blocks."""

from collections.abc import Callable, Sequence

from conformance.device.model import Permission
from conformance.dlms.data import codec
from conformance.dlms.data.types import Data
from conformance.dlms.xdlms.attribute import AttributeDescriptor
from conformance.dlms.xdlms.conformance import ConformanceBit
from conformance.dlms.xdlms.datablock import DataBlock
from conformance.dlms.xdlms.sequence import encode_list
from conformance.dlms.xdlms.set import (
    SetRequestWithDatablock,
    SetRequestWithListAndFirstDatablock,
    SetResponseDatablock,
)
from conformance.harness.applicability import Condition, logical_names, negotiates, target
from conformance.harness.case import Subtest, Variants, case, subtests
from conformance.harness.list_writes import (
    Choose,
    Element,
    judge_list_not_written,
    judge_written_list,
    just_one,
    list_of,
    mixed,
    twice,
    values_of,
)
from conformance.harness.lists import opened_without, writing
from conformance.harness.refused_writes import RefusedWrite, judge_refused_write
from conformance.harness.trial import Trial
from conformance.tester.accepted_lists import no_results
from conformance.tester.accepted_services import access_error, exception
from conformance.tester.association import Association
from conformance.tester.block_transfer.client import BlockOptions
from conformance.tester.expectation import Expectation
from conformance.tester.high_level import INVOKE_ID_AND_PRIORITY
from conformance.tester.list_transfer import Listed, ask, results_of
from conformance.tester.reaction import Reply
from conformance.tester.seen import seen
from conformance.tester.stimulus import Stimulus, apdu

_CLAUSE = "IEC 62056-5-3, SET service, Set-Request-With-List"
_LISTS = logical_names & negotiates(ConformanceBit.SET, ConformanceBit.MULTIPLE_REFERENCES) & target("writable")
_BLOCKS = ConformanceBit.BLOCK_TRANSFER_WITH_SET_OR_WRITE
_GBT = ConformanceBit.GENERAL_BLOCK_TRANSFER
_REFUSED: Expectation = exception() | access_error()
_RESULTS = "one result for each attribute, in order; what was written is there"
_PARTS = 3
_SMALL_BLOCK = 64


def _whole(association: Association, elements: Sequence[Element]) -> Listed:
    return ask(association, list_of(elements))


def _in_general_blocks(association: Association, elements: Sequence[Element]) -> Listed:
    return ask(association, list_of(elements), BlockOptions(in_blocks=True, pdu_octets=_SMALL_BLOCK))


def _in_blocks(association: Association, elements: Sequence[Element]) -> Listed:
    """The values in three blocks of SET, each but the last acknowledged by its number."""
    selected = tuple([(item.reference, None) for item in elements if isinstance(item.reference, AttributeDescriptor)])
    raw = encode_list(codec.encode(item.value) for item in elements)
    size = -(-len(raw) // _PARTS)
    parts = [raw[start : start + size] for start in range(0, len(raw), size)]
    for number, part in enumerate(parts, 1):
        last = number == len(parts)
        block = DataBlock(last, number, part)
        if number == 1:
            octets = SetRequestWithListAndFirstDatablock(INVOKE_ID_AND_PRIORITY, selected, block).encode()
        else:
            octets = SetRequestWithDatablock(INVOKE_ID_AND_PRIORITY, block).encode()
        reaction = association.request(apdu(octets, f"SET with list, block {number} of {len(parts)}"))
        value = reaction.value if isinstance(reaction, Reply) else None
        acknowledged = isinstance(value, SetResponseDatablock) and value.block_number == number
        if last or not acknowledged:
            fault = "" if last else f"block {number} is not acknowledged: {seen(reaction)}"
            return Listed(reaction, results_of(reaction), fault, excess=association.excess_of(reaction))
    raise AssertionError


def _written(number: int, title: str, choose: Choose, told: str) -> Subtest:
    return Subtest(
        number,
        title,
        procedure=f"SET with list of {told}; reads targets.writable again, and puts it back",
        accepts=_RESULTS,
        permission=Permission.WRITES,
        argument=choose,
    )


@case(
    "X_LIST_SET_P1",
    title="SET with list",
    clause=_CLAUSE,
    applies=_LISTS,
    variants=Variants.EACH_PROTECTION,
)
@subtests(
    _written(1, "a list of one", just_one, "another value for targets.writable"),
    _written(2, "the same attribute twice", twice, "targets.writable twice: its own value, then another"),
    _written(3, "good and bad ones", mixed, "targets.writable between what no meter has and what may only be read"),
)
def test_list_set_p1(subtest: Trial) -> None:
    """A SET with list writes one attribute after the other, and has one result for each, whatever became of the others.

    What the attribute held is written back afterwards.
    """
    choose: Choose = subtest.argument  # type: ignore[assignment]
    association = subtest.association
    association.establish()
    judge_written_list(subtest, association, choose, _whole)


def _blocks(number: int, title: str, applies: Condition, told: str) -> Subtest:
    return Subtest(
        number,
        title,
        procedure=f"SET with list of targets.writable twice, the request {told}; reads it again, and puts it back",
        accepts=_RESULTS,
        applies=applies,
        permission=Permission.WRITES,
    )


@case(
    "X_LIST_SET_P2",
    title="SET with list, in blocks",
    clause=_CLAUSE,
    applies=_LISTS,
    variants=Variants.EACH_PROTECTION,
)
@subtests(
    _blocks(1, "in blocks of SET", negotiates(_BLOCKS), f"with its values in {_PARTS} blocks of SET"),
    _blocks(2, "in general blocks", negotiates(_GBT), f"in general blocks of {_SMALL_BLOCK} octets"),
)
def test_list_set_p2(subtest: Trial) -> None:
    """A SET with list may come in blocks: each is acknowledged by its number, the last answered with all results."""
    association = opened_without(subtest, *([_GBT] if subtest.number == 1 else []))
    judge_written_list(subtest, association, twice, _in_blocks if subtest.number == 1 else _in_general_blocks)


def _spoilt(number: int, title: str, make: Callable[[Stimulus, Data], Stimulus], *, none: bool = False) -> Subtest:
    return Subtest(
        number,
        title,
        expectation=_REFUSED | no_results() if none else _REFUSED,
        procedure=f"reads targets.writable, sends SET with list of another value: {title}; reads it again",
        permission=Permission.WRITES,
        argument=RefusedWrite(lambda valid, before: (make(valid, before),)),
    )


def _two(valid: Stimulus, before: Data) -> Stimulus:
    values = values_of(valid, before)
    return writing([values.target] * 2, [values.other] * 2)


def _counts(references: int, values: int) -> Callable[[Stimulus, Data], Stimulus]:
    def make(valid: Stimulus, before: Data) -> Stimulus:
        found = values_of(valid, before)
        return writing([found.target] * references, [found.other] * values)

    return make


@case(
    "X_LIST_SET_N1",
    title="Errors in SET with list",
    clause=_CLAUSE,
    applies=_LISTS,
    variants=Variants.EACH_PROTECTION,
)
@subtests(
    _spoilt(1, "a list of none", _counts(0, 0), none=True),
    _spoilt(2, "two attributes and one value", _counts(2, 1)),
    _spoilt(3, "one attribute and two values", _counts(1, 2)),
    _spoilt(4, "no values", _counts(1, 0)),
    _spoilt(5, "cut within the last value", lambda valid, before: _two(valid, before).truncated(-1)),
    _spoilt(6, "trailing octets", lambda valid, before: _two(valid, before).followed_by("0000")),
)
def test_list_set_n1(subtest: Trial) -> None:
    """A SET with list that is malformed, or whose lists differ in length, is refused, and nothing is written."""
    write = subtest.argument
    assert isinstance(write, RefusedWrite)
    judge_refused_write(subtest, write)


@case(
    "X_LIST_SET_N2",
    title="SET with list that was not negotiated",
    clause="IEC 62056-5-3, Conformance block, multiple-references",
    applies=logical_names & negotiates(ConformanceBit.SET) & target("writable"),
    variants=Variants.EACH_PROTECTION,
)
@subtests(
    Subtest(
        1,
        "a list of two",
        expectation=_REFUSED,
        procedure="opens without multiple-references, SET with list of targets.writable twice; reads it again",
        permission=Permission.WRITES,
    ),
)
def test_list_set_n2(subtest: Trial) -> None:
    """Where multiple-references was not proposed, a SET with list is refused, and nothing is written."""
    judge_list_not_written(
        subtest,
        lambda values: writing([values.target] * 2, [values.other] * 2),
        _REFUSED,
        ConformanceBit.MULTIPLE_REFERENCES,
    )
