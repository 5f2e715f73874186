"""GET, SET and ACTION, octet for octet, and how broken ones are told."""

from __future__ import annotations

import pytest

from conformance.dlms import apdu
from conformance.dlms.alteration import Alteration, Operation, alter
from conformance.dlms.data.values import double_long_unsigned, long_unsigned, null, octet_string, structure, unsigned
from conformance.dlms.errors import DecodeError, EncodeError
from conformance.dlms.fields import Deviation
from conformance.dlms.xdlms import action, get
from conformance.dlms.xdlms import set as set_service
from conformance.dlms.xdlms.attribute import AttributeDescriptor, MethodDescriptor, SelectiveAccess
from conformance.dlms.xdlms.datablock import DataBlock
from conformance.dlms.xdlms.enumerations import ActionResult, DataAccessResult, label_of
from conformance.dlms.xdlms.invoke_id import describe, describe_long, invoke_id_and_priority

TIME = AttributeDescriptor(8, bytes.fromhex("0000010000FF"), 2)
BUFFER = AttributeDescriptor(7, bytes.fromhex("0100630100FF"), 2)
REPLY_TO_HLS = MethodDescriptor(15, bytes.fromhex("0000280000FF"), 1)
BLOCK = DataBlock(False, 1, b"\x09\x03abc")
SELECTION = SelectiveAccess(2, structure(double_long_unsigned(1), long_unsigned(0)))

T = "00080000010000FF02"
B = "00070100630100FF02"
M = "000F0000280000FF01"
S = "01 02 0202 0600000001 120000"
D = "00 00000001 05 0903616263"

VECTORS = [
    (f"C001C1 {T} 00", get.GetRequestNormal(0xC1, TIME)),
    (f"C001C1 {B} {S}", get.GetRequestNormal(0xC1, BUFFER, SELECTION)),
    ("C002C1 00000002", get.GetRequestNext(0xC1, 2)),
    (f"C003C1 02 {T} 00 {B} {S}", get.GetRequestWithList(0xC1, ((TIME, None), (BUFFER, SELECTION)))),
    ("C401C1 00 1107", get.GetResponseNormal(0xC1, unsigned(7))),
    ("C401C1 01 03", get.GetResponseNormal(0xC1, DataAccessResult.READ_WRITE_DENIED)),
    ("C402C1 01 00000003 00 02 0102", get.GetResponseWithDatablock(0xC1, True, 3, b"\x01\x02")),
    ("C402C1 01 00000003 01 13", get.GetResponseWithDatablock(0xC1, True, 3, 19)),
    ("C403C1 02 00 1107 01 04", get.GetResponseWithList(0xC1, (unsigned(7), 4))),
    (f"C101C1 {T} 00 1107", set_service.SetRequestNormal(0xC1, TIME, None, unsigned(7))),
    (f"C101C1 {B} {S} 00", set_service.SetRequestNormal(0xC1, BUFFER, SELECTION, null())),
    (f"C102C1 {T} 00 {D}", set_service.SetRequestWithFirstDatablock(0xC1, TIME, None, BLOCK)),
    (f"C103C1 {D}", set_service.SetRequestWithDatablock(0xC1, BLOCK)),
    (
        f"C104C1 02 {T} 00 {B} {S} 02 1107 00",
        set_service.SetRequestWithList(0xC1, ((TIME, None), (BUFFER, SELECTION)), (unsigned(7), null())),
    ),
    (f"C105C1 01 {T} 00 {D}", set_service.SetRequestWithListAndFirstDatablock(0xC1, ((TIME, None),), BLOCK)),
    ("C501C1 00", set_service.SetResponseNormal(0xC1, 0)),
    ("C502C1 00000001", set_service.SetResponseDatablock(0xC1, 1)),
    ("C503C1 0C 00000002", set_service.SetResponseLastDatablock(0xC1, 12, 2)),
    ("C504C1 02 00 0C 00000002", set_service.SetResponseLastDatablockWithList(0xC1, (0, 12), 2)),
    ("C505C1 02 00 FA", set_service.SetResponseWithList(0xC1, (0, 250))),
    (f"C301C1 {M} 00", action.ActionRequestNormal(0xC1, REPLY_TO_HLS)),
    (f"C301C1 {M} 01 0902ABCD", action.ActionRequestNormal(0xC1, REPLY_TO_HLS, octet_string(b"\xab\xcd"))),
    ("C302C1 00000001", action.ActionRequestNextPblock(0xC1, 1)),
    (f"C303C1 01 {M} 01 00", action.ActionRequestWithList(0xC1, (REPLY_TO_HLS,), (null(),))),
    (f"C304C1 {M} {D}", action.ActionRequestWithFirstPblock(0xC1, REPLY_TO_HLS, BLOCK)),
    (f"C305C1 01 {M} {D}", action.ActionRequestWithListAndFirstPblock(0xC1, (REPLY_TO_HLS,), BLOCK)),
    (f"C306C1 {D}", action.ActionRequestWithPblock(0xC1, BLOCK)),
    ("C701C1 00 00", action.ActionResponseNormal(0xC1, ActionResult.SUCCESS)),
    ("C701C1 00 01 00 1107", action.ActionResponseNormal(0xC1, 0, unsigned(7))),
    ("C701C1 0C 01 01 FA", action.ActionResponseNormal(0xC1, 12, 250)),
    (f"C702C1 {D}", action.ActionResponseWithPblock(0xC1, BLOCK)),
    (
        "C703C1 02 00 01 00 1107 03 00",
        action.ActionResponseWithList(0xC1, (action.ActionOutcome(0, unsigned(7)), action.ActionOutcome(3))),
    ),
    ("C704C1 00000001", action.ActionResponseNextPblock(0xC1, 1)),
]


@pytest.mark.parametrize(("octets", "value"), VECTORS)
def test_a_service_is_coded_octet_for_octet(octets: str, value: apdu.Apdu) -> None:
    assert value.encode() == bytes.fromhex(octets)
    assert apdu.decode(bytes.fromhex(octets)) == value


@pytest.mark.parametrize(
    ("octets", "path", "offset"),
    [
        ("C000C1", "get-request.choice", 1),
        ("C004C1", "get-request.choice", 1),
        ("C404C1", "get-response.choice", 1),
        ("C401C1", "get-response.result.choice", 3),
        ("C401C102", "get-response.result.choice", 3),
        ("C401C100", "get-response.result.data.tag", 4),
        ("C402C1 01 00000001 02 00", "get-response.result.result.choice", 8),
        ("C403C1 04 00 00 02", "get-response.result.count", 3),
        ("C106C1", "set-request.choice", 1),
        ("C506C1", "set-response.choice", 1),
        ("C307C1", "action-request.choice", 1),
        ("C705C1", "action-response.choice", 1),
        ("C701C1 00 01 02", "action-response.single-response.return-parameters.choice", 5),
        (f"C001C1 {T}", "get-request.access-selection-present", 12),
        ("C001C1 0008000001", "get-request.cosem-attribute-descriptor.instance-id", 5),
        (f"C003C1 02 {T} 00 0007", "get-request.attribute-descriptor-list."
         "cosem-attribute-descriptor-with-selection[1].cosem-attribute-descriptor.instance-id", 16),
        (f"C001C1 {T} 00 FF", "get-request", 13),
        ("C703C1 02 00 00 03", "action-response.list-of-responses."
         "action-response-with-optional-data[1].return-parameters-present", 7),
    ],
)  # fmt: skip
def test_a_broken_service_is_told_by_its_path(octets: str, path: str, offset: int) -> None:
    with pytest.raises(DecodeError) as caught:
        apdu.decode(bytes.fromhex(octets))
    assert (caught.value.path, caught.value.offset) == (path, offset)


def test_an_unknown_choice_names_the_legal_ones() -> None:
    with pytest.raises(DecodeError, match="choice 4 is not defined; expected 1 get-request-normal, 2 get-request-next"):
        apdu.decode(bytes.fromhex("C004C1"))


@pytest.mark.parametrize(
    ("octets", "path"),
    [
        (f"C001C1 {B} FF 02 00", "get-request.access-selection-present"),
        (f"C101C1 {B} 02 02 00 1107", "set-request.access-selection-present"),
        (f"C301C1 {M} 09 00", "action-request.method-invocation-parameters-present"),
        ("C701C1 00 80 00 1107", "action-response.single-response.return-parameters-present"),
    ],
)
def test_a_presence_octet_that_is_neither_00_nor_01_is_a_deviation(octets: str, path: str) -> None:
    deviations: list[Deviation] = []
    apdu.decode(bytes.fromhex(octets), deviations=deviations)
    assert [(deviation.code, deviation.path) for deviation in deviations] == [("presence-not-boolean", path)]
    with pytest.raises(DecodeError) as caught:
        apdu.decode(bytes.fromhex(octets))
    assert caught.value.path == path


def test_last_block_true_may_be_coded_as_ff() -> None:
    value = apdu.decode(bytes.fromhex("C402C1 FF 00000003 00 00"))
    assert value == get.GetResponseWithDatablock(0xC1, True, 3, b"")


def test_last_block_with_another_octet_is_true_and_a_deviation() -> None:
    deviations: list[Deviation] = []
    value = apdu.decode(bytes.fromhex("C402C1 07 00000003 00 00"), deviations=deviations)
    assert value == get.GetResponseWithDatablock(0xC1, True, 3, b"")
    assert [deviation.code for deviation in deviations] == ["boolean-value"]


def test_a_data_access_result_that_is_not_defined_stays_a_number() -> None:
    assert apdu.decode(bytes.fromhex("C401C10163")) == get.GetResponseNormal(0xC1, 99)
    root = apdu.dissect(bytes.fromhex("C401C10163")).root
    assert root.find("get-response.result.data-access-result").value == "unknown (99)"


def test_results_and_choices_are_shown_with_the_names_of_the_standard() -> None:
    root = apdu.dissect(bytes.fromhex("C401C10103")).root
    assert root.find("get-response.choice").value == "get-response-normal"
    assert root.find("get-response.result.choice").value == "data-access-result"
    assert root.find("get-response.result.data-access-result").value == "read-write-denied (3)"
    assert root.find("get-response.invoke-id-and-priority").value == "invoke-id 1, confirmed, high priority"


def test_dropping_an_element_of_a_list_makes_its_count_follow() -> None:
    octets = bytes.fromhex(f"C003C1 02 {T} 00 {B} {S}")
    path = "get-request.attribute-descriptor-list.cosem-attribute-descriptor-with-selection"
    altered = alter(octets, apdu.dissect(octets).root, [Alteration(path, Operation.DROP)])
    assert altered == bytes.fromhex(f"C003C1 01 {B} {S}")


def test_replacing_raw_data_makes_its_length_follow() -> None:
    octets = bytes.fromhex("C402C1 01 00000003 00 02 0102")
    change = Alteration("get-response.result.result.raw-data.value", Operation.REPLACE, bytes(200))
    assert alter(octets, apdu.dissect(octets).root, [change])[9:11] == b"\x81\xc8"


@pytest.mark.parametrize(
    "value",
    [
        get.GetRequestNormal(0x100, TIME),
        get.GetRequestNormal(0xC1, AttributeDescriptor(0x10000, bytes(6), 2)),
        get.GetRequestNormal(0xC1, AttributeDescriptor(1, bytes(5), 2)),
        get.GetRequestNormal(0xC1, AttributeDescriptor(1, bytes(6), 128)),
        get.GetRequestNext(0xC1, 1 << 32),
        get.GetResponseNormal(0xC1, 256),
        set_service.SetResponseNormal(0xC1, -1),
        set_service.SetRequestWithDatablock(0xC1, DataBlock(True, -1, b"")),
        action.ActionResponseNormal(0xC1, 256),
    ],
)
def test_a_number_out_of_range_has_no_encoding(value: apdu.Apdu) -> None:
    with pytest.raises(EncodeError):
        value.encode()


def test_attribute_ids_are_signed() -> None:
    value = get.GetRequestNormal(0xC1, AttributeDescriptor(1, bytes(6), -1))
    assert value.encode()[11] == 0xFF
    assert apdu.decode(value.encode()) == value
    assert apdu.dissect(value.encode()).value == value


def test_labels_are_the_standards() -> None:
    assert label_of(DataAccessResult, 16) == "no-long-get-in-progress"
    assert label_of(ActionResult, 16) == "no-long-action-in-progress"
    assert label_of(ActionResult, 17) == "unknown (17)"


def test_the_invoke_id_is_put_together_and_told() -> None:
    assert invoke_id_and_priority(1) == 0xC1
    assert invoke_id_and_priority(15, confirmed=False, high_priority=False) == 0x0F
    assert describe(0x81) == "invoke-id 1, unconfirmed, high priority"
    assert describe(0x30) == "invoke-id 0, unconfirmed, normal priority, reserved bits set"
    assert describe_long(0xF0000007) == ("long-invoke-id 7, confirmed, high priority, break on error, self-descriptive")
