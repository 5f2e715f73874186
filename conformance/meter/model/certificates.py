"""X.509 certificates as Security setup, version 1, knows them: whose, for what, and which of them is trusted.

A certificate belongs to an entity by its common name, which is the system title in hexadecimal digits, and to a use by
its key usage (IEC 62056-5-3, public key certificates). Validity periods are not judged: the meter's clock may be set.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import Final

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from conformance.dlms.security import elliptic
from conformance.dlms.security.suite import SecuritySuite

_UNREADABLE: Final = (
    ValueError,
    TypeError,
    UnsupportedAlgorithm,
    x509.InvalidVersion,
    x509.DuplicateExtension,
    x509.UnsupportedGeneralNameType,
)
"""What the parser raises."""


class CertificateEntity(IntEnum):
    """certificate_entity: whose it is."""

    SERVER = 0
    CLIENT = 1
    CERTIFICATION_AUTHORITY = 2
    OTHER = 3


class CertificateType(IntEnum):
    """certificate_type: what its key is for."""

    DIGITAL_SIGNATURE = 0
    KEY_AGREEMENT = 1
    TLS = 2
    OTHER = 3


@dataclass(frozen=True, slots=True)
class Certificate:
    """One certificate.

    Attributes:
        entity: whose it is.
        type: what its key is for.
        title: the system title that its common name tells; otherwise the common name itself.
        x509: as parsed.
        public_key: x ‖ y.
    """

    entity: CertificateEntity
    type: CertificateType
    title: bytes
    x509: x509.Certificate
    public_key: bytes

    @property
    def der(self) -> bytes:
        """As it is exported."""
        return self.x509.public_bytes(Encoding.DER)

    @property
    def serial_number(self) -> bytes:
        """Big-endian, in as few octets as hold it."""
        number = self.x509.serial_number
        return number.to_bytes(max(1, (number.bit_length() + 7) // 8), "big")

    @property
    def issuer(self) -> bytes:
        """The issuer's distinguished name, DER."""
        return self.x509.issuer.public_bytes()

    @property
    def subject(self) -> bytes:
        """The subject's distinguished name, DER."""
        return self.x509.subject.public_bytes()

    @property
    def subject_alt_name(self) -> bytes:
        """The extension's value, DER; empty where it is absent."""
        return _subject_alt_name(self.x509)

    def issued_by(self, authority: Certificate) -> bool:
        """Whether the authority's key has signed it, and both say so."""
        try:
            self.x509.verify_directly_issued_by(authority.x509)
        except (*_UNREADABLE, InvalidSignature):
            return False
        return True


def parse(octets: bytes, suite: SecuritySuite, server_title: bytes) -> Certificate | None:
    """The certificate; None when it is none, or its key is not on the curve of the suite."""
    try:
        parsed = x509.load_der_x509_certificate(octets)
        key = parsed.public_key()
        title, authority, kind = _title(parsed.subject), _is_authority(parsed), _type(parsed)
        # Names and extensions are parsed when they are asked for: later must not be too late.
        _ = parsed.issuer, _subject_alt_name(parsed)
    except _UNREADABLE:
        return None
    if not isinstance(key, EllipticCurvePublicKey) or key.curve.name != suite.elliptic.name:
        return None
    public = elliptic.public_octets(key)
    if authority:
        entity = CertificateEntity.CERTIFICATION_AUTHORITY
    elif title == server_title:
        entity = CertificateEntity.SERVER
    else:
        entity = CertificateEntity.CLIENT if len(title) == len(server_title) else CertificateEntity.OTHER
    return Certificate(entity, kind, title, parsed, public)


def _subject_alt_name(parsed: x509.Certificate) -> bytes:
    try:
        extension = parsed.extensions.get_extension_for_class(x509.SubjectAlternativeName)
    except x509.ExtensionNotFound:
        return b""
    return extension.value.public_bytes()


def _title(name: x509.Name) -> bytes:
    common = name.get_attributes_for_oid(NameOID.COMMON_NAME)
    text = common[0].value if common else ""
    octets = text if isinstance(text, bytes) else text.encode()
    try:
        title = bytes.fromhex(octets.decode("ascii"))
    except ValueError:
        return octets
    return title if len(octets) == 16 else octets


def _is_authority(parsed: x509.Certificate) -> bool:
    try:
        return parsed.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    except x509.ExtensionNotFound:
        return False


def _type(parsed: x509.Certificate) -> CertificateType:
    try:
        extended = parsed.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
        if ExtendedKeyUsageOID.SERVER_AUTH in extended or ExtendedKeyUsageOID.CLIENT_AUTH in extended:
            return CertificateType.TLS
    except x509.ExtensionNotFound:
        pass
    try:
        usage = parsed.extensions.get_extension_for_class(x509.KeyUsage).value
    except x509.ExtensionNotFound:
        return CertificateType.OTHER
    if usage.digital_signature and not usage.key_agreement:
        return CertificateType.DIGITAL_SIGNATURE
    return CertificateType.KEY_AGREEMENT if usage.key_agreement else CertificateType.OTHER
