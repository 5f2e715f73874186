"""General blocks that a server must not take as they are: wrong numbers, a window of none, impossible numbers."""

from conformance.harness.case import Subtest, case, subtests
from conformance.harness.general_blocks import (
    CLAUSE,
    attribute_for,
    general_blocks,
    judge_alive,
    judge_begun,
    long_replies,
    opened,
    protected,
    read_in_blocks,
    small_pdu,
)
from conformance.harness.trial import Trial
from conformance.tester.accepted_general_blocks import asked_for, told_clearly
from conformance.tester.accepted_services import access_error, silence
from conformance.tester.association import Association
from conformance.tester.block_transfer.client import BlockOptions
from conformance.tester.block_transfer.exchange import block
from conformance.tester.block_transfer.faults import FaultKind
from conformance.tester.expectation import tolerated
from conformance.tester.liveness import question
from conformance.tester.seen import seen

_FAR = 9
"""A number far beyond what came or was sent."""
_SETTLES = (FaultKind.GIVEN_UP, FaultKind.SILENT)
"""How a transfer with a window of 0 may end without a reply."""


def _stray(subtest: Trial, association: Association) -> None:
    octets = protected(association, question(association))
    reaction = block(association, octets, number=_FAR, acknowledged=0)
    subtest.judge(reaction, told_clearly() | asked_for(0), association=association)


def _acknowledges_nothing(subtest: Trial, association: Association) -> None:
    reaction = block(association, number=2, acknowledged=1)
    subtest.judge(reaction, told_clearly() | asked_for(0), association=association)


def _gap(subtest: Trial, association: Association) -> None:
    octets = protected(association, question(association))
    first, rest = octets[:4], octets[4:]
    with subtest.step("block 1 of three, the turn given"):
        subtest.judge(block(association, first, number=1, acknowledged=0, last=False), asked_for(1))
    with subtest.step("block 3 in place of block 2"):
        reaction = block(association, rest, number=3, acknowledged=1)
        subtest.judge(reaction, told_clearly() | asked_for(1), association=association)


def _zero(subtest: Trial, association: Association) -> None:
    octets = protected(association, question(association))
    reaction = block(association, octets, number=0, acknowledged=0, last=False)
    refused = told_clearly() | asked_for(0) | tolerated(silence())
    subtest.judge(reaction, refused, association=association)


@case("X_GBT_N1", title="Wrong block numbers", clause=CLAUSE, applies=general_blocks)
@subtests(
    Subtest(
        1,
        "a request that begins with block 9",
        procedure="sends a whole request in one block with number 9, nothing before it",
        accepts="exception-response, confirmedServiceError, the transfer given up, or block 1 asked for",
        argument=_stray,
    ),
    Subtest(
        2,
        "an acknowledgement of no transfer",
        procedure="sends a block without data with number 2, which acknowledges 1, with no transfer under way",
        accepts="exception-response, confirmedServiceError, the transfer given up, or block 1 asked for",
        argument=_acknowledges_nothing,
    ),
    Subtest(
        3,
        "block 3 behind block 1",
        procedure="sends a request in blocks 1 and 3, both giving the turn",
        accepts="block 2 asked for (acknowledged 1), exception-response, confirmedServiceError, or given up",
        argument=_gap,
    ),
    Subtest(
        4,
        "block 0",
        procedure="sends a request in a block with number 0 that is not said to be the last",
        accepts="exception-response, confirmedServiceError, given up, or block 1 asked for; silence (tolerated)",
        argument=_zero,
    ),
)
def test_gbt_n1(subtest: Trial) -> None:
    """A general block with a wrong number is not taken for the next one, and its sender is told.

    Nothing is served before all blocks of a request are there in order. The association outlives all of it.
    """
    association = opened(subtest, small_pdu(subtest))
    procedure = subtest.argument
    assert callable(procedure)
    procedure(subtest, association)
    judge_alive(subtest, association)


@case("X_GBT_N2", title="A window of 0", clause=f"{CLAUSE}, window", applies=long_replies)
@subtests(
    Subtest(
        1,
        "the client takes no block",
        procedure="asks for targets.long_readable in one block that says window 0 and gives the turn",
        accepts="one block at a time, or an error, the transfer given up, or silence; alive",
    ),
)
def test_gbt_n2(subtest: Trial) -> None:
    """To a client that says it takes no block, a meter does not send one block behind the other."""
    octets = small_pdu(subtest)
    association = opened(subtest, octets)
    done = read_in_blocks(association, attribute_for(subtest, octets), BlockOptions(window=0, in_blocks=True))
    fault = next((fault for fault in done.faults if fault.kind not in _SETTLES), None)
    subtest.check(
        fault is None,
        expected=subtest.subtest.expected,
        observed=str(fault) if fault is not None else f"{done.counted.received} blocks, {seen(done.reaction)}",
        path=fault.path if fault is not None else "",
        frame=fault.frame if fault is not None and fault.frame >= 0 else None,
    )
    fresh = association
    if done.found(*_SETTLES):
        association.close()
        fresh = opened(subtest, octets)
    judge_alive(subtest, fresh)


@case(
    "X_GBT_N5",
    title="An impossible acknowledgement",
    clause=f"{CLAUSE}, block-number-acknowledged",
    applies=long_replies,
)
@subtests(
    Subtest(
        1,
        "more than was sent",
        procedure="amid a reply of which one block was sent, acknowledges block 9",
        accepts="exception-response, confirmedServiceError, the transfer given up; a data-access-result (tolerated)",
        expectation=told_clearly() | tolerated(access_error()),
    ),
)
def test_gbt_n5(subtest: Trial) -> None:
    """An acknowledgement of blocks that were never sent ends the transfer, and is not taken for a right one."""
    octets = small_pdu(subtest)
    association = opened(subtest, octets)
    judge_begun(subtest, association, attribute_for(subtest, octets))
    subtest.judge(block(association, number=2, acknowledged=_FAR))
    judge_alive(subtest, association)
