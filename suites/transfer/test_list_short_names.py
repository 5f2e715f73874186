"""Read and Write of several variables: one result for each, in order, and in blocks where they are long."""

from collections.abc import Callable, Sequence

from conformance.device.model import Permission
from conformance.dlms.data.types import Data
from conformance.dlms.xdlms.conformance import ConformanceBit
from conformance.dlms.xdlms.initiate import SN_VAA_NAME
from conformance.dlms.xdlms.read import ReadRequest
from conformance.dlms.xdlms.write import WriteRequest
from conformance.harness.applicability import negotiates, short_names, target
from conformance.harness.case import Subtest, Variants, case, subtests
from conformance.harness.list_writes import (
    Choose,
    judge_list_not_written,
    judge_written_list,
    just_one,
    list_of,
    mixed,
    twice,
    values_of,
)
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
    writing,
)
from conformance.harness.refused_writes import RefusedWrite, judge_refused_write
from conformance.harness.trial import Trial
from conformance.tester.accepted_lists import no_results
from conformance.tester.accepted_services import refused
from conformance.tester.association import Association
from conformance.tester.expectation import Expectation
from conformance.tester.list_transfer import ask
from conformance.tester.stimulus import Stimulus, apdu

_READS = short_names & negotiates(ConformanceBit.READ, ConformanceBit.MULTIPLE_REFERENCES)
_WRITES = short_names & negotiates(ConformanceBit.WRITE, ConformanceBit.MULTIPLE_REFERENCES) & target("writable")
_BLOCKS = ConformanceBit.BLOCK_TRANSFER_WITH_GET_OR_READ
_REFUSED: Expectation = refused()
_IN_ORDER = "one result for each variable, in the order of the request, each as a Read of it alone gives it"
_COUNT = "read-request.count"
_LONG = 40
_TEN = 10

Several = Callable[[Trial], Sequence[Reference]]


def _ten(subtest: Trial) -> Sequence[Reference]:
    return of_length(readable(subtest), _TEN)


def _twice(subtest: Trial) -> Sequence[Reference]:
    found = readable(subtest)
    return [found[0], found[-1], found[0]]


def _mixed(subtest: Trial) -> Sequence[Reference]:
    found, nothing = readable(subtest), unknown(subtest)
    return [found[0], nothing, found[-1], nothing, found[0]]


def _long(subtest: Trial) -> Sequence[Reference]:
    return of_length([*readable(subtest), unknown(subtest)], _LONG)


def _own_name(count: int) -> Stimulus:
    """A Read that names FA00 so many times."""
    return asking([SN_VAA_NAME] * count)


def _judge_asked(subtest: Trial, association: Association, references: Sequence[Reference]) -> None:
    before = singly(subtest, association, references)
    with subtest.step(f"the Read of {len(references)}"):
        listed = ask(association, asking(references))
    after = singly(subtest, association, references)
    judge_results(subtest, references, listed, {item: Held(before[item], after[item]) for item in before})


def _read(number: int, title: str, choose: Several, told: str) -> Subtest:
    return Subtest(
        number,
        title,
        procedure=f"reads variables one by one, then all at once: {told}; then one by one again",
        accepts=_IN_ORDER,
        argument=choose,
    )


@case(
    "X_LIST_READ_P1",
    title="Read of several variables",
    clause="IEC 62056-5-3, Read service",
    applies=_READS,
    variants=Variants.EACH_PROTECTION,
)
@subtests(
    _read(1, "ten variables", _ten, "ten variables"),
    _read(2, "the same variable twice", _twice, "the first variable once more at the end"),
    _read(3, "good and bad ones", _mixed, "variables that can be read between some that no meter has"),
)
def test_list_read_p1(subtest: Trial) -> None:
    """A Read has one result for each variable, in order; one that cannot be read does not spoil the others.

    Of variables that cannot be read, any data-access-error is accepted. Values may have counted on between the single
    reads before and after.
    """
    choose: Several = subtest.argument  # type: ignore[assignment]
    subtest.association.establish()
    _judge_asked(subtest, subtest.association, choose(subtest))


@case(
    "X_LIST_READ_P2",
    title="Read of several variables, longer than the PDU",
    clause="IEC 62056-5-3, Read service, block transfer",
    applies=_READS,
    variants=Variants.EACH_PROTECTION,
)
@subtests(
    Subtest(
        1,
        "in blocks",
        procedure=f"opens with a small PDU, asks for {_LONG} variables at once",
        accepts=_IN_ORDER + ", joined from blocks",
        applies=negotiates(_BLOCKS),
    ),
    Subtest(
        2,
        "without blocks",
        procedure=f"opens with a small PDU and without block transfer, asks for {_LONG} variables at once",
        accepts="a refusal, or one result for each variable, errors among them; alive",
    ),
)
def test_list_read_p2(subtest: Trial) -> None:
    """A list of results that is longer than the client's PDU comes in blocks, and joined it is the whole list."""
    references = _long(subtest)
    if subtest.number == 1:
        _judge_asked(subtest, opened_small(subtest), references)
        return
    association = opened_small(subtest, _BLOCKS)
    listed = ask(association, asking(references))
    if listed.results is None:
        subtest.judge(listed.reaction, _REFUSED)
    else:
        judge_count(subtest, len(references), listed)
    subtest.alive()


@case(
    "X_LIST_READ_N1",
    title="Errors in a Read of several variables",
    clause="IEC 62056-5-3, Read service",
    applies=_READS,
    variants=Variants.EACH_PROTECTION,
)
@subtests(
    Subtest(1, "no variables", apdu(ReadRequest(()).encode(), "Read of nothing"), _REFUSED | no_results()),
    Subtest(2, "a count of one too many", _own_name(2).altered(_COUNT, "03"), _REFUSED),
    Subtest(3, "a count of one too few", _own_name(2).altered(_COUNT, "01"), _REFUSED),
    Subtest(4, "cut within the second variable", _own_name(2).truncated(-1), _REFUSED),
    Subtest(5, "trailing octets", _own_name(2).followed_by("0000"), _REFUSED),
)
def test_list_read_n1(subtest: Trial) -> None:
    """A Read of several variables that is malformed is refused, and so is one of none, or it has no results."""
    subtest.association.establish()
    subtest.judge(subtest.association.request(subtest.stimulus))
    subtest.alive()


@case(
    "X_LIST_READ_N2",
    title="Read of several variables that was not negotiated",
    clause="IEC 62056-5-3, Conformance block, multiple-references",
    applies=short_names & negotiates(ConformanceBit.READ),
    variants=Variants.EACH_PROTECTION,
)
@subtests(Subtest(1, "two variables", _own_name(2), _REFUSED))
def test_list_read_n2(subtest: Trial) -> None:
    """Where multiple-references was not proposed, a Read of two variables is refused; the association outlives it."""
    association = opened_without(subtest, ConformanceBit.MULTIPLE_REFERENCES)
    subtest.judge(association.request(subtest.stimulus))
    subtest.alive()


def _write(number: int, title: str, choose: Choose, told: str) -> Subtest:
    return Subtest(
        number,
        title,
        procedure=f"Write of {told}; reads targets.writable again, and puts it back",
        accepts="one result for each variable, in order; what was written is there",
        permission=Permission.WRITES,
        argument=choose,
    )


@case(
    "X_LIST_WRITE_P1",
    title="Write of several variables",
    clause="IEC 62056-5-3, Write service",
    applies=_WRITES,
    variants=Variants.EACH_PROTECTION,
)
@subtests(
    _write(1, "one variable", just_one, "another value for targets.writable"),
    _write(2, "the same variable twice", twice, "targets.writable twice: its own value, then another"),
    _write(3, "good and bad ones", mixed, "targets.writable between what no meter has and what may only be read"),
)
def test_list_write_p1(subtest: Trial) -> None:
    """A Write writes one variable after the other, and has one result for each, whatever became of the others."""
    choose: Choose = subtest.argument  # type: ignore[assignment]
    association = subtest.association
    association.establish()
    judge_written_list(subtest, association, choose, lambda asked, elements: ask(asked, list_of(elements)))


def _spoilt(number: int, title: str, make: Callable[[Stimulus, Data], Stimulus], *, none: bool = False) -> Subtest:
    return Subtest(
        number,
        title,
        expectation=_REFUSED | no_results() if none else _REFUSED,
        procedure=f"reads targets.writable, sends Write of another value: {title}; reads it again",
        permission=Permission.WRITES,
        argument=RefusedWrite(lambda valid, before: (make(valid, before),)),
    )


def _nothing(_valid: Stimulus, _before: Data) -> Stimulus:
    return apdu(WriteRequest((), ()).encode(), "Write of nothing")


def _counts(variables: int, values: int) -> Callable[[Stimulus, Data], Stimulus]:
    def make(valid: Stimulus, before: Data) -> Stimulus:
        found = values_of(valid, before)
        return writing([found.target] * variables, [found.other] * values)

    return make


@case(
    "X_LIST_WRITE_N1",
    title="Errors in a Write of several variables",
    clause="IEC 62056-5-3, Write service",
    applies=_WRITES,
    variants=Variants.EACH_PROTECTION,
)
@subtests(
    _spoilt(1, "no variables", _nothing, none=True),
    _spoilt(2, "two variables and one value", _counts(2, 1)),
    _spoilt(3, "one variable and two values", _counts(1, 2)),
    _spoilt(4, "cut within the last value", lambda valid, before: _counts(2, 2)(valid, before).truncated(-1)),
    _spoilt(5, "trailing octets", lambda valid, before: _counts(2, 2)(valid, before).followed_by("0000")),
)
def test_list_write_n1(subtest: Trial) -> None:
    """A Write that is malformed, or has not as many values as variables, is refused, and nothing is written."""
    write = subtest.argument
    assert isinstance(write, RefusedWrite)
    judge_refused_write(subtest, write)


@case(
    "X_LIST_WRITE_N2",
    title="Write of several variables that was not negotiated",
    clause="IEC 62056-5-3, Conformance block, multiple-references",
    applies=short_names & negotiates(ConformanceBit.WRITE) & target("writable"),
    variants=Variants.EACH_PROTECTION,
)
@subtests(
    Subtest(
        1,
        "two variables",
        expectation=_REFUSED,
        procedure="opens without multiple-references, Write of targets.writable twice; reads it again",
        permission=Permission.WRITES,
    ),
)
def test_list_write_n2(subtest: Trial) -> None:
    """Where multiple-references was not proposed, a Write of two variables is refused, and nothing is written."""
    judge_list_not_written(
        subtest,
        lambda values: writing([values.target] * 2, [values.other] * 2),
        _REFUSED,
        ConformanceBit.MULTIPLE_REFERENCES,
    )
