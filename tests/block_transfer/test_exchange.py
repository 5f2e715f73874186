"""Long requests and long replies between the tester and the embedded meter, in general blocks, over both profiles."""

from __future__ import annotations

import pytest

from conformance.device.model import Protection
from conformance.dlms.data import codec
from conformance.dlms.data.values import octet_string
from conformance.dlms.xdlms.attribute import AttributeDescriptor
from conformance.dlms.xdlms.exception_response import ExceptionResponse
from conformance.dlms.xdlms.general_block_transfer import GeneralBlockTransfer
from conformance.dlms.xdlms.get import (
    GetRequestNext,
    GetRequestNormal,
    GetResponseNormal,
    GetResponseWithDatablock,
)
from conformance.dlms.xdlms.set import SetRequestNormal, SetResponseNormal
from conformance.meter.general_blocks.settings import GeneralBlockSettings
from conformance.tester import transfer
from conformance.tester.block_transfer.client import BlockOptions
from conformance.tester.block_transfer.cost import measured
from conformance.tester.block_transfer.exchange import Losses, block, give_up, request
from conformance.tester.block_transfer.faults import FaultKind
from conformance.tester.reaction import Reply
from conformance.tester.stimulus import apdu, rlrq
from tests.block_transfer.meters import client, meter

OBJECT_LIST = AttributeDescriptor(15, bytes.fromhex("0000280000FF"), 2)
NAME = AttributeDescriptor(15, bytes.fromhex("0000280000FF"), 1)
LABEL = AttributeDescriptor(1, bytes.fromhex("000060010AFF"), 2)
GET = apdu(GetRequestNormal(0xC1, OBJECT_LIST).encode(), "GET of object_list")
GET_NAME = apdu(GetRequestNormal(0xC1, NAME).encode(), "GET of logical_name")
GET_NEXT = apdu(GetRequestNext(0xC1, 1).encode(), "get-request-next")
IN_BLOCKS = BlockOptions(window=5, in_blocks=True)
PROTECTIONS = (Protection.NONE, Protection.GLO, Protection.DED, Protection.GENERAL_GLO, Protection.GENERAL_DED)


def value_of(reply):
    assert isinstance(reply, Reply)
    assert reply.protected is None or reply.protected.error is None
    assert isinstance(reply.value, GetResponseNormal), reply
    return reply.value.result


def alive(association):
    return value_of(association.request(GET_NAME)) == octet_string(NAME.instance_id)


@pytest.mark.parametrize("profile", ["wrapper", "hdlc"])
@pytest.mark.parametrize("protection", PROTECTIONS)
@pytest.mark.parametrize("in_blocks", [True, None])
def test_a_long_reply_is_the_same_in_blocks_as_in_one_piece(profile, protection, in_blocks):
    """Protected first, then cut: one tag for the whole reply."""
    made = meter(profile=profile)
    whole = value_of(client(made, protection=protection, limit=0).request(GET))

    done = request(client(made, protection=protection), GET, BlockOptions(window=5, in_blocks=in_blocks))

    assert done.faults == ()
    assert value_of(done.reply) == whole
    assert done.replied_in_blocks
    assert done.in_blocks is bool(in_blocks)
    assert (done.reply.protected is not None) == protection.ciphered


@pytest.mark.parametrize("window", [1, 2, 3, 7])
@pytest.mark.parametrize("blocks", [1, 4, 9, 63])
def test_blocks_and_frames_have_windows_of_their_own(window, blocks):
    made = meter(profile="hdlc", window=window)

    done = request(client(made, window=window, limit=100), GET, BlockOptions(window=blocks, in_blocks=True))

    assert done.faults == ()
    assert codec.encode(value_of(done.reply))


@pytest.mark.parametrize("profile", ["wrapper", "hdlc"])
def test_streamed_blocks_save_round_trips_over_get_next(profile):
    made = meter(profile=profile, window=7)
    costs = {}
    for name, options in {"one by one": BlockOptions(window=1), "streamed": BlockOptions(window=20)}.items():
        costs[name] = request(client(made, window=7), GET, options).cost
    without = client(made, window=7, negotiated=False)
    with measured(without) as cost:
        transfer.get(without, OBJECT_LIST)

    assert costs["streamed"].round_trips < costs["one by one"].round_trips
    assert costs["streamed"].octets_sent < cost.octets_sent
    assert cost.octets_received > 0


@pytest.mark.parametrize("profile", ["wrapper", "hdlc"])
@pytest.mark.parametrize("protection", PROTECTIONS)
def test_a_long_request_goes_in_blocks_and_is_answered_in_blocks(profile, protection):
    made = meter(profile=profile)
    association = client(made, protection=protection)
    value = octet_string(bytes(24))
    stimulus = apdu(SetRequestNormal(0xC1, LABEL, None, value).encode(), "SET")

    done = request(association, stimulus, BlockOptions(in_blocks=True, pdu_octets=20))

    assert done.faults == ()
    assert isinstance(done.reply.value, SetResponseNormal)
    assert done.counted.sent > 2
    assert done.replied_in_blocks


def test_a_request_longer_than_the_meter_takes_goes_in_blocks_of_its_own():
    """1,500 octets where the meter takes 1,024: outside blocks they would be refused."""
    association = client(meter())
    stimulus = apdu(SetRequestNormal(0xC1, LABEL, None, octet_string(bytes(1500))).encode(), "SET")

    done = request(association, stimulus)

    assert done.faults == ()
    assert done.in_blocks
    assert isinstance(done.reply.value, SetResponseNormal)
    assert isinstance(association.request(stimulus).value, ExceptionResponse)


@pytest.mark.parametrize(
    ("name", "protection", "limit"),
    [("reading", Protection.NONE, limit) for limit in range(12, 30)]
    + [("management", Protection.GLO, limit) for limit in (64, 133, 134, 135, 261, 262, 263, 264)],
)
def test_no_apdu_is_longer_than_the_client_takes(name, protection, limit):
    done = request(client(meter(), name, protection, limit=limit), GET, IN_BLOCKS)

    assert done.faults == ()
    assert value_of(done.reply)


def test_lost_blocks_are_recovered_over_a_whole_association():
    association = client(meter(), protection=Protection.GLO)
    gone = {2, 3, 7, 12}

    def lost(item: GeneralBlockTransfer) -> bool:
        if item.block_number in gone:
            gone.discard(item.block_number)
            return True
        return False

    done = request(association, GET, BlockOptions(window=6, in_blocks=True, attempts=2), Losses(received=lost))

    assert done.faults == ()
    assert not gone
    # Block 12 gave the turn: that it is missing is not known, and the next window brings it.
    assert done.counted.asked_again == 3
    assert value_of(done.reply)


def test_a_lost_block_of_the_request_is_sent_again_from_there():
    association = client(meter(), protection=Protection.GLO)
    stimulus = apdu(SetRequestNormal(0xC1, LABEL, None, octet_string(bytes(100))).encode(), "SET")
    gone = {3}

    def lost(item: GeneralBlockTransfer) -> bool:
        return item.block_number in gone and not gone.discard(item.block_number)

    options = BlockOptions(in_blocks=True, pdu_octets=20, attempts=2)
    done = request(association, stimulus, options, Losses(sent=lost))

    assert not done.found(FaultKind.SILENT, FaultKind.ACKNOWLEDGED_NEVER_SENT)
    assert isinstance(done.reply.value, SetResponseNormal)


@pytest.mark.parametrize("protection", [Protection.NONE, Protection.GLO])
def test_get_request_next_amid_a_reply_in_blocks_is_told_and_the_association_lives(protection):
    """What loses load profiles in the field: the reply began in general blocks, the client asks with get-next."""
    association = client(meter(), protection=protection)
    first = block(association, b"", number=2, acknowledged=0)
    assert isinstance(first.value, ExceptionResponse)
    begun = association.request(GET)
    assert isinstance(begun.value, GeneralBlockTransfer)

    reaction = association.request(GET_NEXT)

    assert isinstance(reaction.value, GetResponseWithDatablock)
    assert (reaction.value.last_block, reaction.value.result) == (True, 16)
    assert alive(association)


def test_a_get_that_is_not_negotiated_for_blocks_comes_by_get_next():
    association = client(meter(), negotiated=False)
    reaction = association.request(GET)

    assert isinstance(reaction.value, GetResponseWithDatablock)
    assert transfer.get(association, OBJECT_LIST)
    refused = request(association, GET, IN_BLOCKS)
    assert isinstance(refused.reply.value, ExceptionResponse)
    assert refused.faults == ()


def test_a_meter_may_begin_with_its_services_blocks_and_still_answers_blocks_in_blocks():
    made = meter(blocks=GeneralBlockSettings(first="service-specific"))
    association = client(made)

    assert isinstance(association.request(GET).value, GetResponseWithDatablock)
    assert value_of(request(association, GET, IN_BLOCKS).reply) == transfer.get(association, OBJECT_LIST)


def test_reading_an_attribute_takes_whichever_blocks_the_meter_begins_with():
    made = meter()
    by_general_blocks, by_get_next = client(made), client(made, negotiated=False)

    assert transfer.get(by_general_blocks, OBJECT_LIST) == transfer.get(by_get_next, OBJECT_LIST)
    tags = [frame.octets[8] for frame in by_general_blocks.data_link.line.tape.frames]
    assert 0xE0 in tags


def test_a_transfer_does_not_outlive_its_association():
    association = client(meter())
    begun = association.request(GET)
    association.release(rlrq())
    association.establish()

    reaction = block(association, b"", number=1, acknowledged=begun.value.block_number)

    assert isinstance(reaction.value, ExceptionResponse) or reaction.value.block_data == b""
    assert alive(association)


def test_a_transfer_that_is_given_up_is_over():
    association = client(meter())
    association.request(GET)
    give_up(association)

    assert isinstance(
        block(association, b"", number=1, acknowledged=1).value, (ExceptionResponse, GeneralBlockTransfer)
    )
    assert alive(association)


def test_blocks_in_blocks_are_refused():
    inner = GeneralBlockTransfer(True, False, 1, 1, 0, b"\xc0").encode()
    reaction = block(client(meter()), inner, number=1, acknowledged=0)

    assert isinstance(reaction.value, GeneralBlockTransfer)
    assert reaction.value.block_data[0] == 0xD8


@pytest.mark.parametrize("profile", ["wrapper", "hdlc"])
def test_a_high_level_authentication_goes_in_blocks_too(profile):
    """Pass 3 is a service like any other; the negotiation is over once the AARE has come."""
    association = client(meter(profile=profile), protection=Protection.GLO)

    assert alive(association)
