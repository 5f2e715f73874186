"""Long values in the services' own blocks, as the meter takes and gives them, and as its defects spoil them."""

import pytest

from conformance.dlms.data import codec
from conformance.dlms.data.values import octet_string
from conformance.dlms.xdlms.attribute import AttributeDescriptor
from conformance.dlms.xdlms.confirmed_service_error import ConfirmedServiceError
from conformance.dlms.xdlms.conformance import ConformanceBit
from conformance.dlms.xdlms.datablock import DataBlock
from conformance.dlms.xdlms.enumerations import DataAccessResult
from conformance.dlms.xdlms.get import GetRequestNormal
from conformance.dlms.xdlms.read import BlockNumber, DataAccessError, ReadRequest
from conformance.dlms.xdlms.set import (
    SetRequestWithDatablock,
    SetRequestWithFirstDatablock,
    SetResponseDatablock,
    SetResponseLastDatablock,
)
from conformance.dlms.xdlms.variable_access import VariableName, WriteDataBlockAccess
from conformance.dlms.xdlms.write import WriteRequest, WriteResponse, WriteSuccess, encode_items
from conformance.meter.block_transfer import ReplyBlocks, RequestBlocks
from conformance.meter.model.associations import READING, SN_READING
from conformance.meter.model.populate import CONSUMER_MESSAGE, CONSUMER_MESSAGE_OCTETS

INVOKE = 0xC1
MESSAGE = AttributeDescriptor(1, CONSUMER_MESSAGE, 2)
MESSAGE_NAME = VariableName(0x0608)
TEXT = bytes(range(32, 127)) * 2


def cut(octets, size):
    return [octets[start : start + size] for start in range(0, len(octets), size)]


def write(number, raw, *, last=False):
    return WriteRequest((WriteDataBlockAccess(last, number),), (octet_string(raw),))


def test_a_message_to_the_consumer_is_set_in_blocks(bench):
    client = bench.client(READING).establish()
    parts = cut(codec.encode(octet_string(TEXT)), 80)
    first = SetRequestWithFirstDatablock(INVOKE, MESSAGE, None, DataBlock(False, 1, parts[0]))
    assert client.exchange(first) == SetResponseDatablock(INVOKE, 1)
    assert client.exchange(SetRequestWithDatablock(INVOKE, DataBlock(False, 2, parts[1]))) == SetResponseDatablock(
        INVOKE, 2
    )
    last = client.exchange(SetRequestWithDatablock(INVOKE, DataBlock(True, 3, parts[2])))
    assert last == SetResponseLastDatablock(INVOKE, DataAccessResult.SUCCESS, 3)
    assert client.exchange(GetRequestNormal(INVOKE, MESSAGE)).result == octet_string(TEXT)


def test_a_message_that_is_too_long_is_refused_at_the_end_and_changes_nothing(bench):
    client = bench.client(READING).establish()
    before = client.exchange(GetRequestNormal(INVOKE, MESSAGE)).result
    parts = cut(codec.encode(octet_string(bytes(CONSUMER_MESSAGE_OCTETS + 1))), 600)
    client.exchange(SetRequestWithFirstDatablock(INVOKE, MESSAGE, None, DataBlock(False, 1, parts[0])))
    last = client.exchange(SetRequestWithDatablock(INVOKE, DataBlock(True, 2, parts[1])))
    assert last == SetResponseLastDatablock(INVOKE, DataAccessResult.OTHER_REASON, 2)
    assert client.exchange(GetRequestNormal(INVOKE, MESSAGE)).result == before


def test_a_write_in_blocks_is_carried_out_once_the_last_has_come(bench):
    client = bench.client(SN_READING).establish()
    before = client.exchange(ReadRequest((MESSAGE_NAME,))).results
    parts = cut(encode_items((MESSAGE_NAME,), (octet_string(TEXT),)), 80)
    assert client.exchange(write(1, parts[0])) == WriteResponse((BlockNumber(1),))
    assert client.exchange(write(2, parts[1])) == WriteResponse((BlockNumber(2),))
    assert client.exchange(write(3, parts[2], last=True)) == WriteResponse((WriteSuccess(),))
    assert client.exchange(ReadRequest((MESSAGE_NAME,))).results == (octet_string(TEXT),)
    assert before != (octet_string(TEXT),)


def test_a_read_amid_a_write_in_blocks_ends_it(bench):
    client = bench.client(SN_READING).establish()
    client.exchange(write(1, b"\x01\x02"))
    client.exchange(ReadRequest((MESSAGE_NAME,)))
    ended = WriteResponse((DataAccessError(DataAccessResult.NO_LONG_SET_IN_PROGRESS),))
    assert client.exchange(write(2, b"\x06\x08")) == ended


def test_blocks_of_a_write_are_refused_where_they_were_not_negotiated(bench):
    without = SN_READING.conformance - {ConformanceBit.BLOCK_TRANSFER_WITH_SET_OR_WRITE}
    client = bench.client(SN_READING).establish(initiate={"proposed_conformance": without})
    assert client.exchange(write(1, b"", last=True)) == ConfirmedServiceError(6, 3, 2)


def fetched(blocks, octets, size):
    """All blocks of a value, at most ten, as (last, number, raw)."""
    sending, found = blocks.begin(octets), []
    while len(found) < 10 and (not found or not found[-1][0]):
        found.append(sending.next_block(size))
        if found[-1][0]:
            blocks.finish()
    return found


def test_blocks_are_numbered_from_1_and_joined_are_the_value():
    found = fetched(ReplyBlocks(frozenset()), bytes(range(10)), 4)
    assert [(last, number) for last, number, _ in found] == [(False, 1), (False, 2), (True, 3)]
    assert b"".join(raw for _, _, raw in found) == bytes(range(10))


@pytest.mark.parametrize(
    ("defect", "numbers", "joined", "last"),
    [
        ("reply-block-number-from-zero", [0, 1, 2], bytes(range(10)), True),
        ("last-reply-block-said-early", [1, 2], bytes(range(8)), True),
        ("last-reply-block-never-said", list(range(1, 11)), bytes(range(10)), False),
        ("octet-lost-at-a-reply-block-boundary", [1, 2, 3], bytes((*range(4), *range(5, 10))), True),
        ("reply-block-empty", [1, 2, 3, 4], bytes(range(10)), True),
    ],
)
def test_each_defect_of_replies_does_what_it_says(defect, numbers, joined, last):
    found = fetched(ReplyBlocks(frozenset((defect,))), bytes(range(10)), 4)
    assert [number for _, number, _ in found] == numbers
    assert b"".join(raw for _, _, raw in found) == joined
    assert found[-1][0] is last


def test_numbers_that_are_not_reset_go_on_from_the_reply_before():
    blocks = ReplyBlocks(frozenset(("reply-block-number-not-reset",)))
    fetched(blocks, bytes(8), 4)
    assert [number for _, number, _ in fetched(blocks, bytes(8), 4)] == [3, 4]


def test_a_request_is_forgotten_once_it_is_whole_and_where_another_begins():
    blocks = RequestBlocks(frozenset())
    blocks.begin()
    assert blocks.receiving.accept(1, b"a")
    blocks.begin()
    assert not blocks.receiving.accept(2, b"b")
    assert blocks.receiving.accept(1, b"c")
    assert blocks.finish() == b"c"
    assert blocks.receiving is None
