"""From what a device config says of a public key, digits or a certificate, to its octets."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path as FilePath

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey

from conformance.device.document import Document
from conformance.device.problems import Problem
from conformance.device.toml_types import CertificateReference
from conformance.device.validation import Draft
from conformance.dlms.errors import CipherError
from conformance.dlms.security import elliptic
from conformance.dlms.security.suite import SecuritySuite, suite_of

PUBLIC_KEYS = ("server_signature_key", "server_key_agreement_key")
_MOST_OCTETS = 1 << 16

PublicKeys = Mapping[tuple[int, str], bytes]
"""x ‖ y by number of the association and key."""


class _UnusableError(Exception):
    """A public key that cannot be used; the message is for the user."""


def resolve_public_keys(document: Document, draft: Draft, *, placeholders: bool) -> tuple[PublicKeys, list[Problem]]:
    """Every public key of the associations, and what is wrong with those that cannot be used.

    Args:
        document: the device config.
        draft: its sound parts.
        placeholders: certificates are not read: the config serves for listing and checking only.
    """
    found: dict[tuple[int, str], bytes] = {}
    problems: list[Problem] = []
    for association in draft.associations:
        toml = association.toml
        if "security_suite" in association.doubtful or toml.security_suite == 0:
            continue
        suite = suite_of(toml.security_suite)
        for key in PUBLIC_KEYS:
            written = getattr(toml, key)
            if written is None or key in association.doubtful:
                continue
            try:
                octets = _octets(written, FilePath(document.file).parent, suite, placeholders=placeholders)
            except _UnusableError as error:
                problems.append(document.problem(("association", association.index, key), str(error)))
                continue
            found[association.index, key] = octets
    return found, problems


def _octets(
    written: str | CertificateReference, directory: FilePath, suite: SecuritySuite, *, placeholders: bool
) -> bytes:
    if isinstance(written, CertificateReference):
        if placeholders:
            return bytes(2 * suite.coordinate_octets)
        octets = _of_certificate(directory / FilePath(written.certificate).expanduser())
    else:
        octets = bytes.fromhex(written)
    try:
        elliptic.public_key(suite, octets)
    except CipherError as error:
        raise _UnusableError(f"{error}; it must be on the curve of security suite {suite.id}") from None
    return octets


def _of_certificate(path: FilePath) -> bytes:
    try:
        with path.open("rb") as file:
            raw = file.read(_MOST_OCTETS + 1)
    except OSError as error:
        raise _UnusableError(f"certificate {path} cannot be read: {error.strerror or error}") from None
    if len(raw) > _MOST_OCTETS:
        raise _UnusableError(f"certificate {path} is longer than {_MOST_OCTETS} octets: it is none")
    read = x509.load_pem_x509_certificate if raw.lstrip().startswith(b"-----") else x509.load_der_x509_certificate
    try:
        key = read(raw).public_key()
    except ValueError as error:
        raise _UnusableError(f"{path} is no X.509 certificate, neither PEM nor DER: {error}") from None
    if not isinstance(key, EllipticCurvePublicKey):
        raise _UnusableError(f"certificate {path} holds no key on an elliptic curve")
    return elliptic.public_octets(key)
