"""GET in blocks of its own: get-response-with-datablock and get-request-next."""

from conformance.dlms.xdlms.conformance import ConformanceBit
from conformance.harness.applicability import logical_names, negotiates, target
from conformance.harness.case import Subtest, Variants, case, subtests
from conformance.harness.long_attributes import DECLARED, SMALLEST, judge_whole_attribute, judge_whole_list
from conformance.harness.long_replies import attribute_reading
from conformance.harness.misplaced_next import (
    judge_after_last,
    judge_after_release,
    judge_interrupted,
    judge_nothing_in_progress,
    judge_restarted,
    judge_wrong_number,
)
from conformance.harness.trial import Trial
from conformance.tester.accepted_blocks import LONG_GET_ENDED, NO_LONG_GET
from conformance.tester.harmless_requests import ACTION

_CLAUSE = "IEC 62056-5-3, GET service, block transfer"
_APPLIES = (
    logical_names
    & negotiates(ConformanceBit.GET, ConformanceBit.BLOCK_TRANSFER_WITH_GET_OR_READ)
    & target("long_readable")
)
_BLOCKS = (
    "blocks numbered from 1 without a gap, none empty, the last one said to be the last, each reply within the PDU "
    "size, together the value"
)
_SHORT = 64


def _sized(number: int, title: str, octets: int) -> Subtest:
    return Subtest(
        number,
        title,
        procedure=f"reads targets.long_readable with the largest PDU, then with {title}",
        accepts=f"{_BLOCKS} that the largest PDU brings",
        argument=lambda trial: judge_whole_attribute(trial, octets),
    )


@case(
    "X_BLOCK_GET_P1",
    title="A long attribute in blocks, in every PDU size",
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
    Subtest(
        6,
        "a list whose reply does not fit",
        procedure="reads the association's name and targets.long_readable by get-request-with-list, in short PDUs",
        accepts=f"{_BLOCKS}s, as they are read alone",
        applies=negotiates(ConformanceBit.MULTIPLE_REFERENCES),
        argument=judge_whole_list,
    ),
)
def test_block_get_p1(subtest: Trial) -> None:
    """A value longer than the client's PDU comes in numbered blocks, which together are the value.

    general-block-transfer is left out of the proposed conformance, so that the service's own blocks are all there is.
    The smallest PDU is the declared one, or where protection and HLS ask for more the smallest in which pass 4 fits; a
    value that needs more than 60 of them is judged as far as it has come. Where the target is the buffer of a profile,
    three rows may come and three may go between the two readings, and an unfinished reading is judged by its blocks.
    """
    _run(subtest)


def _wrong(number: int, title: str, acknowledged: int) -> Subtest:
    return Subtest(
        number,
        title,
        expectation=LONG_GET_ENDED,
        procedure=f"fetches two blocks of targets.long_readable, acknowledges block {acknowledged}",
        argument=lambda trial: judge_wrong_number(trial, attribute_reading, _SHORT, acknowledged),
    )


@case("X_BLOCK_GET_N1", title="get-request-next with a wrong block number", clause=_CLAUSE, applies=_APPLIES)
@subtests(
    _wrong(1, "block number 0", 0),
    _wrong(2, "the block before, once more", 1),
    _wrong(3, "a block that was not sent yet", 4),
)
def test_block_get_n1(subtest: Trial) -> None:
    """A get-request-next that does not acknowledge the block sent last ends the transfer with an error.

    Both long-get-aborted and data-block-number-invalid say what has happened; either is accepted. Data is not: what a
    server sends again unasked, or skips, tears the value. The same request must be served afterwards, from block 1 on.
    """
    _run(subtest)


@case("X_BLOCK_GET_N2", title="get-request-next and no long GET in progress", clause=_CLAUSE, applies=_APPLIES)
@subtests(
    Subtest(
        1,
        "before any block",
        expectation=NO_LONG_GET,
        procedure="opens, acknowledges block 1, then block 0, of nothing",
        argument=lambda trial: judge_nothing_in_progress(trial, attribute_reading, _SHORT),
    ),
    Subtest(
        2,
        "a transfer of the association before",
        expectation=NO_LONG_GET,
        procedure="fetches block 1 of targets.long_readable, releases, opens again on the same link, acknowledges it",
        argument=lambda trial: judge_after_release(trial, attribute_reading, _SHORT),
    ),
)
def test_block_get_n2(subtest: Trial) -> None:
    """A get-request-next where no long GET is in progress is told so, whatever an earlier association has begun."""
    _run(subtest)


@case("X_BLOCK_GET_N3", title="Another service amid a long GET", clause=_CLAUSE, applies=_APPLIES)
@subtests(
    Subtest(
        1,
        "an ACTION between two blocks",
        procedure="fetches two blocks of targets.long_readable, invokes a method that no meter has, asks for block 3",
        accepts="an answer to the ACTION; then the rest of the value, or an error; then the value anew",
        argument=lambda trial: judge_interrupted(trial, attribute_reading, _SHORT, ACTION),
    )
)
def test_block_get_n3(subtest: Trial) -> None:
    """Another service amid a long GET is answered; then the transfer goes on unharmed, or it is over and this is told.

    Whether it goes on is left to the server: an association carries one transfer at a time, and services may end it.
    """
    _run(subtest)


@case("X_BLOCK_GET_N4", title="A new GET amid a long GET", clause=_CLAUSE, applies=_APPLIES)
@subtests(
    Subtest(
        1,
        "get-request-normal after two blocks",
        procedure="fetches targets.long_readable whole, then two blocks of it, then asks for it anew",
        accepts="the same octets as at first, in blocks from number 1 on",
        argument=lambda trial: judge_restarted(trial, attribute_reading, _SHORT),
    )
)
def test_block_get_n4(subtest: Trial) -> None:
    """A new get-request-normal gives a long GET up: its reply begins with block 1 and is whole."""
    _run(subtest)


@case("X_BLOCK_GET_N5", title="get-request-next behind the last block", clause=_CLAUSE, applies=_APPLIES)
@subtests(
    Subtest(
        1,
        "the last block acknowledged",
        expectation=NO_LONG_GET,
        procedure="fetches targets.long_readable whole, acknowledges the last block as if another followed",
        argument=lambda trial: judge_after_last(trial, attribute_reading, _SHORT),
    )
)
def test_block_get_n5(subtest: Trial) -> None:
    """Behind the last block there is nothing: whoever asks for more is told that no long GET is in progress."""
    _run(subtest)


def _run(subtest: Trial) -> None:
    procedure = subtest.argument
    assert callable(procedure)
    procedure(subtest)
