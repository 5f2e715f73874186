"""Every APDU: through the table and back, covered octet for octet, and refused as a DecodeError when it is broken."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conformance.dlms import apdu
from conformance.dlms.alteration import alter
from conformance.dlms.data.values import (
    array,
    double_long_unsigned,
    null,
    octet_string,
    structure,
    unsigned,
    visible_string,
)
from conformance.dlms.errors import DecodeError
from conformance.dlms.fields import Field
from conformance.dlms.security.ciphered import NAMES, GeneralDedicated, GeneralGlobal, ServiceCiphered
from conformance.dlms.security.control import SecurityControl
from conformance.dlms.security.general_ciphering import GeneralCiphering, WrappedKey
from conformance.dlms.xdlms import access, action, get, read, write
from conformance.dlms.xdlms import set as set_service
from conformance.dlms.xdlms.attribute import AttributeDescriptor, MethodDescriptor, SelectiveAccess
from conformance.dlms.xdlms.confirmed_service_error import ConfirmedServiceError
from conformance.dlms.xdlms.conformance import ConformanceBit
from conformance.dlms.xdlms.datablock import DataBlock
from conformance.dlms.xdlms.event_notification import EventNotificationRequest
from conformance.dlms.xdlms.exception_response import ExceptionResponse
from conformance.dlms.xdlms.general_block_transfer import GeneralBlockTransfer
from conformance.dlms.xdlms.general_signing import GeneralSigning
from conformance.dlms.xdlms.information_report import InformationReportRequest
from conformance.dlms.xdlms.initiate import InitiateRequest, InitiateResponse
from conformance.dlms.xdlms.notification import DataNotification, DataNotificationConfirm
from conformance.dlms.xdlms.variable_access import (
    BlockNumberAccess,
    ParameterisedAccess,
    ReadDataBlockAccess,
    VariableName,
    WriteDataBlockAccess,
)

FIELD_LINES = [
    line.split()
    for line in (Path(__file__).parent / "field_apdus.txt").read_text().splitlines()
    if not line.startswith("#")
]

CLOCK = AttributeDescriptor(8, bytes.fromhex("0000010000FF"), 2)
PROFILE = AttributeDescriptor(7, bytes.fromhex("0100630100FF"), 2)
RESET = MethodDescriptor(7, bytes.fromhex("0100630100FF"), 1)
ENTRIES = SelectiveAccess(2, structure(double_long_unsigned(1), double_long_unsigned(0)))
BLOCK = DataBlock(True, 2, b"\x09\x02ab")
ROWS = array(structure(unsigned(1), null()), structure(unsigned(2), visible_string("x")))
NOW = bytes.fromhex("07EA0B1506050C1E00FFC400")
CONFORMANCE = frozenset({ConformanceBit.GET, ConformanceBit.SET, ConformanceBit.ACTION})
AE = SecurityControl(0, authenticated=True, encrypted=True)

VALUES = [
    InitiateRequest(CONFORMANCE, bytes(range(16)), False, 1),
    InitiateResponse(CONFORMANCE, 0x0400),
    get.GetRequestNormal(0xC1, CLOCK),
    get.GetRequestNormal(0xC1, PROFILE, ENTRIES),
    get.GetRequestNext(0xC1, 7),
    get.GetRequestWithList(0xC1, ((CLOCK, None), (PROFILE, ENTRIES))),
    get.GetResponseNormal(0xC1, ROWS),
    get.GetResponseNormal(0xC1, 3),
    get.GetResponseWithDatablock(0xC1, False, 1, b"\x01" * 200),
    get.GetResponseWithDatablock(0xC1, True, 2, 19),
    get.GetResponseWithList(0xC1, (unsigned(1), 4, ROWS)),
    set_service.SetRequestNormal(0xC1, CLOCK, None, octet_string(NOW)),
    set_service.SetRequestNormal(0xC1, PROFILE, ENTRIES, null()),
    set_service.SetRequestWithFirstDatablock(0xC1, PROFILE, ENTRIES, BLOCK),
    set_service.SetRequestWithDatablock(0xC1, BLOCK),
    set_service.SetRequestWithList(0xC1, ((CLOCK, None), (PROFILE, ENTRIES)), (octet_string(NOW), ROWS)),
    set_service.SetRequestWithListAndFirstDatablock(0xC1, ((CLOCK, None), (PROFILE, ENTRIES)), BLOCK),
    set_service.SetResponseNormal(0xC1, 0),
    set_service.SetResponseDatablock(0xC1, 1),
    set_service.SetResponseLastDatablock(0xC1, 12, 9),
    set_service.SetResponseLastDatablockWithList(0xC1, (0, 12), 9),
    set_service.SetResponseWithList(0xC1, (0, 250)),
    action.ActionRequestNormal(0xC1, RESET),
    action.ActionRequestNormal(0xC1, RESET, octet_string(b"\x10")),
    action.ActionRequestNextPblock(0xC1, 1),
    action.ActionRequestWithList(0xC1, (RESET, RESET), (null(), unsigned(1))),
    action.ActionRequestWithFirstPblock(0xC1, RESET, BLOCK),
    action.ActionRequestWithListAndFirstPblock(0xC1, (RESET, RESET), BLOCK),
    action.ActionRequestWithPblock(0xC1, BLOCK),
    action.ActionResponseNormal(0xC1, 0),
    action.ActionResponseNormal(0xC1, 0, octet_string(b"\x10")),
    action.ActionResponseNormal(0xC1, 250, 250),
    action.ActionResponseWithPblock(0xC1, BLOCK),
    action.ActionResponseWithList(0xC1, (action.ActionOutcome(0, ROWS), action.ActionOutcome(3))),
    action.ActionResponseNextPblock(0xC1, 1),
    read.ReadRequest((VariableName(0xFA08), ParameterisedAccess(0x0010, 1, ROWS), BlockNumberAccess(1))),
    read.ReadRequest((ReadDataBlockAccess(True, 1, b"abc"), WriteDataBlockAccess(False, 2))),
    read.ReadResponse((ROWS, read.DataAccessError(3), read.DataBlockResult(True, 1, b"abc"), read.BlockNumber(0x0102))),
    write.WriteRequest((VariableName(0xFA08), WriteDataBlockAccess(True, 2)), (unsigned(1), octet_string(b"abc"))),
    write.WriteResponse((write.WriteSuccess(), read.DataAccessError(0), read.BlockNumber(2))),
    write.UnconfirmedWriteRequest((VariableName(0x0010),), (ROWS,)),
    InformationReportRequest(None, (VariableName(0x0010),), (ROWS,)),
    InformationReportRequest(b"20261121120000Z", (VariableName(0x0010),), (ROWS,)),
    EventNotificationRequest(None, CLOCK, octet_string(NOW)),
    EventNotificationRequest(NOW, CLOCK, octet_string(NOW)),
    DataNotification(0x40000001, NOW, ROWS),
    DataNotification(0x10000001, b"", ROWS),
    DataNotificationConfirm(0x40000001, NOW),
    DataNotificationConfirm(0x40000001),
    ConfirmedServiceError(1, 6, 1),
    ExceptionResponse(1, 2),
    ExceptionResponse(2, 4),
    ExceptionResponse(1, 6, 0x01234567),
    GeneralBlockTransfer(True, True, 63, 3, 2, b"abc"),
    access.AccessRequest(
        0x40000001,
        b"",
        (
            access.AccessGet(CLOCK),
            access.AccessSet(CLOCK),
            access.AccessAction(RESET),
            access.AccessGet(PROFILE, ENTRIES),
            access.AccessSet(PROFILE, ENTRIES),
        ),
        (null(), octet_string(NOW), unsigned(0), null(), ROWS),
    ),
    access.AccessResponse(
        0x40000001,
        NOW,
        (access.AccessGet(CLOCK), access.AccessAction(RESET)),
        (octet_string(NOW), null()),
        (
            access.AccessOutcome(access.AccessService.GET, 0),
            access.AccessOutcome(access.AccessService.SET, 3),
            access.AccessOutcome(access.AccessService.ACTION, 250),
        ),
    ),
    access.AccessResponse(0x40000001, b"", None, (), ()),
    GeneralSigning(b"\x01", b"ORIGINAT", b"RECIPIEN", NOW, b"", b"\xc0\x02\xc1\x00\x00\x00\x01", b"s" * 64),
    ServiceCiphered(0xC8, AE, 1, b"c" * 20),
    GeneralGlobal(b"TITLE123", AE, 1, b"c" * 20),
    GeneralDedicated(b"", AE, 1, b"c" * 20),
    GeneralCiphering(b"\x01", b"ORIGINAT", b"RECIPIEN", b"", b"", WrappedKey(0, b"k" * 24), AE, 1, b"c" * 20),
]
ACSE = [
    bytes.fromhex(text)
    for text in (
        "6036A1090607608574050801018A0207808B0760857405080201AC0A80087852775062457846BE10040E01000000065F1F0400007E1F0100",
        "6129A109060760857405080101A203020100A305A103020100BE10040E0800065F1F040000181D01800007",
        "6239800100BE3404322130300000005A8E9B83D641B89FAAF36DA504132C34F87E4BA66175A7DCED015460239699C72C18C06DB29C54673B83BAC0",
        "6328800100BE230421281F300000005BCD34827974EDCF8B1DAB306F62C58AB42052DB67361377507825",
    )
]
MESSAGES = [*(value.encode() for value in VALUES), *ACSE, *(bytes.fromhex(octets) for _, _, octets in FIELD_LINES)]


def leaves(field: Field) -> list[Field]:
    if not field.children:
        return [field]
    return [leaf for child in field.children for leaf in leaves(child)]


def assert_covered(root: Field, size: int) -> None:
    """Leaves follow one another from the first octet to the last, and groups enclose theirs."""
    at = 0
    for leaf in leaves(root):
        assert leaf.start == at, f"{leaf.name} begins at {leaf.start}, not at {at}"
        at = leaf.end
    assert at == size
    for _, field in root.walk():
        if field.children:
            assert (field.start, field.end) == (field.children[0].start, field.children[-1].end)


@pytest.mark.parametrize("value", VALUES, ids=lambda value: type(value).__name__)
def test_a_value_comes_back_from_its_octets_as_it_was(value: apdu.Apdu) -> None:
    assert apdu.decode(value.encode()) == value


@pytest.mark.parametrize("octets", MESSAGES, ids=lambda octets: octets[:4].hex())
def test_every_octet_of_a_valid_message_belongs_to_a_named_field(octets: bytes) -> None:
    dissection = apdu.dissect(octets)
    assert dissection.error is None
    assert dissection.root.name == apdu.name_of(octets[0])
    assert dissection.value == apdu.decode(octets, deviations=[])
    assert_covered(dissection.root, len(octets))


@pytest.mark.parametrize("octets", MESSAGES, ids=lambda octets: octets[:4].hex())
def test_a_message_dissected_and_altered_in_nothing_stays_the_same(octets: bytes) -> None:
    assert alter(octets, apdu.dissect(octets).root, []) == octets


@pytest.mark.parametrize("octets", MESSAGES, ids=lambda octets: octets[:4].hex())
def test_a_message_cut_anywhere_is_refused(octets: bytes) -> None:
    for size in range(len(octets)):
        with pytest.raises(DecodeError) as caught:
            apdu.decode(octets[:size], deviations=[])
        assert caught.value.offset <= size
        assert caught.value.path.startswith(apdu.name_of(octets[0]) if size else "apdu")


@pytest.mark.parametrize("octets", MESSAGES, ids=lambda octets: octets[:4].hex())
def test_octets_after_a_message_are_refused_where_they_begin(octets: bytes) -> None:
    with pytest.raises(DecodeError) as caught:
        apdu.decode(octets + b"\x00", deviations=[])
    assert caught.value.offset == len(octets)
    assert caught.value.path == apdu.name_of(octets[0])


@pytest.mark.parametrize(("exchange", "frame", "octets"), FIELD_LINES, ids=lambda text: text[:40])
def test_an_apdu_from_the_field_is_written_as_it_was_read(exchange: str, frame: str, octets: str) -> None:
    message = bytes.fromhex(octets)
    assert apdu.decode(message).encode() == message


def test_every_choice_and_every_tag_has_a_sample() -> None:
    kinds = {type(apdu.decode(octets, deviations=[])) for octets in MESSAGES}
    wanted = set(apdu.Apdu.__args__)
    assert kinds == wanted
    sampled = {octets[0] for octets in MESSAGES}
    assert set(apdu.TAGS) - sampled <= set(NAMES)


def test_the_table_names_ciphered_apdus_as_their_own_room_does() -> None:
    assert apdu.name_of(0xC8) == "glo-get-request"
    assert apdu.name_of(0xD3) == "ded-action-request"
    assert apdu.name_of(0xDB) == "general-glo-ciphering"
    assert apdu.name_of(0xDD) == "general-ciphering"
    assert apdu.name_of(0x99) == "unknown (99)"


@pytest.mark.parametrize("octets", ["99", "00", "FF0102"])
def test_an_unknown_tag_is_refused_as_no_apdu(octets: str) -> None:
    with pytest.raises(DecodeError) as caught:
        apdu.decode(bytes.fromhex(octets))
    assert (caught.value.path, caught.value.offset) == ("apdu", 0)
    assert caught.value.octets == bytes.fromhex(octets)
    assert apdu.dissect(bytes.fromhex(octets)).root.name == "apdu"


def test_no_octets_are_no_apdu() -> None:
    with pytest.raises(DecodeError) as caught:
        apdu.decode(b"")
    assert (caught.value.path, caught.value.offset) == ("apdu", 0)


def test_the_reply_to_an_unrecognised_aarq_is_told_at_its_choice() -> None:
    # 05 01 C8, in the exchange hexing_hls_gmac_garbled.
    with pytest.raises(DecodeError) as caught:
        apdu.decode(bytes.fromhex("0501C8"))
    assert caught.value.path == "read-request.variable-access-specification.choice"


@settings(deadline=None)
@given(st.binary(max_size=80))
def test_garbage_is_a_decode_error_or_an_apdu(octets: bytes) -> None:
    check_robust(octets)


@settings(deadline=None, max_examples=300)
@given(st.sampled_from(sorted(apdu.TAGS)), st.binary(max_size=60))
def test_garbage_after_any_tag_is_a_decode_error_or_an_apdu(tag: int, octets: bytes) -> None:
    check_robust(bytes((tag,)) + octets)


@settings(deadline=None, max_examples=300)
@given(st.sampled_from(MESSAGES), st.integers(0, 400), st.integers(0, 255), st.integers(0, 3))
def test_a_message_with_changed_octets_is_a_decode_error_or_an_apdu(
    octets: bytes, at: int, value: int, drop: int
) -> None:
    at %= len(octets)
    check_robust(octets[:at] + bytes((value,)) + octets[at + drop :])


def check_robust(octets: bytes) -> None:
    """Strict, tolerant and recorded decoding agree, and nothing but DecodeError is raised."""
    dissection = apdu.dissect(octets)
    deviations = []
    if dissection.error is not None:
        with pytest.raises(DecodeError) as caught:
            apdu.decode(octets, deviations=deviations)
        assert str(caught.value) == str(dissection.error)
        return
    value = apdu.decode(octets, deviations=deviations)
    assert repr(value) == repr(dissection.value)
    assert tuple(deviations) == dissection.deviations
    assert_covered(dissection.root, len(octets))
    if not deviations:
        assert repr(apdu.decode(octets)) == repr(value)
        assert repr(apdu.decode(value.encode())) == repr(value)
