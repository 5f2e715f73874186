"""The A-RELEASE request and response: the APDUs that end an application association without dropping the link."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from conformance.dlms.acse import ber
from conformance.dlms.acse.enumerations import Labelled, ReleaseRequestReason, ReleaseResponseReason, named
from conformance.dlms.reader import Reader

REQUEST_TAG = 0x62
RESPONSE_TAG = 0x63


@dataclass(frozen=True, slots=True)
class Rlrq:
    """RLRQ-apdu of IEC 62056-5-3.

    Attributes:
        reason: a `ReleaseRequestReason`, or whatever number came; None leaves it out.
        user_information: content of its OCTET STRING: a protected InitiateRequest, where the association is ciphered.
    """

    reason: int | None = None
    user_information: bytes | None = None

    def encode(self) -> bytes:
        """The APDU."""
        return _encode(REQUEST_TAG, self.reason, self.user_information)


@dataclass(frozen=True, slots=True)
class Rlre:
    """RLRE-apdu of IEC 62056-5-3.

    Attributes:
        reason: a `ReleaseResponseReason`, or whatever number came; None leaves it out.
        user_information: content of its OCTET STRING: a protected InitiateResponse, where the association is ciphered.
    """

    reason: int | None = None
    user_information: bytes | None = None

    def encode(self) -> bytes:
        """The APDU."""
        return _encode(RESPONSE_TAG, self.reason, self.user_information)


def read_rlrq(reader: Reader) -> Rlrq:
    """Take an RLRQ."""
    values: list[Any] = [None, None]
    ber.read_sequence(reader, REQUEST_TAG, _REQUEST, values)
    return Rlrq(*values)


def read_rlre(reader: Reader) -> Rlre:
    """Take an RLRE."""
    values: list[Any] = [None, None]
    ber.read_sequence(reader, RESPONSE_TAG, _RESPONSE, values)
    return Rlre(*values)


def _encode(tag: int, reason: int | None, user_information: bytes | None) -> bytes:
    octets = b"" if reason is None else ber.encode_implicit(0x80, ber.encode_integer(reason))
    if user_information is not None:
        octets += ber.encode_explicit(0xBE, 0x04, user_information)
    return ber.encode_implicit(tag, octets)


def _components(enumeration: type[Labelled]) -> Mapping[int, ber.Component]:
    def reason(reader: Reader) -> int:
        value = ber.implicit_integer(reader)
        if reader.recorder is not None:
            reader.meaning(named(enumeration, value))
        return value

    return {
        0x80: ber.Component(0, "reason", 0, reason),
        0xBE: ber.Component(30, "user-information", 1, ber.octet_string),
    }


_REQUEST = _components(ReleaseRequestReason)
_RESPONSE = _components(ReleaseResponseReason)
