"""What a meter sends unasked, in one piece or in blocks; and the ACCESS service, which shares its header."""

from __future__ import annotations

from pathlib import Path

import pytest

from conformance.dlms import apdu
from conformance.dlms.data.types import DataType
from conformance.dlms.data.values import null, unsigned
from conformance.dlms.errors import DecodeError, EncodeError
from conformance.dlms.fields import Deviation
from conformance.dlms.xdlms.access import AccessGet, AccessOutcome, AccessRequest, AccessResponse, AccessService
from conformance.dlms.xdlms.attribute import AttributeDescriptor
from conformance.dlms.xdlms.event_notification import EventNotificationRequest
from conformance.dlms.xdlms.general_block_transfer import GeneralBlockTransfer
from conformance.dlms.xdlms.notification import DataNotification, DataNotificationConfirm

NOW = bytes.fromhex("07EA0B1506050C1E00FFC400")
CLOCK = AttributeDescriptor(8, bytes.fromhex("0000010000FF"), 2)
FIELD = Path(__file__).parents[1] / "field_apdus.txt"


def field_apdus(exchange: str) -> list[bytes]:
    lines = (line.split() for line in FIELD.read_text().splitlines())
    return [bytes.fromhex(line[2]) for line in lines if line[0] == exchange]


@pytest.mark.parametrize(
    ("octets", "value"),
    [
        ("0F 40000001 00 1107", DataNotification(0x40000001, b"", unsigned(7))),
        (f"0F 00000001 0C {NOW.hex()} 00", DataNotification(1, NOW, null())),
        ("C2 00 00080000010000FF02 00", EventNotificationRequest(None, CLOCK, null())),
        (f"C2 01 0C {NOW.hex()} 00080000010000FF02 00", EventNotificationRequest(NOW, CLOCK, null())),
        ("E0 C1 0002 0001 02 ABCD", GeneralBlockTransfer(True, True, 1, 2, 1, b"\xab\xcd")),
        ("E0 3F 0001 0000 00", GeneralBlockTransfer(False, False, 63, 1, 0, b"")),
        (
            "D9 40000001 00 01 01 00080000010000FF02 01 00",
            AccessRequest(0x40000001, b"", (AccessGet(CLOCK),), (null(),)),
        ),
        (
            "DA 40000001 00 00 01 1107 01 01 00",
            AccessResponse(0x40000001, b"", None, (unsigned(7),), (AccessOutcome(AccessService.GET, 0),)),
        ),
        (
            "DA 40000001 00 01 01 01 00080000010000FF02 01 00 01 03 FA",
            AccessResponse(
                0x40000001, b"", (AccessGet(CLOCK),), (null(),), (AccessOutcome(AccessService.ACTION, 250),)
            ),
        ),
    ],
)
def test_an_apdu_is_coded_octet_for_octet(octets: str, value: apdu.Apdu) -> None:
    assert value.encode() == bytes.fromhex(octets)
    assert apdu.decode(bytes.fromhex(octets)) == value


def test_blocks_of_a_push_from_the_field_join_to_one_notification() -> None:
    blocks = [apdu.decode(octets) for octets in field_apdus("ctl_e450_gbt_plain_push")]
    assert [(block.block_number, block.last_block) for block in blocks] == [(1, False), (2, False), (3, True)]
    joined = b"".join(block.block_data for block in blocks)
    assert len(joined) == 335
    notification = apdu.decode(joined)
    assert isinstance(notification, DataNotification)
    assert notification.long_invoke_id_and_priority == 0x007C83D3
    assert notification.body.type is DataType.STRUCTURE
    assert len(notification.body.value) == 13
    assert notification.body.value[1].value == b"LGZ1020782546371"


def test_the_date_time_of_a_notification_is_shown_as_one() -> None:
    root = apdu.dissect(DataNotification(1, NOW, null()).encode()).root
    assert root.find("data-notification.date-time.value").value.startswith("2026-11-21")


def test_a_date_time_of_another_length_is_a_deviation() -> None:
    deviations: list[Deviation] = []
    apdu.decode(bytes.fromhex("0F 00000001 02 07EA 00"), deviations=deviations)
    assert [(deviation.code, deviation.path) for deviation in deviations] == [
        ("date-time-length", "data-notification.date-time.value")
    ]


def test_a_confirmation_names_the_notification_that_it_confirms() -> None:
    confirm = apdu.decode(bytes.fromhex("10 4000002A 00"))
    assert confirm == DataNotificationConfirm(0x4000002A, b"")
    assert DataNotificationConfirm(0x4000002A, NOW).encode() == bytes.fromhex("10 4000002A 0C") + NOW


@pytest.mark.parametrize(
    ("octets", "path"),
    [
        ("0F 000001", "data-notification.long-invoke-id-and-priority"),
        ("10 40000001", "data-notification-confirm.date-time.length"),
        ("0F 00000001 00", "data-notification.notification-body.tag"),
        ("E0 81 0001", "general-block-transfer.block-number-ack"),
        ("E0 81 0001 0000 05 00", "general-block-transfer.block-data.value"),
        ("D9 40000001 00 01 06", "access-request.access-request-specification.specification.choice"),
        ("DA 40000001 00 00 00 01 04", "access-response.access-response-specification.specification.choice"),
    ],
)
def test_a_broken_apdu_is_told_by_its_path(octets: str, path: str) -> None:
    with pytest.raises(DecodeError) as caught:
        apdu.decode(bytes.fromhex(octets))
    assert caught.value.path == path


def test_block_control_is_told_in_words() -> None:
    root = apdu.dissect(bytes.fromhex("E0C10002000100")).root
    assert root.find("general-block-transfer.block-control").value == "last block, streaming, window 1"


def test_a_window_over_63_has_no_encoding() -> None:
    with pytest.raises(EncodeError):
        GeneralBlockTransfer(True, False, 64, 1, 0, b"").encode()
