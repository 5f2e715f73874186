"""What a transfer takes is counted on the tape, and so is the mechanism that carried it."""

from __future__ import annotations

import pytest

from conformance.device.model import Profile, Protection
from conformance.dlms.xdlms.attribute import AttributeDescriptor
from conformance.dlms.xdlms.conformance import ConformanceBit
from conformance.harness.trial import Trial
from conformance.record.transfer_cost import MOST_TRANSFERS, Mechanism, TransferCostRecord
from conformance.tester.association import Association
from conformance.tester.block_transfer.client import BlockOptions
from conformance.tester.block_transfer.exchange import request
from conformance.tester.stimulus import aarq, apdu
from conformance.tester.transfer import TransferFailed, get
from tests.harness.test_pdu_sizes import GET_LIST, GET_NAME, OBJECT_LIST, trial


def opened(made: Trial, *, general: bool) -> Association:
    bits = made.settings.conformance | {ConformanceBit.GENERAL_BLOCK_TRANSFER}
    bits = bits if general else bits - {ConformanceBit.GENERAL_BLOCK_TRANSFER}
    association = made.another()
    association.establish(aarq(client_max_receive_pdu_size=128, proposed_conformance=bits))
    return association


def by_both(made: Trial) -> tuple[TransferCostRecord, TransferCostRecord]:
    association = opened(made, general=False)
    with made.transferring(association, "GET", OBJECT_LIST):
        get(association, OBJECT_LIST)
    association.close()
    association = opened(made, general=True)
    with made.transferring(association, "GET", OBJECT_LIST):
        request(association, GET_LIST, BlockOptions(window=4, in_blocks=True))
    made.close()
    own, general = made.transfers
    return own, general


@pytest.mark.parametrize(
    ("name", "protection"), [("reading", Protection.NONE), ("management", Protection.GLO)], ids=["clear", "glo"]
)
def test_over_the_wrapper_each_block_of_get_is_a_round_trip_and_a_window_of_general_ones_is_one(name, protection):
    own, general = by_both(trial(Profile.WRAPPER, name, protection))

    assert (own.mechanism, general.mechanism) == (Mechanism.SERVICE_SPECIFIC, Mechanism.GENERAL)
    assert own.round_trips == own.apdus_sent == own.apdus_received == own.frames_sent > 10
    assert (own.window, general.window) == (None, 4)
    assert general.round_trips == general.apdus_sent == 1 + (general.apdus_received - 1) // 4
    assert general.octets_sent + general.octets_received < own.octets_sent + own.octets_received
    assert {own.protection, general.protection} == {protection.value}
    assert {own.association, general.association} == {name}
    assert (own.pdu_size, general.pdu_size) == (128, 128)
    assert own.attribute == general.attribute == str(AttributeDescriptor(15, OBJECT_LIST.instance_id, 2))
    assert own.virtual


def test_over_hdlc_octets_are_those_of_whole_frames():
    made = trial(Profile.HDLC, "reading")
    own, _ = by_both(made)

    frames = [frame for frame in made.tape.frames if frame.apdu is not None or b"\xe6\xe6\x00\xc0" in frame.octets]
    sent = [frame for frame in frames if b"\xe6\xe6\x00\xc0" in frame.octets]
    assert own.apdus_sent == len(sent)
    assert own.octets_sent == sum(len(frame.octets) for frame in sent)


def test_a_reply_in_one_apdu_is_no_transfer_in_blocks():
    made = trial(Profile.WRAPPER, "reading")
    association = opened(made, general=True)
    with made.transferring(association, "GET", "the name"):
        association.request(GET_NAME)
    made.close()

    (cost,) = made.transfers
    assert (cost.mechanism, cost.apdus_sent, cost.apdus_received) == (Mechanism.NONE, 1, 1)


def test_a_transfer_that_ends_badly_is_not_kept():
    made = trial(Profile.WRAPPER, "reading")
    association = opened(made, general=False)

    def fails() -> None:
        with made.transferring(association, "GET", OBJECT_LIST):
            reaction = association.request(apdu("C0", "half a request"))
            raise TransferFailed("no get-response", reaction)

    with pytest.raises(TransferFailed):
        fails()
    made.close()

    assert made.transfers == []


def test_so_many_transfers_are_kept_and_no_more():
    made = trial(Profile.WRAPPER, "reading")
    association = opened(made, general=False)
    for _ in range(MOST_TRANSFERS + 2):
        with made.transferring(association, "GET", "the name"):
            association.request(GET_NAME)
    made.close()

    assert len(made.transfers) == MOST_TRANSFERS
