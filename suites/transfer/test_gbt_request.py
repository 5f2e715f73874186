"""Requests in general blocks: long ones with long replies, those that write or invoke, and those that want no reply."""

from conformance.device.model import Permission
from conformance.dlms.xdlms.action import ActionRequestNormal, ActionResponseNormal
from conformance.dlms.xdlms.attribute import AttributeDescriptor
from conformance.dlms.xdlms.conformance import ConformanceBit
from conformance.dlms.xdlms.enumerations import ActionResult
from conformance.dlms.xdlms.get import GetRequestNormal
from conformance.dlms.xdlms.set import SetRequestNormal
from conformance.harness.applicability import negotiates, target
from conformance.harness.case import Subtest, Variants, case, subtests
from conformance.harness.general_blocks import (
    CLAUSE,
    general_blocks,
    judge_alive,
    judge_sound,
    opened,
    small_pdu,
    took,
)
from conformance.harness.long_requests import list_reference, list_request
from conformance.harness.trial import Trial
from conformance.harness.written_values import another_value, judge_holds, judge_written, left_as_found, target_value
from conformance.tester.accepted_services import silence
from conformance.tester.block_transfer import unconfirmed
from conformance.tester.block_transfer.client import BlockOptions
from conformance.tester.block_transfer.exchange import request
from conformance.tester.high_level import ASSOCIATION_LN, INVOKE_ID_AND_PRIORITY
from conformance.tester.reaction import Reply
from conformance.tester.seen import seen
from conformance.tester.stimulus import apdu

_UNCONFIRMED = 0x81
"""High priority, invoke-id 1, service-class unconfirmed."""
_PDU = 20
"""Octets of the blocks of a short request, so that it takes several."""

_NAME = AttributeDescriptor(15, ASSOCIATION_LN, 1)

_writes = negotiates(ConformanceBit.SET) & target("writable")
_invokes = negotiates(ConformanceBit.ACTION) & target("method")


def _list(subtest: Trial) -> None:
    octets = small_pdu(subtest)
    wanted = list_reference(subtest)
    association = opened(subtest, octets)
    options = BlockOptions(in_blocks=True, pdu_octets=octets)
    with subtest.transferring(association, "GET with list", "0-0:40.0.0.255"):
        done = request(association, list_request(), options)
    judge_sound(subtest, done)
    subtest.check(
        done.replied_in_blocks and isinstance(done.reaction, Reply) and done.reaction.value == wanted,
        expected="in general blocks, the list that is read without them",
        observed=f"{took(done)}: {seen(done.reaction)}",
        reaction=done.reaction,
    )
    judge_alive(subtest, association)


def _set(subtest: Trial) -> None:
    attribute = subtest.settings.targets.writable
    assert attribute is not None
    reader = opened(subtest, subtest.settings.max_receive_pdu_size, negotiated=False)
    before = target_value(subtest, reader, attribute)
    reader.close()
    other = another_value(subtest, attribute, before)
    with left_as_found(subtest, attribute, before):
        association = opened(subtest, small_pdu(subtest))
        stimulus = apdu(
            SetRequestNormal(INVOKE_ID_AND_PRIORITY, attribute, None, other).encode(), f"SET of {attribute}"
        )
        done = request(association, stimulus, BlockOptions(in_blocks=True, pdu_octets=_PDU))
        judge_sound(subtest, done)
        judge_written(subtest, done.reaction)
        judge_holds(subtest, association, attribute, other)
        judge_alive(subtest, association)


def _action(subtest: Trial) -> None:
    targets = subtest.settings.targets
    assert targets.method is not None
    association = opened(subtest, small_pdu(subtest))
    asked = ActionRequestNormal(INVOKE_ID_AND_PRIORITY, targets.method, targets.method_parameters)
    stimulus = apdu(asked.encode(), f"ACTION, {targets.method}")
    done = request(association, stimulus, BlockOptions(in_blocks=True, pdu_octets=12))
    judge_sound(subtest, done)
    value = done.reaction.value if isinstance(done.reaction, Reply) else None
    subtest.check(
        done.replied_in_blocks and isinstance(value, ActionResponseNormal) and value.result == ActionResult.SUCCESS,
        expected="in general blocks, action-result success",
        observed=f"{took(done)}: {seen(done.reaction)}",
        reaction=done.reaction,
    )
    judge_alive(subtest, association)


@case(
    "X_GBT_P4",
    title="Long requests in general blocks",
    clause=f"{CLAUSE}, bidirectional",
    applies=general_blocks,
    variants=Variants.EACH_PROTECTION,
    negative=False,
)
@subtests(
    Subtest(
        1,
        "GET with list: a long request, a long reply",
        procedure="sends a get-request-with-list of many attributes in blocks, in windows as the meter allows",
        accepts="the same list as without general blocks, in blocks, none of which comes before the request is whole",
        applies=negotiates(ConformanceBit.MULTIPLE_REFERENCES),
        argument=_list,
    ),
    Subtest(
        2,
        "SET: a long request, a short reply",
        procedure=f"writes targets.writable by a request in blocks of {_PDU} octets, reads it, and puts it back",
        accepts="success, and the value that was written",
        applies=_writes,
        permission=Permission.WRITES,
        argument=_set,
    ),
    Subtest(
        3,
        "ACTION: a long request, a short reply",
        procedure="invokes targets.method by a request in blocks of 12 octets",
        accepts="action-result success",
        applies=_invokes,
        permission=Permission.WRITES,
        argument=_action,
    ),
)
def test_gbt_p4(subtest: Trial) -> None:
    """A request in several general blocks is served once it is whole, and answered in general blocks.

    Before that each turn is answered by a block without data, whose block-number-acknowledged says what has come.
    """
    procedure = subtest.argument
    assert callable(procedure)
    procedure(subtest)


def _ask_unconfirmed(subtest: Trial) -> None:
    association = opened(subtest, small_pdu(subtest))
    stimulus = apdu(GetRequestNormal(_UNCONFIRMED, _NAME).encode(), "unconfirmed GET")
    with subtest.step("streamed to the end, window 0"):
        unconfirmed.notify(association, stimulus, _PDU)
        subtest.judge(association.receive(), silence(), association=association)
    with subtest.step("in one block that gives the turn, window 1"):
        done = request(association, stimulus, BlockOptions(window=1, in_blocks=True))
        subtest.judge(done.reaction, silence(), association=association)
    judge_alive(subtest, association)


def _write_unconfirmed(subtest: Trial) -> None:
    attribute = subtest.settings.targets.writable
    assert attribute is not None
    association = opened(subtest, subtest.settings.max_receive_pdu_size)
    before = target_value(subtest, association, attribute)
    other = another_value(subtest, attribute, before)
    with left_as_found(subtest, attribute, before):
        stimulus = apdu(SetRequestNormal(_UNCONFIRMED, attribute, None, other).encode(), f"unconfirmed {attribute}")
        unconfirmed.notify(association, stimulus, _PDU)
        subtest.judge(association.receive(), silence(), association=association)
        judge_holds(subtest, association, attribute, other)
        judge_alive(subtest, association)


@case(
    "X_GBT_P5",
    title="Unconfirmed requests in general blocks",
    clause=f"{CLAUSE}, unconfirmed",
    applies=general_blocks,
)
@subtests(
    Subtest(
        1,
        "an unconfirmed GET",
        procedure="sends a GET with service-class unconfirmed in blocks: all streamed with window 0, then in one block",
        accepts="silence both times: no reply, no block that acknowledges",
        argument=_ask_unconfirmed,
    ),
    Subtest(
        2,
        "an unconfirmed SET",
        procedure="writes targets.writable with service-class unconfirmed in streamed blocks, reads it, puts it back",
        accepts="silence, and the value that was written",
        applies=_writes,
        permission=Permission.WRITES,
        argument=_write_unconfirmed,
    ),
)
def test_gbt_p5(subtest: Trial) -> None:
    """An unconfirmed request in general blocks is carried out and answered by nothing."""
    procedure = subtest.argument
    assert callable(procedure)
    procedure(subtest)
