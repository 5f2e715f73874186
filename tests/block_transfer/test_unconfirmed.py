"""Blocks that nobody acknowledges: requests of the unconfirmed class, and pushes as a meter in the field sends them."""

from __future__ import annotations

import pytest

from conformance.device.model import Protection
from conformance.dlms import apdu as apdus
from conformance.dlms.data.values import octet_string
from conformance.dlms.xdlms.get import GetRequestNormal
from conformance.dlms.xdlms.set import SetRequestNormal
from conformance.meter.general_blocks.unconfirmed import pushed
from conformance.tester.block_transfer.faults import FaultKind
from conformance.tester.block_transfer.unconfirmed import cut, joined, notify
from conformance.tester.reaction import Silence
from conformance.tester.stimulus import apdu
from tests.block_transfer.meters import client, meter
from tests.block_transfer.test_exchange import LABEL, value_of

APDU = bytes(index % 256 for index in range(335))


def numbered(*blocks):
    return [(octets, frame) for frame, octets in enumerate(blocks)]


@pytest.mark.parametrize("limit", [12, 64, 133, 134, 262, 1000, 0])
def test_what_one_side_cuts_the_other_joins(limit):
    for blocks in (pushed(APDU, limit), cut(APDU, limit)):
        done = joined(numbered(*blocks), limit)
        assert done.apdu == APDU
        assert done.faults == ()
        assert done.frame == len(blocks) - 1


def test_a_push_in_the_field_is_streamed_to_its_end_with_window_0():
    """The heads of a capture of a Landis+Gyr E450: 112, 108 and 115 octets, streaming set of the last one too."""
    heads = ("E0 40 0001 0000 70", "E0 40 0002 0000 6C", "E0 C0 0003 0000 73")
    captured = [bytes.fromhex(head) + bytes(bytes.fromhex(head)[-1]) for head in heads]

    done = joined(numbered(*captured))

    assert done.faults == ()
    assert len(done.apdu) == 335
    own = [apdus.decode(octets) for octets in pushed(APDU, 119)]
    field = [apdus.decode(octets) for octets in captured]
    controls = [(block.last_block, block.streaming, block.window, block.block_number_ack) for block in own]
    assert controls == [(block.last_block, block.streaming, block.window, block.block_number_ack) for block in field]


@pytest.mark.parametrize(
    ("change", "kind"),
    [
        (lambda blocks: blocks[:1] + blocks[2:], FaultKind.BLOCK_MISSING),
        (lambda blocks: blocks[:-1], FaultKind.LAST_BLOCK_MISSING),
        (lambda blocks: blocks + blocks[-1:], FaultKind.REPEATED_WITHOUT_NEED),
        (lambda blocks: [blocks[0][:-1] + b"\xff", *blocks], FaultKind.REPEATED_CHANGED),
        (lambda blocks: [blocks[0][:-1], *blocks[1:]], FaultKind.UNREADABLE),
        (lambda blocks: [b"\xe0\x00" + blocks[0][2:], *blocks[1:]], FaultKind.STREAMING),
        (lambda blocks: [b"\xe0\x40\x00\x00" + blocks[0][4:], *blocks[1:]], FaultKind.BLOCK_NUMBER),
        (lambda blocks: [blocks[0][:4] + b"\x00\x01" + blocks[0][6:], *blocks[1:]], FaultKind.ACKNOWLEDGED_NEVER_SENT),
    ],
)
def test_what_is_wrong_with_a_push_has_a_name_and_a_frame(change, kind):
    done = joined(numbered(*change(list(pushed(APDU, 64)))), 64)

    assert kind in {fault.kind for fault in done.faults}
    assert all(0 <= fault.frame < 10 for fault in done.faults)


def test_blocks_longer_than_the_client_takes_are_told():
    assert {fault.kind for fault in joined(numbered(*pushed(APDU, 65)), 64).faults} == {FaultKind.TOO_LONG}


@pytest.mark.parametrize("profile", ["wrapper", "hdlc"])
@pytest.mark.parametrize("protection", [Protection.NONE, Protection.GLO])
def test_an_unconfirmed_request_in_many_blocks_is_served_and_not_answered(profile, protection):
    association = client(meter(profile=profile), protection=protection)
    value = octet_string(b"written without a word of an answer")

    notify(association, apdu(SetRequestNormal(0x81, LABEL, None, value).encode(), "SET, unconfirmed"), 24)

    assert isinstance(association.receive(), Silence)
    get = apdu(GetRequestNormal(0xC1, LABEL).encode(), "GET")
    assert value_of(association.request(get)) == value
