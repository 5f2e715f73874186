"""Long requests cut into blocks, and blocks found in replies."""

import pytest

from conformance.dlms import apdu as apdus
from conformance.dlms.data import codec
from conformance.dlms.data.values import long_unsigned, octet_string
from conformance.dlms.xdlms.attribute import AttributeDescriptor, MethodDescriptor
from conformance.dlms.xdlms.datablock import DataBlock
from conformance.dlms.xdlms.variable_access import VariableName, WriteDataBlockAccess
from conformance.dlms.xdlms.write import WriteRequest
from conformance.tester.reaction import Reply, Silence
from conformance.tester.service_blocks import (
    LongReply,
    acknowledged_block,
    long_action,
    long_read,
    long_set,
    long_write,
    reply_block,
)

ATTRIBUTE = AttributeDescriptor(1, bytes((0, 0, 96, 13, 0, 255)), 2)
METHOD = MethodDescriptor(9, bytes((0, 0, 10, 0, 0, 255)), 1)
NAME = VariableName(0xFA00)


def reply(octets):
    plain = bytes.fromhex(octets)
    return Reply(0, plain, plain, apdus.decode(plain))


@pytest.mark.parametrize(
    "request_",
    [
        long_set(ATTRIBUTE, octet_string(bytes(range(40)))),
        long_action(METHOD, long_unsigned(1)),
        long_read((NAME, NAME)),
        long_write((NAME,), (octet_string(b"text"),)),
    ],
)
@pytest.mark.parametrize("size", [1, 7, 1000])
def test_the_blocks_are_the_content_numbered_from_1_with_one_last(request_, size):
    blocks = request_.blocks(size)
    assert b"".join(block.raw for block in blocks) == request_.content
    assert [block.block_number for block in blocks] == list(range(1, len(blocks) + 1))
    assert [block.last_block for block in blocks] == [False] * (len(blocks) - 1) + [True]
    assert all(0 < len(block.raw) <= size for block in blocks)
    for make in (request_.opening, request_.following):
        assert apdus.decode(make(blocks[0]).octets).encode() == make(blocks[0]).octets


def test_with_short_names_a_block_stands_in_the_list_of_data():
    request = long_write((NAME,), (octet_string(b"text"),))
    block = request.blocks(5)[0]
    assert apdus.decode(request.opening(block).octets) == WriteRequest(
        (WriteDataBlockAccess(False, 1),), (octet_string(request.content[:5]),)
    )
    assert request.content == b"\x01\x02\xfa\x00" + b"\x01" + codec.encode(octet_string(b"text"))


@pytest.mark.parametrize(
    ("octets", "block"),
    [
        ("C402C1000000000100021234", DataBlock(False, 1, b"\x12\x34")),
        ("C702C101000000020112", DataBlock(True, 2, b"\x12")),
        ("0C0102010003021234", DataBlock(True, 3, b"\x12\x34")),
        ("C402C101000000010110", None),
        ("C401C1000600000001", None),
    ],
)
def test_a_block_is_found_in_a_reply_of_each_service(octets, block):
    assert reply_block(reply(octets)) == block


@pytest.mark.parametrize(
    ("octets", "number"),
    [("C502C100000007", 7), ("C704C100000008", 8), ("0C01030009", 9), ("0D0102000A", 10), ("C501C100", None)],
)
def test_an_acknowledgement_is_found_in_a_reply_of_each_service(octets, number):
    assert acknowledged_block(reply(octets)) == number


def test_silence_holds_neither():
    assert reply_block(Silence(1.0)) is None
    assert acknowledged_block(Silence(1.0)) is None


@pytest.mark.parametrize(
    ("service", "octets"),
    [(LongReply.GET, "C002C100000003"), (LongReply.ACTION, "C302C100000003"), (LongReply.READ, "0501050003")],
)
def test_the_next_block_is_asked_for_by_the_number_of_the_last(service, octets):
    assert service.next(3).octets == bytes.fromhex(octets)
