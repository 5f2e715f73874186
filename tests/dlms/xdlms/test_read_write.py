"""Read, Write and InformationReport with short names, octet for octet, and how broken ones are told."""

from __future__ import annotations

import pytest

from conformance.dlms import apdu
from conformance.dlms.data.values import octet_string, unsigned
from conformance.dlms.errors import DecodeError, EncodeError
from conformance.dlms.fields import Deviation
from conformance.dlms.xdlms.information_report import InformationReportRequest
from conformance.dlms.xdlms.read import BlockNumber, DataAccessError, DataBlockResult, ReadRequest, ReadResponse
from conformance.dlms.xdlms.variable_access import (
    BlockNumberAccess,
    ParameterisedAccess,
    ReadDataBlockAccess,
    VariableName,
    WriteDataBlockAccess,
)
from conformance.dlms.xdlms.write import UnconfirmedWriteRequest, WriteRequest, WriteResponse, WriteSuccess

VECTORS = [
    ("05 01 02 FA08", ReadRequest((VariableName(0xFA08),))),
    ("05 01 04 0010 01 1107", ReadRequest((ParameterisedAccess(0x0010, 1, unsigned(7)),))),
    ("05 01 05 0002", ReadRequest((BlockNumberAccess(2),))),
    ("05 01 06 01 0001 02 ABCD", ReadRequest((ReadDataBlockAccess(True, 1, b"\xab\xcd"),))),
    ("05 00", ReadRequest(())),
    ("0C 02 00 1107 01 03", ReadResponse((unsigned(7), DataAccessError(3)))),
    ("0C 01 02 00 0001 03 010203", ReadResponse((DataBlockResult(False, 1, b"\x01\x02\x03"),))),
    ("0C 01 03 0002", ReadResponse((BlockNumber(2),))),
    ("06 01 02 FA08 01 1107", WriteRequest((VariableName(0xFA08),), (unsigned(7),))),
    ("06 01 07 00 0001 01 0901AB", WriteRequest((WriteDataBlockAccess(False, 1),), (octet_string(b"\xab"),))),
    ("0D 03 00 01 0B 02 0003", WriteResponse((WriteSuccess(), DataAccessError(11), BlockNumber(3)))),
    ("16 01 02 FA08 01 1107", UnconfirmedWriteRequest((VariableName(0xFA08),), (unsigned(7),))),
    ("18 00 01 02 FA08 01 1107", InformationReportRequest(None, (VariableName(0xFA08),), (unsigned(7),))),
    ("18 01 02 3231 00 00", InformationReportRequest(b"21", (), ())),
]


@pytest.mark.parametrize(("octets", "value"), VECTORS)
def test_a_service_is_coded_octet_for_octet(octets: str, value: apdu.Apdu) -> None:
    assert value.encode() == bytes.fromhex(octets)
    assert apdu.decode(bytes.fromhex(octets)) == value


@pytest.mark.parametrize(
    ("octets", "path", "offset"),
    [
        ("05", "read-request.count", 1),
        ("05 05 02 FA08", "read-request.count", 1),
        ("05 01 03 FA08", "read-request.variable-access-specification.choice", 2),
        ("05 02 02 FA08 02 FA", "read-request.variable-access-specification[1].variable-name", 6),
        ("05 01 04 0010 01 FE", "read-request.variable-access-specification.parameter.tag", 6),
        ("0C 01 04", "read-response.result.choice", 2),
        ("0C 02 00 00 02 01", "read-response.result[1].block-number", 6),
        ("0D 01 03", "write-response.result.choice", 2),
        ("06 01 02 FA08 02 11", "write-request.list-of-data.count", 5),
        ("06 01 02 FA08 01 11", "write-request.list-of-data.data.value", 7),
        ("06 01 08", "write-request.variable-access-specification.variable-access-specification.choice", 2),
        ("16 00 00 00", "unconfirmed-write-request", 3),
    ],
)
def test_a_broken_service_is_told_by_its_path(octets: str, path: str, offset: int) -> None:
    with pytest.raises(DecodeError) as caught:
        apdu.decode(bytes.fromhex(octets))
    assert (caught.value.path, caught.value.offset) == (path, offset)


def test_short_names_are_shown_as_they_are_written() -> None:
    root = apdu.dissect(bytes.fromhex("0501020010")).root
    assert root.find("read-request.variable-access-specification.choice").value == "variable-name"
    assert root.find("read-request.variable-access-specification.variable-name").value == "0010"


def test_a_short_name_out_of_range_has_no_encoding() -> None:
    with pytest.raises(EncodeError, match="variable-name 65536 out of range"):
        ReadRequest((VariableName(0x10000),)).encode()


def test_a_count_longer_than_needed_is_a_deviation() -> None:
    deviations: list[Deviation] = []
    assert apdu.decode(bytes.fromhex("05810102FA08"), deviations=deviations) == ReadRequest((VariableName(0xFA08),))
    assert [(deviation.code, deviation.path) for deviation in deviations] == [
        ("length-not-minimal", "read-request.count")
    ]


def test_a_count_larger_than_the_message_costs_nothing() -> None:
    with pytest.raises(DecodeError, match="4294967295 elements, 1 octets left"):
        apdu.decode(bytes.fromhex("0584FFFFFFFF02"))
