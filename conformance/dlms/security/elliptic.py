"""Signatures and shared secrets on the curves of suites 1 and 2, in the plain coding of DLMS/COSEM (IEC 62056-5-3).

A public key is x ‖ y, a private key the big-endian scalar, a signature r ‖ s; every number has the length of the
curve's field: 32 octets on P-256, 48 on P-384. None of it is DER.
"""

from __future__ import annotations

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature

from conformance.dlms.errors import CipherError
from conformance.dlms.security.suite import SecuritySuite

_UNCOMPRESSED = b"\x04"


def public_key(suite: SecuritySuite, octets: bytes) -> ec.EllipticCurvePublicKey:
    """The point that `octets` code.

    Raises:
        CipherError: a wrong length, or no point of the curve: `public-key`.
    """
    size = 2 * suite.coordinate_octets
    if len(octets) != size:
        raise CipherError(
            f"public key of {len(octets)} octets; {size} are wanted in suite {suite.id}", reason="public-key"
        )
    try:
        return ec.EllipticCurvePublicKey.from_encoded_point(suite.elliptic, _UNCOMPRESSED + octets)
    except ValueError:
        raise CipherError(f"public key is no point of the curve of suite {suite.id}", reason="public-key") from None


def public_octets(key: ec.EllipticCurvePublicKey) -> bytes:
    """The coordinates x ‖ y of a point."""
    size = (key.curve.key_size + 7) // 8
    numbers = key.public_numbers()
    return numbers.x.to_bytes(size, "big") + numbers.y.to_bytes(size, "big")


def private_key(suite: SecuritySuite, octets: bytes) -> ec.EllipticCurvePrivateKey:
    """The private key whose scalar is `octets`.

    Raises:
        CipherError: a wrong length, zero, or no scalar of the curve: `private-key`.
    """
    size = suite.coordinate_octets
    if len(octets) != size:
        raise CipherError(
            f"private key of {len(octets)} octets; {size} are wanted in suite {suite.id}", reason="private-key"
        )
    try:
        return ec.derive_private_key(int.from_bytes(octets, "big"), suite.elliptic)
    except ValueError:
        raise CipherError(f"private key is no scalar of the curve of suite {suite.id}", reason="private-key") from None


def sign(suite: SecuritySuite, key: ec.EllipticCurvePrivateKey, octets: bytes) -> bytes:
    """The ECDSA signature r ‖ s over `octets`."""
    size = suite.coordinate_octets
    r, s = decode_dss_signature(key.sign(octets, ec.ECDSA(suite.hash)))
    return r.to_bytes(size, "big") + s.to_bytes(size, "big")


def verify(suite: SecuritySuite, key: ec.EllipticCurvePublicKey, octets: bytes, signature: bytes) -> None:
    """Check the signature of `octets`.

    Raises:
        CipherError: a wrong length, or it does not verify: `signature-invalid`.
    """
    size = suite.coordinate_octets
    if len(signature) != 2 * size:
        raise CipherError(
            f"signature of {len(signature)} octets; r and s have {2 * size} in suite {suite.id}",
            reason="signature-invalid",
        )
    r, s = int.from_bytes(signature[:size], "big"), int.from_bytes(signature[size:], "big")
    try:
        key.verify(encode_dss_signature(r, s), octets, ec.ECDSA(suite.hash))
    except InvalidSignature:
        raise CipherError(
            "the signature does not verify: another private key signed, or other octets were signed",
            reason="signature-invalid",
        ) from None


def shared_secret(own: ec.EllipticCurvePrivateKey, peer: ec.EllipticCurvePublicKey) -> bytes:
    """Z: the x coordinate that both sides compute (ECC CDH).

    Raises:
        CipherError: the keys are not of one curve: `public-key`.
    """
    if own.curve.name != peer.curve.name:
        raise CipherError(f"a key on {own.curve.name} agrees on nothing with one on {peer.curve.name}", reason="curve")
    return own.exchange(ec.ECDH(), peer)
