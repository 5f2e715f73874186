"""Long replies in general blocks: what they join to, how many come at once, and how they are protected."""

from conformance.device.model import Protection
from conformance.harness.applicability import Claim, Condition, ciphered
from conformance.harness.case import Subtest, Variants, case, subtests
from conformance.harness.general_blocks import (
    CLAUSE,
    IN_BLOCKS,
    attribute_for,
    get_request,
    judge_alive,
    judge_served,
    judge_sound,
    long_replies,
    opened,
    protected,
    read_in_blocks,
    reference,
    small_pdu,
)
from conformance.harness.openings import NOT_SERVED
from conformance.harness.security_applicability import authenticated_requests
from conformance.harness.trial import Trial
from conformance.tester.accepted_data_exchange import protected_reply
from conformance.tester.block_transfer.client import BlockOptions
from conformance.tester.block_transfer.exchange import request
from conformance.tester.stimulus import raw

_JOINED = "blocks numbered from 1 to one that says it is the last, within PDU size and window; joined, the same value"


def _within(octets: int) -> Condition:
    """A PDU size that the meter declares to take."""

    def holds(claim: Claim) -> bool:
        largest = claim.association.max_receive_pdu_size
        return claim.association.smallest_pdu_size <= octets and (not largest or octets <= largest)

    return Condition(f"{octets} octets between smallest_pdu_size and max_receive_pdu_size", holds)


def _size(number: int, octets: int) -> Subtest:
    return Subtest(
        number,
        f"PDU of {octets} octets",
        procedure=f"opens with a PDU size of {octets}, reads targets.long_readable by a request in general blocks",
        accepts=_JOINED,
        applies=_within(octets),
        argument=octets,
    )


@case(
    "X_GBT_P1",
    title="A reply in general blocks",
    clause=CLAUSE,
    applies=long_replies,
    variants=Variants.EACH_PROTECTION,
    negative=False,
)
@subtests(
    Subtest(
        1,
        "the smallest declared PDU",
        procedure="opens with smallest_pdu_size, reads by a request in general blocks; below 64 octets a short value",
        accepts=_JOINED,
        argument="smallest_pdu_size",
    ),
    _size(2, 64),
    _size(3, 128),
    _size(4, 512),
    Subtest(
        5,
        "the largest declared PDU",
        procedure="opens with max_receive_pdu_size, reads targets.long_readable by a request in general blocks",
        accepts=_JOINED,
        argument="max_receive_pdu_size",
    ),
)
def test_gbt_p1(subtest: Trial) -> None:
    """A request in general blocks is answered in general blocks from the first to the last one.

    get-request-next is not needed and never sent. Block numbers are consecutive from 1 in each transfer, last-block is
    said once, no block is longer than the client takes; the joined value equals the one read with the largest PDU and
    without general blocks. The first block has a head of six octets and the length of its data, so that a PDU of 12
    octets carries five of them. A second transfer in the same association begins at 1 again.
    """
    argument = subtest.argument
    octets = argument if isinstance(argument, int) else getattr(subtest.settings, str(argument))
    attribute = attribute_for(subtest, octets or 0xFFFF)
    wanted = reference(subtest, attribute)
    association = opened(subtest, octets)
    with subtest.step(f"{attribute} in blocks"), subtest.transferring(association, "GET", attribute):
        done = read_in_blocks(association, attribute, IN_BLOCKS)
    judge_served(subtest, done, wanted)
    judge_alive(subtest, association)


def _window(number: int, blocks: int) -> Subtest:
    return Subtest(
        number,
        f"a window of {blocks}",
        procedure=f"reads targets.long_readable in general blocks, and says that it takes {blocks} at once",
        accepts=f"at most {blocks} blocks at a time, all but the last of them streamed; joined, the same value",
        argument=blocks,
    )


@case("X_GBT_P2", title="The window of a streamed reply", clause=CLAUSE, applies=long_replies, negative=False)
@subtests(*(_window(number, blocks) for number, blocks in enumerate((1, 2, 3, 7, 63), 1)))
def test_gbt_p2(subtest: Trial) -> None:
    """A meter streams no more blocks than the client's window allows, and says of all but the last that more follow.

    It may give the turn before the window is full.
    """
    blocks = subtest.argument
    assert isinstance(blocks, int)
    octets = small_pdu(subtest)
    attribute = attribute_for(subtest, octets)
    wanted = reference(subtest, attribute)
    association = opened(subtest, octets)
    with subtest.step(f"{attribute} in windows of {blocks}"), subtest.transferring(association, "GET", attribute):
        done = read_in_blocks(association, attribute, BlockOptions(window=blocks, in_blocks=True))
    judge_served(subtest, done, wanted)
    judge_alive(subtest, association)


@case(
    "X_GBT_P6",
    title="General blocks around ciphered APDUs",
    clause=f"{CLAUSE}; protection before blocks",
    applies=ciphered & long_replies,
    variants=Variants.EACH_PROTECTION,
)
@subtests(
    Subtest(
        1,
        "a long reply",
        procedure="reads targets.long_readable in general blocks, and joins what they carry",
        accepts="one protected APDU, in the form of the request and in the meter's name, which opens",
    ),
    Subtest(
        2,
        "a request in several blocks",
        procedure="sends the protected request cut into blocks of 16 octets",
        accepts="the value, protected as one APDU; nothing before the request is whole",
    ),
    Subtest(
        3,
        "one bit of the tag wrong",
        procedure="sends the protected request in blocks, one bit of the tag in the last of them wrong",
        expectation=NOT_SERVED,
        applies=authenticated_requests,
    ),
)
def test_gbt_p6(subtest: Trial) -> None:
    """An APDU is protected first and then cut into general blocks, so that one tag protects all of it.

    The blocks themselves are not protected.
    """
    octets = small_pdu(subtest)
    attribute = attribute_for(subtest, octets)
    wanted = reference(subtest, attribute)
    association = opened(subtest, octets)
    if subtest.number == 3:
        spoilt = protected(association, get_request(attribute))
        octets_sent = spoilt[:-1] + bytes((spoilt[-1] ^ 1,))
        done = request(association, raw(octets_sent, "the request, one bit of its tag wrong"), IN_BLOCKS)
        judge_sound(subtest, done)
        subtest.judge(done.reaction)
    else:
        options = BlockOptions(in_blocks=True, pdu_octets=16) if subtest.number == 2 else IN_BLOCKS
        done = read_in_blocks(association, attribute, options)
        judge_sound(subtest, done)
        assert association.protection is not Protection.NONE
        subtest.judge(done.reaction, protected_reply(association), association=association)
        judge_served(subtest, done, wanted)
    judge_alive(subtest, association)
