"""The meter's key pairs and the certificates that it holds: which of its own keys is in force, and whom it trusts."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from conformance.dlms.security import elliptic
from conformance.dlms.security.suite import SecuritySuite, suite_of
from conformance.meter.model.certificate_authority import factory_certificates
from conformance.meter.model.certificates import Certificate, CertificateEntity, CertificateType, parse
from conformance.meter.model.suite_keys import SUITE_KEYS

MOST_CERTIFICATES: Final = 16
"""A meter's memory is small: of more, none is taken."""


class AsymmetricKeys:
    """Key pairs and certificates of one logical device.

    A key pair that was generated waits until a certificate for it is imported; till then the old one serves.

    Attributes:
        suite: 1 or 2.
        server_title: system title of the meter.
        faults: the defects of this meter.
    """

    def __init__(
        self, suite: SecuritySuite, server_title: bytes, private: dict[CertificateType, bytes], held: tuple[bytes, ...]
    ) -> None:
        self.suite = suite
        self.server_title = server_title
        self.faults: frozenset[str] = frozenset()
        self._private = private
        self._generated: dict[CertificateType, bytes] = {}
        self._certificates: list[Certificate] = []
        self._removed: list[Certificate] = []
        for octets in held:
            certificate = parse(octets, suite, server_title)
            if certificate is not None:
                self._certificates.append(certificate)

    @classmethod
    def of(cls, security_suite: int, server_title: bytes, client_title: bytes) -> AsymmetricKeys:
        """As the meter leaves the factory."""
        own = SUITE_KEYS[security_suite].server
        private = (
            {}
            if own is None
            else {CertificateType.DIGITAL_SIGNATURE: own.signature, CertificateType.KEY_AGREEMENT: own.key_agreement}
        )
        held = factory_certificates(security_suite, server_title, client_title)
        return cls(suite_of(security_suite), server_title, private, held)

    @property
    def certificates(self) -> tuple[Certificate, ...]:
        """All that are held, the oldest first."""
        return tuple(self._certificates)

    @property
    def signature_key(self) -> bytes:
        """The meter's private digital signature key."""
        return self._private[CertificateType.DIGITAL_SIGNATURE]

    @property
    def key_agreement_key(self) -> bytes:
        """The meter's private static key agreement key."""
        return self._private[CertificateType.KEY_AGREEMENT]

    def peer_key(self, title: bytes, use: CertificateType) -> bytes | None:
        """The public key of the client or third party with this title; None when no certificate for it is held."""
        trusted = list(self._certificates)
        if "removed-certificate-still-trusted" in self.faults:
            trusted += self._removed
        for certificate in trusted:
            if (
                certificate.entity is CertificateEntity.CLIENT
                and certificate.type is use
                and certificate.title == title
            ):
                return certificate.public_key
        return None

    def snapshot(self) -> tuple[dict[CertificateType, bytes], tuple[Certificate, ...]]:
        """Key pairs in force and certificates, to be put back by `restore`."""
        return dict(self._private), self.certificates

    def restore(self, kept: tuple[dict[CertificateType, bytes], tuple[Certificate, ...]]) -> None:
        """Put key pairs and certificates in force again; what was generated or removed since is forgotten."""
        private, certificates = kept
        self._private, self._certificates = dict(private), list(certificates)
        self._generated.clear()
        self._removed.clear()

    def in_force(self, use: CertificateType) -> bytes:
        """The private key that serves now."""
        return self._private[use]

    def use_generated(self, use: CertificateType) -> None:
        """Put a generated pair in force without a certificate, as a faulty meter does."""
        self._private[use] = self._generated[use]

    def generate(self, use: CertificateType, scalar: bytes) -> None:
        """Keep a new key pair until its certificate comes."""
        self._generated[use] = scalar

    def newest(self, use: CertificateType) -> bytes:
        """The private key that a certificate request is for: one just generated, otherwise the one in force."""
        return self._generated.get(use, self._private[use])

    def trusts(self, certificate: Certificate) -> bool:
        """Whether an authority that is held has issued it."""
        return any(certificate.issued_by(authority) for authority in self._authorities())

    def import_(self, certificate: Certificate, keeps_key_pair: bool = False) -> bool:
        """Take a certificate in place of one of the same holder and use; False when it may not be.

        One of the meter's own must be for a key pair that the meter has; a faulty one keeps the old pair in force.
        """
        if certificate.entity is CertificateEntity.SERVER:
            before = dict(self._private)
            if not self._put_in_force(certificate):
                return False
            if keeps_key_pair:
                self._private = before
        same = [held for held in self._certificates if _same_place(held, certificate)]
        if not same and len(self._certificates) >= MOST_CERTIFICATES:
            return False
        self._certificates = [held for held in self._certificates if held not in same]
        self._certificates.append(certificate)
        return True

    def remove(self, certificate: Certificate) -> None:
        """Forget a certificate, and with it the trust in its key."""
        self._certificates.remove(certificate)
        self._removed.append(certificate)

    def _put_in_force(self, certificate: Certificate) -> bool:
        use = certificate.type
        for keys in (self._generated, self._private):
            scalar = keys.get(use)
            if scalar is not None and self._public(scalar) == certificate.public_key:
                self._private[use] = scalar
                self._generated.pop(use, None)
                return True
        return False

    def _public(self, scalar: bytes) -> bytes:
        return elliptic.public_octets(elliptic.private_key(self.suite, scalar).public_key())

    def _authorities(self) -> Iterator[Certificate]:
        for held in self._certificates:
            if held.entity is CertificateEntity.CERTIFICATION_AUTHORITY:
                yield held


def _same_place(held: Certificate, other: Certificate) -> bool:
    return (held.entity, held.type, held.title) == (other.entity, other.type, other.title)
