"""GET with list: several attributes at once, their results in order, and in blocks where they are long."""

from collections.abc import Callable, Sequence

from conformance.dlms.xdlms.attribute import AttributeDescriptor
from conformance.dlms.xdlms.conformance import ConformanceBit
from conformance.harness.applicability import Condition, logical_names, negotiates
from conformance.harness.case import Subtest, Variants, case, subtests
from conformance.harness.lists import (
    Held,
    Reference,
    asking,
    judge_count,
    judge_results,
    of_length,
    opened_small,
    opened_without,
    readable,
    singly,
    unknown,
)
from conformance.harness.trial import Trial
from conformance.tester.accepted_lists import no_results
from conformance.tester.accepted_services import access_error, exception
from conformance.tester.association import Association
from conformance.tester.block_transfer.client import BlockOptions
from conformance.tester.expectation import Expectation
from conformance.tester.high_level import ASSOCIATION_LN
from conformance.tester.list_transfer import ask
from conformance.tester.stimulus import Stimulus

_CLAUSE = "IEC 62056-5-3, GET service, Get-Request-With-List"
_LISTS = logical_names & negotiates(ConformanceBit.GET, ConformanceBit.MULTIPLE_REFERENCES)
_BLOCKS = ConformanceBit.BLOCK_TRANSFER_WITH_GET_OR_READ
_GBT = ConformanceBit.GENERAL_BLOCK_TRANSFER
_REFUSED: Expectation = exception() | access_error()
_IN_ORDER = "one result for each attribute, in the order of the request, each as a single GET gives it"
_LONG = 40
_TEN = 10
_COUNT = "get-request.attribute-descriptor-list.count"
_ITS_NAMES = [AttributeDescriptor(15, ASSOCIATION_LN, 1)]

Choose = Callable[[Trial], Sequence[Reference]]


def _list_of(count: int) -> Stimulus:
    """A list that names the current association's logical_name so many times."""
    return asking(_ITS_NAMES * count)


def _one(subtest: Trial) -> Sequence[Reference]:
    return readable(subtest)[:1]


def _ten(subtest: Trial) -> Sequence[Reference]:
    return of_length(readable(subtest), _TEN)


def _twice(subtest: Trial) -> Sequence[Reference]:
    found = readable(subtest)
    return [found[0], found[-1], found[0]]


def _mixed(subtest: Trial) -> Sequence[Reference]:
    found = readable(subtest)
    nothing, denied = unknown(subtest), subtest.settings.targets.not_readable
    return [found[0], nothing, found[-1], *([denied] if denied is not None else []), nothing, found[0]]


def _all_bad(subtest: Trial) -> Sequence[Reference]:
    return [unknown(subtest)] * 3


def _long(subtest: Trial) -> Sequence[Reference]:
    return of_length([*readable(subtest), unknown(subtest)], _LONG)


def judge_asked(
    subtest: Trial, association: Association, references: Sequence[Reference], options: BlockOptions | None = None
) -> None:
    """Read each by itself, then all at once, then each again, and compare."""
    before = singly(subtest, association, references)
    with subtest.step(f"the list of {len(references)}"):
        listed = ask(association, asking(references), options)
    after = singly(subtest, association, references)
    held = {item: Held(before[item], after[item]) for item in before}
    judge_results(subtest, references, listed, held)


def _list(number: int, title: str, choose: Choose, told: str) -> Subtest:
    return Subtest(
        number,
        title,
        procedure=f"reads attributes one by one, then by GET with list: {told}; then one by one again",
        accepts=_IN_ORDER,
        argument=choose,
    )


@case(
    "X_LIST_GET_P1",
    title="GET with list",
    clause=_CLAUSE,
    applies=_LISTS,
    variants=Variants.EACH_PROTECTION,
)
@subtests(
    _list(1, "a list of one", _one, "one attribute"),
    _list(2, "a list of ten", _ten, "ten attributes"),
    _list(3, "the same attribute twice", _twice, "the first attribute once more at the end"),
    _list(4, "good and bad ones", _mixed, "attributes that can be read between some that no meter has"),
    _list(5, "bad ones only", _all_bad, "an attribute that no meter has, three times"),
)
def test_list_get_p1(subtest: Trial) -> None:
    """A GET with list has one result for each attribute, in order; one that cannot be read does not spoil the others.

    Of attributes that cannot be read, any data-access-result but success is accepted. Values may have counted on
    between the single reads before and after the list.
    """
    choose: Choose = subtest.argument  # type: ignore[assignment]
    association = subtest.association
    association.establish()
    judge_asked(subtest, association, choose(subtest))


def _blocks(number: int, title: str, applies: Condition, procedure: str) -> Subtest:
    return Subtest(number, title, procedure=procedure, accepts=_IN_ORDER + ", joined from blocks", applies=applies)


@case(
    "X_LIST_GET_P2",
    title="GET with list, longer than the PDU",
    clause=_CLAUSE,
    applies=_LISTS,
    variants=Variants.EACH_PROTECTION,
)
@subtests(
    _blocks(
        1,
        "in blocks of GET",
        negotiates(_BLOCKS),
        f"opens with a small PDU and without general-block-transfer, asks for {_LONG} attributes at once",
    ),
    _blocks(
        2,
        "in general blocks",
        negotiates(_GBT),
        f"opens with a small PDU, asks for {_LONG} attributes at once in general-block-transfer",
    ),
    Subtest(
        3,
        "without any blocks",
        procedure=f"opens with a small PDU and without block transfer, asks for {_LONG} attributes at once",
        accepts="an exception-response, or one result for each attribute, errors among them; alive",
    ),
)
def test_list_get_p2(subtest: Trial) -> None:
    """A list of results that is longer than the client's PDU comes in blocks, and joined it is the whole list.

    Where no block transfer was negotiated, the results cannot be told: that is an error, and never part of a list.
    """
    references = _long(subtest)
    if subtest.number == 1:
        judge_asked(subtest, opened_small(subtest, _GBT), references)
        return
    if subtest.number == 2:
        judge_asked(subtest, opened_small(subtest), references, BlockOptions(in_blocks=True))
        return
    association = opened_small(subtest, _GBT, _BLOCKS)
    listed = ask(association, asking(references))
    if listed.results is None:
        subtest.judge(listed.reaction, _REFUSED)
    else:
        judge_count(subtest, len(references), listed)
    subtest.alive()


@case(
    "X_LIST_GET_N1",
    title="Errors in GET with list",
    clause=_CLAUSE,
    applies=_LISTS,
    variants=Variants.EACH_PROTECTION,
)
@subtests(
    Subtest(1, "a list of none", _list_of(0), _REFUSED | no_results()),
    Subtest(2, "a count of one too many", _list_of(2).altered(_COUNT, "03"), _REFUSED),
    Subtest(3, "a count of one too few", _list_of(2).altered(_COUNT, "01"), _REFUSED),
    Subtest(4, "a count of 255 in one octet that is none", _list_of(2).altered(_COUNT, "FF"), _REFUSED),
    Subtest(5, "cut within the second attribute", _list_of(2).truncated(-4), _REFUSED),
    Subtest(6, "trailing octets", _list_of(2).followed_by("0000"), _REFUSED),
)
def test_list_get_n1(subtest: Trial) -> None:
    """A GET with list that is malformed is refused, and so is one of no attributes, or it has no results.

    The association outlives all of them.
    """
    subtest.association.establish()
    subtest.judge(subtest.association.request(subtest.stimulus))
    subtest.alive()


@case(
    "X_LIST_GET_N2",
    title="GET with list that was not negotiated",
    clause="IEC 62056-5-3, Conformance block, multiple-references",
    applies=logical_names & negotiates(ConformanceBit.GET),
    variants=Variants.EACH_PROTECTION,
)
@subtests(
    Subtest(1, "a list of two", _list_of(2), _REFUSED),
    Subtest(2, "a list of one", _list_of(1), _REFUSED),
)
def test_list_get_n2(subtest: Trial) -> None:
    """Where multiple-references was not proposed, a GET with list is refused, and the association outlives it."""
    opened_without(subtest, ConformanceBit.MULTIPLE_REFERENCES)
    subtest.judge(subtest.association.request(subtest.stimulus))
    subtest.alive()
