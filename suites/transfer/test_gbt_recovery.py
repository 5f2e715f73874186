"""Lost general blocks, in either direction."""

from conformance.dlms.xdlms.conformance import ConformanceBit
from conformance.harness.applicability import negotiates
from conformance.harness.block_losses import Loss, Which, gives_the_turn, is_last, judge_repetition, numbered
from conformance.harness.case import Subtest, case, subtests
from conformance.harness.general_blocks import (
    CLAUSE,
    attribute_for,
    get_request,
    judge_alive,
    judge_served,
    judge_sound,
    long_replies,
    opened,
    reference,
    small_pdu,
)
from conformance.harness.long_requests import list_reference, list_request
from conformance.harness.trial import Trial
from conformance.tester.block_transfer.client import BlockOptions
from conformance.tester.block_transfer.exchange import Losses, request
from conformance.tester.reaction import Reply
from conformance.tester.seen import seen

_ATTEMPTS = 3
_WINDOW = 5
_ACCEPTS = "the right value, and no block again but the lost one"
_SHARE = 0.1
"""Of the blocks, where any may be lost."""
_MOST_LOST = 40


def _of_the_meter(number: int, what: str, which: Which) -> Subtest:
    return Subtest(
        number,
        f"{what} of the meter's",
        procedure=f"reads targets.long_readable in windows of {_WINDOW}, and does as if {what} had not come",
        accepts=_ACCEPTS,
        argument=which,
    )


def _of_the_client(number: int, what: str, which: Which) -> Subtest:
    return Subtest(
        number,
        f"{what} of the client's",
        procedure=f"sends a long get-request-with-list in blocks, and leaves {what} out once",
        accepts=_ACCEPTS,
        applies=negotiates(ConformanceBit.MULTIPLE_REFERENCES),
        argument=which,
    )


@case("X_GBT_P3", title="Lost blocks", clause=f"{CLAUSE}, lost block recovery", applies=long_replies, negative=False)
@subtests(
    _of_the_meter(1, "the first block", numbered(1)),
    _of_the_meter(2, "a block amid a window", numbered(3)),
    _of_the_meter(3, "the last block of a window", gives_the_turn),
    _of_the_meter(4, "the last block of all", is_last),
    _of_the_client(11, "the first block", numbered(1)),
    _of_the_client(12, "a block amid a window", numbered(3)),
    _of_the_client(13, "the last block of a window", gives_the_turn),
    _of_the_client(14, "the last block of all", is_last),
    Subtest(
        21,
        "one block in ten, both ways",
        procedure="reads targets.long_readable three times, and loses one block in ten both ways, drawn from the seed",
        accepts="the right value each time, and no block again but lost ones",
    ),
)
def test_gbt_p3(subtest: Trial) -> None:
    """A lost block is recovered through block-number-acknowledged, and no block comes twice without need.

    Whoever waits for a block that does not come says up to which number nothing is missing, and how many blocks are:
    they alone are sent again, unchanged.
    """
    if subtest.number == 21:
        _any(subtest)
    elif subtest.number > 10:
        _own(subtest)
    else:
        _theirs(subtest)


def _theirs(subtest: Trial) -> None:
    octets = small_pdu(subtest)
    attribute = attribute_for(subtest, octets)
    wanted = reference(subtest, attribute)
    association = opened(subtest, octets)
    theirs, own = Loss(_which(subtest)), Loss(lambda _: False)
    options = BlockOptions(window=_WINDOW, attempts=_ATTEMPTS, in_blocks=True)
    done = request(association, get_request(attribute), options, Losses(sent=own, received=theirs))
    judge_served(subtest, done, wanted)
    judge_repetition(subtest, done, own, theirs)
    judge_alive(subtest, association)


def _own(subtest: Trial) -> None:
    octets = small_pdu(subtest)
    wanted = list_reference(subtest)
    association = opened(subtest, octets)
    own, theirs = Loss(_which(subtest)), Loss(lambda _: False)
    options = BlockOptions(window=_WINDOW, attempts=_ATTEMPTS, in_blocks=True, pdu_octets=min(octets, 32))
    done = request(association, list_request(), options, Losses(sent=own, received=theirs))
    judge_sound(subtest, done)
    subtest.check(
        isinstance(done.reaction, Reply) and done.reaction.value == wanted,
        expected="the list that is read without general blocks",
        observed=seen(done.reaction),
        reaction=done.reaction,
    )
    judge_repetition(subtest, done, own, theirs)
    judge_alive(subtest, association)


def _any(subtest: Trial) -> None:
    octets = small_pdu(subtest)
    attribute = attribute_for(subtest, octets)
    wanted = reference(subtest, attribute)
    association = opened(subtest, octets)
    draw = subtest.random
    options = BlockOptions(window=_WINDOW, attempts=8, in_blocks=True)
    for turn in range(1, 4):
        with subtest.step(f"reading {turn}"):
            own, theirs = (Loss(lambda _: draw.random() < _SHARE, most=_MOST_LOST) for _ in range(2))
            done = request(association, get_request(attribute), options, Losses(sent=own, received=theirs))
            judge_served(subtest, done, wanted)
            if own.lost.total() or theirs.lost.total():
                judge_repetition(subtest, done, own, theirs)


def _which(subtest: Trial) -> Which:
    which = subtest.argument
    assert callable(which)
    return which
