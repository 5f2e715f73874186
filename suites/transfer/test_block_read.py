"""Read in blocks of its own, with short names: block-number-access and read-data-block-access."""

from collections.abc import Callable

from conformance.device.model import Permission
from conformance.dlms.xdlms.conformance import ConformanceBit
from conformance.harness import long_sending, misplaced_next
from conformance.harness.applicability import Condition, always, negotiates, short_names, target
from conformance.harness.case import Subtest, Variants, case, subtests
from conformance.harness.long_attributes import DECLARED, SMALLEST, judge_whole_attribute, judge_whole_list
from conformance.harness.long_reads import read_sending
from conformance.harness.long_replies import attribute_reading, opened
from conformance.harness.long_sending import judge_sent
from conformance.harness.trial import Trial
from conformance.tester.accepted_blocks import LONG_GET_ENDED, NO_LONG_GET
from conformance.tester.expectation import Expectation
from conformance.tester.harmless_requests import WRITE

_CLAUSE = "IEC 62056-5-3, Read service, block transfer"
_APPLIES = (
    short_names
    & negotiates(ConformanceBit.READ, ConformanceBit.BLOCK_TRANSFER_WITH_GET_OR_READ)
    & target("long_readable")
)
_SEVERAL = negotiates(ConformanceBit.MULTIPLE_REFERENCES)
_BLOCKS = (
    "blocks numbered from 1 without a gap, none empty, the last one said to be the last, each reply within the PDU "
    "size, together the value"
)
_SHORT = 48


def _subtest(
    number: int,
    title: str,
    procedure: str,
    run: Callable[[Trial], None],
    *,
    accepts: str = "",
    expectation: Expectation | None = None,
    applies: Condition = always,
    permission: Permission = Permission.READS,
) -> Subtest:
    return Subtest(
        number,
        title,
        expectation=expectation,
        procedure=procedure,
        accepts=accepts,
        applies=applies,
        permission=permission,
        argument=run,
    )


def _sized(number: int, title: str, octets: int) -> Subtest:
    return _subtest(
        number,
        title,
        f"reads targets.long_readable with the largest PDU, then with {title}",
        lambda trial: judge_whole_attribute(trial, octets),
        accepts=f"{_BLOCKS} that the largest PDU brings",
    )


def _request_in_blocks(trial: Trial) -> None:
    sending = read_sending(trial)
    judge_sent(trial, opened(trial), sending, sending.blocks)


@case(
    "X_BLOCK_READ_P1",
    title="A long attribute in blocks, in every PDU size, by short name",
    clause=_CLAUSE,
    applies=_APPLIES,
    variants=Variants.EACH_PROTECTION,
    negative=False,
)
@subtests(
    _sized(1, "the smallest PDU", SMALLEST),
    _sized(2, "a PDU of 64 octets", 64),
    _sized(3, "a PDU of 128 octets", 128),
    _sized(4, "a PDU of 512 octets", 512),
    _sized(5, "the largest PDU that is declared", DECLARED),
    _subtest(
        6,
        "several names whose values do not fit",
        "reads the association's name and targets.long_readable by one Read, in short PDUs",
        judge_whole_list,
        accepts=f"{_BLOCKS}s, as they are read alone",
        applies=_SEVERAL,
    ),
    _subtest(
        7,
        "a request in blocks",
        "reads the association's name four times by a Read in blocks of 3 octets, read-data-block-access",
        _request_in_blocks,
        accepts="each block acknowledged by its number; four times the same data",
        applies=_SEVERAL,
    ),
)
def test_block_read_p1(subtest: Trial) -> None:
    """A ReadResponse longer than the client's PDU comes in numbered blocks, and a long ReadRequest is taken in blocks.

    The blocks carry the list of results as it would stand in one ReadResponse: its count and the choice of each result
    come first. The smallest PDU is the declared one; a value that needs more than 60 of them is judged as far as it has
    come.
    """
    _run(subtest)


def _wrong_next(number: int, title: str, acknowledged: int) -> Subtest:
    return _subtest(
        number,
        title,
        f"fetches two blocks of targets.long_readable, acknowledges block {acknowledged}",
        lambda trial: misplaced_next.judge_wrong_number(trial, attribute_reading, _SHORT, acknowledged),
        expectation=LONG_GET_ENDED,
    )


def _wrong_read(number: int, title: str, *numbers: int) -> Subtest:
    return _subtest(
        number,
        title,
        f"reads the association's name four times by a Read in blocks numbered {', '.join(map(str, numbers))}",
        lambda trial: long_sending.judge_wrong_number(trial, read_sending(trial), numbers),
        expectation=LONG_GET_ENDED,
        applies=_SEVERAL,
    )


@case("X_BLOCK_READ_N1", title="Blocks of a Read with wrong numbers", clause=_CLAUSE, applies=_APPLIES)
@subtests(
    _wrong_next(1, "block number 0 acknowledged", 0),
    _wrong_next(2, "the block before acknowledged once more", 1),
    _wrong_next(3, "a block acknowledged that was not sent yet", 5),
    _wrong_read(4, "a block of the request repeated", 1, 2, 2),
    _wrong_read(5, "a block of the request left out", 1, 3),
)
def test_block_read_n1(subtest: Trial) -> None:
    """A block with a wrong number, of the request or acknowledged of the reply, ends the transfer with an error.

    Both long-get-aborted and data-block-number-invalid say what has happened; either is accepted. The same request must
    be served afterwards, from block 1 on.
    """
    _run(subtest)


@case("X_BLOCK_READ_N2", title="A further block and no long Read in progress", clause=_CLAUSE, applies=_APPLIES)
@subtests(
    _subtest(
        1,
        "before any block",
        "opens, acknowledges block 1, then block 0, of nothing",
        lambda trial: misplaced_next.judge_nothing_in_progress(trial, attribute_reading, _SHORT),
        expectation=NO_LONG_GET,
    ),
    _subtest(
        2,
        "a transfer of the association before",
        "fetches block 1 of targets.long_readable, releases, opens again on the same link, acknowledges it",
        lambda trial: misplaced_next.judge_after_release(trial, attribute_reading, _SHORT),
        expectation=NO_LONG_GET,
    ),
    _subtest(
        3,
        "a block of a request before the first one",
        "opens, sends block 2 of a Read in blocks",
        lambda trial: long_sending.judge_nothing_in_progress(trial, read_sending(trial)),
        expectation=NO_LONG_GET | LONG_GET_ENDED,
        applies=_SEVERAL,
    ),
)
def test_block_read_n2(subtest: Trial) -> None:
    """A block where no long Read is in progress is told so, whatever an earlier association has begun."""
    _run(subtest)


@case("X_BLOCK_READ_N3", title="Another service amid a long Read", clause=_CLAUSE, applies=_APPLIES)
@subtests(
    _subtest(
        1,
        "a Write between two blocks",
        "fetches two blocks of targets.long_readable, writes the association's name to what it is, asks for block 3",
        lambda trial: misplaced_next.judge_interrupted(trial, attribute_reading, _SHORT, WRITE),
        accepts="an answer to the Write; then the rest of the value, or an error; then the value anew",
        permission=Permission.WRITES,
    )
)
def test_block_read_n3(subtest: Trial) -> None:
    """Another service amid a long Read is answered; then the transfer goes on unharmed, or it is over and this is told.

    Whether it goes on is left to the server.
    """
    _run(subtest)


@case("X_BLOCK_READ_N4", title="A new Read amid a long Read", clause=_CLAUSE, applies=_APPLIES)
@subtests(
    _subtest(
        1,
        "the same Read after two blocks",
        "fetches targets.long_readable whole, then two blocks of it, then asks for it anew",
        lambda trial: misplaced_next.judge_restarted(trial, attribute_reading, _SHORT),
        accepts="the same octets as at first, in blocks from number 1 on",
    )
)
def test_block_read_n4(subtest: Trial) -> None:
    """A new Read gives a long one up: its reply begins with block 1 and is whole."""
    _run(subtest)


@case("X_BLOCK_READ_N5", title="A block behind the last block of a Read", clause=_CLAUSE, applies=_APPLIES)
@subtests(
    _subtest(
        1,
        "the last block acknowledged",
        "fetches targets.long_readable whole, acknowledges the last block as if another followed",
        lambda trial: misplaced_next.judge_after_last(trial, attribute_reading, _SHORT),
        expectation=NO_LONG_GET,
    )
)
def test_block_read_n5(subtest: Trial) -> None:
    """Behind the last block there is nothing: whoever asks for more is told that no long Read is in progress."""
    _run(subtest)


def _run(subtest: Trial) -> None:
    procedure = subtest.argument
    assert callable(procedure)
    procedure(subtest)
