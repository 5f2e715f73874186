"""ACTION in blocks of its own: pblocks in requests and in responses."""

from collections.abc import Callable

from conformance.dlms.xdlms.conformance import ConformanceBit
from conformance.harness import long_sending, misplaced_next
from conformance.harness.applicability import Condition, always, logical_names, negotiates, target
from conformance.harness.case import Subtest, Variants, case, subtests
from conformance.harness.long_methods import (
    FEW_METHODS,
    judge_both_ways,
    judge_long_results,
    judge_parameters,
    list_sending,
    method_reading,
    method_sending,
)
from conformance.harness.trial import Trial
from conformance.tester.accepted_blocks import LONG_ACTION_ENDED, NO_LONG_ACTION
from conformance.tester.expectation import Expectation
from conformance.tester.harmless_requests import GET

_CLAUSE = "IEC 62056-5-3, ACTION service, block transfer"
_APPLIES = (
    logical_names
    & negotiates(ConformanceBit.ACTION, ConformanceBit.BLOCK_TRANSFER_WITH_ACTION, ConformanceBit.MULTIPLE_REFERENCES)
    & target("method")
)
_PARAMETERS = Condition(
    "parameters of targets.method", lambda claim: claim.association.targets.method_parameters is not None
)
_LONG_REPLY = "invokes targets.method by one request so many times that the reply needs several short PDUs"
_LONG_REQUEST = f"invokes targets.method {FEW_METHODS} times by one request whose parameters come in blocks"
_BLOCKS = "blocks numbered from 1 without a gap, none empty, the last one said to be the last"


def _subtest(
    number: int,
    title: str,
    procedure: str,
    run: Callable[[Trial], None],
    *,
    accepts: str = "",
    expectation: Expectation | None = None,
    applies: Condition = always,
) -> Subtest:
    return Subtest(
        number,
        title,
        expectation=expectation,
        procedure=procedure,
        accepts=accepts,
        applies=applies,
        argument=run,
    )


@case(
    "X_BLOCK_ACTION_P1",
    title="Long parameters and long results of methods in blocks",
    clause=_CLAUSE,
    applies=_APPLIES,
    variants=Variants.EACH_PROTECTION,
    negative=False,
)
@subtests(
    _subtest(
        1,
        "parameters in blocks of one octet",
        "invokes targets.method, its parameters in blocks of one octet",
        lambda trial: judge_parameters(trial, method_sending(trial)),
        accepts="each block acknowledged by its number; action-result success",
        applies=_PARAMETERS,
    ),
    _subtest(
        2,
        "parameters of a list in blocks",
        _LONG_REQUEST,
        lambda trial: judge_parameters(trial, list_sending(trial)),
        accepts=f"each block acknowledged by its number; {FEW_METHODS} times action-result success",
    ),
    _subtest(
        3,
        "results in blocks",
        _LONG_REPLY,
        judge_long_results,
        accepts=f"{_BLOCKS}; as many times action-result success",
    ),
    _subtest(
        4,
        "blocks both ways",
        f"{_LONG_REPLY}, whose parameters come in blocks",
        judge_both_ways,
        accepts=f"each block acknowledged by its number, then {_BLOCKS}; as many times action-result success",
    ),
)
def test_block_action_p1(subtest: Trial) -> None:
    """Parameters that come in blocks are used as a whole, and results longer than the client's PDU come in blocks.

    A harmless method is invoked many times by one request: that makes both the request and its reply long, and each
    result tells that the parameters were joined as they were sent. general-block-transfer is left out of the proposed
    conformance, so that the service's own blocks are all there is.
    """
    _run(subtest)


def _wrong_request(number: int, title: str, *numbers: int) -> Subtest:
    return _subtest(
        number,
        title,
        f"{_LONG_REQUEST}, numbered {', '.join(map(str, numbers))}",
        lambda trial: long_sending.judge_wrong_number(trial, list_sending(trial), numbers),
        expectation=LONG_ACTION_ENDED,
    )


def _wrong_next(number: int, title: str, acknowledged: int) -> Subtest:
    return _subtest(
        number,
        title,
        f"{_LONG_REPLY}, fetches two blocks of the reply, acknowledges block {acknowledged}",
        lambda trial: misplaced_next.judge_wrong_number(trial, method_reading, 0, acknowledged),
        expectation=LONG_ACTION_ENDED,
    )


@case("X_BLOCK_ACTION_N1", title="Blocks of an ACTION with wrong numbers", clause=_CLAUSE, applies=_APPLIES)
@subtests(
    _wrong_request(1, "a first block of parameters with number 0", 0),
    _wrong_request(2, "a first block of parameters with number 2", 2),
    _wrong_request(3, "a block of parameters repeated", 1, 2, 2),
    _wrong_request(4, "a block of parameters left out", 1, 3),
    _wrong_next(5, "block number 0 acknowledged", 0),
    _wrong_next(6, "the block before acknowledged once more", 1),
    _wrong_next(7, "a block acknowledged that was not sent yet", 4),
)
def test_block_action_n1(subtest: Trial) -> None:
    """A block with a wrong number, of the request or acknowledged of the reply, ends the transfer: long-action-aborted.

    Action-Result has no data-block-number-invalid. The same request must be served afterwards, from block 1 on.
    """
    _run(subtest)


@case("X_BLOCK_ACTION_N2", title="A further block and no long ACTION in progress", clause=_CLAUSE, applies=_APPLIES)
@subtests(
    _subtest(
        1,
        "a block of parameters before any first one",
        "opens, sends block 2 of the parameters of a list",
        lambda trial: long_sending.judge_nothing_in_progress(trial, list_sending(trial)),
        expectation=NO_LONG_ACTION,
    ),
    _subtest(
        2,
        "a block of the reply before any first one",
        "opens, acknowledges block 1, then block 0, of nothing",
        lambda trial: misplaced_next.judge_nothing_in_progress(trial, method_reading, 0),
        expectation=NO_LONG_ACTION,
    ),
    _subtest(
        3,
        "parameters begun in the association before",
        "sends block 1 of the parameters of a list, releases, opens again on the same link, sends block 2",
        lambda trial: long_sending.judge_after_release(trial, list_sending(trial)),
        expectation=NO_LONG_ACTION,
    ),
    _subtest(
        4,
        "a reply begun in the association before",
        f"{_LONG_REPLY}, fetches block 1 of the reply, releases, opens again on the same link, acknowledges it",
        lambda trial: misplaced_next.judge_after_release(trial, method_reading, 0),
        expectation=NO_LONG_ACTION,
    ),
)
def test_block_action_n2(subtest: Trial) -> None:
    """A block where no long ACTION is in progress is told so, whatever an earlier association has begun."""
    _run(subtest)


@case("X_BLOCK_ACTION_N3", title="Another service amid a long ACTION", clause=_CLAUSE, applies=_APPLIES)
@subtests(
    _subtest(
        1,
        "a GET between two blocks of parameters",
        f"{_LONG_REQUEST}, asks for the association's name after two of them",
        lambda trial: long_sending.judge_interrupted(trial, list_sending(trial), GET),
        accepts="an answer to the GET; then every result success, or an error; then the request served anew",
    ),
    _subtest(
        2,
        "a GET between two blocks of the reply",
        f"{_LONG_REPLY}, asks for the association's name after two blocks of the reply",
        lambda trial: misplaced_next.judge_interrupted(trial, method_reading, 0, GET),
        accepts="an answer to the GET; then the rest of the reply, or an error; then the reply anew",
    ),
)
def test_block_action_n3(subtest: Trial) -> None:
    """Another service amid a long ACTION is answered; then the transfer goes on unharmed, or is told to be over.

    Whether it goes on is left to the server.
    """
    _run(subtest)


@case("X_BLOCK_ACTION_N4", title="A new ACTION amid a long ACTION", clause=_CLAUSE, applies=_APPLIES)
@subtests(
    _subtest(
        1,
        "a first block after two blocks of parameters",
        f"{_LONG_REQUEST}, begins anew after two of them",
        lambda trial: long_sending.judge_restarted(trial, list_sending(trial)),
        accepts=f"each block acknowledged by its number; {FEW_METHODS} times action-result success",
    ),
    _subtest(
        2,
        "a new request after two blocks of the reply",
        f"{_LONG_REPLY}, once to the end, then again after two blocks of the reply",
        lambda trial: misplaced_next.judge_restarted(trial, method_reading, 0),
        accepts="the same octets as at first, in blocks from number 1 on",
    ),
)
def test_block_action_n4(subtest: Trial) -> None:
    """A new ACTION gives a long one up: what came or went before is no part of it."""
    _run(subtest)


@case("X_BLOCK_ACTION_N5", title="A block behind the last block of an ACTION", clause=_CLAUSE, applies=_APPLIES)
@subtests(
    _subtest(
        1,
        "a block without data behind the last of the parameters",
        f"{_LONG_REQUEST}, sends one more",
        lambda trial: long_sending.judge_after_last(trial, list_sending(trial)),
        expectation=NO_LONG_ACTION,
    ),
    _subtest(
        2,
        "the last block of the reply acknowledged",
        f"{_LONG_REPLY}, acknowledges the last block of the reply as if another followed",
        lambda trial: misplaced_next.judge_after_last(trial, method_reading, 0),
        expectation=NO_LONG_ACTION,
    ),
)
def test_block_action_n5(subtest: Trial) -> None:
    """Behind the last block nothing is in progress: nothing is invoked again, and nothing is served again."""
    _run(subtest)


def _run(subtest: Trial) -> None:
    procedure = subtest.argument
    assert callable(procedure)
    procedure(subtest)
