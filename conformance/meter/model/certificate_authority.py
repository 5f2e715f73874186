"""The certification authority of the test certificates: its key is published, so that it proves nothing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from conformance.dlms.security import elliptic
from conformance.dlms.security.suite import SecuritySuite, suite_of
from conformance.meter.model.certificates import CertificateType
from conformance.meter.model.suite_keys import SUITE_KEYS

_FROM: Final = datetime(2020, 1, 1, tzinfo=UTC)
_TO: Final = datetime(2049, 12, 31, tzinfo=UTC)
NAME: Final = "dlms-conformance test CA"


@dataclass(frozen=True, slots=True)
class CertificateAuthority:
    """An authority with a name and a private key.

    Attributes:
        suite: its keys and those it certifies are on the curve of this suite.
        private_key: the scalar.
        name: its common name.
    """

    suite: SecuritySuite
    private_key: bytes
    name: str = NAME

    @staticmethod
    def of(security_suite: int) -> CertificateAuthority:
        """The one that the embedded meter trusts in a suite.

        Raises:
            ValueError: the suite has no curve.
        """
        private = SUITE_KEYS[security_suite].authority
        if private is None:
            raise ValueError(f"security suite {security_suite} has no certificates")
        return CertificateAuthority(suite_of(security_suite), private)

    def own(self) -> bytes:
        """Its self-signed certificate, DER."""
        key = elliptic.private_key(self.suite, self.private_key)
        builder = self._builder(self.name, key.public_key(), 1)
        builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        return self._signed(builder.add_extension(_usage(certificates=True), critical=True))

    def certify(self, title: bytes, public_key: bytes, use: CertificateType, serial_number: int) -> bytes:
        """A certificate for the party with a system title, DER.

        Args:
            title: 8 octets.
            public_key: x ‖ y.
            use: DIGITAL_SIGNATURE or KEY_AGREEMENT.
            serial_number: above 0; no two of one authority may be the same.
        """
        key = elliptic.public_key(self.suite, public_key)
        builder = self._builder(title.hex().upper(), key, serial_number)
        agreement = use is CertificateType.KEY_AGREEMENT
        usage = _usage(key_agreement=agreement, digital_signature=not agreement)
        return self._signed(builder.add_extension(usage, critical=True))

    def _builder(self, subject: str, key: ec.EllipticCurvePublicKey, serial_number: int) -> x509.CertificateBuilder:
        return (
            x509.CertificateBuilder()
            .issuer_name(_name(self.name))
            .subject_name(_name(subject))
            .public_key(key)
            .serial_number(serial_number)
            .not_valid_before(_FROM)
            .not_valid_after(_TO)
        )

    def _signed(self, builder: x509.CertificateBuilder) -> bytes:
        key = elliptic.private_key(self.suite, self.private_key)
        return builder.sign(key, self.suite.hash).public_bytes(Encoding.DER)


@cache
def factory_certificates(security_suite: int, server_title: bytes, client_title: bytes) -> tuple[bytes, ...]:
    """What a meter of a suite holds when it leaves the factory: authority, server twice, client twice; DER."""
    authority, keys = CertificateAuthority.of(security_suite), SUITE_KEYS[security_suite]
    made = [authority.own()]
    for title, private in ((server_title, keys.server), (client_title, keys.client)):
        if private is None:
            continue
        for use, scalar in (
            (CertificateType.DIGITAL_SIGNATURE, private.signature),
            (CertificateType.KEY_AGREEMENT, private.key_agreement),
        ):
            public = elliptic.public_octets(elliptic.private_key(authority.suite, scalar).public_key())
            made.append(authority.certify(title, public, use, len(made) + 1))
    return tuple(made)


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
