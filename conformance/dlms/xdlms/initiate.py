"""The xDLMS InitiateRequest and InitiateResponse: what an association negotiates (IEC 62056-5-3).

Both are coded in A-XDR, their Conformance block in BER: [APPLICATION 31] IMPLICIT BIT STRING (SIZE(24)), tag 5F 1F. The
tag on one octet, 5F, is what older implementations send; for their sake the standard accepts it in the
connection-oriented, HDLC based profile.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

from conformance.dlms import axdr
from conformance.dlms.errors import EncodeError
from conformance.dlms.reader import Reader
from conformance.dlms.xdlms.conformance import Conformance, decode_bits, describe, encode_bits

REQUEST_TAG = 0x01
RESPONSE_TAG = 0x08

LN_VAA_NAME = 0x0007
"""vaa-name of an association with logical names: a dummy."""
SN_VAA_NAME = 0xFA00
"""vaa-name of an association with short names: the base_name of the Association SN object."""


@dataclass(frozen=True, slots=True)
class InitiateRequest:
    """InitiateRequest of IEC 62056-5-3.

    Attributes:
        proposed_conformance: what the client would like to use.
        dedicated_key: the key for this association alone; None sends none.
        response_allowed: whether the association is confirmed; True is the default and not sent.
        proposed_quality_of_service: -128 to 127, not used in COSEM; None leaves it out.
        proposed_dlms_version_number: 6 in all editions.
        client_max_receive_pdu_size: octets of the longest APDU that the client takes; 0 means no limit.
        short_conformance_tag: whether the Conformance block has the tag 5F instead of 5F 1F.
    """

    proposed_conformance: Conformance
    dedicated_key: bytes | None = None
    response_allowed: bool = True
    proposed_quality_of_service: int | None = None
    proposed_dlms_version_number: int = 6
    client_max_receive_pdu_size: int = 0xFFFF
    short_conformance_tag: bool = False

    def encode(self) -> bytes:
        """The APDU.

        Raises:
            EncodeError: for a number out of its range.
        """
        key = self.dedicated_key
        if key is None and self.response_allowed and self.proposed_quality_of_service is None:
            head = b"\x01\0\0\0"
        else:
            head = b"\x01\0" if key is None else b"\x01\x01" + axdr.sized(key)
            head += b"\0" if self.response_allowed else b"\x01\0"
            head += _quality_of_service(self.proposed_quality_of_service)
        version = self.proposed_dlms_version_number
        size = self.client_max_receive_pdu_size
        if not (0 <= version <= 0xFF and 0 <= size <= 0xFFFF):
            raise EncodeError(f"DLMS version {version} or PDU size {size} out of range")
        tag = b"\x5f\x04\0" if self.short_conformance_tag else b"\x5f\x1f\x04\0"
        return b"%b%c%b%b%b" % (head, version, tag, encode_bits(self.proposed_conformance), size.to_bytes(2, "big"))


@dataclass(frozen=True, slots=True)
class InitiateResponse:
    """InitiateResponse of IEC 62056-5-3.

    Attributes:
        negotiated_conformance: what the association may use.
        server_max_receive_pdu_size: octets of the longest APDU that the server takes; 0 means no limit.
        vaa_name: 0x0007 with logical names, 0xFA00 with short names.
        negotiated_dlms_version_number: the server's, 6 in all editions.
        negotiated_quality_of_service: -128 to 127, not used in COSEM; None leaves it out.
        short_conformance_tag: whether the Conformance block has the tag 5F instead of 5F 1F.
    """

    negotiated_conformance: Conformance
    server_max_receive_pdu_size: int
    vaa_name: int = LN_VAA_NAME
    negotiated_dlms_version_number: int = 6
    negotiated_quality_of_service: int | None = None
    short_conformance_tag: bool = False

    def encode(self) -> bytes:
        """The APDU.

        Raises:
            EncodeError: for a number out of its range.
        """
        version = self.negotiated_dlms_version_number
        size = self.server_max_receive_pdu_size
        name = self.vaa_name
        if not (0 <= version <= 0xFF and 0 <= size <= 0xFFFF and 0 <= name <= 0xFFFF):
            raise EncodeError(f"DLMS version {version}, PDU size {size} or VAA name {name} out of range")
        tag = b"\x5f\x04\0" if self.short_conformance_tag else b"\x5f\x1f\x04\0"
        head = b"\x08" + _quality_of_service(self.negotiated_quality_of_service)
        bits = encode_bits(self.negotiated_conformance)
        return b"%b%c%b%b%b%b" % (head, version, tag, bits, size.to_bytes(2, "big"), name.to_bytes(2, "big"))


# What nearly all implementations send, without any optional component: read at once. Everything else, and everything
# that somebody looks at, is taken field by field.
_PLAIN_REQUEST = struct.Struct(">4sB4s3sH")
_PLAIN_RESPONSE = struct.Struct(">2sB4s3sHH")


def read_request(reader: Reader) -> InitiateRequest:
    """Take an InitiateRequest; the fields have the standard's names, a flag before an optional one is `…-present`.

    Raises:
        DecodeError: for another tag, a flag that is neither 00 nor 01, a Conformance block that is not 24 bits long.
    """
    if reader.recorder is None and reader.end - reader.position == _PLAIN_REQUEST.size:
        head, version, tag, bits, size = _PLAIN_REQUEST.unpack_from(reader.octets, reader.position)
        if head == b"\x01\0\0\0" and tag == b"\x5f\x1f\x04\0":
            reader.position = reader.end
            return InitiateRequest(decode_bits(bits), None, True, None, version, size)
    if reader.u8("tag") != REQUEST_TAG:
        reader.fail("not an InitiateRequest", back=1, expected="tag 01")
    key: bytes | None = None
    if _present(reader, "dedicated-key-present"):
        key = reader.sized("dedicated-key")
    response_allowed = _response_allowed(reader)
    quality = _optional_quality(reader, "proposed-quality-of-service")
    version = reader.u8("proposed-dlms-version-number")
    conformance, short = _conformance(reader, "proposed-conformance")
    size = reader.unsigned("client-max-receive-pdu-size", 2)
    return InitiateRequest(conformance, key, response_allowed, quality, version, size, short)


def read_response(reader: Reader) -> InitiateResponse:
    """Take an InitiateResponse.

    Raises:
        DecodeError: for another tag, a flag that is neither 00 nor 01, a Conformance block that is not 24 bits long.
    """
    if reader.recorder is None and reader.end - reader.position == _PLAIN_RESPONSE.size:
        head, version, tag, bits, size, name = _PLAIN_RESPONSE.unpack_from(reader.octets, reader.position)
        if head == b"\x08\0" and tag == b"\x5f\x1f\x04\0":
            reader.position = reader.end
            return InitiateResponse(decode_bits(bits), size, name, version)
    if reader.u8("tag") != RESPONSE_TAG:
        reader.fail("not an InitiateResponse", back=1, expected="tag 08")
    quality = _optional_quality(reader, "negotiated-quality-of-service")
    version = reader.u8("negotiated-dlms-version-number")
    conformance, short = _conformance(reader, "negotiated-conformance")
    size = reader.unsigned("server-max-receive-pdu-size", 2)
    name = reader.unsigned("vaa-name", 2)
    if reader.recorder is not None:
        reader.meaning(f"{name:04X}")
    return InitiateResponse(conformance, size, name, version, quality, short)


def _quality_of_service(value: int | None) -> bytes:
    if value is None:
        return b"\0"
    if not -0x80 <= value <= 0x7F:
        raise EncodeError(f"quality-of-service {value} out of range; -128 to 127")
    return bytes((0x01, value & 0xFF))


def _present(reader: Reader, name: str) -> bool:
    flag = reader.u8(name)
    if flag > 1:
        reader.fail(f"flag {flag:02X} of an optional or default component", back=1, expected="00 or 01")
    return flag == 1


def _response_allowed(reader: Reader) -> bool:
    if not _present(reader, "response-allowed-present"):
        return True
    value = reader.u8("response-allowed")
    if value:
        reader.deviation("default-sent", "response-allowed TRUE is the default and need not be sent", back=1)
    return bool(value)


def _optional_quality(reader: Reader, name: str) -> int | None:
    return reader.signed(name, 1) if _present(reader, f"{name}-present") else None


def _conformance(reader: Reader, name: str) -> tuple[Conformance, bool]:
    """Take a Conformance block: its bits, and whether its tag was on one octet."""
    reader.enter(name)
    if reader.u8("tag") != 0x5F:
        reader.fail("no Conformance block", back=1, expected="tag 5F 1F")
    short = reader.peek() != 0x1F
    if not short:
        reader.u8("tag-number")
    outer = reader.bound(reader.length())
    if reader.u8("unused-bits") != 0:
        reader.fail("Conformance block with unused bits", back=1, expected="00")
    bits = reader.take("bits", reader.remaining)
    if len(bits) != 3:
        reader.fail(f"Conformance block of {len(bits)} octets", back=len(bits), expected="3 octets")
    conformance = decode_bits(bits)
    if reader.recorder is not None:
        reader.meaning(describe(conformance))
    reader.unbound(outer)
    reader.leave()
    return conformance, short
