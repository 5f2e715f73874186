"""GET, SET and ACTION as the meter serves them, in one piece and in blocks."""

import pytest

from conformance.dlms import apdu as apdus
from conformance.dlms.data import codec
from conformance.dlms.data.values import integer, long_unsigned, null, octet_string
from conformance.dlms.xdlms.action import (
    ActionOutcome,
    ActionRequestNextPblock,
    ActionRequestNormal,
    ActionRequestWithFirstPblock,
    ActionRequestWithList,
    ActionRequestWithPblock,
    ActionResponseNextPblock,
    ActionResponseNormal,
    ActionResponseWithList,
)
from conformance.dlms.xdlms.attribute import AttributeDescriptor, MethodDescriptor, SelectiveAccess
from conformance.dlms.xdlms.conformance import ConformanceBit
from conformance.dlms.xdlms.datablock import DataBlock
from conformance.dlms.xdlms.enumerations import ActionResult, DataAccessResult
from conformance.dlms.xdlms.exception_response import ExceptionResponse
from conformance.dlms.xdlms.get import (
    GetRequestNext,
    GetRequestNormal,
    GetRequestWithList,
    GetResponseNormal,
    GetResponseWithDatablock,
    GetResponseWithList,
)
from conformance.dlms.xdlms.set import (
    SetRequestNormal,
    SetRequestWithDatablock,
    SetRequestWithFirstDatablock,
    SetRequestWithList,
    SetRequestWithListAndFirstDatablock,
    SetResponseDatablock,
    SetResponseLastDatablock,
    SetResponseLastDatablockWithList,
    SetResponseNormal,
    SetResponseWithList,
)
from conformance.meter.model.associations import MANAGEMENT, PUBLIC, READING

INVOKE = 0xC5
OWN_NAME = AttributeDescriptor(15, bytes.fromhex("0000280000FF"), 1)
OBJECT_LIST = AttributeDescriptor(15, bytes.fromhex("0000280000FF"), 2)
WRITEABLE = AttributeDescriptor(1, bytes.fromhex("000060010AFF"), 2)
DEVICE_NAME = AttributeDescriptor(1, bytes.fromhex("00002A0000FF"), 2)
RESTRICTED = AttributeDescriptor(1, bytes.fromhex("000060010BFF"), 2)
UNKNOWN = AttributeDescriptor(1, b"\xff" * 6, 2)
SCRIPT = MethodDescriptor(9, bytes.fromhex("00000A0000FF"), 1)
MARKER = AttributeDescriptor(1, bytes.fromhex("0000800000FF"), 2)
NOT_NEGOTIATED = ExceptionResponse(1, 2)
UNKNOWN_SERVICE = ExceptionResponse(2, 2)
UNREADABLE = ExceptionResponse(2, 3)
TOO_LONG = ExceptionResponse(1, 4)


@pytest.fixture
def reading(bench):
    return bench.client(READING).establish()


def small(bench, size, profile=READING, *without, protection=None, **initiate):
    client = bench.client(profile, protection)
    proposed = profile.conformance.difference((*without, ConformanceBit.GENERAL_BLOCK_TRANSFER))
    return client.establish(
        initiate={"client_max_receive_pdu_size": size, "proposed_conformance": proposed, **initiate}
    )


def fetch(client, attribute, *, longest):
    """Every block of a long answer, joined; each APDU within the limit, numbers from 1, one last block."""
    joined, number = b"", 0
    response = client.exchange(GetRequestNormal(INVOKE, attribute))
    while True:
        number += 1
        assert isinstance(response, GetResponseWithDatablock), response
        assert response.block_number == number
        assert len(response.result) > 0
        joined += response.result
        if response.last_block:
            return joined
        reply = client.send(protected(client, GetRequestNext(INVOKE, number)))
        assert len(reply) <= longest
        response = apdus.decode(client.unprotect(reply))


def protected(client, request):
    return request.encode() if client.protection is None else client.protect(request.encode(), client.protection)


def test_invoke_id_and_priority_come_back(reading):
    for octet in (0x41, 0xC1, 0x4F, 0xCF):
        assert reading.exchange(GetRequestNormal(octet, OWN_NAME)).invoke_id_and_priority == octet


@pytest.mark.parametrize(
    ("attribute", "error"),
    [
        (UNKNOWN, DataAccessResult.OBJECT_UNDEFINED),
        (AttributeDescriptor(15, OWN_NAME.instance_id, 127), DataAccessResult.OBJECT_UNDEFINED),
        (AttributeDescriptor(15, OWN_NAME.instance_id, 0), DataAccessResult.OBJECT_UNDEFINED),
        (AttributeDescriptor(15, OWN_NAME.instance_id, -1), DataAccessResult.OBJECT_UNDEFINED),
        (AttributeDescriptor(8193, OWN_NAME.instance_id, 1), DataAccessResult.OBJECT_CLASS_INCONSISTENT),
        (RESTRICTED, DataAccessResult.READ_WRITE_DENIED),
    ],
)
def test_what_cannot_be_read_is_an_error(reading, attribute, error):
    assert reading.exchange(GetRequestNormal(INVOKE, attribute)) == GetResponseNormal(INVOKE, error)
    assert reading.alive()


def test_selective_access_must_be_negotiated_and_offered(bench, reading):
    access = SelectiveAccess(1, null())
    denied = GetResponseNormal(INVOKE, DataAccessResult.SCOPE_OF_ACCESS_VIOLATED)
    assert reading.exchange(GetRequestNormal(INVOKE, OWN_NAME, access)) == denied
    without = small(bench, 0, READING, ConformanceBit.SELECTIVE_ACCESS)
    assert without.exchange(GetRequestNormal(INVOKE, OBJECT_LIST, access)) == denied


@pytest.mark.parametrize("size", [12, 16, 64, 128, 300])
def test_a_long_attribute_comes_in_blocks_that_fit(bench, size):
    whole = small(bench, 0).exchange(GetRequestNormal(INVOKE, OBJECT_LIST)).result
    client = small(bench, size)
    assert fetch(client, OBJECT_LIST, longest=size) == codec.encode(whole)
    assert client.alive() or size < 12


@pytest.mark.parametrize("protection", ["glo", "ded", "general-glo", "general-ded"])
@pytest.mark.parametrize("size", [64, 129, 272])
def test_blocks_fit_with_their_protection(bench, protection, size):
    key = {"dedicated_key": bytes(16)} if "ded" in protection else {}
    whole = bench.client(MANAGEMENT).establish().exchange(GetRequestNormal(INVOKE, DEVICE_NAME)).result
    client = small(bench, size, MANAGEMENT, protection=protection, **key)
    assert client.exchange(GetRequestNormal(INVOKE, DEVICE_NAME)).result == whole
    assert codec.decode(fetch(client, OBJECT_LIST, longest=size)).value


def test_a_long_attribute_needs_block_transfer(bench):
    client = small(bench, 64, READING, ConformanceBit.BLOCK_TRANSFER_WITH_GET_OR_READ)
    refused = GetResponseNormal(INVOKE, DataAccessResult.OTHER_REASON)
    assert client.exchange(GetRequestNormal(INVOKE, OBJECT_LIST)) == refused
    assert client.exchange(GetRequestNext(INVOKE, 1)) == NOT_NEGOTIATED
    assert client.alive()


def test_a_block_that_is_not_the_next_one_ends_the_transfer(bench):
    client = small(bench, 64)
    client.exchange(GetRequestNormal(INVOKE, OBJECT_LIST))
    wrong = client.exchange(GetRequestNext(INVOKE, 7))
    assert wrong == GetResponseWithDatablock(INVOKE, True, 7, DataAccessResult.DATA_BLOCK_NUMBER_INVALID)
    gone = client.exchange(GetRequestNext(INVOKE, 1))
    assert gone == GetResponseWithDatablock(INVOKE, True, 1, DataAccessResult.NO_LONG_GET_IN_PROGRESS)
    assert client.alive()


def test_another_service_ends_a_transfer(bench):
    client = small(bench, 64)
    client.exchange(GetRequestNormal(INVOKE, OBJECT_LIST))
    client.exchange(SetRequestNormal(INVOKE, UNKNOWN, None, null()))
    assert client.exchange(GetRequestNext(INVOKE, 1)).result == DataAccessResult.NO_LONG_GET_IN_PROGRESS


def test_a_list_mixes_values_and_errors(reading):
    response = reading.exchange(GetRequestWithList(INVOKE, ((OWN_NAME, None), (UNKNOWN, None))))
    results = (octet_string(OWN_NAME.instance_id), DataAccessResult.OBJECT_UNDEFINED)
    assert response == GetResponseWithList(INVOKE, results)


def test_a_long_list_comes_in_blocks(bench):
    client = small(bench, 64)
    response = client.exchange(GetRequestWithList(INVOKE, ((OBJECT_LIST, None),) * 3))
    assert isinstance(response, GetResponseWithDatablock)
    assert response.result[0] == 3
    without = small(bench, 64, READING, ConformanceBit.BLOCK_TRANSFER_WITH_GET_OR_READ)
    refused = without.exchange(GetRequestWithList(INVOKE, ((OBJECT_LIST, None),) * 3))
    assert refused == GetResponseWithList(INVOKE, (DataAccessResult.OTHER_REASON,) * 3)
    crowded = without.exchange(GetRequestWithList(INVOKE, ((OBJECT_LIST, None),) * 60))
    assert crowded == TOO_LONG


@pytest.mark.parametrize(
    ("bit", "request_"),
    [
        (ConformanceBit.GET, GetRequestNormal(INVOKE, OWN_NAME)),
        (ConformanceBit.SET, SetRequestNormal(INVOKE, WRITEABLE, None, octet_string(b"x"))),
        (ConformanceBit.ACTION, ActionRequestNormal(INVOKE, SCRIPT, long_unsigned(1))),
        (ConformanceBit.MULTIPLE_REFERENCES, GetRequestWithList(INVOKE, ((OWN_NAME, None),))),
        (ConformanceBit.MULTIPLE_REFERENCES, SetRequestWithList(INVOKE, ((WRITEABLE, None),), (null(),))),
        (ConformanceBit.MULTIPLE_REFERENCES, ActionRequestWithList(INVOKE, (SCRIPT,), (null(),))),
        (
            ConformanceBit.BLOCK_TRANSFER_WITH_SET_OR_WRITE,
            SetRequestWithFirstDatablock(INVOKE, WRITEABLE, None, DataBlock(True, 1, b"")),
        ),
        (
            ConformanceBit.BLOCK_TRANSFER_WITH_ACTION,
            ActionRequestWithFirstPblock(INVOKE, SCRIPT, DataBlock(True, 1, b"")),
        ),
    ],
)
def test_what_was_not_negotiated_is_refused(bench, bit, request_):
    client = small(bench, 0, READING, bit)
    assert client.exchange(request_) == NOT_NEGOTIATED


@pytest.mark.parametrize(
    "octets",
    [
        "050102FA00",
        "E0",
        "0F",
        "18",
        "DD",
        "DF",
        "FF",
        "00",
        "C2",
        "C4",
        "01",
        "08",
        "61",
        "63",
        "D8",
    ],
)
def test_what_this_version_does_not_serve_is_refused(reading, octets):
    assert apdus.decode(reading.send(octets)) == UNKNOWN_SERVICE
    assert reading.alive()


@pytest.mark.parametrize("tag", [0xC8, 0xD0, 0xDB, 0xDC, 0x21])
def test_a_ciphered_request_in_a_plain_association_is_refused(reading, tag):
    for octets in (bytes((tag,)), bytes((tag, 0x1E, 0x30)) + bytes(29)):
        assert apdus.decode(reading.send(octets)) == UNKNOWN_SERVICE
    assert reading.alive()


@pytest.mark.parametrize("octets", ["C004C1000F0000280000FF0100", "C0", "C1", "C3", "C001C1000F0000280000FF01000000"])
def test_a_malformed_request_is_refused_and_the_meter_goes_on(reading, octets):
    assert apdus.decode(reading.send(octets)) == UNREADABLE
    assert reading.alive()


def test_every_cut_of_a_get_is_refused(reading):
    octets = GetRequestNormal(0xC1, OWN_NAME).encode()
    for size in range(1, len(octets)):
        assert apdus.decode(reading.send(octets[:size])) == UNREADABLE
    assert reading.alive()


def test_a_request_longer_than_the_server_takes_is_refused(reading):
    value = octet_string(bytes(1100))
    assert reading.exchange(SetRequestNormal(INVOKE, WRITEABLE, None, value)) == TOO_LONG


def test_unconfirmed_requests_are_served_without_a_reply(reading):
    assert reading.send(GetRequestNormal(0x81, OWN_NAME).encode()) is None
    assert reading.send(GetRequestNormal(0x81, UNKNOWN).encode()) is None
    assert reading.send(SetRequestNormal(0x01, WRITEABLE, None, octet_string(b"quiet")).encode()) is None
    assert reading.exchange(GetRequestNormal(INVOKE, WRITEABLE)).result == octet_string(b"quiet")
    assert reading.send("C00401000F0000280000FF0100") is None


def test_a_written_value_is_read_back(reading):
    assert reading.exchange(SetRequestNormal(INVOKE, WRITEABLE, None, octet_string(b"new"))) == SetResponseNormal(
        INVOKE, 0
    )
    assert reading.exchange(GetRequestNormal(INVOKE, WRITEABLE)).result == octet_string(b"new")


@pytest.mark.parametrize(
    ("attribute", "value", "error"),
    [
        (WRITEABLE, integer(1), DataAccessResult.TYPE_UNMATCHED),
        (WRITEABLE, octet_string(bytes(100)), DataAccessResult.OTHER_REASON),
        (DEVICE_NAME, octet_string(b"x"), DataAccessResult.READ_WRITE_DENIED),
        (UNKNOWN, octet_string(b"x"), DataAccessResult.OBJECT_UNDEFINED),
    ],
)
def test_a_refused_set_changes_nothing(reading, attribute, value, error):
    before = reading.exchange(GetRequestNormal(INVOKE, WRITEABLE))
    assert reading.exchange(SetRequestNormal(INVOKE, attribute, None, value)) == SetResponseNormal(INVOKE, error)
    assert reading.exchange(GetRequestNormal(INVOKE, WRITEABLE)) == before


def test_a_set_with_list_tells_each_result(reading):
    request = SetRequestWithList(INVOKE, ((WRITEABLE, None), (DEVICE_NAME, None)), (octet_string(b"1"), null()))
    assert reading.exchange(request) == SetResponseWithList(INVOKE, (0, DataAccessResult.READ_WRITE_DENIED))
    uneven = SetRequestWithList(INVOKE, ((WRITEABLE, None),), (null(), null()))
    assert reading.exchange(uneven) == UNREADABLE


def test_nothing_is_written_whose_result_could_not_be_told(bench):
    client = small(bench, 12)
    request = SetRequestWithList(INVOKE, ((WRITEABLE, None),) * 10, (octet_string(b"2"),) * 10)
    assert client.exchange(request) == TOO_LONG
    assert bench.client(READING).establish().exchange(GetRequestNormal(INVOKE, WRITEABLE)).result != octet_string(b"2")


def test_a_long_set_in_blocks(reading):
    raw = codec.encode(octet_string(b"in three blocks"))
    first = SetRequestWithFirstDatablock(INVOKE, WRITEABLE, None, DataBlock(False, 1, raw[:5]))
    assert reading.exchange(first) == SetResponseDatablock(INVOKE, 1)
    second = SetRequestWithDatablock(INVOKE, DataBlock(False, 2, raw[5:9]))
    assert reading.exchange(second) == SetResponseDatablock(INVOKE, 2)
    last = SetRequestWithDatablock(INVOKE, DataBlock(True, 3, raw[9:]))
    assert reading.exchange(last) == SetResponseLastDatablock(INVOKE, 0, 3)
    assert reading.exchange(GetRequestNormal(INVOKE, WRITEABLE)).result == octet_string(b"in three blocks")


def test_a_long_set_that_goes_wrong_is_ended(reading):
    block = SetRequestWithDatablock(INVOKE, DataBlock(True, 2, b"\x00"))
    none = SetResponseLastDatablock(INVOKE, DataAccessResult.NO_LONG_SET_IN_PROGRESS, 2)
    assert reading.exchange(block) == none
    reading.exchange(SetRequestWithFirstDatablock(INVOKE, WRITEABLE, None, DataBlock(False, 1, b"\x09")))
    wrong = SetRequestWithDatablock(INVOKE, DataBlock(False, 3, b"\x00"))
    invalid = SetResponseLastDatablock(INVOKE, DataAccessResult.DATA_BLOCK_NUMBER_INVALID, 3)
    assert reading.exchange(wrong) == invalid
    assert reading.exchange(block) == none
    garbage = SetRequestWithFirstDatablock(INVOKE, WRITEABLE, None, DataBlock(True, 1, b"\xff\x00\x00"))
    assert reading.exchange(garbage) == SetResponseLastDatablock(INVOKE, DataAccessResult.TYPE_UNMATCHED, 1)


def test_a_long_set_is_bounded(reading):
    reading.exchange(SetRequestWithFirstDatablock(INVOKE, WRITEABLE, None, DataBlock(False, 1, bytes(900))))
    response = None
    for number in range(2, 100):
        response = reading.exchange(SetRequestWithDatablock(INVOKE, DataBlock(False, number, bytes(1000))))
        if not isinstance(response, SetResponseDatablock):
            break
    assert response.result == DataAccessResult.LONG_SET_ABORTED


def test_a_long_set_with_list(reading):
    targets = ((WRITEABLE, None), (DEVICE_NAME, None))
    raw = bytes((2,)) + codec.encode(octet_string(b"listed")) + codec.encode(null())
    first = SetRequestWithListAndFirstDatablock(INVOKE, targets, DataBlock(False, 1, raw[:4]))
    assert reading.exchange(first) == SetResponseDatablock(INVOKE, 1)
    last = reading.exchange(SetRequestWithDatablock(INVOKE, DataBlock(True, 2, raw[4:])))
    assert last == SetResponseLastDatablockWithList(INVOKE, (0, DataAccessResult.READ_WRITE_DENIED), 2)
    uneven = SetRequestWithListAndFirstDatablock(INVOKE, targets, DataBlock(True, 1, b"\x01\x00"))
    results = (DataAccessResult.TYPE_UNMATCHED,) * 2
    assert reading.exchange(uneven) == SetResponseLastDatablockWithList(INVOKE, results, 1)


def test_a_method_is_invoked(reading):
    run = reading.exchange(ActionRequestNormal(INVOKE, SCRIPT, long_unsigned(1)))
    assert run == ActionResponseNormal(INVOKE, 0)
    assert reading.exchange(GetRequestNormal(INVOKE, MARKER)).result == long_unsigned(1)


def test_a_method_in_blocks(reading):
    raw = codec.encode(long_unsigned(1))
    first = ActionRequestWithFirstPblock(INVOKE, SCRIPT, DataBlock(False, 1, raw[:1]))
    assert reading.exchange(first) == ActionResponseNextPblock(INVOKE, 1)
    last = ActionRequestWithPblock(INVOKE, DataBlock(True, 2, raw[1:]))
    assert reading.exchange(last) == ActionResponseNormal(INVOKE, 0)
    assert reading.exchange(last).result == ActionResult.NO_LONG_ACTION_IN_PROGRESS
    reading.exchange(first)
    wrong = ActionRequestWithPblock(INVOKE, DataBlock(True, 5, b""))
    assert reading.exchange(wrong).result == ActionResult.LONG_ACTION_ABORTED


def test_methods_with_list(reading):
    unknown = MethodDescriptor(9, SCRIPT.instance_id, 99)
    response = reading.exchange(ActionRequestWithList(INVOKE, (SCRIPT, unknown), (long_unsigned(1), null())))
    assert response == ActionResponseWithList(INVOKE, (ActionOutcome(0), ActionOutcome(ActionResult.OBJECT_UNDEFINED)))
    assert reading.exchange(ActionRequestWithList(INVOKE, (SCRIPT,), ())) == UNREADABLE


def test_a_next_pblock_without_a_long_response_is_refused(reading):
    assert reading.exchange(ActionRequestNextPblock(INVOKE, 1)).result == ActionResult.NO_LONG_ACTION_IN_PROGRESS


def test_the_restricted_object_is_restricted_everywhere(bench):
    for profile in (PUBLIC, READING):
        client = bench.client(profile).establish()
        assert client.exchange(GetRequestNormal(INVOKE, RESTRICTED)).result == DataAccessResult.READ_WRITE_DENIED
