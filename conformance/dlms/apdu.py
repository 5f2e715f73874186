"""The table of all APDUs by their tag, and the way to take any of them apart (COSEMpdu, IEC 62056-5-3)."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple, NoReturn

from conformance.dlms import reader as reading
from conformance.dlms.acse import aare, aarq, release
from conformance.dlms.acse.aare import Aare
from conformance.dlms.acse.aarq import Aarq
from conformance.dlms.acse.release import Rlre, Rlrq
from conformance.dlms.fields import Deviation
from conformance.dlms.reader import Decoder, Dissection, Reader
from conformance.dlms.security import ciphered, general_ciphering
from conformance.dlms.security.ciphered import Ciphered
from conformance.dlms.security.general_ciphering import GeneralCiphering
from conformance.dlms.xdlms import (
    access,
    action,
    confirmed_service_error,
    event_notification,
    exception_response,
    general_block_transfer,
    general_signing,
    get,
    information_report,
    initiate,
    notification,
    read,
    write,
)
from conformance.dlms.xdlms import set as set_service
from conformance.dlms.xdlms.access import AccessRequest, AccessResponse
from conformance.dlms.xdlms.action import ActionRequest, ActionResponse
from conformance.dlms.xdlms.confirmed_service_error import ConfirmedServiceError
from conformance.dlms.xdlms.event_notification import EventNotificationRequest
from conformance.dlms.xdlms.exception_response import ExceptionResponse
from conformance.dlms.xdlms.general_block_transfer import GeneralBlockTransfer
from conformance.dlms.xdlms.general_signing import GeneralSigning
from conformance.dlms.xdlms.get import GetRequest, GetResponse
from conformance.dlms.xdlms.information_report import InformationReportRequest
from conformance.dlms.xdlms.initiate import InitiateRequest, InitiateResponse
from conformance.dlms.xdlms.notification import DataNotification, DataNotificationConfirm
from conformance.dlms.xdlms.read import ReadRequest, ReadResponse
from conformance.dlms.xdlms.set import SetRequest, SetResponse
from conformance.dlms.xdlms.write import UnconfirmedWriteRequest, WriteRequest, WriteResponse

Acse = Aarq | Aare | Rlrq | Rlre
LongNameApdu = GetRequest | GetResponse | SetRequest | SetResponse | ActionRequest | ActionResponse
ShortNameApdu = (
    ReadRequest | ReadResponse | WriteRequest | WriteResponse | UnconfirmedWriteRequest | InformationReportRequest
)
GeneralApdu = GeneralCiphering | GeneralSigning | GeneralBlockTransfer
OtherApdu = (
    InitiateRequest
    | InitiateResponse
    | ConfirmedServiceError
    | ExceptionResponse
    | AccessRequest
    | AccessResponse
    | DataNotification
    | DataNotificationConfirm
    | EventNotificationRequest
)
Apdu = Acse | LongNameApdu | ShortNameApdu | OtherApdu | Ciphered | GeneralApdu


class ApduType(NamedTuple):
    """One kind of APDU: the name that its paths begin with, and what reads it."""

    name: str
    read: Decoder[Apdu]


TAGS: Mapping[int, ApduType] = MappingProxyType(
    {
        0x01: ApduType("initiate-request", initiate.read_request),
        0x05: ApduType("read-request", read.read_request),
        0x06: ApduType("write-request", write.read_request),
        0x08: ApduType("initiate-response", initiate.read_response),
        0x0C: ApduType("read-response", read.read_response),
        0x0D: ApduType("write-response", write.read_response),
        0x0E: ApduType("confirmed-service-error", confirmed_service_error.read),
        0x0F: ApduType("data-notification", notification.read),
        0x10: ApduType("data-notification-confirm", notification.read_confirm),
        0x16: ApduType("unconfirmed-write-request", write.read_unconfirmed_request),
        0x18: ApduType("information-report-request", information_report.read),
        0x60: ApduType("aarq", aarq.read),
        0x61: ApduType("aare", aare.read),
        0x62: ApduType("rlrq", release.read_rlrq),
        0x63: ApduType("rlre", release.read_rlre),
        0xC0: ApduType("get-request", get.read_request),
        0xC1: ApduType("set-request", set_service.read_request),
        0xC2: ApduType("event-notification-request", event_notification.read),
        0xC3: ApduType("action-request", action.read_request),
        0xC4: ApduType("get-response", get.read_response),
        0xC5: ApduType("set-response", set_service.read_response),
        0xC7: ApduType("action-response", action.read_response),
        0xD8: ApduType("exception-response", exception_response.read),
        0xD9: ApduType("access-request", access.read_request),
        0xDA: ApduType("access-response", access.read_response),
        0xDD: ApduType("general-ciphering", general_ciphering.read),
        0xDF: ApduType("general-signing", general_signing.read),
        0xE0: ApduType("general-block-transfer", general_block_transfer.read),
    }
    | {tag: ApduType(name, ciphered.read) for tag, name in ciphered.NAMES.items()}
)
"""Every APDU by its tag; each of its readers takes the tag too."""


def decode(octets: bytes, deviations: list[Deviation] | None = None) -> Apdu:
    """The APDU that `octets` are.

    Args:
        octets: one APDU and nothing else.
        deviations: takes what is illegal but readable; None makes each an error.

    Raises:
        DecodeError: with path, offset and octets; a path of `apdu` says that no APDU has this tag.
    """
    name, read_apdu = _type_of(octets)
    return reading.decode(octets, read_apdu, name, deviations=deviations)


def dissect(octets: bytes) -> Dissection[Apdu]:
    """The APDU that `octets` are, with the tree of its fields; never raises, whatever the octets."""
    name, read_apdu = _type_of(octets)
    return reading.dissect(octets, read_apdu, name)


def name_of(tag: int) -> str:
    """The name of the APDU with this tag, such as `get-request`; `unknown (tag)` where there is none."""
    kind = TAGS.get(tag)
    return f"unknown ({tag:02X})" if kind is None else kind.name


def _type_of(octets: bytes) -> ApduType:
    return TAGS.get(octets[0], _UNKNOWN) if octets else _UNKNOWN


def _read_unknown(reader: Reader) -> NoReturn:
    tag = reader.peek()
    if tag is None:
        reader.fail("no octets", expected="the tag of an APDU")
    reader.fail(f"no APDU has the tag {tag:02X}", expected="the tag of an APDU")


_UNKNOWN = ApduType("apdu", _read_unknown)
