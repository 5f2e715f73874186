"""A certificate authority and signers of a test's own, made anew: nothing of them is worth anything elsewhere."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import pkcs12

PASSWORD = b"made for a test"
Key = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey
_USAGES = (
    "digital_signature",
    "content_commitment",
    "key_encipherment",
    "data_encipherment",
    "key_agreement",
    "key_cert_sign",
    "crl_sign",
    "encipher_only",
    "decipher_only",
)


def _name(common: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, common)])


class Authority:
    """A root that issues certificates and writes them where a command finds them."""

    def __init__(self, directory: Path, name: str = "Test Root") -> None:
        self.directory = directory
        self.name = name
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.certificate = self._issued(name, self.key, days=(-2, 100), extensions=[x509.BasicConstraints(True, None)])
        self.pem = directory / f"{name.replace(' ', '-')}.pem"
        self.pem.write_bytes(self.certificate.public_bytes(serialization.Encoding.PEM))
        self.password = directory / "password.txt"
        self.password.write_bytes(PASSWORD + b"\n")

    def signer(
        self,
        name: str = "Meter Laboratory",
        *,
        days: tuple[float, float] = (-1, 50),
        usages: tuple[str, ...] = ("digital_signature",),
        purposes: tuple[x509.ObjectIdentifier, ...] = (),
    ) -> Path:
        """A PKCS#12 file with a new key and its certificate."""
        key, certificate = self.issue(name, days=days, usages=usages, purposes=purposes)
        path = self.directory / f"{name.replace(' ', '-')}.p12"
        locked = serialization.BestAvailableEncryption(PASSWORD)
        path.write_bytes(pkcs12.serialize_key_and_certificates(b"signer", key, certificate, [self.certificate], locked))
        return path

    def issue(
        self,
        name: str,
        *,
        days: tuple[float, float] = (-1, 50),
        usages: tuple[str, ...] = ("digital_signature",),
        purposes: tuple[x509.ObjectIdentifier, ...] = (),
        key: Key | None = None,
    ) -> tuple[Key, x509.Certificate]:
        """A key, new unless one is given, and its certificate."""
        key = key or ec.generate_private_key(ec.SECP256R1())
        extensions: list[x509.ExtensionType] = [x509.KeyUsage(**{usage: usage in usages for usage in _USAGES})]
        if purposes:
            extensions.append(x509.ExtendedKeyUsage(purposes))
        return key, self._issued(name, key, days=days, extensions=extensions)

    def _issued(
        self,
        name: str,
        key: Key,
        *,
        days: tuple[float, float],
        extensions: list[x509.ExtensionType],
    ) -> x509.Certificate:
        now = datetime.now(UTC)
        builder = (
            x509.CertificateBuilder()
            .subject_name(_name(name))
            .issuer_name(_name(self.name))
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now + timedelta(days[0]))
            .not_valid_after(now + timedelta(days[1]))
        )
        for extension in extensions:
            builder = builder.add_extension(extension, critical=True)
        return builder.sign(self.key, hashes.SHA256())
