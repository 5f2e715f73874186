"""Certificates that the tester makes: by an authority that no meter knows, or by the embedded meter's own."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from conformance.dlms.security import elliptic
from conformance.dlms.security.suite import SecuritySuite
from conformance.meter.model.certificate_authority import CertificateAuthority
from conformance.meter.model.certificates import CertificateType
from conformance.tester.listed_certificates import Use

_FROM: Final = datetime(2020, 1, 1, tzinfo=UTC)
_TO: Final = datetime(2049, 12, 31, tzinfo=UTC)
_SERIAL_NUMBER: Final = 0x5A11


def stranger_s(
    suite: SecuritySuite, title: bytes, public: bytes, use: Use, *, issuer: x509.Name | None = None
) -> bytes:
    """A certificate whose issuer no meter trusts, DER.

    Args:
        suite: whose curve and hash.
        title: system title of the holder.
        public: its public key, x ‖ y.
        use: digital signature or key agreement.
        issuer: the name of the issuer, so that only its key is a stranger's; None: a stranger's name too.
    """
    name = _name("a certification authority that nobody knows") if issuer is None else issuer
    builder = _builder(name, _name(title.hex().upper()), elliptic.public_key(suite, public))
    agreement = use is Use.KEY_AGREEMENT
    builder = builder.add_extension(_usage(digital_signature=not agreement, key_agreement=agreement), critical=True)
    return _signed(suite, builder, ec.generate_private_key(suite.elliptic))


def stranger(suite: SecuritySuite) -> bytes:
    """The self-signed certificate of an authority that no meter trusts, DER."""
    key = ec.generate_private_key(suite.elliptic)
    name = _name("a certification authority that nobody knows")
    builder = _builder(name, name, key.public_key())
    builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
    return _signed(suite, builder.add_extension(_usage(certificates=True), critical=True), key)


def embedded_s(suite: SecuritySuite, title: bytes, public: bytes, use: Use) -> bytes:
    """A certificate by the authority that the embedded meter trusts, whose key is published, DER."""
    authority = CertificateAuthority.of(suite.id)
    return authority.certify(title, public, CertificateType(use), _SERIAL_NUMBER)


def _builder(issuer: x509.Name, subject: x509.Name, public: ec.EllipticCurvePublicKey) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .issuer_name(issuer)
        .subject_name(subject)
        .public_key(public)
        .serial_number(_SERIAL_NUMBER)
        .not_valid_before(_FROM)
        .not_valid_after(_TO)
    )


def _signed(suite: SecuritySuite, builder: x509.CertificateBuilder, key: ec.EllipticCurvePrivateKey) -> bytes:
    return builder.sign(key, suite.hash).public_bytes(Encoding.DER)


def _name(common: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common)])


def _usage(
    *, digital_signature: bool = False, key_agreement: bool = False, certificates: bool = False
) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=digital_signature,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=key_agreement,
        key_cert_sign=certificates,
        crl_sign=certificates,
        encipher_only=False,
        decipher_only=False,
    )
