"""The A-ASSOCIATE request: the APDU by which a client asks for an application association."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from conformance.dlms.acse import ber
from conformance.dlms.acse.enumerations import (
    CONTEXTS,
    MECHANISMS,
    ApplicationContext,
    AuthenticationChoice,
    Mechanism,
)
from conformance.dlms.reader import Reader

TAG = 0x60

# The ASN.1 module of IEC 62056-5-3 has EXPLICIT tags unless a component says IMPLICIT: titles and qualifiers (OCTET
# STRING) and invocation identifiers (INTEGER) do not, so they are constructed (A2 to A9) around a universal type.
# Clients in the field also send invocation identifiers as primitives (89 01 64), and meters take them: both forms are
# read, and `other_tags` keeps the one found.


@dataclass(frozen=True, slots=True)
class Aarq:
    """AARQ-apdu of IEC 62056-5-3.

    Attributes:
        application_context_name: content octets of its OBJECT IDENTIFIER.
        protocol_version: bits, "1" for version1; None leaves it out, which means version1.
        called_ap_title: the server's title, as any OCTET STRING.
        called_ae_qualifier: an OCTET STRING.
        called_ap_invocation_id: an INTEGER.
        called_ae_invocation_id: an INTEGER.
        calling_ap_title: the client's system title, where the context or the mechanism needs it.
        calling_ae_qualifier: an OCTET STRING; with suites 1 and 2, the client's certificate.
        calling_ap_invocation_id: an INTEGER.
        calling_ae_invocation_id: number of the client user.
        sender_acse_requirements: bits, "1" for the authentication functional unit.
        mechanism_name: content octets of its OBJECT IDENTIFIER.
        calling_authentication_value: password or challenge; content octets of the choice.
        implementation_information: content octets of a GraphicString.
        user_information: content of its OCTET STRING: an InitiateRequest, mostly protected.
        authentication_choice: tag of the choice in the calling-authentication-value.
        other_tags: tags of the components coded in the form that the ASN.1 does not have: 84, 85, 88, 89 or BD.
    """

    application_context_name: bytes
    protocol_version: str | None = None
    called_ap_title: bytes | None = None
    called_ae_qualifier: bytes | None = None
    called_ap_invocation_id: int | None = None
    called_ae_invocation_id: int | None = None
    calling_ap_title: bytes | None = None
    calling_ae_qualifier: bytes | None = None
    calling_ap_invocation_id: int | None = None
    calling_ae_invocation_id: int | None = None
    sender_acse_requirements: str | None = None
    mechanism_name: bytes | None = None
    calling_authentication_value: bytes | None = None
    implementation_information: bytes | None = None
    user_information: bytes | None = None
    authentication_choice: int = AuthenticationChoice.CHARSTRING
    other_tags: tuple[int, ...] = ()

    @property
    def application_context(self) -> ApplicationContext | None:
        """The context asked for, when it is one of DLMS/COSEM."""
        return ApplicationContext.from_oid(self.application_context_name)

    @property
    def mechanism(self) -> Mechanism | None:
        """The mechanism named, when it is one of DLMS/COSEM."""
        return Mechanism.from_oid(self.mechanism_name)

    def encode(self) -> bytes:
        """The APDU, components in the standard's order, lengths minimal."""
        octets = b""
        if self.protocol_version is not None:
            octets = ber.encode_bits(0x80, self.protocol_version)
        octets += ber.encode_explicit(0xA1, 0x06, self.application_context_name)
        octets += self._encode_partners()
        if self.sender_acse_requirements is not None:
            octets += ber.encode_bits(0x8A, self.sender_acse_requirements)
        if self.mechanism_name is not None:
            octets += ber.encode_implicit(0x8B, self.mechanism_name)
        if self.calling_authentication_value is not None:
            octets += ber.encode_explicit(0xAC, self.authentication_choice, self.calling_authentication_value)
        if self.implementation_information is not None:
            octets += encode_implementation(self.implementation_information, self.other_tags)
        if self.user_information is not None:
            octets += ber.encode_explicit(0xBE, 0x04, self.user_information)
        return ber.encode_implicit(TAG, octets)

    def _encode_partners(self) -> bytes:
        """Titles, qualifiers and invocation identifiers of the server and the client."""
        octets = b""
        if self.called_ap_title is not None:
            octets += ber.encode_explicit(0xA2, 0x04, self.called_ap_title)
        if self.called_ae_qualifier is not None:
            octets += ber.encode_explicit(0xA3, 0x04, self.called_ae_qualifier)
        if self.called_ap_invocation_id is not None:
            octets += encode_invocation_id(4, self.called_ap_invocation_id, self.other_tags)
        if self.called_ae_invocation_id is not None:
            octets += encode_invocation_id(5, self.called_ae_invocation_id, self.other_tags)
        if self.calling_ap_title is not None:
            octets += ber.encode_explicit(0xA6, 0x04, self.calling_ap_title)
        if self.calling_ae_qualifier is not None:
            octets += ber.encode_explicit(0xA7, 0x04, self.calling_ae_qualifier)
        if self.calling_ap_invocation_id is not None:
            octets += encode_invocation_id(8, self.calling_ap_invocation_id, self.other_tags)
        if self.calling_ae_invocation_id is not None:
            octets += encode_invocation_id(9, self.calling_ae_invocation_id, self.other_tags)
        return octets


def read(reader: Reader) -> Aarq:
    """Take an AARQ; field names are the standard's, as in `aarq.calling-AP-title.value`.

    Raises:
        DecodeError: for a tag the APDU does not have, a missing application-context-name, a length that does not fit.
    """
    values: list[Any] = [None] * 17
    values[16] = ber.read_sequence(reader, TAG, _COMPONENTS, values)
    if values[0] is None:
        reader.fail("application-context-name is missing", expected="component A1")
    values[15], values[12] = values[12] or (AuthenticationChoice.CHARSTRING, None)
    return Aarq(*values)


def encode_invocation_id(number: int, value: int, other_tags: tuple[int, ...]) -> bytes:
    """An invocation identifier with the context tag `number`, primitive where `other_tags` say so."""
    content = ber.encode_integer(value)
    if 0x80 | number in other_tags:
        return ber.encode_implicit(0x80 | number, content)
    return ber.encode_explicit(0xA0 | number, 0x02, content)


def encode_implementation(content: bytes, other_tags: tuple[int, ...]) -> bytes:
    """An implementation-information: a GraphicString, in one constructed segment where `other_tags` say so."""
    if 0xBD in other_tags:
        return ber.encode_explicit(0xBD, 0x04, content)
    return ber.encode_implicit(0x9D, content)


def context_name(reader: Reader) -> bytes:
    """Take an application-context-name."""
    content = ber.explicit(reader, 0x06)
    if reader.recorder is None and content in CONTEXTS:
        return content
    return ber.name_of_oid(reader, content, CONTEXTS)


def mechanism_name(reader: Reader) -> bytes:
    """Take a mechanism-name."""
    content = ber.implicit(reader)
    if reader.recorder is None and content in MECHANISMS:
        return content
    return ber.name_of_oid(reader, content, MECHANISMS)


_COMPONENTS = {
    0x80: ber.Component(0, "protocol-version", 1, ber.bit_string),
    0xA1: ber.Component(1, "application-context-name", 0, context_name),
    0xA2: ber.Component(2, "called-AP-title", 2, ber.octet_string),
    0xA3: ber.Component(3, "called-AE-qualifier", 3, ber.octet_string),
    0xA4: ber.Component(4, "called-AP-invocation-id", 4, ber.integer),
    0x84: ber.Component(4, "called-AP-invocation-id", 4, ber.implicit_integer, True),
    0xA5: ber.Component(5, "called-AE-invocation-id", 5, ber.integer),
    0x85: ber.Component(5, "called-AE-invocation-id", 5, ber.implicit_integer, True),
    0xA6: ber.Component(6, "calling-AP-title", 6, ber.octet_string),
    0xA7: ber.Component(7, "calling-AE-qualifier", 7, ber.octet_string),
    0xA8: ber.Component(8, "calling-AP-invocation-id", 8, ber.integer),
    0x88: ber.Component(8, "calling-AP-invocation-id", 8, ber.implicit_integer, True),
    0xA9: ber.Component(9, "calling-AE-invocation-id", 9, ber.integer),
    0x89: ber.Component(9, "calling-AE-invocation-id", 9, ber.implicit_integer, True),
    0x8A: ber.Component(10, "sender-acse-requirements", 10, ber.bit_string),
    0x8B: ber.Component(11, "mechanism-name", 11, mechanism_name),
    0xAC: ber.Component(12, "calling-authentication-value", 12, ber.authentication_value),
    0x9D: ber.Component(29, "implementation-information", 13, ber.implicit),
    0xBD: ber.Component(29, "implementation-information", 13, ber.octet_string, True),
    0xBE: ber.Component(30, "user-information", 14, ber.octet_string),
}
