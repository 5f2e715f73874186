"""The A-ASSOCIATE response: the APDU by which a server accepts or rejects an application association."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from conformance.dlms.acse import ber
from conformance.dlms.acse.aarq import context_name, encode_implementation, encode_invocation_id, mechanism_name
from conformance.dlms.acse.enumerations import (
    ApplicationContext,
    AssociationResult,
    AuthenticationChoice,
    DiagnosticSource,
    Mechanism,
    ServiceProviderDiagnostic,
    ServiceUserDiagnostic,
    named,
)
from conformance.dlms.reader import Reader

TAG = 0x61


@dataclass(frozen=True, slots=True)
class Aare:
    """AARE-apdu of IEC 62056-5-3.

    Attributes:
        application_context_name: content octets of its OBJECT IDENTIFIER.
        result: an `AssociationResult`, or whatever number came.
        diagnostic_source: a `DiagnosticSource`: which of the two enumerations `diagnostic` is of.
        diagnostic: a `ServiceUserDiagnostic` or `ServiceProviderDiagnostic`, or whatever number came.
        protocol_version: bits, "1" for version1; None leaves it out, which means version1.
        responding_ap_title: the server's system title, where the context or the mechanism needs it.
        responding_ae_qualifier: an OCTET STRING; with suites 1 and 2, the server's certificate.
        responding_ap_invocation_id: an INTEGER.
        responding_ae_invocation_id: an INTEGER.
        responder_acse_requirements: bits, "1" for the authentication functional unit.
        mechanism_name: content octets of its OBJECT IDENTIFIER.
        responding_authentication_value: the server's challenge; content octets of the choice.
        implementation_information: content octets of a GraphicString.
        user_information: content of its OCTET STRING: an InitiateResponse, or why there is none.
        authentication_choice: tag of the choice in the responding-authentication-value.
        other_tags: tags of the components coded in the form that the ASN.1 does not have: 86, 87 or BD.
    """

    application_context_name: bytes
    result: int
    diagnostic_source: int
    diagnostic: int
    protocol_version: str | None = None
    responding_ap_title: bytes | None = None
    responding_ae_qualifier: bytes | None = None
    responding_ap_invocation_id: int | None = None
    responding_ae_invocation_id: int | None = None
    responder_acse_requirements: str | None = None
    mechanism_name: bytes | None = None
    responding_authentication_value: bytes | None = None
    implementation_information: bytes | None = None
    user_information: bytes | None = None
    authentication_choice: int = AuthenticationChoice.CHARSTRING
    other_tags: tuple[int, ...] = ()

    @property
    def accepted(self) -> bool:
        """Whether the association is accepted; with HLS, passes 3 and 4 are still to come."""
        return self.result == AssociationResult.ACCEPTED

    @property
    def application_context(self) -> ApplicationContext | None:
        """The context of the answer, when it is one of DLMS/COSEM."""
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
        octets += ber.encode_explicit(0xA2, 0x02, ber.encode_integer(self.result))
        diagnostic = ber.encode_explicit(0xA0 | self.diagnostic_source, 0x02, ber.encode_integer(self.diagnostic))
        octets += ber.encode_implicit(0xA3, diagnostic)
        if self.responding_ap_title is not None:
            octets += ber.encode_explicit(0xA4, 0x04, self.responding_ap_title)
        if self.responding_ae_qualifier is not None:
            octets += ber.encode_explicit(0xA5, 0x04, self.responding_ae_qualifier)
        if self.responding_ap_invocation_id is not None:
            octets += encode_invocation_id(6, self.responding_ap_invocation_id, self.other_tags)
        if self.responding_ae_invocation_id is not None:
            octets += encode_invocation_id(7, self.responding_ae_invocation_id, self.other_tags)
        if self.responder_acse_requirements is not None:
            octets += ber.encode_bits(0x88, self.responder_acse_requirements)
        if self.mechanism_name is not None:
            octets += ber.encode_implicit(0x89, self.mechanism_name)
        if self.responding_authentication_value is not None:
            octets += ber.encode_explicit(0xAA, self.authentication_choice, self.responding_authentication_value)
        if self.implementation_information is not None:
            octets += encode_implementation(self.implementation_information, self.other_tags)
        if self.user_information is not None:
            octets += ber.encode_explicit(0xBE, 0x04, self.user_information)
        return ber.encode_implicit(TAG, octets)

    def describe(self) -> str:
        """Result and reason in the standard's words."""
        return f"{named(AssociationResult, self.result)}, {_reason(self.diagnostic_source, self.diagnostic)}"


def read(reader: Reader) -> Aare:
    """Take an AARE; field names are the standard's, as in `aare.result-source-diagnostic.value`.

    Invocation identifiers behind IMPLICIT tags are a deviation here: it is the meter that is judged.

    Raises:
        DecodeError: for a tag the APDU does not have, a missing mandatory component, a length that does not fit.
    """
    values: list[Any] = [None] * 16
    values[15] = ber.read_sequence(reader, TAG, _COMPONENTS, values)
    if values[0] is None or values[1] is None or values[2] is None:
        names = ("application-context-name", "result", "result-source-diagnostic")
        missing = ", ".join(name for name, value in zip(names, values, strict=False) if value is None)
        reader.fail(f"{missing} missing", expected="components A1, A2 and A3")
    values[2], values[3] = values[2]
    values[14], values[11] = values[11] or (AuthenticationChoice.CHARSTRING, None)
    return Aare(*values)


def _result(reader: Reader) -> int:
    value = ber.integer(reader)
    if reader.recorder is not None:
        reader.meaning(named(AssociationResult, value))
    return value


def _diagnostic(reader: Reader) -> tuple[int, int]:
    source, value = ber.diagnostic(reader)
    if reader.recorder is not None:
        reader.meaning(_reason(source, value))
    return source, value


def _reason(source: int, value: int) -> str:
    if source == DiagnosticSource.PROVIDER:
        return f"{DiagnosticSource.PROVIDER.label}: {named(ServiceProviderDiagnostic, value)}"
    return f"{DiagnosticSource.USER.label}: {named(ServiceUserDiagnostic, value)}"


_COMPONENTS = {
    0x80: ber.Component(0, "protocol-version", 4, ber.bit_string),
    0xA1: ber.Component(1, "application-context-name", 0, context_name),
    0xA2: ber.Component(2, "result", 1, _result),
    0xA3: ber.Component(3, "result-source-diagnostic", 2, _diagnostic),
    0xA4: ber.Component(4, "responding-AP-title", 5, ber.octet_string),
    0xA5: ber.Component(5, "responding-AE-qualifier", 6, ber.octet_string),
    0xA6: ber.Component(6, "responding-AP-invocation-id", 7, ber.integer),
    0x86: ber.Component(6, "responding-AP-invocation-id", 7, ber.deviating_implicit_integer, True),
    0xA7: ber.Component(7, "responding-AE-invocation-id", 8, ber.integer),
    0x87: ber.Component(7, "responding-AE-invocation-id", 8, ber.deviating_implicit_integer, True),
    0x88: ber.Component(8, "responder-acse-requirements", 9, ber.bit_string),
    0x89: ber.Component(9, "mechanism-name", 10, mechanism_name),
    0xAA: ber.Component(10, "responding-authentication-value", 11, ber.authentication_value),
    0x9D: ber.Component(29, "implementation-information", 12, ber.implicit),
    0xBD: ber.Component(29, "implementation-information", 12, ber.octet_string, True),
    0xBE: ber.Component(30, "user-information", 13, ber.octet_string),
}
