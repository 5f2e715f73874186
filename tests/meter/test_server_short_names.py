"""Read, Write and UnconfirmedWrite as the meter serves them."""

import pytest

from conformance.dlms.data.values import integer, null, octet_string
from conformance.dlms.xdlms.confirmed_service_error import ConfirmedServiceError
from conformance.dlms.xdlms.conformance import ConformanceBit
from conformance.dlms.xdlms.enumerations import DataAccessResult
from conformance.dlms.xdlms.read import BlockNumber, DataAccessError, DataBlockResult, ReadRequest, ReadResponse
from conformance.dlms.xdlms.variable_access import (
    BlockNumberAccess,
    ParameterisedAccess,
    ReadDataBlockAccess,
    VariableName,
    WriteDataBlockAccess,
)
from conformance.dlms.xdlms.write import UnconfirmedWriteRequest, WriteRequest, WriteResponse, WriteSuccess
from conformance.meter.model.associations import SN_PUBLIC, SN_READING

OWN_NAME = VariableName(0xFA00)
OBJECT_LIST = VariableName(0xFA08)
WRITEABLE = VariableName(0x0208)
REGISTER = VariableName(0x0108)
UNKNOWN = VariableName(0x4242)
UNSUPPORTED = ConfirmedServiceError(5, 3, 2)
UNREADABLE = ConfirmedServiceError(5, 3, 0)


@pytest.fixture
def reading(bench):
    return bench.client(SN_READING).establish()


def small(bench, size, *without):
    proposed = SN_READING.conformance.difference(without)
    return bench.client(SN_READING).establish(
        initiate={"client_max_receive_pdu_size": size, "proposed_conformance": proposed}
    )


def error(result):
    return DataAccessError(result)


def test_names_are_read_in_order(reading):
    response = reading.exchange(ReadRequest((OWN_NAME, UNKNOWN)))
    assert response.results == (octet_string(bytes.fromhex("0000280000FF")), error(DataAccessResult.OBJECT_UNDEFINED))


def test_a_parameter_where_none_is_due_is_an_error(reading):
    response = reading.exchange(ReadRequest((ParameterisedAccess(0xFA08, 1, null()),)))
    assert response.results == (error(DataAccessResult.SCOPE_OF_ACCESS_VIOLATED),)


@pytest.mark.parametrize("size", [12, 32, 100])
def test_a_long_answer_comes_in_blocks_that_fit(bench, size):
    whole = small(bench, 0).exchange(ReadRequest((OBJECT_LIST,))).encode()[1:]
    client = small(bench, size)
    joined, number = b"", 0
    request = ReadRequest((OBJECT_LIST,))
    while True:
        number += 1
        reply = client.exchange(request)
        assert len(reply.encode()) <= size
        (block,) = reply.results
        assert isinstance(block, DataBlockResult)
        assert block.block_number == number
        joined += block.raw
        if block.last_block:
            break
        request = ReadRequest((BlockNumberAccess(number),))
    assert joined == whole
    assert client.exchange(ReadRequest((BlockNumberAccess(number),))).results == (
        error(DataAccessResult.NO_LONG_GET_IN_PROGRESS),
    )


def test_a_wrong_block_number_ends_the_transfer(bench):
    client = small(bench, 32)
    client.exchange(ReadRequest((OBJECT_LIST,)))
    wrong = client.exchange(ReadRequest((BlockNumberAccess(9),)))
    assert wrong.results == (error(DataAccessResult.DATA_BLOCK_NUMBER_INVALID),)


def test_a_long_answer_needs_block_transfer(bench):
    client = small(bench, 32, ConformanceBit.BLOCK_TRANSFER_WITH_GET_OR_READ)
    assert client.exchange(ReadRequest((OBJECT_LIST,))).results == (error(DataAccessResult.OTHER_REASON),)
    assert client.exchange(ReadRequest((BlockNumberAccess(1),))) == UNSUPPORTED
    assert client.exchange(ReadRequest((OBJECT_LIST,) * 20)) == ConfirmedServiceError(5, 3, 1)


def test_a_long_request_comes_in_blocks(reading):
    raw = ReadRequest((OWN_NAME, REGISTER)).encode()[1:]
    first = reading.exchange(ReadRequest((ReadDataBlockAccess(False, 1, raw[:3]),)))
    assert first == ReadResponse((BlockNumber(1),))
    last = reading.exchange(ReadRequest((ReadDataBlockAccess(True, 2, raw[3:]),)))
    assert last == reading.exchange(ReadRequest((OWN_NAME, REGISTER)))
    stray = reading.exchange(ReadRequest((ReadDataBlockAccess(True, 2, b""),)))
    assert stray.results == (error(DataAccessResult.NO_LONG_GET_IN_PROGRESS),)
    broken = reading.exchange(ReadRequest((ReadDataBlockAccess(True, 1, b"\x05"),)))
    assert broken.results == (error(DataAccessResult.TYPE_UNMATCHED),)


@pytest.mark.parametrize(
    ("bit", "items"),
    [
        (ConformanceBit.READ, (OWN_NAME,)),
        (ConformanceBit.MULTIPLE_REFERENCES, (OWN_NAME, OWN_NAME)),
        (ConformanceBit.PARAMETERIZED_ACCESS, (ParameterisedAccess(0xFA00, 1, null()),)),
    ],
)
def test_what_was_not_negotiated_is_refused(bench, bit, items):
    assert small(bench, 0, bit).exchange(ReadRequest(items)) == UNSUPPORTED


def test_a_written_value_is_read_back(reading):
    assert reading.exchange(WriteRequest((WRITEABLE,), (octet_string(b"new"),))) == WriteResponse((WriteSuccess(),))
    assert reading.exchange(ReadRequest((WRITEABLE,))).results == (octet_string(b"new"),)


@pytest.mark.parametrize(
    ("item", "value", "result"),
    [
        (WRITEABLE, integer(1), DataAccessResult.TYPE_UNMATCHED),
        (REGISTER, null(), DataAccessResult.READ_WRITE_DENIED),
        (UNKNOWN, null(), DataAccessResult.OBJECT_UNDEFINED),
        (BlockNumberAccess(1), null(), DataAccessResult.SCOPE_OF_ACCESS_VIOLATED),
        (WriteDataBlockAccess(True, 1), octet_string(b""), DataAccessResult.TYPE_UNMATCHED),
    ],
)
def test_a_refused_write_changes_nothing(reading, item, value, result):
    before = reading.exchange(ReadRequest((WRITEABLE,)))
    assert reading.exchange(WriteRequest((item,), (value,))) == WriteResponse((error(result),))
    assert reading.exchange(ReadRequest((WRITEABLE,))) == before


def test_lists_of_different_length_are_refused(reading):
    assert reading.exchange(WriteRequest((WRITEABLE,), ())) == ConfirmedServiceError(6, 3, 0)


def test_an_unconfirmed_write_is_served_in_silence(reading):
    assert reading.send(UnconfirmedWriteRequest((WRITEABLE,), (octet_string(b"quiet"),)).encode()) is None
    assert reading.exchange(ReadRequest((WRITEABLE,))).results == (octet_string(b"quiet"),)
    assert reading.send(UnconfirmedWriteRequest((UNKNOWN,), (null(),)).encode()) is None
    assert reading.send("1601") is None


def test_an_unconfirmed_write_is_what_an_unconfirmed_association_serves(bench):
    client = bench.client(SN_READING)
    assert client.open(initiate={"response_allowed": False}) is None
    assert client.send(UnconfirmedWriteRequest((WRITEABLE,), (octet_string(b"sent"),)).encode()) is None
    assert client.send(WriteRequest((WRITEABLE,), (octet_string(b"not"),)).encode()) is None
    other = bench.client(SN_READING).establish()
    assert other.exchange(ReadRequest((WRITEABLE,))).results == (octet_string(b"sent"),)


@pytest.mark.parametrize("octets", ["C001C1000F0000280000FF0100", "C8", "DB", "D8", "FF", "0C", "E0"])
def test_what_short_names_do_not_know_is_a_service_error(reading, octets):
    assert reading.exchange(bytes.fromhex(octets)) == UNSUPPORTED
    assert reading.alive()


@pytest.mark.parametrize("octets", ["05", "0501", "050103FA00", "050102FA", "050102FA0000", "0502FA00"])
def test_a_malformed_read_is_a_service_error(reading, octets):
    assert reading.exchange(bytes.fromhex(octets)) == UNREADABLE
    assert reading.alive()


def test_the_public_client_reads(bench):
    assert bench.client(SN_PUBLIC).establish().alive()
