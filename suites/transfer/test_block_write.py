"""Write in blocks of its own, with short names: write-data-block-access."""

from collections.abc import Callable

from conformance.device.model import Permission
from conformance.dlms.xdlms.conformance import ConformanceBit
from conformance.harness import long_sending
from conformance.harness.applicability import Condition, always, negotiates, short_names, target
from conformance.harness.case import Subtest, Variants, case, subtests
from conformance.harness.long_replies import opened
from conformance.harness.long_sending import LongSending, judge_sent
from conformance.harness.long_writes import list_writing, long_writing
from conformance.harness.trial import Trial
from conformance.tester.accepted_blocks import LONG_SET_ENDED, NO_LONG_SET
from conformance.tester.expectation import Expectation
from conformance.tester.harmless_requests import READ

_CLAUSE = "IEC 62056-5-3, Write service, block transfer"
_APPLIES = (
    short_names
    & negotiates(ConformanceBit.READ, ConformanceBit.WRITE, ConformanceBit.BLOCK_TRANSFER_WITH_SET_OR_WRITE)
    & target("long_writable")
)
_SEVERAL = negotiates(ConformanceBit.MULTIPLE_REFERENCES)
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


@case(
    "X_BLOCK_WRITE_P1",
    title="A long value written in blocks",
    clause=_CLAUSE,
    applies=_APPLIES,
    variants=Variants.EACH_PROTECTION,
    negative=False,
)
@subtests(
    _writing(1, "blocks of 16 octets", "writes targets.long_writable in such blocks", _in_blocks(16), accepts=_TAKEN),
    _writing(2, "blocks of 64 octets", "writes targets.long_writable in such blocks", _in_blocks(64), accepts=_TAKEN),
    _writing(
        3,
        "several names in blocks",
        "writes targets.writable and targets.long_writable by one Write in blocks of 32 octets",
        _in_blocks(32),
        accepts=f"{_TAKEN}, of both attributes",
        applies=target("writable") & _SEVERAL,
        listed=True,
    ),
)
def test_block_write_p1(subtest: Trial) -> None:
    """A long WriteRequest is taken in blocks, each acknowledged by its number, and carried out once the last has come.

    write-data-block-access announces a block, whose octets stand in the list of data as an octet-string; together they
    are the names and values of the WriteRequest.
    """
    _run(subtest)


def _wrong_write(number: int, title: str, *numbers: int) -> Subtest:
    return _writing(
        number,
        title,
        f"writes targets.long_writable in blocks numbered {', '.join(map(str, numbers))}; reads it, writes it rightly",
        lambda trial, sending: long_sending.judge_wrong_number(trial, sending, numbers),
        expectation=LONG_SET_ENDED | NO_LONG_SET,
    )


@case("X_BLOCK_WRITE_N1", title="Blocks of a Write with wrong numbers", clause=_CLAUSE, applies=_APPLIES)
@subtests(
    _wrong_write(1, "a first block with number 0", 0),
    _wrong_write(2, "a first block with number 2", 2),
    _wrong_write(3, "a block repeated", 1, 2, 2),
    _wrong_write(4, "a block left out", 1, 3),
)
def test_block_write_n1(subtest: Trial) -> None:
    """A block with a wrong number ends the transfer with data-block-number-invalid, and nothing is written.

    long-set-aborted says as much; and where no block went before, no-long-set-in-progress does, for with short names it
    is the number 1 that makes a block the first. The same value must be taken afterwards.
    """
    _run(subtest)


@case("X_BLOCK_WRITE_N2", title="A further block and no long Write in progress", clause=_CLAUSE, applies=_APPLIES)
@subtests(
    _writing(
        1,
        "before any first block",
        "opens, sends block 2 of targets.long_writable",
        long_sending.judge_nothing_in_progress,
        expectation=NO_LONG_SET,
    ),
    _writing(
        2,
        "a transfer of the association before",
        "sends block 1 of targets.long_writable, releases, opens again on the same link, sends block 2",
        long_sending.judge_after_release,
        expectation=NO_LONG_SET,
    ),
)
def test_block_write_n2(subtest: Trial) -> None:
    """A block that no first block went before is told so, whatever came earlier, and nothing is written."""
    _run(subtest)


@case("X_BLOCK_WRITE_N3", title="Another service amid a long Write", clause=_CLAUSE, applies=_APPLIES)
@subtests(
    _writing(
        1,
        "a Read between two blocks",
        "sends two blocks of targets.long_writable, reads the association's name, sends block 3",
        lambda trial, sending: long_sending.judge_interrupted(trial, sending, READ),
        accepts="an answer to the Read; then the value is taken whole, or not at all and this is told; then taken anew",
    )
)
def test_block_write_n3(subtest: Trial) -> None:
    """Another service amid a long Write is answered; then the transfer goes on unharmed, or is told to be over.

    Whether it goes on is left to the server. A value of which a part was lost must not be written.
    """
    _run(subtest)


@case("X_BLOCK_WRITE_N4", title="A new long Write amid a long Write", clause=_CLAUSE, applies=_APPLIES)
@subtests(
    _writing(
        1,
        "a block numbered 1 after two blocks",
        "sends two blocks of targets.long_writable, then the whole of it from block 1 on",
        long_sending.judge_restarted,
        accepts=_TAKEN,
    )
)
def test_block_write_n4(subtest: Trial) -> None:
    """A block numbered 1 gives a long Write up: what came before it is no part of the value."""
    _run(subtest)


@case("X_BLOCK_WRITE_N5", title="A block behind the last block of a Write", clause=_CLAUSE, applies=_APPLIES)
@subtests(
    _writing(
        1,
        "a block without data behind the last",
        "writes targets.long_writable in blocks, sends one more",
        long_sending.judge_after_last,
        expectation=NO_LONG_SET,
    )
)
def test_block_write_n5(subtest: Trial) -> None:
    """Behind the last block nothing is in progress: a further block is told so, and the value stays as it is."""
    _run(subtest)


def _run(subtest: Trial) -> None:
    procedure = subtest.argument
    assert callable(procedure)
    procedure(subtest)
