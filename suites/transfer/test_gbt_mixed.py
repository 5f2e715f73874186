"""Clients that mix mechanisms: get-request-next inside general blocks, and general blocks inside get-next."""

from conformance.dlms.xdlms.general_block_transfer import GeneralBlockTransfer
from conformance.dlms.xdlms.get import GetRequestNext, GetResponseWithDatablock
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
    read_in_blocks,
    reference,
    small_pdu,
)
from conformance.harness.general_blocks import IN_BLOCKS as ANY_WINDOW
from conformance.harness.trial import Trial
from conformance.tester.accepted_general_blocks import NOT_IN_PROGRESS, asked_for, told_clearly
from conformance.tester.association import Association
from conformance.tester.block_transfer.exchange import block
from conformance.tester.high_level import INVOKE_ID_AND_PRIORITY
from conformance.tester.reaction import Reaction, Reply
from conformance.tester.seen import seen
from conformance.tester.stimulus import apdu


def _next(association: Association) -> Reaction:
    stimulus = apdu(GetRequestNext(INVOKE_ID_AND_PRIORITY, 1).encode(), "get-request-next, block 1")
    return association.request(stimulus)


def _asked_in_blocks(subtest: Trial, association: Association) -> None:
    judge_begun(subtest, association, attribute_for(subtest, small_pdu(subtest)))
    with subtest.step("the client mixes: get-request-next for what began in general blocks"):
        subtest.judge(_next(association), association=association)


def _begun_by_the_meter(subtest: Trial, association: Association) -> None:
    reaction = association.request(get_request(attribute_for(subtest, small_pdu(subtest))))
    value = reaction.value if isinstance(reaction, Reply) else None
    if not isinstance(value, GeneralBlockTransfer):
        subtest.inapplicable(f"the meter begins long replies to requests outside blocks with: {seen(reaction)}")
    if value.last_block:
        subtest.inconclusive("targets.long_readable fits in one block: there is no transfer to disturb")
    with subtest.step("the client mixes: get-request-next for what began in general blocks"):
        subtest.judge(_next(association), association=association)


def _the_other_way(subtest: Trial, association: Association) -> None:
    reaction = association.request(get_request(attribute_for(subtest, small_pdu(subtest))))
    value = reaction.value if isinstance(reaction, Reply) else None
    if not isinstance(value, GetResponseWithDatablock):
        subtest.inapplicable(f"the meter does not begin with the blocks of GET: {seen(reaction)}")
    with subtest.step("the client mixes: a general block for what began in the blocks of GET"):
        reaction = block(association, number=1, acknowledged=1)
        subtest.judge(reaction, told_clearly() | asked_for(1) | asked_for(0), association=association)


@case(
    "X_GBT_N3",
    title="A client that mixes the mechanisms",
    clause=f"{CLAUSE}; get-request-next",
    applies=long_replies,
)
@subtests(
    Subtest(
        1,
        "get-request-next amid a reply in general blocks",
        procedure="asks for targets.long_readable in general blocks, and answers the first block by get-request-next",
        expectation=NOT_IN_PROGRESS,
        argument=_asked_in_blocks,
    ),
    Subtest(
        2,
        "get-request-next where the meter itself began in general blocks",
        procedure="asks for targets.long_readable outside blocks, answers the first general block by get-request-next",
        expectation=NOT_IN_PROGRESS,
        argument=_begun_by_the_meter,
    ),
    Subtest(
        3,
        "a general block amid the blocks of GET",
        procedure="asks for targets.long_readable outside blocks, answers the first block of GET by a general block",
        accepts="an error or an acknowledgement without data, and nothing of the reply",
        argument=_the_other_way,
    ),
)
def test_gbt_n3(subtest: Trial) -> None:
    """A client that goes on with another mechanism than the transfer began with is told, and gets none of the value.

    The error is no-long-get-in-progress, an exception-response, or the transfer given up. The association lives on, and
    serves the same value when it is asked for anew.
    """
    octets = small_pdu(subtest)
    attribute = attribute_for(subtest, octets)
    wanted = reference(subtest, attribute)
    association = opened(subtest, octets)
    procedure = subtest.argument
    assert callable(procedure)
    procedure(subtest, association)
    judge_alive(subtest, association)
    with subtest.step("the value, asked for anew"):
        judge_served(subtest, read_in_blocks(association, attribute, ANY_WINDOW), wanted)
