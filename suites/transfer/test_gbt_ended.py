"""Transfers that end before their reply is whole, or seem to begin again."""

from conformance.dlms.xdlms.general_block_transfer import GeneralBlockTransfer
from conformance.harness.case import Subtest, case, subtests
from conformance.harness.general_blocks import (
    CLAUSE,
    attribute_for,
    get_request,
    judge_alive,
    judge_begun,
    judge_served,
    long_replies,
    opened,
    protected,
    read_in_blocks,
    reference,
    small_pdu,
)
from conformance.harness.general_blocks import IN_BLOCKS as ANY_WINDOW
from conformance.harness.trial import Trial
from conformance.tester.accepted_general_blocks import asked_for, block_again, told_clearly
from conformance.tester.accepted_services import silence
from conformance.tester.association import Association, State
from conformance.tester.block_transfer.exchange import block, give_up
from conformance.tester.expectation import tolerated
from conformance.tester.liveness import ALIVE, question
from conformance.tester.reaction import Reply
from conformance.tester.stimulus import aarq, raw

_NOTHING_OF_IT = told_clearly() | asked_for(0) | asked_for(1) | asked_for(2) | tolerated(silence())
"""What an acknowledgement gets that belongs to no transfer any more."""


def _given_up(subtest: Trial, association: Association) -> None:
    judge_begun(subtest, association, attribute_for(subtest, small_pdu(subtest)))
    with subtest.step("the client gives the transfer up"):
        give_up(association)
        subtest.judge(association.receive(), silence() | told_clearly(), association=association)
    with subtest.step("an acknowledgement all the same"):
        subtest.judge(block(association, number=2, acknowledged=1), _NOTHING_OF_IT, association=association)


def _overtaken(subtest: Trial, association: Association) -> None:
    judge_begun(subtest, association, attribute_for(subtest, small_pdu(subtest)))
    with subtest.step("another request, outside blocks"):
        subtest.judge(association.request(question(association)), ALIVE, association=association)


def _released(subtest: Trial, association: Association) -> None:
    judge_begun(subtest, association, attribute_for(subtest, small_pdu(subtest)))
    with subtest.step("released, and opened again on the same link"):
        association.release()
        if association.state is not State.IDLE:
            subtest.inconclusive("the association is not released")
        association.establish(aarq(client_max_receive_pdu_size=small_pdu(subtest)))
    with subtest.step("an acknowledgement of the block before"):
        subtest.judge(block(association, number=2, acknowledged=1), _NOTHING_OF_IT, association=association)
    with subtest.step("an acknowledgement as of the first block"):
        subtest.judge(block(association, number=1, acknowledged=1), _NOTHING_OF_IT, association=association)


@case("X_GBT_N4", title="A transfer that ends early", clause=f"{CLAUSE}, aborting", applies=long_replies)
@subtests(
    Subtest(
        1,
        "given up by the client",
        procedure="amid a reply, sends last-block with both numbers 0; then acknowledges the first block all the same",
        accepts="silence or an error, and nothing more of the reply",
        argument=_given_up,
    ),
    Subtest(
        2,
        "another request",
        procedure="amid a reply, asks for the association's name outside blocks",
        accepts="the name, and the transfer begun anew from block 1",
        argument=_overtaken,
    ),
    Subtest(
        3,
        "release",
        procedure="amid a reply, releases the association, opens it again and acknowledges the first block",
        accepts="an error or a block without data, and nothing of the reply",
        argument=_released,
    ),
)
def test_gbt_n4(subtest: Trial) -> None:
    """A transfer that the client gives up, overtakes or leaves by releasing does not go on.

    Asked for anew, the value comes whole, from block 1 on.
    """
    octets = small_pdu(subtest)
    attribute = attribute_for(subtest, octets)
    wanted = reference(subtest, attribute)
    association = opened(subtest, octets)
    procedure = subtest.argument
    assert callable(procedure)
    procedure(subtest, association)
    with subtest.step("the value, asked for anew"):
        judge_served(subtest, read_in_blocks(association, attribute, ANY_WINDOW), wanted)
    judge_alive(subtest, association)


@case("X_GBT_N6", title="The same block again", clause=f"{CLAUSE}, lost block recovery", applies=long_replies)
@subtests(
    Subtest(
        1,
        "the request once more",
        procedure="sends the one block of a request twice, octet for octet, as if its reply had been lost",
        accepts="the first block of the reply both times, unchanged; then the rest of it",
        argument=0,
    ),
    Subtest(
        2,
        "an acknowledgement once more",
        procedure="acknowledges the first block of a reply twice, octet for octet, as if the second had been lost",
        accepts="the second block both times, unchanged",
        argument=1,
    ),
)
def test_gbt_n6(subtest: Trial) -> None:
    """A client's block that comes again, because nothing answered it, gets the same answer again.

    In clear that of a request cannot be told from the same request made anew, once the whole reply has been sent.
    """
    octets = small_pdu(subtest)
    attribute = attribute_for(subtest, octets)
    wanted = reference(subtest, attribute)
    association = opened(subtest, octets)
    sent = GeneralBlockTransfer(True, False, 1, 1, 0, protected(association, get_request(attribute)))
    with subtest.step("the first block of the reply"):
        first = association.request(raw(sent.encode(), "general-block-transfer, block 1"))
        subtest.check(
            isinstance(first, Reply)
            and isinstance(first.value, GeneralBlockTransfer)
            and first.value.block_number == 1,
            expected="the first block of the reply, with number 1",
            observed=str(first) if not isinstance(first, Reply) else "the first block of the reply",
            reaction=first,
        )
    if subtest.argument:
        sent = GeneralBlockTransfer(True, False, 1, 2, 1, b"")
        first = association.request(raw(sent.encode(), "general-block-transfer, block 2"))
    value = first.value if isinstance(first, Reply) else None
    if not isinstance(value, GeneralBlockTransfer) or value.last_block:
        subtest.inconclusive("targets.long_readable fits in one block: there is nothing to repeat")
    with subtest.step("the client's block once more"):
        again = association.request(raw(sent.encode(), "the same block once more"))
        subtest.judge(again, block_again(value.block_number, value.block_data), association=association)
    with subtest.step("the value, asked for anew"):
        judge_served(subtest, read_in_blocks(association, attribute, ANY_WINDOW), wanted)
    judge_alive(subtest, association)
