"""The names and numbers that ACSE uses in DLMS/COSEM, with the spelling of IEC 62056-5-3."""

from __future__ import annotations

from enum import IntEnum
from typing import Self

_COSEM_ARC = bytes.fromhex("6085740508")
"""Content octets of {joint-iso-ccitt(2) country(16) country-name(756) identified-organization(5) DLMS-UA(8)}."""


class Labelled(IntEnum):
    """An enumeration whose members carry the standard's spelling beside their value on the wire."""

    label: str

    def __new__(cls, value: int, label: str = "") -> Self:
        """Make a member of its value and its label."""
        member = int.__new__(cls, value)
        member._value_ = value
        member.label = label
        return member


class ApplicationContext(Labelled):
    """What an association speaks: the last arc of the application-context-name 2.16.756.5.8.1.x.

    Attributes:
        oid: the content octets of the OBJECT IDENTIFIER.
    """

    oid: bytes

    def __init__(self, value: int, label: str = "") -> None:
        self.oid = _COSEM_ARC + bytes((1, value))

    LN = 1, "Logical_Name_Referencing_No_Ciphering"
    SN = 2, "Short_Name_Referencing_No_Ciphering"
    LN_CIPHERED = 3, "Logical_Name_Referencing_With_Ciphering"
    SN_CIPHERED = 4, "Short_Name_Referencing_With_Ciphering"

    @property
    def ciphered(self) -> bool:
        """Whether the context allows ciphered APDUs."""
        return self >= 3

    @property
    def short_names(self) -> bool:
        """Whether objects are referenced by short names."""
        return self in (2, 4)

    @classmethod
    def from_oid(cls, oid: bytes | None) -> ApplicationContext | None:
        """The context that the content octets `oid` name; None when they name none of DLMS/COSEM."""
        return None if oid is None else CONTEXTS.get(oid)


class Mechanism(Labelled):
    """How the partners of an association authenticate: the last arc of the mechanism-name 2.16.756.5.8.2.x.

    Attributes:
        oid: the content octets of the OBJECT IDENTIFIER.
    """

    oid: bytes

    def __init__(self, value: int, label: str = "") -> None:
        self.oid = _COSEM_ARC + bytes((2, value))

    LOWEST = 0, "COSEM_lowest_level_security_mechanism_name"
    LLS = 1, "COSEM_low_level_security_mechanism_name"
    HLS = 2, "COSEM_high_level_security_mechanism_name"
    HLS_MD5 = 3, "COSEM_high_level_security_mechanism_name_using_MD5"
    HLS_SHA1 = 4, "COSEM_high_level_security_mechanism_name_using_SHA-1"
    HLS_GMAC = 5, "COSEM_High_Level_Security_Mechanism_Name_Using_GMAC"
    HLS_SHA256 = 6, "COSEM_High_Level_Security_Mechanism_Name_Using_SHA-256"
    HLS_ECDSA = 7, "COSEM_High_Level_Security_Mechanism_Name_Using_ECDSA"

    @property
    def high_level(self) -> bool:
        """Whether both partners prove themselves by challenges, in four passes."""
        return self >= 2

    @classmethod
    def from_oid(cls, oid: bytes | None) -> Mechanism | None:
        """The mechanism that the content octets `oid` name; None when they name none of DLMS/COSEM."""
        return None if oid is None else MECHANISMS.get(oid)


class AssociationResult(Labelled):
    """Association-result of the AARE."""

    ACCEPTED = 0, "accepted"
    REJECTED_PERMANENT = 1, "rejected-permanent"
    REJECTED_TRANSIENT = 2, "rejected-transient"


class DiagnosticSource(Labelled):
    """The choice inside Associate-source-diagnostic: who says why."""

    USER = 1, "acse-service-user"
    PROVIDER = 2, "acse-service-provider"


class ServiceUserDiagnostic(Labelled):
    """Associate-source-diagnostic, acse-service-user."""

    NULL = 0, "null"
    NO_REASON_GIVEN = 1, "no-reason-given"
    APPLICATION_CONTEXT_NAME_NOT_SUPPORTED = 2, "application-context-name-not-supported"
    CALLING_AP_TITLE_NOT_RECOGNIZED = 3, "calling-AP-title-not-recognized"
    CALLING_AP_INVOCATION_IDENTIFIER_NOT_RECOGNIZED = 4, "calling-AP-invocation-identifier-not-recognized"
    CALLING_AE_QUALIFIER_NOT_RECOGNIZED = 5, "calling-AE-qualifier-not-recognized"
    CALLING_AE_INVOCATION_IDENTIFIER_NOT_RECOGNIZED = 6, "calling-AE-invocation-identifier-not-recognized"
    CALLED_AP_TITLE_NOT_RECOGNIZED = 7, "called-AP-title-not-recognized"
    CALLED_AP_INVOCATION_IDENTIFIER_NOT_RECOGNIZED = 8, "called-AP-invocation-identifier-not-recognized"
    CALLED_AE_QUALIFIER_NOT_RECOGNIZED = 9, "called-AE-qualifier-not-recognized"
    CALLED_AE_INVOCATION_IDENTIFIER_NOT_RECOGNIZED = 10, "called-AE-invocation-identifier-not-recognized"
    AUTHENTICATION_MECHANISM_NAME_NOT_RECOGNISED = 11, "authentication-mechanism-name-not-recognised"
    AUTHENTICATION_MECHANISM_NAME_REQUIRED = 12, "authentication-mechanism-name-required"
    AUTHENTICATION_FAILURE = 13, "authentication-failure"
    AUTHENTICATION_REQUIRED = 14, "authentication-required"


class ServiceProviderDiagnostic(Labelled):
    """Associate-source-diagnostic, acse-service-provider."""

    NULL = 0, "null"
    NO_REASON_GIVEN = 1, "no-reason-given"
    NO_COMMON_ACSE_VERSION = 2, "no-common-acse-version"


class ReleaseRequestReason(Labelled):
    """Release-request-reason of the RLRQ."""

    NORMAL = 0, "normal"
    URGENT = 1, "urgent"
    USER_DEFINED = 30, "user-defined"


class ReleaseResponseReason(Labelled):
    """Release-response-reason of the RLRE."""

    NORMAL = 0, "normal"
    NOT_FINISHED = 1, "not-finished"
    USER_DEFINED = 30, "user-defined"


class AuthenticationChoice(Labelled):
    """The choice inside Authentication-value, by its tag.

    Current editions of IEC 62056-5-3 have charstring and bitstring only; external and other are of earlier ones.
    """

    CHARSTRING = 0x80, "charstring"
    BITSTRING = 0x81, "bitstring"
    EXTERNAL = 0x82, "external"
    OTHER = 0xA3, "other"


def named(enumeration: type[Labelled], value: int) -> str:
    """`value` with the name that `enumeration` has for it, as in "authentication-failure (13)"."""
    label = next((member.label for member in enumeration if member == value), "unknown")
    return f"{label} ({value})"


CONTEXTS = {context.oid: context for context in ApplicationContext}
"""The contexts by the content octets of their OBJECT IDENTIFIERs."""
MECHANISMS = {mechanism.oid: mechanism for mechanism in Mechanism}
"""The mechanisms by the content octets of their OBJECT IDENTIFIERs."""
