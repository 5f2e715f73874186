"""What a certificate of DLMS/COSEM must be: X.509 version 3 on the suite's curve, for one use (IEC 62056-5-3).

| certificate | key usage, critical | basic constraints |
|---|---|---|
| digital signature | digitalSignature | none |
| key agreement | keyAgreement | none |
| certification authority | keyCertSign, cRLSign | CA |

The signature is ecdsa-with-SHA256 by a key on P-256, or ecdsa-with-SHA384 by one on P-384. The system title of an end
entity stands in its subject (common name, 16 hexadecimal digits) or its subjectAltName (hwSerialNum).
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID, SignatureAlgorithmOID

from conformance.dlms.security import elliptic
from conformance.dlms.security.suite import SecuritySuite
from conformance.tester.listed_certificates import Use

_LONGEST_SERIAL_NUMBER: Final = 20
_ALGORITHMS: Final = {
    1: (SignatureAlgorithmOID.ECDSA_WITH_SHA256,),
    2: (SignatureAlgorithmOID.ECDSA_WITH_SHA384,),
}
_AUTHORITY: Final = frozenset(("key_cert_sign", "crl_sign"))
_USAGES: Final = {
    Use.DIGITAL_SIGNATURE: frozenset(("digital_signature",)),
    Use.KEY_AGREEMENT: frozenset(("key_agreement",)),
}
_BITS: Final = (
    "digital_signature",
    "content_commitment",
    "key_encipherment",
    "data_encipherment",
    "key_agreement",
    "key_cert_sign",
    "crl_sign",
)


def parse(octets: bytes) -> x509.Certificate | str:
    """The certificate, or why the octets are none; nothing may stand behind it."""
    try:
        certificate = x509.load_der_x509_certificate(octets)
        exact = certificate.public_bytes(Encoding.DER) == octets
        certificate.extensions  # noqa: B018 - parsed when first looked at
        certificate.public_key()
    except Exception as error:
        return f"{len(octets)} octets that are no X.509 certificate in DER: {error}"
    return certificate if exact else "an X.509 certificate that is not in DER, or has octets behind it"


def public_octets(certificate: x509.Certificate | x509.CertificateSigningRequest, suite: SecuritySuite) -> bytes | None:
    """The public key, x ‖ y; None where it is not on the suite's curve."""
    key = certificate.public_key()
    if not isinstance(key, EllipticCurvePublicKey) or key.curve.name != suite.elliptic.name:
        return None
    return elliptic.public_octets(key)


def names_title(certificate: x509.Certificate | x509.CertificateSigningRequest, title: bytes) -> bool:
    """Whether subject or subjectAltName tell the system title."""
    for attribute in certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME):
        told = attribute.value
        if told == title or (isinstance(told, str) and told.strip().upper() == title.hex().upper()):
            return True
    try:
        alternative = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName)
    except x509.ExtensionNotFound:
        return False
    return title in alternative.value.public_bytes()


def fault(certificate: x509.Certificate, suite: SecuritySuite, use: Use, *, authority: bool = False) -> str | None:
    """What is wrong with a certificate, in words; None where nothing is. Its validity period is not looked at.

    Args:
        certificate: parsed.
        suite: 1 or 2.
        use: what its key is for.
        authority: it is a certification authority's.
    """
    if certificate.version is not x509.Version.v3:
        return "it is not of version 3"
    serial = certificate.serial_number
    if not 0 < serial < 1 << 8 * _LONGEST_SERIAL_NUMBER:
        return f"its serial number {serial:X} is not above 0, or longer than {_LONGEST_SERIAL_NUMBER} octets"
    if public_octets(certificate, suite) is None:
        return f"its public key is not on {suite.elliptic.name}"
    if certificate.signature_algorithm_oid not in _ALGORITHMS[suite.id]:
        return f"it is not signed by ECDSA with {suite.hash.name}"
    return _usage_fault(certificate, use, authority=authority)


def issued_by(certificate: x509.Certificate, issuer: x509.Certificate) -> bool:
    """Whether the issuer's key has signed it, and the names fit."""
    try:
        certificate.verify_directly_issued_by(issuer)
    except (ValueError, TypeError, InvalidSignature):
        return False
    return True


def validity_note(certificate: x509.Certificate, now: datetime | None = None) -> str | None:
    """What is to be noted of the validity period; None where the certificate is valid now."""
    moment = now or datetime.now(UTC)
    if moment < certificate.not_valid_before_utc:
        return f"not valid before {certificate.not_valid_before_utc:%Y-%m-%d}"
    if moment > certificate.not_valid_after_utc:
        return f"expired on {certificate.not_valid_after_utc:%Y-%m-%d}"
    return None


def _usage_fault(certificate: x509.Certificate, use: Use, *, authority: bool) -> str | None:
    wanted = _AUTHORITY if authority else _USAGES.get(use)
    if wanted is None:
        return None
    try:
        extension = certificate.extensions.get_extension_for_class(x509.KeyUsage)
    except x509.ExtensionNotFound:
        return "it has no key usage"
    found = frozenset(bit for bit in _BITS if getattr(extension.value, bit))
    if found != wanted:
        return f"its key usage is {_words(found)}, not {_words(wanted)}"
    if not extension.critical:
        return "its key usage is not critical"
    if _is_authority(certificate) is not authority:
        return "its basic constraints lack CA" if authority else "its basic constraints make it an authority"
    return None


def _is_authority(certificate: x509.Certificate) -> bool:
    try:
        return certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    except x509.ExtensionNotFound:
        return False


def _words(bits: frozenset[str]) -> str:
    return ", ".join(sorted(bits)) or "nothing"
