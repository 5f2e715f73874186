"""Transfers in general blocks as cases make and judge them: the association, the request, the reply, what it took."""

from __future__ import annotations

from dataclasses import replace

from conformance.device.model import Protection
from conformance.dlms.data.types import Data
from conformance.dlms.xdlms.attribute import AttributeDescriptor
from conformance.dlms.xdlms.conformance import ConformanceBit
from conformance.dlms.xdlms.general_block_transfer import GeneralBlockTransfer
from conformance.dlms.xdlms.get import GetRequestNormal, GetResponseNormal
from conformance.harness.applicability import Condition, logical_names, negotiates, target
from conformance.harness.trial import Trial
from conformance.tester.association import Association
from conformance.tester.block_transfer.client import BlockOptions
from conformance.tester.block_transfer.exchange import NO_LOSSES, Losses, Transferred, block, request
from conformance.tester.high_level import ASSOCIATION_LN, INVOKE_ID_AND_PRIORITY
from conformance.tester.liveness import ALIVE, question
from conformance.tester.reaction import Reaction, Reply
from conformance.tester.seen import seen
from conformance.tester.stimulus import Stimulus, aarq, apdu
from conformance.tester.transfer import TransferFailed, get

CLAUSE = "IEC 62056-5-3, 7.3.13, general block transfer"
GENERAL_BLOCKS = ConformanceBit.GENERAL_BLOCK_TRANSFER
IN_BLOCKS = BlockOptions(in_blocks=True)
ONE_BY_ONE = BlockOptions(window=1, in_blocks=True)
SMALL_PDU = 64
"""Octets in which most replies take several blocks, and HLS pass 4 still fits in one APDU."""

_SHORT = AttributeDescriptor(15, ASSOCIATION_LN, 4)
"""application_context_name: a few octets, and more than the smallest PDU holds; every association has it."""
_SOUND = "blocks numbered from 1, the last one and no other said to be the last, none beyond PDU size and window"

general_blocks: Condition = logical_names & negotiates(GENERAL_BLOCKS, ConformanceBit.GET)
"""General blocks can be asked for: nothing is needed that an association does not have of itself."""
long_replies: Condition = general_blocks & target("long_readable")


def small_pdu(subtest: Trial) -> int:
    """Octets of a PDU that makes replies take several blocks."""
    return max(SMALL_PDU, subtest.settings.smallest_pdu_size)


def opened(
    subtest: Trial,
    pdu_octets: int,
    *,
    negotiated: bool = True,
    must_agree: bool = True,
    protection: Protection | None = None,
) -> Association:
    """An association that is established, in which the client takes APDUs of so many octets.

    Args:
        subtest: the trial.
        pdu_octets: client-max-receive-pdu-size.
        negotiated: general-block-transfer is proposed, as the device config declares; False: it is left out.
        must_agree: without the bit in the AARE there is nothing to judge; False: what holds without it is judged.
        protection: in place of the variant's.

    Raises:
        PreambleFailed: it does not come up.
        Failed: the meter negotiates a bit that was not proposed.
        Inapplicable: the meter does not negotiate the bit that the device config declares.
    """
    settings = subtest.settings
    if not negotiated:
        settings = replace(settings, conformance=settings.conformance - {GENERAL_BLOCKS})
    association = subtest.another(protection=protection or subtest.protection, settings=settings)
    reply = association.establish(aarq(client_max_receive_pdu_size=pdu_octets))
    agreed = has_settled_on_blocks(association)
    if negotiated and must_agree and not agreed:
        subtest.inapplicable("the meter does not negotiate general-block-transfer, which the device config declares")
    if agreed and not negotiated:
        subtest.check(
            False,
            expected="general-block-transfer is not negotiated where it was not proposed",
            observed="the meter negotiates general-block-transfer, which was not proposed",
            reaction=reply,
            path="aare.user-information",
        )
    return association


def has_settled_on_blocks(association: Association) -> bool:
    """Whether general-block-transfer is in the conformance that the AARE has told."""
    settled = association.negotiated
    return settled is not None and GENERAL_BLOCKS in settled.negotiated_conformance


def attribute_for(subtest: Trial, pdu_octets: int) -> AttributeDescriptor:
    """What is read with a PDU of so many octets: little with a tiny one, for each block is a frame on the line."""
    if pdu_octets < SMALL_PDU:
        return _SHORT
    attribute = subtest.settings.targets.long_readable
    assert attribute is not None  # noqa: S101 - the cases apply only where it is declared
    return attribute


def get_request(attribute: AttributeDescriptor) -> Stimulus:
    """GET of an attribute."""
    return apdu(GetRequestNormal(INVOKE_ID_AND_PRIORITY, attribute).encode(), f"GET of {attribute}")


def reference(subtest: Trial, attribute: AttributeDescriptor) -> Data:
    """The value of an attribute, read with the declared largest PDU and without general blocks.

    Raises:
        Inconclusive: it cannot be read so.
    """
    association = opened(subtest, subtest.settings.max_receive_pdu_size, negotiated=False)
    try:
        value = get(association, attribute)
    except TransferFailed as failed:
        subtest.inconclusive(f"{attribute} cannot be read without general blocks: {failed}")
    finally:
        association.close()
    if not isinstance(value, Data):
        subtest.inconclusive(f"{attribute} cannot be read without general blocks: data-access-result {value}")
    return value


def judge_sound(subtest: Trial, done: Transferred, told: str = "") -> None:
    """Judge that the meter did nothing wrong in a transfer.

    Raises:
        Failed: with its first fault, and the field that shows it.
    """
    fault = done.faults[0] if done.faults else None
    subtest.check(
        fault is None,
        expected=_SOUND,
        observed=f"{told or 'the transfer'}: {fault}" if fault is not None else f"{told}{took(done)}",
        path=fault.path if fault is not None else "",
        frame=fault.frame if fault is not None and fault.frame >= 0 else None,
    )


def judge_served(subtest: Trial, done: Transferred, wanted: Data, told: str = "") -> None:
    """Judge that a transfer is sound, went in general blocks, and brought a value.

    Raises:
        Failed: it did not.
    """
    judge_sound(subtest, done, told)
    subtest.check(
        done.replied_in_blocks,
        expected="a reply in general blocks, as the request was",
        observed=f"{told}{seen(done.reaction)}",
        reaction=done.reaction,
    )
    judge_value(subtest, done.reaction, wanted, f"{told}{took(done)}: ")


def judge_value(subtest: Trial, reaction: Reaction, wanted: Data, told: str = "") -> None:
    """Judge that a reply opens, decodes, and holds a value.

    Raises:
        Failed: it does not.
    """
    reply = reaction if isinstance(reaction, Reply) else None
    unopened = reply.protected.error if reply is not None and reply.protected is not None else None
    value = reply.value if reply is not None else None
    given = value.result if isinstance(value, GetResponseNormal) else None
    what = f"the joined reply does not open: {unopened}" if unopened is not None else seen(reaction)
    other = isinstance(given, Data) and given != wanted
    subtest.check(
        given == wanted,
        expected="the value that is read without general blocks",
        observed=f"{told}another value than without general blocks" if other else f"{told}{what}",
        reaction=reaction,
        path="get-response.result" if other else "",
    )


def took(done: Transferred) -> str:
    """What a transfer took, in words."""
    cost, counted = done.cost, done.counted
    blocks = f"{counted.received} blocks" if counted.received != 1 else "1 block"
    return (
        f"{blocks} in {cost.round_trips} round trip{'s' if cost.round_trips != 1 else ''}, "
        f"{cost.octets_sent} octets sent, {cost.octets_received} received"
    )


def read_in_blocks(
    association: Association, attribute: AttributeDescriptor, options: BlockOptions, losses: Losses = NO_LOSSES
) -> Transferred:
    """GET of an attribute by a request in general blocks."""
    return request(association, get_request(attribute), options, losses)


def judge_alive(subtest: Trial, association: Association) -> None:
    """Judge that the association serves on: in blocks again, and outside them where the reply is short enough.

    Raises:
        Failed: it does not.
    """
    with subtest.step("the association serves on, in general blocks"):
        done = request(association, question(association), IN_BLOCKS)
        judge_sound(subtest, done, "the question for its name: ")
        subtest.judge(done.reaction, ALIVE, association=association)
    initiate = association.proposed_initiate
    if initiate is not None and not 0 < initiate.client_max_receive_pdu_size < SMALL_PDU:
        with subtest.step("the association serves on, outside of them"):
            subtest.alive(association)


def judge_begun(subtest: Trial, association: Association, attribute: AttributeDescriptor) -> Reply:
    """Ask for a long value in one block that allows one, and judge that the first block of the reply comes.

    Raises:
        Failed: something else comes.
        Inconclusive: the whole reply is in it.
    """
    reaction = block(association, protected(association, get_request(attribute)), number=1, acknowledged=0)
    value = reaction.value if isinstance(reaction, Reply) else None
    subtest.check(
        isinstance(value, GeneralBlockTransfer) and (value.block_number, bool(value.block_data)) == (1, True),
        expected="the first block of the reply, with number 1",
        observed=seen(reaction),
        reaction=reaction,
        path="general-block-transfer.block-number" if isinstance(value, GeneralBlockTransfer) else "",
    )
    assert isinstance(reaction, Reply)  # noqa: S101 - the check has seen to it
    assert isinstance(value, GeneralBlockTransfer)  # noqa: S101 - likewise
    if value.last_block:
        subtest.inconclusive(f"{attribute} fits in one block: there is no transfer to disturb")
    return reaction


def protected(association: Association, stimulus: Stimulus) -> bytes:
    """The APDU of a stimulus, protected as everything in the association is, to be cut into blocks by hand."""
    return association.security.protect(stimulus.octets, association.protection)
