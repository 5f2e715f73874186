"""ACCESS as the meter serves it: in order, one datum and one result for each, under general protection, in blocks."""

import pytest

from conformance.dlms import apdu as apdus
from conformance.dlms.data.values import long_unsigned, null, octet_string
from conformance.dlms.security.ciphered import GeneralDedicated, GeneralGlobal, ServiceCiphered
from conformance.dlms.xdlms.access import (
    AccessAction,
    AccessGet,
    AccessRequest,
    AccessResponse,
    AccessService,
    AccessSet,
)
from conformance.dlms.xdlms.attribute import AttributeDescriptor, MethodDescriptor, SelectiveAccess
from conformance.dlms.xdlms.conformance import ConformanceBit
from conformance.dlms.xdlms.enumerations import ActionResult, DataAccessResult
from conformance.dlms.xdlms.exception_response import ExceptionResponse
from conformance.dlms.xdlms.general_block_transfer import GeneralBlockTransfer
from conformance.dlms.xdlms.get import GetRequestNext, GetRequestNormal, GetResponseWithDatablock
from conformance.meter.model.associations import MANAGEMENT, PUBLIC, READING
from conformance.meter.model.security_policy import AUTHENTICATED_RESPONSE, ENCRYPTED_RESPONSE
from tests.meter.suite_client import Meter

CONFIRMED = 0xC0123456
BREAKING = CONFIRMED | 1 << 29
DESCRIPTIVE = CONFIRMED | 1 << 28
GBT = ConformanceBit.GENERAL_BLOCK_TRANSFER
OWN_NAME = AttributeDescriptor(15, bytes.fromhex("0000280000FF"), 1)
OBJECT_LIST = AttributeDescriptor(15, bytes.fromhex("0000280000FF"), 2)
WRITEABLE = AttributeDescriptor(1, bytes.fromhex("000060010AFF"), 2)
DEVICE_NAME = AttributeDescriptor(1, bytes.fromhex("00002A0000FF"), 2)
UNKNOWN = AttributeDescriptor(1, b"\xff" * 6, 2)
SCRIPT = MethodDescriptor(9, bytes.fromhex("00000A0000FF"), 1)
MARKER = AttributeDescriptor(1, bytes.fromhex("0000800000FF"), 2)
NAME = octet_string(OWN_NAME.instance_id)
OTHER = octet_string(b"XD-0000000000002")
NOT_NEGOTIATED = ExceptionResponse(1, 2)
UNREADABLE = ExceptionResponse(2, 3)
TOO_LONG = ExceptionResponse(1, 4)
GET, SET, ACTION = AccessService.GET, AccessService.SET, AccessService.ACTION


def request(*elements, invoke=CONFIRMED, date_time=b""):
    """Each element is a specification, or a specification and its data."""
    pairs = [item if isinstance(item, tuple) else (item, null()) for item in elements]
    return AccessRequest(invoke, date_time, tuple(item for item, _ in pairs), tuple(data for _, data in pairs))


def results(response):
    return [(outcome.service, outcome.result) for outcome in response.results]


def with_bits(bench, *, size=1024, blocks=True, profile=READING, protection=None, access=True):
    """A client that proposes what it needs, and takes APDUs of `size` octets."""
    bits = profile.conformance | {GBT} if blocks else profile.conformance - {GBT}
    bits = bits if access else bits - {ConformanceBit.ACCESS}
    initiate = {"client_max_receive_pdu_size": size, "proposed_conformance": bits}
    if protection == "general-ded":
        initiate["dedicated_key"] = bytes(range(16))
    return bench.client(profile, protection).establish(initiate=initiate)


@pytest.fixture
def reading(bench):
    return with_bits(bench)


def test_get_set_and_action_are_carried_out_in_their_order(reading):
    before = reading.exchange(GetRequestNormal(0xC1, WRITEABLE)).result
    response = reading.exchange(
        request(
            AccessGet(WRITEABLE),
            (AccessSet(WRITEABLE), OTHER),
            AccessGet(WRITEABLE),
            (AccessAction(SCRIPT), long_unsigned(1)),
            AccessGet(MARKER),
        )
    )
    assert response.long_invoke_id_and_priority == CONFIRMED
    assert response.date_time == b""
    assert response.specifications is None
    assert response.data == (before, null(), OTHER, null(), long_unsigned(1))
    assert results(response) == [(GET, 0), (SET, 0), (GET, 0), (ACTION, 0), (GET, 0)]


def test_each_element_tells_its_own_error_and_the_others_are_served(reading):
    response = reading.exchange(
        request(
            AccessGet(UNKNOWN),
            (AccessSet(DEVICE_NAME), OTHER),
            (AccessSet(WRITEABLE), null()),
            AccessAction(SCRIPT),
            AccessGet(OWN_NAME),
        )
    )
    assert response.data == (null(), null(), null(), null(), NAME)
    assert results(response) == [
        (GET, DataAccessResult.OBJECT_UNDEFINED),
        (SET, DataAccessResult.READ_WRITE_DENIED),
        (SET, DataAccessResult.TYPE_UNMATCHED),
        (ACTION, ActionResult.TYPE_UNMATCHED),
        (GET, DataAccessResult.SUCCESS),
    ]


def test_with_break_on_error_nothing_behind_an_error_is_done_and_all_has_a_result(reading):
    before = reading.exchange(GetRequestNormal(0xC1, WRITEABLE)).result
    elements = (AccessGet(OWN_NAME), AccessGet(UNKNOWN), (AccessSet(WRITEABLE), OTHER), AccessGet(OWN_NAME))
    response = reading.exchange(request(*elements, invoke=BREAKING))
    assert [result for _, result in results(response)] == [0, DataAccessResult.OBJECT_UNDEFINED, 250, 250]
    assert response.data == (NAME, null(), null(), null())
    assert reading.exchange(GetRequestNormal(0xC1, WRITEABLE)).result == before

    response = reading.exchange(request(*elements))
    assert [result for _, result in results(response)] == [0, DataAccessResult.OBJECT_UNDEFINED, 0, 0]
    assert reading.exchange(GetRequestNormal(0xC1, WRITEABLE)).result == OTHER


def test_a_self_descriptive_response_says_again_what_was_asked(reading):
    asked = request(AccessGet(OWN_NAME), (AccessSet(WRITEABLE), null()), invoke=DESCRIPTIVE)
    response = reading.exchange(asked)
    assert response.specifications == asked.specifications
    assert response.long_invoke_id_and_priority == DESCRIPTIVE


def test_a_request_with_a_date_time_is_answered_with_the_time_of_the_meter(reading):
    response = reading.exchange(request(AccessGet(OWN_NAME), date_time=bytes.fromhex("07EA0B1506050C1E00FFC400")))
    assert len(response.date_time) == 12
    assert response.date_time.startswith(bytes.fromhex("07EA0101"))
    assert response.data == (NAME,)


def test_parts_of_attributes_are_selected_where_that_was_negotiated(bench, reading):
    asked = request(AccessGet(OBJECT_LIST, SelectiveAccess(1, null())), AccessGet(OWN_NAME, SelectiveAccess(1, null())))
    denied = DataAccessResult.SCOPE_OF_ACCESS_VIOLATED
    assert results(reading.exchange(asked))[1] == (GET, denied)
    bits = READING.conformance - {ConformanceBit.SELECTIVE_ACCESS}
    without = bench.client(READING).establish(initiate={"proposed_conformance": bits})
    assert results(without.exchange(asked)) == [(GET, denied), (GET, denied)]
    written = request((AccessSet(WRITEABLE, SelectiveAccess(1, null())), OTHER))
    assert results(reading.exchange(written)) == [(SET, denied)]


def test_nothing_asked_for_gets_empty_lists(reading):
    assert reading.exchange(request()) == AccessResponse(CONFIRMED, b"", None, (), ())


def test_lists_of_different_lengths_are_refused_and_nothing_is_done(reading):
    before = reading.exchange(GetRequestNormal(0xC1, WRITEABLE)).result
    specification = AccessSet(WRITEABLE)
    for specifications, data in (((specification,) * 2, (OTHER,)), ((specification,), (OTHER, OTHER)), ((), (OTHER,))):
        assert reading.exchange(AccessRequest(CONFIRMED, b"", specifications, data)) == UNREADABLE
    assert reading.exchange(GetRequestNormal(0xC1, WRITEABLE)).result == before


def test_what_is_malformed_is_refused(reading):
    valid = request(AccessGet(OWN_NAME)).encode()
    for size in range(1, len(valid)):
        assert reading.exchange(valid[:size]) == UNREADABLE
    assert reading.exchange(valid + b"\x00") == UNREADABLE
    assert reading.exchange(valid[:7] + b"\x06" + valid[8:]) == UNREADABLE
    assert reading.alive()


def test_without_its_bit_access_is_refused(bench):
    assert with_bits(bench, access=False).exchange(request(AccessGet(OWN_NAME))) == NOT_NEGOTIATED
    public = bench.client(PUBLIC).establish()
    assert public.exchange(request(AccessGet(OWN_NAME))) == NOT_NEGOTIATED


@pytest.mark.parametrize("profile", [READING, MANAGEMENT], ids=lambda profile: profile.name)
def test_the_initiate_response_has_the_bit_where_it_was_proposed(bench, profile):
    client = with_bits(bench, profile=profile, protection="general-glo" if profile.hls else None)
    assert ConformanceBit.ACCESS in client.initiate.negotiated_conformance
    client = with_bits(bench, profile=profile, protection="general-glo" if profile.hls else None, access=False)
    assert ConformanceBit.ACCESS not in client.initiate.negotiated_conformance


def test_an_unconfirmed_request_is_carried_out_and_never_answered(reading):
    unconfirmed = CONFIRMED & ~(1 << 30)
    assert reading.exchange(request((AccessSet(WRITEABLE), OTHER), invoke=unconfirmed)) is None
    assert reading.exchange(request(AccessGet(UNKNOWN), invoke=unconfirmed)) is None
    assert reading.exchange(GetRequestNormal(0xC1, WRITEABLE)).result == OTHER


@pytest.mark.parametrize(("protection", "form"), [("general-glo", GeneralGlobal), ("general-ded", GeneralDedicated)])
def test_a_reply_has_the_general_protection_of_its_request(bench, protection, form):
    client = with_bits(bench, profile=MANAGEMENT, protection=protection)
    response = client.exchange(request(AccessGet(OWN_NAME)))
    assert response.data == (NAME,)
    assert isinstance(client.opened[-1], form)


def test_plain_access_is_answered_under_general_protection_where_only_replies_must_be_protected():
    """There is no service-specific form for the reply to have; that of GET has one."""
    meter = Meter(1)
    client = meter.client().establish()
    meter.security.security_policy = AUTHENTICATED_RESPONSE | ENCRYPTED_RESPONSE
    reply = client.send(request(AccessGet(OWN_NAME)).encode())
    assert isinstance(apdus.decode(reply), GeneralGlobal)
    plain, protected = client.security.open(reply)
    assert protected.error is None
    assert apdus.decode(plain).data == (NAME,)
    assert isinstance(apdus.decode(client.send(GetRequestNormal(0xC1, OWN_NAME).encode())), ServiceCiphered)


def test_a_long_response_goes_in_general_blocks_though_get_has_its_own(bench):
    client = with_bits(bench, size=128)
    reply = client.send(request(AccessGet(OBJECT_LIST), AccessGet(OWN_NAME)).encode())
    first = apdus.decode(reply if isinstance(reply, bytes) else reply[0])
    assert isinstance(first, GeneralBlockTransfer)
    assert (first.block_number, first.last_block) == (1, False)
    assert first.block_data.startswith(b"\xda" + CONFIRMED.to_bytes(4, "big"))
    assert isinstance(client.exchange(GetRequestNormal(0xC1, OBJECT_LIST)), GetResponseWithDatablock)


def test_without_blocks_a_value_that_does_not_fit_is_an_error_and_the_rest_is_served(bench):
    client = with_bits(bench, size=64, blocks=False)
    response = client.exchange(request(AccessGet(OWN_NAME), AccessGet(OBJECT_LIST), (AccessSet(WRITEABLE), OTHER)))
    assert response.data == (NAME, null(), null())
    assert results(response) == [(GET, 0), (GET, DataAccessResult.OTHER_REASON), (SET, 0)]
    assert len(response.encode()) <= 64


def test_nothing_is_done_whose_results_would_not_fit(bench):
    client = with_bits(bench, size=64, blocks=False)
    before = client.exchange(GetRequestNormal(0xC1, WRITEABLE)).result
    assert client.exchange(request(*[(AccessSet(WRITEABLE), OTHER)] * 20)) == TOO_LONG
    assert client.exchange(GetRequestNormal(0xC1, WRITEABLE)).result == before


def test_access_ends_a_long_get(bench):
    client = with_bits(bench, size=128, blocks=False)
    first = client.exchange(GetRequestNormal(0xC1, OBJECT_LIST))
    assert isinstance(first, GetResponseWithDatablock)
    assert client.exchange(request(AccessGet(OWN_NAME))).data == (NAME,)
    ended = client.exchange(GetRequestNext(0xC1, 1))
    assert ended.result == DataAccessResult.NO_LONG_GET_IN_PROGRESS


def test_a_method_that_fails_returns_nothing(reading):
    """reply_to_HLS_authentication is for associations with HLS."""
    own = AccessAction(MethodDescriptor(15, OWN_NAME.instance_id, 1))
    response = reading.exchange(request((own, octet_string(bytes(16)))))
    assert response.data == (null(),)
    assert results(response)[0][1] != ActionResult.SUCCESS
