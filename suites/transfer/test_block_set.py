"""SET in blocks of its own: set-request-with-first-datablock and set-request-with-datablock."""

from collections.abc import Callable

from conformance.device.model import Permission
from conformance.dlms.xdlms.conformance import ConformanceBit
from conformance.harness.applicability import Condition, always, logical_names, negotiates, target
from conformance.harness.case import Subtest, Variants, case, subtests
from conformance.harness.long_replies import opened
from conformance.harness.long_sending import (
    LongSending,
    judge_after_last,
    judge_after_release,
    judge_interrupted,
    judge_nothing_in_progress,
    judge_restarted,
    judge_sent,
    judge_wrong_number,
)
from conformance.harness.long_writes import list_writing, long_writing
from conformance.harness.trial import Trial
from conformance.tester.accepted_blocks import LONG_SET_ENDED, NO_LONG_SET
from conformance.tester.expectation import Expectation
from conformance.tester.harmless_requests import GET

_CLAUSE = "IEC 62056-5-3, SET service, block transfer"
_APPLIES = (
    logical_names
    & negotiates(ConformanceBit.GET, ConformanceBit.SET, ConformanceBit.BLOCK_TRANSFER_WITH_SET_OR_WRITE)
    & target("long_writable")
)
_TAKEN = "each block acknowledged by its number, the last with success; the value read back is the one that was sent"
_RESTORED = "what was there before is written back"

Step = Callable[[Trial, LongSending], None]


def _writing(
    number: int,
    title: str,
    procedure: str,
    step: Step,
    *,
    accepts: str = "",
    expectation: Expectation | None = None,
    applies: Condition = always,
    listed: bool = False,
) -> Subtest:
    def run(trial: Trial) -> None:
        with (list_writing if listed else long_writing)(trial) as sending:
            step(trial, sending)

    return Subtest(
        number,
        title,
        expectation=expectation,
        procedure=f"{procedure}; {_RESTORED}",
        accepts=accepts,
        applies=applies,
        permission=Permission.WRITES,
        argument=run,
    )


def _in_blocks(octets: int) -> Step:
    def step(trial: Trial, sending: LongSending) -> None:
        judge_sent(trial, opened(trial), sending, sending.request.blocks(octets))

    return step


def _in_one_block(trial: Trial, sending: LongSending) -> None:
    judge_sent(trial, opened(trial), sending, sending.request.blocks(len(sending.request.content)))


@case(
    "X_BLOCK_SET_P1",
    title="A long value set in blocks",
    clause=_CLAUSE,
    applies=_APPLIES,
    variants=Variants.EACH_PROTECTION,
    negative=False,
)
@subtests(
    _writing(
        1, "blocks of 16 octets", "sets targets.long_writable in blocks of 16 octets", _in_blocks(16), accepts=_TAKEN
    ),
    _writing(
        2, "blocks of 64 octets", "sets targets.long_writable in blocks of 64 octets", _in_blocks(64), accepts=_TAKEN
    ),
    _writing(
        3, "one block", "sets targets.long_writable in a first block that is the last", _in_one_block, accepts=_TAKEN
    ),
    _writing(
        4,
        "a list in blocks",
        "sets targets.writable and targets.long_writable in one list, in blocks of 32 octets",
        _in_blocks(32),
        accepts=f"{_TAKEN}, of both attributes",
        applies=target("writable") & negotiates(ConformanceBit.MULTIPLE_REFERENCES),
        listed=True,
    ),
)
def test_block_set_p1(subtest: Trial) -> None:
    """A value that comes in blocks is acknowledged block by block, and is set as a whole once the last has come.

    general-block-transfer is left out of the proposed conformance, so that the service's own blocks are all there is.
    """
    _run(subtest)


def _wrong(number: int, title: str, *numbers: int) -> Subtest:
    return _writing(
        number,
        title,
        f"sets targets.long_writable in blocks numbered {', '.join(map(str, numbers))}, reads it, sets it as is right",
        lambda trial, sending: judge_wrong_number(trial, sending, numbers),
        expectation=LONG_SET_ENDED,
    )


@case("X_BLOCK_SET_N1", title="Blocks of a SET with wrong numbers", clause=_CLAUSE, applies=_APPLIES)
@subtests(
    _wrong(1, "a first block with number 0", 0),
    _wrong(2, "a first block with number 2", 2),
    _wrong(3, "a block repeated", 1, 2, 2),
    _wrong(4, "a block left out", 1, 3),
)
def test_block_set_n1(subtest: Trial) -> None:
    """A block with a wrong number ends the transfer with data-block-number-invalid, and nothing is set.

    long-set-aborted says as much, and is accepted. The same value must be taken afterwards, from block 1 on.
    """
    _run(subtest)


@case("X_BLOCK_SET_N2", title="A further block and no long SET in progress", clause=_CLAUSE, applies=_APPLIES)
@subtests(
    _writing(
        1,
        "before any first block",
        "opens, sends block 2 of targets.long_writable",
        judge_nothing_in_progress,
        expectation=NO_LONG_SET,
    ),
    _writing(
        2,
        "a transfer of the association before",
        "sends block 1 of targets.long_writable, releases, opens again on the same link, sends block 2",
        judge_after_release,
        expectation=NO_LONG_SET,
    ),
)
def test_block_set_n2(subtest: Trial) -> None:
    """A block that no first block went before is told so, whatever an earlier association has begun; nothing is set."""
    _run(subtest)


@case("X_BLOCK_SET_N3", title="Another service amid a long SET", clause=_CLAUSE, applies=_APPLIES)
@subtests(
    _writing(
        1,
        "a GET between two blocks",
        "sends two blocks of targets.long_writable, asks for the association's name, sends block 3",
        lambda trial, sending: judge_interrupted(trial, sending, GET),
        accepts="an answer to the GET; then the value is taken whole, or not at all and this is told; then taken anew",
    )
)
def test_block_set_n3(subtest: Trial) -> None:
    """Another service amid a long SET is answered; then the transfer goes on unharmed, or it is over and this is told.

    Whether it goes on is left to the server. A value of which a part was lost must not be set.
    """
    _run(subtest)


@case("X_BLOCK_SET_N4", title="A new long SET amid a long SET", clause=_CLAUSE, applies=_APPLIES)
@subtests(
    _writing(
        1,
        "a first block after two blocks",
        "sends two blocks of targets.long_writable, then the whole of it from a first block on",
        judge_restarted,
        accepts=_TAKEN,
    )
)
def test_block_set_n4(subtest: Trial) -> None:
    """A new first block gives a long SET up: what came before it is no part of the value."""
    _run(subtest)


@case("X_BLOCK_SET_N5", title="A block behind the last block of a SET", clause=_CLAUSE, applies=_APPLIES)
@subtests(
    _writing(
        1,
        "a block without data behind the last",
        "sets targets.long_writable in blocks, sends one more",
        judge_after_last,
        expectation=NO_LONG_SET,
    )
)
def test_block_set_n5(subtest: Trial) -> None:
    """Behind the last block nothing is in progress: a further block is told so, and the value stays as it was set."""
    _run(subtest)


def _run(subtest: Trial) -> None:
    procedure = subtest.argument
    assert callable(procedure)
    procedure(subtest)
