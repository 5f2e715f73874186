"""general-block-transfer negotiated and not: one mechanism from the beginning of a transfer to its end."""

from conformance.dlms.data.types import Data
from conformance.dlms.xdlms import general_block_transfer
from conformance.dlms.xdlms.attribute import AttributeDescriptor
from conformance.dlms.xdlms.conformance import ConformanceBit
from conformance.harness.applicability import negotiates
from conformance.harness.case import Subtest, Variants, case, subtests
from conformance.harness.deciding import apdu_of
from conformance.harness.general_blocks import (
    CLAUSE,
    IN_BLOCKS,
    attribute_for,
    has_settled_on_blocks,
    judge_served,
    long_replies,
    opened,
    read_in_blocks,
    reference,
    small_pdu,
)
from conformance.harness.trial import Trial
from conformance.tester.accepted_services import exception, service_error, silence
from conformance.tester.association import Association
from conformance.tester.block_transfer.cost import TransferCost, measured
from conformance.tester.block_transfer.exchange import request
from conformance.tester.expectation import tolerated
from conformance.tester.liveness import question
from conformance.tester.tape import TapedFrame
from conformance.tester.transfer import TransferFailed, get

_GET_NEXT = negotiates(ConformanceBit.BLOCK_TRANSFER_WITH_GET_OR_READ)
_REFUSED = exception() | service_error() | tolerated(silence())


@case(
    "X_GBT_NEGOTIATION",
    title="The mechanism of a long reply",
    clause=f"{CLAUSE}; IEC 62056-5-3, conformance block",
    applies=long_replies,
    variants=Variants.EACH_PROTECTION,
    negative=False,
)
@subtests(
    Subtest(
        1,
        "general-block-transfer not negotiated: a long reply",
        procedure="opens without the bit, reads targets.long_readable",
        accepts="the value in the blocks of GET, and no general block",
        applies=_GET_NEXT,
    ),
    Subtest(
        2,
        "general-block-transfer not negotiated: a request in general blocks",
        procedure="opens without the bit, sends a request in a general block",
        expectation=_REFUSED,
    ),
    Subtest(
        3,
        "general-block-transfer negotiated: a long reply",
        procedure="opens with the bit, reads targets.long_readable outside blocks",
        accepts="the value, in the blocks that the reply begins with and in no others",
    ),
    Subtest(
        4,
        "both mechanisms side by side",
        procedure="reads targets.long_readable without the bit, and with it by a request in general blocks",
        accepts="the same value both times; what each took stands beside it",
        applies=_GET_NEXT,
    ),
)
def test_gbt_negotiation(subtest: Trial) -> None:
    """General blocks are used where they were negotiated, and a long reply ends in the blocks that it began with.

    What the AARE says counts: where the bit was proposed and not negotiated, general blocks are as wrong as without it.
    With the bit negotiated the server chooses what it begins a long reply with, if the request came outside blocks; a
    request in general blocks is answered in them. A server that begins in general blocks and goes on in those of GET,
    or a client that asks for the next of them by get-request-next, loses the value.
    """
    octets = small_pdu(subtest)
    if subtest.number == 2:
        association = opened(subtest, octets, negotiated=False)
        subtest.judge(request(association, question(association), IN_BLOCKS).reaction, association=association)
        subtest.alive(association)
        return
    attribute = attribute_for(subtest, octets)
    if subtest.number == 4:
        _side_by_side(subtest, attribute)
        return
    association = opened(subtest, octets, negotiated=subtest.number == 3, must_agree=False)
    value, cost, mechanism = _read(subtest, association, attribute)
    subtest.alive(association)
    association.close()
    same = value == reference(subtest, attribute)
    subtest.check(
        same,
        expected="the value that is read with the largest PDU and without general blocks",
        observed=f"{'the same' if same else 'another'} value, by {mechanism}: {_told(cost)}",
    )


def _read(subtest: Trial, association: Association, attribute: AttributeDescriptor) -> tuple[Data, TransferCost, str]:
    """Read a long value by a mechanism that is judged; with what it took, and the name of the mechanism."""
    negotiated = has_settled_on_blocks(association)
    first = subtest.tape.next_number
    try:
        with subtest.transferring(association, "GET", attribute), measured(association) as cost:
            value = get(association, attribute)
    except TransferFailed as failed:
        _judge_mechanism(subtest, subtest.tape.frames[first:], negotiated=negotiated)
        subtest.check(
            False, expected=subtest.subtest.expected, observed=str(failed), reaction=failed.reaction, path=failed.path
        )
        raise
    mechanism = _judge_mechanism(subtest, subtest.tape.frames[first:], negotiated=negotiated)
    if not isinstance(value, Data):
        subtest.inconclusive(f"{attribute} cannot be read: data-access-result {value}")
    return value, cost, mechanism


def _judge_mechanism(subtest: Trial, frames: list[TapedFrame], *, negotiated: bool) -> str:
    """Judge that a transfer went by one mechanism, and by one that was negotiated; its name.

    Raises:
        Failed: at the first APDU of the meter that goes another way than the reply began.
    """
    replies = [(frame, octets) for frame in frames if frame.direction == "S>C" and (octets := apdu_of(frame))]
    in_blocks = [octets[0] == general_block_transfer.TAG for _, octets in replies]
    strange = next((index for index, general in enumerate(in_blocks) if general is not in_blocks[0]), None)
    if in_blocks and in_blocks[0] and not negotiated:
        strange = 0
    began = "general blocks" if in_blocks and in_blocks[0] else "the blocks of GET"
    subtest.check(
        strange is None,
        expected="one mechanism from the first block to the last, and general blocks only where they are negotiated",
        observed=f"the whole reply in {began}"
        if strange is None
        else f"the reply begins in {began}, though general-block-transfer is not negotiated"
        if not strange
        else f"the reply begins in {began}, and APDU {strange + 1} of it comes another way: the meter mixes mechanisms",
        frame=None if strange is None else replies[strange][0].number,
    )
    return began


def _side_by_side(subtest: Trial, attribute: AttributeDescriptor) -> None:
    octets = small_pdu(subtest)
    with subtest.step("the bit off"):
        association = opened(subtest, octets, negotiated=False)
        value, by_get_next, _ = _read(subtest, association, attribute)
        association.close()
    with subtest.step("the bit on, asked in general blocks"):
        association = opened(subtest, octets)
        with subtest.transferring(association, "GET", attribute):
            done = read_in_blocks(association, attribute, IN_BLOCKS)
        judge_served(subtest, done, value)
    subtest.check(
        True,
        expected=subtest.subtest.expected,
        observed=f"get-next: {_told(by_get_next)}; general blocks: {_told(done.cost)}",
    )


def _told(cost: TransferCost) -> str:
    return f"{cost.round_trips} round trips, {cost.octets_sent} octets sent, {cost.octets_received} received"
