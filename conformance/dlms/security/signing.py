"""Signing APDUs and verifying them: general-signing in suites 1 and 2 (IEC 62056-5-3)."""

from __future__ import annotations

from dataclasses import replace

from conformance.dlms.security import elliptic
from conformance.dlms.security.suite import SecuritySuite
from conformance.dlms.xdlms.general_signing import GeneralSigning


def sign(suite: SecuritySuite, signing_key: bytes, unsigned: GeneralSigning) -> GeneralSigning:
    """The APDU with its signature; whatever signature it had is replaced.

    Args:
        suite: 1 or 2.
        signing_key: private digital signature key of the originator.
        unsigned: what is to be signed.

    Raises:
        CipherError: the suite has no signatures, or the key is none of its curve.
    """
    key = elliptic.private_key(suite, signing_key)
    return replace(unsigned, signature=elliptic.sign(suite, key, unsigned.signed))


def verify(suite: SecuritySuite, signature_key: bytes, received: GeneralSigning) -> None:
    """Check the signature with the originator's public digital signature key.

    Raises:
        CipherError: it does not verify: `signature-invalid`; or the key is none of the suite's curve: `public-key`.
    """
    elliptic.verify(suite, elliptic.public_key(suite, signature_key), received.signed, received.signature)
